// The second factor: the picture for the app, the first code, and the recovery codes, shown once.
import { useEffect, useState } from "react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { CopyButton } from "$/public/external/flatrender/ui/components/sites/copy.jsx";
import { Problem, TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { failure, say } from "./words.js";

const FEW = 3; // so many recovery codes are left when it is time for new ones

/** `vouched`: why the password may stay empty, where it may; `theirs`: it is shown alone. */
export function SecondFactor({ vouched, theirs }) {
  const [on, setOn] = useState(null);
  const [left, setLeft] = useState(0); // recovery codes that were not used yet
  const [password, setPassword] = useState("");
  const [begun, setBegun] = useState(null);
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    call("/auth/second-factor").then((found) => { setOn(found.on); setLeft(found.codes_left); }, () => {});
  }, []);
  const act = (path, body, done) => async (event) => {
    event?.preventDefault();
    setProblem(null);
    try {
      done(await call(`/auth/second-factor/${path}`, { method: "POST", body }));
    } catch (error) {
      setProblem(failure(error));
    }
  };
  const told = (answer) => {
    setCodes(answer.recovery_codes);
    setLeft(answer.recovery_codes.length);
    setOn(true);
    setBegun(null);
    setPassword("");
    setCode("");
  };
  return (
    <section className="site-card" aria-labelledby="profile-second">
      <header className="row between g12">
        <h2 id="profile-second" className="h16">{say("second")}</h2>
        {on !== null && <span className={`pill ${on ? "ok" : ""}`}>{say(on ? "second_on" : "second_off")}</span>}
      </header>
      <p className="t2">{say(on ? "second_about_on" : "second_about")}</p>
      {on && !codes && <p className={left > FEW ? "t3 fs12" : "notice warn"} data-said="codes-left">{say("codes_left", { count: left })}</p>}
      {codes && (
        <div className="notice info profile-codes">
          <p>{say("codes_about")}</p>
          <ul className="mono ltr">{codes.map((each) => <li key={each}>{each}</li>)}</ul>
          <CopyButton label={say("recovery_codes")} text={codes.join("\n")} word={say("copy")} />
        </div>
      )}
      {theirs ? null : begun ? (
        <form className="profile-scan" onSubmit={act("finish", { code }, told)} noValidate>
          <img src={`data:image/svg+xml,${encodeURIComponent(begun.picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))}`} alt={say("picture")} width="180" height="180" />
          <div className="site-form">
            <p className="t2">{say("scan")}</p>
            <code className="mono ltr key-secret" data-said="totp">{begun.secret}</code>
            <TextField name="code" label={say("code")} value={code} onChange={setCode} problem={problem} dir="ltr" autoFocus autoComplete="one-time-code" inputMode="numeric" />
            <button type="submit" className="btn primary" disabled={code.trim().length < 6}>{say("turn_on")}</button>
          </div>
        </form>
      ) : (
        <form className="site-add" onSubmit={on ? act("codes", { password }, told) : act("begin", { password }, setBegun)} noValidate>
          <TextField name="password" label={say("old_password")} type="password" hint={vouched} value={password} onChange={setPassword} problem={problem} dir="ltr" />
          <div className="row g8">
            <button type="submit" className="btn line" disabled={!password && !vouched}>{say(on ? "codes" : "begin")}</button>
            {on && (
              <button type="button" className="btn danger" disabled={!password && !vouched} onClick={act("off", { password }, () => { setOn(false); setCodes(null); setPassword(""); })}>{say("turn_off")}</button>
            )}
          </div>
        </form>
      )}
      {problem && !["code", "password"].includes(problem.field) && <Problem problem={{ ...problem, field: "" }} field="" />}
    </section>
  );
}
