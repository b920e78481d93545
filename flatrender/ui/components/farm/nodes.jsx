// The table of nodes: live, filtered, sorted, several drained or forgiven at once; one opened beside it.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { CircleAlert, CircleCheck, CirclePause, CircleX, HeartHandshake, Pause, Play, Search, X } from "lucide-react";
import { begun, listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Grid } from "$/public/external/flatrender/ui/components/jobs/grid.jsx";
import { GroupChoice, Sums, useGroup } from "$/public/external/flatrender/ui/components/jobs/group.jsx";
import { usePhone } from "$/public/external/flatrender/ui/components/jobs/card.jsx";
import { NodePanel } from "./node_panel.jsx";
import { Views } from "$/public/external/flatrender/ui/components/jobs/views.jsx";
import { ago, bytes, isRtl, number, percent, say, taskName, told } from "./words.js";

const LOOKS = { working: [CircleCheck, "ok"], draining: [CirclePause, "warn"], unwell: [CircleAlert, "danger"], away: [CircleX, ""] };
const NOTHING = { state: "", query: "", group: "" };
const names = (found) => [...found].sort().join(", ") || "–";
const GROUPS = {
  state: (node) => say(`state_${stateOf(node)}`),
  host: (node) => node.host,
  pool: (node) => names(node.pools),
  tag: (node) => names(node.tags),
  engine: (node) => names(Object.keys(node.engines)),
};

export const stateOf = (node) => (!node.online ? "away" : !node.healthy ? "unwell" : node.draining ? "draining" : "working");

/** A node's state, in icon, word and colour. */
export function NodeState({ node }) {
  const state = stateOf(node);
  const [Icon, tone] = LOOKS[state];
  return (
    <span className={`pill ${tone}`} data-node-state={state} title={told(node.problem) ?? node.problem ?? ""}>
      <Icon className="ic" aria-hidden="true" /> {say(`state_${state}`)}
    </span>
  );
}

/** Its name, and what ails it. */
const Name = ({ node }) => (
  <span className="node-name">
    <b className="trunc" dir="auto">{node.name}</b>
    {node.online && node.problem && <small className="trunc danger-text" title={told(node.problem) ?? node.problem}>{told(node.problem) ?? node.problem}</small>}
  </span>
);

/** A percentage with its bar. */
export function Share({ name, value }) {
  if (value === undefined || value === null) return null;
  const tone = value >= 95 ? "danger" : value >= 85 ? "warn" : "";
  return (
    <span className="progress-cell">
      <span className="num">{percent(value)}</span>
      <span className={`bar ${tone}`} role="meter" aria-label={name} aria-valuenow={Math.round(value)} aria-valuemin={0} aria-valuemax={100}>
        <i style={{ inlineSize: `${Math.min(100, value)}%` }} />
      </span>
    </span>
  );
}

export const act = (name) => (node) => call(`/nodes/${node.id}/${name}`, { method: "POST" });

function useNodes(onFailed) {
  const [nodes, setNodes] = useState(null);
  const turn = useRef(0);
  const load = useCallback(() => {
    const mine = ++turn.current; // a late answer to an older question is not shown
    return call("/nodes").then(({ items }) => mine === turn.current && setNodes(items), (error) => onFailed(error.message));
  }, [onFailed]);
  useEffect(() => {
    let waiting = null; // many tasks may begin at once: the table asks again once
    const later = () => (waiting ??= setTimeout(() => ((waiting = null), load()), 500));
    const quiet = listen({
      waits: true,
      onMessage(message) {
        if (message.kind === "resync" || message.kind === "job.step") later();
        if (message.kind !== "node") return;
        setNodes((known) => {
          if (!known) return known;
          const before = known.find((one) => one.id === message.node.id);
          if (!before) return [...known, { tasks: [], ...message.node }];
          return known.map((one) => (one === before ? { ...one, ...message.node } : one));
        });
      },
    });
    begun().then(load);
    return () => {
      clearTimeout(waiting);
      quiet();
    };
  }, [load]);
  return { nodes, load };
}

const doing = (node) => node.tasks.map((task) => `${taskName(task)} · ${percent(task.progress * 100)}`).join(isRtl ? "، " : ", ");

export function Nodes({ onNotice }) {
  const { nodes, load } = useNodes(onNotice);
  const [filters, setFilters] = useState(NOTHING);
  const [opened, setOpened] = useState(null);
  const [chosen, setChosen] = useState([]);
  const table = useRef(null);
  const phone = usePhone();
  useEffect(() => setChosen([]), [filters.group, phone]); // nothing is selected in a new table
  const words = filters.query.trim().toLowerCase();
  const rows = useMemo(
    () =>
      (nodes ?? []).filter(
        (node) =>
          (!filters.state || stateOf(node) === filters.state) &&
          (!words || [node.name, node.host, ...node.pools, ...node.tags, ...Object.keys(node.engines)].some((text) => text.toLowerCase().includes(words))),
      ),
    [nodes, filters.state, words],
  );
  const counts = useMemo(() => {
    const found = {};
    for (const node of nodes ?? []) found[stateOf(node)] = (found[stateOf(node)] ?? 0) + 1;
    return found;
  }, [nodes]);
  const { column: group, sums } = useGroup(GROUPS, filters.group, rows);
  const columns = useMemo(() => {
    const meter = (field, name) => ({
      headerName: say(name),
      width: 110,
      valueGetter: ({ data }) => data.health?.[field],
      cellRenderer: ({ value }) => <Share name={say(name)} value={value} />,
    });
    const all = [
      { headerName: say("state"), width: 130, valueGetter: ({ data }) => stateOf(data), cellRenderer: ({ data }) => <NodeState node={data} />, equals: () => false },
      { headerName: say("node"), field: "name", flex: 1, minWidth: 130, sort: "asc", sortIndex: 1, cellRenderer: ({ data }) => <Name node={data} />, equals: () => false },
      { headerName: say("does"), flex: 2, minWidth: 160, valueGetter: ({ data }) => doing(data), cellRenderer: ({ value }) => <span className="t2 trunc" title={value}>{value || say("idle")}</span> },
      { headerName: say("slots"), width: 90, valueGetter: ({ data }) => `${number(data.tasks.length)} / ${number(data.slots)}`, cellClass: "num" },
      meter("cpu_percent", "cpu"),
      meter("memory_percent", "memory"),
      { headerName: say("disk"), width: 140, valueGetter: ({ data }) => data.health?.disk_free_bytes, valueFormatter: ({ value }) => (value ? bytes(value) : ""), cellClass: "num" },
      { headerName: say("engines"), width: 170, valueGetter: ({ data }) => Object.keys(data.engines).sort().join(", "), cellClass: "mono t2" },
      { headerName: say("seen"), width: 120, field: "last_seen", valueFormatter: ({ value }) => (value ? ago(value) : ""), cellClass: "t2" },
    ];
    const few = phone ? 2 : opened ? 4 : all.length;
    return group && !phone ? [group, ...all.slice(0, few)] : all.slice(0, few);
  }, [phone, opened !== null, filters.group]);
  const bulk = (name, allowed) => async () => {
    const results = await Promise.allSettled(chosen.filter(allowed).map(act(name)));
    const refused = results.find(({ status }) => status === "rejected");
    onNotice(refused?.reason?.message ?? say(`did_${name}`, { count: results.length }));
    table.current?.deselect();
    load();
  };
  const deeds = [
    ["drain", Pause, (node) => node.online && !node.draining],
    ["resume", Play, (node) => node.draining],
    ["forgive", HeartHandshake, (node) => Object.keys(node.failing).length > 0],
  ].filter(([, , allowed]) => chosen.some(allowed));
  return (
    <div className={`jobs${opened ? " with-panel" : ""}`}>
      <section className={`jobs-main${sums.length ? " with-sums" : ""}`}>
        <div className="jobs-filters">
          <label className="field sm jobs-search">
            <Search className="ic s14" aria-hidden="true" />
            <input type="search" placeholder={say("search_nodes")} aria-label={say("search_nodes")} value={filters.query} onChange={(event) => setFilters({ ...filters, query: event.target.value })} />
          </label>
          <div className="jobs-states" role="group" aria-label={say("state")}>
            {Object.keys(LOOKS).map((state) => (
              <button key={state} type="button" className="chip" aria-pressed={filters.state === state} onClick={() => setFilters({ ...filters, state: filters.state === state ? "" : state })}>
                {say(`state_${state}`)} <span className="t3 num">{number(counts[state] ?? 0)}</span>
              </button>
            ))}
          </div>
          <GroupChoice names={Object.keys(GROUPS)} value={filters.group} onChoose={(group) => setFilters({ ...filters, group })} />
          <span className="grow" />
          <Views table="nodes" filters={filters} onChoose={(kept) => setFilters({ ...NOTHING, ...kept })} />
        </div>
        <Sums sums={sums} />
        {nodes === null ? (
          <p className="empty-line t3" role="status">{say("loading")}</p>
        ) : rows.length === 0 ? (
          <div className="empty">
            <p>{say(nodes.length ? "no_node_fits" : "no_nodes")}</p>
            {nodes.length > 0 && <button type="button" className="btn" onClick={() => setFilters(NOTHING)}>{say("show_all")}</button>}
          </div>
        ) : (
          <Grid rows={rows} key={`${phone} ${filters.group}`} columns={columns} label={say("nodes")} opened={opened} onReady={(made) => (table.current = made)} onOpen={(node) => setOpened(node.id)} onSelect={setChosen} />
        )}
        {chosen.length > 0 && (
          <div className="bulk" role="toolbar" aria-label={say("bulk")}>
            <span className="strong">{say("selected", { count: chosen.length })}</span>
            <span className="sep" />
            {deeds.length === 0 && <span className="t2">{say("bulk_nothing")}</span>}
            {deeds.map(([name, Icon, allowed]) => (
              <button key={name} type="button" className="btn ghost" onClick={bulk(name, allowed)} data-bulk={name}>
                <Icon className="ic" /> {say(name)}
              </button>
            ))}
            <span className="sep" />
            <button type="button" className="ib" aria-label={say("deselect")} onClick={() => table.current?.deselect()}>
              <X className="ic" />
            </button>
          </div>
        )}
      </section>
      {opened && (
        <aside className="jobs-side" aria-label={say("node")}>
          <NodePanel node={(nodes ?? []).find((one) => one.id === opened)} onClose={() => setOpened(null)} onNotice={onNotice} onChanged={load} />
        </aside>
      )}
    </div>
  );
}
