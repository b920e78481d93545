// A track with absolute places, and its way back into a sequence: the same as flatrender/projects/lanes.py.
import { held, isClip, pairsOf, places } from "./document.js";

export const FOREVER = 4 * (2 ** 31 - 1); // where an open clip ends

export const spot = (clip, start) => ({ clip, start, end: clip.duration === null ? FOREVER : start + clip.duration });
export const spotsOf = (track) => places(track).map(({ clip, start }) => spot(clip, start));
export const inOrder = (spots) => [...spots].sort((one, other) => one.start - other.start);

/** The track with these clips and what stands before each. */
export function withPairs(track, pairs) {
  const items = [];
  for (const { joint, clip } of pairs) {
    if (joint?.type === "gap") {
      if (joint.duration > 0) items.push(gap(joint.duration, clip));
    } else if (joint && items.length) items.push(joint);
    items.push(clip);
  }
  return { ...track, items };
}

/** A gap takes the name of the clip after it. */
export const gap = (duration, clip = null) => ({ type: "gap", id: clip ? `${clip.id}~` : "", duration });

/** The transitions of a track by the ids of the clips on their two sides. */
export function joinsOf(track) {
  const joins = new Map();
  const pairs = pairsOf(track);
  for (let at = 1; at < pairs.length; at += 1) {
    const { joint, clip } = pairs[at];
    if (joint?.type === "transition") joins.set(`${pairs[at - 1].clip.id} ${clip.id}`, joint);
  }
  return joins;
}

/** The track with its clips, in this order, at these places; where one would lie under another it is pushed. */
export function settle(track, spots, joins = joinsOf(track)) {
  const done = [];
  for (const { clip, start: wanted } of spots) {
    let start = wanted;
    let joint = null;
    while (done.length) {
      let { one: before } = done.at(-1);
      const join = joins.get(`${before.clip.id} ${clip.id}`);
      if (!join || start > before.end) break;
      let lap = held(join, before.clip, clip);
      if (start < before.end - lap) {
        const ahead = start - before.start;
        if (ahead <= 0) {
          done.pop(); // nothing of it is seen
          continue;
        }
        lap = Math.min(ahead, held(join, clip, clip));
        before = spot(head(before.clip, ahead + lap), before.start);
        done.at(-1).one = before;
      }
      if (start < before.end || lap === 0) {
        start = before.end - lap;
        joint = join;
      }
      break;
    }
    if (!joint) {
      const end = done.at(-1)?.one.end ?? 0;
      if (start > end) joint = gap(start - end);
      start = Math.max(start, end);
    }
    done.push({ joint, one: spot(clip, start) });
  }
  return withPairs(track, done.map(({ joint, one }) => ({ joint, clip: one.clip })));
}

/** The second part of a clip that was cut takes over what joined the clip to the next. */
function inherit(joins, clip, piece) {
  for (const [pair, join] of [...joins]) {
    const [left, right] = pair.split(" ");
    if (left === clip) joins.set(`${piece} ${right}`, join);
  }
}

/** The spots with nothing left in [start, end). The second part of a clip that is cut is called `piece`. */
export function cleared(spots, start, end, piece, joins) {
  return spots.flatMap((one) => {
    if (one.end <= start || one.start >= end) return [one];
    const made = [];
    const before = one.start < start;
    const after = one.end > end;
    if (before) made.push(spot((after ? first : head)(one.clip, start - one.start), one.start));
    if (after) {
      if (before) inherit(joins, one.clip.id, piece);
      const local = end - one.start;
      made.push(spot(before ? second(one.clip, local, piece) : tail(one.clip, local), end));
    }
    return made;
  });
}

/** Room for `frames` at `at`: { spots, begin }. `whole`: a clip there gives way instead of being cut. */
export function parted(spots, at, frames, piece, joins, whole) {
  const made = [...spots];
  let index = spots.length;
  let begin = at;
  let found = false;
  for (const [number, one] of spots.entries()) {
    const following = spots[number + 1];
    if (one.start >= at) index = number;
    else if (at >= one.end) continue;
    else if (following && following.start <= at) [index, begin] = [number + 1, one.end];
    else if (whole) [index, begin] = at - one.start < one.end - at ? [number, one.start] : [number + 1, one.end];
    else {
      index = number + 1;
      made[number] = spot(first(one.clip, at - one.start), one.start);
      made.splice(index, 0, spot(second(one.clip, at - one.start, piece), at));
      inherit(joins, one.clip.id, piece);
    }
    found = true;
    break;
  }
  if (!found && whole && spots.length) begin = Math.min(begin, spots.at(-1).end);
  if (index && made[index - 1].end < FOREVER) begin = Math.max(begin, made[index - 1].end);
  const by = index < made.length ? frames + Math.max(0, begin - made[index].start) : 0;
  return { spots: made.map((one, number) => (number < index ? one : spot(one.clip, one.start + by))), begin };
}

/** The pairs of a track without the clips and gaps that are `gone`, what follows drawn up to them. */
export function closed(track, gone) {
  const kept = [];
  let carried = [];
  for (const { joint, clip } of pairsOf(track)) {
    carried.push(joint?.type === "gap" && gone.has(joint.id) ? null : joint);
    if (gone.has(clip.id)) continue;
    kept.push({ joint: merged(carried, kept.length > 0), clip });
    carried = [];
  }
  return kept;
}

/** The track with its joints in order: gaps beside each other are one, a transition stands between two clips. */
export function mended(track) {
  const pairs = [];
  let waiting = [];
  for (const item of track.items) {
    if (isClip(item)) {
      pairs.push({ joint: merged(waiting, true), clip: item });
      waiting = [];
    } else waiting.push(item);
  }
  return withPairs(track, pairs);
}

function merged(joints, inside) {
  const frames = joints.reduce((sum, joint) => sum + (joint?.type === "gap" ? joint.duration : 0), 0);
  return frames ? gap(frames) : ((inside && joints[0]) || null);
}

/** The first `frames` of a clip; more than it has give it more of its source. A fade that was cut off goes on along its
 *  line: see `without`. */
export function head(clip, frames) {
  const made = { ...clip, duration: frames };
  return clip.fade_out_to && clip.duration !== null ? without(made, clip, "fade_out", "fade_out_to", clip.duration - frames) : made;
}

/** A clip without its first `frames`; fewer than none gives it more of its source. Its sound stays as it was, and a fade
 *  that was cut off goes on along its line. */
export function tail(clip, frames) {
  const made = { ...clip, duration: clip.duration === null ? null : clip.duration - frames };
  if ("offset" in clip) made.offset = clip.offset + frames;
  if (clip.envelope) made.envelope = clip.envelope.map(([at, gain]) => [at - frames, gain]);
  return clip.fade_in_from ? without(made, clip, "fade_in", "fade_in_from", frames) : made;
}

/** The first part of a clip that was cut. It keeps what of the fade-out lies before the cut, so that nothing is seen or
 *  heard of the cut. */
export function first(clip, frames) {
  const after = clip.duration === null ? FOREVER : clip.duration - frames;
  return clip.fade_out ? without(head(clip, frames), clip, "fade_out", "fade_out_to", after) : head(clip, frames);
}

/** The second part, a clip of its own, linked to nothing; of the fade-in as in `first`. */
export function second(clip, frames, piece) {
  const { link, ...kept } = tail(clip, frames);
  const made = { ...kept, id: piece };
  return clip.fade_in ? without(made, clip, "fade_in", "fade_in_from", frames) : made;
}

/** `made` with what is left of a fade of `clip` without its outer `gone` frames. Fewer than none give back what was cut
 *  off, as far as it went: then it is whole, and its clip's edge takes it along as any other. */
function without(made, clip, fade, edge, gone) {
  const { [fade]: length, [edge]: begin = 0 } = clip;
  const { [edge]: _, ...others } = made;
  const left = (frames, from) => ({ ...others, [fade]: frames, ...(from ? { [edge]: from } : {}) });
  if (gone >= length) return left(0, 0);
  if (gone >= 0) return left(length - gone, begin + ((1 - begin) * gone) / length);
  if (begin >= 1) return left(length, begin); // a line that does not rise comes from nowhere
  const whole = Math.floor(length / (1 - begin) + 0.5);
  if (length - gone >= whole) return left(Math.max(length, whole), 0);
  return left(length - gone, Math.max(0, 1 - ((1 - begin) * (length - gone)) / length));
}
