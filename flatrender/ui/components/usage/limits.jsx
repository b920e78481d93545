// What of a month's limits a site has used; those who run the house set the limits here.
import { useState } from "react";
import { TriangleAlert } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { failure } from "$/public/external/flatrender/ui/components/people/words.js";
import { TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { date, isRtl, number, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const say = (key, values) => speak(`usage.${key}`, values);
const PERSIAN = "۰۱۲۳۴۵۶۷۸۹";
const own = (text) => (isRtl ? text.replace(/\d/g, (digit) => PERSIAN[digit]) : text);

/** The limits of a month, by name. */
export const LIMITED = ["film_minutes", "calls"];

/** A whole number as it was typed: 0 for nothing, null for what is no number. */
function typed(text) {
  const plain = text.trim().replace(/[۰-۹]/g, (digit) => PERSIAN.indexOf(digit)).replace(/[,٬\s]/g, "");
  if (!plain) return 0;
  return /^\d{1,15}$/.test(plain) ? Number(plain) : null;
}

function Meter({ name, used, limit, warning, over, ends }) {
  const values = { used: number(used), limit: number(limit), day: ends };
  return (
    <div className="usage-meter" data-limit={name}>
      <div className="row between g8"><b>{say(`month_${name}`)}</b><span className="num">{limit ? say("month_used", values) : say("month_free", values)}</span></div>
      {limit > 0 && <progress max={limit} value={Math.min(used, limit)} aria-label={say(`month_${name}`)} />}
      {warning && <p className="notice warn" role="alert"><TriangleAlert className="ic" aria-hidden="true" /><span>{say(over ? `${name}_over` : `${name}_warning`, values)}</span></p>}
    </div>
  );
}

/** `site`: whose limits may be set here; without one they are shown alone. */
export function MonthLimits({ site, month, onSaved }) {
  const [texts, setTexts] = useState(() => Object.fromEntries(LIMITED.map((name) => [name, month[name].limit ? own(String(month[name].limit)) : ""])));
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const ends = date(`${month.ends}T12:00:00`);
  const save = async (event) => {
    event.preventDefault();
    const wish = Object.fromEntries(LIMITED.map((name) => [name, typed(texts[name])]));
    const odd = LIMITED.find((name) => wish[name] === null);
    if (odd) return setProblem({ field: odd, message: say("limit_odd") });
    setBusy(true);
    try {
      onSaved(await call(`/sites/${site}/limits`, { method: "PUT", body: wish }));
      setProblem(null);
    } catch (error) {
      const told = failure(error);
      setProblem(LIMITED.includes(told.field) ? told : { ...told, field: LIMITED[0] });
    }
    setBusy(false);
  };
  return (
    <section className="site-card" aria-labelledby="usage-month">
      <h2 id="usage-month" className="h16">{say("month")}</h2>
      <p className="t2">{say("month_about", { day: ends })}</p>
      {LIMITED.map((name) => <Meter key={name} name={name} {...month[name]} ends={ends} />)}
      {site && (
        <form className="usage-limits" onSubmit={save} noValidate>
          {LIMITED.map((name) => (
            <TextField key={name} name={name} label={say(`limit_${name}`)} hint={say("limit_hint")} dir="ltr" value={texts[name]} problem={problem} onChange={(text) => setTexts((old) => ({ ...old, [name]: text }))} />
          ))}
          <div className="row site-acts"><button type="submit" className="btn line" aria-busy={busy} disabled={busy} data-act="limits">{say("limit_save")}</button></div>
        </form>
      )}
    </section>
  );
}
