// The chosen picture or text on the stage: its frame with handles. Dragging moves it, handles resize it, by style alone;
// letting go commits. A double click on a text writes in it, on the stage itself.
import { useEffect, useRef, useState } from "react";
import { findClip } from "../document.js";
import { useSession } from "../session.js";
import { placesOf } from "../timeline/places.js";
import { say } from "../words.js";
import { moved, resized } from "./placing.js";

const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const round = (place) => Object.fromEntries(Object.entries(place).map(([name, value]) => [name, Math.round(value * 1e4) / 1e4]));

/** The clip that is chosen, when it is a picture or a text and is seen at this frame. */
function useShown(session) {
  const document = useSession(session, (state) => state.film);
  const selected = useSession(session, (state) => state.selection.at(-1));
  const found = selected ? findClip(document, selected) : null;
  const own = found && ["video", "image", "text"].includes(found.track.kind) && !found.track.hidden ? found : null;
  const place = own && placesOf(own.track).find((one) => one.clip.id === selected);
  const seen = useSession(session, (state) => Boolean(place) && !state.playing && state.frame >= place.start && state.frame < place.end);
  return seen ? own : null;
}

export function Frames({ session }) {
  const found = useShown(session);
  const box = useRef(null);
  const [writing, setWriting] = useState(false);
  const clip = found?.clip;
  useEffect(() => setWriting(false), [clip?.id]);
  useEffect(() => {
    if (!writing || !clip) return undefined;
    const text = session.theatre?.pictures.layers.get(clip.id)?.text;
    if (!text) return setWriting(false);
    const { id } = clip;
    text.contentEditable = "plaintext-only";
    text.setAttribute("role", "textbox");
    text.setAttribute("aria-label", say("clip_text"));
    text.focus();
    document.getSelection().selectAllChildren(text);
    const input = () => session.edit([{ op: "set_clip", clip: id, field: "text", value: text.innerText.slice(0, 5000) }], { merge: `${id}/text` });
    const key = (event) => {
      event.stopPropagation();
      if (event.key === "Escape") text.blur();
    };
    const leave = () => setWriting(false);
    text.addEventListener("input", input);
    text.addEventListener("keydown", key);
    text.addEventListener("blur", leave);
    return () => {
      text.removeEventListener("input", input);
      text.removeEventListener("keydown", key);
      text.removeEventListener("blur", leave);
      text.contentEditable = "false";
      session.history.seal();
    };
  }, [writing, clip?.id]);
  if (!clip) return null;
  const { place } = clip;

  /** Who drags what is locked is told so; a click is none. */
  const refuse = ({ currentTarget, pointerId, clientX, clientY }) => {
    currentTarget.setPointerCapture(pointerId);
    const move = (now) => {
      if (Math.hypot(now.clientX - clientX, now.clientY - clientY) < 3) return;
      currentTarget.releasePointerCapture(pointerId);
      session.refuseLocked?.(found.track);
    };
    currentTarget.addEventListener("pointermove", move);
    currentTarget.addEventListener("lostpointercapture", () => currentTarget.removeEventListener("pointermove", move), { once: true });
  };
  const drag = (event, handle) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (found.track.locked) return void refuse(event);
    const frame = box.current.parentElement.getBoundingClientRect();
    const from = [event.clientX, event.clientY];
    const layer = session.theatre.pictures.layers.get(clip.id);
    let next = place;
    const { currentTarget } = event;
    currentTarget.setPointerCapture(event.pointerId);
    const move = (now) => {
      const way = [(now.clientX - from[0]) / frame.width, (now.clientY - from[1]) / frame.height];
      const loose = now.altKey;
      next = handle ? resized(place, handle, way, { keep: found.track.kind !== "text" && !now.shiftKey }) : moved(place, way, { loose });
      for (const element of [box.current, layer?.box]) {
        if (!element) continue;
        Object.assign(element.style, { left: `${next.x * 100}%`, top: `${next.y * 100}%`, width: `${next.width * 100}%`, height: `${next.height * 100}%` });
      }
      if (layer) session.theatre.pictures.lay(layer);
    };
    const end = (cancelled) => {
      currentTarget.removeEventListener("pointermove", move);
      window.removeEventListener("keydown", key, true);
      if (cancelled || next === place) session.theatre.show(session.state.frame);
      else session.edit([{ op: "set_clip", clip: clip.id, field: "place", value: round(next) }]);
    };
    const key = (now) => {
      if (now.key !== "Escape") return;
      now.preventDefault();
      now.stopPropagation();
      next = place;
      Object.assign(box.current.style, { left: `${place.x * 100}%`, top: `${place.y * 100}%`, width: `${place.width * 100}%`, height: `${place.height * 100}%` });
      currentTarget.releasePointerCapture(event.pointerId);
    };
    currentTarget.addEventListener("pointermove", move);
    window.addEventListener("keydown", key, true);
    currentTarget.addEventListener("lostpointercapture", () => end(false), { once: true });
  };

  return (
    <div className="stage-frames">
      <div
        ref={box}
        className={`stage-chosen${writing ? " writing" : ""}`}
        data-frames={clip.id}
        style={{ left: `${place.x * 100}%`, top: `${place.y * 100}%`, width: `${place.width * 100}%`, height: `${place.height * 100}%`, transform: place.rotation ? `rotate(${place.rotation}deg)` : undefined }}
        onPointerDown={(event) => !writing && drag(event, null)}
        onDoubleClick={() => found.track.kind === "text" && !found.track.locked && setWriting(true)}
      >
        {!found.track.locked && HANDLES.map((handle) => <i key={handle} className={`stage-handle ${handle}`} data-handle={handle} onPointerDown={(event) => drag(event, handle)} />)}
      </div>
    </div>
  );
}
