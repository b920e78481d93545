// Everything the timeline does by name: for keys, the toolbar, the menu and the sheet of shortcuts.
import { newId, timecode } from "../document.js";
import { addText } from "./texts.js";
import { say } from "./words.js";
import { copied, cutsOf, planMove, planPaste, planRemove, planSplit, planTransition, planTrimTo } from "./plans.js";

const second = (desk) => Math.round(desk.rate[0] / desk.rate[1]);
const step = (frames) => (desk) => desk.session.seek(desk.frame + frames(desk));

function toCut(direction) {
  return (desk) => {
    const cuts = cutsOf(desk.index);
    const found = direction > 0 ? cuts.find((cut) => cut > desk.frame) : cuts.findLast((cut) => cut < desk.frame);
    if (found !== undefined) desk.session.seek(found);
  };
}

function shuttle(direction) {
  return ({ session }) => {
    const { clock } = session;
    const speed = clock.playing && Math.sign(clock.speed) === direction ? Math.min(8, Math.abs(clock.speed) * 2) : 1;
    clock.play(direction * speed);
  };
}

function remove(ripple) {
  return (desk) => {
    const ids = desk.chosen;
    if (desk.session.state.marker) {
      desk.do([{ op: "remove_marker", marker: desk.session.state.marker }], say("did_marker_removed"));
      desk.session.set({ marker: null });
      return;
    }
    if (desk.session.state.joint) {
      desk.do(planTransition(desk.index, desk.session.state.joint, null, newId), say("did_cut"));
      desk.session.set({ joint: null });
      return;
    }
    if (desk.allLocked) return;
    desk.do(planRemove(ids, ripple), say("did_removed", { count: ids.length }));
  };
}

function split(desk) {
  if (desk.allLocked) return; // it would cut what was not chosen
  const { chosen } = desk;
  const ops = planSplit(desk.index, desk.frame, chosen, newId);
  if (!desk.do(ops, say("did_split", { at: timecode(desk.frame, desk.rate) }))) return;
  // Both parts of what was chosen stay so: the next cut further on is one of the same clip, not of all tracks.
  const parts = ops.filter((op) => chosen.includes(op.clip)).map((op) => op.id);
  if (parts.length) desk.session.choose([...chosen, ...parts]);
}

const trimTo = (edge) => (desk) => {
  if (desk.allLocked) return;
  const { frame } = desk;
  const ops = planTrimTo(desk.index, frame, desk.chosen, edge);
  const [first] = ops;
  const start = first && desk.index.byId.get(first.clip).start;
  if (desk.do(ops, say("did_trimmed", { at: timecode(frame, desk.rate) })) && edge === "start") desk.session.seek(start);
};

function copy(desk) {
  desk.board = copied(desk.index, desk.chosen) ?? desk.board;
  if (desk.board) desk.announce(say("did_copied", { count: desk.board.clips.length }));
}

function paste(desk, at = desk.frame) {
  if (!desk.board) return;
  const { ops, ids } = planPaste(desk.index, desk.board, at, newId);
  if (desk.do(ops, say("did_pasted", { count: ids.length }))) desk.session.choose(ids);
}

function duplicate(desk) {
  const board = copied(desk.index, desk.chosen);
  if (!board) return;
  const end = Math.max(...desk.chosen.map((id) => desk.index.byId.get(id).end));
  const { ops, ids } = planPaste(desk.index, board, end, newId, { room: true }); // one more, and none less
  if (desk.do(ops, say("did_pasted", { count: ids.length }))) desk.session.choose(ids);
}

function mark(desk) {
  const { frame } = desk;
  const there = (desk.document.markers ?? []).find((marker) => marker.frame === frame);
  if (there) return void desk.openMarker?.(there.id);
  desk.do([{ op: "add_marker", marker: { id: newId(), frame, name: "", color: null } }], say("did_marked", { at: timecode(frame, desk.rate) }));
}

const bound = (edge) => (desk) => {
  desk.session.setRange(edge, edge === "in" ? desk.frame : desk.frame + 1);
  desk.announce(say(`did_${edge}`, { at: timecode(desk.frame, desk.rate) }));
};

const group = (on) => (desk) => {
  const ids = desk.chosen;
  if (on && ids.length > 1) desk.do([{ op: "group", clips: ids, id: newId() }], say("did_grouped", { count: ids.length }));
  if (!on) desk.do([{ op: "ungroup", clips: ids }], say("did_ungrouped"));
};

const link = (on) => (desk) => {
  const ids = desk.chosen;
  if (on && ids.length > 1) desk.do([{ op: "link", clips: ids, id: newId() }], say("did_linked"));
  if (!on) desk.do([{ op: "unlink", clips: ids }], say("did_unlinked"));
};

/** The sound of a video as a clip of its own below, linked with it; the picture is silent from then on. */
function detach(desk) {
  const ops = [];
  for (const id of desk.chosen) {
    const entry = desk.index.byId.get(id);
    if (entry?.track.kind !== "video" || desk.library.file(entry.clip.media)?.has_audio === false) continue;
    let track = desk.document.tracks.find((one) => one.kind === "sfx" && !one.locked)?.id;
    if (!track) {
      track = newId();
      ops.push({ op: "add_track", track: { id: track, kind: "sfx" } });
    }
    const { media, offset = 0, volume = 1, envelope = [], fade_in = 0, fade_out = 0, fade_in_from = 0, fade_out_to = 0 } = entry.clip;
    const sound = newId();
    const clip = { id: sound, media, offset, duration: entry.end - entry.start, volume, envelope, fade_in, fade_out, fade_in_from, fade_out_to, loop: false };
    ops.push({ op: "insert_clip", track, at: entry.start, clip, mode: "overwrite" });
    ops.push({ op: "set_clip", clip: id, field: "volume", value: 0 });
    ops.push({ op: "link", clips: [id, sound], id: newId() });
  }
  desk.do(ops, say("did_detached"));
}

/** What is chosen moves as long as the keys are held: one step of undo. */
const nudge = (frames) => (desk, event) => {
  const marker = desk.document.markers?.find((one) => one.id === desk.session.state.marker);
  if (marker && !event?.repeat) desk.session.history.seal();
  if (marker) return void desk.do([{ op: "move_marker", marker: marker.id, frame: Math.max(0, marker.frame + frames(desk)) }], null, { merge: `nudge/${marker.id}` });
  if (desk.allLocked) return;
  const ids = desk.chosen.filter((id) => desk.index.byId.get(id).track.kind !== "scene");
  if (!ids.length) return;
  if (event) desk.nudge(ids, frames(desk));
  else desk.do(planMove(desk.index, ids, frames(desk)));
};

/** To the clip beside the chosen one, or on the row above or below: the keyboard's way around. */
const walk = (along, across) => (desk) => {
  const { index, session } = desk;
  const entry = index.byId.get(session.state.selection.at(-1));
  if (!entry) {
    const first = [...index.byId.values()].find((one) => desk.frame >= one.start && desk.frame < one.end);
    if (!first) return;
    desk.choose([first.clip.id]);
    desk.focusClip?.(first.clip.id);
    return;
  }
  let next = entry.places[entry.index + along];
  if (across) {
    const rows = desk.rows();
    for (let at = rows.findIndex((row) => row.track.id === entry.track.id) + across; rows[at] && (!next || next === entry.places[entry.index]); at += across) {
      const places = index.placesOf(rows[at].track);
      next = places.find((place) => place.end > entry.start) ?? places.at(-1);
    }
  }
  if (!next || next.clip.id === entry.clip.id) return;
  desk.choose([next.clip.id]);
  desk.view.reveal(next.start);
  desk.view.revealRow(desk.rows().find((row) => row.track.id === desk.index.byId.get(next.clip.id).track.id));
  desk.focusClip?.(next.clip.id);
};

/** Name -> { run, keys }. Keys are written as `keyOf` (keys.js) tells them; the first is shown. */
export const COMMANDS = {
  play: { keys: ["Space", "K"], run: ({ session }) => session.clock.toggle() },
  backwards: { keys: ["J"], run: shuttle(-1) },
  forwards: { keys: ["L"], run: shuttle(1) },
  frame_back: { keys: ["ArrowLeft"], run: step(() => -1) },
  frame_on: { keys: ["ArrowRight"], run: step(() => 1) },
  second_back: { keys: ["Shift+ArrowLeft"], run: step((desk) => -second(desk)) },
  second_on: { keys: ["Shift+ArrowRight"], run: step(second) },
  to_start: { keys: ["Home"], run: ({ session }) => session.seek(0) },
  to_end: { keys: ["End"], run: ({ session }) => session.seek(session.clock.length - 1) },
  previous_edit: { keys: ["ArrowUp"], run: toCut(-1) },
  next_edit: { keys: ["ArrowDown"], run: toCut(1) },
  mark_in: { keys: ["I"], run: bound("in") },
  mark_out: { keys: ["O"], run: bound("out") },
  clear_range: { keys: ["Alt+X"], run: ({ session }) => session.clearRange() },
  loop: { keys: ["Ctrl+L"], run: ({ session }) => session.setLoop(!session.state.loop) },
  full: { keys: ["F"], run: ({ session }) => session.fullScreen?.() },
  mark: { keys: ["M"], run: mark },
  add_text: { keys: ["T"], run: addText },
  split: { keys: ["Ctrl+K", "Ctrl+B"], run: split },
  trim_start: { keys: ["Q"], run: trimTo("start") },
  trim_end: { keys: ["W"], run: trimTo("end") },
  remove: { keys: ["Delete", "Backspace"], run: remove(false) },
  ripple_remove: { keys: ["Shift+Delete", "Shift+Backspace"], run: remove(true) },
  undo: { keys: ["Ctrl+Z"], run: ({ session }) => session.undo() },
  redo: { keys: ["Ctrl+Shift+Z", "Ctrl+Y"], run: ({ session }) => session.redo() },
  copy: { keys: ["Ctrl+C"], run: copy },
  cut: {
    keys: ["Ctrl+X"],
    run: (desk) => {
      copy(desk);
      remove(false)(desk);
    },
  },
  paste: { keys: ["Ctrl+V"], run: (desk) => paste(desk) },
  duplicate: { keys: ["Ctrl+D"], run: duplicate },
  choose_all: {
    keys: ["Ctrl+A"],
    run: (desk) => desk.choose([...desk.index.byId.values()].filter((entry) => !entry.track.locked).map((entry) => entry.clip.id)),
  },
  choose_none: { keys: ["Escape"], run: (desk) => desk.session.choose([]) },
  group: { keys: ["Ctrl+G"], run: group(true) },
  ungroup: { keys: ["Ctrl+Shift+G"], run: group(false) },
  link: { keys: [], run: link(true) },
  unlink: { keys: [], run: link(false) },
  detach: { keys: [], run: detach },
  nudge_back: { keys: ["Alt+ArrowLeft"], run: nudge(() => -1) },
  nudge_on: { keys: ["Alt+ArrowRight"], run: nudge(() => 1) },
  nudge_second_back: { keys: ["Alt+Shift+ArrowLeft"], run: nudge((desk) => -second(desk)) },
  nudge_second_on: { keys: ["Alt+Shift+ArrowRight"], run: nudge(second) },
  clip_before: { keys: ["Ctrl+ArrowLeft"], run: walk(-1, 0) },
  clip_after: { keys: ["Ctrl+ArrowRight"], run: walk(1, 0) },
  clip_above: { keys: ["Ctrl+ArrowUp"], run: walk(0, -1) },
  clip_below: { keys: ["Ctrl+ArrowDown"], run: walk(0, 1) },
  tool_select: { keys: ["V"], run: ({ view }) => view.set({ tool: "select" }) },
  tool_split: { keys: ["C"], run: ({ view }) => view.set({ tool: "split" }) },
  tool_slip: { keys: ["Y"], run: ({ view }) => view.set({ tool: "slip" }) },
  tool_ripple: { keys: ["B"], run: ({ view }) => view.set({ tool: "ripple" }) },
  tool_roll: { keys: ["N"], run: ({ view }) => view.set({ tool: "roll" }) },
  snapping: { keys: ["S"], run: ({ view }) => view.keep({ snapping: !view.state.snapping }) },
  ruler_unit: { keys: [], run: ({ view }) => view.keep({ frames: !view.state.frames }) },
  zoom_in: { keys: ["Ctrl+=", "="], run: ({ view }) => view.zoom(1.5) },
  zoom_out: { keys: ["Ctrl+-", "-"], run: ({ view }) => view.zoom(1 / 1.5) },
  zoom_fit: { keys: ["Shift+Z"], run: ({ view }) => view.fit() },
  shortcuts: { keys: ["Shift+?"], run: (desk) => desk.showSheet?.() },
};

/** The sheet's groups, in order. */
export const GROUPS = {
  playback: ["play", "backwards", "forwards", "frame_back", "frame_on", "second_back", "second_on", "to_start", "to_end", "previous_edit", "next_edit", "loop", "full"],
  editing: ["add_text", "split", "trim_start", "trim_end", "remove", "ripple_remove", "undo", "redo", "copy", "cut", "paste", "duplicate", "group", "ungroup", "nudge_back", "nudge_on"],
  range: ["mark_in", "mark_out", "clear_range", "mark", "snapping", "zoom_in", "zoom_out", "zoom_fit"],
  choosing: ["choose_all", "choose_none", "clip_before", "clip_after", "clip_above", "clip_below"],
  tools: ["tool_select", "tool_split", "tool_slip", "tool_ripple", "tool_roll", "shortcuts"],
};

/** Does a command; `event`: of the key that asked for it. */
export const run = (desk, name, event = null) => COMMANDS[name].run(desk, event);
