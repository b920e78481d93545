// What a gesture would do, shown on the clips that are drawn: the operations are applied to the document, and every clip
// that would lie elsewhere is moved by style. React does not hear of it; dropping commits, cancelling takes all back.
import { filmLength, placesOf } from "./places.js";
import { applyAll } from "../edits.js";
import { fadesOf, lineOf } from "./envelope.js";
import { rowsOf } from "./geometry.js";

/** The line of the envelope, and the wider one that the pointer finds. */
function line(element, { envelope }, duration) {
  for (const each of element.querySelectorAll("polyline")) each.setAttribute("points", lineOf(envelope, duration));
}

function fade(element, clip) {
  for (const [name, value] of Object.entries(fadesOf(clip))) element.style.setProperty(name, value);
}

export class Draft {
  constructor(desk, canvas) {
    this.document = desk.document;
    this.index = desk.index;
    this.scale = desk.view.state.scale;
    this.canvas = canvas;
    this.gather();
    this.heights = new Map(rowsOf(this.document).map((row) => [row.track.id, row.y]));
    this.shown = new Set(); // ids of clips that are drawn otherwise than they lie
    this.problem = null;
  }

  /** The clips that are drawn: others, when a drag has scrolled. */
  gather() {
    this.elements = new Map();
    for (const element of this.canvas.querySelectorAll("[data-clip]")) this.elements.set(element.dataset.clip, element);
  }

  /** Shows the operations; false where the document refuses them (then all is as it was). */
  show(ops) {
    let after = this.document;
    this.problem = null;
    try {
      if (ops.length) after = applyAll(this.document, ops).document;
    } catch (error) {
      this.problem = error;
      after = this.document;
    }
    const length = after === this.document ? this.index.length : filmLength(after);
    const before = new Map(this.document.tracks.map((track) => [track.id, track]));
    const seen = new Set();
    const changed = new Set();
    for (const track of after.tracks) {
      const old = before.get(track.id);
      if (old === track && length === this.index.length) continue;
      changed.add(track.id);
      for (const place of placesOf(track, length)) {
        seen.add(place.clip.id);
        this.put(place.clip.id, place, track);
      }
    }
    for (const id of this.shown) if (!seen.has(id) && !changed.has(this.index.byId.get(id)?.track.id)) this.back(id);
    // What lay on a changed track and lies nowhere now would be covered.
    for (const id of changed) {
      const old = before.get(id);
      if (old) for (const { clip } of this.index.placesOf(old)) if (!seen.has(clip.id)) this.cover(clip.id);
    }
    this.after = after;
    return !this.problem;
  }

  put(id, place, track) {
    const element = this.elements.get(id);
    const entry = this.index.byId.get(id);
    if (!element || !entry) return;
    const x = (place.start - entry.start) * this.scale;
    const y = (this.heights.get(track.id) ?? 0) - (this.heights.get(entry.track.id) ?? 0);
    const { clip } = place;
    const same = clip === entry.clip;
    if (same && !x && !y && place.end - place.start === entry.end - entry.start) {
      if (this.shown.has(id)) this.back(id);
      return;
    }
    this.shown.add(id);
    element.style.transform = x || y ? `translate(${x}px,${y}px)` : "";
    element.style.setProperty("--for", place.end - place.start);
    delete element.dataset.gone;
    if (!same) this.inside(element, entry.clip, clip, place.end - place.start);
  }

  /** What changes inside a clip: its fades, its envelope, where its source begins. */
  inside(element, old, clip, duration) {
    if ((clip.offset ?? 0) !== (old.offset ?? 0)) {
      const fromStart = Number(element.style.getPropertyValue("--for")) === duration ? clip.offset - (old.offset ?? 0) : 0;
      const picture = element.querySelector(".tl-picture");
      if (picture) picture.style.transform = `translateX(${-fromStart * this.scale}px)`;
    }
    if (clip.fade_in !== old.fade_in || clip.fade_out !== old.fade_out) fade(element, clip);
    if (clip.envelope !== old.envelope) line(element, clip, duration);
  }

  /** The clips in the hand stay under the pointer, wherever they would come to lie. */
  carry(ids, delta) {
    for (const id of ids) {
      const element = this.elements.get(id);
      if (!element) continue;
      this.shown.add(id);
      element.style.transform = `translateX(${delta * this.scale}px)`;
    }
  }

  cover(id) {
    const element = this.elements.get(id);
    if (!element) return;
    this.shown.add(id);
    element.dataset.gone = "";
  }

  back(id) {
    const element = this.elements.get(id);
    const entry = this.index.byId.get(id);
    this.shown.delete(id);
    if (!element || !entry) return;
    const { clip } = entry;
    const duration = entry.end - entry.start;
    element.style.transform = "";
    element.style.setProperty("--for", duration);
    delete element.dataset.gone;
    fade(element, clip);
    const picture = element.querySelector(".tl-picture");
    if (picture) picture.style.transform = "";
    if (clip.envelope) line(element, clip, duration);
  }

  /** All as it lies in the document. */
  clear() {
    for (const id of [...this.shown]) this.back(id);
  }
}
