// Snapping: what a dragged edge sticks to, and the name of it. Pure.

export const REACH = 8; // px

/**
 * What edges may stick to, in order: the playhead, the film's start, clips' edges and markers.
 * Each `{ frame, kind, name }`; `skip` holds the ids of the clips that move.
 */
export function targetsOf(document, placesOf, { playhead, skip = new Set(), range = null } = {}) {
  const targets = [{ frame: 0, kind: "film" }];
  if (playhead !== undefined) targets.push({ frame: playhead, kind: "playhead" });
  for (const track of document.tracks) {
    if (track.hidden) continue;
    placesOf(track).forEach(({ clip, start, end }, index) => {
      if (skip.has(clip.id)) return;
      targets.push({ frame: start, kind: "start", clip, track, index });
      targets.push({ frame: end, kind: "end", clip, track, index });
    });
  }
  for (const marker of document.markers ?? []) targets.push({ frame: marker.frame, kind: "marker", marker });
  for (const edge of ["in", "out"]) if (range?.[edge] != null) targets.push({ frame: range[edge], kind: edge });
  return targets.sort((one, other) => one.frame - other.frame);
}

/** The target nearest to `frame`, or null. */
export function nearest(targets, frame) {
  if (!targets.length) return null;
  let low = 0;
  let high = targets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (targets[middle].frame < frame) low = middle + 1;
    else high = middle;
  }
  const before = targets[low - 1];
  const after = targets[low];
  if (!before) return after;
  if (!after) return before;
  return frame - before.frame <= after.frame - frame ? before : after;
}

/**
 * How far the nearest edge must go to stick: `{ delta, target, edge }`, or null when nothing is within `reach` frames.
 * `edges` are frames before the gesture, `delta` how far the pointer has taken them.
 */
export function snap(targets, edges, delta, reach) {
  let best = null;
  for (const edge of edges) {
    const target = nearest(targets, edge + delta);
    if (!target) continue;
    const away = Math.abs(target.frame - edge - delta);
    if (away <= reach && (!best || away < best.away)) best = { delta: target.frame - edge, target, edge, away };
  }
  return best;
}
