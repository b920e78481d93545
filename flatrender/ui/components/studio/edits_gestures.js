// Edits of the timeline: clips put in, taken out, moved, cut and trimmed. See flatrender/projects/edits/gestures.py.
import { arrange } from "./differences.js";
import { clipKind, completed, filmLength, findClip, held, isClip, pairsOf, places, trackById } from "./document.js";
import {
  FOREVER,
  cleared,
  closed,
  first,
  gap,
  head,
  inOrder,
  joinsOf,
  parted,
  second,
  settle,
  spot,
  spotsOf,
  tail,
  withPairs,
} from "./lanes.js";
import { asTransition, freeId, needClip, needFree, needTrack, withClip, withTrack } from "./named.js";

const within = (value, low, high) => Math.max(low, Math.min(value, high));
const earlier = (clip) => ("offset" in clip ? clip.offset : FOREVER);
const framesOf = (document, one) =>
  one.clip.duration === null ? Math.max(1, filmLength(document) - one.start) : one.clip.duration;
const at = (spots, id) => spots.findIndex((one) => one.clip.id === id);
const isGap = (item) => item?.type === "gap";

function drawnUp(place, old, left) {
  const now = new Map(left.map(({ clip, start }) => [clip.id, start]));
  const anchor = old.findLast(({ clip, start }) => now.has(clip.id) && start <= place);
  return anchor ? place - anchor.start + now.get(anchor.clip.id) : 0;
}

function moved(document, source, onto, spots, delta, mode) {
  const old = trackById(document, source);
  const target = trackById(document, onto);
  const joins = new Map([...joinsOf(target), ...joinsOf(old)]);
  const gone = new Set(spots.map(({ clip }) => clip.id));
  const first = spots[0].start;
  const last = Math.max(...spots.map(({ end }) => end));
  if (mode === "insert" && last < FOREVER) {
    const shut = withPairs(old, closed(old, gone));
    const here = source === onto;
    const place = here ? drawnUp(first + delta, spotsOf(old), spotsOf(shut)) : first + delta;
    const base = here ? shut : target;
    const piece = freeId(document, spots[0].clip.id);
    const room = parted(spotsOf(base), place, last - first, piece, joins, base.kind === "scene");
    const there = spots.map(({ clip, start }) => spot(clip, room.begin + start - first));
    const made = here ? document : withTrack(document, shut);
    return withTrack(made, settle(base, inOrder([...room.spots, ...there]), joins));
  }
  const left = spotsOf(old).filter(({ clip }) => !gone.has(clip.id));
  const there = spots.map(({ clip, start }) => spot(clip, start + delta));
  let rest = source === onto ? left : spotsOf(target);
  for (const one of there) rest = cleared(rest, one.start, one.end, freeId(document, one.clip.id), joins);
  const made = source === onto ? document : withTrack(document, settle(old, left));
  return withTrack(made, settle(target, inOrder([...rest, ...there]), joins));
}

export const GESTURES = {
  insert_clip(document, op) {
    const track = needTrack(document, op.track);
    const clip = completed(clipKind(track), op.clip);
    needFree(document, clip.id);
    const place = Math.max(0, op.at);
    const piece = freeId(document, clip.id);
    const joins = joinsOf(track);
    let spots = spotsOf(track);
    let begin = place;
    if (op.mode === "insert" && clip.duration !== null) {
      ({ spots, begin } = parted(spots, place, clip.duration, piece, joins, track.kind === "scene"));
    } else spots = cleared(spots, place, spot(clip, place).end, piece, joins);
    return [withTrack(document, settle(track, inOrder([...spots, spot(clip, begin)]), joins))];
  },

  remove_clips(document, op) {
    const gone = new Set(op.clips);
    let after = document;
    for (const track of document.tracks) {
      const here = track.items.filter((item) => gone.has(item.id) && (isClip(item) || isGap(item)));
      if (!here.length) continue;
      const ids = new Set((op.ripple ? here : here.filter(isGap)).map((item) => item.id));
      const left = op.ripple ? track : settle(track, spotsOf(track).filter(({ clip }) => !gone.has(clip.id)));
      after = withTrack(after, withPairs(left, closed(left, ids)));
    }
    if (after === document) throw new Error("clip-gone");
    return [after];
  },

  move_clips(document, op) {
    const target = op.track == null ? null : needTrack(document, op.track);
    for (const id of op.clips) {
      const { track } = needClip(document, id);
      if (target && clipKind(target) !== clipKind(track)) throw new Error("wrong-track");
    }
    const chosen = new Set(op.clips);
    const sources = document.tracks
      .map((track) => ({ track, spots: spotsOf(track).filter(({ clip }) => chosen.has(clip.id)) }))
      .filter(({ spots }) => spots.length);
    const delta = Math.max(op.delta, -Math.min(...sources.flatMap(({ spots }) => spots.map(({ start }) => start))));
    let after = document;
    for (const { track, spots } of sources) {
      const onto = target ? target.id : track.id;
      if (onto !== track.id || delta) after = moved(after, track.id, onto, spots, delta, op.mode);
    }
    return [after];
  },

  trim(document, op) {
    const { track, clip } = needClip(document, op.clip);
    const spots = spotsOf(track);
    const index = at(spots, clip.id);
    const one = spots[index];
    const frames = framesOf(document, one);
    let [made, start, delta] = [clip, one.start, 0];
    if (op.edge === "start") {
      const room = op.ripple ? FOREVER : one.start - (spots[index - 1]?.end ?? 0);
      delta = within(op.delta, -Math.min(Math.max(0, room), earlier(clip)), frames - 1);
      [made, start] = [tail(clip, delta), one.start + delta];
    } else {
      const room = spots[index + 1] && !op.ripple ? spots[index + 1].start - one.end : FOREVER;
      delta = within(op.delta, 1 - frames, Math.max(0, room));
      made = head(clip, frames + delta);
    }
    if (!delta) return [document];
    if (op.ripple) return [withClip(document, made)];
    return [withTrack(document, settle(track, spots.with(index, spot(made, start))))];
  },

  roll(document, op) {
    const [left, right] = op.clips.map((id) => needClip(document, id).clip);
    const { track } = needClip(document, left.id);
    const spots = spotsOf(track);
    const index = at(spots, left.id);
    const [one, other] = [spots[index], spots[index + 1]];
    if (other?.clip.id !== right.id || other.start > one.end) throw new Error("clips-apart");
    const lap = one.end - other.start;
    const low = Math.max(Math.max(1, 2 * lap) - framesOf(document, one), -earlier(right));
    const high = framesOf(document, other) - Math.max(1, 2 * lap);
    const delta = within(op.delta, Math.min(0, low), Math.max(0, high));
    spots[index] = spot(head(left, left.duration + delta), one.start);
    spots[index + 1] = spot(tail(right, delta), other.start + delta);
    return [withTrack(document, settle(track, spots))];
  },

  slip(document, op) {
    const { clip } = needClip(document, op.clip);
    if (!("offset" in clip)) throw new Error("no-source");
    const delta = Math.max(op.delta, -clip.offset);
    return [withClip(document, { ...clip, offset: clip.offset + delta }), { op: "slip", clip: clip.id, delta: -delta }];
  },

  slide(document, op) {
    const { track, clip } = needClip(document, op.clip);
    const spots = spotsOf(track);
    const index = at(spots, clip.id);
    const one = spots[index];
    const before = spots[index - 1];
    const behind = spots[index + 1];
    let low = -(one.start - (before?.end ?? 0));
    let high = FOREVER;
    if (before && before.end >= one.start) low = Math.max(1, 2 * (before.end - one.start)) - framesOf(document, before);
    if (behind) {
      high = behind.start - one.end;
      if (high <= 0) {
        low = Math.max(low, -earlier(behind.clip));
        high = framesOf(document, behind) - Math.max(1, -2 * high);
      }
    }
    const delta = within(op.delta, Math.min(0, low), Math.max(0, high));
    if (before && before.end >= one.start) {
      spots[index - 1] = spot(head(before.clip, before.clip.duration + delta), before.start);
    }
    if (behind && behind.start <= one.end) spots[index + 1] = spot(tail(behind.clip, delta), behind.start + delta);
    spots[index] = spot(clip, one.start + delta);
    return [withTrack(document, settle(track, spots))];
  },

  split(document, op) {
    const { track, clip } = needClip(document, op.clip);
    needFree(document, op.id);
    const placed = places(track, filmLength(document));
    const index = at(placed, clip.id);
    const local = op.at - placed[index].start;
    const rest = clip.duration === null ? FOREVER : clip.duration - local;
    const lap = placed[index + 1]?.overlap ?? 0;
    if (local < Math.max(1, 2 * placed[index].overlap) || rest < Math.max(1, 2 * lap)) throw new Error("no-cut");
    const pairs = pairsOf(track).flatMap((pair) =>
      pair.clip.id === clip.id
        ? [
            { ...pair, clip: first(clip, local) },
            { joint: null, clip: second(clip, local, op.id) },
          ]
        : [pair],
    );
    return [withTrack(document, withPairs(track, pairs))];
  },

  set_transition(document, op) {
    const { track, clip } = needClip(document, op.after);
    const pairs = pairsOf(track);
    const index = pairs.findIndex((pair) => pair.clip.id === clip.id) + 1;
    if (index === pairs.length) throw new Error("no-next");
    const { joint: old, clip: following } = pairs[index];
    const made = asTransition(op.transition);
    if (made && isGap(old)) throw new Error("gap-between");
    if (made && made.id !== old?.id) needFree(document, made.id);
    if (isGap(old)) return [document];
    pairs[index] = { joint: made, clip: following };
    if (track.kind !== "scene") {
      const lap = (join) => (join ? held(join, clip, following) : 0);
      const next = pairs.findIndex((pair, place) => place > index && isGap(pair.joint));
      // What lies after a gap stays in place: the gap takes the difference.
      if (next > 0) {
        const frames = pairs[next].joint.duration + lap(made) - lap(old);
        pairs[next] = { ...pairs[next], joint: frames > 0 ? gap(frames) : null };
      }
    }
    return [withTrack(document, withPairs(track, pairs))];
  },

  arrange(document, op) {
    return [arrange(document, op.changes)];
  },
};

/** Where an open or closed clip lies now: { start, end }, or null when it is gone. */
export function placeOf(document, id) {
  const found = findClip(document, id);
  return found ? places(found.track, filmLength(document)).find(({ clip }) => clip.id === id) : null;
}
