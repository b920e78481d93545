// Clips moved by held keys, whatever interrupts them. Run by tests/ui/test_timeline.py; STUDIO is the folder of the
// studio's modules.
import assert from "node:assert/strict";
import test from "node:test";
import { asBuilt } from "../as_built.mjs";

const { STUDIO } = process.env;
asBuilt(`${STUDIO}/../..`, "en", { react: "export const useSyncExternalStore = () => {}" });
globalThis.window = new EventTarget();
globalThis.cancelAnimationFrame = () => {};
const { Gestures } = await import(`file://${STUDIO}/timeline/gestures.js`);
const { indexOf } = await import(`file://${STUDIO}/timeline/plans.js`);
const { filmLength, placesOf } = await import(`file://${STUDIO}/timeline/places.js`);
const { TRACK } = await import(`file://${STUDIO}/document.js`);

const text = (id) => ({ type: "clip", id, text: id, duration: 20 });
const film = (...ids) => ({
  rate: [25, 1],
  markers: [],
  tracks: [
    { ...TRACK, id: "scenes", kind: "scene", items: [{ type: "clip", id: "s", scene: "s", values: {}, offset: 0, duration: 200 }] },
    { ...TRACK, id: "texts", kind: "text", items: ids.flatMap((id) => [{ type: "gap", id: `${id}~`, duration: 10 }, text(id)]) },
  ],
});

/** A timeline with two texts at 10 and at 40. */
function opened() {
  const did = [];
  const told = [];
  const desk = {
    document: film("one", "two"),
    rate: [25, 1],
    frame: 0,
    view: { state: { scale: 1 } },
    session: { state: { range: null }, dragging: false },
    get index() {
      return indexOf(this.document, placesOf, filmLength(this.document));
    },
    nameOf: (clip) => clip.id,
    tell: () => {},
    announce: (words) => told.push(words),
    do: (ops, words) => ops.length && did.push(...ops) && told.push(words),
  };
  const gestures = new Gestures(desk);
  const root = Object.assign(new EventTarget(), { dataset: {} });
  const close = gestures.attach(root, { canvas: { querySelectorAll: () => [] }, guide: {}, marquee: {} });
  const press = (type, more = {}) => window.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), more));
  const held = (frames, times = 3) => {
    for (let time = 0; time < times; time += 1) {
      press("keydown", { key: frames < 0 ? "ArrowLeft" : "ArrowRight", altKey: true });
      gestures.nudge(["one", "two"].filter((id) => desk.index.byId.has(id)), frames);
    }
  };
  return { desk, did, told, press, held, close, root };
}
const moved = (delta, clips = ["one", "two"]) => [{ op: "move_clips", clips, delta, mode: "overwrite" }];

for (const [what, type, more] of [
  ["the key is let go", "keyup", { key: "ArrowRight" }],
  ["the window is left", "blur"],
  ["a button is pressed somewhere", "pointerdown"],
  ["another key is pressed", "keydown", { key: "s" }],
])
  test(`a hold is one step: ${what}`, () => {
    const { desk, did, press, held, close } = opened();
    held(2);
    assert.deepEqual([did, desk.session.dragging], [[], true]);
    press(type, more);
    assert.deepEqual([did, desk.session.dragging], [moved(6), false]);
    press("keyup", { key: "ArrowRight" });
    assert.equal(did.length, 1);
    close();
  });

test("Shift that is let go goes on frame by frame; Esc takes all back; nothing is done twice", () => {
  const { desk, did, press, held, close } = opened();
  held(10);
  press("keyup", { key: "Shift" });
  held(1, 1);
  assert.deepEqual(did, []);
  press("keydown", { key: "Escape" });
  press("keyup", { key: "ArrowRight" });
  assert.deepEqual([did, desk.session.dragging], [[], false]);
  close();
});

test("nothing goes before the film's start, and what comes back to its place has not moved", () => {
  const { did, told, press, held, close } = opened();
  held(-8);
  held(1, 10);
  press("keyup", { key: "ArrowLeft" });
  assert.deepEqual([did, told], [[], []]);
  close();
});

test("what another tab deletes meanwhile stays deleted; the others move", () => {
  const { desk, did, press, held, close } = opened();
  held(1);
  desk.document = film("one");
  press("keyup", { key: "ArrowRight" });
  held(1);
  desk.document = film();
  press("keyup", { key: "ArrowRight" });
  assert.deepEqual(did, moved(3, ["one"]));
  close();
});
