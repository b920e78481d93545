// What a job's state looks like and how its cells read: shared by the table, the panel and the page.
import { Ban, CircleCheck, CircleX, Clock, LoaderCircle, RotateCw, ShieldCheck } from "lucide-react";
import { useWaits } from "$/public/external/flatrender/ui/components/live/waits.js";
import { isHeld, noteOf } from "./told.js";
import { clock, isRtl, lasting, percent, say, why } from "./words.js";

const LOOKS = {
  PENDING: [Clock, ""],
  VALIDATING: [ShieldCheck, "info"],
  QUEUED: [Clock, ""],
  RENDERING: [LoaderCircle, "info"],
  COMPLETED: [CircleCheck, "ok"],
  FAILED: [CircleX, "danger"],
  CANCELLED: [Ban, ""],
};

export const STATES = Object.keys(LOOKS);
export const ENDED = new Set(["COMPLETED", "FAILED", "CANCELLED"]);

/** State, in icon, word and colour; a retrying job says which try it is. */
export function StatePill({ job }) {
  const retrying = job.retries > 0 && !ENDED.has(job.state);
  const state = useWaits(job) ? "PENDING" : job.state;
  const [Icon, tone] = retrying ? [RotateCw, "warn"] : (LOOKS[state] ?? LOOKS.PENDING);
  const word = retrying ? say("retrying", { count: job.retries }) : say(`state_${state}`);
  return (
    <span className={`pill ${tone}`} data-state={job.state}>
      <Icon className={`ic${state === "RENDERING" && !retrying ? " spin" : ""}`} aria-hidden="true" />
      {job.cancel_requested && !ENDED.has(job.state) ? say("cancelling") : word}
    </span>
  );
}

/** Percentage, bar and time left while it runs; else what there is to say. */
export function ProgressCell({ job }) {
  const waits = useWaits(job);
  if (job.state === "FAILED") return <span className="trunc danger-text" title={job.error || ""}>{why(job) || say("state_FAILED")}</span>;
  if (ENDED.has(job.state)) return <span className="t3">{job.state === "COMPLETED" ? say("ready") : ""}</span>;
  if (job.state !== "RENDERING") return <span className="t3 trunc">{noteOf(job.note) || say("waits")}</span>;
  const done = Math.round(job.progress * 100);
  return (
    <span className="progress-cell">
      <span className="row between">
        <span className="num">{percent(done)}</span>
        <span className="t3 num trunc">{waits ? (isHeld(job) ? noteOf(job.note) : say("waits_turn")) : job.seconds_left ? say("left", { time: lasting(job.seconds_left) }) : ""}</span>
      </span>
      <span className="bar" role="progressbar" aria-valuenow={done} aria-valuemin={0} aria-valuemax={100} aria-label={job.title}>
        <i style={{ inlineSize: `${done}%` }} />
      </span>
    </span>
  );
}

const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
const times = new Intl.DateTimeFormat(isRtl ? "fa-IR" : "en-GB", TIME);
const dates = new Intl.DateTimeFormat(isRtl ? "fa-IR" : "en-GB", { day: "numeric", month: "short", ...TIME });

/** The time of day of an instant, with the date where it is not today. */
export function when(instant) {
  if (!instant) return "";
  const at = new Date(instant);
  return (new Date().toDateString() === at.toDateString() ? times : dates).format(at);
}

/** The time of day as logs have it: in Latin digits, a time code. */
export const clockOf = (instant) => new Date(instant).toLocaleTimeString("en-GB", TIME);

export const took = (job) => (job.took_seconds === null || job.took_seconds === undefined ? "" : clock(job.took_seconds));
