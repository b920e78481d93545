// Undo and redo: a bounded stack of inverse operations, one entry a gesture. Undoing sends an ordinary operation.
import { applyAll } from "./edits.js";

const DEPTH = 200;

export class History {
  constructor() {
    this.undos = [];
    this.redos = [];
  }

  /** Keeps a gesture. Gestures with the same `merge` key in a row (typing in one field) become one. */
  record(inverses, merge = null) {
    const last = this.undos.at(-1);
    if (merge && last?.merge === merge && !this.redos.length) last.ops = [...inverses, ...last.ops];
    else this.undos.push({ ops: inverses, merge });
    if (this.undos.length > DEPTH) this.undos.shift();
    this.redos = [];
  }

  /** Ends the run of merged gestures, as when a field is left. */
  seal() {
    const last = this.undos.at(-1);
    if (last) last.merge = null;
  }

  /** Steps back: `{ document, ops }` to send, or null when there is nothing. */
  undo(document) {
    return this.step(document, this.undos, this.redos);
  }

  redo(document) {
    return this.step(document, this.redos, this.undos);
  }

  step(document, from, to) {
    const entry = from.pop();
    if (!entry) return null;
    try {
      const { document: after, inverses } = applyAll(document, entry.ops);
      to.push({ ops: inverses, merge: null });
      return { document: after, ops: entry.ops };
    } catch {
      return this.step(document, from, to); // what it would change is gone: go on to the one before
    }
  }
}
