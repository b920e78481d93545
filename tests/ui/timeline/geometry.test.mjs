// The timeline's arithmetic. Run by tests/ui/test_timeline.py; STUDIO is the folder of the studio's modules.
import assert from "node:assert/strict";
import test from "node:test";

const at = (name) => import(`file://${process.env.STUDIO}/timeline/${name}`);
const geometry = await at("geometry.js");
const { nearest, snap, targetsOf } = await at("snapping.js");
const envelope = await at("envelope.js");

const { lostPairs } = await import(`file://${process.env.STUDIO}/contrast.js`);

const track = (id, kind, extra = {}) => ({ id, kind, items: [], volume: 1, ...extra });

test("pictures stack upwards, scenes below them, sounds at the bottom", () => {
  const tracks = [track("m", "music"), track("s", "scene"), track("v", "video"), track("t", "text"), track("x", "sfx")];
  const rows = geometry.rowsOf({ tracks });
  assert.deepEqual(rows.map((row) => row.track.id), ["t", "v", "s", "m", "x"]);
  assert.equal(rows[1].y, rows[0].height);
  assert.equal(geometry.rowAt(rows, rows[2].y + 1).track.id, "s");
  assert.equal(geometry.rowAt(rows, 1e6).track.id, "x");
});

test("zooming keeps the frame under the pointer", () => {
  const view = { scale: 2, scroll: 300 };
  const next = geometry.zoomAbout(view, 1.7, 250, [0.1, 40]);
  assert.ok(Math.abs((next.scroll + 250) / next.scale - (300 + 250) / 2) < 1e-9);
  assert.equal(geometry.zoomAbout(view, 1e6, 0, [0.1, 40]).scale, 40);
});

test("the zoom slider goes there and back", () => {
  const limits = geometry.scales(3000, 900);
  for (const zoom of [0, 0.3, 1]) assert.ok(Math.abs(geometry.zoomOf(geometry.scaleOf(zoom, limits), limits) - zoom) < 1e-9);
});

test("labels of the ruler never touch and its lines divide them", () => {
  for (const rate of [[25, 1], [30000, 1001], [24, 1], [60, 1]]) {
    for (const scale of [0.0005, 0.01, 0.2, 1.84, 7, 40]) {
      const { major, minor } = geometry.rulerSteps(rate, scale);
      assert.ok(major * scale >= 76 || major >= 7200 * (rate[0] / rate[1]) * 0.99, `${rate} ${scale}`);
      assert.ok(Math.abs(major / minor - Math.round(major / minor)) < 1e-6);
    }
  }
  assert.deepEqual(geometry.labelsIn(26, 101, 25), [50, 75, 100]);
});

test("the rows in view are drawn, and some above and below them", () => {
  for (const down of [0, 1, 63, 64, 500]) {
    const [from, to] = geometry.bandOf(down, 240);
    assert.ok(from <= down - (down ? 1 : 0) && to >= down + 240 + 64, `${down}: ${from} to ${to}`);
    assert.ok(to - from <= 240 + 3 * 64);
  }
  assert.deepEqual(geometry.bandOf(10, 240), geometry.bandOf(60, 240), "not for every pixel");
});

test("only what is in the window is drawn, at any length", () => {
  const places = Array.from({ length: 5000 }, (_, index) => ({ clip: { id: index }, start: index * 10, end: index * 10 + 8 }));
  const found = geometry.inWindow(places, [995, 1031]);
  assert.deepEqual(found.map((place) => place.clip.id), [99, 100, 101, 102, 103].filter((id) => places[id].end > 995 && places[id].start < 1031));
  const [from, to] = geometry.windowOf(1234, 900, 2);
  assert.ok(from <= 1234 / 2 && to >= (1234 + 900) / 2);
  assert.deepEqual(geometry.windowOf(1240, 900, 2), [from, to]);
});

test("a rectangle touches the clips under it, not those of locked tracks", () => {
  const tracks = [track("s", "scene"), track("v", "video"), track("l", "video", { locked: true })];
  const rows = geometry.rowsOf({ tracks });
  const placesOf = (one) => [{ clip: { id: `${one.id}1` }, start: 0, end: 50 }, { clip: { id: `${one.id}2` }, start: 50, end: 90 }];
  const all = { above: 0, below: 1000 };
  assert.deepEqual(geometry.touched(rows, placesOf, { from: 10, to: 20, ...all }), ["v1", "s1"]);
  assert.deepEqual(geometry.touched(rows, placesOf, { from: 40, to: 60, above: rows[2].y + 1, below: rows[2].y + 2 }), ["s1", "s2"]);
});

test("edges stick to the nearest target within reach, and say to which", () => {
  const tracks = [track("s", "scene")];
  const placesOf = () => [{ clip: { id: "a" }, start: 0, end: 100 }, { clip: { id: "b" }, start: 100, end: 160 }];
  const targets = targetsOf({ tracks, markers: [{ id: "m", frame: 140 }] }, placesOf, { playhead: 60, skip: new Set(["b"]) });
  assert.deepEqual(targets.map((target) => target.frame), [0, 0, 60, 100, 140]);
  assert.equal(nearest(targets, 81).frame, 100);
  const found = snap(targets, [200, 260], -118, 5);
  assert.deepEqual([found.delta, found.target.kind], [-120, "marker"]);
  assert.equal(snap(targets, [200], -80, 5), null);
});

test("envelopes are lines between points, level outside", () => {
  const points = [[10, 1], [20, 0.5]];
  assert.deepEqual([0, 10, 15, 20, 99].map((frame) => envelope.envelopeAt(points, frame)), [1, 1, 0.75, 0.5, 0.5]);
  assert.deepEqual(envelope.withPoint(points, null, [15, 0.2], 100), [[10, 1], [15, 0.2], [20, 0.5]]);
  assert.deepEqual(envelope.withPoint(points, 1, [150, 0.2], 100), [[10, 1], [100, 0.2]]);
  assert.deepEqual(envelope.withPoint(points, 0, null, 100), [[20, 0.5]]);
  assert.equal(envelope.gainOf(envelope.shareOf(0.35)), 0.35);
  assert.equal(envelope.fadeAt({ fade_in: 10, fade_out: 20 }, 100, 5), 0.5);
  assert.equal(envelope.fadeAt({ fade_in: 10, fade_out: 20 }, 100, 95), 0.25);
  const cut = { id: "c", fade_in: 10, fade_out: 20, fade_in_from: 0.5, fade_out_to: 0.25 };
  assert.deepEqual([0, 5, 50, 95, 100].map((frame) => envelope.fadeAt(cut, 100, frame)), [0.5, 0.75, 1, 0.4375, 0.25]);
  assert.deepEqual(envelope.fadeEdits(cut, "fade_in", 0).map((op) => [op.field, op.value]), [["fade_in", 0], ["fade_in_from", null]]);
  const { fade_in_from, ...passing } = { ...cut, fade_in: 0 }; // “0.5” is typed: the 0 of it was set
  const typed = (share) => envelope.fadeEdits(passing, "fade_in", 15, share).map((op) => [op.field, op.value]);
  assert.deepEqual(typed(fade_in_from), [["fade_in", 15], ["fade_in_from", 0.5]]);
  assert.deepEqual(typed(0), [["fade_in", 15]]);
});

test("shared colours that the designer kept apart are told when they no longer are", () => {
  const colors = [{ key: "ink", value: "#101418" }, { key: "paper", value: "#F4E9D8" }, { key: "sun", value: "#F0B040" }];
  const told = (changed) => lostPairs(colors, ({ key, value }) => changed[key] ?? value).map(({ one, other }) => `${one.key} ${other.key}`);
  assert.deepEqual(told({}), []); // paper and sun are alike in the design: that is the designer's business
  assert.deepEqual(told({ ink: "#E8D8C0" }), ["ink paper", "ink sun"]);
  assert.deepEqual(told({ paper: "#FFFFFF" }), []);
});

test("the playhead's time covers no marker", () => {
  const side = (frame, ...frames) => geometry.chipSide(frame, frames.map((at) => ({ frame: at })), 2);
  assert.equal(side(100), "middle");
  assert.equal(side(100, 150, 20), "middle");
  assert.equal(side(100, 100), "after");
  assert.equal(side(100, 95), "after");
  assert.equal(side(100, 105), "before");
  assert.equal(side(20, 24), "after", "before it there is no room");
  assert.equal(side(0), "after");
});
