// One job: its picture, steps, log, configuration and acts. Beside the table and, wider, as a page of its own.
import { useCallback, useEffect, useRef, useState } from "react";
import { ChevronsUp, CircleCheck, CircleX, Clock, Copy, Download, LoaderCircle, Maximize2, RotateCw, X } from "lucide-react";
import { Link } from "react-router";
import { listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { isOlder, ToldSteps } from "$/public/external/flatrender/ui/components/live/newer.js";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { boost, cancel, retry } from "./actions.js";
import { Attempts, TaskGraph } from "./graph.jsx";
import { Lines, Said } from "./said.jsx";
import { ENDED, ProgressCell, StatePill, took, when } from "./state.jsx";
import { taskName } from "./task_names.js";
import { told } from "./told.js";
import { bytes, clock, number, percent, say, why } from "./words.js";

const ICONS = { DONE: CircleCheck, FAILED: CircleX, CANCELLED: X, CLAIMED: LoaderCircle };

/** A job followed live: `{ job, steps, log, reload }`. */
export function useJob(id) {
  const [detail, setDetail] = useState(null);
  const [log, setLog] = useState([]);
  const [problem, setProblem] = useState(null); // { status, message }
  const last = useRef(0);
  const turn = useRef(0);
  const shown = useRef(id);
  shown.current = id;
  const heard = useRef({}); // { row, steps }: what was told; answeredAt: the moment of the last answer

  const readLog = useCallback(async () => {
    const from = last.current ? `after=${last.current}` : "latest=true"; // of a long log its end
    const { lines: fresh } = await call(`/renders/${id}/log?${from}&limit=500`);
    if (!fresh.length || shown.current !== id) return;
    last.current = fresh.at(-1).id;
    setLog((lines) => [...lines, ...fresh.filter((line) => line.id > (lines.at(-1)?.id ?? 0))].slice(-2000));
  }, [id]);
  const reload = useCallback(async () => {
    const mine = ++turn.current; // a late answer to an older question is not shown
    try {
      const answer = await call(`/renders/${id}`);
      if (mine !== turn.current) return;
      const { row, steps } = heard.current;
      heard.current.answeredAt = answer.updated_at;
      setDetail({ ...answer, ...(isOlder(answer, row) ? row : {}), steps: steps.over(answer.steps, answer.updated_at) });
      setProblem(null);
    } catch (error) {
      if (mine === turn.current) setProblem(error);
    }
    await readLog().catch(() => {});
  }, [id, readLog]);

  useEffect(() => {
    setDetail(null);
    setLog([]);
    last.current = 0;
    turn.current += 1;
    heard.current = { row: null, steps: new ToldSteps(), answeredAt: "" };
    if (!id) return undefined; // the address's part arrives a moment after the page
    reload();
    const onMessage = (message) => {
      if (message.kind === "resync" || message.kind === "farm") reload();
      if (message.kind === "job" && message.job.id === id) {
        if (isOlder(message.job, heard.current.row)) return;
        heard.current.row = message.job;
        setDetail((known) => known && (isOlder(message.job, known) ? known : { ...known, ...message.job }));
        readLog().catch(() => {});
        if (ENDED.has(message.job.state)) reload();
      }
      if (message.kind === "job.step" && message.job_id === id) {
        const { steps, answeredAt } = heard.current;
        if (!steps.take(message)) return;
        readLog().catch(() => {});
        setDetail((known) => known && { ...known, steps: steps.over(known.steps, answeredAt) });
      }
    };
    return listen({ onMessage });
  }, [id, reload, readLog]);
  return { detail, log, problem, reload };
}

function Steps({ steps }) {
  const done = steps.filter((step) => step.state === "DONE").length;
  return (
    <section className="job-sect">
      <h3 className="row between">
        {say("steps")} <span className="t3 num">{say("steps_done", { count: number(done), total: number(steps.length) })}</span>
      </h3>
      <ol className="job-steps">
        {steps.map((step) => {
          const Icon = ICONS[step.state] ?? Clock;
          return (
            <li key={step.id} className={`job-step ${step.state.toLowerCase()}`} data-step={step.kind}>
              <Icon className={`ic${step.state === "CLAIMED" ? " spin" : ""}`} aria-hidden="true" />
              <span className="grow trunc">
                {taskName(step)}
                {step.cached && <span className="t3"> · {say("cached")}</span>}
                {step.crashes > 0 && <span className="warn-text"> · {say("crashes", { count: step.crashes })}</span>}
              </span>
              <span className="t3 num ltr">
                {step.state === "CLAIMED" && step.frames ? `${number(step.frame)} / ${number(step.frames)}` : ""}
                {step.state === "CLAIMED" && !step.frames ? percent(step.progress * 100) : ""}
              </span>
              {step.error && <p className="says danger"><Said text={step.error} /></p>}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Log({ id, lines }) {
  const box = useRef(null);
  const [following, setFollowing] = useState(true);
  useEffect(() => {
    if (following) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, following]);
  return (
    <section className="job-sect">
      <h3 className="row between">
        {say("log")}
        <span className="row g4">
          <button type="button" className="btn xs ghost" aria-pressed={following} onClick={() => setFollowing(!following)}>
            {say("following")}
          </button>
          <button
            type="button"
            className="ib dense"
            aria-label={say("copy_log")}
            onClick={() => navigator.clipboard?.writeText(lines.map((line) => `${line.at} ${told(line.message) ?? line.message}`).join("\n"))}
          >
            <Copy className="ic s14" />
          </button>
          <a className="ib dense" aria-label={say("download_log")} href={`/api/v1/renders/${id}/log.txt`} download>
            <Download className="ic s14" />
          </a>
        </span>
      </h3>
      <div
        className="job-log mono"
        ref={box}
        tabIndex={0}
        role="log"
        aria-label={say("log")}
        onScroll={({ currentTarget: at }) => setFollowing(at.scrollTop + at.clientHeight >= at.scrollHeight - 4)}
      >
        <Lines lines={lines} empty={say("no_log")} />
      </div>
    </section>
  );
}

function Fact({ name, children }) {
  return (
    <div>
      <dt className="t3">{name}</dt>
      <dd className="num">{children}</dd>
    </div>
  );
}

/** What a job of the render manager is about: who sent which file, how it was found, where its film lies. */
function Submission({ job }) {
  const { submission: sent, file, output } = job;
  const path = (text) => <bdi className="mono ltr wrap">{text}</bdi>;
  return (
    <section className="job-sect" data-submission>
      <h3>{say("submission")}</h3>
      <dl className="job-paths">
        <Fact name={say("client")}>{sent.client}</Fact>
        <Fact name={say("mac_username")}>{sent.mac_username}</Fact>
        <Fact name={say("engine")}>{sent.engine}</Fact>
        <Fact name={say("saved_at")}>{when(sent.saved_at)}</Fact>
        <Fact name={say("project_file")}>{path(sent.project_path)}</Fact>
        {file?.modified_at && (
          <Fact name={say("in_dropbox")}>{`${bytes(file.bytes)} · ${when(file.modified_at)}`}</Fact>
        )}
        {file?.frames && <Fact name={say("frames")}>{`${number(file.frames)} · ${file.width} × ${file.height}`}</Fact>}
        {output && <Fact name={say("output")}>{path(output.path)}</Fact>}
        {output && <Fact name={say("film")}>{`${output.width} × ${output.height} · ${clock(output.duration)} · ${bytes(output.bytes)}`}</Fact>}
      </dl>
    </section>
  );
}

const PLAYS = /\.(mp4|webm|mov)$/i;

/** The last frame; while it renders, asked for anew every two seconds in which something moved. */
const pictureOf = (job) => `/api/v1/renders/${job.id}/picture?at=${ENDED.has(job.state) ? encodeURIComponent(job.updated_at) : Math.floor(Date.parse(job.updated_at) / 2000)}`;

function NoJob({ wide, gone, why, onRetry }) {
  return (
    <div className="empty" role="alert">
      <h2>{say(gone ? "gone_job" : "not_loaded")}</h2>
      <p>{gone ? say("gone_job_why") : why}</p>
      {gone && wide && <Link className="btn primary" to="/jobs">{say("all")}</Link>}
      {!gone && <button type="button" className="btn" onClick={onRetry}>{say("again")}</button>}
    </div>
  );
}

/** `onMade(id)`: the job was sent again as a new one. */
export function JobPanel({ id, wide = false, siteOf = null, mayBoost, onClose, onNotice, onMade }) {
  const { detail: job, log, problem, reload } = useJob(id);
  const act = (call_, done) => async () => {
    try {
      const answer = await call_(job);
      onNotice?.(done);
      if (answer?.id && answer.id !== id) onMade?.(answer.id);
      else reload();
    } catch (error) {
      onNotice?.(error.message);
    }
  };
  if (problem && !job) return <NoJob wide={wide} gone={problem.status === 404} why={problem.message} onRetry={reload} />;
  if (!job) return <p className="empty-line t3">{say("loading")}</p>;
  const film = job.exports?.[0];
  const configuration = JSON.stringify(job.configuration ?? {}, null, 2);
  const plays = job.kind !== "project" || PLAYS.test(job.output?.path ?? "");
  return (
    <div className={`job-panel${wide ? " wide" : ""}`} data-job={job.id}>
      <header className="job-head">
        <div className="row g8">
          <StatePill job={job} />
          <span className="mono t3 ltr">{job.id.slice(-8)}</span>
          <span className="grow" />
          {!wide && (
            <Link className="ib" to={`/jobs/${job.id}`} aria-label={say("open_page")}>
              <Maximize2 className="ic s14" />
            </Link>
          )}
          {onClose && (
            <button type="button" className="ib" aria-label={say("close")} onClick={onClose}>
              <X className="ic" />
            </button>
          )}
        </div>
        <h2 className={wide ? "h26" : "h16"}>
          <bdi dir="auto">{job.title}</bdi>
        </h2>
        {!ENDED.has(job.state) && <ProgressCell job={job} />}
        {job.error && <p className="notice danger" title={job.error}>{why(job)}</p>}
        {job.waiting_for && <p className="notice warn"><Said text={job.waiting_for} /></p>}
        <dl className="job-facts">
          <Fact name={say("sent")}>{when(job.created_at)}</Fact>
          <Fact name={say("took")}>{took(job) || "–"}</Fact>
          {siteOf && <Fact name={say("site")}><bdi dir="auto">{siteOf(job)}</bdi></Fact>}
          <Fact name={say("user")}><bdi dir="auto">{job.user}</bdi></Fact>
          <Fact name={say("node")}>{job.node ? <bdi>{job.node}</bdi> : say("no_node")}</Fact>
          <Fact name={say("priority")}>{number(job.priority)}</Fact>
          <Fact name={say("cache")}>{`${number(job.scenes_cached)} / ${number(job.scenes)}`}</Fact>
          {film && <Fact name={say("film")}>
              <bdi className="ltr">{`${film.width} × ${film.height} · ${clock(film.duration)} · ${bytes(film.bytes)}`}</bdi>
            </Fact>}
        </dl>
      </header>
      {job.state === "COMPLETED" && wide && plays ? (
        <video className="job-film" src={`/api/v1/renders/${job.id}/download?inline=true`} poster={job.has_picture ? pictureOf(job) : undefined} controls playsInline preload="metadata" />
      ) : (
        job.has_picture && (
          <figure className="job-picture">
            <img src={pictureOf(job)} alt={say("last_frame")} />
          </figure>
        )
      )}
      <div className="job-acts">
        {job.can_download && (job.exports?.length ?? 0) < 2 && (
          <a className="btn primary" href={`/api/v1/renders/${job.id}/download`} download data-act="download">
            <Download className="ic" /> {say("download")}
          </a>
        )}
        {job.can_download && job.exports?.length > 1 && job.exports.map((file) => (
          <a key={file.id} className="btn" href={file.url} download data-download={file.format} title={file.name}>
            <Download className="ic" /> <bdi className="ltr">{`${file.format} ${bytes(file.bytes)}`}</bdi>
          </a>
        ))}
        {mayBoost && job.can_boost && (
          <button type="button" className="btn" onClick={act(boost, say("boosted"))} data-act="boost">
            <ChevronsUp className="ic" /> {say("boost")}
          </button>
        )}
        {job.can_retry && (
          <button type="button" className="btn" onClick={act(retry, say("sent_again"))} data-act="retry">
            <RotateCw className="ic" /> {say("retry")}
          </button>
        )}
        {job.can_cancel && (
          <button type="button" className="btn danger" onClick={act(cancel, say("cancelling"))} data-act="cancel">
            <X className="ic" /> {say("cancel")}
          </button>
        )}
        {job.project_id && (
          <Link className="btn ghost" to={`/studio/${job.project_id}`}>
            {say("open_project")}
          </Link>
        )}
      </div>
      {job.submission && <Submission job={job} />}
      {job.after?.length > 0 && (
        <section className="job-sect" data-after>
          <h3>{say("waits_for")}</h3>
          {job.after.map((other) => (
            <Link key={other.id} to={`/jobs/${other.id}`} className="row g8">
              <StatePill job={{ retries: 0, ...other }} /> <bdi className="trunc" dir="auto">{other.title}</bdi>
            </Link>
          ))}
        </section>
      )}
      <TaskGraph steps={job.steps ?? []} />
      <Steps steps={job.steps ?? []} />
      <Attempts job={job} />
      <Log id={job.id} lines={log} />
      <details className="job-sect">
        <summary>
          <h3>{say("configuration")}</h3>
        </summary>
        <button type="button" className="btn xs ghost" data-act="copy-configuration" onClick={() => navigator.clipboard?.writeText(configuration)}>
          <Copy className="ic s14" aria-hidden="true" /> {say("copy_configuration")}
        </button>
        <pre className="job-json mono ltr" tabIndex={0}>
          {configuration}
        </pre>
      </details>
    </div>
  );
}
