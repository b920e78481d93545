// All sites of the house: where they are visited, how many people they have, open or suspended; and a new one.
import { useCallback, useEffect, useState } from "react";
import { ExternalLink, Pause, Play, Plus, Settings2 } from "lucide-react";
import { Link } from "react-router";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Sure } from "./sure.jsx";
import { Waiting, useOnce } from "./waiting.jsx";
import { Wizard } from "./wizard.jsx";
import { date, failure, number, say } from "./words.js";

function Suspend({ site, onSure }) {
  const [reason, setReason] = useState("");
  const trigger = <button type="button" className="btn sm danger" data-act="suspend"><Pause className="ic" aria-hidden="true" /> {say("suspend")}</button>;
  return (
    <Sure act="suspend" trigger={trigger} title={say("suspend_title", { name: site.name })} body={say("suspend_body")} back={say("cancel")} word={say("suspend")} onSure={() => onSure(reason)}>
      <label className="fieldset">
        <span className="label">{say("reason")}</span>
        <span className="field"><input value={reason} maxLength={300} dir="auto" onChange={(event) => setReason(event.target.value)} /></span>
      </label>
    </Sure>
  );
}

function Row({ site, first, onAct }) {
  const [busy, once] = useOnce();
  const act = once((...what) => onAct(site, ...what));
  return (
    <li className="site-row sites-row" data-site={site.slug} aria-busy={busy}>
      <span className="site-dot" style={{ background: site.brand.solid }} aria-hidden="true" />
      <div className="grow site-row-words">
        <b className="trunc"><bdi dir="auto">{site.name}</bdi></b>
        {[...new Set([site.own_address, site.address])].map((address) => <a key={address} className="link fs12 ltr trunc" href={address} target="_blank" rel="noopener">{address}</a>)}
        {site.suspended_reason && <span className="t3 fs12 trunc" title={site.suspended_reason} data-said="reason"><bdi dir="auto">{site.suspended_reason}</bdi></span>}
      </div>
      <span className="t2 num site-people">{say("people", { count: site.users })}</span>
      <span className="t3 site-since">{date(site.created_at)}</span>
      <span className={`pill ${site.suspended_at ? "danger" : "ok"}`}>{say(site.suspended_at ? "suspended" : "open")}</span>
      <div className="row g4 sites-acts">
        {!first && (site.suspended_at
          ? <button type="button" className="btn sm" aria-busy={busy} onClick={() => act("resume")} data-act="resume"><Play className="ic" aria-hidden="true" /> {say("resume")}</button>
          : <Suspend site={site} onSure={(reason) => act("suspend", { reason })} />)}
        <Link to={`/sites/${site.id}`} className="ib" aria-label={say("settings_of", { name: site.name })}><Settings2 className="ic" aria-hidden="true" /></Link>
      </div>
    </li>
  );
}

export function Sites({ onNotice }) {
  const [sites, setSites] = useState(null);
  const [making, setMaking] = useState(false);
  const [problem, setProblem] = useState("");
  const load = useCallback(async () => {
    try {
      setSites((await call("/sites")).items);
      setProblem("");
    } catch (error) {
      setProblem(failure(error).message);
    }
  }, []);
  useEffect(() => {
    load();
  }, [load]);
  const act = async (site, what, body) => {
    try {
      await call(`/sites/${site.id}/${what}`, { method: "POST", body: body ?? {} });
      onNotice?.(say(`${what}_done`, { name: site.name }));
    } catch (error) {
      onNotice?.(failure(error).message);
    }
    await load();
  };
  if (!sites) return <Waiting word={say("loading")} problem={problem} onRetry={load} />;
  return (
    <div className="site-page">
      {problem && <p className="notice warn" role="alert">{problem}</p>}
      {making ? (
        <Wizard onMade={load} onNotice={onNotice} onLeave={() => setMaking(false)} />
      ) : (
        <div className="row between g12">
          <p className="t2">{say("count", { count: sites.length })}</p>
          <button type="button" className="btn primary" onClick={() => setMaking(true)} data-act="new-site"><Plus className="ic" aria-hidden="true" /> {say("new")}</button>
        </div>
      )}
      <ul className="site-list">
        {sites.map((site, index) => <Row key={site.id} site={site} first={index === 0} onAct={act} />)}
      </ul>
    </div>
  );
}
