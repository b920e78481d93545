// The project document in the browser: the working copy. Its shape, the layout of clips and the edits are those of
// flatrender/projects (timeline.py, items.py, edits), which keeps the document of record. Nothing here changes one.

export const PICTURES = ["scene", "video", "image", "text"];
export const SOUNDS = ["music", "voice", "sfx"];

const PLACE = { x: 0, y: 0, width: 1, height: 1, rotation: 0 };
const FIT = { mode: "cover", focus: [0.5, 0.5], crop: [0, 0, 0, 0] };
const STYLE = {
  font: "Inter",
  size: 64,
  color: "#FFFFFF",
  background: null,
  align: "center",
  direction: "auto",
  weight: 600,
  fit: false,
};
const FADES = { fade_in: 0, fade_out: 0 };
const SOUND = { offset: 0, volume: 1, ...FADES, envelope: [] };
// What a clip has when nothing else was said; what is not here has to be said.
const CLIPS = {
  scene: { values: {}, offset: 0 },
  video: { ...SOUND, fit: FIT, place: PLACE, opacity: 1 },
  image: { fit: FIT, place: PLACE, opacity: 1, ...FADES },
  text: { style: STYLE, place: { ...PLACE, x: 0.1, y: 0.4, width: 0.8, height: 0.2 }, opacity: 1, ...FADES },
  sound: { ...SOUND, duration: null, loop: false },
};
export const TRACK = {
  name: null,
  volume: 1,
  mute: false,
  solo: false,
  locked: false,
  hidden: false,
  height: null,
};
const PARTS = ["fit", "place", "style"];
const OMITTED = ["name", "group", "link", "fade_in_from", "fade_out_to"]; // where they say nothing

/** The kind of the clips on a track: `sound` for music, voice and effects. */
export const clipKind = (track) => (SOUNDS.includes(track.kind) ? "sound" : track.kind);

/** A clip with all its fields, as the server keeps it. */
export function completed(kind, data) {
  const usual = CLIPS[kind];
  const clip = { ...usual, ...data, type: "clip" };
  for (const part of PARTS) if (part in usual) clip[part] = { ...usual[part], ...data[part] };
  for (const name of OMITTED) if (!clip[name]) delete clip[name];
  return clip;
}

/** A clip without what is as it would be anyway. */
export function sparse(kind, clip) {
  const usual = CLIPS[kind];
  return Object.fromEntries(Object.entries(clip).filter(([name, value]) => !(name in usual && same(value, usual[name]))));
}

/** Whether two pieces of JSON say the same. */
export function same(one, other) {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => key in other && same(one[key], other[key]));
}

const alike = (one, other, but) => {
  if (one === other) return true;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name === but || one[name] === other[name]);
};
const pairwise = (one, other, equal) => one.length === other.length && one.every((each, at) => equal(each, other[at]));

/** Whether two versions of a document differ at most in their scenes' values. What is shared between them is not looked into. */
export const sameFilm = (one, other) =>
  alike(one, other, "tracks") &&
  pairwise(one.tracks, other.tracks, (was, is) => alike(was, is, "items") && (was === is || pairwise(was.items, is.items, (before, after) => alike(before, after, "values"))));

const first = (document, kind) => document.tracks.find((one) => one.kind === kind);

export const sceneTrack = (document) => first(document, "scene");
export const musicTrack = (document) => first(document, "music");
export const trackById = (document, id) => document.tracks.find((track) => track.id === id);
export const isClip = (item) => item.type === "clip";

/** The scene clips, in the film's order. */
export const clipsOf = (document) => sceneTrack(document).items.filter(isClip);
export const clipById = (document, id) => clipsOf(document).find((clip) => clip.id === id);
export const musicOf = (document) => musicTrack(document)?.items.find(isClip) || null;
export const musicVolume = (document) => musicTrack(document)?.volume ?? 1;

/** The clip with this id on any track: `{ track, clip }`, or null. */
export function findClip(document, id) {
  for (const track of document.tracks) {
    const clip = track.items.find((item) => item.id === id && isClip(item));
    if (clip) return { track, clip };
  }
  return null;
}

/** Each clip of a track with what stands before it: [{ joint, clip }]; the joint is a gap, a transition or null. */
export function pairsOf(track) {
  const pairs = [];
  let joint = null;
  for (const item of track.items) {
    if (isClip(item)) {
      pairs.push({ joint, clip: item });
      joint = null;
    } else joint = item;
  }
  return pairs;
}

/** How many frames two clips overlap: the transition's, but at most half of either. */
export const held = (transition, left, right) =>
  Math.min(
    transition.duration,
    ...[left, right].filter((clip) => clip.duration !== null).map((clip) => Math.floor(clip.duration / 2)),
  );

/** Where the clips of a track lie: [{ track, clip, start, end, overlap, transition }]; `film` ends an open clip. */
export function places(track, film = 0) {
  const placed = [];
  let position = 0;
  let before = null;
  for (const { joint, clip } of pairsOf(track)) {
    let overlap = 0;
    if (joint?.type === "gap") position += joint.duration;
    else if (joint && before) overlap = held(joint, before, clip);
    const start = position - overlap;
    position = clip.duration === null ? Math.max(start, film) : start + clip.duration;
    placed.push({ track: track.id, clip, start, end: position, overlap, transition: overlap ? joint : null });
    before = clip;
  }
  return placed;
}

/** The film's length: that of its pictures. Sound ends with it. */
export const filmLength = (document) =>
  Math.max(0, ...document.tracks.filter((track) => PICTURES.includes(track.kind)).map((track) => places(track).at(-1)?.end ?? 0));

/** Where each clip of every track lies. */
export function layout(document) {
  const film = filmLength(document);
  return document.tracks.flatMap((track) => places(track, film));
}

/** `MM:SS:FF`, with hours only when there are any. */
export function timecode(frame, rate) {
  const base = Math.round(rate[0] / rate[1]);
  const seconds = Math.floor(frame / base);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const parts = [two(Math.floor(seconds / 60) % 60), two(seconds % 60), two(frame % base)];
  return (hours ? [two(hours), ...parts] : parts).join(":");
}

export const newId = () => crypto.randomUUID().replaceAll("-", "").slice(0, 12);
