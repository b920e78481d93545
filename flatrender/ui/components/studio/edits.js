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
