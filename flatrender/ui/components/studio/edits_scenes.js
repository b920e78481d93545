// Edits of the template's part of a film: scenes, their values, shared colours, music. See flatrender/projects/edits.
import { TRACK, completed, musicTrack, pairsOf, sceneTrack } from "./document.js";
import { withPairs } from "./lanes.js";
import { asTransition, freeId, identifiers, needClip, needFree, needScene, withClip, withTrack } from "./named.js";

const withScenes = (document, pairs) => withTrack(document, withPairs(sceneTrack(document), pairs));
const placeOf = (pairs, id) => pairs.findIndex(({ clip }) => clip.id === id);

const restore = (clip, key) =>
  key in clip.values
    ? { op: "set_value", clip: clip.id, key, value: clip.values[key] }
    : { op: "reset_value", clip: clip.id, key };

function put(pairs, index, before, clip, after) {
  const made = pairs.map((pair, at) => (at === index ? { ...pair, joint: after } : pair));
  made.splice(index, 0, { joint: before, clip });
  return made;
}

/** The document with a first music track, that track, and what takes it away again if it is new. */
function withMusic(document) {
  const track = musicTrack(document);
  if (track) return [document, track, null];
  const id = identifiers(document).has("music") ? freeId(document, "music") : "music";
  const made = { ...TRACK, id, kind: "music", items: [] };
  return [{ ...document, tracks: [...document.tracks, made] }, made, { op: "remove_track", track: id }];
}

export const SCENES = {
  set_value(document, op) {
    const clip = needScene(document, op.clip);
    return [withClip(document, { ...clip, values: { ...clip.values, [op.key]: op.value } }), restore(clip, op.key)];
  },

  reset_value(document, op) {
    const clip = needScene(document, op.clip);
    const { [op.key]: gone, ...values } = clip.values;
    return [withClip(document, { ...clip, values }), restore(clip, op.key)];
  },

  add_scene(document, op) {
    const pairs = pairsOf(sceneTrack(document));
    const index = Math.min(op.index ?? pairs.length, pairs.length);
    const told = "before" in op || "after" in op;
    const before = told ? asTransition(op.before) : (pairs[index]?.joint ?? null);
    needFree(document, op.clip.id);
    return [withScenes(document, put(pairs, index, before, completed("scene", op.clip), told ? asTransition(op.after) : null))];
  },

  remove_scene(document, op) {
    const { id } = needScene(document, op.clip);
    const pairs = pairsOf(sceneTrack(document));
    const index = placeOf(pairs, id);
    const joint = "transition" in op ? asTransition(op.transition) : pairs[index].joint;
    const made = pairs.map((pair, at) => (at === index + 1 ? { ...pair, joint } : pair));
    made.splice(index, 1);
    return [withScenes(document, made)];
  },

  move_scene(document, op) {
    const clip = needScene(document, op.clip);
    const pairs = pairsOf(sceneTrack(document));
    const rest = pairs.map((pair) => pair.clip).filter((other) => other.id !== clip.id);
    rest.splice(Math.min(op.index ?? rest.length, rest.length), 0, clip);
    return [withScenes(document, pairs.map(({ joint }, at) => ({ joint, clip: rest[at] })))];
  },

  duplicate_scene(document, op) {
    const clip = needScene(document, op.clip);
    needFree(document, op.id);
    const pairs = pairsOf(sceneTrack(document));
    const index = placeOf(pairs, clip.id) + 1;
    const { link, ...rest } = clip;
    return [withScenes(document, put(pairs, index, null, { ...rest, id: op.id }, pairs[index]?.joint ?? null))];
  },

  set_duration(document, op) {
    const { clip } = needClip(document, op.clip);
    const inverse = clip.duration === null ? null : { op: "set_duration", clip: clip.id, duration: clip.duration };
    return [withClip(document, { ...clip, duration: op.duration }), inverse];
  },

  rename_scene(document, op) {
    const clip = needScene(document, op.clip);
    const renamed = completed("scene", { ...clip, name: op.name || null });
    return [withClip(document, renamed), { op: "rename_scene", clip: clip.id, name: clip.name ?? null }];
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
    const [made, track, inverse] = withMusic(document);
    const items = op.clip ? [completed("sound", op.clip)] : [];
    return [withTrack(made, { ...track, items, volume: op.volume ?? track.volume }), inverse];
  },

  set_music_volume(document, op) {
    const [made, track, inverse] = withMusic(document);
    const back = { op: "set_music_volume", volume: track.volume };
    return [withTrack(made, { ...track, volume: op.volume }), inverse ?? back];
  },
};
