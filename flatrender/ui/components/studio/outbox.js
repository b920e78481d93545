// Every commit is the save. Commits leave in order, one at a time; while the server is out of reach they wait here and
// are tried again, the same `op_id` each time, so that none is applied twice.
//
// The outbox also knows the document of record: `confirmed`, the last one that the server told of. What is shown is
// `confirmed`, then the commits still waiting, then what is being typed. Edits of others come between, in the order in
// which the server took them, so that this page and the server agree. What waits is kept by the browser as well
// (store.js): a page that was closed or crashed while the server was away sends it when the project is opened again.
import { findClip, newId, places, trackById } from "./document.js";
import { apply, applyAll, sets, unwritten } from "./edits.js";

const RETRY = [500, 1000, 2000, 4000, 8000];
const LAST_TRIES = 6; // after the page was left
const PATIENCE = 30_000; // ms for an answer: a connection that hangs is one that is lost
const KEEPING = 5000; // ms for what the browser keeps: where it never answers, edits are saved all the same
const MOST = 200; // operations of a commit (flatrender/projects/service.py)

/** Whether the same request may succeed later: no answer, the server's own trouble, too many, or signed out. */
const passing = ({ status }) => !status || status >= 500 || status === 401 || status === 408 || status === 429;

export class Outbox {
  /**
   * `send(body, signal)` posts a commit and resolves to the server's answer; `read(signal)` resolves to
   * `{ document, project }`, `since(revision, signal)` to `{ edits: [{ revision, op_id, ops, reload }] }`: each gives up
   * where its signal says so. `store` keeps what waits (see store.js).
   * `on.state({ kind: "saved" | "saving" | "offline" | "signed-out" | "refused", count })` on every change,
   * `on.answer(answer, commit, last)` for each commit taken, `on.refused(problem, commit, again)` for each that was not
   * (`again`: operations that put back the clip that is gone, and the commit's; null where that is not why),
   * `on.rebased()` when `confirmed` changed by more than our own edits.
   */
  constructor({ document, revision, send, read, since, store = null, on, later = (call, wait) => setTimeout(call, wait) }) {
    this.confirmed = document;
    this.revision = revision;
    this.send = send;
    this.read = read;
    this.since = since;
    this.store = store;
    this.on = on;
    this.later = later;
    this.waiting = [];
    this.made = new Map(); // op_id -> { revision, document }: what this page showed when the edit was made
    this.own = new Set(); // revisions that are edits of this page
    this.tries = 0;
    this.running = false;
    this.closing = false;
    this.refused = false;
    this.heard = revision; // the newest that the server told of, by an answer or by a message
    this.forgotten = null; // settles when the browser no longer keeps what was done
    this.opened = store?.all().then((kept) => this.resume(kept));
    this.wake = () => this.run();
    globalThis.addEventListener?.("online", this.wake);
  }

  get idle() {
    return this.waiting.length === 0;
  }

  /** Sends operations. Where a setting is set again and again (a slider that is drawn: the same `merge` key), the last
   *  of those that wait is sent alone: a slow way to the server is not filled with what nobody will see. */
  push(ops, merge = null) {
    const last = this.waiting.at(-1);
    const over = merge !== null && last?.merge === merge && !last.sent && [...last.ops, ...ops].every(sets);
    const made = (over && this.made.get(last.op_id)) || { revision: this.revision, document: this.confirmed };
    const left = over ? unwritten([...last.ops, ...ops]) : ops;
    for (let at = 0; at < left.length; at += MOST) {
      // A new id also for what takes another's place: another tab may have read that one from the store, and sent it.
      const commit = { op_id: newId() + newId(), ops: left.slice(at, at + MOST), merge };
      this.waiting.push(commit);
      this.made.set(commit.op_id, made);
      this.store?.add(commit);
    }
    if (over) this.done(last);
    this.refused = false;
    return this.run();
  }

  forget(commit) {
    this.forgotten = Promise.all([this.forgotten, this.store?.remove(commit.op_id)]).then(() => {}); // nothing of those before is held
  }

  /** Commits that an earlier page could not send: they go first. */
  resume(kept) {
    this.opened = null;
    const known = new Set(this.waiting.map((commit) => commit.op_id));
    const earlier = kept.filter((commit) => !known.has(commit.op_id)).map((commit) => ({ ...commit, sent: true }));
    if (!earlier.length) return undefined;
    this.waiting.unshift(...earlier);
    this.on.rebased();
    return this.run();
  }

  /** Whether others have committed what this page has not read yet. */
  get behind() {
    return this.heard > this.revision;
  }

  /** Whether there is something to send or to read. */
  get left() {
    return !this.idle || this.behind;
  }

  /** Somebody, perhaps this page, committed up to `revision`: reads what is not known yet, in turn with what waits. */
  follow(revision) {
    this.heard = Math.max(this.heard, revision);
    return this.behind ? this.run() : undefined;
  }

  /** The document to show: the confirmed one with what is under way. Edits that no longer apply are left out. */
  rebase(typed = []) {
    let document = this.confirmed;
    for (const op of [...this.waiting.flatMap((commit) => commit.ops), ...typed]) {
      try {
        document = apply(document, op).document;
      } catch {
        // its scene is gone: the server will refuse it with a sentence
      }
    }
    return document;
  }

  async run() {
    if (this.running) return;
    this.running = true;
    this.telling(); // at once: what waits is never called saved, however long the browser takes to open what it keeps
    await this.soon(this.opened); // what an earlier page kept is older than any edit of this one, and goes first
    for (;;) {
      // A page that is left as all is called saved would find again what the browser has not forgotten.
      if (!this.left) await this.soon(this.forgotten);
      if (!this.left) break; // no pause until it is told that nothing runs: what came in between would wait for ever
      const commit = this.waiting[0];
      try {
        if (this.behind) {
          await this.catchUp();
          continue;
        }
        this.telling();
        // Whom an edit writes over is told by what was shown when it was made, though others' edits were heard since.
        const base = this.made.get(commit.op_id)?.revision ?? this.revision;
        const body = { op_id: commit.op_id, base_revision: base, ops: commit.ops };
        commit.sent = true; // it may arrive though no answer comes: it stays as it is
        await this.take(await this.within((signal) => this.send(body, signal)), commit, base);
        this.tries = 0;
      } catch (error) {
        if (passing(error)) {
          this.wait(error);
          return;
        }
        if (this.behind) await this.reread().catch(() => {});
        else if (!(await this.drop(error, commit))) {
          this.heard = Infinity; // what others did is not known yet: it is read before the next edit
          continue;
        }
        this.heard = this.revision;
      }
    }
    this.running = false;
    this.tell(this.refused ? "refused" : "saved");
    if (this.closing) this.end();
  }

  async take(answer, commit, base) {
    this.done(commit);
    this.own.add(answer.revision);
    this.heard = Math.max(this.heard, answer.revision); // until it is read, should that fail
    const notices = (answer.notices ?? []).filter(({ revision }) => !this.own.has(revision));
    // An answer that was lost on its way: what it tells is known already.
    if (answer.revision > this.revision) {
      // What came between is in the answer, unless some of it is known: then nothing but this edit may be new.
      const others = base === this.revision ? (answer.others ?? []) : [];
      const next = base === this.revision || answer.revision === this.revision + 1;
      if (answer.reload || !next || !this.advance([...others, ...answer.ops], answer.revision)) await this.reread();
      else if (others.length) this.on.rebased();
    } else this.on.rebased(); // an earlier page sent it, and was left before the browser forgot it: it is shown twice
    this.on.answer({ ...answer, notices }, commit, this.idle);
  }

  async catchUp() {
    const { edits } = await this.within((signal) => this.since(this.revision, signal));
    this.heard = this.revision;
    const fresh = edits.filter((edit) => edit.revision > this.revision);
    if (!fresh.length) return;
    const taken = new Set(fresh.map((edit) => edit.op_id));
    this.waiting.filter((commit) => taken.has(commit.op_id)).forEach((commit) => this.done(commit));
    const ops = fresh.flatMap((edit) => edit.ops);
    const known = !fresh.some((edit) => edit.reload) && this.advance(ops, fresh.at(-1).revision);
    if (known) this.on.rebased();
    else await this.reread();
  }

  /** Takes what the server has applied into the document of record; false when that cannot be done here. */
  advance(ops, revision) {
    try {
      this.confirmed = applyAll(this.confirmed, ops).document;
      this.revision = revision;
      return true;
    } catch {
      return false;
    }
  }

  /** The commit is no longer waiting: taken, or refused for good. */
  done(commit) {
    this.waiting = this.waiting.filter((other) => other.op_id !== commit.op_id);
    this.made.delete(commit.op_id);
    this.forget(commit);
  }

  /** What the server understands and refuses would be refused again: the commit goes, and with it its edit here.
   *  False when the document that the server has could not be read. */
  async drop(problem, commit) {
    const shown = this.made.get(commit.op_id)?.document ?? this.confirmed;
    this.done(commit);
    this.refused = true;
    const read = problem.status !== 409 || (await this.reread().then(() => true, () => false));
    this.on.rebased();
    const gone = problem.code === "clip-gone" ? problem.body?.clip : null;
    this.on.refused(problem, commit, gone && read ? this.again(shown, gone, commit.ops) : null);
    return read;
  }

  /** Operations that put a clip back where this page had it, and do then what was refused. */
  again(shown, id, ops) {
    const found = findClip(shown, id);
    if (!found || findClip(this.confirmed, id) || !trackById(this.confirmed, found.track.id)) return null;
    const { start } = places(found.track).find(({ clip }) => clip.id === id);
    const { type, ...clip } = found.clip;
    const mode = found.track.kind === "scene" ? "insert" : "overwrite";
    return [{ op: "insert_clip", track: found.track.id, at: start, clip, mode }, ...ops];
  }

  async reread() {
    const { document, project } = await this.within((signal) => this.read(signal));
    this.confirmed = document;
    this.revision = project.revision;
    this.on.rebased();
  }

  /** What `ask(signal)` resolves to. What has no answer in time is given up, as if the server were out of reach. */
  async within(ask) {
    const stop = new AbortController();
    const timer = this.later(() => stop.abort(), PATIENCE);
    try {
      return await ask(stop.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the browser's store, but not for ever. */
  async soon(promise) {
    if (!promise) return;
    let timer;
    await Promise.race([promise, new Promise((resolve) => (timer = this.later(resolve, KEEPING)))]);
    clearTimeout(timer);
  }

  wait(error) {
    this.running = false;
    const wait = RETRY[Math.min(this.tries, RETRY.length - 1)];
    this.tries += 1;
    if (this.closing && this.tries > LAST_TRIES) {
      this.end();
      return;
    }
    this.tell(error.status === 401 ? "signed-out" : "offline");
    clearTimeout(this.timer); // each edit tries at once
    this.timer = this.later(this.wake, wait);
  }

  telling() {
    if (this.waiting.length) this.tell(this.tries ? "offline" : "saving");
  }

  tell(kind) {
    if (!this.closing) this.on.state({ kind, count: this.waiting.length });
  }

  /** The page is left for another one of ours: what waits is still sent, nobody is told. */
  close() {
    this.closing = true;
    if (this.idle && !this.running) this.end();
  }

  end() {
    clearTimeout(this.timer);
    globalThis.removeEventListener?.("online", this.wake);
  }
}
