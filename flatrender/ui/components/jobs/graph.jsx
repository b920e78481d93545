// A job's tasks as a graph (what waits for what, from start to end), and every claim of them over time.
import { CircleCheck, CircleX, Clock, LoaderCircle, X } from "lucide-react";
import { when } from "./state.jsx";
import { Said } from "./said.jsx";
import { taskName } from "./task_names.js";
import { noteOf, told } from "./told.js";
import { clock, number, percent, say } from "./words.js";

const ICONS = { DONE: CircleCheck, FAILED: CircleX, CANCELLED: X, CLAIMED: LoaderCircle };
// Every task waits for those of the stage before it.
const STAGES = [["validate", "validate-project"], ["frames"], ["scene", "repair", "render-project"], ["compose"]];
const SHOWN = 8; // of one stage; what is done or waits in line is told by its number
const FIRST = { FAILED: 0, CLAIMED: 1, WAITING: 2, CANCELLED: 3, DONE: 4 };

const doneOf = (step) => (step.state === "CLAIMED" ? Math.round(step.progress * 100) : null);

function Task({ step }) {
  const Icon = ICONS[step.state] ?? Clock;
  const done = doneOf(step);
  return (
    <li className={`graph-task ${step.state.toLowerCase()}`} data-graph={step.kind} style={done === null ? undefined : { "--done": `${done}%` }} title={[taskName(step), step.error ? (told(step.error) ?? step.error) : noteOf(step.note)].filter(Boolean).join("\n")}>
      <Icon className={`ic s14${step.state === "CLAIMED" ? " spin" : ""}`} role="img" aria-label={say(`task_${step.state}`)} />
      <span className="trunc">{taskName(step)}</span>
      {done !== null && <span className="num">{percent(done)}</span>}
      {step.cached && <span className="t3">{say("cached")}</span>}
    </li>
  );
}

/** Stages from start to end; lines lead from one to the next. */
export function TaskGraph({ steps }) {
  const stages = STAGES.map((kinds) => steps.filter((step) => kinds.includes(step.kind))).filter((stage) => stage.length);
  if (stages.length < 2) return null;
  return (
    <section className="job-sect">
      <h3>{say("graph")}</h3>
      <div className="task-graph" tabIndex={0} role="group" aria-label={say("graph")}>
        {stages.map((stage) => {
          const shown = stage.length > SHOWN ? [...stage].sort((one, other) => FIRST[one.state] - FIRST[other.state]).slice(0, SHOWN - 1) : stage;
          const rest = stage.length - shown.length;
          return (
            <ol key={stage[0].kind}>
              {shown.map((step) => <Task key={step.id} step={step} />)}
              {rest > 0 && <li className="graph-task t3">{say("more_tasks", { count: rest, done: number(stage.filter((step) => step.state === "DONE").length), total: number(stage.length) })}</li>}
            </ol>
          );
        })}
      </div>
    </section>
  );
}

const TONES = { complete: "ok", crash: "danger", refuse: "danger", "lease-lost": "warn", running: "info" };

/** Every claim as a bar between the job's first moment and its last; below, what went wrong. Time runs left to right. */
export function Attempts({ job }) {
  const steps = new Map((job.steps ?? []).map((step) => [step.id, step]));
  const now = new Date().toISOString();
  const running = [...steps.values()].filter((step) => step.state === "CLAIMED" && step.claimed_at);
  const tries = [
    ...(job.attempts ?? []).filter((each) => each.started_at && steps.has(each.task_id)),
    ...running.map((step) => ({ task_id: step.id, epoch: step.epoch, node: step.node, started_at: step.claimed_at, ended_at: now, outcome: "running" })),
  ];
  if (!tries.length) return null;
  const instants = tries.flatMap((each) => [Date.parse(each.started_at), Date.parse(each.ended_at)]);
  const from = Math.min(...instants);
  const span = Math.max(1, Math.max(...instants) - from);
  const rows = [...steps.values()].filter((step) => tries.some((each) => each.task_id === step.id));
  const bad = tries.filter((each) => each.error);
  const says = (each) => say("attempt_says", { name: taskName(steps.get(each.task_id)), epoch: number(each.epoch), node: each.node ?? "–", outcome: say(`outcome_${each.outcome}`) });
  return (
    <section className="job-sect">
      <h3>{say("attempts")}</h3>
      <div className="attempts">
        {rows.map((step) => (
          <div key={step.id} className="attempt-row">
            <span className="trunc t2" title={taskName(step)}>{taskName(step)}</span>
            <div className="attempt-line" dir="ltr">
              {tries
                .filter((each) => each.task_id === step.id)
                .map((each) => {
                  const start = Date.parse(each.started_at);
                  const long = Date.parse(each.ended_at) - start;
                  return (
                    <i
                      key={each.epoch}
                      role="img"
                      className={TONES[each.outcome] ?? ""}
                      data-outcome={each.outcome}
                      style={{ insetInlineStart: `${(100 * (start - from)) / span}%`, inlineSize: `max(3px, ${(100 * long) / span}%)` }}
                      aria-label={says(each)}
                      title={`${says(each)} · ${clock(long / 1000)}`}
                    />
                  );
                })}
            </div>
          </div>
        ))}
        <div className="attempt-row t3 num" aria-hidden="true">
          <span />
          <span className="row between" dir="ltr"><span>{when(new Date(from))}</span><span>{clock(span / 1000)}</span></span>
        </div>
      </div>
      {bad.map((each) => (
        <details key={`${each.task_id}.${each.epoch}`} className="attempt-bad">
          <summary className="trunc">{says(each)}</summary>
          <p className="danger-text"><Said text={each.error} /></p>
          {each.last_words && (
            <figure className="attempt-words">
              <figcaption className="t3">{say("last_words")}</figcaption>
              <pre className="job-json mono ltr" lang="en" tabIndex={0}>{each.last_words}</pre>
            </figure>
          )}
        </details>
      ))}
    </section>
  );
}
