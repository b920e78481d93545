// The user's own renders on the first page: those that run, live, and what the last ones came to.
import { useEffect, useRef, useState } from "react";
import { Clapperboard, Download } from "lucide-react";
import { Link } from "react-router";
import { ENDED, ProgressCell, StatePill } from "$/public/external/flatrender/ui/components/jobs/state.jsx";
import { listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { isOlder } from "$/public/external/flatrender/ui/components/live/newer.js";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { ago, say } from "./words.js";

const MOST_ENDED = 6;

/** Running ones first, as they were sent; below them what ended, the last first. Cancelled ones are not told. */
function ordered(jobs) {
  const running = jobs.filter(({ state }) => !ENDED.has(state));
  const ended = jobs.filter(({ state }) => state === "COMPLETED" || state === "FAILED");
  const byEnd = (one, other) => (other.finished_at ?? "").localeCompare(one.finished_at ?? "");
  return [...running, ...ended.sort(byEnd).slice(0, MOST_ENDED)];
}

function Row({ job, poster }) {
  const running = !ENDED.has(job.state);
  const picture = job.has_picture ? `/api/v1/renders/${job.id}/picture?at=${encodeURIComponent(job.updated_at)}` : poster;
  return (
    <li data-job={job.id} data-state={job.state}>
      <Link className="home-render" to={`/jobs/${job.id}`}>
        <span className="home-thumb">{picture ? <img src={picture} alt="" loading="lazy" /> : <Clapperboard className="ic" aria-hidden="true" />}</span>
        <span className="col g4 grow">
          <b className="trunc">
            <bdi dir="auto">{job.title}</bdi>
          </b>
          {running ? (
            <ProgressCell job={job} />
          ) : (
            <span className="row g8">
              <StatePill job={job} />
              <span className="t3 fs12 trunc">{ago(job.finished_at)}</span>
            </span>
          )}
        </span>
      </Link>
      {job.can_download && (
        <a className="ib lg" href={`/api/v1/renders/${job.id}/download`} aria-label={say("download", { name: job.title })} download>
          <Download className="ic" />
        </a>
      )}
    </li>
  );
}

export function Renders({ given, me, posters, onEnded }) {
  const [jobs, setJobs] = useState(given);
  const known = useRef(jobs);
  known.current = jobs;
  useEffect(() => setJobs(given), [given]);

  useEffect(() => {
    // What was told while the answer was on its way is newer than it.
    const newest = (row) => known.current.find((job) => job.id === row.id && isOlder(row, job)) ?? row;
    const read = () => call("/home").then(({ running, ended }) => setJobs([...running, ...ended].map(newest)), () => {});
    const onMessage = (message) => {
      if (message.kind === "resync" || message.kind === "farm") read();
      if (message.kind === "job.gone") setJobs((known.current = known.current.filter(({ id }) => id !== message.job_id)));
      // Administrators hear of everybody's jobs: here are one's own alone.
      if (message.kind !== "job" || message.job.user_id !== me) return;
      const before = known.current.find(({ id }) => id === message.job.id);
      if (before && (ENDED.has(before.state) || isOlder(message.job, before))) return;
      // Noted here already: the next message may come before these are drawn.
      const others = known.current.map((job) => (job === before ? message.job : job));
      known.current = before ? others : [message.job, ...others];
      setJobs(known.current);
      if (ENDED.has(message.job.state)) onEnded?.();
    };
    return listen({ onMessage });
  }, [me]);

  const shown = ordered(jobs);
  const running = shown.filter(({ state }) => !ENDED.has(state)).length;
  return (
    <>
      <p className="vh" role="status">
        {running ? say("running", { count: running }) : ""}
      </p>
      {shown.length === 0 ? (
        <div className="home-none">
          <Clapperboard className="ic s24" aria-hidden="true" />
          <p>{say("no_renders")}</p>
        </div>
      ) : (
        <ul className="home-renders">
          {shown.map((job) => (
            <Row key={job.id} job={job} poster={posters?.[job.project_id]} />
          ))}
        </ul>
      )}
    </>
  );
}
