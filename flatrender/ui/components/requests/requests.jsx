// The request log: what was asked of the site's API, newest first, searched and paged.
import { useCallback, useState } from "react";
import { Search } from "lucide-react";
import { Waiting } from "$/public/external/flatrender/ui/components/sites/waiting.jsx";
import { useFound } from "$/public/external/flatrender/ui/components/people/found.js";
import { bytes, moment, number, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const say = (key, values) => speak(`requests.${key}`, values);
const ENDINGS = ["", "ok", "refused", "failed"];
const looks = (status) => (status < 400 ? "ok" : status < 500 ? "warn" : "danger");

function Entry({ item }) {
  return (
    <li className="site-row" data-request={item.id}>
      <span className={`pill ${looks(item.status)} num`}>{number(item.status)}</span>
      <div className="grow site-row-words">
        <code className="mono ltr trunc">{item.method} {item.path}</code>
        <span className="t3 fs12">{[say("took", { count: number(item.milliseconds) }), bytes(item.bytes), item.key_id && say("by_key"), item.address && `\u2066${item.address}\u2069`].filter(Boolean).join(" · ")}</span>
      </div>
      <time className="t2 fs12 num audit-time" dateTime={item.at}>{moment(item.at, true)}</time>
    </li>
  );
}

export function Requests() {
  const [wish, setWish] = useState({ q: "", ending: "" });
  const query = useCallback((more) => new URLSearchParams(Object.entries({ ...wish, ...more }).filter(([, value]) => value)), [wish]);
  const { items, next, problem, load } = useFound("/requests", query);
  const set = (name) => (event) => setWish((old) => ({ ...old, [name]: event.target.value }));
  return (
    <div className="site-page">
      <p className="t2">{say("about")}</p>
      <form className="audit-search" role="search" onSubmit={(event) => event.preventDefault()}>
        <label className="field grow"><Search className="ic" aria-hidden="true" /><input type="search" aria-label={say("search")} placeholder={say("search")} value={wish.q} maxLength={100} dir="ltr" onChange={set("q")} /></label>
        <span className="field">
          <select className="people-role" aria-label={say("ending")} value={wish.ending} onChange={set("ending")}>
            {ENDINGS.map((each) => <option key={each} value={each}>{say(`ending_${each || "all"}`)}</option>)}
          </select>
        </span>
      </form>
      {items && problem && <p className="notice warn" role="alert"><bdi dir="auto">{problem}</bdi></p>}
      {!items && <Waiting word={say("loading")} problem={problem} onRetry={() => load()} />}
      {items && !items.length && <p className="empty-line t3">{say("none")}</p>}
      <ul className="site-list">{items?.map((item) => <Entry key={item.id} item={item} />)}</ul>
      {next && <button type="button" className="btn line" onClick={() => load(next)}>{say("older")}</button>}
    </div>
  );
}
