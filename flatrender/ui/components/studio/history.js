// Undo and redo: a bounded stack of inverse operations, one entry a gesture. Undoing sends an ordinary operation. Where
// the whole document was exchanged, an entry is the revision whose document was there before.
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
    else this.push({ ops: inverses, merge });
    this.redos = [];
  }

  /** Keeps that the whole document took the place of that of `revision`. */
  exchanged(revision) {
    this.push({ revision });
    this.redos = [];
  }

  push(entry) {
    this.undos.push(entry);
    if (this.undos.length > DEPTH) this.undos.shift();
  }

  /** Ends the run of merged gestures, as when a field is left. */
  seal() {
    const last = this.undos.at(-1);
    if (last) last.merge = null;
  }

  /**
   * Steps back: `{ document, ops }` to send, or null when there is nothing. `{ revision, done(before), failed() }` where
   * the server is to be asked for the document of a revision: which one was `before`, or that it has not happened.
   */
  undo(document) {
    return this.step(document, this.undos, this.redos);
  }

  redo(document) {
    return this.step(document, this.redos, this.undos);
  }

  step(document, from, to) {
    const entry = from.pop();
    if (!entry) return null;
    if (entry.revision !== undefined) {
      return { revision: entry.revision, done: (before) => to.push({ revision: before }), failed: () => from.push(entry) };
    }
    try {
      const { document: after, inverses } = applyAll(document, entry.ops);
      to.push({ ops: inverses, merge: null });
      return { document: after, ops: entry.ops };
    } catch {
      return this.step(document, from, to); // what it would change is gone: go on to the one before
    }
  }
}
