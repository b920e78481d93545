// Every commit is the save. Commits leave in order, one at a time; while the server is out of reach they wait here and
// are tried again, the same `op_id` each time, so that none is applied twice.
//
// The outbox also knows the document of record: `confirmed`, the last one that the server told of. What is shown is
// `confirmed`, then the commits still waiting, then what is being typed. Edits of others come between, in the order in
// which the server took them, so that this page and the server agree.
import { newId } from "./document.js";
import { apply, applyAll } from "./edits.js";

const RETRY = [500, 1000, 2000, 4000, 8000];
const LAST_TRIES = 6; // after the page was left

/** Whether the same request may succeed later: no answer, the server's own trouble, too many, or signed out. */
const passing = ({ status }) => !status || status >= 500 || status === 401 || status === 408 || status === 429;

export class Outbox {
  /**
   * `send(body)` posts a commit and resolves to the server's answer; `read()` resolves to `{ document, project }`.
   * `on.state({ kind: "saved" | "saving" | "offline" | "signed-out" | "refused", count })` on every change,
   * `on.answer(answer, commit, last)` for each commit taken, `on.refused(problem, commit)` for each that was not,
   * `on.rebased()` when `confirmed` changed by more than our own edits.
   */
  constructor({ document, revision, send, read, on, later = (call, wait) => setTimeout(call, wait) }) {
    this.confirmed = document;
    this.revision = revision;
    this.send = send;
    this.read = read;
    this.on = on;
    this.later = later;
    this.waiting = [];
    this.tries = 0;
    this.running = false;
    this.closing = false;
    this.refused = false;
    this.wake = () => this.run();
    globalThis.addEventListener?.("online", this.wake);
  }

  get idle() {
    return this.waiting.length === 0;
  }

  push(ops) {
    this.waiting.push({ op_id: newId() + newId(), ops });
    this.refused = false;
    return this.run();
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
    while (this.waiting.length) {
      const commit = this.waiting[0];
      this.tell(this.tries ? "offline" : "saving");
      try {
        const body = { op_id: commit.op_id, base_revision: this.revision, ops: commit.ops };
        await this.take(await this.send(body), commit);
        this.tries = 0;
      } catch (error) {
        if (passing(error)) {
          this.wait(error);
          return;
        }
        await this.drop(error, commit);
      }
    }
    this.running = false;
    this.tell(this.refused ? "refused" : "saved");
    if (this.closing) this.end();
  }

  async take(answer, commit) {
    this.waiting.shift();
    this.revision = answer.revision;
    if (answer.reload) await this.reread();
    else {
      this.confirmed = applyAll(this.confirmed, [...(answer.others ?? []), ...answer.ops]).document;
      if (answer.others?.length) this.on.rebased();
    }
    this.on.answer(answer, commit, this.idle);
  }

  /** What the server understands and refuses would be refused again: the commit goes, and with it its edit here. */
  async drop(problem, commit) {
    this.waiting.shift();
    this.refused = true;
    if (problem.status === 409) await this.reread();
    this.on.rebased();
    this.on.refused(problem, commit);
  }

  async reread() {
    const { document, project } = await this.read();
    this.confirmed = document;
    this.revision = project.revision;
    this.on.rebased();
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
    this.timer = this.later(this.wake, wait);
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
