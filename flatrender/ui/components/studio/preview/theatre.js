// What is on the stage: one canvas per scene near the playhead, drawn by ThorVG, and the pictures and texts over them.
// Lives outside React: frames cause no renders.
import { call } from "../api.js";
import { sceneTrack } from "../document.js";
import { ScenePlayer } from "../player.js";
import { filmLength, placesOf } from "../timeline/places.js";
import { Floors } from "./floors.js";
import { stateStyle } from "./looks.js";
import { AGAIN, Pictures, seenAt } from "./pictures.js";

// Decoded scenes kept at once: the one on show, its neighbours and the one last edited.
const KEPT = 4;
const PATIENCE = 20_000; // ms for the picture of a text: what is written next waits for it
const LONGEST = 60_000; // ms for a scene: then it is asked for again
export const LONGEST_SIDE = 1280;
// Steps of the stage's size (flatrender/projects/preview.py): pictures come with the pixels that it shows.
const SIDES = [480, 800, LONGEST_SIDE];

/** Whether what went wrong may be gone in a moment: the server is busy or out of reach. */
export const passing = (error) => !error.status || error.status >= 500;

export class Theatre {
  constructor(projectId, host, { onError, onGone, onBusy, onTold, backgroundOf, library }) {
    this.projectId = projectId;
    this.host = host;
    this.onError = onError;
    this.onGone = onGone; // the template's files are lost: why nothing is drawn, null when they are back
    this.onBusy = onBusy;
    this.backgroundOf = backgroundOf; // a film has no holes: what is transparent shows the composition's own colour
    this.sounds = new Map(); // clip id -> what its layers sound, by name; null where they are silent
    this.onSounds = () => {};
    this.frameOf = (clip, frame) => frame; // of the scene's own rate
    this.players = new Map(); // clip id -> { player, layer, canvas, tint, used, loading }
    this.floors = new Floors(host);
    // What has come by now: a file's facts, or the film itself, which can be put to its moment only then.
    const onLoad = () => this.document && this.pictures.show(this.frame, this.motion);
    this.pictures = new Pictures(host, library, this.floors, { onLoad, drawText: (request) => this.drawText(request), onTold });
    this.unwatch = library.subscribe(onLoad);
    this.document = null;
    this.frame = 0;
    this.motion = { playing: false, speed: 1 };
    this.size = [16, 9];
    this.clock = 0;
  }

  get side() {
    return SIDES.find((side) => side >= Math.max(...this.size)) ?? LONGEST_SIDE;
  }

  get places() {
    return placesOf(sceneTrack(this.document));
  }

  setDocument(document) {
    this.document = document;
    const ids = new Set(this.places.map((placed) => placed.clip.id));
    for (const id of [...this.players.keys()]) if (!ids.has(id)) this.drop(id);
    for (const id of [...this.sounds.keys()]) if (!ids.has(id)) this.sounds.delete(id);
    this.pictures.setDocument(document);
    this.floors.setDocument(document);
    this.show(this.frame, this.motion);
  }

  /** The film's picture of a text, and which characters no font has, and whether it is cut off; null where the server cannot draw it. Throws where
   *  it may in a moment. */
  async drawText(request) {
    const answer = await fetch(`/api/v1/projects/${this.projectId}/text-picture`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.ok) {
      const missing = decodeURIComponent(answer.headers.get("X-Missing-Characters") ?? "");
      return { picture: await answer.blob(), missing, overflows: answer.headers.has("X-Text-Overflow") };
    }
    if (passing(answer)) throw new Error(answer.statusText);
    return null;
  }

  /** Draws film frame `frame`; scenes that are not loaded yet appear when they are. */
  show(frame, motion = this.motion) {
    this.frame = frame;
    this.motion = motion;
    if (!this.document) return;
    const track = sceneTrack(this.document);
    const seen = seenAt(track, filmLength(this.document), frame);
    const ground = this.document.tracks.indexOf(track); // tracks before it lie below the scenes
    const shown = new Set();
    seen.forEach(({ clip, local, state, color }) => {
      if (!track.hidden) shown.add(clip.id);
      const { layer, canvas, tint, player } = this.entry(clip.id);
      if (track.hidden) return; // it is heard all the same
      this.floors.lay(layer, track, ground);
      const dressed = state ? stateStyle(state) : { style: { opacity: "1", transform: "", clipPath: "" }, tint: 0 };
      Object.assign(layer.style, dressed.style, { mixBlendMode: state ? "plus-lighter" : "" });
      tint.style.background = color ?? "";
      tint.style.opacity = String(dressed.tint);
      canvas.style.background = this.backgroundOf(clip) || "#000";
      canvas.style.visibility = "visible";
      player.show(this.frameOf(clip, local + (clip.offset ?? 0)), motion.playing);
    });
    for (const [id, entry] of this.players) if (!shown.has(id)) entry.canvas.style.visibility = "hidden";
    this.prepareNext(seen);
    this.pictures.show(frame, motion);
  }

  /** Loads the clip after the playhead before it is needed. */
  prepareNext(seen) {
    const last = seen.at(-1)?.clip.id;
    const at = last ? this.places.findIndex((one) => one.clip.id === last) : this.places.findIndex((one) => one.start > this.frame) - 1;
    const next = this.places[at + 1];
    if (next && (last || at >= -1)) this.entry(next.clip.id);
  }

  entry(id) {
    let entry = this.players.get(id);
    if (!entry) {
      const make = (name, className) => Object.assign(document.createElement(name), { className });
      const layer = make("div", "stage-layer");
      const canvas = make("canvas", "stage-canvas");
      const tint = make("div", "stage-tint"); // a scene fills the frame and has no holes: a sheet of the dip's colour does
      canvas.dataset.clip = id;
      canvas.style.visibility = "hidden";
      tint.style.opacity = "0";
      canvas.width = this.size[0];
      canvas.height = this.size[1];
      layer.append(canvas, tint);
      const track = sceneTrack(this.document);
      this.floors.lay(layer, track, this.document.tracks.indexOf(track));
      const player = new ScenePlayer(canvas, (asset, wanted) => this.filmOf(id, asset, wanted));
      player.onDraw = (frame) => (canvas.dataset.frame = String(frame));
      player.onWhole = (frame) => (canvas.dataset.whole = String(frame));
      entry = { player, layer, canvas, tint, used: 0, asked: 0 };
      this.players.set(id, entry);
      this.reload(id);
    }
    entry.used = ++this.clock;
    this.evict();
    return entry;
  }

  /** The pictures of a film in a clip's layers (`Films`). */
  async filmOf(id, asset, { first, count, exact }) {
    const { side } = this.players.get(id) ?? this;
    const query = new URLSearchParams({ first, count, exact, side });
    return (await call(`/projects/${this.projectId}/scenes/${id}/films/${encodeURIComponent(asset)}?${query}`)).pictures;
  }

  /** Fetches a clip's scene graph again: after a change that no patch describes. */
  async reload(id) {
    const entry = this.players.get(id);
    if (!entry) return;
    const asked = ++entry.asked;
    const side = (entry.side = this.side);
    this.onBusy(1);
    try {
      const lottie = await call(`/projects/${this.projectId}/scenes/${id}/lottie?side=${side}`, { signal: AbortSignal.timeout(LONGEST) });
      if (this.players.get(id) === entry && entry.asked === asked) {
        await entry.player.load(lottie);
        entry.canvas.dataset.loaded = "true";
        entry.failed = false;
        entry.missed = 0;
        this.onGone(null);
        this.sounds.set(id, lottie.sound ?? null);
        this.onSounds();
      }
    } catch (error) {
      // A scene that was just added is not saved yet: it is asked for again after the save.
      entry.failed = true;
      if (error.code === "bundle-gone") this.onGone(error.message);
      else if (error.status !== 404) this.missed(id, entry, error);
    } finally {
      this.onBusy(-1);
    }
  }

  /** A server that is busy or out of reach for a moment is asked again by itself; it is said once. */
  missed(id, entry, error) {
    const times = entry.missed ?? 0;
    entry.missed = times + 1;
    if (!times || !passing(error)) this.onError(error);
    if (!passing(error)) return;
    setTimeout(() => this.players.get(id) === entry && entry.failed && this.reload(id), AGAIN[Math.min(times, AGAIN.length - 1)]);
  }

  /** Asks again for the scenes that could not be had. */
  retry() {
    for (const [id, entry] of this.players) if (entry.failed) this.reload(id);
  }

  /** What is on the clip's canvas; null while it is on its way. */
  lottieOf(id) {
    const entry = this.players.get(id);
    return entry?.canvas.dataset.loaded && !entry.failed ? entry.player.lottie : null;
  }

  /** Whether patches made from these files of the template fit what is on the clip's canvas. */
  fits(id, of) {
    const its = this.players.get(id)?.player.lottie?.of;
    return !of || !its || its === of;
  }

  /** What these patches change will be typed in: it is drawn by itself from now on. */
  prepare(id, patches) {
    this.players.get(id)?.player.prepare(patches);
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
    this.pictures.resize();
  }

  drop(id) {
    const entry = this.players.get(id);
    entry?.player.destroy();
    entry?.layer.remove();
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
    this.unwatch();
    this.pictures.destroy();
    for (const id of [...this.players.keys()]) this.drop(id);
  }
}
