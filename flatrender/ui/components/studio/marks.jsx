// What lies over the picture: the places of the scene's elements, and the safe areas. Over the stage stands its bar.
import { memo, useCallback, useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { ChevronDown, Frame, Gauge, Maximize, Minimize } from "lucide-react";
import { DropdownMenu, Popover } from "radix-ui";
import { clipById, clipsOf } from "./document.js";
import { labelOf } from "./field_row.jsx";
import { Field } from "./fields.jsx";
import { bring, takes as taken } from "./media_field.jsx";
import { nameOf } from "./scenes.jsx";
import { useSession } from "./session.js";
import { MEDIA } from "./timeline/drops.js";
import { number, percent, say } from "./words.js";

const fieldOf = (key) => document.querySelector(`.studio-inspector [data-element="${CSS.escape(key)}"]`);

const PICTURED = ["image", "video"];

/** A picture or film dropped on one: a file of the media panel, or one from the desktop. */
async function replace(event, session, clip, element) {
  event.preventDefault();
  event.stopPropagation();
  const text = event.dataTransfer.getData(MEDIA);
  try {
    const file = text ? JSON.parse(text) : await bring(event.dataTransfer.files[0], element.kind, () => {});
    if (!file) return undefined;
    if (!taken(element.kind, file)) return session.callbacks.onNotice(say("not_a_picture"));
    const value = { media: file.id, fit: clip.values[element.key]?.fit ?? "cover", focus: [0.5, 0.5] };
    session.edit([{ op: "set_value", clip: clip.id, key: element.key, value }]);
  } catch (error) {
    session.callbacks.onNotice(error.status ? error.message : say("offline_upload"));
  }
  return undefined;
}

/** The field of an element, beside its place on the stage. */
function Nearby({ session, id, element, problem }) {
  const clip = useSession(session, (state) => clipById(state.document, id));
  return clip ? <Field session={session} clip={clip} element={element} problem={problem} /> : null;
}

/** One element on the stage: a click leads to its field, a double click opens the field beside it, a drop replaces; at
 * another moment of the scene the click shows the one at which it lies there (`onReach`).
 * `loose`: its text was changed and has another extent than the one that was measured; then the line is broken. */
const Mark = memo(function Mark({ session, id, element, loose, on, problem, onReach }) {
  const [open, setOpen] = useState(false);
  const [over, setOver] = useState(false);
  const [x, y, width, height] = element.box;
  const takes = (event) => PICTURED.includes(element.kind) && (event.dataTransfer.types.includes(MEDIA) || event.dataTransfer.types.includes("Files"));
  const drops = {
    onDragOver: (event) => {
      if (!takes(event)) return;
      event.preventDefault();
      event.stopPropagation();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event) => {
      setOver(false);
      if (takes(event)) replace(event, session, clipById(session.document, id), element);
    },
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Anchor asChild>
        <button
          type="button"
          tabIndex={-1}
          className={`stage-mark${on ? " on" : ""}${over ? " over" : ""}${loose ? " loose" : ""}`}
          style={{ insetInlineStart: `${x * 100}%`, insetBlockStart: `${y * 100}%`, inlineSize: `${width * 100}%`, blockSize: `${height * 100}%` }}
          aria-label={labelOf(element)}
          data-mark={element.key}
          onClick={() => {
            onReach();
            flushSync(() => session.showValues(id)); // its field is there where another panel was open, too
            fieldOf(element.key)?.querySelector("textarea, select, input, button")?.focus();
          }}
          onDoubleClick={() => setOpen(true)}
          {...drops}
        >
          <bdi className="stage-mark-name">{labelOf(element)}</bdi>
        </button>
      </Popover.Anchor>
      <Popover.Portal>
        <Popover.Content className="popover stage-field" side="bottom" sideOffset={8} collisionPadding={12} aria-label={labelOf(element)}>
          <Nearby session={session} id={id} element={element} problem={problem} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
});

/** The elements' places at the scene's designed moment, where they were measured. At its other moments some lie elsewhere:
 * their places are not shown then, but a click on them leads there. */
export function Marks({ session }) {
  const project = useSession(session, (state) => state.document);
  const selected = useSession(session, (state) => state.selected);
  const focused = useSession(session, (state) => state.focused);
  const problems = useSession(session, (state) => state.problems);
  const still = useSession(session, (state) => !state.playing && state.frame);
  const clip = selected && clipById(project, selected);
  const shown = clip && session.posterOf(clip);
  const reach = useCallback(() => session.seek(shown), [session, shown]);
  if (!clip || still === false || !session.shows(clip, still)) return null;
  const elements = session.scene(clip)?.elements.filter((element) => element.box && element.kind !== "color") ?? [];
  return (
    <div className={`stage-marks${still === shown ? "" : " away"}`}>
      {elements.map((element) => (
        <Mark
          key={element.key}
          session={session}
          id={clip.id}
          element={element}
          loose={element.kind === "text" && element.key in clip.values}
          on={focused === element.key}
          problem={problems[`${clip.id}/${element.key}`]}
          onReach={reach}
        />
      ))}
    </div>
  );
}

/** Title safe 90 %, action safe 93 % of the frame (EBU R 95: 5 % and 3.5 % on each side). */
export function SafeAreas() {
  return (
    <div className="stage-safe" aria-hidden="true">
      <i style={{ inset: "3.5%" }}>
        <span>{say("safe_action")}</span>
      </i>
      <i className="title" style={{ inset: "5%" }}>
        <span>{say("safe_title")}</span>
      </i>
    </div>
  );
}

const ZOOMS = [null, 0.25, 0.5, 0.75, 1, 1.5, 2];
const QUALITIES = [[1, "full"], [0.5, "half"], [0.25, "quarter"]];

/** A menu of choices behind a small button that shows the present one; it is drawn in `within`, else in the page. */
function Choice({ label, text, icon: Icon, value, options, onChoose, act, within }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" className="btn ghost sm stage-choice" aria-label={`${label}: ${text}`} title={label} data-act={act}>
          {Icon && <Icon className="ic" />}
          <span className="num">{text}</span>
          <ChevronDown className="ic s12" />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={within}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.RadioGroup value={String(value)}>
            {options.map(([each, name]) => (
              <DropdownMenu.RadioItem key={String(each)} value={String(each)} className="item" onSelect={() => onChoose(each)}>
                <span className="grow">{name}</span>
                <i className="tick">✓</i>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function StageBar({ session, safe, onSafe, stage, view, onView }) {
  const project = useSession(session, (state) => state.film);
  const selected = useSession(session, (state) => state.selected);
  const [full, setFull] = useState(false);
  useEffect(() => {
    const look = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, []);
  // The scene on show, where two meet the one whose values are shown; between scenes that one, too.
  const shown = useSession(session, (state) => {
    const here = session.scenes.filter((placed) => state.frame >= placed.start && state.frame < placed.end);
    return (here.find((placed) => placed.clip.id === state.selected) ?? here.at(-1))?.clip.id;
  });
  const index = clipsOf(project).findIndex((clip) => clip.id === (shown ?? selected));
  const clip = clipsOf(project)[index];
  const fill = () => (full ? document.exitFullscreen() : stage.current?.requestFullscreen())?.catch(() => {});
  const Full = full ? Minimize : Maximize;
  useEffect(() => {
    session.fullScreen = fill;
  });
  const scaled = (share) => percent(share * 100);
  const within = full ? stage.current : undefined; // over the whole screen nothing else of the page is seen
  return (
    <div className="stage-bar">
      <span className="trunc t2">
        {clip && (
          <>
            {say("scene_number", { number: number(index + 1) })} <bdi className="t3">{nameOf(clip, session.scene(clip))}</bdi>
          </>
        )}
      </span>
      <span className="row g4">
        <Choice
          label={say("quality")}
          text={say(`quality_${QUALITIES.find(([share]) => share === view.quality)[1]}`)}
          icon={Gauge}
          value={view.quality}
          options={QUALITIES.map(([share, name]) => [share, say(`quality_${name}`)])}
          onChoose={(quality) => onView({ quality })}
          act="quality"
          within={within}
        />
        <Choice
          label={say("stage_zoom")}
          text={view.zoom ? scaled(view.zoom) : `${say("zoom_fit")} · ${scaled(view.scale)}`}
          value={view.zoom}
          options={ZOOMS.map((share) => [share, share ? scaled(share) : say("zoom_fit")])}
          onChoose={(zoom) => onView({ zoom })}
          act="stage-zoom"
          within={within}
        />
        <button type="button" className={`ib${safe ? " on" : ""}`} aria-pressed={safe} aria-label={say("safe_areas")} title={say("safe_areas")} onClick={onSafe} data-act="safe">
          <Frame className="ic" />
        </button>
        <button type="button" className="ib" aria-label={say(full ? "leave_full" : "full_screen")} title={say(full ? "leave_full" : "full_screen")} onClick={fill} data-act="full">
          <Full className="ic" />
        </button>
      </span>
    </div>
  );
}
