// Webhooks: events of the site posted to programs elsewhere, signed.
import { useCallback, useEffect, useState } from "react";
import { KeyRound, ListTree, Plus, Send, Trash2 } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Problem, Switch, TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { CopyButton } from "$/public/external/flatrender/ui/components/sites/copy.jsx";
import { Waiting } from "$/public/external/flatrender/ui/components/sites/waiting.jsx";
import { Sure } from "$/public/external/flatrender/ui/components/sites/sure.jsx";
import { Log } from "./log.jsx";
import { failure, moment, named, say } from "./words.js";

/** A secret, once. */
function Secret({ made, onDone }) {
  return (
    <section className="site-card site-made" aria-labelledby="hook-made">
      <h2 id="hook-made" className="h16">{say("secret")}</h2>
      <p className="t2">{say("once")}</p>
      <div className="row g8 wrap">
        <code className="mono ltr key-secret" data-said="secret">{made.secret}</code>
        <CopyButton label={say("secret")} text={made.secret} word={say("copy")} />
      </div>
      {made.previous_until && <p className="t2" data-said="grace">{say("grace", { until: moment(made.previous_until) })}</p>}
      <p className="hint">{say("how")} <code className="mono ltr">webhook-signature</code></p>
      <button type="button" className="btn" onClick={onDone}>{say("done")}</button>
    </section>
  );
}

function NewWebhook({ events, onMade }) {
  const [url, setUrl] = useState("");
  const [chosen, setChosen] = useState(["render.completed", "render.failed"]);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const add = async (event) => {
    event.preventDefault();
    setProblem(null);
    setBusy(true);
    try {
      onMade(await call("/webhooks", { method: "POST", body: { url, events: chosen } }));
      setUrl("");
    } catch (error) {
      setProblem(failure(error));
    }
    setBusy(false);
  };
  const turn = (event) => setChosen((old) => (old.includes(event) ? old.filter((each) => each !== event) : [...old, event]));
  return (
    <form className="site-card" onSubmit={add} noValidate aria-labelledby="hook-new">
      <h2 id="hook-new" className="h16">{say("new")}</h2>
      <TextField name="url" label={say("url")} hint={say("url_hint")} value={url} onChange={setUrl} problem={problem} type="url" dir="ltr" />
      <div className="hook-events" role="group" aria-label={say("events")}>
        {events.map((event) => <Switch key={event} label={named(event)} checked={chosen.includes(event)} onChange={() => turn(event)} />)}
      </div>
      {problem && problem.field !== "url" && <Problem problem={{ ...problem, field: "" }} field="" />}
      <div className="row site-acts">
        <button type="submit" className="btn primary" aria-busy={busy} disabled={!url.trim() || !chosen.length}><Plus className="ic" aria-hidden="true" /> {say("add")}</button>
      </div>
    </form>
  );
}

function Remove({ item, onSure }) {
  const trigger = <button type="button" className="ib" aria-label={say("remove_of", { url: item.url })} data-act="remove"><Trash2 className="ic" aria-hidden="true" /></button>;
  return <Sure act="remove" trigger={trigger} title={say("remove_title")} body={say("remove_body")} back={say("cancel")} word={say("remove")} onSure={onSure} />;
}

export function Webhooks({ onNotice }) {
  const [seen, setSeen] = useState(null);
  const [made, setMade] = useState(null);
  const [open, setOpen] = useState("");
  const [problem, setProblem] = useState("");
  const load = useCallback(async () => {
    try {
      setSeen(await call("/webhooks"));
      setProblem("");
    } catch (error) {
      setProblem(failure(error).message);
    }
  }, []);
  useEffect(() => {
    load();
  }, [load]);
  const act = (item, path, method, body, done) => async () => {
    try {
      const answer = await call(`/webhooks/${item.id}${path}`, { method, body });
      if (answer?.secret) setMade(answer);
      else onNotice?.(say(done));
    } catch (error) {
      onNotice?.(failure(error).message);
    }
    load();
  };
  if (!seen) return <Waiting word={say("loading")} problem={problem} onRetry={load} />;
  return (
    <div className="site-page">
      <p className="t2">{say("about")}</p>
      {made ? <Secret made={made} onDone={() => setMade(null)} /> : <NewWebhook events={seen.events} onMade={(hook) => { setMade(hook); load(); }} />}
      <ul className="site-list">
        {seen.items.map((item) => (
          <li key={item.id} className="hook" data-webhook={item.url}>
            <div className="site-row">
              <div className="grow site-row-words">
                <b className="ltr trunc mono fs13" title={item.url}>{item.url}</b>
                <span className="t3 fs12">{item.events.map(named).join(" · ")}</span>
              </div>
              <Switch label={say("on")} checked={item.active} onChange={(active) => act(item, "", "PATCH", { active }, "changed")()} />
              <div className="row g4">
                <button type="button" className="btn sm" onClick={act(item, "/test", "POST", {}, "tested")} data-act="test"><Send className="ic" aria-hidden="true" /> {say("test")}</button>
                <button type="button" className="ib" aria-label={say("log")} title={say("log")} aria-expanded={open === item.id} onClick={() => setOpen(open === item.id ? "" : item.id)} data-act="log"><ListTree className="ic" aria-hidden="true" /></button>
                <button type="button" className="ib" aria-label={say("rotate")} title={say("rotate")} onClick={act(item, "/rotate", "POST", { grace_hours: 24 }, "")} data-act="rotate"><KeyRound className="ic" aria-hidden="true" /></button>
                <Remove item={item} onSure={act(item, "", "DELETE", undefined, "removed")} />
              </div>
            </div>
            {open === item.id && <Log id={item.id} onNotice={onNotice} />}
          </li>
        ))}
      </ul>
    </div>
  );
}
