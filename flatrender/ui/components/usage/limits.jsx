// What of a month's limits a site has used; those who run the house set the limits, and the site's room, here.
import { useState } from "react";
import { TriangleAlert } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { failure } from "$/public/external/flatrender/ui/components/people/words.js";
import { TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { bytes, date, gigabytes, inDigits, latinDigits, number, speak, typedGigabytes } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const say = (key, values) => speak(`usage.${key}`, values);

/** The limits of a month, by name; of all the room, which is no month's. */
const LIMITED = ["films", "film_minutes", "calls"];
const ROOM = "room";

/** A whole number as it was typed: 0 for nothing, undefined for what is no number. */
function typedWhole(text) {
  const plain = latinDigits(text).replace(/[,٬\s]/g, "");
  if (!plain) return 0;
  return /^\d{1,15}$/.test(plain) ? Number(plain) : undefined;
}

function Meter({ name, used, limit, warning, over, ends }) {
  const values = { used: number(used), limit: number(limit), day: ends };
  return (
    <div className="usage-meter" data-limit={name} data-state={over ? "over" : warning ? "warn" : "ok"}>
      <div className="row between g8"><b>{say(`month_${name}`)}</b><span>{limit ? say("month_used", values) : say("month_free", values)}</span></div>
      {limit > 0 && <progress max={limit} value={Math.min(used, limit)} aria-label={say(`month_${name}`)} />}
      {warning && <p className={`notice ${over ? "danger" : "warn"}`} role="alert"><TriangleAlert className="ic" aria-hidden="true" /><span>{say(over ? `${name}_over` : `${name}_warning`, values)}</span></p>}
    </div>
  );
}

export function MonthUse({ month }) {
  const ends = date(`${month.ends}T12:00:00`);
  return (
    <section className="site-card" aria-labelledby="usage-month">
      <h2 id="usage-month" className="h16">{say("month")}</h2>
      <p className="t2">{say("month_about", { day: ends })}</p>
      {LIMITED.map((name) => <Meter key={name} name={name} {...month[name]} ends={ends} />)}
    </section>
  );
}

/** `site`: whose limits and room are set; `onSaved({ month?, storage? })` gets what is changed. */
export function Limits({ site, month, storage, onSaved }) {
  const before = { ...Object.fromEntries(LIMITED.map((name) => [name, month[name].limit ? inDigits(String(month[name].limit)) : ""])), [ROOM]: gigabytes(storage.set) };
  const [texts, setTexts] = useState(before);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const write = (name) => (text) => {
    setSaved(false);
    setTexts((old) => ({ ...old, [name]: text }));
  };
  const save = async (event) => {
    event.preventDefault();
    const wish = Object.fromEntries(LIMITED.map((name) => [name, typedWhole(texts[name])]));
    const room = typedGigabytes(texts[ROOM]);
    const odd = LIMITED.find((name) => wish[name] === undefined);
    if (odd || room === undefined) return setProblem(odd ? { field: odd, message: say("limit_odd") } : { field: ROOM, message: speak("media.quota_odd") });
    setBusy(true);
    let asked = LIMITED[0];
    try {
      onSaved({ month: await call(`/sites/${site}/limits`, { method: "PUT", body: wish }) });
      asked = ROOM;
      if (texts[ROOM] !== before[ROOM]) {
        onSaved({ storage: await call(`/sites/${site}/quota`, { method: "PUT", body: { limit: room } }) });
      }
      setProblem(null);
      setSaved(true);
    } catch (error) {
      const told = failure(error);
      setProblem(LIMITED.includes(told.field) ? told : { ...told, field: asked });
    }
    setBusy(false);
  };
  return (
    <section className="site-card" aria-labelledby="usage-limits">
      <h2 id="usage-limits" className="h16">{say("limits")}</h2>
      <p className="t2">{say("limits_about")}</p>
      <form className="usage-limits" onSubmit={save} noValidate>
        {LIMITED.map((name) => <TextField key={name} name={name} label={say(`limit_${name}`)} hint={say("limit_hint")} dir="ltr" value={texts[name]} problem={problem} onChange={write(name)} />)}
        <TextField name={ROOM} label={say("limit_room")} hint={say("limit_room_hint", { size: bytes(storage.usual) })} dir="ltr" after={speak("units.GB")} value={texts[ROOM]} problem={problem} onChange={write(ROOM)} />
        <div className="row g12 site-acts">
          <span className="t2" role="status">{saved && say("limit_saved")}</span>
          <button type="submit" className="btn line" aria-busy={busy} disabled={busy} data-act="limits">{say("limit_save")}</button>
        </div>
      </form>
    </section>
  );
}
