// Accounts of other houses that sign people in: Google, or any OpenID provider.
import { useCallback, useEffect, useState } from "react";
import { Plus, Trash2 } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { CopyButton } from "./copy.jsx";
import { Choices, Problem, Switch, TextField } from "./inputs.jsx";
import { failure, say } from "./words.js";

const GOOGLE = { name: "Google", issuer: "https://accounts.google.com" };
const EMPTY = { name: "", issuer: "https://", client_id: "", client_secret: "", domains: "", makes_accounts: true };
const split = (text) => text.split(/[\s,،]+/).filter(Boolean);
const FIELDS = new Set(["name", "issuer", "client_id", "client_secret", "domains"]);

function Provider({ site, item, onChange, onNotice }) {
  const act = (method, body, done) => async () => {
    try {
      await call(`/sites/${site}/providers/${item.id}`, { method, body });
      onNotice?.(say(done, { name: item.name }));
    } catch (error) {
      onNotice?.(failure(error).message);
    }
    onChange();
  };
  return (
    <li className="site-row" data-provider={item.name}>
      <div className="grow site-row-words">
        <b className="trunc"><bdi dir="auto">{item.name}</bdi></b>
        <span className="t3 fs12 ltr trunc" title={item.issuer}>{item.issuer}</span>
        {item.domains.length > 0 && <span className="t3 fs12 ltr trunc">{item.domains.join(" ")}</span>}
        <span className="t3 fs12">{say("provider_back")}</span>
        <span className="row g4">
          <code className="mono ltr" data-said="redirect">{item.redirect_uri}</code>
          <CopyButton label={say("provider_back")} text={item.redirect_uri} />
        </span>
      </div>
      <Switch label={say("provider_on")} checked={item.active} onChange={(active) => act("PATCH", { active }, "provider_changed")()} />
      <button type="button" className="ib" aria-label={say("provider_remove", { name: item.name })} onClick={act("DELETE", undefined, "provider_removed")}>
        <Trash2 className="ic" aria-hidden="true" />
      </button>
    </li>
  );
}

export function Providers({ site, onNotice }) {
  const [seen, setSeen] = useState(null);
  const [draft, setDraft] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const load = useCallback(async () => {
    try {
      setSeen(await call(`/sites/${site}/providers`));
    } catch (error) {
      setProblem(failure(error));
    }
  }, [site]);
  useEffect(() => {
    load();
  }, [load]);
  const set = (name) => (value) => setDraft((old) => ({ ...old, [name]: value }));
  const add = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await call(`/sites/${site}/providers`, { method: "POST", body: { ...draft, domains: split(draft.domains) } });
      onNotice?.(say("provider_added", { name: draft.name }));
      setDraft(null);
    } catch (error) {
      setProblem(failure(error));
    }
    setBusy(false);
    load();
  };
  return (
    <section className="site-card" aria-labelledby="site-providers">
      <h2 id="site-providers" className="h16">{say("providers")}</h2>
      <p className="t2">{say("providers_about")}</p>
      {seen?.items.length > 0 && (
        <ul className="site-list">
          {seen.items.map((item) => <Provider key={item.id} site={site} item={item} onChange={load} onNotice={onNotice} />)}
        </ul>
      )}
      {draft ? (
        <form className="site-form" onSubmit={add} noValidate aria-label={say("provider_add")}>
          <Choices
            label={say("provider_kind")} value={draft.issuer === GOOGLE.issuer ? "google" : "other"} options={[["google", "Google"], ["other", say("provider_other")]]}
            onChange={(kind) => setDraft((old) => ({ ...old, ...(kind === "google" ? GOOGLE : { name: "", issuer: "https://" }) }))}
          />
          {draft.issuer !== GOOGLE.issuer && (
            <div className="site-pair">
              <TextField name="name" label={say("provider_name")} value={draft.name} onChange={set("name")} problem={problem} />
              <TextField name="issuer" label={say("provider_issuer")} value={draft.issuer} onChange={set("issuer")} problem={problem} type="url" dir="ltr" />
            </div>
          )}
          <p className="t3">{say("provider_back_later")}</p>
          <div className="site-pair">
            <TextField name="client_id" label={say("provider_client")} value={draft.client_id} onChange={set("client_id")} problem={problem} dir="ltr" />
            <TextField name="client_secret" label={say("provider_secret")} value={draft.client_secret} onChange={set("client_secret")} problem={problem} type="password" dir="ltr" />
          </div>
          <TextField name="domains" label={say("provider_domains")} hint={say("provider_domains_hint")} value={draft.domains} onChange={set("domains")} problem={problem} dir="ltr" />
          <Switch label={say("provider_makes")} checked={draft.makes_accounts} onChange={set("makes_accounts")} />
          {problem && (!FIELDS.has(problem.field) || (problem.field === "issuer" && draft.issuer === GOOGLE.issuer)) && <Problem problem={{ ...problem, field: "" }} field="" />}
          <div className="row g8 site-acts">
            <button type="button" className="btn ghost" onClick={() => setDraft(null)}>{say("cancel")}</button>
            <button type="submit" className="btn primary" aria-busy={busy} data-act="provider-save">{say("provider_add")}</button>
          </div>
        </form>
      ) : (
        <div className="row">
          <button type="button" className="btn line" data-act="provider-new" onClick={() => { setProblem(null); setDraft({ ...EMPTY, ...GOOGLE }); }}><Plus className="ic" aria-hidden="true" /> {say("provider_add")}</button>
        </div>
      )}
    </section>
  );
}
