// Gestures on clips: move, trim, ripple, roll, slip, split, fades, the envelope, transitions.
import { newId, timecode } from "../document.js";
import { say } from "./words.js";
import { shift } from "./desk.js";
import { envelopeAt, fadeEdits, gainOf, withPoint } from "./envelope.js";
import { RULER, rowAt, rowsOf } from "./geometry.js";
import { familyOf, heldBy, jointAt, longestJoint, planMove, planRoll, planSlip, planSplit, planTransition, planTrim, rollLimits, slipLimits, transitionAfter, trimLimits } from "./plans.js";

/** What the pointer begins on a clip, null where there is none. */
export function clipGesture(machine, event) {
  const { target } = event;
  const { desk, view } = machine;
  const joint = target.closest("[data-joint]");
  if (joint) return onJoint(machine, joint.dataset.joint, joint, event);
  const id = target.closest("[data-clip]")?.dataset.clip;
  const entry = id && desk.index.byId.get(id);
  if (!entry) return null;
  if (entry.track.locked) return onLocked(machine, entry.track, id);
  const { part } = target.dataset;
  const { tool } = view.state;
  if (tool === "split") return onRazor(machine, id);
  if (part === "start" || part === "end") return onEdge(machine, id, part);
  if (part === "fade_in" || part === "fade_out") return onFade(machine, id, part);
  if (part === "point") return onPoint(machine, id, Number(target.dataset.index));
  if (part === "line" && event.altKey) return onPoint(machine, id, null);
  return tool === "slip" ? onSlip(machine, id) : onBody(machine, id);
}

const named = ({ desk }, id) => {
  const entry = desk.index.byId.get(id);
  return desk.nameOf(entry.clip, entry.track);
};

/** A clip of a locked track: it is chosen, and who drags it is told why it stays. */
function onLocked(machine, track, id) {
  const { desk } = machine;
  return {
    kind: "locked",
    fixed: true,
    click: () => desk.choose([id]),
    update: () => {
      machine.root.dataset.refused = "";
      desk.tell(desk.lockedWords(track));
    },
    end: () => desk.refuseLocked(track),
  };
}

/** What is said of a gesture that reaches its end: how far it went, and why no further. */
function sayHeld({ desk }, held, by) {
  const why = by.clip ? say(`held_${by.reason}`, { name: desk.nameOf(by.clip, desk.index.byId.get(by.clip.id).track) }) : say(`held_${by.reason}`);
  return { why, words: say("held", { shift: shift(held, desk.rate), why }) };
}

/** Does a gesture that may have reached its end: where nothing could be done, it is said why. */
function doHeld({ desk }, { ops, why }, said) {
  if (!ops?.length) return why && desk.session.callbacks.onNotice(why);
  return desk.do(ops, why ? `${said}. ${why}` : said);
}

/** Whether a click takes a clip into the choice, and out of it. */
function adds({ view }, up) {
  const { narrow, several } = view.state;
  return up.shiftKey || up.ctrlKey || up.metaKey || (narrow && several);
}

function onBody(machine, id) {
  const { desk } = machine;
  const already = desk.session.state.selection.includes(id);
  const own = desk.index.byId.get(id);
  const scenes = own.track.kind === "scene";
  const name = named(machine, id);
  let ids = [];
  let edges = [];
  let single = true;
  return {
    kind: "move",
    click: (up) => desk.choose([id], { add: adds(machine, up) }),
    begin: () => {
      ids = machine.taken(id);
      if (scenes) ids = ids.filter((one) => desk.index.byId.get(one).track.kind === "scene" || already);
      const entries = ids.map((one) => desk.index.byId.get(one));
      edges = scenes ? [] : [...new Set(entries.flatMap((entry) => [entry.start, entry.end]))].slice(0, 24);
      // Clips of one track may change to another one; those of two would come to lie over each other there.
      single = entries.every(({ track }) => track.id === own.track.id || familyOf(track.kind) !== familyOf(own.track.kind));
      machine.prepare(ids, { lift: true });
    },
    update: (event, place) => {
      const { delta, found } = machine.way(event, place, edges);
      const row = rowAt(rowsOf(desk.document), place.y - RULER);
      const fits = row && !row.track.locked && familyOf(row.track.kind) === familyOf(own.track.kind);
      const track = fits && single && !scenes && row.track.id !== own.track.id ? row.track.id : null;
      const mode = event.ctrlKey || event.metaKey ? "insert" : "overwrite";
      const ops = planMove(desk.index, ids, delta, { track, mode });
      machine.root.dataset.mode = mode;
      machine.present(ops, found, say(scenes ? "moving_scene" : `moving_${mode}`, { name, shift: shift(delta, desk.rate) }));
      // Scenes change their order under the pointer; the ones in the hand stay with it.
      if (scenes) machine.draft.carry(ids, delta);
    },
    end: (_, { ops }) => desk.do(ops ?? [], say("did_moved", { name })),
  };
}

function onEdge(machine, id, edge) {
  const { desk, view } = machine;
  const own = desk.index.byId.get(id);
  const at = edge === "start" ? own.start : own.end;
  const name = named(machine, id);
  const { tool } = view.state;
  const joint = jointAt(desk.index, id, edge);
  // Shift and Ctrl may be pressed and let go while the edge is in the hand.
  const options = (now) => ({ facts: desk.facts, ripple: tool === "ripple" || now.shiftKey });
  const rolls = (now) => joint && (tool === "roll" || now.ctrlKey || now.metaKey);
  return {
    kind: "trim",
    grip: desk.session.state.selection.includes(id), // what shows its handles is not picked up first
    click: (up) => desk.choose([id], { add: adds(machine, up) }),
    begin: (gesture) => {
      gesture.ids = machine.taken(id).filter((one) => sameEdge(desk, one, edge, at));
      machine.prepare(joint ? [...gesture.ids, joint.before.clip.id, joint.after.clip.id] : gesture.ids);
    },
    update: (now, place, gesture) => {
      const { delta, found } = machine.way(now, place, [at]);
      const ops = rolls(now)
        ? planRoll(desk.index, joint, delta, options(now))
        : planTrim(desk.index, gesture.ids, edge, delta, options(now));
      const held = ops[0]?.delta ?? 0;
      const limits = rolls(now) ? rollLimits(desk.index, joint, options(now)) : trimLimits(desk.index, gesture.ids, edge, options(now));
      const by = heldBy(limits, delta);
      const { why, words } = by ? sayHeld(machine, held, by) : {};
      gesture.why = why;
      const doing = rolls(now) ? "rolling" : options(now).ripple ? "rippling" : "trimming";
      machine.present(ops, found && found.delta === held ? found : null, words ?? say(doing, { name, shift: shift(held, desk.rate) }));
    },
    end: (_, gesture) => doHeld(machine, gesture, say("did_trimmed", { at: timecode(at + (gesture.ops?.[0]?.delta ?? 0), desk.rate) })),
  };
}

/** Of several chosen clips, those whose edge lies at the same frame are trimmed together. */
function sameEdge(desk, id, edge, at) {
  const entry = desk.index.byId.get(id);
  return (edge === "start" ? entry.start : entry.end) === at;
}

function onSlip(machine, id) {
  const { desk } = machine;
  let ids = [];
  return {
    kind: "slip",
    click: () => desk.choose([id]),
    begin: () => {
      ids = machine.taken(id);
      machine.prepare(ids);
    },
    update: (event, place, gesture) => {
      const { delta } = machine.way(event, place, []);
      const ops = planSlip(desk.index, ids, delta, { facts: desk.facts });
      const held = -(ops[0]?.delta ?? 0);
      const by = heldBy(slipLimits(desk.index, ids, { facts: desk.facts }), delta);
      const { why, words } = by ? sayHeld(machine, held, by) : {};
      gesture.why = why;
      machine.present(ops, null, words ?? say("slipping", { name: named(machine, id), shift: shift(held, desk.rate) }));
    },
    end: (_, gesture) => doHeld(machine, gesture, say("did_slipped", { name: named(machine, id) })),
  };
}

function onRazor(machine, id) {
  const { desk, view } = machine;
  return {
    kind: "split",
    fixed: true,
    update() {},
    click: (event) => {
      const frame = Math.round(view.frameAt(view.locate(event).x));
      desk.do(planSplit(desk.index, frame, [id], newId), say("did_split", { at: timecode(frame, desk.rate) }));
    },
  };
}

function onFade(machine, id, field) {
  const { desk } = machine;
  const { clip, start, end } = desk.index.byId.get(id);
  const duration = end - start;
  const other = field === "fade_in" ? clip.fade_out : clip.fade_in;
  return {
    kind: "fade",
    grip: desk.session.state.selection.includes(id),
    click: () => desk.choose([id]),
    begin: () => {
      desk.choose([id]);
      machine.prepare([id]);
    },
    update: (event, place) => {
      const { delta } = machine.way(event, place, []);
      // What was cut off in the midst of its other fade has no room.
      const value = Math.max(0, Math.min(duration - (other ?? 0), (clip[field] ?? 0) + (field === "fade_in" ? delta : -delta)));
      const ops = value === (clip[field] ?? 0) ? [] : fadeEdits(clip, field, value);
      machine.present(ops, null, say(field === "fade_in" ? "fading_in" : "fading_out", { length: timecode(value, desk.rate) }));
    },
    end: (_, { ops }) => desk.do(ops ?? [], say("did_faded")),
  };
}

/** A point of the envelope; `at` null makes a new one where the pointer is. */
function onPoint(machine, id, at) {
  const { desk, view } = machine;
  const { clip, start, end } = desk.index.byId.get(id);
  const duration = end - start;
  const element = machine.canvas.querySelector(`[data-clip="${CSS.escape(id)}"]`);
  const place = (event) => {
    const box = element.getBoundingClientRect();
    const frame = view.frameAt(view.locate(event).x) - start;
    return [frame, gainOf((event.clientY - box.top) / box.height)];
  };
  return {
    kind: "envelope",
    fixed: true,
    click: (event) => (at === null ? addPoint(machine, id, event) : desk.choose([id])),
    begin: () => {
      desk.choose([id]);
      machine.prepare([id]);
    },
    update: (event) => {
      const [frame, gain] = place(event);
      const value = withPoint(clip.envelope, at, [frame, gain], duration);
      const ops = [{ op: "set_clip", clip: id, field: "envelope", value }];
      machine.present(ops, null, say("shaping", { gain: Math.round(gain * 100), at: timecode(Math.max(0, Math.round(frame)), desk.rate) }));
    },
    end: (_, { ops }) => desk.do(ops ?? [], say("did_envelope")),
  };
}

/** A new point on the line, where the pointer is: the line itself keeps its shape. */
export function addPoint({ desk, view }, id, event) {
  const { clip, start, end } = desk.index.byId.get(id);
  const frame = Math.round(view.frameAt(view.locate(event).x) - start);
  const gain = Math.round(envelopeAt(clip.envelope, frame) * 100) / 100;
  const value = withPoint(clip.envelope, null, [frame, gain], end - start);
  desk.do([{ op: "set_clip", clip: id, field: "envelope", value }], say("did_envelope"));
}

/** The mark of a transition: a click chooses it, dragging makes it longer or shorter. Where none is yet, it lies on the
 *  cut: dragging takes the edge beneath. */
function onJoint(machine, after, element, event) {
  const { desk, view } = machine;
  const entry = desk.index.byId.get(after);
  const transition = transitionAfter(desk.index, after);
  const choose = () => {
    desk.session.choose([]);
    desk.session.set({ joint: after, selected: after }); // its settings stand with those of the clip before it
    desk.session.showValues(after);
    if (!transition) desk.openMenu?.({ kind: "joint", id: after, element });
  };
  const next = entry?.places[entry.index + 1];
  if (!transition && next) {
    const left = view.frameAt(view.locate(event).x) < entry.end;
    return { ...(left ? onEdge(machine, after, "end") : onEdge(machine, next.clip.id, "start")), click: choose };
  }
  if (!transition) return { kind: "joint", fixed: true, update() {}, click: choose };
  const most = longestJoint(entry);
  const now = Math.min(most, transition.duration);
  return {
    kind: "joint",
    click: choose,
    begin: () => machine.prepare([]),
    update: (event, place, gesture) => {
      const { delta } = machine.way(event, place, []);
      const side = gesture.from.x >= machine.view.xOf(entry.end - now / 2) ? 1 : -1;
      const duration = Math.min(most, Math.max(1, now + 2 * side * delta));
      const { type, ...rest } = transition;
      const ops = duration === now ? [] : planTransition(desk.index, after, { ...rest, duration }, newId);
      machine.present(ops, null, say("lengthening", { length: timecode(duration, desk.rate) }));
    },
    end: (_, { ops }) => desk.do(ops ?? [], say("did_transition")),
  };
}
