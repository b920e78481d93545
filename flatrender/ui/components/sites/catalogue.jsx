// What the house shares: each template is taken into the site's gallery with a switch, brought up to date, given up again.
import { useCallback, useEffect, useState } from "react";
import { RefreshCw } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Problem } from "./inputs.jsx";
import { failure, language, say } from "./words.js";

const HEADING = "site-catalogue";
const named = (item) => (language === "fa" && item.name_fa) || item.name;
const shown = (item) => Boolean(item.taken) && item.state === "published";

function Card({ item, busy, onSwitch, onRenew }) {
  const name = named(item);
  return (
    <li className="shared-card" data-shared={item.name} aria-busy={busy}>
      <span className="shared-poster" style={{ background: item.dominant_color ?? undefined }}>
        {item.poster && <img src={item.poster} alt="" loading="lazy" />}
      </span>
      <span className="shared-words">
        <b className="trunc" title={name}><bdi>{name}</bdi></b>
        <span className="t3 fs12 num"><bdi className="ltr">{item.aspect}</bdi> · {say("shared_seconds", { seconds: Math.round(item.duration) })}</span>
      </span>
      <button type="button" role="switch" className="sw" aria-checked={shown(item)} aria-label={say("shared_in_gallery", { name })} disabled={busy} onClick={onSwitch} />
      {item.newer && shown(item) && (
        <button type="button" className="btn line sm shared-renew" disabled={busy} onClick={onRenew}>
          <RefreshCw className={`ic s14 ${busy ? "spin" : ""}`} aria-hidden="true" />
          {say("shared_renew")}
        </button>
      )}
    </li>
  );
}

export function Catalogue({ site, onNotice }) {
  const [items, setItems] = useState(null);
  const [busy, setBusy] = useState(() => new Set());
  const [problem, setProblem] = useState(null);
  const address = `/sites/${site}/catalogue`;
  const load = useCallback(async () => {
    try {
      setItems((await call(address)).items);
    } catch (error) {
      const told = failure(error);
      setItems([]);
      if (error.code !== "house") setProblem(told);
    }
  }, [address]);
  useEffect(() => {
    load();
  }, [load]);
  const there = Boolean(items?.length);
  useEffect(() => {
    if (there && location.hash === `#${HEADING}`) document.getElementById(HEADING)?.scrollIntoView(); // an empty gallery leads here
  }, [there]);

  /** Does one thing after another; the list shows each as soon as it is done. Stops at the first refusal. */
  const work = async (wanted, how) => {
    setProblem(null);
    setBusy(new Set(wanted.map((item) => item.id)));
    try {
      for (const item of wanted) {
        const answer = await call(`${address}/${item.id}`, { method: how });
        if (answer?.deleted === false) onNotice?.(say("shared_put_away", { name: named(item) }));
        await load();
        setBusy((old) => new Set([...old].filter((id) => id !== item.id)));
      }
    } catch (error) {
      setProblem(failure(error));
    }
    setBusy(new Set());
  };

  if (!items || (!items.length && !problem)) return null;
  const rest = items.filter((item) => !shown(item));
  const untaken = rest.filter((item) => item.state !== "draft"); // a draft is being worked on
  return (
    <section className="site-card" aria-labelledby={HEADING}>
      <header className="row between g12 wrap">
        <h2 id={HEADING} className="h16">{say("shared")}</h2>
        <span className="t3 num" role="status">{say("shared_count", { taken: items.length - rest.length, all: items.length })}</span>
      </header>
      <p className="t2">{say("shared_about")}</p>
      <ul className="shared-list">
        {items.map((item) => (
          <Card key={item.id} item={item} busy={busy.has(item.id)} onSwitch={() => work([item], shown(item) ? "DELETE" : "PUT")} onRenew={() => work([item], "PUT")} />
        ))}
      </ul>
      {problem && <Problem problem={{ ...problem, field: "" }} field="" />}
      {untaken.length > 1 && (
        <div className="row site-acts">
          <button type="button" className="btn line" aria-busy={busy.size > 0} disabled={busy.size > 0} onClick={() => work(untaken, "PUT")} data-act="take-all">{say("shared_all")}</button>
        </div>
      )}
    </section>
  );
}
