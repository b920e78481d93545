// One scene on one canvas, drawn by ThorVG (WebAssembly, software build): the same renderer and the same scene graph as
// on the server. The wasm file is part of our own build; nothing is fetched from another origin.
import { DotLottie } from "@lottiefiles/dotlottie-web";
import { patchLottie } from "./patches.js";
import wasmUrl from "@lottiefiles/dotlottie-web/dotlottie-player.wasm?url";

DotLottie.setWasmUrl(wasmUrl);

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
  constructor(canvas) {
    this.canvas = canvas;
    this.lottie = null;
    this.frame = 0;
    this.drawn = -1;
    this.onDraw = null;
    this.ready = new Promise((resolve) => {
      this.core = new DotLottie({
        canvas,
        autoplay: false,
        loop: false,
        useFrameInterpolation: false,
        renderConfig: { autoResize: false, freezeOnOffscreen: false, devicePixelRatio: 1 },
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
    // The core shifts frames to the document's first one; ours count from the scene's time 0. Loading draws the first
    // frame of the segment: with one that begins here, the frame on show is drawn once and no other.
    const last = Math.max(0, Math.round(lottie.op - lottie.ip) - 1);
    const at = Math.min(this.frame, last);
    const segment = at < last ? [at, last] : undefined;
    this.core.load({ data: whole(lottie), autoplay: false, loop: false, useFrameInterpolation: false, segment });
    this.drawn = -1;
    if (!segment || !this.core.isLoaded) return void this.show(this.frame);
    this.core.resetSegment();
    this.drawn = this.frame;
    this.onDraw?.(this.frame);
  }

  async patch(patches) {
    if (this.lottie && patches.length) await this.load(patchLottie(this.lottie, patches));
  }

  /** Draws `frame` (whole, from the scene's time 0), if it is not there already. */
  show(frame) {
    this.frame = frame;
    if (!this.core?.isLoaded || this.drawn === frame) return;
    const last = Math.max(0, this.core.totalFrames - 1);
    // setFrame draws at once; a second call is needed where the core believes it is there already.
    this.core.setFrame(Math.min(frame, last));
    this.drawn = frame;
    this.onDraw?.(frame);
  }

  resize(width, height) {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.core?.resize();
    this.drawn = -1;
    this.show(this.frame);
  }

  destroy() {
    this.core?.destroy();
    this.core = null;
  }
}
