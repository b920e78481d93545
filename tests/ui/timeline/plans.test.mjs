// What gestures and commands plan to do. Run by tests/ui/test_timeline.py; STUDIO is the folder of the studio's modules.
import assert from "node:assert/strict";
import test from "node:test";

const studio = (name) => import(`file://${process.env.STUDIO}/${name}`);
const plans = await studio("timeline/plans.js");
const { applyAll } = await studio("edits.js");
const { filmLength, places, TRACK } = await studio("document.js");

const text = (id, duration) => ({ type: "clip", id, text: id, duration });
const scene = (id, duration) => ({ type: "clip", id, scene: "s", values: {}, offset: 0, duration });
const gap = (id, duration) => ({ type: "gap", id: `${id}~`, duration });
const track = (id, kind, items, extra = {}) => ({ ...TRACK, id, kind, items, ...extra });
const film = (...tracks) => ({ version: 2, rate: [25, 1], size: [320, 180], colors: {}, preset: null, audio: {}, markers: [], tracks });
const indexed = (document) => plans.indexOf(document, (one, length) => places(one, length ?? filmLength(document)), filmLength(document));
const facts = (clip, { kind }) => (kind === "scene" ? 100 : kind === "text" ? null : 300);

test("a transition is half of the shorter clip at most", () => {
  const index = indexed(film(track("s", "scene", [scene("a", 40), scene("b", 13)])));
  assert.equal(plans.longestJoint(index.byId.get("a")), 6);
});

test("scenes go where their edge passes the middle of another", () => {
  const document = film(track("s", "scene", [scene("a", 40), scene("b", 40), scene("c", 40)]));
  const index = indexed(document);
  const order = (id, delta) => applyAll(document, plans.planMove(index, [id], delta)).document.tracks[0].items.map((item) => item.id).join("");
  assert.equal(order("a", 15), "abc");
  assert.equal(order("a", 30), "bac");
  assert.equal(order("a", 200), "bca");
  assert.equal(order("c", -70), "cab");
});

test("an edge stops at its neighbour, at the source's end and at one frame; rippling passes the neighbour", () => {
  const line = { type: "clip", id: "v", media: "m", offset: 20, duration: 60, volume: 1, fade_in: 0, fade_out: 0, envelope: [], loop: false };
  const document = film(track("s", "scene", [scene("a", 40)]), track("t", "text", [text("one", 60), gap("two", 20), text("two", 60)]), track("v", "voice", [gap("v", 100), line]));
  const index = indexed(document);
  const delta = (id, edge, by, ripple = false) => plans.planTrim(index, [id], edge, by, { ripple, facts })[0]?.delta;
  assert.equal(delta("one", "end", 50), 20);
  assert.equal(delta("one", "end", 50, true), 50);
  assert.equal(delta("one", "end", -90), -59);
  assert.equal(delta("v", "start", -60), -20, "the source begins there");
  assert.equal(delta("v", "end", 500), 220, "and ends there");
  assert.equal(delta("a", "end", 90), 60, "a scene has its own length");
});

test("a cut is rolled between two clips that meet, and only there", () => {
  const document = film(track("s", "scene", [scene("a", 40)]), track("t", "text", [text("one", 60), text("two", 60), gap("three", 5), text("three", 60)]));
  const index = indexed(document);
  assert.equal(plans.jointAt(index, "two", "end"), null);
  const joint = plans.jointAt(index, "one", "end");
  const [op] = plans.planRoll(index, joint, 80, { facts });
  assert.deepEqual([op.clips, op.delta], [["one", "two"], 59]);
});

test("what is pasted lies on its own track, else on one of its kind, else on a new one", () => {
  const document = film(track("s", "scene", [scene("a", 40)]), track("t", "text", [text("one", 60)]), track("u", "text", []));
  const board = plans.copied(indexed(document), ["one"]);
  let made = 0;
  const target = (tracks) => {
    const { ops } = plans.planPaste(indexed(film(...tracks)), board, 100, () => `n${(made += 1)}`);
    return ops.map((op) => op.track?.kind ?? op.track);
  };
  const [scenes, first, second] = document.tracks;
  assert.deepEqual(target(document.tracks), ["t"]);
  assert.deepEqual(target([scenes, { ...first, locked: true }, second]), ["u"]);
  const [added, onto] = target([scenes]);
  assert.equal(added, "text");
  assert.match(onto, /^n\d+$/);
});

test("groups and links go together, clips of locked tracks stay", () => {
  const document = film(
    track("s", "scene", [scene("a", 40)]),
    track("t", "text", [{ ...text("one", 60), group: "g" }, { ...text("two", 60), group: "g" }]),
    track("u", "text", [{ ...text("three", 60), group: "g" }], { locked: true }),
  );
  assert.deepEqual(plans.together(indexed(document), ["one"]).sort(), ["one", "two"]);
});
