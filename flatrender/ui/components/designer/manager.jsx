// Shared colours, colour presets and the template's place in the gallery: the manager beside the scenes.
import { useEffect, useState } from "react";
import { ChevronDown, ChevronUp, Plus, Trash2 } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Saved, Switch } from "./inputs.jsx";
import { moved, patch, post, put, remove } from "./template.js";
import { named, say } from "./words.js";

function Order({ ids, index, name, path, change }) {
  const move = (to) => change(path, put({ ids: moved(ids, index, to) }));
  return (
    <span className="row">
      <button type="button" className="ib dense" aria-label={say("up", { name })} disabled={index === 0} onClick={() => move(index - 1)}>
        <ChevronUp className="ic s12" />
      </button>
      <button type="button" className="ib dense" aria-label={say("down", { name })} disabled={index === ids.length - 1} onClick={() => move(index + 1)}>
        <ChevronDown className="ic s12" />
      </button>
    </span>
  );
}

/** A colour box that is saved when it is left: while one drags in the picker nothing is sent. */
function ColorBox({ value, label, onSave }) {
  const [color, setColor] = useState(value);
  useEffect(() => setColor(value), [value]);
  return (
    <input
      type="color"
      aria-label={label}
      value={color.slice(0, 7).toLowerCase()}
      onChange={(event) => setColor(event.target.value.toUpperCase())}
      onBlur={() => color !== value && onSave(color)}
    />
  );
}

export function Colors({ data, change }) {
  const ids = data.colors.map((color) => color.id);
  const elements = data.scenes.flatMap((scene) => scene.elements.filter((element) => element.kind === "color").map((element) => `${scene.key}/${element.key}`));
  return (
    <section className="manager" aria-label={say("shared_colors")}>
      <header className="manager-head">
        <div>
          <h2 className="h16">{say("shared_colors")}</h2>
          <p className="hint">{say("shared_colors_hint")}</p>
        </div>
        <button type="button" className="btn" data-act="add-color" onClick={() => change("/colors", post({ name: say("new_color"), value: "#F2B63C" }))}>
          <Plus className="ic" /> {say("add_color")}
        </button>
      </header>
      {!data.colors.length && <p className="empty-line">{say("no_colors")}</p>}
      <ul className="manager-list">
        {data.colors.map((color, index) => (
          <li key={color.id} className={color.enabled ? "" : "off"} data-color={color.key}>
            <Switch on={color.enabled && !color.gone} disabled={color.gone} label={say("let_edit", { name: color.name })} onChange={(enabled) => change(`/colors/${color.id}`, patch({ enabled }))} />
            <ColorBox value={color.value} label={color.name} onSave={(value) => change(`/colors/${color.id}`, patch({ value }))} />
            <Saved label={say("name")} value={color.name} onSave={(name) => change(`/colors/${color.id}`, patch({ name }))} />
            <Saved label={say("name_fa")} value={color.name_fa} onSave={(name_fa) => change(`/colors/${color.id}`, patch({ name_fa }))} dir="rtl" />
            <Saved label={say("group")} value={color.group} onSave={(group) => change(`/colors/${color.id}`, patch({ group }))} placeholder={say("no_group")} />
            {color.by_hand && elements.length > 0 && (
              <label className="fieldset">
                <span className="fs12 t2">{say("followers")}</span>
                <select
                  multiple
                  className="followers"
                  value={color.elements}
                  onChange={(event) => change(`/colors/${color.id}`, patch({ elements: [...event.target.selectedOptions].map((one) => one.value) }))}
                >
                  {elements.map((key) => (
                    <option key={key} value={key}>
                      {key}
                    </option>
                  ))}
                </select>
              </label>
            )}
            <Order ids={ids} index={index} name={color.name} path="/colors/order" change={change} />
            {(color.by_hand || color.gone) && (
              <button type="button" className="ib dense" aria-label={say("delete", { name: color.name })} onClick={() => change(`/colors/${color.id}`, remove)}>
                <Trash2 className="ic s14" />
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Presets({ data, change }) {
  const colors = data.colors.filter((color) => color.enabled && !color.gone);
  const ids = data.presets.map((preset) => preset.id);
  return (
    <section className="manager" aria-label={say("presets")}>
      <header className="manager-head">
        <div>
          <h2 className="h16">{say("presets")}</h2>
          <p className="hint">{say("presets_hint")}</p>
        </div>
        <button type="button" className="btn" data-act="add-preset" disabled={!colors.length} onClick={() => change("/presets", post({ name: say("new_preset") }))}>
          <Plus className="ic" /> {say("add_preset")}
        </button>
      </header>
      {!data.presets.length && <p className="empty-line">{say("no_presets")}</p>}
      <ul className="manager-list">
        {data.presets.map((preset, index) => (
          <li key={preset.id} data-preset={preset.name}>
            <span className="row g4 wrap ltr">
              {colors.map((color) => (
                <ColorBox
                  key={color.key}
                  value={preset.colors[color.key] ?? color.value}
                  label={`${preset.name}, ${color.name}`}
                  onSave={(value) => change(`/presets/${preset.id}`, patch({ colors: { ...preset.colors, [color.key]: value } }))}
                />
              ))}
            </span>
            <Saved label={say("name")} value={preset.name} onSave={(name) => change(`/presets/${preset.id}`, patch({ name }))} most={120} />
            <Saved label={say("name_fa")} value={preset.name_fa} onSave={(name_fa) => change(`/presets/${preset.id}`, patch({ name_fa }))} dir="rtl" most={120} />
            <Saved label={say("group")} value={preset.group} onSave={(group) => change(`/presets/${preset.id}`, patch({ group }))} placeholder={say("no_group")} most={120} />
            <Order ids={ids} index={index} name={preset.name} path="/presets/order" change={change} />
            <button type="button" className="ib dense" aria-label={say("delete", { name: preset.name })} onClick={() => change(`/presets/${preset.id}`, remove)}>
              <Trash2 className="ic s14" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Category({ data, change, onNotice }) {
  const [categories, setCategories] = useState([]);
  const load = () => call("/categories").then(setCategories, () => {});
  useEffect(() => {
    load();
  }, []);
  const add = async (name) => {
    if (!name.trim()) return;
    try {
      const made = await call("/categories", post({ name }));
      await load();
      await change("", patch({ category: made.id }));
    } catch (error) {
      onNotice(error.message);
    }
  };
  return (
    <div className="row g12 wrap end-align">
      <label className="fieldset grow">
        <span className="fs12 t2">{say("category")}</span>
        <select className="studio-select" value={data.category ?? ""} onChange={(event) => change("", patch({ category: event.target.value || null }))}>
          <option value="">{say("no_category")}</option>
          {categories.map((one) => (
            <option key={one.id} value={one.id}>
              {named(one)}
            </option>
          ))}
        </select>
      </label>
      <Saved key={data.category} className="grow" label={say("new_category")} value="" onSave={add} most={120} />
    </div>
  );
}

export function About({ data, change, onNotice }) {
  const save = (field) => (value) => change("", patch({ [field]: value }));
  const scenes = data.scenes.filter((scene) => scene.enabled && !scene.gone && scene.picture);
  return (
    <section className="manager about" aria-label={say("about")}>
      <div className="about-grid">
        <Saved label={say("name")} value={data.name} onSave={save("name")} />
        <Saved label={say("name_fa")} value={data.name_fa} onSave={save("name_fa")} dir="rtl" />
        <Saved label={say("description")} value={data.description} onSave={save("description")} lines={3} most={2000} />
        <Saved label={say("description_fa")} value={data.description_fa} onSave={save("description_fa")} lines={3} most={2000} dir="rtl" />
      </div>
      <Category data={data} change={change} onNotice={onNotice} />
      <Saved
        label={say("tags")}
        value={data.tags.join(", ")}
        placeholder={say("tags_hint")}
        most={400}
        onSave={(text) => change("", patch({ tags: text.split(/[,،]/).map((tag) => tag.trim()).filter(Boolean) }))}
      />
      {data.can_share && (
        <div className="row g8 wrap" data-share>
          <Switch on={data.shared} label={say("share")} onChange={(shared) => change("", patch({ shared }))} />
          <span>{say("share")}</span>
          <span className="hint">{say("share_hint")}</span>
        </div>
      )}
      <fieldset className="covers">
        <legend className="fs12 t2">{say("cover")}</legend>
        <div className="row g8 wrap">
          {scenes.map((scene) => (
            <button
              key={scene.id}
              type="button"
              className="cover"
              aria-pressed={data.cover.scene === scene.key}
              onClick={() => change("", patch({ cover: { scene: scene.key, frame: scene.cover_frame } }))}
            >
              <img src={scene.picture} alt={named(scene)} />
            </button>
          ))}
        </div>
      </fieldset>
    </section>
  );
}
