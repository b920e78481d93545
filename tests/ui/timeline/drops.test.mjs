// Files that were dropped before the page was loaded again. Run by tests/ui/test_timeline.py; STUDIO is the folder of the
// studio's modules.
import assert from "node:assert/strict";
import test from "node:test";
import { asBuilt } from "../as_built.mjs";

const { STUDIO } = process.env;
asBuilt(`${STUDIO}/../..`, "en", { react: "export const useSyncExternalStore = () => {}" });
globalThis.window = new EventTarget();
const { Drops } = await import(`file://${STUDIO}/timeline/drops.js`);
const { Desk } = await import(`file://${STUDIO}/timeline/desk.js`);
const { applyAll } = await import(`file://${STUDIO}/edits.js`);
const { TRACK } = await import(`file://${STUDIO}/document.js`);

const line = { type: "clip", id: "line", media: "m", offset: 0, duration: 60, volume: 1, envelope: [], fade_in: 0, fade_out: 0 };
const sound = (id, frames) => ({ id, kind: "audio", use: "voice", name: `${id}.wav`, duration: frames / 25, duration_frames: frames });

for (const order of [["short", "long"], ["long", "short"]]) {
  test(`files of one drop that come ${order.join(" before ")} lie together, between the parts of what they part`, () => {
    const session = { state: { range: null, selection: [] }, library: { put: () => {} } };
    const desk = new Desk(session);
    session.document = {
      rate: [25, 1],
      markers: [],
      tracks: [{ ...TRACK, id: "voice", kind: "voice", items: [{ type: "gap", id: "line~", duration: 120 }, line] }],
    };
    desk.do = (ops) => (session.document = applyAll(session.document, ops).document);
    desk.choose = () => {};
    const drops = new Drops(desk, null);
    const frames = { short: 30, long: 60 };
    for (const id of order) drops.land(sound(id, frames[id]), { project: "p", at: 150, under: "voice", mode: "insert", drop: "d" });
    const lie = [...desk.index.byId.values()].sort((one, other) => one.start - other.start).map(({ clip, start, end }) => [clip.media, start, end]);
    const middle = 150 + frames[order[0]];
    assert.deepEqual(lie, [["m", 120, 150], [order[0], 150, middle], [order[1], middle, 240], ["m", 240, 270]]);
  });
}
