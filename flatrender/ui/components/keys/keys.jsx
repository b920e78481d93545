// API keys: made with as few rights as will do, shown once, rotated, revoked.
import { useCallback, useEffect, useState } from "react";
import { KeyRound, RotateCw, Trash2 } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Choices, Problem, TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { CopyButton } from "$/public/external/flatrender/ui/components/sites/copy.jsx";
import { Sure } from "$/public/external/flatrender/ui/components/sites/sure.jsx";
import { Waiting, useOnce } from "$/public/external/flatrender/ui/components/sites/waiting.jsx";
import { ago, date, failure, moment, say } from "./words.js";

const DAYS = [["30", 30], ["90", 90], ["365", 365], ["never", 0]];
const GRACE = 24; // hours that the secret of before works beside a new one
const LEVELS = ["none", "read", "write"];
const word = (scope) => scope.replace(":", "_");

/** A scope as it was chosen: what, and how far. */
function told(scope) {
  const what = scope.replace(/:read$/, "");
  return say("scope_level", { scope: say(`scope_${word(what)}`), level: say(what === scope ? "level_write" : "level_read") });
}

/** A secret, once. */
function Secret({ made, onDone }) {
  return (
    <section className="site-card site-made" aria-labelledby="key-made">
      <h2 id="key-made" className="h16">{say("made", { name: made.name })}</h2>
      <p className="t2">{say("once")}</p>
      <div className="row g8 wrap">
        <code className="mono ltr key-secret" data-said="secret">{made.secret}</code>
        <CopyButton label={say("made", { name: made.name })} text={made.secret} word={say("copy")} />
      </div>
      {made.beside && <p className="t2" data-said="grace">{say("grace", { until: moment(made.beside) })}</p>}
      <p className="hint">{say("how")} <code className="mono ltr">Authorization: Bearer {made.shown}…</code></p>
      <button type="button" className="btn" onClick={onDone}>{say("done")}</button>
    </section>
  );
}

function NewKey({ scopes, roles, onMade }) {
  const [role, setRole] = useState("");
  const [name, setName] = useState("");
  const [levels, setLevels] = useState({ projects: "write" });
  const [days, setDays] = useState("90");
  const [problem, setProblem] = useState(null);
  const wanted = scopes.filter((scope) => (levels[scope] ?? "none") !== "none").map((scope) => (levels[scope] === "read" ? `${scope}:read` : scope));
  const [busy, once] = useOnce();
  const make = once(async () => {
    setProblem(null);
    const length = DAYS.find(([key]) => key === days)[1];
    const expires_at = length ? new Date(Date.now() + length * 86400000).toISOString() : null;
    try {
      onMade(await call("/keys", { method: "POST", body: { name, scopes: wanted, custom_role_id: role, expires_at } }));
      setName("");
    } catch (error) {
      setProblem(failure(error));
    }
  });
  return (
    <form className="site-card" onSubmit={(event) => { event.preventDefault(); make(); }} noValidate aria-labelledby="key-new">
      <h2 id="key-new" className="h16">{say("new")}</h2>
      <TextField name="name" label={say("name")} hint={say("name_hint")} value={name} onChange={setName} problem={problem} />
      <div className="key-scopes" role="group" aria-label={say("scopes")}>
        {scopes.map((scope) => (
          <Choices
            key={scope} label={say(`scope_${word(scope)}`)} hint={say(`opens_${word(scope)}`)} value={levels[scope] ?? "none"}
            options={LEVELS.map((level) => [level, say(`level_${level}`)])} onChange={(level) => setLevels((old) => ({ ...old, [scope]: level }))}
          />
        ))}
      </div>
      {roles.length > 0 && (
        <label className="fieldset">
          <span className="label">{say("role")}</span>
          <span className="field">
            <select className="people-role" value={role} onChange={(event) => setRole(event.target.value)}>
              <option value="">{say("role_none")}</option>
              {roles.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}
            </select>
          </span>
        </label>
      )}
      <Choices label={say("expires")} value={days} options={DAYS.map(([key]) => [key, say(`days_${key}`)])} onChange={setDays} />
      {problem && problem.field !== "name" && <Problem problem={{ ...problem, field: "" }} field="" />}
      <div className="row site-acts">
        <button type="submit" className="btn primary" aria-busy={busy} disabled={!name.trim() || !wanted.length}><KeyRound className="ic" aria-hidden="true" /> {say("create")}</button>
      </div>
    </form>
  );
}

function Revoke({ item, onSure }) {
  const trigger = <button type="button" className="ib" aria-label={say("revoke_of", { name: item.name })} data-act="revoke"><Trash2 className="ic" aria-hidden="true" /></button>;
  return <Sure act="revoke" trigger={trigger} title={say("revoke_title", { name: item.name })} body={say("revoke_body")} back={say("cancel")} word={say("revoke")} onSure={onSure} />;
}

function Item({ item, onRotate, onRevoke }) {
  const [busy, once] = useOnce();
  const over = item.revoked_at ? "revoked" : item.expires_at && new Date(item.expires_at) < new Date() ? "expired" : "";
  return (
    <li className="site-row" data-key={item.id}>
      <div className="grow site-row-words">
        <b className="trunc"><bdi dir="auto">{item.name}</bdi></b>
        <span className="t3 fs12"><code className="mono ltr">{item.shown}…</code>{item.owner && <> · <bdi dir="auto">{item.owner}</bdi></>}</span>
        <span className="t3 fs12" title={item.scopes.join(" ")}>{item.scopes.length ? item.scopes.map(told).join(" · ") : say("scopes_all")}</span>
      </div>
      <span className="t2 fs12">{item.last_used_at ? say("used", { when: ago(item.last_used_at) }) : say("unused")}</span>
      {over ? <span className="pill danger">{say(over)}</span> : <span className="pill">{item.expires_at ? say("until", { date: date(item.expires_at) }) : say("days_never")}</span>}
      {!over && (
        <div className="row g4">
          <button type="button" className="ib" aria-label={say("rotate_of", { name: item.name })} aria-busy={busy} onClick={once(onRotate)} data-act="rotate"><RotateCw className="ic" aria-hidden="true" /></button>
          <Revoke item={item} onSure={once(onRevoke)} />
        </div>
      )}
    </li>
  );
}

export function ApiKeys({ onNotice }) {
  const [seen, setSeen] = useState(null);
  const [made, setMade] = useState(null);
  const [theirs, setTheirs] = useState(false); // an administrator acts as somebody
  const [roles, setRoles] = useState([]); // for administrators of the site
  const [problem, setProblem] = useState("");
  const load = useCallback(async () => {
    try {
      if ((await call("/auth/me")).helping) return setTheirs(true); // keys are told to their owner alone
      const found = await call("/keys");
      if (found.scopes.includes("site")) setRoles((await call("/roles")).items);
      setSeen(found);
      setProblem("");
    } catch (error) {
      setProblem(failure(error).message);
    }
  }, []);
  useEffect(() => {
    load();
  }, [load]);
  const act = (work) => async () => {
    try {
      await work();
    } catch (error) {
      onNotice?.(failure(error).message);
    }
    await load();
  };
  if (theirs) return <div className="site-page"><p className="t2" data-said="theirs">{say("theirs")}</p></div>;
  if (!seen) return <Waiting word={say("loading")} problem={problem} onRetry={load} />;
  return (
    <div className="site-page">
      <p className="t2">{say("about")} <a className="link" href="/api/openapi.json">{say("openapi")}</a></p>
      {made ? <Secret made={made} onDone={() => setMade(null)} /> : <NewKey scopes={seen.scopes} roles={roles} onMade={(key) => { setMade(key); load(); }} />}
      {problem && <p className="notice warn" role="alert"><bdi dir="auto">{problem}</bdi></p>}
      <ul className="site-list">
        {seen.items.map((item) => (
          <Item
            key={item.id} item={item}
            onRotate={act(async () => {
              const key = await call(`/keys/${item.id}/rotate`, { method: "POST", body: { grace_hours: GRACE } });
              setMade({ ...key, beside: Date.now() + GRACE * 3600000 });
            })}
            onRevoke={act(async () => { await call(`/keys/${item.id}`, { method: "DELETE" }); onNotice?.(say("revoked_done", { name: item.name })); })}
          />
        ))}
      </ul>
    </div>
  );
}
