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

test("a transition draws up what follows until a gap, with the sounds that are linked to it", () => {
  const media = (id, link, more) => ({ type: "clip", id, media: "m", offset: 0, duration: 40, ...(link && { link }), ...more });
  const films = [media("a", "p"), media("b", "q"), media("c", "r"), gap("d", 20), media("d")];
  const wipe = { id: "t", kind: "wipe", duration: 10, params: { direction: "left" } };
  const spots = ({ document, ops }) =>
    applyAll(document, ops).document.tracks.slice(1).map((one) => places(one).map(({ clip, start, transition }) => `${clip.id} ${start}${transition ? ` ${transition.kind}` : ""}`).join());
  const planned = (sounds, transition, extra = {}) => {
    const document = film(track("s", "scene", [scene("z", 90)]), track("v", "video", films), track("f", "sfx", sounds, extra));
    return { document, ops: plans.planTransition(indexed(document), "a", transition, () => "new") };
  };
  // Sounds that meet where their pictures do are blended as long; the last one lies apart from them and moves.
  const meeting = planned([media("A", "p"), media("B", "q"), gap("C", 10), media("C", "r", { duration: 20 })], wipe);
  assert.deepEqual(spots(meeting), ["a 0,b 30 wipe,c 70,d 140", "A 0,B 30 crossfade,C 80"]);
  const cut = applyAll(meeting.document, meeting.ops).document;
  const back = plans.planTransition(indexed(cut), "a", null, () => "new");
  assert.deepEqual(spots({ document: cut, ops: back }), ["a 0,b 40,c 80,d 140", "A 0,B 40,C 90"]);
  // A sound that begins later than its picture only moves; one of a locked track stays.
  const apart = [media("A", "p", { duration: 30 }), gap("B", 20), media("B", "q", { duration: 20 })];
  assert.deepEqual(spots(planned(apart, wipe)), ["a 0,b 30 wipe,c 70,d 140", "A 0,B 40"]);
  assert.deepEqual(spots(planned(apart, wipe, { locked: true })), ["a 0,b 30 wipe,c 70,d 140", "A 0,B 50"]);
});

test("an edge under a transition goes no further over its neighbour, and does not jump", () => {
  const joint = { type: "transition", id: "t", kind: "crossfade", duration: 10, params: {} };
  const index = indexed(film(track("s", "scene", [scene("z", 90)]), track("t", "text", [text("a", 40), joint, text("b", 40)])));
  assert.deepEqual(plans.planTrim(index, ["a"], "end", 5, { facts }), []);
  assert.equal(plans.planTrim(index, ["a"], "end", -5, { facts })[0].delta, -5);
  assert.deepEqual(plans.planTrim(index, ["b"], "start", -5, { facts }), []);
  assert.equal(plans.planTrim(index, ["b"], "start", 5, { facts })[0].delta, 5);
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

test("a film changes its track, its linked sound goes along on its own", () => {
  const media = (id, more) => ({ type: "clip", id, media: "m", offset: 0, duration: 40, ...more });
  const document = film(track("s", "scene", [scene("a", 90)]), track("v", "video", [media("film")]), track("w", "video", []), track("f", "sfx", [media("sound")]));
  const index = indexed(document);
  const after = (delta) => applyAll(document, plans.planMove(index, ["film", "sound"], delta, { track: "w" })).document.tracks.map(({ items }) => items.map(({ id, duration }) => `${id} ${duration}`).join());
  assert.deepEqual(after(0), ["a 90", "", "film 40", "sound 40"]);
  assert.deepEqual(after(25), ["a 90", "", "film~ 25,film 40", "sound~ 25,sound 40"]);
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

test("who reaches the end of an edge, a cut or a source is told why", () => {
  const film_ = (id, offset, duration) => ({ type: "clip", id, media: "m", offset, duration, volume: 1, fade_in: 0, fade_out: 0, envelope: [] });
  const document = film(track("s", "scene", [scene("a", 40)]), track("v", "video", [film_("one", 0, 60), film_("two", 0, 100), gap("three", 10), film_("three", 200, 100)]), track("t", "text", [text("words", 60)]));
  const index = indexed(document);
  const why = (limits, delta) => {
    const by = plans.heldBy(limits, delta);
    return by && [by.reason, by.clip?.id];
  };
  const roll = plans.rollLimits(index, plans.jointAt(index, "one", "end"), { facts });
  assert.deepEqual(why(roll, -5), ["source_start", "two"], "the second has nothing before its first frame");
  assert.deepEqual(why(roll, 500), ["one_frame", "two"]);
  assert.equal(why(roll, 20), null);
  const trim = (id, edge, options = {}) => plans.trimLimits(index, [id], edge, { facts, ...options });
  assert.deepEqual(why(trim("two", "end"), 30), ["neighbour", "three"]);
  assert.deepEqual(why(trim("two", "end", { ripple: true }), 900), ["source_end", "two"]);
  assert.deepEqual(why(trim("three", "end"), 5), ["source_end", "three"]);
  assert.deepEqual(why(trim("words", "start"), -5), ["film_start", "words"]);
  assert.deepEqual(why(trim("words", "end"), -60), ["one_frame", "words"]);
  assert.deepEqual(why(plans.slipLimits(index, ["two"], { facts }), 5), ["source_start", "two"]);
  assert.deepEqual(why(plans.slipLimits(index, ["words"], { facts }), 5), ["no_source", undefined]);
});

test("what is slipped together stays together", () => {
  const film_ = (id, offset) => ({ type: "clip", id, media: "m", offset, duration: 60, volume: 1, fade_in: 0, fade_out: 0, envelope: [] });
  const document = film(track("s", "scene", [scene("a", 40)]), track("v", "video", [film_("seen", 10)]), track("x", "sfx", [{ ...film_("heard", 30), loop: false }]));
  const ops = plans.planSlip(indexed(document), ["seen", "heard"], 25, { facts });
  assert.deepEqual(ops.map(({ clip, delta }) => [clip, delta]), [["seen", -10], ["heard", -10]]);
});

test("a file lies on the row under it, else on a free one above, else on one of its own", () => {
  const document = film(
    track("s", "scene", [scene("a", 40)]),
    track("p", "image", [text("below", 60)]),
    track("v", "video", [text("film", 60)]),
    track("q", "image", [gap("far", 100), text("far", 60)]),
    track("m", "music", [text("tune", 60)]),
  );
  const rows = ["q", "v", "p", "s", "m"].map((id) => ({ track: document.tracks.find((one) => one.id === id) }));
  const { placesOf } = indexed(document);
  const found = (under, kinds, stretch) => plans.rowFor(rows, rows.find((row) => row.track.id === under) ?? null, kinds, placesOf, stretch)?.track.id;
  assert.equal(found("p", ["image"], [0, 50]), "p", "there it covers what lies there");
  assert.equal(found("v", ["image"], [0, 50]), "q", "above the film, where it is seen");
  assert.equal(found("v", ["image"], [90, 140]), undefined, "and covers nothing that it was not dropped on");
  assert.equal(found("v", ["music", "sfx"], [100, 140]), "m");
  assert.equal(found("v", ["music", "sfx"], [0, 50]), undefined);
  assert.equal(found(null, ["image"], [0, 50]), undefined);
  document.tracks.find((one) => one.id === "p").locked = true;
  assert.equal(found("p", ["image"], [0, 50]), "q");
});

test("undo goes back through an exchange of the whole document, and on again", async () => {
  const { History } = await studio("history.js");
  const document = film(track("s", "scene", [scene("a", 40)]), track("t", "text", [text("one", 60)]));
  const history = new History();
  history.record(applyAll(document, [{ op: "remove_clips", clips: ["one"], ripple: false }]).inverses);
  history.exchange()(7);
  assert.equal(history.undo(document).revision, 7, "the server is asked");
  const { revision, entry } = history.undo(document); // it did not answer: the step stands where it stood
  assert.equal(revision, 7);
  history.exchange(entry)(9);
  assert.equal(history.undos.length, 1, "what was done before it can still be undone");
  const on = history.redo(document);
  assert.equal(on.revision, 9);
  history.exchange(on.entry)(10);
  assert.deepEqual([history.undo(document).revision, history.redos.length], [10, 0]);
});

test("what is done while the server is asked for another document keeps its order", async () => {
  const { History } = await studio("history.js");
  const document = film(track("s", "scene", [scene("a", 40)]));
  const begun = () => {
    const history = new History();
    history.record(["first"]);
    history.exchange()(7);
    return history;
  };
  const steps = ({ undos }) => undos.map(({ revision, ops }) => revision ?? ops[0]);

  const failed = begun();
  failed.exchange(failed.undo(document).entry);
  failed.record(["meanwhile"]);
  assert.deepEqual(steps(failed), ["first", 7, "meanwhile"], "not undone: it lies behind the restore");

  const undone = begun();
  const { entry } = undone.undo(document);
  undone.record(["before the request"], "field");
  const done = undone.exchange(entry);
  undone.record(["meanwhile"], "field");
  done(9);
  assert.deepEqual(steps(undone), ["first", "meanwhile"], "what was sent before the request went with the document");
  assert.equal(undone.redos.length, 0, "nothing is redone over a new edit");

  const redone = begun();
  redone.exchange(redone.undo(document).entry)(9);
  const again = redone.exchange(redone.redo(document).entry);
  redone.record(["meanwhile"]);
  again(10);
  assert.deepEqual(steps(redone), ["first", 10, "meanwhile"]);
});

test("redo keeps what lies beyond an exchange; a run does not go on behind what was undone; steps have an end", async () => {
  const { History } = await studio("history.js");
  const document = film(track("s", "scene", [scene("a", 40)]));
  const named = (name) => [{ op: "rename_scene", clip: "a", name }];
  const history = new History();
  history.record(named("one"), "name");
  history.exchange()(7);
  history.record(named("two"));
  history.undo(document);
  history.exchange(history.undo(document).entry)(9);
  history.exchange(history.redo(document).entry)(10);
  assert.deepEqual(history.redos.map(({ ops }) => ops.length), [1], "what was done after the restore can be done again");

  const typed = new History();
  typed.record(named("one"), "name");
  typed.record(named("two"));
  typed.undo(document);
  typed.record(named("three"), "name");
  assert.equal(typed.undos.length, 2);

  for (let step = 0; step < 300; step += 1) typed.record(named(String(step)));
  const most = typed.undos.length;
  typed.exchange()(7);
  assert.equal(typed.undos.length, most);
});

test("what is done while another document is asked for leads back to what that one has", async () => {
  const { History } = await studio("history.js");
  const named = (name) => film(track("s", "scene", [{ ...scene("a", 40), name }]), track("t", "text", []));
  const [here, there] = [named("Here"), named("There")];
  const history = new History();
  const done = history.exchange();
  const edit = (document, ops, merge) => {
    const made = applyAll(document, ops);
    history.record(made.inverses, merge, ops);
    return made.document;
  };
  const typed = edit(here, [{ op: "rename_scene", clip: "a", name: "M" }], "name");
  const moved = edit(typed, [{ op: "rename_scene", clip: "a", name: "Mine" }], "name");
  edit(moved, [{ op: "set_track", track: "t", field: "mute", value: true }]);
  done(3, film(track("s", "scene", [{ ...scene("a", 40), name: "There" }])));
  assert.equal(history.undos.length, 2, "the track that was muted is not there: the restore and the name are left");
  assert.equal(history.undo(applyAll(there, [{ op: "rename_scene", clip: "a", name: "Mine" }]).document).document.tracks[0].items[0].name, "There");
});

test("there is no step back from what was refused", async () => {
  const { History } = await studio("history.js");
  const history = new History();
  const name = (text) => ({ op: "rename_scene", clip: "a", name: text });
  const [first, typed, last] = [name("First"), name("Sec"), name("Second")];
  history.record([name("Was")], null, [first]);
  history.record([name("First")], "name", [typed]);
  history.record([name("Sec")], "name", [last]);
  history.refuse([{ ...first }]);
  assert.equal(history.undos.length, 2, "the same from another page was not this one's");
  history.refuse([last]);
  assert.deepEqual(history.undos.map(({ made }) => made), [[first]]);
});

test("a run of gestures is taken back by as many operations as things were set", async () => {
  const { History } = await studio("history.js");
  const history = new History();
  const first = film(track("s", "scene", [scene("a", 40)]), track("t", "text", [text("one", 60)]));
  let document = first;
  for (let step = 1; step <= 300; step += 1) {
    const ops = [{ op: "set_clip", clip: "one", field: "text", value: "x".repeat(step) }, { op: "set_track", track: "t", field: "volume", value: step / 300 }];
    const made = applyAll(document, ops);
    history.record(made.inverses, "one/text", ops);
    document = made.document;
  }
  const undone = history.undo(document);
  assert.equal(undone.ops.length, 2);
  assert.deepEqual([undone.document.tracks[1].items[0].text, undone.document.tracks[1].volume], [first.tracks[1].items[0].text, 1]);
});

test("a project's range is remembered, of the projects seen last, and kept within its film", async () => {
  const kept = new Map();
  globalThis.localStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
  const { remember, remembered } = await studio("remembered.js");
  remember("mine", { in: 20, out: 60 }, true);
  assert.deepEqual(remembered("mine", 100), { range: { in: 20, out: 60 }, loop: true });
  assert.deepEqual(remembered("mine", 40), { range: { in: 20, out: 40 }, loop: true });
  assert.deepEqual(remembered("mine", 10), { range: { in: null, out: 10 }, loop: true });
  for (let other = 0; other < 49; other += 1) remember(`other${other}`, { in: 1, out: null }, false);
  assert.equal(remembered("mine", 100).loop, true);
  remember("one more", { in: 1, out: null }, false);
  assert.deepEqual(remembered("mine", 100), { range: { in: null, out: null }, loop: false });
  kept.set("flatrender.ranges", "not JSON");
  assert.deepEqual(remembered("one more", 100), { range: { in: null, out: null }, loop: false });
  delete globalThis.localStorage;
});

test("what was copied from two tracks is pasted on two, though one of them is locked", () => {
  const document = film(track("s", "scene", [scene("a", 90)]), track("t", "text", [text("one", 60)]), track("u", "text", [text("two", 60)]), track("w", "text", []));
  const board = plans.copied(indexed(document), ["one", "two"]);
  let made = 0;
  const pasted = (locked) => {
    const now = { ...document, tracks: document.tracks.map((one) => ({ ...one, locked: locked.includes(one.id) })) };
    const { ops, ids } = plans.planPaste(indexed(now), board, 100, () => `n${(made += 1)}`);
    const after = applyAll(now, ops).document;
    return ids.map((id) => after.tracks.find(({ items }) => items.some((item) => item.id === id && item.duration === 60)).id);
  };
  assert.deepEqual(pasted([]), ["t", "u"]);
  assert.deepEqual(pasted(["u"]), ["t", "w"]);
  assert.equal(new Set(pasted(["t", "u", "w"])).size, 2);
});

test("a duplicate makes room where something lies, and moves nothing where nothing does", () => {
  const document = film(track("s", "scene", [scene("a", 40)]), track("t", "text", [text("one", 60), gap("two", 40), text("two", 60), gap("three", 5), text("three", 60)]));
  const index = indexed(document);
  let made = 0;
  const after = (id) => {
    const board = plans.copied(index, [id]);
    const { ops } = plans.planPaste(index, board, index.byId.get(id).end, () => `n${(made += 1)}`, { room: true });
    return places(applyAll(document, ops).document.tracks[1]).map(({ clip, start, end }) => [clip.text, start, end]);
  };
  assert.deepEqual(after("two"), [["one", 0, 60], ["two", 100, 160], ["two", 160, 220], ["three", 225, 285]]);
  assert.deepEqual(after("three"), [["one", 0, 60], ["two", 100, 160], ["three", 165, 225], ["three", 225, 285]]);
});

test("duplicates of clips side by side cover none that the first one pushed along", () => {
  const document = film(track("s", "scene", [scene("a", 40)]), track("t", "text", [text("one", 10), text("two", 10), text("three", 10)]));
  let made = 0;
  const board = plans.copied(indexed(document), ["one", "two"]);
  const { ops } = plans.planPaste(indexed(document), board, 20, () => `n${(made += 1)}`, { room: true });
  const after = places(applyAll(document, ops).document.tracks[1]).map(({ clip, start, end }) => [clip.text, start, end]);
  assert.deepEqual(after, [["one", 0, 10], ["two", 10, 20], ["one", 20, 30], ["two", 30, 40], ["three", 40, 50]]);
});
