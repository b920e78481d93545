// Undo and redo: a bounded stack of inverse operations, one entry a gesture. Undoing sends an ordinary operation. Where
// the whole document was exchanged, an entry is the revision whose document was there before.
import { applyAll, unwritten } from "./edits.js";

const DEPTH = 200;

export class History {
  constructor() {
    this.undos = [];
    this.redos = [];
  }

  /** Keeps a gesture: what takes its operations `made` back. Gestures with the same `merge` key in a row (typing in one
   *  field) become one. */
  record(inverses, merge = null, made = []) {
    const last = this.undos.at(-1);
    if (merge && last?.merge === merge && !this.redos.length) {
      last.ops = unwritten([...inverses, ...last.ops]);
      last.made = unwritten([...last.made, ...made]);
    } else this.push({ ops: inverses, merge, made });
    this.redos = [];
  }

  /**
   * The server is asked now to put another document in the place of this one; `entry`: the step that asks for it, if one
   * does. Returns what to call with the revision that was there `before` and the `document` that came, once it has
   * happened. Until then each step stays where it is. What is done meanwhile is done in the document that comes: its
   * steps lie above, and lead back to what that document has.
   */
  exchange(entry = null) {
    this.seal();
    const { redos } = this;
    const last = this.undos.at(-1);
    return (before, document = null) => {
      const end = this.undos.indexOf(last) + 1;
      if (document) this.moved(end, document);
      const start = this.undos.indexOf(entry);
      if (start >= 0) {
        this.undos.splice(start, end - start); // what was done behind it has gone with the document
        if (this.redos === redos) redos.push({ revision: before });
        return;
      }
      this.redos = entry ? this.redos.filter((other) => other !== entry) : [];
      this.undos.splice(end, 0, { revision: before });
      if (this.undos.length > DEPTH) this.undos.shift();
    };
  }

  /** Operations that the server refused were not done: there is no step back from them. */
  refuse(ops) {
    const refused = new Set(ops);
    for (const steps of [this.undos, this.redos]) {
      for (let at = steps.length - 1; at >= 0; at -= 1) {
        const { made = [] } = steps[at];
        if (made.length && made.every((op) => refused.has(op))) steps.splice(at, 1);
      }
    }
  }

  /** The steps from the one at `since` on were done in another document than this one: what leads back is found anew. */
  moved(since, document) {
    let now = document;
    for (const entry of this.undos.splice(since)) {
      try {
        const { document: after, inverses } = applyAll(now, entry.made);
        this.undos.push({ ...entry, ops: inverses });
        now = after;
      } catch {
        // What it changed is not there: the server refuses it as well.
      }
    }
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
   * Steps back: `{ document, ops }` to send, or null when there is nothing. Where the server is to be asked for the
   * document of a revision, `{ revision, entry }`: see `exchange`.
   */
  undo(document) {
    return this.step(document, this.undos, this.redos);
  }

  redo(document) {
    return this.step(document, this.redos, this.undos);
  }

  step(document, from, to) {
    const entry = from.at(-1);
    if (!entry) return null;
    if (entry.revision !== undefined) return { revision: entry.revision, entry };
    from.pop();
    try {
      const { document: after, inverses } = applyAll(document, entry.ops);
      to.push({ ops: inverses, merge: null, made: entry.ops });
      return { document: after, ops: entry.ops };
    } catch {
      return this.step(document, from, to); // what it would change is gone: go on to the one before
    }
  }
}
