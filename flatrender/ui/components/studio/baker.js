// Typing shows at once: every keystroke asks the server to bake the changed layer. One request is under way per element;
// of what is typed meanwhile only the newest is asked next (latest wins), so that answers never arrive out of order.
const LONGEST_REST = 1000; // ms

export class Baker {
  /** `ask(body)` resolves to `{ patches, of }`; `onPatches(clipId, patches, body, of)` gets each answer; `onError(error, body)` each failure. */
  constructor({ ask, onPatches, onError, later = (call, wait) => setTimeout(call, wait) }) {
    this.later = later;
    this.ask = ask;
    this.onPatches = onPatches;
    this.onError = onError;
    this.waiting = new Map();
    this.busy = new Set();
    this.resting = new Set(); // who waits until nothing is being drawn
    this.missed = new Set(); // clips whose colours could not be drawn: next time all of them are
  }

  /** Nothing is being drawn, nothing waits to be. */
  get idle() {
    return !this.busy.size;
  }

  /** Resolves when nothing is being drawn, after a second in any case: what can wait does not slow the picture down. */
  async rest() {
    if (this.idle) return;
    let [done, timer] = [];
    await new Promise((resolve) => {
      done = resolve;
      this.resting.add(done);
      timer = this.later(done, LONGEST_REST);
    });
    clearTimeout(timer);
    this.resting.delete(done);
  }

  bake(clipId, request) {
    const lane = `${clipId}/${request.key ?? "colors"}`;
    this.waiting.set(lane, { clip: clipId, ...request });
    if (!this.busy.has(lane)) this.run(lane);
  }

  /** Shared colours: those of a request that was not sent yet are asked for with the next. */
  color(clipId, request) {
    const before = this.waiting.get(`${clipId}/colors`);
    const all = this.missed.delete(clipId) || (before && !(before.changed && request.changed));
    const changed = all ? undefined : request.changed && [...new Set([...(before?.changed ?? []), ...request.changed])];
    this.bake(clipId, { ...request, changed });
  }

  async run(lane) {
    this.busy.add(lane);
    let body = null;
    try {
      while (this.waiting.has(lane)) {
        body = this.waiting.get(lane);
        this.waiting.delete(lane);
        const { patches, of } = await this.ask(body);
        await this.onPatches(body.clip, patches, body, of);
      }
    } catch (error) {
      if (body?.colors) this.missed.add(body.clip);
      this.onError(error, body);
    } finally {
      this.busy.delete(lane);
      if (this.waiting.has(lane)) this.run(lane);
      else if (this.idle) {
        this.resting.forEach((resolve) => resolve());
        this.resting.clear();
      }
    }
  }
}
