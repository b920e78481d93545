// The stage: one canvas per clip near the playhead, stacked; a cross-fade shows two of them at once.
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { call } from "./api.js";
import { sceneLayout, visibleAt } from "./document.js";
import { ScenePlayer } from "./player.js";

// Decoded scenes kept at once: the one on show, its neighbours and the one last edited.
const KEPT = 4;
const LONGEST_SIDE = 1280;
// Steps of the stage's size (flatrender/projects/preview.py): pictures come with the pixels that it shows.
const SIDES = [480, 800, LONGEST_SIDE];

/** Loads, keeps and draws the players of a project's clips. Lives outside React: frames cause no renders. */
export class Theatre {
  constructor(projectId, host, { onError, onBusy, backgroundOf }) {
    this.projectId = projectId;
    this.host = host;
    this.onError = onError;
    this.onBusy = onBusy;
    this.backgroundOf = backgroundOf; // a film has no holes: what is transparent shows the composition's own colour
    this.players = new Map(); // clip id -> { player, canvas, used, loading }
    this.document = null;
    this.frame = 0;
    this.size = [16, 9];
    this.clock = 0;
  }

  get side() {
    return SIDES.find((side) => side >= Math.max(...this.size)) ?? LONGEST_SIDE;
  }

  setDocument(document) {
    this.document = document;
    const ids = new Set(sceneLayout(document).map((placed) => placed.clip.id));
    for (const id of [...this.players.keys()]) if (!ids.has(id)) this.drop(id);
    this.show(this.frame);
  }

  /** Draws film frame `frame`; scenes that are not loaded yet appear when they are. */
  show(frame) {
    this.frame = frame;
    if (!this.document) return;
    const visible = visibleAt(this.document, frame);
    const shown = new Set();
    for (const { clip, local, opacity } of visible) {
      shown.add(clip.id);
      const entry = this.entry(clip.id);
      entry.canvas.style.background = this.backgroundOf(clip) || "#000";
      entry.canvas.style.opacity = String(opacity);
      entry.canvas.style.visibility = "visible";
      entry.player.show(local);
    }
    for (const [id, entry] of this.players) if (!shown.has(id)) entry.canvas.style.visibility = "hidden";
    visible.forEach(({ clip }, order) => (this.players.get(clip.id).canvas.style.zIndex = String(order)));
    this.prepareNext(visible);
  }

  /** Loads the clip after the playhead before it is needed. */
  prepareNext(visible) {
    const placed = sceneLayout(this.document);
    const last = visible.at(-1)?.clip.id;
    const at = placed.findIndex((one) => one.clip.id === last);
    if (at >= 0 && at + 1 < placed.length) this.entry(placed[at + 1].clip.id);
  }

  entry(id) {
    let entry = this.players.get(id);
    if (!entry) {
      const canvas = document.createElement("canvas");
      canvas.className = "stage-canvas";
      canvas.dataset.clip = id;
      canvas.style.visibility = "hidden";
      canvas.width = this.size[0];
      canvas.height = this.size[1];
      this.host.appendChild(canvas);
      const player = new ScenePlayer(canvas);
      player.onDraw = (frame) => (canvas.dataset.frame = String(frame));
      entry = { player, canvas, used: 0, asked: 0 };
      this.players.set(id, entry);
      this.reload(id);
    }
    entry.used = ++this.clock;
    this.evict();
    return entry;
  }

  /** Fetches a clip's scene graph again: after a change that no patch describes. */
  async reload(id) {
    const entry = this.players.get(id);
    if (!entry) return;
    const asked = ++entry.asked;
    const side = (entry.side = this.side);
    this.onBusy(1);
    try {
      const lottie = await call(`/projects/${this.projectId}/scenes/${id}/lottie?side=${side}`);
      if (this.players.get(id) === entry && entry.asked === asked) {
        await entry.player.load(lottie);
        entry.canvas.dataset.loaded = "true";
        entry.failed = false;
      }
    } catch (error) {
      // A scene that was just added is not saved yet: it is asked for again after the save.
      entry.failed = true;
      if (error.status !== 404) this.onError(error);
    } finally {
      this.onBusy(-1);
    }
  }

  /** What is on the clip's canvas; null while it is on its way. */
  lottieOf(id) {
    const entry = this.players.get(id);
    return entry?.canvas.dataset.loaded && !entry.failed ? entry.player.lottie : null;
  }

  /** Asks again for the scenes that could not be had. */
  retry() {
    for (const [id, entry] of this.players) if (entry.failed) this.reload(id);
  }

  async patch(id, patches) {
    const entry = this.players.get(id);
    if (!entry) return;
    await entry.player.patch(patches);
    entry.canvas.dataset.version = String(Number(entry.canvas.dataset.version || 0) + 1);
  }

  resize(width, height) {
    this.size = [width, height];
    for (const [id, entry] of this.players) {
      entry.player.resize(width, height);
      if (entry.side < this.side) this.reload(id);
    }
  }

  drop(id) {
    const entry = this.players.get(id);
    entry?.player.destroy();
    entry?.canvas.remove();
    this.players.delete(id);
  }

  evict() {
    while (this.players.size > KEPT) {
      const hidden = [...this.players].filter(([, entry]) => entry.canvas.style.visibility === "hidden");
      if (!hidden.length) return;
      hidden.sort((a, b) => a[1].used - b[1].used);
      this.drop(hidden[0][0]);
    }
  }

  destroy() {
    for (const id of [...this.players.keys()]) this.drop(id);
  }
}

/** The canvas's pixels for a box on the page. */
function pixels([width, height]) {
  const dense = Math.min(window.devicePixelRatio || 1, 2);
  const limit = Math.min(dense, LONGEST_SIDE / Math.max(width, height));
  return [Math.round(width * limit), Math.round(height * limit)];
}

/** The film's frame, as large as its place allows, in its true aspect ratio. `onReady(theatre)` once. */
export function Stage({ projectId, size, backgroundOf, onReady, onError, children, label, busyLabel }) {
  const place = useRef(null);
  const host = useRef(null);
  const theatre = useRef(null);
  const fitted = useRef(null);
  const [box, setBox] = useState(null);
  const [busy, setBusy] = useState(0);

  useEffect(() => {
    const made = new Theatre(projectId, host.current, { onError, backgroundOf, onBusy: (by) => setBusy((count) => count + by) });
    theatre.current = made;
    if (fitted.current) made.resize(...pixels(fitted.current));
    onReady(made);
    return () => {
      made.destroy();
      theatre.current = null;
    };
    // The stage belongs to one project for its life; callbacks are stable.
  }, [projectId]);

  useLayoutEffect(() => {
    const fit = () => {
      const { width, height } = place.current.getBoundingClientRect();
      const scale = Math.min(width / size[0], height / size[1]);
      if (scale <= 0) return;
      fitted.current = [Math.floor(size[0] * scale), Math.floor(size[1] * scale)];
      setBox(fitted.current);
    };
    fit();
    const observer = new ResizeObserver(fit);
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [size[0], size[1]]);

  useEffect(() => {
    if (box) theatre.current?.resize(...pixels(box));
  }, [box]);

  return (
    <div className="stage-place" ref={place}>
      <div
        className="stage-frame"
        style={box ? { inlineSize: box[0], blockSize: box[1] } : undefined}
        aria-busy={busy > 0}
      >
        <div className="stage-host" ref={host} role="img" aria-label={label} />
        {children}
        {busy > 0 && <span className="stage-busy pill">{busyLabel}</span>}
      </div>
    </div>
  );
}
