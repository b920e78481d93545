// The timeline: tools, ruler, rows of clips, the playhead. Time runs from left to right on every page.
import { useEffect, useLayoutEffect, useRef } from "react";
import { timecode } from "../document.js";
import { filmLength } from "./places.js";
import { useSession } from "../session.js";
import { say } from "./words.js";
import { Drops, insertMedia } from "./drops.js";
import { LARGEST, SMALLEST, rowsOf } from "./geometry.js";
import { Gestures } from "./gestures.js";
import { Row } from "./lanes.jsx";
import { MarkerCard, Markers } from "./markers.jsx";
import { Menus } from "./menus.jsx";
import { counted } from "./renders.js";
import { Corner, Needle, Ruler } from "./ruler.jsx";
import { Sheet } from "./sheet.jsx";
import { Tools } from "./tools.jsx";
import { TrackSheet } from "./tracks.jsx";
import { useView } from "./view.js";

/** The upper edge, by which the timeline is made higher and lower. */
function Grip({ desk }) {
  const height = useView(desk.view, (state) => state.height);
  const held = (value) => Math.round(Math.min(LARGEST, Math.max(SMALLEST, value)));
  // On the whole page: notices stand above it.
  const { style } = globalThis.document.documentElement;
  useLayoutEffect(() => {
    style.setProperty("--timeline", `${height}px`);
    return () => style.removeProperty("--timeline");
  }, [height]);
  const drag = (event) => {
    if (event.button !== 0) return;
    const { currentTarget: edge, clientY: from } = event;
    edge.setPointerCapture(event.pointerId);
    let now = height;
    const move = (next) => {
      now = held(height + from - next.clientY);
      style.setProperty("--timeline", `${now}px`);
    };
    edge.addEventListener("pointermove", move);
    const end = () => {
      edge.removeEventListener("pointermove", move);
      desk.view.keep({ height: now });
    };
    edge.addEventListener("lostpointercapture", end, { once: true });
  };
  const onKey = (event) => {
    const by = { ArrowUp: 16, ArrowDown: -16 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    desk.view.keep({ height: held(height + by) });
  };
  return (
    <div
      className="tl-grip"
      role="separator"
      aria-orientation="horizontal"
      aria-label={say("timeline_height")}
      aria-valuemin={SMALLEST}
      aria-valuemax={LARGEST}
      aria-valuenow={height}
      tabIndex={0}
      onPointerDown={drag}
      onDoubleClick={() => desk.view.keep({ height: 318 })}
      onKeyDown={onKey}
    />
  );
}

export function Timeline({ desk }) {
  counted();
  const { session, view } = desk;
  const document = useSession(session, (state) => state.film);
  const narrow = useView(view, (state) => state.narrow);
  const scroller = useRef(null);
  const canvas = useRef(null);
  const guide = useRef(null);
  const marquee = useRef(null);
  const ghost = useRef(null);
  const length = Math.max(1, filmLength(document));
  const rows = rowsOf(document);

  useLayoutEffect(() => view.setLength(length), [view, length]);

  useEffect(() => {
    desk.scroller = scroller.current;
    const gestures = new Gestures(desk);
    const drops = new Drops(desk, gestures);
    const undo = [
      view.attach(scroller.current, canvas.current),
      gestures.attach(scroller.current, { canvas: canvas.current, guide: guide.current, marquee: marquee.current }),
      drops.attach(scroller.current, ghost.current),
    ];
    desk.nudge = gestures.nudge;
    desk.rows = () => rowsOf(desk.document);
    desk.focusClip = (id) => requestAnimationFrame(() => canvas.current?.querySelector(`[data-clip="${CSS.escape(id)}"]`)?.focus({ preventScroll: true }));
    session.insertMedia = (file, at) => insertMedia(desk, file, at);
    const insert = (event) => insertMedia(desk, event.detail);
    window.addEventListener("flatrender:insert-media", insert);
    return () => {
      undo.forEach((call) => call());
      window.removeEventListener("flatrender:insert-media", insert);
    };
  }, [desk, session, view]);

  // On a phone the film moves under the playhead: scrolling is seeking, and seeking scrolls.
  useEffect(() => {
    if (!narrow) return undefined;
    let own = -1;
    desk.centre = (frame) => {
      const at = frame * view.state.scale;
      if (Math.abs(scroller.current.scrollLeft - at) < view.state.scale / 2 + 1) return;
      own = Math.round(at);
      scroller.current.scrollLeft = at;
    };
    view.scrolled = (scroll) => {
      if (Math.abs(scroll - own) <= 1 || session.state.playing) return;
      const frame = Math.round(scroll / view.state.scale);
      if (frame !== session.state.frame) session.seek(frame);
    };
    desk.centre(session.state.frame);
    return () => {
      desk.centre = null;
      view.scrolled = null;
    };
  }, [desk, session, view, narrow]);

  const onMenu = (event) => {
    const id = event.target.closest("[data-clip]")?.dataset.clip;
    const joint = event.target.closest("[data-joint]")?.dataset.joint;
    const marker = event.target.closest("[data-marker]")?.dataset.marker;
    if (!id && !joint && !marker) return;
    event.preventDefault();
    if (marker) return desk.openMarker(marker);
    if (joint) return desk.openMenu({ kind: "joint", id: joint, element: event.target.closest("[data-joint]") });
    if (!session.state.selection.includes(id)) desk.choose([id]);
    const keyboard = event.clientX === 0 && event.clientY === 0;
    const element = event.target.closest("[data-clip]");
    desk.openMenu(keyboard ? { kind: "clip", element } : { kind: "clip", x: event.clientX, y: event.clientY });
  };
  const onKey = (event) => {
    const id = event.target.closest("[data-clip]")?.dataset.clip;
    if (!id || event.target.dataset.clip !== id) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (session.state.selection.includes(id)) session.open?.(id);
      else desk.choose([id]);
    }
  };

  return (
    <section className={`timeline ltr${narrow ? " narrow" : ""}`} aria-label={say("timeline")}>
      <Grip desk={desk} />
      <Tools desk={desk} />
      <div className="tl-scroll" ref={scroller} onContextMenu={onMenu} onKeyDown={onKey} data-length={timecode(length, desk.rate)}>
        <div className="tl-canvas" ref={canvas} style={{ "--length": length }}>
          <div className="tl-top">
            <Corner desk={desk} />
            <div className="tl-times">
              <Ruler desk={desk} length={length} />
              <Markers desk={desk} />
            </div>
            <i className="tl-tag" ref={(element) => (desk.tag = element)} aria-hidden="true">
              <b className="tc" />
            </i>
          </div>
          {rows.map((row, index) => (
            <Row key={row.track.id} desk={desk} track={row.track} y={row.y} length={length} first={index === 0} />
          ))}
          <Needle desk={desk} />
          <i className="tl-guide" ref={guide} hidden>
            <b />
          </i>
          <i className="tl-marquee" ref={marquee} hidden />
          <i className="tl-ghost" ref={ghost} hidden />
        </div>
      </div>
      <span className="vh" role="status" aria-live="polite" ref={(element) => (desk.live = element)} />
      <Menus desk={desk} />
      <MarkerCard desk={desk} />
      <Sheet desk={desk} />
      {narrow && <TrackSheet desk={desk} />}
    </section>
  );
}
