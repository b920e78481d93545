// What the preview shows and sounds like, without a browser: gains, places, the clock.
import assert from "node:assert/strict";
import test from "node:test";

const at = (name) => import(`file://${process.env.STUDIO}/preview/${name}`);
const { clipGain, gainLine, trackGains } = await at("gains.js");
const { Mixer } = await at("mixer.js");
const { filmFrames, lengthsOf, sceneFrame } = await import(`file://${process.env.STUDIO}/rates.js`);
const { apart, fitted, middleOf, periodOf, stateStyle, tintMatrix, wrapped } = await at("looks.js");

test("a scene of another rate shows the frame that the film shows, and is as long as the server says", () => {
  // The cases of tests/renders/test_planner.py.
  for (const [own, film, seen] of [[25, 50, [0, 0, 1, 1, 2]], [50, 25, [0, 2, 4, 6, 8]], [30, 25, [0, 1, 2, 3, 4]], [25, 25, [0, 1, 2, 3, 4]]]) {
    assert.deepEqual(seen.map((_, frame) => sceneFrame(frame, { rate: [own, 1] }, [film, 1])), seen);
  }
  const ntsc = { rate: [30000, 1001], frames: 30000, min_frames: 1, max_frames: 15 };
  assert.equal(filmFrames(30000, ntsc, [30, 1]), 30030);
  assert.equal(sceneFrame(30030, ntsc, [30, 1]), 30000);
  assert.deepEqual(lengthsOf(ntsc, [24000, 1001]), { low: 1, high: 12, usual: 12 });
  assert.deepEqual([1, 3, 5].map((frames) => filmFrames(frames, { rate: [50, 1] }, [25, 1])), [0, 2, 2], "half a frame goes to the even one");
});

test("solo silences the others, mute wins, volume counts", () => {
  const tracks = [
    { id: "a", kind: "music", volume: 0.5, solo: true },
    { id: "b", kind: "voice", volume: 1 },
    { id: "c", kind: "sfx", volume: 1, solo: true, mute: true },
    { id: "s", kind: "scene" },
  ];
  assert.deepEqual([...trackGains({ tracks })], [["a", 0.5], ["b", 0], ["c", 0], ["s", 0]]);
  tracks.forEach((track) => (track.solo = false));
  assert.deepEqual([...trackGains({ tracks })], [["a", 0.5], ["b", 1], ["c", 0], ["s", 1]]);
});

test("what a scene's layers sound is heard where the scene is, faded where it meets another", () => {
  const mixer = new Mixer({ file: () => null });
  const scene = (id, offset) => ({ type: "clip", id, scene: id, duration: 100, offset, values: {} });
  const transition = { type: "transition", id: "t", kind: "fade", duration: 20, params: {} };
  const items = [scene("one", 10), transition, scene("two", 0), scene("silent", 0)];
  mixer.setDocument({ rate: [25, 1], tracks: [{ id: "s", kind: "scene", items }] });
  assert.equal(mixer.sounds, false, "until it is known");
  mixer.setScenes(new Map([["one", { name: "a", play: "/one" }], ["two", { name: "b", play: "/two" }]]));
  const told = mixer.audible().map(({ clip, start, end, file }) => [clip.id, clip.offset, clip.fade_in, clip.fade_out, start, end, file.play, file.duration]);
  assert.deepEqual(told, [["one", 10, 0, 20, 0, 100, "/one", 4.4], ["two", 0, 20, 0, 80, 180, "/two", 4]]);
});

test("a sound that is longer than the film ends with it, and fades where its own end is, as in the film", () => {
  const mixer = new Mixer({ file: () => ({ duration: 9 }) });
  const music = { type: "clip", id: "m", media: "m", offset: 0, duration: 200, volume: 1, fade_in: 0, fade_out: 50, envelope: [], loop: false };
  const scene = { type: "clip", id: "s", scene: "s", duration: 100, offset: 0, values: {} };
  mixer.setDocument({ rate: [25, 1], tracks: [{ id: "s", kind: "scene", items: [scene] }, { id: "t", kind: "music", items: [music] }] });
  const played = [];
  const gain = { setValueAtTime: (level, at) => played.push([at, level]), linearRampToValueAtTime: (level, at) => played.push([at, level]) };
  mixer.context = { currentTime: 0, createGain: () => ({ gain, connect() {} }) };
  mixer.anchor = { film: 0, context: 0 };
  const [place] = mixer.audible();
  mixer.shaped(place, 0);
  assert.equal(place.end, 100);
  assert.deepEqual(played, [[0, 1], [6, 1], [8, 0]]);
});

test("the line that is played follows fades and envelope within a hundredth", () => {
  const clip = { volume: 0.8, fade_in: 40, fade_out: 60, envelope: [[0, 1], [50, 0.2], [200, 1.5]] };
  const line = gainLine(clip, 250, 10);
  assert.equal(line[0][0], 10);
  assert.equal(line.at(-1)[0], 250);
  for (let frame = 10; frame < 250; frame += 1) {
    const after = line.findIndex(([where]) => where > frame);
    const [[one, from], [other, to]] = [line[after - 1], line[after]];
    const played = from + ((to - from) * (frame - one)) / (other - one);
    assert.ok(Math.abs(played - clipGain(clip, 250, frame)) < 0.01, `frame ${frame}`);
  }
});

test("pictures lie in their boxes as the film lays them", () => {
  const cover = fitted({ mode: "cover", focus: [0, 0.5] }, [400, 100], [100, 100]);
  assert.equal(cover.whole.x + 0, 0);
  assert.deepEqual([cover.whole.width, cover.whole.height], [400, 100]);
  assert.equal(fitted({ mode: "cover", focus: [1, 0.5] }, [400, 100], [100, 100]).whole.x, -300);
  const contain = fitted({ mode: "contain", focus: [0.5, 0.5] }, [400, 100], [100, 100]);
  assert.deepEqual(contain.whole, { x: 0, y: 37.5, width: 100, height: 25 });
  const cropped = fitted({ mode: "stretch", crop: [0.25, 0, 0.25, 0] }, [400, 100], [100, 100]);
  assert.deepEqual(cropped.whole, { x: -50, y: 0, width: 200, height: 100 });
});

test("a film that stands is put to the middle of its frame", () => {
  assert.equal(middleOf(35.11 / 30, [25, 1]), 29.5 / 25, "near the frame's beginning");
  assert.equal(middleOf(1.16, [25, 1]), 29.5 / 25, "on its edge");
  assert.equal(middleOf(1.5, null), 1.5, "of which nothing is known yet");
});

test("a picture that moves begins anew, other films do not", () => {
  const gif = { repeats: true, frames: 7, rate: [100, 7] };
  assert.equal(periodOf({ ...gif, repeats: false }), null);
  assert.equal(periodOf({ repeats: true }), null, "of which nothing is known yet");
  const period = periodOf(gif);
  assert.ok(Math.abs(period - 0.49) < 1e-9);
  assert.ok(Math.abs(wrapped(5, period) - 0.1) < 1e-9);
  assert.equal(wrapped(5, null), 5);
  assert.ok(Math.abs(apart(0.48, 0.02, period) - 0.03) < 1e-9, "across the place where it begins");
  assert.equal(apart(0.5, 0.25, null), 0.25);
});

test("a dip mixes colours and leaves alpha", () => {
  assert.equal(tintMatrix(0.25, "#ff0080"), "0.75 0 0 0 0.25  0 0.75 0 0 0  0 0 0.75 0 0.1255  0 0 0 1 0");
});

test("a transition's state as style", () => {
  const state = { opacity: 0.25, tint: 0.5, x: 0.5, y: 0, left: 0.2, top: 0, right: 1, bottom: 1 };
  const { style, tint } = stateStyle(state);
  assert.equal(tint, 0.5);
  assert.deepEqual(style, { opacity: "0.25", transform: "translate(50%,0%)", clipPath: "inset(0% 0% 0% 20%)" });
});

test("the clock stops at the end, repeats a range and runs backwards", async () => {
  let now = 0;
  const due = [];
  globalThis.requestAnimationFrame = (call) => due.push(call);
  globalThis.cancelAnimationFrame = () => (due.length = 0);
  globalThis.performance = { now: () => now };
  const { Clock } = await at("clock.js");
  const frames = [];
  const states = [];
  const clock = new Clock((frame) => frames.push(frame), (playing) => states.push(playing));
  const run = (milliseconds) => {
    now += milliseconds;
    due.splice(0).forEach((call) => call(now));
  };
  clock.configure({ rate: 25, length: 100 });
  clock.seek(90);
  clock.play();
  run(200);
  assert.equal(clock.frame, 95);
  run(1000);
  assert.deepEqual([clock.frame, clock.playing], [99, false]);
  clock.loop = true;
  clock.range = { in: 10, out: 20 };
  clock.seek(15);
  clock.play();
  due.splice(0).forEach((call) => call(now - 5)); // the picture had begun when the key was pressed
  assert.equal(clock.frame, 15);
  run(160);
  assert.equal(clock.frame, 19);
  run(80);
  assert.equal(clock.frame, 10);
  clock.pause();
  clock.loop = false;
  clock.seek(50);
  clock.play(-2);
  run(400);
  assert.equal(clock.frame, 30);
  clock.pause();
  assert.deepEqual(states.filter((playing) => !playing).length, 3);
});

test("what a film shows where it stands is asked for again when the server was busy, and not when it is gone", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { Films } = await at("../films.js");
  for (const [status, asked] of [[503, 2], [404, 1]]) {
    let times = 0;
    const ask = async () => {
      times += 1;
      if (times === 1) throw Object.assign(new Error("no"), { status });
      return [{ number: 7, uri: "picture" }];
    };
    const films = new Films([{ asset: "a", numbers: [7] }], ask, () => films.at(0, false));
    films.at(0, false);
    await new Promise(setImmediate);
    t.mock.timers.tick(2000);
    await new Promise(setImmediate);
    assert.equal(times, asked);
    assert.equal(films.at(0, false).whole, status === 503);
  }
});

test("films that are missed together are asked for again as soon as one alone", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { Films } = await at("../films.js");
  const asked = [];
  const ask = async (asset) => {
    asked.push(asset);
    throw Object.assign(new Error("no"), { status: 503 });
  };
  const films = new Films(["a", "b", "c", "d"].map((asset) => ({ asset, numbers: [7] })), ask, () => films.at(0, false));
  const after = async (wait) => {
    t.mock.timers.tick(wait);
    await new Promise(setImmediate);
    return asked.splice(0).join("");
  };
  films.at(0, false);
  assert.equal(await after(0), "abcd");
  assert.equal(await after(2000), "abcd");
  assert.equal(await after(2000), "", "and later each time that it is missed again");
  assert.equal(await after(2000), "abcd");
});
