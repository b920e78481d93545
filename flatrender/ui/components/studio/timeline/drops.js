// Files dragged onto the tracks, from the media panel or from the desktop: where they would lie is shown while they are
// in the air, Ctrl pushes what lies there aside instead of covering it.
import { newId, timecode } from "../document.js";
import { say } from "./words.js";
import { Draft } from "./draft.js";
import { PICTURES, RULER, rowAt, rowsOf } from "./geometry.js";
import { inTurn } from "./in_turn.js";
import { rowFor } from "./plans.js";
import { REACH, snap, targetsOf } from "./snapping.js";

export const MEDIA = "application/x-flatrender-media";

/** What the browser tells of files in the air: only their types. */
function guess(item) {
  const [major] = item.type.split("/");
  if (item.kind !== "file" || !["video", "image", "audio"].includes(major)) return null;
  return { id: null, kind: major, use: major === "audio" ? "music" : null, name: "", duration: null };
}

export class Drops {
  constructor(desk, gestures) {
    this.desk = desk;
    this.gestures = gestures;
    this.file = null;
  }

  attach(root, ghost) {
    this.root = root;
    this.ghost = ghost;
    // While something is in the air its data cannot be read: it is read when it is picked up.
    const lifted = (event) => {
      const text = event.dataTransfer?.getData(MEDIA);
      this.lifted = text ? JSON.parse(text) : null;
    };
    const over = (event) => this.over(event);
    const leave = (event) => !root.contains(event.relatedTarget) && this.clear();
    const drop = (event) => this.drop(event);
    const landed = (event) => {
      const { facts, landing } = event.detail;
      if (landing.project !== this.desk.session.project.id) return;
      event.preventDefault(); // it is taken
      this.land(facts, landing);
    };
    window.addEventListener("flatrender:landed", landed);
    window.addEventListener("dragstart", lifted);
    root.addEventListener("dragover", over);
    root.addEventListener("dragleave", leave);
    root.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("flatrender:landed", landed);
      window.removeEventListener("dragstart", lifted);
      root.removeEventListener("dragover", over);
      root.removeEventListener("dragleave", leave);
      root.removeEventListener("drop", drop);
    };
  }

  inAir({ dataTransfer }) {
    if (dataTransfer.types.includes(MEDIA)) return this.lifted;
    if (!dataTransfer.types.includes("Files")) return null;
    return [...dataTransfer.items].map(guess).find(Boolean) ?? null;
  }

  over(event) {
    const file = this.inAir(event);
    if (!file) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    const { desk } = this;
    const place = desk.view.locate(event);
    const mode = event.ctrlKey || event.metaKey ? "insert" : "overwrite";
    const key = [Math.round(place.x), Math.round(place.y), mode, event.altKey].join();
    if (key === this.key) return;
    this.key = key;
    if (!this.draft || this.draft.document !== desk.document) {
      this.draft?.clear();
      this.draft = new Draft(desk, this.gestures.canvas);
      this.targets = targetsOf(desk.document, desk.index.placesOf, { playhead: desk.frame, range: desk.session.state.range });
      this.clip = null;
    }
    this.plan = this.planAt(file, place, mode, event.altKey);
    const fine = this.draft.show(this.plan.ops);
    this.gestures.guideAt(this.plan.found?.target);
    const where = this.plan.elsewhere ? `placing_${this.plan.elsewhere}` : `placing_${mode}`;
    const said = { name: file.name || say(`kind_${this.plan.kind}`), at: timecode(this.plan.at, desk.rate), track: this.plan.onto };
    desk.tell(fine ? say(where, said) : say("drag_refused"));
    const { ghost } = this;
    ghost.hidden = false;
    ghost.dataset.kind = this.plan.kind;
    ghost.style.transform = `translateX(${desk.view.side + desk.view.xOf(this.plan.at)}px)`;
    ghost.style.insetBlockStart = `${RULER + this.plan.row.y}px`;
    ghost.style.blockSize = `${this.plan.row.height}px`;
    ghost.style.setProperty("--for", this.plan.clip.duration);
    ghost.textContent = file.name;
  }

  /** Where it would lie: drawn to what it sticks to. */
  planAt(file, place, mode, loose) {
    const { desk } = this;
    const rows = rowsOf(desk.document);
    const beyond = place.y - RULER > rows.at(-1).y + rows.at(-1).height;
    const under = beyond ? null : rowAt(rows, place.y - RULER).track.id;
    const { scale, snapping } = desk.view.state;
    const raw = Math.max(0, Math.round(desk.view.frameAt(place.x)));
    const { duration } = desk.clipOf(file, desk.kindsOf(file)[0]); // the same on each track that takes it
    const found = snapping && !loose ? snap(this.targets, [0, duration], raw, REACH / scale) : null;
    return { found, ...this.placed(file, under, Math.max(0, found ? found.delta : raw), mode) };
  }

  /** What lays a file down: on the row `under` it when that takes such files, else on a free one that does, else on a new
   *  one. `elsewhere`: the words for what lies not under the pointer. */
  placed(file, under, at, mode) {
    const { desk } = this;
    const rows = rowsOf(desk.document);
    const kinds = desk.kindsOf(file);
    const { duration } = desk.clipOf(file, kinds[0]);
    const row = rowFor(rows, rows.find(({ track }) => track.id === under) ?? null, kinds, desk.index.placesOf, [at, at + duration]);
    const kind = row?.track.kind ?? kinds[0];
    this.clip = this.clip?.media === file.id && this.kind === kind ? this.clip : desk.clipOf(file, kind);
    this.kind = kind;
    this.track ??= newId();
    const ops = [];
    const track = row?.track.id ?? this.track;
    if (!row) ops.push({ op: "add_track", track: { id: track, kind } });
    ops.push({ op: "insert_clip", track, at, clip: this.clip, mode });
    // A new track of pictures comes above all others, one of sounds below.
    const last = rows.at(-1);
    const fresh = PICTURES.has(kind) ? { y: 0, height: 20 } : { y: last.y + last.height, height: 43 };
    const elsewhere = row ? (track === under ? null : "on") : under ? "new" : "own";
    const onto = row ? desk.trackName(row.track) : say(`track_${kind}`);
    return { ops, at, kind, mode, track, under, elsewhere, onto, clip: this.clip, row: row ?? fresh };
  }

  drop(event) {
    const file = this.inAir(event);
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    this.over(event);
    const { plan, desk } = this;
    this.clear();
    if (file.id) {
      if (!desk.do(plan.ops, sayPlaced(file.name, plan))) return;
      desk.choose([plan.clip.id]);
      desk.focusClip?.(plan.clip.id); // the tile would keep Space and Enter for itself
      return;
    }
    // From the desktop: uploaded first, placed when they are read. How long each is, is known then.
    const { at, under, mode } = plan;
    const landing = { project: desk.session.project.id, at, under, mode, drop: newId() };
    const lines = new Map(); // kind → { end, track } of what lies there already
    const place = (ready) => {
      const [kind] = desk.kindsOf(ready);
      const line = lines.get(kind) ?? { end: at, track: under };
      const placed = this.lay(ready, line.track, line.end, landing);
      lines.set(kind, { end: line.end + placed.clip.duration, track: placed.track });
    };
    const files = [...event.dataTransfer.files];
    const turns = inTurn(files, ({ type }) => type.split("/")[0]);
    const onRead = async (ready, one) => {
      await turns.of(one);
      place(ready);
      turns.end(one);
    };
    window.dispatchEvent(new CustomEvent("flatrender:upload", { detail: { files, landing, onRead, onMissed: turns.end } }));
  }

  /** Lays down a file that came from the desktop, in the mode that was shown while it was in the air. The clips of one `drop`
   *  are known by their ids, also when the page is loaded again between them. */
  lay(ready, under, at, { mode = "overwrite", drop = "" }) {
    const { desk } = this;
    this.clip = this.track = null; // ids of its own
    const placed = this.placed(ready, under, at, mode);
    this.clip = this.track = null;
    if (drop) placed.clip.id = `${drop}-${placed.clip.id}`;
    desk.library.put({ state: "ready", ...ready });
    if (desk.do(placed.ops, sayPlaced(ready.name, placed))) desk.choose([placed.clip.id], { asked: false }); // it may come long after the drop
    return placed;
  }

  /** A file that was dropped before the page was loaded again: it lies where it was dropped, behind others of the same drop
   *  and, where it pushes nothing aside, behind what lies there by now. */
  land(ready, landing) {
    const { desk } = this;
    const { at, under, mode, drop } = landing;
    const kinds = desk.kindsOf(ready);
    // What an insertion has cut off is named after what was inserted, with a full stop: it lies behind all of the drop.
    const laid = ({ id }) => drop && id.startsWith(`${drop}-`) && !id.includes(".");
    const along = [...desk.index.byId.values()].filter(({ clip, track }) => laid(clip) && kinds.includes(track.kind));
    const track = along[0]?.track ?? desk.document.tracks.find((one) => one.id === under && kinds.includes(one.kind));
    const { duration } = desk.clipOf(ready, kinds[0]);
    let start = Math.max(at, ...along.map(({ end }) => end));
    if (mode !== "insert") for (const place of track ? desk.index.placesOf(track) : []) if (place.start < start + duration && place.end > start) start = place.end;
    this.lay(ready, track?.id ?? under, start, landing);
  }

  clear() {
    this.draft?.clear();
    this.draft = this.key = this.clip = this.track = null;
    this.ghost.hidden = true;
    this.gestures.guideAt(null);
    this.desk.tell("");
  }
}

const sayPlaced = (name, { elsewhere, onto }) => say(elsewhere ? (elsewhere === "on" ? "did_placed_on" : "did_placed_new") : "did_placed", { name, track: onto });

/** A file of the media panel without a pointer (Enter, double click): at the playhead, on the first track of its kind that is free there. */
export function insertMedia(desk, file, at = desk.frame) {
  const ops = [];
  const [kind] = desk.kindsOf(file);
  const clip = desk.clipOf(file, kind);
  const free = (one) => !desk.index.placesOf(one).some((place) => place.start < at + clip.duration && place.end > at);
  let track = desk.document.tracks.find((one) => one.kind === kind && !one.locked && free(one))?.id;
  if (!track) {
    track = newId();
    ops.push({ op: "add_track", track: { id: track, kind } });
  }
  ops.push({ op: "insert_clip", track, at, clip, mode: "overwrite" });
  if (desk.do(ops, say("did_placed", { name: file.name }))) desk.choose([clip.id]);
}
