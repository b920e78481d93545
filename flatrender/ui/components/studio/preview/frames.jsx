// Pictures and texts on the stage: a click chooses the one under the pointer. What is chosen has a frame with handles:
// dragging moves it, handles resize it, by style alone; letting go commits. A double click on a text writes in it, on the
// stage itself.
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { findClip } from "../document.js";
import { useSession } from "../session.js";
import { filmLength, placesOf } from "../timeline/places.js";
import { say } from "../words.js";
import { picksAt } from "./picking.js";
import { moved, resized } from "./placing.js";

const KINDS = ["video", "image", "text"];
const SEEN = ["scene", ...KINDS];
const STILL = 3; // px that a click may move
const WHOLE = { x: 0, y: 0, width: 1, height: 1 };
const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const round = (place) => Object.fromEntries(Object.entries(place).map(([name, value]) => [name, Math.round(value * 1e4) / 1e4]));

/** The clip that is chosen, when it is a picture or a text and is seen at this frame. */
function useShown(session) {
  const document = useSession(session, (state) => state.film);
  const selected = useSession(session, (state) => state.selection.at(-1));
  const found = selected ? findClip(document, selected) : null;
  const own = found && KINDS.includes(found.track.kind) && !found.track.hidden ? found : null;
  const place = own && placesOf(own.track).find((one) => one.clip.id === selected);
  const seen = useSession(session, (state) => Boolean(place) && !state.playing && state.frame >= place.start && state.frame < place.end);
  return seen ? own : null;
}

const styleOf = (place) => ({ left: `${place.x * 100}%`, top: `${place.y * 100}%`, width: `${place.width * 100}%`, height: `${place.height * 100}%`, transform: place.rotation ? `rotate(${place.rotation}deg)` : undefined });

/**
 * What is seen at this frame. A press chooses the topmost under the pointer and takes hold of it, Shift adds it, Ctrl goes to
 * the one beneath; a tap chooses. With the keyboard each has a button at its place, the topmost first. Where the scene
 * itself lies on top, its elements have the pointer (`Marks`).
 */
export function Picks({ session, desk }) {
  const film = useSession(session, (state) => state.film);
  const selection = useSession(session, (state) => state.selection);
  const still = useSession(session, (state) => !state.playing && state.frame);
  const box = useRef(null);
  const [over, setOver] = useState(null);
  useEffect(() => {
    const frame = box.current.parentElement;
    const at = ({ clientX, clientY }) => (session.theatre ? picksAt(session, [clientX, clientY]) : []);
    const isScene = (id) => !id || findClip(session.document, id)?.track.kind === "scene";
    let moved = null;
    const show = (id) => {
      setOver(id);
      frame.classList.toggle("picking", Boolean(id));
    };
    const hover = (event) => {
      cancelAnimationFrame(moved);
      if (event.pointerType === "touch" || event.buttons) return;
      moved = requestAnimationFrame(() => {
        const [top] = session.state.playing ? [] : at(event);
        show(isScene(top) ? null : top);
      });
    };
    const leave = () => {
      cancelAnimationFrame(moved);
      show(null);
    };
    /** Chooses what is at a point; whether that is all that the press or tap does. */
    const pick = (event) => {
      const found = at(event);
      const held = found.indexOf(session.state.selection.at(-1));
      const deeper = event.ctrlKey || event.metaKey;
      const top = found[deeper ? (held + 1) % found.length : 0];
      if (isScene(top) && !deeper && event.target.closest(".stage-mark")) return false;
      session.clock.pause();
      flushSync(() => desk.choose(top ? [top] : [], { add: event.shiftKey && Boolean(top) }));
      return true;
    };
    const isOurs = ({ target, button }) => !button && !target.isContentEditable && !target.closest(".stage-handle, .stage-gone");
    let touch = false;
    const press = (event) => {
      touch = event.pointerType === "touch";
      const special = event.shiftKey || event.ctrlKey || event.metaKey;
      if (touch || !isOurs(event) || (event.target.closest(".stage-chosen") && !special) || !pick(event)) return;
      event.stopPropagation();
      show(null);
      // What was pressed is in the hand at once: its frame, which has just come, takes the press over.
      if (!special) frame.querySelector(".stage-chosen")?.dispatchEvent(new PointerEvent("pointerdown", event));
    };
    const click = (event) => {
      if (touch && event.detail && isOurs(event) && !event.target.closest(".stage-chosen, .stage-pick") && pick(event)) event.stopPropagation();
    };
    // A press on what is chosen drags it, whatever lies over it; where it does not move it chooses as any other.
    session.tapped = pick;
    const listening = { pointermove: hover, pointerleave: leave, pointerdown: press, click };
    for (const [name, listener] of Object.entries(listening)) frame.addEventListener(name, listener, name !== "pointerleave");
    return () => {
      leave();
      for (const [name, listener] of Object.entries(listening)) frame.removeEventListener(name, listener, name !== "pointerleave");
    };
  }, [session, desk]);
  const seen = still === false ? [] : film.tracks.flatMap((track) => (track.hidden || !SEEN.includes(track.kind) ? [] : placesOf(track, filmLength(film)).filter(({ start, end }) => still >= start && still < end).map(({ clip }) => ({ clip, track }))));
  return (
    <div ref={box} className="stage-picks" role="group" aria-label={say("seen_now")}>
      {seen.reverse().map(({ clip, track }) => (
        <button
          key={clip.id}
          type="button"
          className={`stage-pick${over === clip.id && selection.at(-1) !== clip.id ? " over" : ""}`}
          data-pick={clip.id}
          style={styleOf(clip.place ?? WHOLE)}
          aria-pressed={selection.includes(clip.id)}
          aria-label={desk.describe(clip.id)}
          onClick={() => desk.choose([clip.id])}
        >
          <bdi className="stage-mark-name">{desk.nameOf(clip, track)}</bdi>
        </button>
      ))}
    </div>
  );
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
  const refuse = (event) => {
    const { currentTarget, pointerId, clientX, clientY } = event;
    currentTarget.setPointerCapture(pointerId);
    let dragged = false;
    const move = (now) => {
      if (Math.hypot(now.clientX - clientX, now.clientY - clientY) < STILL) return;
      dragged = true;
      currentTarget.releasePointerCapture(pointerId);
      session.refuseLocked?.(found.track);
    };
    const end = () => {
      currentTarget.removeEventListener("pointermove", move);
      if (!dragged) session.tapped?.(event);
    };
    currentTarget.addEventListener("pointermove", move);
    currentTarget.addEventListener("lostpointercapture", end, { once: true });
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
    let still = true;
    const { currentTarget } = event;
    currentTarget.setPointerCapture(event.pointerId);
    const move = (now) => {
      if (still && Math.hypot(now.clientX - from[0], now.clientY - from[1]) < STILL) return;
      still = false;
      const way = [(now.clientX - from[0]) / frame.width, (now.clientY - from[1]) / frame.height];
      const loose = now.altKey;
      next = handle ? resized(place, handle, way, { keep: found.track.kind !== "text" && !now.shiftKey }) : moved(place, way, { loose });
      for (const element of [box.current, layer?.box]) {
        if (!element) continue;
        Object.assign(element.style, { left: `${next.x * 100}%`, top: `${next.y * 100}%`, width: `${next.width * 100}%`, height: `${next.height * 100}%` });
      }
      if (layer) session.theatre.pictures.lay(layer);
    };
    const end = () => {
      currentTarget.removeEventListener("pointermove", move);
      window.removeEventListener("keydown", key, true);
      if (next === place) session.theatre.show(session.state.frame);
      else session.edit([{ op: "set_clip", clip: clip.id, field: "place", value: round(next) }]);
      if (still && !handle) session.tapped?.(event);
    };
    const key = (now) => {
      if (now.key !== "Escape") return;
      now.preventDefault();
      now.stopPropagation();
      still = false;
      next = place;
      Object.assign(box.current.style, { left: `${place.x * 100}%`, top: `${place.y * 100}%`, width: `${place.width * 100}%`, height: `${place.height * 100}%` });
      currentTarget.releasePointerCapture(event.pointerId);
    };
    currentTarget.addEventListener("pointermove", move);
    window.addEventListener("keydown", key, true);
    currentTarget.addEventListener("lostpointercapture", end, { once: true });
  };

  return (
    <div className="stage-frames">
      <div
        ref={box}
        className={`stage-chosen${writing ? " writing" : ""}`}
        data-frames={clip.id}
        style={styleOf(place)}
        onPointerDown={(event) => !writing && drag(event, null)}
        onDoubleClick={() => found.track.kind === "text" && !found.track.locked && setWriting(true)}
      >
        {!found.track.locked && HANDLES.map((handle) => <i key={handle} className={`stage-handle ${handle}`} data-handle={handle} onPointerDown={(event) => drag(event, handle)} />)}
      </div>
    </div>
  );
}
