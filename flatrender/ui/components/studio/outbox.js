// Every commit is the save. Commits leave in order, one at a time; while the server is out of reach they wait here and
// are tried again, the same `op_id` each time, so that none is applied twice.
import { Problem, call } from "./api.js";
import { newId } from "./document.js";

const RETRY = [500, 1000, 2000, 4000, 8000];

export class Outbox {
  /**
   * `onState({ kind: "saved" | "saving" | "offline" | "refused", count, problem })` on every change;
   * `onAnswer(answer, commit)` after each commit that the server took.
   */
  constructor(projectId, revision, { onState, onAnswer, onRefused }) {
    this.projectId = projectId;
    this.revision = revision;
    this.onState = onState;
    this.onAnswer = onAnswer;
    this.onRefused = onRefused;
    this.waiting = [];
    this.tries = 0;
    this.running = false;
    this.closed = false;
    this.wake = () => this.run();
    window.addEventListener("online", this.wake);
  }

  get idle() {
    return this.waiting.length === 0;
  }

  push(ops) {
    this.waiting.push({ op_id: newId() + newId(), ops });
    this.run();
  }

  async run() {
    if (this.running || this.closed) return;
    this.running = true;
    clearTimeout(this.timer);
    while (this.waiting.length && !this.closed) {
      const commit = this.waiting[0];
      this.onState({ kind: this.tries ? "offline" : "saving", count: this.waiting.length });
      try {
        const body = { op_id: commit.op_id, base_revision: this.revision, ops: commit.ops };
        const answer = await call(`/projects/${this.projectId}/ops`, { method: "POST", body });
        this.waiting.shift();
        this.tries = 0;
        this.revision = answer.revision;
        this.onAnswer(answer, commit, this.waiting.length === 0);
      } catch (error) {
        if (error instanceof Problem && error.status < 500 && error.status !== 429) {
          // What the server understands and refuses would be refused again: drop it and take the server's document.
          this.waiting.shift();
          this.onRefused(error, commit);
          continue;
        }
        const wait = RETRY[Math.min(this.tries, RETRY.length - 1)];
        this.tries += 1;
        this.onState({ kind: "offline", count: this.waiting.length });
        this.timer = setTimeout(this.wake, wait);
        this.running = false;
        return;
      }
    }
    this.running = false;
    if (!this.closed) this.onState({ kind: "saved", count: 0 });
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    window.removeEventListener("online", this.wake);
  }
}
