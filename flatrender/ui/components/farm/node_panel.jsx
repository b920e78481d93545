// One node: how it feels as pictures over time, what it does, the end of its log, and its acts.
import { useEffect, useRef, useState } from "react";
import { HeartHandshake, Pause, Play, X } from "lucide-react";
import { Link } from "react-router";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Lines, Said } from "$/public/external/flatrender/ui/components/jobs/said.jsx";
import { act, NodeState } from "./nodes.jsx";
import { ago, bytes, noteOf, percent, say, taskName } from "./words.js";

const WIDTH = 320;
const HEIGHT = 56;
const KEPT = 720; // points of a picture
const HOURS = 3;

/** A line over time. `most`: the top; without it, the largest value. Time runs left to right in every language. */
function Graph({ name, points, field, most, read }) {
  const values = points.map((point) => point[field]).filter((value) => value !== undefined && value !== null);
  if (values.length < 2) return null;
  const top = most ?? Math.max(1, ...values);
  const line = values.map((value, index) => `${index ? "L" : "M"}${((index * WIDTH) / (values.length - 1)).toFixed(1)} ${(HEIGHT - (value / top) * (HEIGHT - 4)).toFixed(1)}`).join("");
  const now = read(values.at(-1));
  return (
    <figure className="node-graph">
      <figcaption className="row between">
        <span className="t3">{name}</span> <strong className="num"><bdi className="ltr">{now}</bdi></strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={say("graph_says", { name, value: now, most: read(Math.max(...values)) })}>
        <path d={`${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`} className="running-fill" />
        <path d={line} className="running-line" />
      </svg>
    </figure>
  );
}

function useHealth(node) {
  const [points, setPoints] = useState([]);
  useEffect(() => {
    setPoints([]);
    if (node?.id) call(`/nodes/${node.id}/health?hours=${HOURS}`).then(({ items }) => setPoints(items.slice(-KEPT)), () => {});
  }, [node?.id]);
  useEffect(() => {
    if (!node?.last_seen) return;
    setPoints((known) => (known.at(-1)?.at >= node.last_seen ? known : [...known, { ...node.health, at: node.last_seen }].slice(-KEPT)));
  }, [node?.last_seen]);
  return points;
}

function useLog(node) {
  const [lines, setLines] = useState([]);
  // Anew with every task that begins or ends, and with each heartbeat while one runs.
  const tasks = node?.tasks ?? [];
  const key = `${node?.id} ${tasks.map((task) => task.id).join()} ${tasks.length ? node.last_seen : ""}`;
  useEffect(() => {
    if (node?.id) call(`/nodes/${node.id}/log`).then((found) => setLines(found.lines), () => {});
  }, [key]);
  return lines;
}

export function NodePanel({ node, onClose, onNotice, onChanged }) {
  const points = useHealth(node);
  const lines = useLog(node);
  const box = useRef(null);
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  if (!node) return <p className="empty-line t3">{say("loading")}</p>;
  const doIt = (name) => async () => {
    try {
      await act(name)(node);
      onNotice(say(`did_${name}`, { count: 1 }));
      onChanged();
    } catch (error) {
      onNotice(error.message);
    }
  };
  return (
    <div className="job-panel" data-node={node.id}>
      <header className="job-head">
        <div className="row g8">
          <NodeState node={node} />
          <span className="grow" />
          <button type="button" className="ib" aria-label={say("close")} onClick={onClose}>
            <X className="ic" />
          </button>
        </div>
        <h2 className="h16"><bdi dir="auto">{node.name}</bdi></h2>
        {node.problem && <p className="notice danger"><Said text={node.problem} /></p>}
        <p className="t3">
          <bdi className="mono ltr">{[node.host, `v${node.version}`, ...node.pools, ...node.tags].filter(Boolean).join(" · ")}</bdi>
        </p>
        <p className="t3">{say("seen")}: {ago(node.last_seen)}</p>
      </header>
      <div className="job-acts">
        {node.draining ? (
          <button type="button" className="btn" onClick={doIt("resume")} data-act="resume"><Play className="ic" /> {say("resume")}</button>
        ) : node.online && (
          <button type="button" className="btn" onClick={doIt("drain")} data-act="drain"><Pause className="ic" /> {say("drain")}</button>
        )}
        {Object.keys(node.failing).length > 0 && (
          <button type="button" className="btn" onClick={doIt("forgive")} data-act="forgive"><HeartHandshake className="ic" /> {say("forgive")}</button>
        )}
      </div>
      <section className="job-sect node-graphs" dir="ltr">
        <Graph name={say("cpu")} points={points} field="cpu_percent" most={100} read={percent} />
        <Graph name={say("memory")} points={points} field="memory_percent" most={100} read={percent} />
        <Graph name={say("process")} points={points} field="process_bytes" read={bytes} />
        <Graph name={say("disk")} points={points} field="disk_free_bytes" read={bytes} />
      </section>
      <section className="job-sect">
        <h3>{say("does")}</h3>
        {node.tasks.length === 0 && <p className="t3">{say("idle")}</p>}
        <ul className="active">
          {node.tasks.map((task) => (
            <li key={task.id}>
              <span className="row between g12">
                <Link to={`/jobs/${task.owner_id}`} className="trunc">{taskName(task)}</Link>
                <span className="t3 num">{percent(task.progress * 100)}</span>
              </span>
              <span className="bar"><i style={{ inlineSize: `${task.progress * 100}%` }} /></span>
              <small className="t3">{noteOf(task.note)}</small>
            </li>
          ))}
        </ul>
      </section>
      <section className="job-sect">
        <h3>{say("log")}</h3>
        <div className="job-log mono" ref={box} tabIndex={0} role="log" aria-label={say("log")}>
          <Lines lines={lines} empty={say("no_log")} />
        </div>
      </section>
    </div>
  );
}
