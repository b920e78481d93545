// One's own account: name, picture, address, password; the second factor and the sessions beside it.
import { useEffect, useState } from "react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Choices, Problem, TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { Waiting } from "$/public/external/flatrender/ui/components/sites/waiting.jsx";
import { OwnFace } from "./face.jsx";
import { Leaving } from "./leaving.jsx";
import { MacNames } from "./mac_names.jsx";
import { Notified } from "./notified.jsx";
import { SecondFactor } from "./second_factor.jsx";
import { Sessions } from "./sessions.jsx";
import { failure, say } from "./words.js";

/** A card with fields (`hint`: it may stay empty) and one button; `send(values)` resolves to what is said afterwards. */
function Card({ id, title, fields, start, button, send, onNotice, children }) {
  const [values, setValues] = useState(start);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      onNotice?.(await send(values));
      setValues(start);
    } catch (error) {
      setProblem(failure(error));
    }
    setBusy(false);
  };
  return (
    <form className="site-card" onSubmit={submit} noValidate aria-labelledby={id}>
      <h2 id={id} className="h16">{title}</h2>
      {children}
      <div className="site-pair">
        {fields.map(([name, label, type, hint]) => (
          <TextField key={name} name={name} label={label} type={type} hint={hint} value={values[name]} dir={type === "text" ? "auto" : "ltr"} problem={problem} onChange={(value) => setValues((old) => ({ ...old, [name]: value }))} />
        ))}
      </div>
      {problem && !fields.some(([name]) => name === problem.field) && <Problem problem={{ ...problem, field: "" }} field="" />}
      <div className="row site-acts">
        <button type="submit" className="btn primary" aria-busy={busy} disabled={fields.some(([name, , , hint]) => !hint && !values[name].trim())}>{button}</button>
      </div>
    </form>
  );
}

const LANGUAGES = [["en", "English"], ["fa", "فارسی"]];

/** The language of the person's letters and of the pages here; where the site speaks one alone there is nothing to choose. */
function Language({ me, onNotice }) {
  if (window.flatrender.languages.length < 2) return null;
  const choose = async (language) => {
    try {
      await call("/auth/me", { method: "PATCH", body: { language } });
      window.flatrender.setLanguage(language);
    } catch (error) {
      onNotice?.(failure(error).message);
    }
  };
  return <Choices label={say("language")} hint={say("language_hint")} options={LANGUAGES} value={me.language} onChange={choose} />;
}

export function Profile({ onNotice }) {
  const [me, setMe] = useState(null);
  const [problem, setProblem] = useState("");
  const load = () => call("/auth/me").then(setMe, (error) => setProblem(failure(error).message));
  useEffect(() => {
    load();
  }, []);
  if (!me) return <Waiting word={say("loading")} problem={problem} onRetry={load} />;
  return (
    <div className="site-page">
      <Card
        key={me.name} id="profile-name" title={say("you")} start={{ name: me.name }} fields={[["name", say("name"), "text"]]} button={say("save")} onNotice={onNotice}
        send={async ({ name }) => { await call("/auth/me", { method: "PATCH", body: { name } }); await load(); return say("saved"); }}
      >
        <OwnFace me={me} onDone={async () => { await load(); onNotice?.(say("saved")); }} />
        <Language me={me} onNotice={onNotice} />
      </Card>
      <MacNames onNotice={onNotice} />
      {me.helping ? <Theirs me={me} /> : <Own me={me} onNotice={onNotice} />}
    </div>
  );
}

/** What an administrator who acts as somebody sees of what is theirs alone. */
function Theirs({ me }) {
  return (
    <>
      <p className="t2" data-said="theirs">{say("theirs")}</p>
      <section className="site-card" aria-labelledby="profile-email">
        <h2 id="profile-email" className="h16">{say("email")}</h2>
        <p className="t2 ltr">{me.email}</p>
      </section>
      <SecondFactor theirs />
    </>
  );
}

function Own({ me, onNotice }) {
  const vouched = me.provider && say("vouched", { name: me.provider }); // then the password may stay empty
  return (
    <>
      <Card
        id="profile-email" title={say("email")} start={{ email: "", password: "" }} button={say("change_email")} onNotice={onNotice}
        fields={[["email", say("new_email"), "email"], ["password", say("old_password"), "password", vouched]]}
        send={async (body) => { await call("/auth/email", { method: "POST", body }); return say("email_sent", { email: body.email }); }}
      >
        <p className="t2 ltr">{me.email}</p>
      </Card>
      <Card
        id="profile-password" title={say("password")} start={{ old_password: "", password: "" }} button={say("change_password")} onNotice={onNotice}
        fields={[["old_password", say("old_password"), "password", vouched], ["password", say("new_password"), "password"]]}
        send={async (body) => { await call("/auth/password", { method: "POST", body }); return say("password_changed"); }}
      />
      <Notified onNotice={onNotice} />
      <SecondFactor vouched={vouched} />
      <Sessions onNotice={onNotice} />
      <Leaving vouched={vouched} />
    </>
  );
}
