// The job table: live, filtered by state and user, with several selected at once. Wrapped by __init__.py.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ChevronsUp, OctagonX, Play, Radio, RotateCw, Search, X } from "lucide-react";
import { AlertDialog } from "radix-ui";
import { createPortal } from "react-dom";
import { useNavigate } from "react-router";
import { DayField } from "$/public/external/flatrender/ui/components/days/day_field.jsx";
import { listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { useLoaded } from "$/public/external/flatrender/ui/components/live/loaded.js";
import { isOlder } from "$/public/external/flatrender/ui/components/live/newer.js";
import { Pages } from "$/public/external/flatrender/ui/components/live/pages.js";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { boost, cancel, each, retry } from "./actions.js";
import { CARD_HEIGHT, JobCard, usePhone } from "./card.jsx";
import { Grid } from "./grid.jsx";
import { GroupChoice, Sums, useGroup } from "./group.jsx";
import { JobPanel } from "./panel.jsx";
import { ProgressCell, STATES, StatePill, took, when } from "./state.jsx";
import { Views } from "./views.jsx";
import { number, say } from "./words.js";

const PAGE = 200;
const cell = (Component) => (params) => <Component job={params.data} />;
const Title = ({ job }) => (
  <span className="job-title">
    {job.has_picture ? <img src={`/api/v1/renders/${job.id}/picture`} alt="" loading="lazy" /> : <i />}
    <span className="trunc">
      <b className="trunc" dir="auto" title={job.title}>{job.title}</b>
      <small className="t3">{job.scenes > 0 && say("scenes_cached", { count: number(job.scenes_cached), total: number(job.scenes) })}</small>
    </span>
  </span>
);

const EVERY = { state: [], site: "", user: "", query: "", since: "", until: "", group: "" };
const GROUPS = { state: (job) => say(`state_${job.state}`), user: (job) => job.user, node: (job) => job.node || say("no_node") };
const NONE = [];
const PAUSE = 500; // ms between two counts of the groups

/** What a job's site is called, where jobs of several are shown; else null. */
function useSiteOf(sites) {
  return useMemo(() => {
    const names = new Map(sites.map(({ id, name }) => [id, name]));
    return names.size > 1 ? (job) => names.get(job.tenant_id) ?? "" : null;
  }, [sites]);
}

function Choice({ name, every, items, value, onChoose }) {
  return (
    <select className="studio-select jobs-user" aria-label={say(name)} value={value} onChange={(event) => onChoose(event.target.value)}>
      <option value="">{say(every)}</option>
      {items.map((item) => (
        <option key={item.id} value={item.id}>
          {item.name}
        </option>
      ))}
    </select>
  );
}

/** The first moment of a day of the person's own clock, or of the day after it. */
function dawn(day, later = 0) {
  const at = new Date(`${day}T00:00`);
  at.setDate(at.getDate() + later);
  return at;
}

function useRows(filters, onFailed) {
  const [rows, setRows] = useState(null);
  const [total, setTotal] = useState(null);
  const [live, setLive] = useState("lost");
  const table = useRef(null);
  const known = useRef(new Map());
  const [pages] = useState(() => new Pages());
  // Rows are changed inside the table; whoever counts them looks at these.
  const [loaded, setLoaded] = useState([]);
  const counting = useRef(0);
  const count = () => (counting.current ||= setTimeout(() => ((counting.current = 0), setLoaded([...known.current.values()])), PAUSE));
  useEffect(() => () => clearTimeout(counting.current), []);
  const underway = useRef(new Set()); // what was told while a page was on its way, by id: the page may be older
  const key = JSON.stringify({ ...filters, group: "" });

  const fits = useCallback(
    (job) =>
      (!filters.state.length || filters.state.includes(job.state)) &&
      (!filters.site || job.tenant_id === filters.site) &&
      (!filters.user || job.user_id === filters.user) &&
      (!filters.since || new Date(job.created_at) >= dawn(filters.since)) &&
      (!filters.until || new Date(job.created_at) < dawn(filters.until, 1)),
    [key],
  );
  const load = useCallback(
    async (more = false) => {
      const ask = (cursor) => {
        const query = new URLSearchParams({ limit: String(PAGE) });
        filters.state.forEach((state) => query.append("state", state));
        if (filters.site) query.set("tenant", filters.site);
        if (filters.user) query.set("user", filters.user);
        if (filters.query) query.set("q", filters.query);
        if (filters.since) query.set("since", dawn(filters.since).toISOString());
        if (filters.until) query.set("until", dawn(filters.until, 1).toISOString());
        if (cursor) query.set("cursor", cursor);
        return call(`/renders?${query}`);
      };
      const news = new Map();
      underway.current.add(news);
      try {
        const page = await (more ? pages.more(ask) : pages.read(ask));
        if (!page) return;
        const found = new Map();
        for (const job of page.items) {
          const now = [news.get(job.id), known.current.get(job.id)].find((told) => isOlder(job, told)) ?? job;
          if (now === job || fits(now)) found.set(job.id, now);
        }
        news.forEach((job, id) => {
          if (!job) found.delete(id);
          else if (!more && !filters.query && fits(job) && !found.has(id)) found.set(id, job);
        });
        setTotal(page.total ?? null);
        if (more) {
          const fresh = [...found.values()].filter((job) => !known.current.has(job.id));
          fresh.forEach((job) => known.current.set(job.id, job));
          table.current?.apply({ add: fresh });
        } else {
          known.current = found;
          if (!known.current.size) table.current = null; // the table gives way to words
          setRows([...known.current.values()]);
        }
      } catch (error) {
        onFailed(error.message);
      } finally {
        underway.current.delete(news);
        count();
      }
    },
    [key],
  );

  useLoaded(pages, load, Boolean(filters.query));

  // A table in other groups is a new one: it gets the rows as they are by now.
  useEffect(() => {
    if (known.current.size) setRows([...known.current.values()]);
  }, [filters.group]);

  // Whether a new job is one that is searched for, only the server knows: it is asked once for all that come together.
  const asking = useRef(0);
  const asked = useRef(new Set());
  useEffect(() => {
    asked.current.clear();
    return () => clearTimeout(asking.current);
  }, [load]);
  const askOf = (id) => {
    if (asked.current.has(id)) return;
    asked.current.add(id);
    clearTimeout(asking.current);
    asking.current = setTimeout(load, 300);
  };

  useEffect(
    () =>
      listen({ waits: true, onState: setLive, onMessage(message) {
        if (message.kind === "resync" || message.kind === "farm") load(); // what waits says why
        if (message.kind === "job.gone") underway.current.forEach((news) => news.set(message.job_id, null));
        if (message.kind === "job.gone" && known.current.has(message.job_id)) {
          table.current?.apply({ remove: [known.current.get(message.job_id)] });
          known.current.delete(message.job_id);
          count();
        }
        if (message.kind !== "job") return;
        const { job } = message;
        const before = known.current.get(job.id);
        if (isOlder(job, before)) return;
        underway.current.forEach((news) => isOlder(job, news.get(job.id)) || news.set(job.id, job));
        if (before && fits(job)) {
          known.current.set(job.id, job);
          table.current?.apply({ update: [job] });
        } else if (before) {
          known.current.delete(job.id);
          asked.current.delete(job.id);
          table.current?.apply({ remove: [before] });
        } else if (fits(job) && filters.query) {
          askOf(job.id);
        } else if (fits(job)) {
          known.current.set(job.id, job);
          if (table.current) table.current.apply({ add: [job] });
          else setRows([...known.current.values()]);
          setTotal((number) => (number === null ? null : number + 1));
        }
        count();
      } }),
    [load, fits],
  );
  return { rows, loaded, total, live, load, ready: (made) => (table.current = made), deselect: () => table.current?.deselect(), known };
}

function Bulk({ chosen, mayBoost, onDone, onNotice }) {
  if (!chosen.length) return null;
  // What can be done with none of them is not offered.
  const acts = [
    ["boost", ChevronsUp, (job) => mayBoost && job.can_boost, boost, ""],
    ["retry", RotateCw, (job) => job.can_retry, retry, ""],
    ["cancel", X, (job) => job.can_cancel, cancel, " danger"],
  ].filter(([, , allowed]) => chosen.some(allowed));
  return (
    <div className="bulk" role="toolbar" aria-label={say("bulk")}>
      <span className="strong">{say("selected", { count: chosen.length })}</span>
      <span className="sep" />
      {acts.length === 0 && <span className="t2">{say("bulk_nothing")}</span>}
      {acts.map(([name, Icon, allowed, act, tone]) => {
        const count = chosen.filter(allowed).length;
        return (
          <button
            key={name}
            type="button"
            className={`btn ghost${tone}`}
            data-bulk={name}
            onClick={async () => {
              const { done, problem } = await each(chosen, allowed, act);
              onNotice(problem || say(`bulk_${name}`, { count: done }));
              onDone();
            }}
          >
            <Icon className="ic" />
            {say(name)} {count !== chosen.length && <span className="num">{number(count)}</span>}
          </button>
        );
      })}
      <span className="sep" />
      <button type="button" className="ib" aria-label={say("deselect")} onClick={onDone}>
        <X className="ic" />
      </button>
    </div>
  );
}

/** Ends every render at once. The farm then claims nothing until it is told to go on. */
function EmergencyStop({ onNotice }) {
  const [open, setOpen] = useState(false);
  const [stopped, setStopped] = useState(false);
  const turn = useRef(0);
  const look = useCallback(() => {
    const mine = ++turn.current; // a late answer to an older question is not shown
    return call("/farm").then((farm) => mine === turn.current && setStopped(farm.stopped), () => {});
  }, []);
  useEffect(() => {
    look();
    return listen({ onMessage: ({ kind }) => (kind === "farm" || kind === "resync") && look() });
  }, [look]);
  const send = (act, done) => async () => {
    try {
      await call(`/farm/${act}`, { method: "POST", body: act === "resume" ? undefined : {} });
      onNotice(done);
      look();
    } catch (error) {
      onNotice(error.message);
    }
    setOpen(false);
  };
  if (stopped)
    return (
      <button type="button" className="btn sm primary" data-act="resume" onClick={send("resume", say("resumed"))}>
        <Play className="ic" />
        {say("resume")}
      </button>
    );
  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <AlertDialog.Trigger asChild>
        <button type="button" className="btn sm danger" data-act="stop">
          <OctagonX className="ic" />
          {say("stop")}
        </button>
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="scrim" />
        <AlertDialog.Content className="dialog">
          <AlertDialog.Title className="h16">{say("stop_title")}</AlertDialog.Title>
          <AlertDialog.Description className="t2">{say("stop_body")}</AlertDialog.Description>
          <div className="acts">
            <AlertDialog.Cancel asChild>
              <button type="button" className="btn ghost">
                {say("keep_running")}
              </button>
            </AlertDialog.Cancel>
            <button type="button" className="btn destroy" data-act="stop-now" onClick={send("emergency-stop", say("stopped_all"))}>
              {say("stop")}
            </button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** The page's bar, where there is room for what concerns all jobs. */
function useBar() {
  const [bar, setBar] = useState(null);
  useEffect(() => setBar(document.getElementById("jobs-bar")), []);
  return bar;
}

export function Jobs({ mayBoost = false, seesAll = false, users = [], sites = NONE, onNotice }) {
  const [filters, setFilters] = useState(EVERY);
  const [opened, setOpened] = useState(null);
  const [chosen, setChosen] = useState([]);
  const notice = useCallback((text) => onNotice?.(text), []);
  const { rows, known, loaded, total, live, load, ready, deselect } = useRows(filters, notice);
  const siteOf = useSiteOf(sites);
  const groups = { state: GROUPS.state, ...(siteOf && { site: siteOf }), ...(seesAll && { user: GROUPS.user }), node: GROUPS.node };
  const { column: group, sums } = useGroup(groups, filters.group, loaded);

  const phone = usePhone();
  useEffect(() => setChosen([]), [filters.group, phone]); // nothing is selected in a new table
  const columns = useMemo(() => {
    if (phone) {
      const card = ({ data }) => <JobCard job={data} site={siteOf?.(data)} mayBoost={mayBoost} onNotice={notice} />;
      const cards = { headerName: say("job"), field: "created_at", flex: 1, minWidth: 200, sort: "desc", sortIndex: 1, cellRenderer: card, equals: () => false };
      return group ? [{ ...group, hide: true }, cards] : [cards];
    }
    const all = [
      { headerName: say("state"), field: "state", width: 150, cellRenderer: cell(StatePill), sort: undefined },
      { headerName: say("project"), field: "title", flex: 2, minWidth: opened ? 170 : 220, cellRenderer: cell(Title) },
      { headerName: say("site"), field: "tenant_id", width: 130, hide: !siteOf, valueGetter: ({ data }) => siteOf?.(data) ?? "", cellRenderer: ({ value }) => <span className="trunc" dir="auto" title={value}>{value}</span> },
      { headerName: say("user"), field: "user", width: 150, hide: !seesAll, cellRenderer: ({ value }) => <span className="trunc" dir="auto" title={value}>{value}</span> },
      {
        headerName: say("priority"),
        field: "priority",
        width: 100,
        enableCellChangeFlash: true,
        cellRenderer: ({ data }) => (
          <span className="row g8">
            <b className="num" data-priority={data.priority}>
              {number(data.priority)}
            </b>
            {mayBoost && data.can_boost && (
              <button type="button" className="ib dense" aria-label={say("boost_of", { name: data.title })} data-act="boost" onClick={() => boost(data).catch((error) => notice(error.message))}>
                <ChevronsUp className="ic s14" />
              </button>
            )}
          </span>
        ),
      },
      { headerName: say("progress"), field: "progress", width: 170, cellRenderer: cell(ProgressCell) },
      { headerName: say("node"), field: "node", width: 130, valueFormatter: ({ value }) => value || say("no_node"), cellClass: ({ value }) => (value ? "mono t2" : "t3") },
      { headerName: say("sent"), field: "created_at", width: 130, valueFormatter: ({ value }) => when(value), cellClass: "num", sort: "desc", sortIndex: 1 },
      { headerName: say("took"), field: "took_seconds", width: 90, valueFormatter: ({ data }) => took(data), cellClass: "num" },
    ];
    // Beside a panel the table has room for less; the panel tells the rest.
    const kept = opened ? ["state", "title", "user", "progress", "created_at"] : null;
    for (const column of all) column.hide ||= kept !== null && !kept.includes(column.field);
    // What a row shows depends on more than one field: compare the row.
    const columns = all.map((column) => ({ ...column, equals: column.cellRenderer ? () => false : undefined }));
    return group ? [group, ...columns] : columns;
  }, [phone, mayBoost, seesAll, siteOf, notice, opened !== null, group]);

  const toggle = (state) =>
    setFilters((old) => ({ ...old, state: old.state.includes(state) ? old.state.filter((one) => one !== state) : [...old.state, state] }));
  const bar = useBar();
  const standing = (
    <>
      <span className={`pill ${live === "open" ? "ok" : "warn"}`} role="status" data-live={live}>
        <Radio className="ic" aria-hidden="true" />
        {say(live === "open" ? "live" : "reconnecting")}
      </span>
      {total !== null && <span className="t2 jobs-total">{say("count", { count: total })}</span>}
      {mayBoost && <EmergencyStop onNotice={notice} />}
    </>
  );
  const filtered = filters.state.length || filters.site || filters.user || filters.query || filters.since || filters.until;

  return (
    <div className={`jobs${opened ? " with-panel" : ""}${siteOf ? " of-sites" : ""}`}>
      <section className={`jobs-main${sums.length ? " with-sums" : ""}`}>
        <div className="jobs-filters">
          <label className="field sm jobs-search">
            <Search className="ic s14" aria-hidden="true" />
            <input
              type="search"
              placeholder={say("search")}
              aria-label={say("search")}
              value={filters.query}
              onChange={(event) => setFilters((old) => ({ ...old, query: event.target.value }))}
            />
          </label>
          <div className="jobs-states" role="group" aria-label={say("state")}>
            {STATES.map((state) => (
              <button key={state} type="button" className="chip" aria-pressed={filters.state.includes(state)} onClick={() => toggle(state)}>
                {say(`state_${state}`)}
              </button>
            ))}
          </div>
          {siteOf && <Choice name="site" every="every_site" items={sites} value={filters.site} onChoose={(site) => setFilters((old) => ({ ...old, site }))} />}
          {seesAll && users.length > 1 && <Choice name="user" every="every_user" items={users} value={filters.user} onChoose={(user) => setFilters((old) => ({ ...old, user }))} />}
          <span className="row g8">
            {["since", "until"].map((name) => (
              <DayField key={name} name={name} label={say(name)} value={filters[name]} onChange={(day) => setFilters((old) => ({ ...old, [name]: day }))} size="sm" />
            ))}
          </span>
          {!phone && <GroupChoice names={Object.keys(groups)} value={filters.group} onChoose={(group) => setFilters((old) => ({ ...old, group }))} />}
          <span className="grow" />
          <Views table="jobs" filters={filters} onChoose={(kept) => setFilters({ ...EVERY, ...kept })} />
          {phone && standing}
        </div>
        {bar && !phone && createPortal(standing, bar)}
        <Sums sums={sums} />
        {rows === null ? (
          <p className="empty-line t3" role="status">{say("loading")}</p>
        ) : rows.length === 0 ? (
          <div className="empty">
            <h2 className="h20">{say(filtered ? "none_heading" : "empty_heading")}</h2>
            <p>{say(filtered ? "none" : "empty")}</p>
            {filtered ? (
              <button type="button" className="btn" onClick={() => setFilters(EVERY)}>
                {say("show_all")}
              </button>
            ) : null}
          </div>
        ) : (
          <Grid
            rows={rows}
            known={known}
            key={`${phone} ${filters.group}`}
            columns={columns}
            cardHeight={phone ? CARD_HEIGHT : null}
            label={say("table")}
            opened={opened}
            onReady={ready}
            onOpen={(job) => setOpened(job.id)}
            onSelect={setChosen}
            onEnd={() => load(true)}
          />
        )}
        <Bulk chosen={chosen} mayBoost={mayBoost} onNotice={notice} onDone={deselect} />
      </section>
      {opened && (
        <aside className="jobs-side" aria-label={say("job")}>
          <JobPanel id={opened} siteOf={siteOf} mayBoost={mayBoost} onClose={() => setOpened(null)} onNotice={notice} onMade={setOpened} />
        </aside>
      )}
    </div>
  );
}

export function JobPage({ id, mayBoost = false, sites = NONE, onNotice }) {
  const go = useNavigate();
  const siteOf = useSiteOf(sites);
  return <JobPanel id={id} wide siteOf={siteOf} mayBoost={mayBoost} onNotice={(text) => onNotice?.(text)} onMade={(made) => go(`/jobs/${made}`)} />;
}
