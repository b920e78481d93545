// Typing shows at once: every keystroke asks the server to bake the changed layer. One request is under way per element;
// of what is typed meanwhile only the newest is asked next (latest wins), so that answers never arrive out of order.
import { call } from "./api.js";

export class Baker {
  /** `onPatches(clipId, patches)` gets each answer; `onError(error)` each failure. */
  constructor(projectId, onPatches, onError) {
    this.projectId = projectId;
    this.onPatches = onPatches;
    this.onError = onError;
    this.waiting = new Map();
    this.busy = new Set();
  }

  bake(clipId, request) {
    const lane = `${clipId}/${request.key ?? "colors"}`;
    this.waiting.set(lane, { clip: clipId, ...request });
    if (!this.busy.has(lane)) this.run(lane);
  }

  async run(lane) {
    this.busy.add(lane);
    try {
      while (this.waiting.has(lane)) {
        const body = this.waiting.get(lane);
        this.waiting.delete(lane);
        const { patches } = await call(`/projects/${this.projectId}/bake`, { method: "POST", body });
        await this.onPatches(body.clip, patches);
      }
    } catch (error) {
      this.onError(error);
    } finally {
      this.busy.delete(lane);
      if (this.waiting.has(lane)) this.run(lane);
    }
  }
}
