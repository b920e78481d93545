// Edits of the film around the clips: tracks, markers, the frame's size, the mix. See flatrender/projects/edits/film.py.
import { TRACK, clipKind, completed, isClip } from "./document.js";
import { gap, mended } from "./lanes.js";
import { asTransition, identifiers, needFree, needTrack, withTrack } from "./named.js";

const placeOf = (document, id) => document.tracks.findIndex((track) => track.id === id);

function itemOf(kind, item) {
  if (isClip(item)) return completed(kind, item);
  return item.type === "gap" ? gap(item.duration) : asTransition(item);
}

function needMarker(document, id) {
  const marker = document.markers.find((one) => one.id === id);
  if (!marker) throw new Error("marker-gone");
  return marker;
}

function withMarker(document, marker) {
  const others = document.markers.filter((one) => one.id !== marker.id);
  const markers = [...others, marker].sort((a, b) => a.frame - b.frame || (a.id < b.id ? -1 : 1));
  return { ...document, markers };
}

export const FILM = {
  add_track(document, op) {
    const given = { ...TRACK, items: [], ...op.track };
    const made = mended({ ...given, items: given.items.map((item) => itemOf(clipKind(given), item)) });
    needFree(document, made.id, ...made.items.map((item) => item.id));
    const index = Math.min(op.index ?? document.tracks.length, document.tracks.length);
    return [{ ...document, tracks: document.tracks.toSpliced(index, 0, made) }, { op: "remove_track", track: made.id }];
  },

  remove_track(document, op) {
    const track = needTrack(document, op.track);
    const inverse = { op: "add_track", track, index: placeOf(document, track.id) };
    return [{ ...document, tracks: document.tracks.filter((other) => other.id !== track.id) }, inverse];
  },

  move_track(document, op) {
    const track = needTrack(document, op.track);
    const rest = document.tracks.filter((other) => other.id !== track.id);
    const inverse = { op: "move_track", track: track.id, index: placeOf(document, track.id) };
    const index = Math.min(op.index ?? rest.length, rest.length);
    return [{ ...document, tracks: rest.toSpliced(index, 0, track) }, inverse];
  },

  set_track(document, op) {
    const track = needTrack(document, op.track);
    const inverse = { op: "set_track", track: track.id, field: op.field, value: track[op.field] };
    return [withTrack(document, { ...track, [op.field]: op.value ?? null }), inverse];
  },

  add_marker(document, op) {
    const marker = { name: "", color: null, ...op.marker };
    if (identifiers(document).has(marker.id)) throw new Error("id-taken");
    return [withMarker(document, marker), { op: "remove_marker", marker: marker.id }];
  },

  remove_marker(document, op) {
    const marker = needMarker(document, op.marker);
    const markers = document.markers.filter((one) => one.id !== marker.id);
    return [{ ...document, markers }, { op: "add_marker", marker }];
  },

  move_marker(document, op) {
    const marker = needMarker(document, op.marker);
    const inverse = { op: "move_marker", marker: marker.id, frame: marker.frame };
    return [withMarker(document, { ...marker, frame: op.frame }), inverse];
  },

  rename_marker(document, op) {
    const marker = needMarker(document, op.marker);
    return [withMarker(document, { ...marker, name: op.name }), { op: "rename_marker", marker: marker.id, name: marker.name }];
  },

  color_marker(document, op) {
    const marker = needMarker(document, op.marker);
    const inverse = { op: "color_marker", marker: marker.id, color: marker.color };
    return [withMarker(document, { ...marker, color: op.color ?? null }), inverse];
  },

  set_size: (document, op) => [{ ...document, size: op.size }, { op: "set_size", size: document.size }],

  set_audio: (document, op) => [
    { ...document, audio: { ...document.audio, loudness: op.loudness ?? null } },
    { op: "set_audio", loudness: document.audio.loudness },
  ],
};
