// The pointer on the timeline. A gesture computes operations from how far the pointer went, shows them as a draft by
// style alone, and commits them once on release. Esc takes it back, Alt ignores snapping.
import { shift } from "./desk.js";
import { say } from "./words.js";
import { addPoint, clipGesture } from "./clip_gestures.js";
import { Draft } from "./draft.js";
import { fieldGesture } from "./field_gestures.js";
import { RULER } from "./geometry.js";
import { withPoint } from "./envelope.js";
import { planMove, together } from "./plans.js";
import { rendered } from "./renders.js";
import { REACH, snap, targetsOf } from "./snapping.js";

const STILL = 3; // px: less is a click
const HOLD = 350; // ms until a finger picks a clip up
const NUDGES = /^(Arrow(Left|Right)|Alt|Shift|Escape)$/;
const EDGE = 36; // px from the border where a drag scrolls
// What a press belongs to by itself. Marks of transitions and markers are buttons for the keyboard and are dragged, too.
const OWN = "button:not([data-joint], [data-marker]), input, [data-own]";

export class Gestures {
  constructor(desk) {
    this.desk = desk;
    this.view = desk.view;
    this.fingers = new Map();
    this.gesture = null;
  }

  attach(root, { canvas, guide, marquee }) {
    Object.assign(this, { root, canvas, guide, marquee });
    const on = (name, call, options) => root.addEventListener(name, call, options);
    on("pointerdown", this.down);
    on("pointermove", this.move);
    on("pointerup", this.up);
    on("pointercancel", this.cancelled);
    on("lostpointercapture", this.cancelled);
    on("dblclick", this.double);
    on("wheel", this.wheel, { passive: false });
    on("touchmove", this.touch, { passive: false });
    window.addEventListener("keydown", this.key, true);
    window.addEventListener("keyup", this.release, true);
    window.addEventListener("blur", this.nudged);
    window.addEventListener("pointerdown", this.nudged, true); // anywhere: a button may change what is moved
    return () => {
      this.stop();
      window.removeEventListener("keydown", this.key, true);
      window.removeEventListener("keyup", this.release, true);
      window.removeEventListener("blur", this.nudged);
      window.removeEventListener("pointerdown", this.nudged, true);
    };
  }

  // --- events

  down = (event) => {
    if (event.pointerType === "touch") {
      this.fingers.set(event.pointerId, event);
      if (this.fingers.size === 2) return this.pinch();
      if (this.fingers.size > 2) return;
    }
    if (event.button !== 0 || this.gesture || event.target.closest(OWN)) return;
    this.view.place();
    const begun = clipGesture(this, event) ?? fieldGesture(this, event);
    if (!begun) return;
    this.gesture = { ...begun, id: event.pointerId, type: event.pointerType, from: this.view.locate(event), page: [event.clientX, event.clientY], moved: false, ready: event.pointerType !== "touch" || Boolean(begun.now || begun.grip) };
    if (this.gesture.ready) this.take(event);
    if (event.pointerType === "touch" && !begun.now && !begun.tap) this.hold = setTimeout(() => this.pick(event), HOLD);
    if (begun.now) this.moving(event);
  };

  take(event) {
    try {
      this.root.setPointerCapture(event.pointerId);
    } catch {
      // the pointer is gone already
    }
  }

  /** A finger that rests on a clip picks it up; one that moves scrolls. */
  pick(event) {
    const { gesture } = this;
    if (!gesture || gesture.moved) return;
    gesture.ready = true;
    this.take(event);
    navigator.vibrate?.(12);
    this.start(gesture);
  }

  move = (event) => {
    if (this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, event);
    if (this.pinching) return this.pinched();
    const { gesture } = this;
    if (!gesture || event.pointerId !== gesture.id) return;
    const far = Math.hypot(event.clientX - gesture.page[0], event.clientY - gesture.page[1]);
    if (!gesture.ready) {
      if (far > 8) this.drop();
      return;
    }
    if (!gesture.moved && !gesture.now) {
      if (far < STILL) return;
      this.start(gesture);
    } else gesture.renders ??= rendered(); // choosing what is dragged has been drawn by now
    this.moving(event);
  };

  start(gesture) {
    gesture.moved = true;
    this.desk.session.dragging = true;
    gesture.begin?.(gesture);
    this.root.dataset.gesture = gesture.kind;
  }

  moving(event) {
    this.last = event;
    this.gesture.update(event, this.view.locate(event), this.gesture);
    this.follow();
  }

  up = (event) => {
    this.fingers.delete(event.pointerId);
    if (this.pinching) {
      if (this.fingers.size < 2) this.pinching = null;
      return;
    }
    const { gesture } = this;
    if (!gesture || event.pointerId !== gesture.id) return;
    clearTimeout(this.hold);
    this.gesture = null;
    const done = gesture.moved || gesture.now;
    if (done) this.root.dataset.renders = String(rendered() - (gesture.renders ?? rendered()));
    this.tidy();
    if (done) gesture.end?.(event, gesture);
    else gesture.click?.(event);
  };

  cancelled = (event) => {
    this.fingers.delete(event.pointerId);
    if (this.fingers.size < 2) this.pinching = null;
    if (this.gesture?.id === event.pointerId) this.stop();
  };

  key = (event) => {
    if (this.gesture?.kind === "nudge" && !NUDGES.test(event.key)) this.nudged();
    if (!this.gesture) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.stop();
    } else if (["Alt", "Control", "Meta", "Shift"].includes(event.key) && this.last && this.gesture.moved) {
      event.preventDefault();
      const { clientX, clientY, pointerId } = this.last;
      const [altKey, ctrlKey, metaKey, shiftKey] = ["Alt", "Control", "Meta", "Shift"].map((key) => event.getModifierState(key));
      this.moving({ clientX, clientY, pointerId, altKey, ctrlKey, metaKey, shiftKey });
    }
  };

  release = (event) => {
    if (event.key !== "Shift") this.nudged(); // without it the next ones go frame by frame
  };

  touch = (event) => {
    // The browser scrolls only what no gesture has taken.
    if (this.pinching || (this.gesture?.ready && event.cancelable)) event.preventDefault();
  };

  wheel = (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = this.root.getBoundingClientRect();
    const x = event.clientX - box.left - this.view.side;
    this.view.zoom(Math.exp(-Math.max(-80, Math.min(80, event.deltaY)) / 180), Math.max(0, x));
  };

  double = (event) => {
    // A press is captured by the root: what was pressed lies where the pointer is.
    const hit = event.target === this.root ? document.elementFromPoint(event.clientX, event.clientY) : event.target;
    const target = hit?.closest("[data-part], [data-clip], [data-marker]");
    if (!target) return;
    const id = target.closest("[data-clip]")?.dataset.clip;
    if (target.dataset.part === "point") this.forget(id, Number(target.dataset.index));
    else if (target.dataset.marker) this.desk.openMarker(target.dataset.marker);
    else if (id && target.dataset.part === "line") addPoint(this, id, event);
    else if (id) this.desk.session.open?.(id);
  };

  pinch() {
    this.drop();
    const [one, other] = [...this.fingers.values()];
    this.pinching = { apart: Math.abs(one.clientX - other.clientX) || 1 };
  }

  pinched() {
    const [one, other] = [...this.fingers.values()];
    if (!other) return;
    const apart = Math.max(8, Math.abs(one.clientX - other.clientX));
    const middle = (one.clientX + other.clientX) / 2 - this.root.getBoundingClientRect().left - this.view.side;
    this.view.zoom(apart / this.pinching.apart, middle);
    this.pinching.apart = apart;
  }

  // --- life of a gesture

  /** Esc, a lost pointer: everything is as it was. */
  stop() {
    const { gesture } = this;
    this.drop();
    if (gesture?.moved) {
      gesture.cancel?.(gesture);
      this.desk.announce(say("drag_cancelled"));
    }
  }

  drop() {
    clearTimeout(this.hold);
    this.gesture = null;
    this.tidy();
  }

  tidy() {
    this.desk.session.dragging = false;
    this.draft?.clear();
    this.draft = null;
    this.ghosts?.forEach((ghost) => ghost.remove());
    this.ghosts = null;
    this.lifted?.forEach((element) => delete element.dataset.lifted);
    this.lifted = null;
    if (this.guide) this.guide.hidden = true;
    if (this.marquee) this.marquee.hidden = true;
    delete this.root.dataset.gesture;
    delete this.root.dataset.refused;
    cancelAnimationFrame(this.scrolling);
    this.scrolling = 0;
    this.desk.tell("");
    this.last = null;
  }

  /** How far the pointer is past the border at which a drag scrolls. What is taken near the border scrolls only when it
   *  is taken nearer to it: on a phone half of the clips lie there. */
  beyond({ clientX, clientY }) {
    const { box, side } = this.view;
    const from = this.gesture?.page?.[0] ?? clientX;
    const past = (at, low, high) => (at < low ? at - low : Math.max(0, at - high));
    const dx = past(clientX, Math.min(box.left + side + EDGE, from), Math.max(box.right - EDGE, from));
    const dy = clientY > box.top ? past(clientY, box.top + EDGE + RULER, box.bottom - EDGE) : 0;
    return [dx, dy];
  }

  /** Scrolls while the pointer is held at a border; no frame is asked for elsewhere. */
  follow() {
    if (this.scrolling || !this.last || this.gesture?.fixed) return;
    const [dx, dy] = this.beyond(this.last);
    if (!dx && !dy) return;
    this.scrolling = requestAnimationFrame(() => {
      this.scrolling = 0;
      if (!this.gesture) return;
      const { scroll, down, state: drawn } = this.view;
      if (dx) this.root.scrollLeft = Math.min(this.view.furthest, scroll + dx / 3);
      if (dy) this.root.scrollTop += dy / 4;
      this.view.onScroll();
      if (drawn !== this.view.state) this.draft?.gather();
      if (scroll !== this.view.scroll || down !== this.view.down) this.moving(this.last);
    });
  }

  /** Clips are moved by keys: one gesture, from the first press until the keys are let go. */
  nudge = (ids, frames) => {
    const { desk } = this;
    if (!this.gesture) {
      const delta = 0;
      const least = -Math.min(...ids.map((id) => desk.index.byId.get(id).start));
      this.gesture = { kind: "nudge", moved: true, ids, least, delta, ops: [] };
      desk.session.dragging = true;
      this.prepare(ids);
    }
    const { gesture } = this;
    if (gesture.kind !== "nudge") return;
    gesture.delta = Math.max(gesture.least, gesture.delta + frames);
    this.present(planMove(desk.index, gesture.ids, gesture.delta), null, shift(gesture.delta, desk.rate));
  };

  /** The keys were let go, or something else is done. */
  nudged = () => {
    const { gesture, desk } = this;
    if (gesture?.kind !== "nudge") return;
    this.drop();
    const there = gesture.ids.filter((id) => desk.index.byId.has(id)); // another tab may have deleted some
    if (!there.length || !gesture.ops.length) return;
    const { clip, track } = desk.index.byId.get(there.at(-1));
    desk.do(planMove(desk.index, there, gesture.delta), say("did_moved", { name: desk.nameOf(clip, track) }));
  };

  // --- what gestures share

  /** The clips a gesture takes: the choice when the clip belongs to it, else the clip, with companions. */
  taken(id, add = false) {
    const { desk } = this;
    if (!desk.session.state.selection.includes(id)) desk.choose([id], { add });
    return together(desk.index, desk.session.state.selection);
  }

  /** Prepares a draft: targets to snap to, and the clips as they lie; `lift` shows which ones are in the hand. */
  prepare(ids, { lift = false } = {}) {
    const { desk } = this;
    this.draft = new Draft(desk, this.canvas);
    this.targets = targetsOf(desk.document, desk.index.placesOf, {
      playhead: desk.frame,
      skip: new Set(ids),
      range: desk.session.state.range,
    });
    if (lift) this.lift(ids);
  }

  lift(ids) {
    this.ghosts = [];
    this.lifted = [];
    for (const id of ids) {
      const element = this.draft.elements.get(id);
      if (!element) continue;
      element.dataset.lifted = "";
      this.lifted.push(element);
      const ghost = document.createElement("i");
      ghost.className = "tl-origin";
      ghost.dataset.kind = element.dataset.kind;
      for (const name of ["--at", "--for"]) ghost.style.setProperty(name, element.style.getPropertyValue(name));
      element.parentElement.append(ghost);
      this.ghosts.push(ghost);
    }
  }

  /** The pointer's way in frames, drawn to what one of `edges` snaps to: `{ delta, found }`. */
  way(event, place, edges) {
    const { scale, snapping } = this.view.state;
    const raw = Math.round((place.x - this.gesture.from.x) / scale);
    const found = snapping && !event.altKey && edges.length ? snap(this.targets, edges, raw, REACH / scale) : null;
    return { delta: found ? found.delta : raw, found };
  }

  /** Shows what the operations would do, the guide and a line of words. */
  present(ops, found, words) {
    const fine = this.draft.show(ops);
    if (fine) delete this.root.dataset.refused;
    else this.root.dataset.refused = "";
    this.guideAt(found?.target);
    this.desk.tell(fine ? words : say("drag_refused"));
    this.gesture.ops = fine ? ops : [];
  }

  guideAt(target) {
    this.guide.hidden = !target;
    if (!target) return;
    this.guide.style.transform = `translateX(${this.view.side + this.view.xOf(target.frame)}px)`;
    const name = this.desk.targetName(target);
    if (this.guide.firstChild.textContent !== name) this.guide.firstChild.textContent = name;
  }

  /** Takes a point of an envelope away. */
  forget(id, at) {
    const entry = this.desk.index.byId.get(id);
    const envelope = withPoint(entry.clip.envelope, at, null, entry.end - entry.start);
    this.desk.do([{ op: "set_clip", clip: id, field: "envelope", value: envelope }], say("did_envelope"));
  }
}
