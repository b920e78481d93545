// The audit log: who did what, when and from where.
import { useCallback, useState } from "react";
import { Download, Search } from "lucide-react";
import { DayField } from "$/public/external/flatrender/ui/components/days/day_field.jsx";
import { Waiting } from "$/public/external/flatrender/ui/components/sites/waiting.jsx";
import { useFound } from "$/public/external/flatrender/ui/components/people/found.js";
import { browserIn, failure } from "$/public/external/flatrender/ui/components/people/words.js";
import { keptAs, linesOf } from "./details.js";
import { isRtl, moment, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const say = (key, values) => speak(`audit.${key}`, values);
const KINDS = ["session", "account", "password", "email", "factor", "identity", "role", "key", "features", "site", "domain", "provider", "webhook", "template", "quota", "farm", "node", "token", "job", "helping"];
const MACHINE = "this machine"; // who works at its command line

const ltr = (text) => `\u2066${text}\u2069`; // keeps its order in a Persian line

function Entry({ item }) {
  const { actor_email: email } = item;
  const { agent, ...rest } = item.details;
  // A session that was ended is called as its browser calls itself.
  const ended = item.act === "session.ended";
  const name = !item.actor_id && item.actor === MACHINE ? say("machine") : item.actor || say("stranger");
  const done = say(`acts.${item.act}`);
  const shown = item.label && item.label !== email;
  const details = linesOf({ act: item.act, details: rest });
  return (
    <li className="site-row" data-act-done={item.act}>
      <div className="grow site-row-words">
        <span className="audit-line">
          <b><bdi dir="auto">{name}</bdi></b> {shown && isRtl && !done.endsWith(":") ? `${done}:` : done} {shown && <bdi dir="auto" title={ended ? item.label : undefined}>{ended ? browserIn(item.label) : item.label}</bdi>}
        </span>
        <span className="t3 fs12">{[item.for_name && say("as", { name: `\u2068${item.for_name}\u2069` }), email && ltr(email), item.key_id && say("by_key"), item.address && say("from", { address: ltr(item.address) })].filter(Boolean).join(" · ")}{agent && <span title={agent}> · {browserIn(agent)}</span>}</span>
        {details.length > 0 && <ul className="t2 fs12 audit-details">{details.map((line) => <li key={line} dir="auto">{line}</li>)}</ul>}
      </div>
      <time className="t2 fs12 num audit-time" dateTime={item.at}>{moment(item.at)}</time>
    </li>
  );
}

export function AuditLog({ onNotice }) {
  const [wish, setWish] = useState({ q: "", act: "", since: "", until: "" });
  const query = useCallback((more) => {
    const given = { ...wish, ...more };
    if (given.since) given.since = new Date(`${given.since}T00:00`).toISOString();
    if (given.until) given.until = new Date(new Date(`${given.until}T00:00`).getTime() + 86400000).toISOString();
    const also = keptAs(given.q).map((kept) => ["also", kept]);
    return new URLSearchParams([...Object.entries(given).filter(([, value]) => value), ...also]);
  }, [wish]);
  const { items, next, problem, load } = useFound("/audit", query);
  const set = (name) => (event) => setWish((old) => ({ ...old, [name]: event.target.value }));
  return (
    <div className="site-page">
      <form className="audit-search" role="search" onSubmit={(event) => event.preventDefault()}>
        <label className="field grow"><Search className="ic" aria-hidden="true" /><input type="search" aria-label={say("search")} placeholder={say("search")} value={wish.q} maxLength={100} dir="auto" onChange={set("q")} /></label>
        <span className="field">
          <select className="people-role" aria-label={say("kind")} value={wish.act} onChange={set("act")}>
            <option value="">{say("all")}</option>
            {KINDS.map((kind) => <option key={kind} value={kind}>{say(`of_${kind}`)}</option>)}
          </select>
        </span>
        <DayField name="since" label={say("since")} value={wish.since} onChange={(day) => setWish((old) => ({ ...old, since: day }))} />
        <DayField name="until" label={say("until")} value={wish.until} onChange={(day) => setWish((old) => ({ ...old, until: day }))} />
        <a className="btn line" href={`/api/v1/audit/export?${query({})}`} download="audit.csv"><Download className="ic" aria-hidden="true" /> {say("export")}</a>
      </form>
      {items && problem && <p className="notice warn" role="alert"><bdi dir="auto">{problem}</bdi></p>}
      {!items && <Waiting word={say("loading")} problem={problem} onRetry={() => load()} />}
      {items?.length === 0 && <p className="empty-line t3">{say("none")}</p>}
      <ul className="site-list">{items?.map((item) => <Entry key={item.id} item={item} />)}</ul>
      {next && <div className="row"><button type="button" className="btn line" onClick={() => load(next)} data-act="older">{say("older")}</button></div>}
    </div>
  );
}
