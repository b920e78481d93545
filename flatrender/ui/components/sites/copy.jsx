// What is to be copied elsewhere, and the button that does it: it says for a moment that it was done.
import { useEffect, useState } from "react";
import { Check, Copy } from "lucide-react";
import { say } from "./words.js";

const SHOWN = 2000; // ms

/** Without HTTPS, but for localhost, browsers have no clipboard for pages: the old way is left. */
async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const area = Object.assign(document.createElement("textarea"), { value: text, className: "vh" });
  (document.querySelector("[role=dialog]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** `word`: a button with it; without one the icon alone. */
export function CopyButton({ label, text, word }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const waiting = setTimeout(() => setDone(false), SHOWN);
    return () => clearTimeout(waiting);
  }, [done]);
  const Icon = done ? Check : Copy;
  return (
    <>
      <button type="button" className={word ? "btn line sm" : "ib dense"} aria-label={say("copy", { what: label })} title={word ? undefined : say("copy", { what: label })} data-act="copy" onClick={async () => setDone(await copied(text))}>
        <Icon className={`ic ${word ? "" : "s14"}`} aria-hidden="true" />{word && <> {done ? say("copied") : word}</>}
      </button>
      <span className="vh" role="status">{done ? say("copied") : ""}</span>
    </>
  );
}

/** A row of a description list: a name and what it is, to be copied. */
export function Value({ label, text, said }) {
  return (
    <div className="site-record">
      <dt className="t3">{label}</dt>
      <dd className="row g4">
        <code className="mono ltr" data-said={said}>{text}</code>
        <CopyButton label={label} text={text} />
      </dd>
    </div>
  );
}
