// What lies over the picture: the places of the scene's elements, and the safe areas. Over the stage stands its bar.
import { useEffect, useState } from "react";
import { Frame, Maximize, Minimize } from "lucide-react";
import { clipById, clipsOf } from "./document.js";
import { labelOf } from "./fields.jsx";
import { nameOf } from "./scenes.jsx";
import { useSession } from "./session.js";
import { number, say } from "./words.js";

const fieldOf = (key) => document.querySelector(`.studio-inspector [data-element="${CSS.escape(key)}"]`);

/** The elements' places at the scene's designed moment, where they were measured: elsewhere they would lie. */
export function Marks({ session }) {
  const project = useSession(session, (state) => state.document);
  const selected = useSession(session, (state) => state.selected);
  const focused = useSession(session, (state) => state.focused);
  const still = useSession(session, (state) => !state.playing && state.frame);
  const clip = selected && clipById(project, selected);
  if (!clip || still === false || still !== session.posterOf(clip)) return null;
  const elements = session.scene(clip)?.elements.filter((element) => element.box && element.kind !== "color") ?? [];
  return (
    <div className="stage-marks">
      {elements.map((element) => {
        const [x, y, width, height] = element.box;
        const on = focused === element.key;
        // A text that was changed has another extent than the one that was measured: then the line is broken.
        const changed = element.key in clip.values && element.kind === "text";
        return (
          <button
            key={element.key}
            type="button"
            tabIndex={-1}
            className={`stage-mark${on ? " on" : ""}${changed ? " loose" : ""}`}
            style={{ insetInlineStart: `${x * 100}%`, insetBlockStart: `${y * 100}%`, inlineSize: `${width * 100}%`, blockSize: `${height * 100}%` }}
            aria-label={labelOf(element)}
            onClick={() => fieldOf(element.key)?.querySelector("textarea, select, input, button")?.focus()}
          >
            <bdi className="stage-mark-name">{labelOf(element)}</bdi>
          </button>
        );
      })}
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

export function StageBar({ session, safe, onSafe, stage }) {
  const project = useSession(session, (state) => state.document);
  const selected = useSession(session, (state) => state.selected);
  const [full, setFull] = useState(false);
  useEffect(() => {
    const look = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, []);
  const index = clipsOf(project).findIndex((clip) => clip.id === selected);
  const clip = clipsOf(project)[index];
  const fill = () => (full ? document.exitFullscreen() : stage.current?.requestFullscreen())?.catch(() => {});
  const Full = full ? Minimize : Maximize;
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
