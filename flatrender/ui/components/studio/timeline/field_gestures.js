// Gestures beside the clips: the ruler, markers, the range, choosing with a rectangle, heights of rows.
import { timecode } from "../document.js";
import { say } from "./words.js";
import { RULER, SHORTEST_ROW, TALLEST_ROW, heightOf, rowsOf, touched } from "./geometry.js";
import { nearest, targetsOf, REACH } from "./snapping.js";

export function fieldGesture(machine, event) {
  const { target } = event;
  const of = (name) => target.closest(`[data-${name}]`)?.dataset[name];
  if (of("marker")) return onMarker(machine, of("marker"));
  if (of("bound")) return onBound(machine, of("bound"));
  if (target.closest("[data-ruler]")) return onRuler(machine);
  if (of("size")) return onRowHeight(machine, of("size"));
  if (target.closest("[data-head]")) return null;
  return onField(machine, event);
}

const frameOf = ({ view }, place) => Math.max(0, Math.round(view.frameAt(place.x)));

/** The frame under the pointer, drawn to a target near it. */
function sticky(machine, event, place, targets) {
  const { scale, snapping } = machine.view.state;
  const frame = frameOf(machine, place);
  const target = snapping && !event.altKey ? nearest(targets, frame) : null;
  const close = target && Math.abs(target.frame - frame) <= REACH / scale ? target : null;
  machine.guideAt(close);
  return close ? close.frame : frame;
}

function onRuler(machine) {
  const { session } = machine.desk;
  const { narrow, scale } = machine.view.state;
  session.clock.pause();
  if (narrow) {
    // The film moves under the playhead: it goes with the hand, and a click goes where it is.
    const from = session.state.frame;
    const cancel = () => session.seek(from);
    const update = (event, _, gesture) => session.seek(from - Math.round((event.clientX - gesture.page[0]) / scale));
    return { kind: "scrub", fixed: true, update, cancel, click: (event) => session.seek(frameOf(machine, machine.view.locate(event))) };
  }
  return {
    kind: "scrub",
    now: true, // a click goes there too
    update: (event, place) => session.seek(frameOf(machine, place)),
  };
}

function onMarker(machine, id) {
  const { desk } = machine;
  const marker = desk.document.markers.find((one) => one.id === id);
  if (!marker) return null;
  const element = machine.canvas.querySelector(`[data-marker="${CSS.escape(id)}"]`);
  const targets = targetsOf(desk.document, desk.index.placesOf, { playhead: desk.frame }).filter((one) => one.marker?.id !== id);
  return {
    kind: "marker",
    click: () => {
      desk.session.set({ marker: id, selection: [], joint: null });
      desk.session.seek(marker.frame);
    },
    update: (event, place, gesture) => {
      gesture.frame = sticky(machine, event, place, targets);
      element.style.setProperty("--at", gesture.frame);
      desk.tell(say("moving_marker", { at: timecode(gesture.frame, desk.rate) }));
    },
    end: (_, { frame }) => frame !== undefined && desk.do([{ op: "move_marker", marker: id, frame }], say("did_moved", { name: marker.name || say("marker") })),
    cancel: () => element.style.setProperty("--at", marker.frame),
  };
}

function onBound(machine, edge) {
  const { desk } = machine;
  const before = { ...desk.session.state.range };
  const targets = targetsOf(desk.document, desk.index.placesOf, { playhead: desk.frame });
  return {
    kind: "range",
    update: (event, place) => desk.session.setRange(edge, sticky(machine, event, place, targets)),
    cancel: () => desk.session.putRange(before),
  };
}

/** The empty lane: a click or a tap chooses nothing, dragging a mouse chooses with a rectangle; a finger scrolls. */
function onField(machine, event) {
  const { desk, view } = machine;
  if (event.pointerType === "touch") return { kind: "tap", tap: true, click: () => desk.choose([]) };
  const before = event.shiftKey ? desk.session.state.selection : [];
  const rows = rowsOf(desk.document);
  return {
    kind: "band",
    click: () => {
      desk.session.choose([]);
    },
    update: (_, place, gesture) => {
      const { from } = gesture;
      const [left, right] = [Math.min(from.x, place.x), Math.max(from.x, place.x)];
      const [above, below] = [Math.min(from.y, place.y), Math.max(from.y, place.y)];
      machine.marquee.hidden = false;
      machine.marquee.style.transform = `translate(${view.side + left}px,${above}px)`;
      machine.marquee.style.inlineSize = `${right - left}px`;
      machine.marquee.style.blockSize = `${below - above}px`;
      const box = { from: view.frameAt(left), to: view.frameAt(right), above: above - RULER, below: below - RULER };
      gesture.ids = touched(rows, desk.index.placesOf, box);
      const chosen = new Set([...before, ...gesture.ids]);
      for (const element of machine.canvas.querySelectorAll("[data-clip]")) element.classList.toggle("on", chosen.has(element.dataset.clip));
    },
    end: (_, { ids = [] }) => desk.choose([...before, ...ids]),
    cancel: () => desk.session.choose([...desk.session.state.selection]),
  };
}

function onRowHeight(machine, id) {
  const { desk } = machine;
  const track = desk.document.tracks.find((one) => one.id === id);
  const row = machine.canvas.querySelector(`[data-row="${CSS.escape(id)}"]`);
  const before = heightOf(track);
  return {
    kind: "height",
    fixed: true,
    update: (_, place, gesture) => {
      gesture.height = Math.round(Math.min(TALLEST_ROW, Math.max(SHORTEST_ROW, before + place.y - gesture.from.y)));
      row.style.blockSize = `${gesture.height}px`;
    },
    end: (_, { height }) => height && desk.do([{ op: "set_track", track: id, field: "height", value: height }]),
    cancel: () => (row.style.blockSize = `${before}px`),
  };
}
