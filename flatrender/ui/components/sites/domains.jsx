// A site's domains: claimed, proven by the record that is shown, the main one chosen.
import { useState } from "react";
import { CircleCheck, Clock3, Plus, Trash2, TriangleAlert } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Value } from "./copy.jsx";
import { Problem, TextField } from "./inputs.jsx";
import { Sure } from "./sure.jsx";
import { failure, say } from "./words.js";

const apart = (text) => `\u2066${text}\u2069`; // an address reads from the left in a line of any language

function Domain({ site, address, domain, onChange, onNotice }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const act = (path, method, done) => async () => {
    setBusy(true);
    setProblem(null);
    try {
      await call(`/sites/${site}/domains/${domain.id}${path}`, { method });
      onNotice?.(say(done, { name: domain.shown }));
    } catch (error) {
      setProblem({ ...failure(error), field: "name" });
    }
    setBusy(false);
    onChange();
  };
  const remove = act("", "DELETE", "domain_removed");
  const bin = (onClick) => <button type="button" className="ib" aria-label={say("domain_remove", { name: domain.shown })} onClick={onClick} data-act="domain"><Trash2 className="ic" aria-hidden="true" /></button>;
  return (
    <li className="site-domain">
      <div className="row g8 wrap">
        <b className="mono"><bdi dir="ltr">{domain.shown}</bdi></b>
        <span className={`pill ${domain.proven_at ? "ok" : "warn"}`}>
          {domain.proven_at ? <CircleCheck className="ic" aria-hidden="true" /> : <Clock3 className="ic" aria-hidden="true" />}
          {say(domain.proven_at ? "proven" : "waits")}
        </span>
        {domain.main && <span className="pill">{say("main")}</span>}
        <span className="grow" />
        {!domain.proven_at && <button type="button" className="btn sm" aria-busy={busy} onClick={act("/prove", "POST", "proven_done")} data-act="prove">{say("prove")}</button>}
        {domain.proven_at && !domain.main && <button type="button" className="btn sm line" onClick={act("/main", "POST", "main_done")}>{say("make_main")}</button>}
        {domain.proven_at
          ? <Sure act="domain" trigger={bin()} title={say("domain_remove_title", { name: domain.shown })} body={say("domain_remove_body", { address: apart(address) })} back={say("cancel")} word={say("domain_remove_now")} onSure={remove} />
          : bin(remove)}
      </div>
      <Problem problem={problem} field="name" />
      {!domain.proven_at && (
        <>
          <dl className="site-records">
            <Value label={say("record_name")} text={domain.record.name} />
            <Value label={say("record_value")} text={domain.record.value} />
          </dl>
          <p className="notice warn" data-said="https"><TriangleAlert className="ic" aria-hidden="true" /><span>{say("domain_https", { domain: apart(`https://${domain.shown}`), address: apart(address) })}</span></p>
        </>
      )}
    </li>
  );
}

/** `address`: the site's own, where it answers whatever becomes of its domains. */
export function Domains({ site, address, domains, onChange, onNotice }) {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState(null);
  const add = async (event) => {
    event.preventDefault();
    setProblem(null);
    try {
      await call(`/sites/${site}/domains`, { method: "POST", body: { name } });
      setName("");
      onChange();
    } catch (error) {
      setProblem({ ...failure(error), field: "name" });
    }
  };
  return (
    <section className="site-card" aria-labelledby="site-domains">
      <h2 id="site-domains" className="h16">{say("domains")}</h2>
      <p className="t2">{say("domains_about")}</p>
      <ul className="site-domains">
        {domains.map((domain) => <Domain key={domain.id} site={site} address={address} domain={domain} onChange={onChange} onNotice={onNotice} />)}
      </ul>
      <form className="site-add" onSubmit={add} noValidate>
        <TextField name="name" label={say("domain")} value={name} onChange={setName} problem={problem} dir="ltr" />
        <button type="submit" className="btn line" disabled={!name.trim()}>
          <Plus className="ic" aria-hidden="true" /> {say("domain_add")}
        </button>
      </form>
    </section>
  );
}
