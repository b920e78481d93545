// What edits look for in a document, and the ids that they give.
import { clipById, findClip, trackById } from "./document.js";

/** The clip with this id and its track. Throws when it is gone. */
export function needClip(document, id) {
  const found = findClip(document, id);
  if (!found) throw new Error("clip-gone");
  return found;
}

export function needScene(document, id) {
  const clip = clipById(document, id);
  if (!clip) throw new Error("clip-gone");
  return clip;
}

export function needTrack(document, id) {
  const track = trackById(document, id);
  if (!track) throw new Error("track-gone");
  return track;
}

export const withTrack = (document, track) => ({
  ...document,
  tracks: document.tracks.map((other) => (other.id === track.id ? track : other)),
});

export function withClip(document, clip) {
  const { track } = needClip(document, clip.id);
  return withTrack(document, { ...track, items: track.items.map((item) => (item.id === clip.id ? clip : item)) });
}

/** Every id in the document. */
export function identifiers(document) {
  const taken = new Set(document.markers.map((marker) => marker.id));
  for (const track of document.tracks) {
    taken.add(track.id);
    for (const item of track.items) taken.add(item.id);
  }
  return taken;
}

/** An id for a part that an operation makes without being asked: the same on every machine. */
export function freeId(document, base) {
  const taken = identifiers(document);
  let number = 1;
  while (taken.has(`${base}.${number}`)) number += 1;
  return `${base}.${number}`;
}

export function needFree(document, ...ids) {
  const taken = identifiers(document);
  if (ids.some((id) => taken.has(id))) throw new Error("id-taken");
}

export const bare = ({ type, ...rest }) => rest;
export const asTransition = (data) => {
  if (!data) return null;
  const { params, ...rest } = data;
  const allowed = { dip: "color", wipe: "direction", slide: "direction" }[data.kind];
  const value = params?.[allowed];
  return { ...rest, type: "transition", ...(value ? { params: { [allowed]: value } } : {}) };
};
