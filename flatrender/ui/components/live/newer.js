// What is told of a job may overtake what was told or asked for before: each row, and each step of a message, names the
// moment of its change, which grows with every change of that job. Moments are ISO 8601 in UTC, which sort as text.

/** Whether a row of a job is older than the one that is known. */
export const isOlder = (row, known) => Boolean(known) && row.updated_at < known.updated_at;

/** A job's steps as they were told live, beside those of its answers. */
export class ToldSteps {
  told = new Map(); // id → { at, step }

  /** Notes a message `job.step`; false where a newer one of that step was told. */
  take({ at, step }) {
    const known = this.told.get(step.id);
    if (known && at < known.at) return false;
    this.told.set(step.id, { at, step: { ...known?.step, ...step } });
    return true;
  }

  /** The steps of an answer, with what was told since. */
  over(steps, answeredAt) {
    const listed = new Set(steps.map(({ id }) => id));
    const since = [...this.told.values()].filter(({ at }) => at > answeredAt);
    const newer = new Map(since.map(({ step }) => [step.id, step]));
    return [...steps.map((step) => ({ ...step, ...newer.get(step.id) })), ...since.map(({ step }) => step).filter(({ id }) => !listed.has(id))];
  }

  /** Forgets all but the steps of these ids. */
  keep(ids) {
    this.told.forEach((_, id) => ids.has(id) || this.told.delete(id));
  }
}
