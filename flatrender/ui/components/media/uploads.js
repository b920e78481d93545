// Uploads of this tab: some at a time, in pieces (tus), going on after a broken connection and after a reload. A store
// outside React: the uploads go on while people move between pages.
import { useSyncExternalStore } from "react";
import { Upload } from "tus-js-client";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { whenRead } from "./library.js";
import { forget, keep, kept } from "./kept_files.js";
import { problem, problemOf, say } from "./words.js";

const ENDPOINT = "/api/v1/media/uploads";
const AT_ONCE = 2;
const PIECE = 8 * 1024 * 1024;
const AGAIN = 3000; // ms until a lost connection is tried again
const BUSY = 423; // another request of this upload has not ended yet
const NO_SPACE = 507;
const ALPHA = 0.3; // weight of the latest second in the speed
const LONGEST = 7 * 24 * 3600_000; // ms that the browser keeps what nobody came back for

let items = [];
let owner = null;
const listeners = new Set();

function tell() {
  items = [...items];
  listeners.forEach((listener) => listener());
}

function set(item, change) {
  Object.assign(item, change);
  tell();
}

/** The uploads under way: `[{ id, name, size, sent, left, share, state, problem }]`; state: waiting, sending, offline,
 * failed, and for those that something waits for: reading (`share`: how far), unread (it cannot be). */
export function useUploads() {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => items,
  );
}

async function who() {
  owner ??= (await call("/auth/me")).id;
  return owner;
}

const underWay = (file, use, folder) =>
  items.find((one) => one.state !== "unread" && one.use === use && one.folder === folder && ["name", "size", "lastModified"].every((fact) => one.file[fact] === file[fact]));

/** Uploads files. `onReady(mediaId)` is called for each as soon as the studio has it whole, not yet read;
 * `onRead(facts, file)` when it is read, and `onMissed(file)` when it will not be: it failed, or was cancelled. After a
 * reload, which loses those, the page is told of one with a `landing` (where it was dropped, and how) that it is read; it waits in
 * the browser for a page that takes it. */
export function addFiles(files, { use = "", folder = null, landing = null, onReady = null, onRead = null, onMissed = null } = {}) {
  // Who chooses a file anew, as after a reload, wants it once.
  const again = (file) => (onReady || onRead ? null : underWay(file, use, folder));
  for (const file of files) if (again(file)?.state === "failed") retry(again(file));
  const added = [...files].filter((file) => !again(file)).map((file) => ({
    ...{ id: crypto.randomUUID(), file, name: file.name, size: file.size, use, folder, landing, onReady, onRead, onMissed },
    ...{ sent: 0, left: null, speed: 0, share: 0, state: "waiting", problem: "" },
  }));
  items = [...items, ...added];
  tell();
  for (const item of added) begin(item);
  return added;
}

/** Uploads one file and waits until it is read: its facts, null where the upload was cancelled. `onShare(0…1)` tells how
 * far it is. Throws what went wrong with it. */
export function bringIn(file, onShare) {
  return new Promise((resolve, reject) => {
    const refuse = (words) => reject(Object.assign(new Error(words), { status: 422 }));
    const read = (id) => whenRead(id).then((facts) => (facts?.state === "failed" ? refuse(problemOf(facts)) : resolve(facts)));
    const [item] = addFiles([file], {
      onReady: (id) => {
        listeners.delete(look);
        onShare(1);
        read(id);
      },
    });
    const look = () => {
      if (item.state !== "failed" && items.includes(item)) return onShare(item.size ? item.sent / item.size : 0);
      listeners.delete(look);
      if (item.state !== "failed") return resolve(null);
      refuse(item.problem);
      return cancel(item);
    };
    listeners.add(look);
  });
}

/** Goes on with what a reload interrupted, and with what another page of this tab had no place for. Each upload is one
 * tab's: it holds a lock by the upload's id. */
export async function restore() {
  const me = await who().catch(() => null);
  for (const entry of me ? await kept() : []) {
    if (entry.since === undefined) await keep(Object.assign(entry, { since: Date.now() })); // an older version's: its week begins now
    if (entry.since < Date.now() - LONGEST) forget(entry.id); // whosever it is
    else if (entry.owner === me && !items.some((item) => item.id === entry.id)) resume(entry);
  }
}

function resume(entry) {
  const item = { ...entry, resumed: true, name: entry.file.name, size: entry.file.size, sent: 0, left: null, speed: 0, share: 0, state: "waiting", problem: "" };
  navigator.locks.request(`flatrender-upload-${entry.id}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    items = [...items, item];
    tell();
    const over = hold(item);
    if (item.media) await read(item); // it was whole before
    await over;
  });
}

/** What outlives a reload; of a file that the studio has whole no bytes. */
async function entryOf({ id, file, use, folder, landing, media, since = Date.now() }) {
  const { name, size, lastModified } = file;
  return { id, owner: await who(), file: media ? { name, size, lastModified } : file, use, folder, landing, media, since };
}

/** Whether the page lays down what was dropped on it before it was loaded again. */
const land = (facts, landing) => !window.dispatchEvent(new CustomEvent("flatrender:landed", { cancelable: true, detail: { facts, landing } }));

async function begin(item) {
  try {
    await keep(await entryOf(item));
  } catch {
    // signed out, or out of reach: the upload itself says so
  }
  await navigator.locks.request(`flatrender-upload-${item.id}`, () => hold(item));
}

/** Lives as long as the upload does. */
function hold(item) {
  return new Promise((resolve) => {
    item.release = resolve;
    if (!item.media) next();
  });
}

function next() {
  const free = AT_ONCE - items.filter((item) => item.state === "sending").length;
  for (const item of items.filter((one) => one.state === "waiting" && one.release).slice(0, Math.max(0, free))) start(item);
}

async function start(item) {
  set(item, { state: "sending", problem: "", mark: { at: performance.now(), sent: item.sent } });
  item.upload = new Upload(item.file, {
    endpoint: ENDPOINT,
    chunkSize: PIECE,
    retryDelays: [0, 1000],
    removeFingerprintOnSuccess: true,
    metadata: { filename: item.name, ...(item.use && { use: item.use }), ...(item.folder && { folder: item.folder }) },
    fingerprint: async () => `flatrender-${owner}-${item.id}`,
    onProgress: (sent) => progress(item, sent),
    onAfterResponse: (_, answer) => {
      item.media = answer.getHeader("Upload-Media") ?? item.media;
    },
    onSuccess: () => done(item),
    onError: (error) => fail(item, error),
  });
  const [before] = await item.upload.findPreviousUploads();
  if (before) item.upload.resumeFromPreviousUpload(before);
  if (item.state === "sending") item.upload.start();
}

function progress(item, sent) {
  const now = performance.now();
  const seconds = (now - item.mark.at) / 1000;
  item.sent = sent;
  if (seconds < 0.4) return tell();
  const speed = Math.max(0, sent - item.mark.sent) / seconds;
  item.speed = item.speed ? item.speed * (1 - ALPHA) + speed * ALPHA : speed;
  set(item, { mark: { at: now, sent }, left: item.speed ? (item.size - sent) / item.speed : null });
}

function drop(item) {
  forget(item.id);
  leave(item);
}

function leave(item) {
  items = items.filter((one) => one !== item);
  item.release?.();
  tell();
  next();
}

async function done(item) {
  item.onReady?.(item.media);
  if (!item.onRead && !item.landing) return drop(item);
  if (item.landing) entryOf(item).then(keep, () => {}); // a reload has nothing more to send, but something to lay down
  else {
    forget(item.id);
    item.release?.();
  }
  await read(item);
}

/** Waits until it is read, and hands it over. */
async function read(item) {
  set(item, { state: "reading", left: null });
  next();
  const facts = await whenRead(item.media, (share) => set(item, { share }));
  if (!items.includes(item)) return; // it was called off
  if (!facts) return cancel(item); // somebody deleted it
  if (facts.state === "failed") {
    item.onMissed?.(item.file);
    return set(item, { state: "unread", problem: problemOf(facts) });
  }
  if (item.resumed && !land(facts, item.landing)) return leave(item); // its project is not open: another time
  drop(item);
  item.onRead?.(facts, item.file);
}

function fail(item, error) {
  const answer = error.originalResponse;
  const status = answer?.getStatus();
  if (!answer || status === BUSY || (status >= 500 && status !== NO_SPACE)) {
    set(item, { state: "offline", left: null, speed: 0 });
    item.timer = setTimeout(() => again(item), AGAIN);
    return next();
  }
  let body = null;
  try {
    body = JSON.parse(answer.getBody());
  } catch {
    body = null;
  }
  set(item, { state: "failed", left: null, problem: body?.code ? problem(body) : say("upload_failed") });
  item.onMissed?.(item.file);
  next();
}

function again(item) {
  if (item.state !== "offline") return;
  set(item, { state: "waiting" });
  next();
}

/** Stops an upload and forgets what was sent of it; one that the studio has whole stays among the files. */
export function cancel(item) {
  clearTimeout(item.timer);
  if (item.state !== "reading" && item.state !== "unread") item.upload?.abort(true).catch(() => {}); // what the server keeps expires by itself
  item.onMissed?.(item.file);
  drop(item);
}

/** Tries a failed upload again. */
export function retry(item) {
  set(item, { state: "waiting", problem: "" });
  next();
}

window.addEventListener("online", () => items.forEach(again));
