// Edits on the working copy: pure functions, each with its inverse, the same table as flatrender/projects/edits.py.
// The server applies every operation again and has the last word. tests/projects runs the golden cases on both.
import { clipById, clipsOf, gapsOf, musicOf, musicVolume } from "./document.js";

const bare = ({ type, ...rest }) => rest;
const asClip = (data) => ({ type: "clip", ...data });
const asGap = (data) => (data ? { type: "transition", ...data } : null);

const withTrack = (document, kind, change) => {
  const known = document.tracks.some((track) => track.kind === kind);
  const tracks = known ? document.tracks : [...document.tracks, { id: kind, kind, volume: 1, items: [] }];
  return { ...document, tracks: tracks.map((track) => (track.kind === kind ? { ...track, ...change(track) } : track)) };
};

const withScenes = (document, clips, gaps) => {
  const items = [];
  clips.forEach((clip, index) => {
    if (index && gaps[index - 1]) items.push(gaps[index - 1]);
    items.push(clip);
  });
  return withTrack(document, "scene", () => ({ items }));
};

const withClip = (document, id, change) =>
  withScenes(
    document,
    clipsOf(document).map((clip) => (clip.id === id ? { ...clip, ...change } : clip)),
    gapsOf(document),
  );

const need = (document, id) => {
  const clip = clipById(document, id);
  if (!clip) throw new Error("clip-gone");
  return clip;
};

const restore = (clip, key) =>
  key in clip.values
    ? { op: "set_value", clip: clip.id, key, value: clip.values[key] }
    : { op: "reset_value", clip: clip.id, key };

const OPERATIONS = {
  set_value(document, op) {
    const clip = need(document, op.clip);
    return [withClip(document, clip.id, { values: { ...clip.values, [op.key]: op.value } }), restore(clip, op.key)];
  },

  reset_value(document, op) {
    const clip = need(document, op.clip);
    const { [op.key]: gone, ...values } = clip.values;
    return [withClip(document, clip.id, { values }), restore(clip, op.key)];
  },

  add_scene(document, op) {
    const clips = clipsOf(document);
    const gaps = gapsOf(document);
    const index = Math.min(op.index ?? clips.length, clips.length);
    const split = (index > 0 && index < clips.length && gaps[index - 1]) || null;
    const told = "before" in op || "after" in op;
    const before = told ? asGap(op.before) : split;
    const after = told ? asGap(op.after) : null;
    const clip = asClip({ values: {}, ...op.clip });
    const middle = [];
    if (index > 0) middle.push(before);
    if (index < clips.length) middle.push(after);
    const made = withScenes(
      document,
      [...clips.slice(0, index), clip, ...clips.slice(index)],
      [...gaps.slice(0, Math.max(0, index - 1)), ...middle, ...gaps.slice(index)],
    );
    return [made, { op: "remove_scene", clip: clip.id, transition: split && bare(split) }];
  },

  remove_scene(document, op) {
    const clip = need(document, op.clip);
    const clips = clipsOf(document);
    const gaps = gapsOf(document);
    const index = clips.findIndex((one) => one.id === clip.id);
    const before = index > 0 ? gaps[index - 1] : null;
    const after = index < clips.length - 1 ? gaps[index] : null;
    const inner = index > 0 && index < clips.length - 1;
    const kept = "transition" in op ? asGap(op.transition) : before;
    const made = withScenes(
      document,
      clips.filter((one) => one.id !== clip.id),
      [...gaps.slice(0, Math.max(0, index - 1)), ...(inner ? [kept] : []), ...gaps.slice(index + 1)],
    );
    const inverse = { op: "add_scene", clip: bare(clip), index, before: before && bare(before), after: after && bare(after) };
    return [made, inverse];
  },

  move_scene(document, op) {
    const clip = need(document, op.clip);
    const clips = clipsOf(document);
    const old = clips.findIndex((one) => one.id === clip.id);
    const rest = clips.filter((one) => one.id !== clip.id);
    rest.splice(Math.min(op.index, rest.length), 0, clip);
    return [withScenes(document, rest, gapsOf(document)), { op: "move_scene", clip: clip.id, index: old }];
  },

  duplicate_scene(document, op) {
    const clip = need(document, op.clip);
    const clips = clipsOf(document);
    const index = clips.findIndex((one) => one.id === clip.id) + 1;
    const follows = index < clips.length ? gapsOf(document)[index - 1] : null;
    const copy = { ...bare(clip), id: op.id };
    return OPERATIONS.add_scene(document, { clip: copy, index, before: null, after: follows && bare(follows) });
  },

  set_duration(document, op) {
    const clip = need(document, op.clip);
    const inverse = { op: "set_duration", clip: clip.id, duration: clip.duration };
    return [withClip(document, clip.id, { duration: op.duration }), inverse];
  },

  rename_scene(document, op) {
    const clip = need(document, op.clip);
    const { name, ...rest } = clip;
    const renamed = op.name ? { ...rest, name: op.name } : rest;
    const clips = clipsOf(document).map((one) => (one.id === clip.id ? renamed : one));
    return [withScenes(document, clips, gapsOf(document)), { op: "rename_scene", clip: clip.id, name: name ?? null }];
  },

  set_color(document, op) {
    const { [op.key]: old, ...others } = document.colors;
    const inverse = { op: "set_color", key: op.key, value: old ?? null, preset: document.preset };
    const colors = op.value === null || op.value === undefined ? others : { ...document.colors, [op.key]: op.value };
    return [{ ...document, colors, preset: op.preset ?? null }, inverse];
  },

  apply_preset(document, op) {
    const inverse = { op: "apply_preset", preset: document.preset, colors: document.colors };
    return [{ ...document, colors: { ...op.colors }, preset: op.preset ?? null }, inverse];
  },

  set_music(document, op) {
    const old = musicOf(document);
    const volume = musicVolume(document);
    const inverse = { op: "set_music", clip: old && bare(old), volume };
    const items = op.clip ? [asClip(op.clip)] : [];
    return [withTrack(document, "music", () => ({ items, volume: op.volume ?? volume })), inverse];
  },

  set_music_volume(document, op) {
    const inverse = { op: "set_music_volume", volume: musicVolume(document) };
    return [withTrack(document, "music", () => ({ volume: op.volume })), inverse];
  },

  set_transition(document, op) {
    const clips = clipsOf(document);
    const gaps = gapsOf(document);
    const index = clips.findIndex((clip) => clip.id === need(document, op.after).id);
    const old = gaps[index] || null;
    const made = [...gaps.slice(0, index), asGap(op.transition), ...gaps.slice(index + 1)];
    return [
      withScenes(document, clips, made),
      { op: "set_transition", after: op.after, transition: old && bare(old) },
    ];
  },
};

/** Applies one operation: `{ document, inverse }`. Throws for an unknown one or a clip that is gone. */
export function apply(document, operation) {
  const change = OPERATIONS[operation.op];
  if (!change) throw new Error(`unknown edit ${operation.op}`);
  const [after, inverse] = change(document, operation);
  return { document: after, inverse };
}

/** Applies operations in order: the document and the operations that take all back, in order. */
export function applyAll(document, operations) {
  const inverses = [];
  let now = document;
  for (const operation of operations) {
    const step = apply(now, operation);
    now = step.document;
    inverses.unshift(step.inverse);
  }
  return { document: now, inverses };
}
