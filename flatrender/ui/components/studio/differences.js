// The difference of two documents' tracks as an operation, `arrange`: how gestures are taken back. The same as
// flatrender/projects/differences.py.
import { TRACK, clipKind, completed, isClip, same, sparse, trackById } from "./document.js";
import { mended } from "./lanes.js";

/** The operation that makes the tracks of `then` out of those of `now`. */
export function difference(now, then) {
  const known = new Map();
  for (const track of now.tracks) for (const item of track.items) if (isClip(item)) known.set(item.id, [track, item]);
  const changes = [];
  for (const old of now.tracks) {
    const made = trackById(then, old.id);
    if (!made || made === old) continue;
    let hunks = made.items === old.items ? [] : hunksOf(old, made, known);
    const set = {};
    for (const name of Object.keys(TRACK)) if (made[name] !== old[name]) set[name] = made[name];
    if (Object.keys(set).length) {
      if (!hunks.length) hunks = [{ track: old.id, after: null, take: [], put: [] }];
      hunks[0].set = set;
    }
    changes.push(...hunks);
  }
  return { op: "arrange", changes };
}

/** Applies changes. Throws for a clip or a track that is gone. */
export function arrange(document, changes) {
  const tracks = new Map(document.tracks.map((track) => [track.id, track]));
  const taken = new Map();
  const places = changes.map((change) => {
    const track = tracks.get(change.track);
    if (!track) throw new Error("track-gone");
    const gone = new Set(change.take);
    const place = track.items.findIndex((item) => gone.has(item.id));
    for (const item of track.items) if (gone.has(item.id)) taken.set(item.id, item);
    tracks.set(track.id, { ...track, ...change.set, items: track.items.filter((item) => !gone.has(item.id)) });
    return place;
  });
  const there = new Set([...tracks.values()].flatMap((track) => track.items.filter(isClip).map((item) => item.id)));
  changes.forEach((change, number) => {
    const track = tracks.get(change.track);
    const put = change.put.map((entry) => itemOf(track, entry, taken, there));
    for (const item of put) if (isClip(item)) there.add(item.id);
    let at = track.items.findIndex((item) => item.id === change.after) + 1;
    if (!at && change.after !== null) at = places[number] < 0 ? track.items.length : Math.min(places[number], track.items.length);
    tracks.set(track.id, { ...track, items: [...track.items.slice(0, at), ...put, ...track.items.slice(at)] });
  });
  return { ...document, tracks: document.tracks.map((track) => mended(tracks.get(track.id))) };
}

function itemOf(track, entry, taken, there) {
  if (entry.type === "gap" || entry.type === "transition") return entry;
  if (entry.type === "clip") {
    if (there.has(entry.id)) throw new Error("id-taken");
    return completed(clipKind(track), entry);
  }
  const clip = taken.get(entry.id);
  if (!clip || !isClip(clip)) throw new Error("clip-gone");
  return completed(clipKind(track), { ...clip, ...entry });
}

function hunksOf(old, made, known) {
  const target = new Map(made.items.map((item, at) => [item.id, [at, item]]));
  // What is the same in both, in the same order, stays; everything between is taken and put.
  const staying = old.items.filter((item) => target.has(item.id) && same(target.get(item.id)[1], item));
  const rising = risingOf(staying.map((item) => target.get(item.id)[0]));
  const kept = new Set(rising.map((at) => staying[at].id));
  const hunks = new Map();
  const hunk = (after) => {
    if (!hunks.has(after)) hunks.set(after, { track: old.id, after, take: [], put: [] });
    return hunks.get(after);
  };
  let after = null;
  for (const item of old.items) {
    if (kept.has(item.id)) after = item.id;
    else hunk(after).take.push(item.id);
  }
  after = null;
  for (const item of made.items) {
    if (kept.has(item.id)) after = item.id;
    else hunk(after).put.push(entryOf(made, item, known));
  }
  return [...hunks.values()];
}

function entryOf(track, item, known) {
  if (!isClip(item)) return item;
  const [where, there] = known.get(item.id) ?? [];
  if (!there || clipKind(where) !== clipKind(track)) return sparse(clipKind(track), item);
  const changed = { id: item.id };
  for (const name of Object.keys({ ...there, ...item })) {
    if (!same(there[name], item[name])) changed[name] = item[name] ?? null;
  }
  return changed;
}

/** The places of a longest rising part of `numbers`. */
function risingOf(numbers) {
  const ends = [];
  const places = [];
  const before = [];
  numbers.forEach((number, place) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle] < number) low = middle + 1;
      else high = middle;
    }
    before.push(low ? places[low - 1] : -1);
    ends[low] = number;
    places[low] = place;
  });
  const found = [];
  for (let place = places.at(-1) ?? -1; place >= 0; place = before[place]) found.push(place);
  return found;
}
