// A form that posts JSON to the API and shows each problem beside its field.
// The session cookie is set by the answer, which only a real request can do; that is why this is no event handler.
import { createContext, useContext, useId, useRef, useState } from "react";
import { CircleAlert, Eye, EyeOff, LoaderCircle } from "lucide-react";
import { knows, language, problem, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const Form = createContext({ errors: {}, busy: false, clear: () => {} });
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$/;

const FIRST_PAGE = "/home";

/** Where a sign-in leads: the page's `next`, when it is a path of this site, else the first page. */
function destination() {
  const next = new URLSearchParams(location.search).get("next") || FIRST_PAGE;
  return next.startsWith("/") && !next.startsWith("//") && !next.includes("\\") ? next : FIRST_PAGE;
}

/** What a way back from elsewhere says went wrong: the code of a problem that the catalogue has words for. */
function arrived() {
  const code = new URLSearchParams(location.search).get("problem") || "";
  return /^[a-z-]{1,40}$/.test(code) && knows(`errors.${code}`) ? { _: speak(`errors.${code}`) } : {};
}

/** The way to another house's account, and back to the page that was wanted. */
export function ApiLeave({ href, label }) {
  return <a className="btn line xl wide" href={`${href}?${new URLSearchParams({ next: destination() })}`}>{label}</a>;
}

// What was done at a link of a letter before, and is said in place of the page's own words.
const DONE = ["confirmed", "address", "password", "joined", "deleted"];

/** The heading of a page at the door and the sentence below it. */
export function DoorHead({ heading, lead }) {
  const done = new URLSearchParams(location.search).get("done");
  const said = DONE.includes(done);
  return (
    <>
      <h1 className="h36" data-done={said ? done : undefined}>{said ? speak(`done.${done}.heading`) : heading}</h1>
      <p className="lead">{said ? speak(`done.${done}.lead`) : lead}</p>
    </>
  );
}

export function ApiForm({ action, method = "POST", children, className, label }) {
  const [errors, setErrors] = useState(arrived);
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(""); // the code of a problem that asks for one field more
  const form = useRef(null);
  const token = new URLSearchParams(location.search).get("token");

  function show(found) {
    setErrors(found);
    const name = Object.keys(found)[0];
    const input = name && form.current.elements.namedItem(name);
    if (input && input.focus) input.focus();
  }

  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    const values = Object.fromEntries(new FormData(form.current));
    const found = {};
    for (const input of form.current.elements) {
      if (!input.name) continue;
      if (input.required && !input.value.trim()) found[input.name] = speak("errors.required");
      else if (input.type === "email" && !EMAIL.test(input.value.trim())) found[input.name] = speak("errors.email");
    }
    if (Object.keys(found).length) return show(found);
    setBusy(true);
    setErrors({});
    let answer;
    try {
      const response = await fetch(action, {
        method,
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ ...values, next: destination(), language, ...(token ? { token } : {}) }),
      });
      answer = await response.json();
      if (response.ok) {
        location.assign(answer.next || "/");
        return;
      }
      const known = answer.code === "second-factor" || form.current.elements.namedItem(answer.field || "");
      if (answer.code === "second-factor") setAsked(answer.code);
      show({ [known ? answer.field : "_"]: problem(answer) });
    } catch (failed) {
      show({ _: speak("errors.unreachable") });
    }
    setBusy(false);
  }

  const clear = (name) => setErrors((old) => (name in old || "_" in old ? { ...old, [name]: undefined, _: undefined } : old));
  return (
    <Form.Provider value={{ errors, busy, clear, asked }}>
      <form ref={form} className={className} onSubmit={submit} noValidate aria-label={label} aria-busy={busy}>
        {errors._ && (
          <p className="notice danger" role="alert"><CircleAlert className="ic" aria-hidden="true" />{errors._}</p>
        )}
        {children}
      </form>
    </Form.Provider>
  );
}

export function ApiField({ name, label, type = "text", hint, autoComplete, autoFocus, optional, reveal, dir, start, size = "xl" }) {
  const { errors, clear, asked } = useContext(Form);
  const [shown, setShown] = useState(false);
  const id = useId();
  const error = errors[name];
  const secret = type === "password";
  if (reveal && asked !== reveal) return null;
  return (
    <div className="fieldset">
      <label className="label" htmlFor={id}>{label}</label>
      <div className={`field ${size}`}>
        <input
          id={id} name={name} type={secret && shown ? "text" : type} required={!optional} autoComplete={autoComplete}
          defaultValue={start} autoFocus={autoFocus || Boolean(reveal)} dir={dir || (type === "text" ? "auto" : "ltr")} spellCheck={false} autoCapitalize="none"
          aria-invalid={error ? "true" : "false"} aria-describedby={`${id}-says`} onInput={() => clear(name)}
        />
        {secret && (
          <button type="button" className="ib" aria-label={speak(shown ? "sign_in.hide" : "sign_in.show")} aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? <EyeOff className="ic s18" aria-hidden="true" /> : <Eye className="ic s18" aria-hidden="true" />}
          </button>
        )}
      </div>
      <div id={`${id}-says`} role={error ? "alert" : undefined}>
        {error ? <p className="says"><CircleAlert className="ic s14" aria-hidden="true" />{error}</p> : hint ? <p className="hint">{hint}</p> : null}
      </div>
    </div>
  );
}

export function ApiSubmit({ label, busyLabel }) {
  const { busy } = useContext(Form);
  return (
    <button type="submit" className="btn primary xl wide" aria-busy={busy}>
      {busy && <LoaderCircle className="ic spin" aria-hidden="true" />}
      {busy ? busyLabel : label}
    </button>
  );
}
