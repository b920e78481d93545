// The administrator's page. Numbers come from one call every few seconds and whenever the farm says that it changed.
import { useCallback, useEffect, useRef, useState } from "react";
import { ListX, OctagonX, Play, RotateCw } from "lucide-react";
import { Link } from "react-router";
import { listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Said } from "$/public/external/flatrender/ui/components/jobs/said.jsx";
import { Waiting } from "$/public/external/flatrender/ui/components/sites/waiting.jsx";
import { Sure } from "$/public/external/flatrender/ui/components/sites/sure.jsx";
import { Depth } from "./depth.jsx";
import { Update } from "./update.jsx";
import { ago, bytes, knows, language, noteOf, number, percent, say, speak, told } from "./words.js";

const EVERY = 5000;
const SPANS = [6, 24, 168];

/** A button that asks before it does. */
function Confirm({ act, word, icon: Icon, title, body, onSure, tone = "line" }) {
  const trigger = <button type="button" className={`btn ${tone}`} data-act={act}><Icon className="ic" aria-hidden="true" /> {word}</button>;
  return <Sure act={act} trigger={trigger} title={title} body={body} back={say("back")} word={word} tone={tone === "danger" ? "destroy" : "primary"} onSure={onSure} />;
}

function Meter({ name, value, note }) {
  const tone = value >= 95 ? "danger" : value >= 85 ? "warn" : "";
  return (
    <div className="tile">
      <span className="t3">{name}</span>
      <strong className="num">{percent(value)}</strong>
      <span className={`bar ${tone}`} role="meter" aria-label={name} aria-valuenow={Math.round(value)} aria-valuemin={0} aria-valuemax={100}>
        <i style={{ inlineSize: `${Math.min(100, value)}%` }} />
      </span>
      <small className="t3">{note}</small>
    </div>
  );
}

const Tile = ({ name, value, note }) => (
  <div className="tile">
    <span className="t3">{name}</span>
    <strong className="num">{value}</strong>
    <small className="t3">{note}</small>
  </div>
);

/** A cause as it was said; where that is nobody's sentence of ours, by its code. */
function Cause({ group }) {
  if (!group.cause || told(group.cause) !== null) return <Said text={group.cause || group.code} />;
  const known = group.code && language !== "en" && knows(`errors.${group.code}`);
  return (
    <>
      {known && <>{speak(`errors.${group.code}`)} </>}
      <Said text={group.cause} />
    </>
  );
}

function Errors({ errors }) {
  return (
    <section className="admin-card wide" aria-labelledby="admin-errors">
      <h2 id="admin-errors" className="h16">{say("errors")}</h2>
      {errors.length === 0 && <p className="t3">{say("no_errors")}</p>}
      <ul className="causes">
        {errors.map((group) => (
          <li key={group.code + group.cause}>
            <span className="pill danger num">{number(group.count)}</span>
            <div>
              <p><Cause group={group} /></p>
              {group.names.length > 0 && (
                <p className="t2" data-names>
                  {group.names.map(({ name, count }) => <span key={name}><bdi dir="auto">{name}</bdi> <b className="num">{number(count)}</b></span>)}
                </p>
              )}
              <p className="t3">
                {ago(group.last_at)} ·{" "}
                {group.jobs.map((job) => (
                  <Link key={job.id} to={`/jobs/${job.id}`}><bdi dir="auto">{job.title}</bdi></Link>
                ))}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function useOverview(hours) {
  const [seen, setSeen] = useState(null);
  const [problem, setProblem] = useState("");
  const wanted = useRef(hours);
  const load = useCallback(async () => {
    const asked = wanted.current;
    try {
      const found = await call(`/farm/overview?hours=${asked}`);
      if (asked === wanted.current) setSeen(found);
      setProblem("");
    } catch (error) {
      setProblem(error.message);
    }
  }, []);
  useEffect(() => {
    wanted.current = hours;
    load();
    const timer = setInterval(() => document.visibilityState === "visible" && load(), EVERY);
    const quiet = listen({ onMessage: (message) => ["farm", "resync"].includes(message.kind) && load() });
    return () => {
      clearInterval(timer);
      quiet?.();
    };
  }, [hours, load]);
  return { seen, problem, load };
}

export function Admin({ onNotice }) {
  const [hours, setHours] = useState(24);
  const { seen, problem, load } = useOverview(hours);
  const act = (path, done) => async () => {
    try {
      const answer = await call(path, { method: "POST", body: {} });
      onNotice?.(say(done, { count: answer?.ended ?? answer?.cancelled ?? 0 }));
    } catch (error) {
      onNotice?.(error.message);
    }
    load();
  };
  if (!seen) return <Waiting word={say("loading")} problem={problem} onRetry={load} />;
  const { health } = seen;
  return (
    <div className="admin">
      {health.stopped && (
        <p className="notice warn" role="status">
          <span className="grow">{say("stopped")} <Said text={health.reason && health.reason[0].toUpperCase() + health.reason.slice(1)} /></span>
          <button type="button" className="btn sm" onClick={act("/farm/resume", "resumed")} data-act="resume">
            <Play className="ic" aria-hidden="true" /> {say("resume")}
          </button>
        </p>
      )}
      {problem && <p className="notice warn" role="alert">{problem}</p>}
      <div className="admin-acts">
        <Confirm act="stop" tone="danger" icon={OctagonX} word={say("stop")} title={say("stop_title")} body={say("stop_body")} onSure={act("/farm/emergency-stop", "stop_done")} />
        <Confirm act="clear" icon={ListX} word={say("clear")} title={say("clear_title")} body={say("clear_body")} onSure={act("/farm/clear-queue", "clear_done")} />
        <Confirm act="restart" icon={RotateCw} word={say("restart")} title={say("restart_title")} body={say("restart_body")} onSure={act("/farm/restart-engines", "restart_done")} />
      </div>
      <section className="tiles" aria-label={say("health")}>
        <Meter name={say("cpu")} value={health.cpu} note={say("cores", { count: health.cpuCount })} />
        <Meter name={say("memory")} value={health.memory} note={bytes(health.memoryBytes)} />
        <Meter name={say("disk")} value={health.disk} note={say("free", { size: bytes(health.diskFreeBytes) })} />
        <Tile name={say("waiting")} value={number(health.queueDepth)} note={<Link to="/farm#tasks">{say("tasks")}</Link>} />
        <Tile name={say("running")} value={number(health.rendering)} note={say("slots", { count: health.slots })} />
        <Tile name={<Link to="/farm">{say("nodes")}</Link>} value={number(health.nodes)} note={say("on_line")} />
      </section>
      <section className="admin-card wide" aria-labelledby="admin-depth">
        <header className="row between">
          <h2 id="admin-depth" className="h16">{say("depth")}</h2>
          <span className="row g4" role="group" aria-label={say("depth")}>
            {SPANS.map((span) => (
              <button key={span} type="button" className="chip" aria-pressed={hours === span} onClick={() => setHours(span)}>
                {say(`span_${span}`)}
              </button>
            ))}
          </span>
        </header>
        <Depth points={seen.depth} hours={hours} />
      </section>
      <section className="admin-card" aria-labelledby="admin-active">
        <h2 id="admin-active" className="h16">{say("active")}</h2>
        {health.activeRenders.length === 0 && <p className="t3">{say("nothing_renders")}</p>}
        <ul className="active">
          {health.activeRenders.map((job) => (
            <li key={job.id}>
              <span className="row between g12">
                <Link to={`/jobs/${job.id}`} className="trunc"><bdi dir="auto">{job.title}</bdi></Link>
                <span className="t3 num">{percent(job.progress)}</span>
              </span>
              <span className="bar"><i style={{ inlineSize: `${job.progress}%` }} /></span>
              <small className="t3">{job.node && <><bdi>{job.node}</bdi> · </>}{noteOf(job.note)}</small>
            </li>
          ))}
        </ul>
      </section>
      <Update version={seen.version} latest={seen.update} Confirm={Confirm} onNotice={(text) => { onNotice?.(text); load(); }} />
      <Errors errors={seen.errors} />
    </div>
  );
}
