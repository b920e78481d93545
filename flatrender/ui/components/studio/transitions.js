// What two pictures that meet look like at each moment of their transition. The same function, on the same table, as
// flatrender/film/transitions.py, which says what the attributes mean; the table is transition_table.js, written from
// flatrender/film/transitions.json.
import { TABLE } from "./transition_table.js";

export const KINDS = Object.keys(TABLE);
export const DIRECTIONS = ["left", "right", "up", "down"];
export const COLOR = "#000000";
const RESTS = { opacity: 1, tint: 0, x: 0, y: 0, left: 0, top: 0, right: 1, bottom: 1 };

/** The value on the straight lines through `points`; at a jump, what comes after it. */
function valueAt(points, progress) {
  let before = points[0];
  for (const point of points.slice(1)) {
    if (progress < point[0]) {
      const share = (progress - before[0]) / (point[0] - before[0]);
      return before[1] + (point[1] - before[1]) * Math.max(share, 0);
    }
    before = point;
  }
  return before[1];
}

const stateAt = (motion, progress) => ({
  ...RESTS,
  ...Object.fromEntries(Object.entries(motion).map(([name, points]) => [name, valueAt(points, progress)])),
});

/**
 * The states of the picture that goes and of the one that comes, at a progress of 0 to 1 (frame k of n: k / n).
 * The two are drawn by themselves and added (`plus-lighter`, on a canvas `lighter`).
 */
export function states(kind, progress, direction = "") {
  const ways = TABLE[kind];
  const chosen = ways?.[""] ?? ways?.[direction || "left"];
  if (!chosen) throw new RangeError(`There is no transition ${kind} ${direction}.`);
  return { from: stateAt(chosen.from, progress), to: stateAt(chosen.to, progress) };
}

/** A share of the frame's width or height as a place in pixels. */
export const pixels = (share, whole) => Math.floor(share * whole + 0.5);
