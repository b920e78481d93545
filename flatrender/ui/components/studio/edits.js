// Edits on the working copy: pure functions, each with its inverse, the same table as flatrender/projects/edits.
// The server applies every operation again and has the last word. tests/ui runs the golden cases on both.
import { difference } from "./differences.js";
import { FILM } from "./edits_film.js";
import { GESTURES } from "./edits_gestures.js";
import { SCENES } from "./edits_scenes.js";
import { SETTINGS } from "./edits_settings.js";

// Each takes a document and an operation and gives [document, inverse]; without an inverse the difference is it.
const OPERATIONS = { ...SCENES, ...GESTURES, ...SETTINGS, ...FILM };

/** Applies one operation: `{ document, inverse }`. Throws for an unknown one or a clip that is gone. */
export function apply(document, operation) {
  const change = OPERATIONS[operation.op];
  if (!change) throw new Error(`unknown edit ${operation.op}`);
  const [after, inverse] = change(document, operation);
  return { document: after, inverse: inverse ?? difference(after, document) };
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

// Operations that set one thing to a value, whatever it was before: what names the thing.
const SETS = {
  set_value: ["clip", "key"],
  reset_value: ["clip", "key"],
  set_duration: ["clip"],
  rename_scene: ["clip"],
  set_color: ["key"],
  set_music_volume: [],
  set_clip: ["clip", "field"],
  set_track: ["track", "field"],
  move_marker: ["marker"],
  rename_marker: ["marker"],
  color_marker: ["marker"],
};

/** Whether an operation sets something, so that doing it twice is doing it once. */
export const sets = ({ op }) => op in SETS;

/** The operations without those of which nothing is left, as a later one sets the same thing. */
export function unwritten(operations) {
  const set = new Set();
  const left = [];
  for (const operation of [...operations].reverse()) {
    const thing = sets(operation) && JSON.stringify([operation.op.replace("reset_", "set_"), ...SETS[operation.op].map((name) => operation[name])]);
    if (thing && set.has(thing)) continue;
    set.add(thing);
    left.unshift(operation);
  }
  return left;
}
