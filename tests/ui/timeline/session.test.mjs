// The editing session without a browser: its own outbox, history and document; the server is a function. Run by
// tests/ui/test_timeline.py; STUDIO is the folder of the studio's modules.
import assert from "node:assert/strict";
import test from "node:test";
import { asBuilt } from "../as_built.mjs";

const { STUDIO } = process.env;
const BESIDE = { react: "export const useSyncExternalStore = () => {};", "@lottiefiles/dotlottie-web": "export class DotLottie { static setWasmUrl() {} }" };
asBuilt(`${STUDIO}/../..`, "en", BESIDE);
globalThis.window = new EventTarget();
globalThis.location = { origin: "http://studio.test" };
let stream = null;
globalThis.Worker = class {
  // The stream of what changes; it tells what a test has it tell.
  constructor() {
    stream = this;
  }
  postMessage() {}
  terminate() {}
};
globalThis.WebSocket = class {
  close() {}
};
const { Session } = await import(`file://${STUDIO}/session.js`);
const { applyAll } = await import(`file://${STUDIO}/edits.js`);

const SCENE = { key: "s", frames: 100, min_frames: 1, max_frames: 100, cover_frame: 40, rate: [25, 1], elements: [] };
const film = (name) => ({
  version: 2,
  rate: [50, 1],
  size: [320, 180],
  colors: {},
  preset: null,
  audio: { loudness: null },
  markers: [],
  tracks: [{ id: "scenes", kind: "scene", items: [{ type: "clip", id: "a", scene: "s", duration: 200, offset: 0, values: {}, name }] }],
});

/** A session, and its server: `answers` may answer in place of it. */
function opened(answers = () => undefined) {
  const server = { document: film("Before"), revision: 5, sent: [] };
  globalThis.fetch = async (url, { method = "GET", body, headers, signal } = {}) => {
    const path = url.replace(/^\/api\/v1\/projects\/p/, "");
    const given = body === undefined ? null : JSON.parse(body);
    server.sent.push({ path, given, key: headers?.["Idempotency-Key"] });
    const instead = await answers({ path, given, signal, server });
    if (instead) return instead;
    if (path.endsWith("/restore")) {
      server.document = film("Restored");
      server.revision += 1;
    }
    if (path === "/ops") {
      server.document = applyAll(server.document, given.ops).document;
      server.revision += 1;
      return Response.json({ revision: server.revision, ops: given.ops, others: [], notices: [], reload: server.revision > given.base_revision + 1 });
    }
    if (path.startsWith("/edits")) return Response.json({ edits: [{ revision: server.revision, op_id: "", ops: [], reload: true }] });
    return Response.json({ project: { id: "p", revision: server.revision }, document: server.document });
  };
  const session = new Session(
    { project: { id: "p", name: "P", revision: 5 }, document: server.document, definition: { scenes: [SCENE] }, media: {} },
    { onNotice: (text) => server.sent.push({ notice: text }), onOffer: (text, label, act) => server.sent.push({ offer: label, act }) },
  );
  return { session, server };
}

/** A stage that notes what it is asked, with a scene drawn from `of`. */
function staged(session, of) {
  const asked = [];
  const told = (what) => (...given) => void asked.push([what, ...given]);
  const theatre = { setDocument() {}, show() {}, retry() {}, players: new Map(), sounds: new Map(), side: 800, patch: told("patch"), reload: told("reload"), prepare: told("prepare"), fits: (_, its) => its === of };
  session.attach(theatre);
  return asked;
}

const named = (name) => [{ op: "rename_scene", clip: "a", name }];
const nameIn = ({ document }) => document.tracks[0].items[0].name;
const quiet = async (session) => {
  while (!session.outbox.idle || session.outbox.running) await new Promise((resolve) => setImmediate(resolve));
};

test("a scene of another rate is shown at its own, and at its designed moment", () => {
  const { session } = opened();
  const theatre = { setDocument() {}, show() {} };
  session.attach(theatre);
  assert.equal(theatre.frameOf(session.document.tracks[0].items[0], 50), 25);
  assert.equal(session.state.frame, 80);
  session.destroy();
});

test("a page that is older than the server is told so when the line is there again, and is loaded when all is saved", async () => {
  let build = "one";
  let of = "text/plain; charset=utf-8";
  let loaded = 0;
  globalThis.location.reload = () => (loaded += 1);
  const { session, server } = opened(({ path }) => (path === "/tenant-build" ? new Response(build, { headers: { "content-type": of } }) : undefined));
  const back = async () => {
    stream.onmessage({ data: { message: { kind: "resync" } } });
    await new Promise((resolve) => setImmediate(resolve));
    await quiet(session);
    return server.sent.filter(({ offer }) => offer);
  };
  assert.deepEqual(await back(), [], "one that was loaded before servers told");
  window.flatrenderBuild = "one";
  assert.deepEqual(await back(), []);
  build = "two";
  of = "text/html";
  assert.deepEqual(await back(), [], "a proxy's page");
  of = "text/plain";
  const [offered, ...more] = await back();
  assert.deepEqual([offered.offer, more], ["Load again", []]);
  session.edit(named("Kept"));
  offered.act();
  await quiet(session);
  assert.deepEqual([nameIn(server), loaded], ["Kept", 1]);
  delete window.flatrenderBuild;
  session.destroy();
});

test("a version that does not come is asked for once more; what is done meanwhile is sent after it, and leads back to what it has", async () => {
  const began = Promise.withResolvers();
  const patience = AbortSignal.timeout;
  const ends = [];
  AbortSignal.timeout = () => {
    const stop = new AbortController();
    ends.push(() => stop.abort(new DOMException("late", "TimeoutError")));
    return stop.signal;
  };
  let hangs = true;
  const { session, server } = opened(({ path, signal }) => {
    if (!path.endsWith("/restore") || !hangs) return undefined;
    hangs = false;
    began.resolve();
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const restored = session.restore(3);
  await began.promise;
  session.edit(named("Meanwhile"));
  assert.equal(session.state.canUndo, false, "nothing is undone meanwhile");
  await new Promise((resolve) => setImmediate(resolve)); // an edit that did not wait would be under way
  ends.forEach((end) => end());
  assert.equal(await restored, 5);
  AbortSignal.timeout = patience;
  await quiet(session);
  const paths = server.sent.map(({ path }) => path).filter((path) => path?.endsWith("/restore") || path === "/ops");
  assert.deepEqual(paths, ["/versions/3/restore", "/versions/3/restore", "/ops"]);
  const [first, again] = server.sent.filter(({ path }) => path.endsWith("/restore")).map(({ key }) => key);
  assert.ok(first && first === again, "done once, however often it is asked for");
  assert.deepEqual([nameIn(session), nameIn(server)], ["Meanwhile", "Meanwhile"]);
  session.undo();
  await quiet(session);
  assert.deepEqual([nameIn(session), nameIn(server)], ["Restored", "Restored"]);
  session.destroy();
});

test("what the server refused is no step of undo", async () => {
  const { session, server } = opened(({ path, given }) =>
    path === "/ops" && given.ops[0].name === "Refused" ? Response.json({ code: "not-allowed-here", detail: "No." }, { status: 422 }) : undefined,
  );
  session.edit(named("Done"));
  session.edit(named("Refused"));
  await quiet(session);
  assert.equal(nameIn(session), "Done");
  session.undo();
  await quiet(session);
  assert.deepEqual([nameIn(session), nameIn(server), session.state.canUndo], ["Before", "Before", false]);
  session.destroy();
});

test("a version whose answer was lost and is too large to be kept is read, not asked for anew", async () => {
  let lost = true;
  const { session, server } = opened(({ path, server }) => {
    if (!path.endsWith("/restore")) return undefined;
    if (!lost) return Response.json({ code: "idempotency-key-done", status: 409 }, { status: 409 });
    lost = false;
    server.document = film("Restored");
    server.revision += 1;
    return Promise.reject(new TypeError("cut off"));
  });
  assert.equal(await session.restore(3), 5);
  await quiet(session);
  assert.deepEqual([nameIn(session), server.revision], ["Restored", 6]);
  session.destroy();
});

test("patches from other files of the template are not laid on the scene: it is fetched anew with the save, and the page may be", async () => {
  let of = "new";
  const { session, server } = opened(({ path }) => (path === "/bake" ? Response.json({ patches: [{ layer: 1 }], of }) : undefined));
  const asked = staged(session, "old");
  session.type("a", "title", "Hello");
  while (!session.state.previewStale) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(asked, [], "neither patched nor fetched before the value is saved");
  session.flush();
  await quiet(session);
  assert.deepEqual(asked, [["reload", "a"]]);
  while (session.state.previewStale) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(server.sent.filter(({ offer }) => offer).length, 1);
  of = "old";
  session.type("a", "title", "Hello!");
  while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(asked[1], ["patch", "a", [{ layer: 1 }]]);
  session.destroy();
});

test("what a bake says of a text stands beside its field until the next one, and is no patch", async () => {
  const answers = [[{ layer: 1 }, { missing: "X" }, { overflow: true }], [{ layer: 2 }]];
  const { session } = opened(({ path }) => (path === "/bake" ? Response.json({ patches: answers.shift(), of: "t" }) : undefined));
  const asked = staged(session, "t");
  const seen = [];
  for (const text of ["far too long", "short"]) {
    session.type("a", "title", text);
    while (asked.length === seen.length) await new Promise((resolve) => setImmediate(resolve));
    seen.push([asked.at(-1)[2], session.state.missing["a/title"], session.state.overflows["a/title"]]);
  }
  assert.deepEqual(seen, [[[{ layer: 1 }], "X", true], [[{ layer: 2 }], "", false]]);
  session.told("b/text", "", true);
  assert.deepEqual([session.state.missing["b/text"], session.state.overflows], [undefined, { "a/title": false, "b/text": true }]);
  session.destroy();
});
