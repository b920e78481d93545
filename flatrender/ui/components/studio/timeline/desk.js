// What the timeline's parts share: the session, the view, the library, an index of the document, and a voice.
import { newId, timecode } from "../document.js";
import { filmLength, placesOf } from "./places.js";
import { lengthsOf } from "../rates.js";
import { nameOf } from "../scenes.jsx";
import { knows, number, say } from "./words.js";
import { SOUNDING } from "./geometry.js";
import { indexOf, together } from "./plans.js";
import { View } from "./view.js";

/** Frames with a sign, for a shift: "+00:14". */
export function shift(frames, rate) {
  const text = timecode(Math.abs(frames), rate);
  return `${frames < 0 ? "−" : "+"}${text.startsWith("00:") && text.length > 5 ? text.slice(3) : text}`;
}

export class Desk {
  constructor(session) {
    this.session = session;
    this.library = session.library;
    this.view = new View(session);
    this.live = null; // the element that screen readers read
    this.line = null; // the element that tells what a drag does
    this.board = null; // what was copied
    this.known = { document: null, index: null };
    session.refuseLocked = (track) => this.refuseLocked(track); // the stage asks, too
  }

  get document() {
    return this.session.document;
  }

  get rate() {
    return this.document.rate;
  }

  /** Where every clip lies, made once per document. */
  get index() {
    if (this.known.document !== this.document) {
      this.known = { document: this.document, index: indexOf(this.document, placesOf, filmLength(this.document)) };
    }
    return this.known.index;
  }

  get frame() {
    return this.session.state.frame;
  }

  /** The chosen clips that are still there and free, with their companions. */
  get chosen() {
    return together(this.index, this.session.state.selection);
  }

  /** The length of a clip's source in frames of the film, null where it has no end of its own. */
  facts = (clip, track) => {
    if (track.kind === "scene") {
      const scene = this.session.scene(clip);
      return scene ? lengthsOf(scene, this.rate).high : null;
    }
    return clip.media ? this.library.frames(clip.media, this.rate) : null;
  };

  nameOf(clip, track) {
    if (track.kind === "scene") return nameOf(clip, this.session.scene(clip));
    if (clip.name) return clip.name;
    if (track.kind === "text") return clip.text?.split("\n")[0] || say("kind_text");
    return this.library.file(clip.media)?.name ?? say(`kind_${track.kind}`);
  }

  trackName(track) {
    if (track.name) return track.name;
    const same = this.document.tracks.filter((other) => other.kind === track.kind);
    const word = say(`track_${track.kind}`);
    return same.length > 1 ? `${word} ${number(same.indexOf(track) + 1)}` : word;
  }

  /** A clip in words: "Drone, video, from 00:10:00, 4.2 s". */
  describe(id) {
    const entry = this.index.byId.get(id);
    if (!entry) return "";
    return say("clip_said", {
      name: this.nameOf(entry.clip, entry.track),
      track: this.trackName(entry.track),
      start: timecode(entry.start, this.rate),
      length: timecode(entry.end - entry.start, this.rate),
    });
  }

  /** The snapping target in words, for the guide's tag. */
  targetName(target) {
    if (target.kind === "start" || target.kind === "end") {
      const scene = target.track.kind === "scene";
      const name = scene ? say("scene_number", { number: number(target.index + 1) }) : this.nameOf(target.clip, target.track);
      return say(`snap_${target.kind}`, { name });
    }
    if (target.kind === "marker") return target.marker.name || say("marker");
    return say(`snap_${target.kind}`);
  }

  announce(text) {
    if (this.live) this.live.textContent = text;
  }

  /** One line beside the tools while something is dragged; empty when nothing is. */
  tell(text) {
    if (this.line && this.line.textContent !== text) this.line.textContent = text;
  }

  /** Does a gesture's operations; says so to those who do not see it. */
  do(ops, said, options) {
    if (!ops.length) return false;
    try {
      this.session.edit(ops, options);
    } catch (error) {
      this.refuse(error);
      return false;
    }
    if (said) this.announce(said);
    return true;
  }

  refuse(error) {
    const key = `edit_${error.code ?? error.message}`;
    this.session.callbacks.onNotice(say(knows(key) ? key : "edit_refused"));
  }

  lockedWords(track) {
    return say("track_is_locked", { name: this.trackName(track) });
  }

  /** Says that a track is locked, and offers to unlock it. */
  refuseLocked(track) {
    const unlock = () => this.do([{ op: "set_track", track: track.id, field: "locked", value: false }]);
    this.session.callbacks.onOffer(this.lockedWords(track), say("unlock"), unlock);
  }

  /** Whether all that is chosen lies on locked tracks; then it is said. */
  get allLocked() {
    const [first] = this.session.state.selection.map((id) => this.index.byId.get(id)).filter(Boolean);
    if (!first || this.chosen.length) return false;
    this.refuseLocked(first.track);
    return true;
  }

  /** Chooses clips, and shows as chosen what goes along with them: groups, linked sound. The last one's values are shown;
   *  where nobody `asked` for it, only if no other panel is open. */
  choose(ids, { add = false, asked = true } = {}) {
    const before = add ? this.session.state.selection : [];
    const toggled = add && ids.length === 1 && before.includes(ids[0]);
    const along = together(this.index, ids);
    const next = toggled
      ? before.filter((id) => id !== ids[0] && !along.includes(id))
      : [...new Set([...before, ...along])].filter((id) => !ids.includes(id)).concat(ids);
    this.session.choose(next);
    if (asked && next.length) this.session.showValues(next.at(-1));
    const one = next.length === 1 || (ids.length === 1 && !add); // with what goes along
    const said = [one && this.describe(next.at(-1)), next.length > 1 && say("clips_chosen", { count: next.length })];
    if (next.length) this.announce(said.filter(Boolean).join(". "));
  }

  /** Where a file may lie: tracks of these kinds, the first is made when there is none. */
  kindsOf(file) {
    if (file.kind === "image") return ["image"];
    if (file.kind === "video") return ["video"];
    const use = file.use ?? "music";
    return [use, ...[...SOUNDING].filter((kind) => kind !== use)];
  }

  /** A new clip of a file for a track of that kind. */
  clipOf(file, kind) {
    const second = Math.round(this.rate[0] / this.rate[1]);
    const whole = file.duration_frames ?? (file.duration ? Math.floor((file.duration * this.rate[0]) / this.rate[1]) : null);
    const picture = {
      fit: { mode: "cover", focus: [0.5, 0.5], crop: [0, 0, 0, 0] },
      place: { x: 0, y: 0, width: 1, height: 1, rotation: 0 },
      opacity: 1,
    };
    const sound = { volume: 1, envelope: [] };
    const base = { id: newId(), media: file.id, duration: Math.max(1, whole ?? 5 * second), fade_in: 0, fade_out: 0 };
    if (kind === "image") return { ...base, duration: 5 * second, ...picture };
    if (kind === "video") return { ...base, offset: 0, ...picture, ...sound };
    return { ...base, offset: 0, ...sound, loop: false };
  }
}
