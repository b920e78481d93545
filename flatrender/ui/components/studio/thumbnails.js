// Small pictures of the customer's own scenes: each clip at its designed moment, and the strip of its moments along the
// timeline, drawn by the stage's renderer while the hands rest. What a clip shows follows from its scene, values and
// colours, so equal clips share one picture and an undo finds the one from before; a scene that nobody changed keeps the
// picture that the server drew of the template.
import { useSyncExternalStore } from "react";
import { call } from "./api.js";
import { clipById, clipsOf } from "./document.js";
import { ScenePlayer } from "./player.js";

const REST = 700; // ms without an edit: never between keystrokes
const LONGER_SIDE = 240; // twice what the list of scenes shows
const SIDE = 480; // the smallest step in which the server gives pictures (flatrender/projects/preview.py)
const MOST = 200; // pictures kept, and strips: as many as a film may have scenes
const STRIP_HEIGHT = 64; // px
const MOMENT = 0.5; // seconds of a scene from one picture of its strip to the next, at least
const MOMENTS = 8;

/** All that a clip's picture follows from, as a key. */
export const lookOf = (document, clip) => JSON.stringify([clip.scene, clip.values, document.colors]);

const untouched = (document, clip) => !Object.keys(clip.values ?? {}).length && !Object.keys(document.colors).length;

const idle = (work) => (globalThis.requestIdleCallback ? requestIdleCallback(work, { timeout: 2000 }) : setTimeout(work, 50));

export class Thumbnails {
  /**
   * `sceneOf(clip)`: its scene in the template. `loadedOf(clip)`: the Lottie that the stage holds of it, with every
   * keystroke in it. `quiet()`: nothing plays, and no bake or save is under way.
   */
  constructor(projectId, { sceneOf, loadedOf, quiet }) {
    this.projectId = projectId;
    this.sceneOf = sceneOf;
    this.loadedOf = loadedOf;
    this.quiet = quiet;
    this.document = null;
    this.pictures = new Map(); // look -> address of a picture
    this.strips = new Map(); // look -> { image, width, height, columns, count, interval, middle }
    this.lastStrips = new Map(); // clip id -> the strip shown for it, until the next one is drawn
    this.failed = new Set();
    this.listeners = new Set();
    this.last = new Map(); // clip id -> the picture shown for it, until the next one is drawn
    this.working = false;
  }

  subscribe = (listener) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The picture of a clip: of what it shows now, else of what it showed before, else the template's. */
  of(clip) {
    const template = this.sceneOf(clip)?.picture ?? null;
    if (!this.document || untouched(this.document, clip)) return template;
    return this.pictures.get(lookOf(this.document, clip)) ?? this.last.get(clip.id) ?? template;
  }

  /** The moments of a clip's scene as one sheet (see timeline/painting.js), null until it is drawn and for other clips. */
  strip(clip) {
    if (!this.document || !clip.scene) return null;
    return this.strips.get(lookOf(this.document, clip)) ?? this.lastStrips.get(clip.id) ?? null;
  }

  setDocument(document) {
    this.document = document;
    this.later();
  }

  later() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.work(), REST);
  }

  /** The first clip whose picture is missing. */
  missing() {
    return clipsOf(this.document).find((clip) => {
      const look = lookOf(this.document, clip);
      return !untouched(this.document, clip) && !this.pictures.has(look) && !this.failed.has(look);
    });
  }

  /** The first clip whose strip is missing. */
  stripless() {
    return clipsOf(this.document).find((clip) => {
      const look = lookOf(this.document, clip);
      return !this.strips.has(look) && !this.failed.has(look);
    });
  }

  async work() {
    if (this.working || !this.document) return;
    const cover = this.missing();
    const clip = cover ?? this.stripless();
    if (!clip) return;
    if (!this.quiet()) return void this.later();
    this.working = true;
    const document = this.document;
    const look = lookOf(document, clip);
    let disturbed = false; // once a hand has moved, this is put off
    const wanted = () => !(disturbed ||= this.document !== document || !this.quiet());
    try {
      await new Promise(idle);
      const made = wanted() && (await (cover ? this.draw(clip) : this.drawStrip(clip, wanted)));
      // What was edited meanwhile is drawn next; this picture may be of either, so it is nobody's.
      if (made && this.document === document) {
        if (cover) this.keep(clip, look, URL.createObjectURL(made));
        else this.keepStrip(clip, look, made);
      } else if (wanted()) this.failed.add(look);
    } catch {
      this.failed.add(look); // the last picture stays; a later edit tries again
    } finally {
      this.working = false;
    }
    if (this.document === document) this.work();
    else if (this.document) this.later();
  }

  keep(clip, look, address) {
    this.pictures.set(look, address);
    this.last.set(clip.id, address);
    for (const [old, picture] of this.pictures) {
      if (this.pictures.size <= MOST) break;
      this.pictures.delete(old);
      if (![...this.last.values()].includes(picture)) URL.revokeObjectURL(picture);
    }
    this.listeners.forEach((listener) => listener());
  }

  keepStrip(clip, look, strip) {
    this.strips.set(look, strip);
    this.lastStrips.set(clip.id, strip);
    for (const old of this.strips.keys()) {
      if (this.strips.size <= MOST) break;
      this.strips.delete(old);
    }
    this.listeners.forEach((listener) => listener());
  }

  /** The player with a clip's scene in it, so many pixels large; its first picture is of `first(lottie)`. */
  async loaded(clip, sizeOf, first) {
    const lottie = this.loadedOf(clip) ?? (await call(`/projects/${this.projectId}/scenes/${clip.id}/lottie?side=${SIDE}`));
    this.player ??= new ScenePlayer(globalThis.document.createElement("canvas"), (asset, wanted) => this.filmOf(asset, wanted));
    this.drawing = clip.id;
    const { player } = this;
    const scale = sizeOf(lottie);
    player.resize(Math.max(1, Math.round(lottie.w * scale)), Math.max(1, Math.round(lottie.h * scale)));
    player.frame = Math.min(first(lottie), Math.max(0, Math.round(lottie.op) - 1));
    await player.load(lottie);
    player.show(player.frame);
    await player.settled();
    return { player, lottie };
  }

  /** The pictures of a film in the clip that is drawn (`Films`); small ones need not be without loss. */
  async filmOf(asset, { first, count }) {
    const query = new URLSearchParams({ first, count, side: SIDE });
    return (await call(`/projects/${this.projectId}/scenes/${this.drawing}/films/${encodeURIComponent(asset)}?${query}`)).pictures;
  }

  async drawStrip(clip, wanted) {
    const scene = this.sceneOf(clip);
    if (!scene) return null;
    const { player, lottie } = await this.loaded(clip, ({ h }) => STRIP_HEIGHT / h, () => 0);
    const seconds = lottie.op / lottie.fr;
    const count = Math.max(1, Math.min(MOMENTS, Math.ceil(seconds / MOMENT)));
    const { width, height } = player.canvas;
    const sheet = globalThis.document.createElement("canvas");
    sheet.width = width * count;
    sheet.height = height;
    const pen = sheet.getContext("2d");
    pen.fillStyle = scene.background || "#000";
    pen.fillRect(0, 0, sheet.width, height);
    for (let at = 0; at < count; at += 1) {
      await new Promise(idle);
      if (!wanted()) return null;
      player.show(Math.floor(((at + 0.5) / count) * lottie.op));
      await player.settled();
      pen.drawImage(player.canvas, at * width, 0);
    }
    player.lottie = null; // it belongs to the stage
    return { image: sheet, width, height, columns: count, count, interval: seconds / count, middle: true };
  }

  async draw(clip) {
    const scene = this.sceneOf(clip);
    if (!scene) return null;
    const { player } = await this.loaded(
      clip,
      ({ w, h }) => LONGER_SIDE / Math.max(w, h),
      ({ op }) => scene.cover_frame ?? Math.round(op * 0.6),
    );
    const flat = globalThis.document.createElement("canvas");
    flat.width = player.canvas.width;
    flat.height = player.canvas.height;
    const pen = flat.getContext("2d");
    pen.fillStyle = scene.background || "#000";
    pen.fillRect(0, 0, flat.width, flat.height);
    pen.drawImage(player.canvas, 0, 0);
    player.lottie = null; // it belongs to the stage
    return new Promise((resolve) => flat.toBlob(resolve, "image/webp", 0.85));
  }

  destroy() {
    clearTimeout(this.rest);
    this.document = null;
    this.player?.destroy();
    for (const picture of new Set([...this.pictures.values(), ...this.last.values()])) URL.revokeObjectURL(picture);
    this.pictures.clear();
    this.strips.clear();
    this.lastStrips.clear();
  }
}

/** The address of a scene clip's picture, followed. The clip is looked up: who shows it may know an older version. */
export function usePicture(session, clip) {
  const { thumbnails } = session;
  return useSyncExternalStore(thumbnails.subscribe, () => thumbnails.of(clipById(session.document, clip.id) ?? clip));
}

/** The strip of a scene clip's moments, followed. */
export function useStrip(session, clip) {
  const { thumbnails } = session;
  return useSyncExternalStore(thumbnails.subscribe, () => thumbnails.strip(clipById(session.document, clip.id) ?? clip));
}
