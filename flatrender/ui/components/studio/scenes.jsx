// Scenes in the film's order: choose, add, duplicate, remove, reorder by drag or keyboard.
import { useRef, useState } from "react";
import { Copy, Ellipsis, GripVertical, MoveDown, MoveUp, Plus, Trash2 } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { Shown } from "$/public/external/flatrender/ui/components/palette/shown.jsx";
import { clipsOf, newId } from "./document.js";
import { lengthsOf } from "./rates.js";
import { useSession } from "./session.js";
import { usePicture } from "./thumbnails.js";
import { language, number, say, tenths } from "./words.js";

export const nameOf = (clip, scene) =>
  clip.name || (language === "fa" && scene?.name_fa) || scene?.name || clip.scene;

const secondsOf = (frames, rate) => say("seconds_short", { seconds: tenths((frames * rate[1]) / rate[0]) });

/** A clip's frame, as its customer made it. */
export function ScenePicture({ session, clip, size }) {
  const picture = usePicture(session, clip);
  return (
    <span className="scene-thumb" style={{ aspectRatio: `${size[0]} / ${size[1]}` }}>
      {picture && <img src={picture} alt="" draggable={false} />}
    </span>
  );
}

function SceneMenu({ session, clip, index, count }) {
  const edit = (op) => () => session.edit([op]);
  const fixed = session.template.kind === "fixed";
  if (fixed) return null;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" className="ib dense scene-more" aria-label={say("scene_more")}>
          <Ellipsis className="ic" />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.Item
            className="item"
            onSelect={edit({ op: "duplicate_scene", clip: clip.id, id: newId() })}
          >
            <Copy className="ic" /> <span className="grow">{say("duplicate")}</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item
            className="item"
            disabled={index === 0}
            onSelect={edit({ op: "move_scene", clip: clip.id, index: index - 1 })}
          >
            <MoveUp className="ic" /> <span className="grow">{say("move_up")}</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item
            className="item"
            disabled={index === count - 1}
            onSelect={edit({ op: "move_scene", clip: clip.id, index: index + 1 })}
          >
            <MoveDown className="ic" /> <span className="grow">{say("move_down")}</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item
            className="item danger"
            disabled={count === 1}
            onSelect={edit({ op: "remove_scene", clip: clip.id })}
          >
            <Trash2 className="ic" /> <span className="grow">{say("remove")}</span>
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function AddScene({ session, size }) {
  const [open, setOpen] = useState(false);
  const add = (scene) => {
    const clips = clipsOf(session.document);
    const at = clips.findIndex((clip) => clip.id === session.state.selected) + 1 || clips.length;
    const id = newId();
    session.edit([{ op: "add_scene", clip: { id, scene: scene.key, duration: lengthsOf(scene, session.document.rate).usual, values: {} }, index: at }]);
    session.select(id);
    session.showValues(id);
    setOpen(false);
  };
  const trigger = (
    <button type="button" className="btn grow">
      <Plus className="ic" />
      {say("add_scene")}
    </button>
  );
  return (
    <Shown title={say("add_scene")} back={say("close")} className="wide" open={open} onOpenChange={setOpen} trigger={trigger}>
      <ul className="scene-shelf">
        {session.template.scenes.map((scene) => (
          <li key={scene.key}>
            <button type="button" className="scene-card" onClick={() => add(scene)}>
              <span className="scene-thumb" style={{ aspectRatio: `${size[0]} / ${size[1]}` }}>
                {scene.picture && <img src={scene.picture} alt="" loading="lazy" />}
              </span>
              <b>{(language === "fa" && scene.name_fa) || scene.name}</b>
            </button>
          </li>
        ))}
      </ul>
    </Shown>
  );
}

export function ScenePanel({ session }) {
  const document = useSession(session, (state) => state.film);
  const selected = useSession(session, (state) => state.selected);
  const dragged = useRef(null);
  const [target, setTarget] = useState(null);
  const clips = clipsOf(document);
  const movable = session.template.kind !== "fixed";

  const drop = (index) => {
    const from = clips.findIndex((clip) => clip.id === dragged.current);
    setTarget(null);
    if (from < 0) return;
    const to = index > from ? index - 1 : index;
    if (to !== from) session.edit([{ op: "move_scene", clip: dragged.current, index: to }]);
    dragged.current = null;
  };
  const onKey = (event, clip, index) => {
    if (movable && event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const to = index + (event.key === "ArrowUp" ? -1 : 1);
      if (to >= 0 && to < clips.length) session.edit([{ op: "move_scene", clip: clip.id, index: to }]);
      event.preventDefault();
      event.stopPropagation();
    }
  };

  return (
    <section className="studio-panel" aria-label={say("scenes")}>
      <header className="panel-head">
        <h2>
          {say("scenes")} <span className="t3">{number(clips.length)}</span>
        </h2>
      </header>
      <ol className="scene-list" onDragOver={(event) => dragged.current && event.preventDefault()}>
        {clips.map((clip, index) => {
          const scene = session.scene(clip);
          const after = target === index + 1 && index === clips.length - 1;
          const mark = target === index ? " drop-before" : after ? " drop-after" : "";
          return (
            <li
              key={clip.id}
              className={`scene-row${clip.id === selected ? " on" : ""}${mark}`}
              draggable={movable}
              onDragStart={(event) => {
                dragged.current = clip.id;
                event.dataTransfer.effectAllowed = "move";
                event.dataTransfer.setData("text/plain", nameOf(clip, scene));
              }}
              onDragEnd={() => {
                dragged.current = null;
                setTarget(null);
              }}
              onDragOver={(event) => {
                if (!dragged.current) return;
                const box = event.currentTarget.getBoundingClientRect();
                setTarget(event.clientY > box.top + box.height / 2 ? index + 1 : index);
              }}
              onDrop={(event) => {
                event.preventDefault();
                drop(target ?? index);
              }}
            >
              <button
                type="button"
                className="scene-pick"
                aria-current={clip.id === selected}
                onClick={() => {
                  session.select(clip.id);
                  session.showValues(clip.id);
                }}
                onKeyDown={(event) => onKey(event, clip, index)}
              >
                <span className="scene-number num">
                  {number(index + 1)}
                  {movable && <GripVertical className="ic s12 grip" aria-hidden="true" />}
                </span>
                <ScenePicture session={session} clip={clip} size={document.size} />
                <span className="scene-words">
                  <b className="trunc" title={nameOf(clip, scene)}>
                    <bdi>{nameOf(clip, scene)}</bdi>
                  </b>
                  <small className="num">
                    <bdi>{secondsOf(clip.duration, document.rate)}</bdi>
                  </small>
                </span>
              </button>
              <SceneMenu session={session} clip={clip} index={index} count={clips.length} />
            </li>
          );
        })}
      </ol>
      {movable && (
        <footer className="panel-foot">
          <AddScene session={session} size={document.size} />
        </footer>
      )}
    </section>
  );
}
