// One scene on one canvas, drawn by ThorVG (WebAssembly, software build): the same renderer and the same scene graph as
// on the server. The wasm file is part of our own build; nothing is fetched from another origin.
import { DotLottie } from "@lottiefiles/dotlottie-web";
import { Films } from "./films.js";
import { patchLottie } from "./patches.js";
import { splitAround } from "./preview/splitting.js";
import wasmUrl from "@lottiefiles/dotlottie-web/dotlottie-player.wasm?url";

DotLottie.setWasmUrl(wasmUrl);

const REST = 700; // ms without a change until the whole scene is drawn again
const CORE = { autoResize: false, freezeOnOffscreen: false };
const PATIENCE = 3000; // ms for pictures of films, where a picture is made of the whole

// The text of a layer or a picture is made once: a patch brings new objects, the others are as they were.
const texts = new WeakMap();

function textOf(part) {
  let text = texts.get(part);
  if (text === undefined) {
    text = part.layers ? whole(part) : JSON.stringify(part);
    if (!part.layers) texts.set(part, text);
  }
  return text;
}

/** A document or a precomposition as JSON text: what surrounds the lists, and the lists' parts. */
function whole({ assets, layers, ...rest }) {
  const lists = Object.entries({ assets, layers }).filter(([, list]) => list);
  const inner = lists.map(([name, list]) => `"${name}":[${list.map(textOf).join()}]`);
  return `{${[JSON.stringify(rest).slice(1, -1), ...inner].filter(Boolean).join()}}`;
}

/** Draws frames of one Lottie document. `width` and `height` are the canvas's device pixels. */
export class ScenePlayer {
  /** `askFilm`: where the pictures of films come from (`Films`). */
  constructor(canvas, askFilm) {
    this.canvas = canvas;
    this.askFilm = askFilm;
    this.films = null;
    this.held = new Map(); // film -> the picture in its slot
    this.playing = false;
    this.lottie = null;
    this.frame = 0;
    this.drawn = -1;
    this.onDraw = null;
    this.kept = null; // { split, below, above, frame }: the scene around what changes, drawn
    this.ready = new Promise((resolve) => {
      this.core = new DotLottie({
        canvas,
        autoplay: false,
        loop: false,
        useFrameInterpolation: false,
        renderConfig: { ...CORE, devicePixelRatio: 1 },
      });
      this.core.addEventListener("ready", resolve);
      if (this.core.isReady) resolve();
    });
  }

  /** Takes a new document and shows the frame that was shown before. */
  async load(lottie) {
    this.lottie = lottie;
    await this.ready;
    if (this.lottie !== lottie || !this.core) return;
    if (!lottie.films) this.films = null;
    else if (this.films?.list !== lottie.films) this.films = new Films(lottie.films, this.askFilm, () => this.dress());
    this.kept = null;
    this.whole();
  }

  /** Reads the whole document and draws the frame on show. */
  whole() {
    clearTimeout(this.rest);
    delete this.canvas.dataset.parts;
    this.read(this.lottie);
    this.held.clear();
    this.onDraw?.(this.frame);
    this.dress();
  }

  read(lottie) {
    // The core shifts frames to the document's first one; ours count from the scene's time 0. Loading draws the first
    // frame of the segment: with one that begins here, the frame on show is drawn once and no other.
    const last = Math.max(0, Math.round(lottie.op - lottie.ip) - 1);
    const at = Math.min(this.frame, last);
    const segment = at < last ? [at, last] : undefined;
    this.core.load({ data: whole(lottie), autoplay: false, loop: false, useFrameInterpolation: false, segment });
    if (segment) this.core.resetSegment();
    else this.core.setFrame(at);
    this.drawn = this.frame;
  }

  async patch(patches) {
    if (!this.lottie || !patches.length) return;
    patchLottie(this.lottie, patches);
    if (this.retouch(patches)) return;
    await this.load(this.lottie);
    setTimeout(() => this.prepare(patches), 0);
  }

  /** Draws what lies around the layers that patches like these change, so that the next are drawn by those alone. */
  prepare(patches) {
    if (!this.core?.isLoaded || !this.lottie || this.films || (this.kept?.frame === this.frame && this.kept.split.covers(this.lottie, patches))) return;
    const split = splitAround(this.lottie, patches);
    this.kept = null;
    if (!split) return;
    const drawn = (lottie) => {
      this.read(lottie);
      const copy = Object.assign(document.createElement("canvas"), { width: this.canvas.width, height: this.canvas.height });
      copy.getContext("2d").drawImage(this.canvas, 0, 0);
      return copy;
    };
    this.kept = { split, below: drawn(split.below(this.lottie)), above: drawn(split.above(this.lottie)), frame: this.frame };
    this.retouch(patches);
  }

  /** Draws the layers that change between what lies below and above them. False where more has changed. */
  retouch(patches) {
    const { kept } = this;
    if (!this.core?.isLoaded || kept?.frame !== this.frame || !kept.split.covers(this.lottie, patches)) return false;
    this.canvas.dataset.parts = "true"; // the core has read no more than the layers that change
    this.read(kept.split.changing(this.lottie));
    const brush = this.canvas.getContext("2d");
    brush.globalCompositeOperation = "destination-over";
    brush.drawImage(kept.below, 0, 0);
    brush.globalCompositeOperation = "source-over";
    brush.drawImage(kept.above, 0, 0);
    this.onDraw?.(this.frame);
    // Three pictures, each rounded, may be a step off: what rests is drawn in one.
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.core && this.whole(), REST);
    return true;
  }

  /** Draws `frame` (whole, from the scene's time 0), if it is not there already. */
  show(frame, playing = false) {
    this.frame = frame;
    this.playing = playing;
    if (this.films && !this.canvas.dataset.parts) return void this.dress();
    this.draw(frame);
  }

  draw(frame) {
    if (!this.core?.isLoaded || this.drawn === frame) return;
    if (this.canvas.dataset.parts) return void this.whole();
    const last = Math.max(0, this.core.totalFrames - 1);
    // setFrame draws at once; a second call is needed where the core believes it is there already.
    this.core.setFrame(Math.min(frame, last));
    this.drawn = frame;
    this.onDraw?.(frame);
  }

  /** Draws the frame on show with what its films show there, as far as that is here. */
  async dress() {
    const { films, core, frame } = this;
    if (!films || !core?.isLoaded) return;
    const { shown, whole } = films.at(frame, this.playing);
    for (const { asset, uri } of shown) {
      if (this.held.get(asset) === uri) continue;
      this.held.set(asset, uri);
      this.drawn = -1;
      await core.setImageSlot(asset, uri); // nothing is painted meanwhile: the picture is here already
    }
    if (this.films !== films || this.core !== core || this.frame !== frame) return;
    this.draw(frame);
    if (whole) this.onWhole?.(frame);
  }

  /** Waits a while for what the films show at the frame on show. */
  async settled() {
    if (!this.films) return;
    await new Promise((resolve) => {
      this.onWhole = resolve;
      setTimeout(resolve, PATIENCE);
      this.dress();
    });
  }

  resize(width, height) {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.kept = null;
    // The core makes the canvas as large as it is on the page, times this: it would undo what was chosen here. A little
    // more than the share, for it cuts off what is left of a pixel.
    const shown = this.canvas.getBoundingClientRect().width;
    if (shown) this.core?.setRenderConfig({ ...CORE, devicePixelRatio: (width + 0.1) / shown });
    this.core?.resize();
    this.drawn = -1;
    this.show(this.frame);
  }

  destroy() {
    clearTimeout(this.rest);
    this.core?.destroy();
    this.core = null;
  }
}
