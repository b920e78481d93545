// Where the clips of a track lie, worked out once per track: an edit leaves the tracks that it does not touch as they are.
import { PICTURES, places } from "../document.js";

const known = new WeakMap();
const lengths = new WeakMap();

/** The places of a track's clips; `film` is where an open clip ends. The same array for the same track. */
export function placesOf(track, film = 0) {
  let found = known.get(track);
  const open = track.items.at(-1)?.duration === null;
  if (!found || (open && found.film !== film)) {
    found = { film, placed: places(track, film) };
    known.set(track, found);
  }
  return found.placed;
}

/** The film's length in frames: that of its pictures. */
export function filmLength(document) {
  let length = lengths.get(document);
  if (length === undefined) {
    length = Math.max(0, ...document.tracks.filter((track) => PICTURES.includes(track.kind)).map((track) => placesOf(track).at(-1)?.end ?? 0));
    lengths.set(document, length);
  }
  return length;
}
