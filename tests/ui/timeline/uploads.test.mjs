// Uploads without a browser: the store of files is a map, the server answers at once. Run by tests/ui/test_timeline.py.
import assert from "node:assert/strict";
import test from "node:test";
import { asBuilt } from "../as_built.mjs";

const { STUDIO } = process.env;
const BESIDE = {
  react: "export const useSyncExternalStore = () => {}, useEffect = () => {}, useMemo = () => {};",
  "tus-js-client": `export class Upload {
    constructor(file, options) { this.options = options; }
    async findPreviousUploads() { return []; }
    start() { this.options.onAfterResponse(null, { getHeader: () => "m" }); this.options.onSuccess(); }
  }`,
  "./kept_files.js": `export const keep = async (entry) => void browser.set(entry.id, entry);
    export const forget = async (id) => void browser.delete(id);
    export const kept = async () => [...browser.values()];`,
  "$/public/external/flatrender/ui/components/live/live.js": `export const begun = async () => {};
    export const listen = (one) => (streams.add(one), () => streams.delete(one));`,
};
asBuilt(`${STUDIO}/../..`, "en", BESIDE);
globalThis.window = new EventTarget();
Object.defineProperty(globalThis, "navigator", { value: { language: "en", locks: { request: async (name, ...more) => more.at(-1)({ name }) } } });
globalThis.browser = new Map();
globalThis.streams = new Set();
let media = { id: "m", state: "working", progress: 0.5 };
globalThis.fetch = async (url) => {
  const found = url.endsWith("/auth/me") ? { id: "me" } : media;
  return { ok: Boolean(found), status: found ? 200 : 404, text: async () => JSON.stringify(found) };
};

let loaded = 0;
/** A page as it is loaded: its module, and what it lays down of the projects that it shows. */
async function page(project) {
  streams.clear();
  window = new EventTarget();
  const landed = [];
  const shown = { project };
  window.addEventListener("flatrender:landed", (event) => {
    if (event.detail.landing.project !== shown.project) return;
    event.preventDefault();
    landed.push(event.detail.facts.id);
  });
  loaded += 1;
  return { landed, shown, ...(await import(`file://${STUDIO}/../media/uploads.js?${loaded}`)) };
}
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const tell = (message) => streams.forEach((one) => one.onMessage(message));
const landing = { project: "p", at: 10, under: "t" };
const dropped = () => new File(["abc"], "a.mp4", { type: "video/mp4", lastModified: 5 });

test("what was dropped is laid down by the page of its project, once, however often others are loaded before", async () => {
  const first = await page("p");
  const read = [];
  first.addFiles([dropped()], { landing, onRead: (facts) => read.push(facts.id) });
  await settled();
  const [kept] = browser.values();
  assert.deepEqual([kept.owner, kept.media, kept.landing, kept.file], ["me", "m", landing, { name: "a.mp4", size: 3, lastModified: 5 }]);
  media = { id: "m", state: "ready" };
  const other = await page("q");
  await other.restore();
  await settled();
  assert.deepEqual([other.landed, browser.size], [[], 1]);
  const mine = await page("p");
  await mine.restore();
  await settled();
  assert.deepEqual([mine.landed, browser.size, read], [["m"], 0, []]);
});

test("a tab that goes on to the project lays it down without being loaded again", async () => {
  media = { id: "m", state: "ready" };
  browser.set("waits", { id: "waits", owner: "me", file: { name: "a.mp4", size: 3, lastModified: 5 }, use: "", folder: null, landing, media: "m", since: Date.now() });
  const here = await page("q");
  await here.restore();
  await settled();
  assert.deepEqual([here.landed, browser.size], [[], 1]);
  here.shown.project = "p";
  await Promise.all([here.restore(), here.restore()]);
  await settled();
  assert.deepEqual([here.landed, browser.size], [["m"], 0]);
});

test("a page that stays is told of it itself, and keeps nothing", async () => {
  media = { id: "m", state: "working", progress: 0 };
  const here = await page("p");
  const read = [];
  here.addFiles([dropped()], { landing, onRead: (facts) => read.push(facts.id) });
  await settled();
  tell({ kind: "media", media: { id: "m", state: "ready" } });
  await settled();
  assert.deepEqual([read, here.landed, browser.size], [["m"], [], 0]);
});

test("a file that is deleted before it is read, and what nobody came back for, are forgotten; others' things are theirs", async () => {
  media = null;
  const file = { name: "a.mp4", size: 3, lastModified: 5 };
  const entry = (id, more) => browser.set(id, { id, owner: "me", file, use: "", folder: null, landing, media: "m", since: Date.now(), ...more });
  entry("gone");
  entry("old", { owner: "another", since: Date.now() - 8 * 24 * 3600_000 });
  entry("theirs", { owner: "another" });
  entry("older", { owner: "another", since: undefined });
  const here = await page("p");
  await here.restore();
  await settled();
  assert.deepEqual([...browser.keys()], ["theirs", "older"]);
  assert.ok(browser.get("older").since > Date.now() - 60_000, "one of an older version is kept for a week from now on");
  assert.deepEqual(here.landed, []);
  browser.clear();
});
