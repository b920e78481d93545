// The table of tasks: live, filtered by state, kind and words, grouped, several put back into the queue at once.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Ban, CircleCheck, CircleX, Clock, LoaderCircle, RotateCcw, Search, X } from "lucide-react";
import { Link } from "react-router";
import { listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { useLoaded } from "$/public/external/flatrender/ui/components/live/loaded.js";
import { ToldSteps } from "$/public/external/flatrender/ui/components/live/newer.js";
import { Pages } from "$/public/external/flatrender/ui/components/live/pages.js";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Grid } from "$/public/external/flatrender/ui/components/jobs/grid.jsx";
import { GroupChoice, Sums, useGroup } from "$/public/external/flatrender/ui/components/jobs/group.jsx";
import { usePhone } from "$/public/external/flatrender/ui/components/jobs/card.jsx";
import { when } from "$/public/external/flatrender/ui/components/jobs/state.jsx";
import { Views } from "$/public/external/flatrender/ui/components/jobs/views.jsx";
import { kindOf, noteOf, number, percent, say, taskName, told } from "./words.js";

const LOOKS = { WAITING: [Clock, ""], CLAIMED: [LoaderCircle, "info"], DONE: [CircleCheck, "ok"], FAILED: [CircleX, "danger"], CANCELLED: [Ban, ""] };
const NOTHING = { state: [], kind: "", query: "", group: "" };
const GROUPS = { kind: (task) => kindOf(task.kind), node: (task) => task.node ?? say("no_node"), title: (task) => task.title ?? "", state: (task) => say(`task_${task.state}`) };

/** What a lane's id says: names, with marks between them. */
const needs = (lane) => (lane ?? "").split(/[^\w.,-]+/).join(" · ").replaceAll(",", ", ");

function TaskState({ task }) {
  const [Icon, tone] = LOOKS[task.state] ?? LOOKS.WAITING;
  return (
    <span className={`pill ${tone}`} data-task-state={task.state}>
      <Icon className={`ic${task.state === "CLAIMED" ? " spin" : ""}`} aria-hidden="true" /> {say(`task_${task.state}`)}
    </span>
  );
}

function useTasks(filters, onFailed) {
  const [rows, setRows] = useState(null);
  const [counts, setCounts] = useState({ counts: {}, kinds: {} });
  const [pages] = useState(() => new Pages());
  const table = useRef(null);
  const known = useRef(new Map());
  const told = useRef(new ToldSteps());
  const key = JSON.stringify([filters.state, filters.kind, filters.query]);
  const load = useCallback(
    async (more = false) => {
      const ask = (before) => {
        const query = new URLSearchParams({ limit: "200" });
        filters.state.forEach((state) => query.append("state", state));
        if (filters.kind) query.set("kind", filters.kind);
        if (filters.query) query.set("q", filters.query);
        if (before) query.set("before", before);
        return call(`/tasks?${query}`);
      };
      try {
        const page = await (more ? pages.more(ask) : pages.read(ask));
        if (!page) return;
        setCounts(page);
        if (more) page.items.forEach((task) => known.current.set(task.id, task));
        else {
          known.current = new Map(page.items.map((task) => [task.id, task]));
          told.current.keep(known.current);
        }
        setRows([...known.current.values()]);
      } catch (error) {
        onFailed(error.message);
      }
    },
    [key, onFailed],
  );
  useLoaded(pages, load, Boolean(filters.query));
  useEffect(() => {
    let waiting = null;
    const later = () => (waiting ??= setTimeout(() => ((waiting = null), load()), 1500));
    const quiet = listen({
      waits: true,
      onMessage(message) {
        if (message.kind === "resync") load();
        if (message.kind !== "job.step") return;
        if (!told.current.take(message)) return;
        const before = known.current.get(message.step.id);
        if (!before) return later(); // a new one: its job and its needs come with the page
        const task = { ...before, ...message.step, can_requeue: ["WAITING", "CLAIMED"].includes(message.step.state) };
        known.current.set(task.id, task);
        table.current?.apply({ update: [task] });
        if (task.state !== before.state) later();
      },
    });
    return () => {
      clearTimeout(waiting);
      quiet();
    };
  }, [load]);
  return { rows, known, counts, load, table };
}

export function Tasks({ onNotice }) {
  const [filters, setFilters] = useState(NOTHING);
  const [chosen, setChosen] = useState([]);
  const { rows, known, counts, load, table } = useTasks(filters, onNotice);
  const phone = usePhone();
  useEffect(() => setChosen([]), [filters.group, phone]); // nothing is selected in a new table
  const { column: group, sums } = useGroup(GROUPS, filters.group, rows);
  const columns = useMemo(() => {
    const all = [
      { headerName: say("state"), field: "state", width: 130, cellRenderer: ({ data }) => <TaskState task={data} />, equals: () => false },
      { headerName: say("task"), field: "name", flex: 2, minWidth: 150, cellRenderer: ({ data }) => <span className="trunc" title={[taskName(data), data.error ? (told(data.error) ?? data.error) : noteOf(data.note)].filter(Boolean).join("\n")}>{taskName(data)}</span> },
      { headerName: say("job"), field: "title", flex: 1, minWidth: 120, cellRenderer: ({ data }) => (data.title ? <Link className="trunc" to={`/jobs/${data.job_id}`} title={data.title}><bdi dir="auto">{data.title}</bdi></Link> : null) },
      { headerName: say("kind"), field: "kind", width: 120, valueFormatter: ({ value }) => kindOf(value), cellClass: "t2" },
      { headerName: say("node"), field: "node", width: 120, valueFormatter: ({ value }) => value ?? say("no_node"), cellClass: ({ value }) => (value ? "mono t2" : "t3") },
      { headerName: say("engine"), field: "lane", width: 120, valueFormatter: ({ value }) => needs(value), cellClass: "mono t2" },
      { headerName: say("priority"), field: "priority", width: 90, cellClass: "num", valueFormatter: ({ value }) => number(value) },
      { headerName: say("progress"), field: "progress", width: 100, cellClass: "num", valueFormatter: ({ data }) => (data.state === "CLAIMED" ? percent(data.progress * 100) : ""), equals: () => false },
      { headerName: say("tries"), width: 125, valueGetter: ({ data }) => data.crashes + data.lost_leases, valueFormatter: ({ value }) => (value ? number(value) : ""), cellClass: "num" },
      { headerName: say("sent"), field: "created_at", width: 130, valueFormatter: ({ value }) => when(value), cellClass: "num", sort: "desc", sortIndex: 1 },
    ];
    return phone ? all.slice(0, 2) : group ? [group, ...all] : all;
  }, [phone, filters.group]);
  const requeue = async () => {
    const results = await Promise.allSettled(chosen.filter((task) => task.can_requeue).map((task) => call(`/tasks/${task.id}/requeue`, { method: "POST" })));
    const refused = results.find(({ status }) => status === "rejected");
    onNotice(refused?.reason?.message ?? say("requeued", { count: results.length }));
    table.current?.deselect();
    load();
  };
  const toggle = (state) => setFilters({ ...filters, state: filters.state.includes(state) ? filters.state.filter((one) => one !== state) : [...filters.state, state] });
  return (
    <div className="jobs">
      <section className={`jobs-main${sums.length ? " with-sums" : ""}`}>
        <div className="jobs-filters">
          <label className="field sm jobs-search">
            <Search className="ic s14" aria-hidden="true" />
            <input type="search" placeholder={say("search_tasks")} aria-label={say("search_tasks")} value={filters.query} onChange={(event) => setFilters({ ...filters, query: event.target.value })} />
          </label>
          <div className="jobs-states" role="group" aria-label={say("state")}>
            {Object.keys(LOOKS).map((state) => (
              <button key={state} type="button" className="chip" aria-pressed={filters.state.includes(state)} onClick={() => toggle(state)}>
                {say(`task_${state}`)} {counts.counts[state] ? <span className="t3 num">{number(counts.counts[state])}</span> : null}
              </button>
            ))}
          </div>
          <select className="studio-select jobs-user" aria-label={say("kind")} value={filters.kind} onChange={(event) => setFilters({ ...filters, kind: event.target.value })}>
            <option value="">{say("every_kind")}</option>
            {[...new Set([...Object.keys(counts.kinds), filters.kind])].filter(Boolean).map((kind) => <option key={kind} value={kind}>{kindOf(kind)}</option>)}
          </select>
          <GroupChoice names={Object.keys(GROUPS)} value={filters.group} onChoose={(group) => setFilters({ ...filters, group })} />
          <span className="grow" />
          <Views table="tasks" filters={filters} onChoose={setFilters} />
        </div>
        <Sums sums={sums} />
        {rows === null ? (
          <p className="empty-line t3" role="status">{say("loading")}</p>
        ) : rows.length === 0 ? (
          <div className="empty">
            <p>{say("no_tasks")}</p>
            <button type="button" className="btn" onClick={() => setFilters(NOTHING)}>{say("show_all")}</button>
          </div>
        ) : (
          <Grid rows={rows} known={known} key={`${phone} ${filters.group}`} columns={columns} label={say("tasks")} onReady={(made) => (table.current = made)} onSelect={setChosen} onEnd={() => load(true)} />
        )}
        {chosen.length > 0 && (
          <div className="bulk" role="toolbar" aria-label={say("bulk")}>
            <span className="strong">{say("selected", { count: chosen.length })}</span>
            <span className="sep" />
            {chosen.some((task) => task.can_requeue) ? (
              <button type="button" className="btn ghost" onClick={requeue} data-bulk="requeue">
                <RotateCcw className="ic" /> {say("requeue")}
              </button>
            ) : (
              <span className="t2">{say("bulk_nothing")}</span>
            )}
            <span className="sep" />
            <button type="button" className="ib" aria-label={say("deselect")} onClick={() => table.current?.deselect()}>
              <X className="ic" />
            </button>
          </div>
        )}
      </section>
    </div>
  );
}
