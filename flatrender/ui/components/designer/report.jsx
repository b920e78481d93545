// What was found in the file: fonts to choose, missing footage, and what FlatRender draws of it.
import { useEffect, useId, useState } from "react";
import { CircleCheck, CircleDashed, CircleSlash, FileWarning, TriangleAlert, Upload } from "lucide-react";
import { call, upload } from "$/public/external/flatrender/ui/components/studio/api.js";
import { put, remove } from "./template.js";
import { featureOf, noteOf, number, say } from "./words.js";

const LOOKS = { supported: [CircleCheck, "ok"], approximated: [CircleDashed, "warn"], ignored: [CircleSlash, "danger"] };

function Font({ id, font, choices, change, reload, onNotice }) {
  const field = useId();
  const [busy, setBusy] = useState(false);
  const chosen = font.state !== "missing";
  const send = async (file) => {
    if (!file) return;
    setBusy(true);
    try {
      await upload(`/templates/${id}/fonts/${font.id}/file`, file, () => {});
      await reload();
    } catch (error) {
      onNotice(error.message);
    }
    setBusy(false);
  };
  return (
    <li className={`font-card${chosen ? "" : " open"}`} data-font={font.postscript_name}>
      <div className="row between g8">
        <b className="trunc ltr">{font.postscript_name}</b>
        <span className={`pill ${chosen ? "ok" : "warn"}`}>
          {chosen ? <CircleCheck className="ic" aria-hidden="true" /> : <TriangleAlert className="ic" aria-hidden="true" />}
          {say(`font_${font.state}`)}
        </span>
      </div>
      <p className="hint">
        {say("layers", { count: font.layers.length })}
        {" · "}
        {font.replacement || font.substitute ? say("stands_in", { name: `\u2066${font.replacement || font.substitute}\u2069` }) : say("nothing_stands_in")}
      </p>
      <div className="row g8">
        <label className="btn sm grow" htmlFor={field} aria-busy={busy}>
          <Upload className="ic" /> {say("upload_font")}
        </label>
        <input
          id={field}
          className="vh"
          type="file"
          accept=".ttf,.otf,.ttc"
          onChange={(event) => {
            send(event.target.files[0]);
            event.target.value = ""; // the same file, once it is mended, is another choice
          }}
        />
        <select
          className="studio-select grow"
          aria-label={say("replace_font", { name: font.postscript_name })}
          value={font.replacement || ""}
          onChange={(event) => change(`/fonts/${font.id}/replacement`, event.target.value ? put({ postscript_name: event.target.value }) : remove)}
        >
          <option value="">{say("replace")}</option>
          {choices.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </li>
  );
}

export function Fonts({ data, change, reload, onNotice }) {
  const [choices, setChoices] = useState([]);
  useEffect(() => {
    call(`/templates/${data.id}/fonts`).then(
      (found) => setChoices((found.available ?? []).map((font) => (typeof font === "string" ? font : font.postscript_name))),
      () => setChoices([]),
    );
  }, [data.id, data.revision]);
  if (!data.fonts.length) return null;
  const open = data.fonts.filter((font) => font.state === "missing").length;
  return (
    <section className="sect">
      <h3 className="row between">
        {say("missing_fonts")} <span className="t3">{say("open_of", { count: number(open), total: number(data.fonts.length) })}</span>
      </h3>
      <ul className="font-list">
        {data.fonts.map((font) => (
          <Font key={font.id} id={data.id} font={font} choices={choices} change={change} reload={reload} onNotice={onNotice} />
        ))}
      </ul>
    </section>
  );
}

export function Footage({ data }) {
  if (!data.footage_missing.length) return null;
  return (
    <section className="sect">
      <h3>{say("missing_footage")}</h3>
      <ul className="found">
        {data.footage_missing.map((one) => (
          <li key={one.id ?? one.name}>
            <FileWarning className="ic warn-text" aria-hidden="true" />
            <span className="grow">
              <b className="trunc">{one.name}</b>
              <small className="hint">{say("footage_hint")}</small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Capabilities({ data }) {
  const { counts, items } = data.capabilities;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0) || 1;
  return (
    <section className="sect">
      <h3>{say("draws")}</h3>
      <div className="draws-bar ltr" aria-hidden="true">
        {Object.entries(counts).map(([status, count]) => count > 0 && <i key={status} className={LOOKS[status]?.[1]} style={{ flexGrow: count / total }} />)}
      </div>
      <ul className="draws-legend">
        {Object.entries(counts).map(([status, count]) => (
          <li key={status} className={LOOKS[status]?.[1]}>
            <b className="num">{number(count)}</b> {say(`status_${status}`)}
          </li>
        ))}
      </ul>
      <ul className="found">
        {items.map((item) => {
          const [Icon, tone] = LOOKS[item.status] ?? LOOKS.ignored;
          return (
            <li key={`${item.status}/${item.feature}`}>
              <Icon className={`ic ${tone}-text`} aria-hidden="true" />
              <span className="grow">
                <b className="row between g8">
                  <bdi dir="auto">{featureOf(item.feature)}</bdi> <span className="t3 num">{number(item.count)}</span>
                </b>
                <small className="hint" title={item.where.join("\n")}>
                  <bdi dir="auto">{item.note ? noteOf(item.note) : item.where.slice(0, 3).join(", ")}</bdi>
                </small>
              </span>
            </li>
          );
        })}
      </ul>
      {data.warnings.map((text) => (
        <p key={text} className="notice warn">
          {text}
        </p>
      ))}
    </section>
  );
}
