// The scenes of a template: which are in use, their order; and the frame of one with its elements marked.
import { useEffect, useState } from "react";
import { ArrowDown, ArrowUp, Plus } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { Saved, Switch } from "./inputs.jsx";
import { moved, patch, post, put } from "./template.js";
import { named, number, say } from "./words.js";

export function SceneList({ data, chosen, onChoose, change, changes }) {
  const scenes = data.scenes;
  const used = scenes.filter((scene) => scene.enabled && !scene.gone).length;
  const ids = scenes.map((scene) => scene.id);
  const move = (from, to) => change("/scenes/order", put({ ids: moved(ids, from, to) }));
  const others = data.compositions.filter((one) => !scenes.some((scene) => scene.composition_id === one.id));
  return (
    <section className="review-scenes" aria-label={say("scenes")}>
      <header className="panel-head">
        <h2>
          {say("scenes")} <span className="t3">{say("in_use", { count: number(used), total: number(scenes.length) })}</span>
        </h2>
        {others.length > 0 && (
          <DropdownMenu.Root modal={false}>
            <DropdownMenu.Trigger asChild>
              <button type="button" className="ib" aria-label={say("add_scene")}>
                <Plus className="ic" />
              </button>
            </DropdownMenu.Trigger>
            <DropdownMenu.Portal>
              <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
                <div className="head">{say("add_scene")}</div>
                {others.map((one) => (
                  <DropdownMenu.Item key={one.id} className="item" onSelect={() => change("/scenes", post({ composition_id: one.id }))}>
                    <bdi className="grow trunc">{one.name}</bdi>
                  </DropdownMenu.Item>
                ))}
              </DropdownMenu.Content>
            </DropdownMenu.Portal>
          </DropdownMenu.Root>
        )}
      </header>
      <ol className="scene-list">
        {scenes.map((scene, index) => {
          const there = scene.elements.filter((one) => !one.gone);
          const on = there.filter((one) => one.enabled);
          const count = changes.filter((one) => one.scene === scene.key || one.id === `scene:${scene.key}`).length;
          return (
            <li key={scene.id} className={`review-scene${scene.id === chosen ? " on" : ""}${scene.enabled ? "" : " off"}`}>
              <button type="button" className="review-pick" aria-current={scene.id === chosen} onClick={() => onChoose(scene.id)}>
                <span className="scene-thumb" style={{ aspectRatio: `${scene.size[0]} / ${scene.size[1]}` }}>
                  {scene.picture && <img src={scene.picture} alt="" />}
                </span>
                <span className="scene-words">
                  <b className="trunc" dir="auto">
                    {named(scene)}
                  </b>
                  <small>{on.length < there.length ? say("elements_of", { count: number(on.length), total: number(there.length) }) : say("elements_count", { count: there.length })}</small>
                  {scene.gone && <span className="pill danger">{say("gone")}</span>}
                  {!scene.gone && count > 0 && <span className="pill info">{say("changes", { count })}</span>}
                </span>
              </button>
              <span className="review-scene-acts">
                <button type="button" className="ib dense" aria-label={say("up", { name: scene.name })} disabled={index === 0} onClick={() => move(index, index - 1)}>
                  <ArrowUp className="ic s12" />
                </button>
                <button type="button" className="ib dense" aria-label={say("down", { name: scene.name })} disabled={index === scenes.length - 1} onClick={() => move(index, index + 1)}>
                  <ArrowDown className="ic s12" />
                </button>
                <Switch on={scene.enabled && !scene.gone} disabled={scene.gone} label={say("use_scene", { name: scene.name })} onChange={(enabled) => change(`/scenes/${scene.id}`, patch({ enabled }))} />
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** The scene's picture; boxes mark the elements by their numbers in the table. */
export function SceneFrame({ scene, marked, onMark }) {
  return (
    <div className="review-frame ltr" style={{ aspectRatio: `${scene.size[0]} / ${scene.size[1]}`, "--across": scene.size[0] / scene.size[1] }}>
      {scene.picture ? <img src={scene.picture} alt={say("picture_of", { name: scene.name })} /> : <span className="t3">{say(scene.gone ? "gone_from_file" : "drawing")}</span>}
      {scene.picture &&
        scene.elements.map((element, index) => {
          if (!element.box || !element.enabled || element.gone) return null;
          const [x, y, width, height] = element.box;
          return (
            <button
              key={element.id}
              type="button"
              className={`mark${element.id === marked ? " on" : ""}`}
              style={{ insetInlineStart: `${x * 100}%`, insetBlockStart: `${y * 100}%`, inlineSize: `${width * 100}%`, blockSize: `${height * 100}%` }}
              aria-label={element.name}
              onClick={() => onMark(element.id)}
            >
              <i className="num">{number(index + 1)}</i>
            </button>
          );
        })}
    </div>
  );
}

export function SceneFacts({ scene, change }) {
  const rate = scene.rate[0] / scene.rate[1];
  const save = (field) => (value) => change(`/scenes/${scene.id}`, patch({ [field]: value }));
  const seconds = (field) => (text) => {
    const value = Math.round(Number(text.replace(",", ".")) * rate);
    if (Number.isFinite(value)) change(`/scenes/${scene.id}`, patch({ [field]: value }));
  };
  const [cover, setCover] = useState(scene.cover_frame);
  useEffect(() => setCover(scene.cover_frame), [scene.cover_frame, scene.id]);
  return (
    <div className="review-facts">
      <Saved label={say("name")} value={scene.name} onSave={save("name")} />
      <Saved label={say("name_fa")} value={scene.name_fa} onSave={save("name_fa")} dir="rtl" />
      <div className="row g12">
        <Saved className="grow" label={say("shortest")} value={(scene.min_frames / rate).toFixed(2)} onSave={seconds("min_frames")} unit={say("unit_seconds")} dir="ltr" />
        <Saved className="grow" label={say("longest")} value={(scene.max_frames / rate).toFixed(2)} onSave={seconds("max_frames")} unit={say("unit_seconds")} dir="ltr" />
      </div>
      <Saved label={say("group")} value={scene.group} onSave={save("group")} placeholder={say("no_group")} />
      <label className="fieldset">
        <span className="fs12 t2 row between">
          {say("cover_frame")} <span className="num">{number(Math.round((cover / rate) * 100) / 100)} {say("unit_seconds")}</span>
        </span>
        <input
          type="range"
          className="range ltr"
          min="0"
          max={Math.max(0, scene.frames - 1)}
          value={cover}
          onChange={(event) => setCover(Number(event.target.value))}
          onPointerUp={() => save("cover_frame")(cover)}
          onKeyUp={() => save("cover_frame")(cover)}
        />
      </label>
    </div>
  );
}
