// The elements of a scene as a table: on or off, what the customer sees, defaults and limits, what this scan brought.
import { useState } from "react";
import { ChevronDown, ChevronUp, CircleHelp, Crosshair, Film, Hash, Image, Music, Palette, SlidersHorizontal, ToggleLeft, Type } from "lucide-react";
import { AllowedFonts } from "./allowed_fonts.jsx";
import { Saved, Switch, Tick } from "./inputs.jsx";
import { moved, patch, put } from "./template.js";
import { named, number, say } from "./words.js";

const ICONS = { text: Type, image: Image, video: Film, audio: Music, color: Palette, choice: SlidersHorizontal, toggle: ToggleLeft, number: Hash, point: Crosshair };
const TONES = { added: "ok", changed: "info", removed: "danger" };

function Default({ element }) {
  if (element.kind === "color")
    return (
      <span className="row g6">
        <i className="swatch" style={{ background: element.default }} /> <span className="mono ltr">{element.default}</span>
      </span>
    );
  if (element.kind === "toggle") return say(element.default ? "on" : "off");
  if (element.kind === "choice") {
    const choice = element.choices.find((one) => one.value === element.default);
    return <bdi>{choice?.name ?? String(element.default ?? "")}</bdi>;
  }
  if (element.kind === "number" || element.kind === "point") return <span className="mono ltr">{[element.default].flat().join(", ")}</span>;
  if (element.kind === "text")
    return (
      <bdi className="trunc" dir="auto" title={element.default}>
        {element.default}
      </bdi>
    );
  return (
    <span className="row g6">
      {element.picture && <img className="default-picture" src={element.picture} alt="" loading="lazy" onError={(event) => event.target.remove()} />}
      <bdi className="trunc">{element.source ?? ""}</bdi>
    </span>
  );
}

function Details({ templateId, element, save }) {
  const number_ = (field) => (text) => {
    const limits = { ...element.limits };
    if (text.trim() === "") delete limits[field];
    else limits[field] = Number(text);
    save({ limits });
  };
  return (
    <div className="element-details">
      <Saved label={say("name")} value={element.name} onSave={(name) => save({ name })} />
      <Saved label={say("name_fa")} value={element.name_fa} onSave={(name_fa) => save({ name_fa })} dir="rtl" />
      <Saved label={say("group")} value={element.group} onSave={(group) => save({ group })} placeholder={say("no_group")} />
      {element.kind === "text" && (
        <>
          <Saved label={say("default_text")} value={element.default} onSave={(value) => save({ default: value })} lines={2} most={2000} />
          <Saved label={say("max_length")} value={element.limits.max_length?.toString() ?? ""} onSave={number_("max_length")} dir="ltr" placeholder={say("no_limit")} />
          <Saved label={say("min_size")} value={element.limits.min_size?.toString() ?? ""} onSave={number_("min_size")} dir="ltr" placeholder="100" />
          <Saved label={say("max_size")} value={element.limits.max_size?.toString() ?? ""} onSave={number_("max_size")} dir="ltr" placeholder="100" />
          <AllowedFonts
            templateId={templateId}
            own={element.font}
            fonts={element.limits.fonts ?? []}
            onSave={(fonts) => save({ limits: { ...element.limits, fonts } })}
          />
          <div className="fieldset">
            <span className="fs12 t2">{say("direction")}</span>
            <span className="seg" role="group" aria-label={say("direction")}>
              {["ltr", "rtl", "auto"].map((way) => (
                <button key={way} type="button" aria-pressed={element.direction === way} onClick={() => save({ direction: way })}>
                  {say(`direction_${way}`)}
                </button>
              ))}
            </span>
          </div>
        </>
      )}
      {element.kind === "color" && (
        <label className="fieldset">
          <span className="fs12 t2">{say("default_color")}</span>
          <input type="color" defaultValue={String(element.default).slice(0, 7).toLowerCase()} onBlur={(event) => save({ default: event.target.value.toUpperCase() })} />
        </label>
      )}
      {element.kind === "toggle" && (
        <label className="row g8">
          <Switch on={element.default === true} label={say("default_on")} onChange={(value) => save({ default: value })} /> {say("default_on")}
        </label>
      )}
      {element.kind === "number" && (
        <>
          <Saved label={say("default")} value={String(element.default)} onSave={(text) => save({ default: Number(text) })} dir="ltr" />
          <Saved label={say("least")} value={element.limits.min?.toString() ?? ""} onSave={number_("min")} dir="ltr" placeholder={say("no_limit")} />
          <Saved label={say("greatest")} value={element.limits.max?.toString() ?? ""} onSave={number_("max")} dir="ltr" placeholder={say("no_limit")} />
        </>
      )}
      {element.kind === "image" && (
        <Saved label={say("aspect")} value={element.limits.aspect ?? ""} onSave={(text) => { const { aspect, ...limits } = element.limits; save({ limits: text.trim() ? { ...limits, aspect: text.trim() } : limits }); }} dir="ltr" placeholder={say("any_aspect")} />
      )}
    </div>
  );
}

export function Elements({ templateId, scene, change, changes, ticked, onTick, marked, onMark }) {
  const [open, setOpen] = useState(null);
  const ids = scene.elements.map((element) => element.id);
  const move = (from, to) => change(`/scenes/${scene.id}/order`, put({ ids: moved(ids, from, to) }));
  const found = (element) => changes.find((one) => one.id === `element:${scene.key}/${element.key}`);
  const fresh = changes.filter((one) => one.kind === "element" && one.scene === scene.key && one.state === "added" && !scene.elements.some((element) => element.key === one.key));
  if (!scene.elements.length && !fresh.length) return <p className="empty-line">{say("no_elements")}</p>;
  return (
    <table className="elements">
      <thead>
        <tr>
          <th>{say("edit")}</th>
          <th>{say("element")}</th>
          <th>{say("kind")}</th>
          <th>{say("default")}</th>
          {changes.length > 0 && <th>{say("this_scan")}</th>}
          {changes.length > 0 && <th>{say("merge")}</th>}
          <th aria-label={say("order")} />
        </tr>
      </thead>
      {scene.elements.map((element, index) => {
        const Icon = ICONS[element.kind] ?? CircleHelp;
        const news = found(element);
        const expanded = open === element.id;
        return (
          <tbody key={element.id} className={`${element.enabled ? "" : "off"}${element.id === marked ? " on" : ""} ${news?.state ?? ""}`} data-element={element.key}>
            <tr onClick={() => onMark(element.id)}>
              <td>
                <Switch on={element.enabled && !element.gone} disabled={element.gone} label={say("let_edit", { name: element.name })} onChange={(enabled) => change(`/elements/${element.id}`, patch({ enabled }))} />
              </td>
              <td>
                <button type="button" className="element-name" aria-expanded={expanded} onClick={() => setOpen(expanded ? null : element.id)}>
                  <i className="num">{number(index + 1)}</i>
                  <span className="trunc">
                    <b dir="auto">{named(element)}</b>
                    <small className="mono t3">{element.key}</small>
                  </span>
                </button>
              </td>
              <td>
                <span className="row g6 t2">
                  <Icon className="ic" aria-hidden="true" /> {say(`kind_${element.kind}`)}
                </span>
              </td>
              <td className="default">
                <Default element={element} />
              </td>
              {changes.length > 0 && <td>{news && <span className={`pill ${TONES[news.state]}`}>{say(`change_${news.state}`)}</span>}</td>}
              {changes.length > 0 && (
                <td>{news && <Tick on={ticked.has(news.id)} label={news.sentence} onChange={() => onTick(news.id)} />}</td>
              )}
              <td>
                <span className="row">
                  <button type="button" className="ib dense" aria-label={say("up", { name: element.name })} disabled={index === 0} onClick={() => move(index, index - 1)}>
                    <ChevronUp className="ic s12" />
                  </button>
                  <button type="button" className="ib dense" aria-label={say("down", { name: element.name })} disabled={index === ids.length - 1} onClick={() => move(index, index + 1)}>
                    <ChevronDown className="ic s12" />
                  </button>
                </span>
              </td>
            </tr>
            {(expanded || news) && (
              <tr className="element-more">
                <td colSpan={changes.length ? 7 : 5}>
                  {news && <p className="hint">{news.sentence}</p>}
                  {expanded && <Details templateId={templateId} element={element} save={(body) => change(`/elements/${element.id}`, patch(body))} />}
                </td>
              </tr>
            )}
          </tbody>
        );
      })}
      {fresh.map((one) => (
        <tbody key={one.id} className="added">
          <tr>
            <td />
            <td>
              <b dir="auto" title={one.name}>{one.name}</b> <small className="mono t3">{one.key}</small>
            </td>
            <td />
            <td className="hint">{one.sentence}</td>
            <td>
              <span className="pill ok">{say("change_added")}</span>
            </td>
            <td>
              <Tick on={ticked.has(one.id)} label={one.sentence} onChange={() => onTick(one.id)} />
            </td>
            <td />
          </tr>
        </tbody>
      ))}
    </table>
  );
}
