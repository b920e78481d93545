// Two pages and a server in one process: the studio's own outbox and edits; the server applies in the order of arrival,
// as flatrender/projects/service.py does. Prints what each case came to, as JSON. Arguments: studio folder, golden folder.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [studio, golden] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${studio}/${name}`));
const { Outbox } = await load("outbox.js");
const { applyAll } = await load("edits.js");
const document = JSON.parse(readFileSync(`${golden}/document_v2.json`, "utf8"));

class Server {
  constructor() {
    this.document = document;
    this.commits = [];
    this.ids = [];
    this.repeated = 0; // commits that were sent once more
    this.most = 0; // operations of a commit
    this.fail = null; // status of the next answers, or "network"
  }
  get revision() {
    return this.commits.length;
  }
  async commit({ op_id, base_revision, ops }, signal) {
    if (this.fail === "network") throw new TypeError("network");
    if (this.fail === "hangs") await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    this.most = Math.max(this.most, ops.length);
    if (this.fail) throw Object.assign(new Error("refused"), { status: this.fail });
    if (this.ids.includes(op_id)) {
      this.repeated += 1;
      const revision = this.ids.indexOf(op_id) + 1;
      return { revision, ops, others: this.commits.slice(base_revision, revision - 1).flat(), notices: [] };
    }
    const others = this.commits.slice(base_revision).flat();
    try {
      this.document = applyAll(this.document, ops).document;
    } catch {
      throw Object.assign(new Error("clip-gone"), { status: 409, code: "clip-gone", body: { clip: ops[0].clip } });
    }
    const meets = (theirs) => theirs.some((their) => ops.some(({ op, key }) => op === their.op && key === their.key));
    const notices = this.commits.slice(base_revision).flatMap((theirs, at) => (meets(theirs) ? [{ revision: base_revision + at + 1 }] : []));
    this.ids.push(op_id);
    this.commits.push(ops);
    return { revision: this.revision, ops, others, notices };
  }
}

/** What a browser keeps, for as many pages as there are. */
class Kept {
  commits = [];
  async all() {
    return [...this.commits];
  }
  async add(commit) {
    this.commits.push(commit);
  }
  async remove(op_id) {
    this.commits = this.commits.filter((commit) => commit.op_id !== op_id);
  }
}

function page(server, store = null) {
  const states = [];
  const timers = [];
  const made = { states, timers, refused: [], again: [], told: [], rebased: 0, shown: server.document };
  made.outbox = new Outbox({
    document: server.document,
    revision: server.revision,
    store,
    since: async (revision) => ({
      edits: server.commits.slice(revision).map((ops, at) => ({ ops, revision: revision + at + 1, op_id: server.ids[revision + at] })),
    }),
    send: (body, signal) => server.commit(body, signal),
    read: async () => ({ document: server.document, project: { revision: server.revision } }),
    later: (call) => timers.push(call),
    on: {
      state: (state) => states.push(state.kind),
      answer: ({ notices }) => made.told.push(...notices.map(({ revision }) => revision)),
      refused: (problem, commit, again) => {
        made.refused.push(problem.message);
        made.again.push(again);
      },
      rebased: () => {
        made.rebased += 1;
        made.shown = made.outbox.rebase();
      },
    },
  });
  return made;
}

const color = (value) => [{ op: "set_color", key: "primary", value }];
const results = {};
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

{
  const server = new Server();
  const [one, two] = [page(server), page(server)];
  await one.outbox.push(color("#0000FF"));
  await two.outbox.push(color("#FF0000"));
  await two.outbox.push([{ op: "move_scene", clip: "a", index: 2 }]);
  await one.outbox.push([{ op: "move_scene", clip: "b", index: 0 }]);
  results.two_pages = {
    server: server.document.colors.primary,
    page: two.outbox.rebase().colors.primary,
    agree: same(one.outbox.rebase(), server.document),
    told: two.rebased,
  };
}
{
  const server = new Server();
  const one = page(server);
  server.fail = 422;
  await one.outbox.push(color("#00FF00"));
  results.refused = { states: one.states.at(-1), same: same(one.outbox.rebase(), document), refused: one.refused.length };
  server.fail = null;
  await one.outbox.push(color("#123456"));
  results.refused.after = one.states.at(-1);
}
{
  const server = new Server();
  const one = page(server);
  server.fail = 409;
  const read = one.outbox.read;
  one.outbox.read = async () => {
    throw Object.assign(new Error("away"), { status: 500 });
  };
  await one.outbox.push(color("#00FF00"));
  results.unread = { told: one.refused.length, drawn: one.rebased, same: same(one.outbox.rebase(), document) };
  one.outbox.read = read;
  server.fail = null;
  await one.outbox.push(color("#123456"));
  results.unread.after = one.states.at(-1);
}
{
  const server = new Server();
  const one = page(server);
  server.fail = 401;
  await one.outbox.push(color("#00FF00"));
  const kept = one.outbox.waiting.length;
  const shown = one.outbox.rebase().colors.primary;
  server.fail = null;
  await one.timers.at(-1)();
  results.signed_out = { state: one.states.find((state) => state === "signed-out"), kept, shown, saved: server.document.colors.primary };
}
{
  const server = new Server();
  const one = page(server);
  server.fail = "network";
  await one.outbox.push(color("#00FF00"));
  await one.outbox.push([{ op: "move_scene", clip: "a", index: 1 }]);
  const state = one.states.at(-1);
  server.fail = null;
  await one.timers.at(-1)();
  results.offline = { state, commits: server.commits.length, last: one.states.at(-1), agree: same(one.outbox.rebase(), server.document) };
}
{
  const server = new Server();
  const one = page(server);
  const first = one.outbox.push(color("#00FF00"));
  const second = one.outbox.push(color("#0000FF")); // the page is left while the first is under way
  one.outbox.close();
  await Promise.all([first, second]);
  while (!one.outbox.idle) await new Promise((resolve) => setImmediate(resolve));
  results.left = { commits: server.commits.length, color: server.document.colors.primary };
}
{
  const server = new Server();
  const [one, two] = [page(server), page(server)];
  await one.outbox.push([{ op: "remove_scene", clip: "b" }]);
  await two.outbox.push([{ op: "set_value", clip: "b", key: "title", value: "late" }]);
  results.gone = { refused: two.refused, agree: same(two.outbox.rebase(), server.document), state: two.states.at(-1) };
}
{
  // The tab is closed while the server is away, and the project opened again; then the first tab turns out to live.
  const server = new Server();
  const kept = new Kept();
  const one = page(server, kept);
  server.fail = "network";
  await one.outbox.push(color("#00FF00"));
  await one.outbox.push([{ op: "duplicate_scene", clip: "a", id: "twin" }]);
  await one.outbox.push([{ op: "rename_scene", clip: "twin", name: "Twin" }]);
  const waiting = kept.commits.length;
  server.fail = null;
  const two = page(server, kept);
  await two.outbox.opened;
  while (!two.outbox.idle) await new Promise((resolve) => setImmediate(resolve));
  const commits = server.commits.length;
  await one.timers.at(-1)();
  results.kept = {
    waiting,
    commits,
    shown: two.rebased > 0,
    agree: same(two.outbox.rebase(), server.document) && same(one.outbox.rebase(), server.document),
    after: [server.commits.length, kept.commits.length],
    repeated: server.repeated,
  };
}
{
  // Another tab saved; this one reads on, in turn with what it sends itself.
  const server = new Server();
  const [one, two] = [page(server), page(server)];
  await one.outbox.push(color("#00FF00"));
  const reading = two.outbox.follow(server.revision);
  const sending = two.outbox.push([{ op: "rename_scene", clip: "a", name: "Mine" }]);
  await Promise.all([reading, sending]);
  await one.outbox.follow(server.revision);
  results.followed = {
    agree: same(two.outbox.rebase(), server.document) && same(one.outbox.rebase(), server.document),
    revisions: [one.outbox.revision, two.outbox.revision],
    color: two.outbox.rebase().colors.primary,
  };
}
{
  // A clip is gone: the edit is refused, and what would bring both back is offered.
  const server = new Server();
  const [one, two] = [page(server), page(server)];
  await one.outbox.push([{ op: "remove_clips", clips: ["v1"], ripple: false }]);
  await two.outbox.push([{ op: "trim", clip: "v1", edge: "end", delta: -5, ripple: false }]);
  const [again] = two.again;
  await two.outbox.push(again);
  const clip = server.document.tracks[1].items.find((item) => item.id === "v1");
  results.offered = { ops: again.map(({ op }) => op), at: again[0].at, duration: clip?.duration, agree: same(two.outbox.rebase(), server.document) };
}
{
  // The server is away for one page only; it hears what the other did before it can send: still it is told what it
  // writes over, and nothing of its own.
  const server = new Server();
  const [one, two] = [page(server), page(server)];
  server.fail = "network";
  await two.outbox.push(color("#00FF00"));
  await two.outbox.push(color("#00FF11"));
  await two.outbox.push([{ op: "rename_scene", clip: "a", name: "Mine" }]);
  server.fail = null;
  await one.outbox.push(color("#0000FF"));
  await two.outbox.follow(server.revision);
  while (!two.outbox.idle) await new Promise((resolve) => setImmediate(resolve));
  results.written_over = {
    told: two.told,
    color: server.document.colors.primary,
    agree: same(two.outbox.rebase(), server.document),
  };
}
{
  // The clip was heard to be gone before the edit of it could be sent: it can be put back all the same.
  const server = new Server();
  const [one, two] = [page(server), page(server)];
  server.fail = "network";
  await two.outbox.push([{ op: "trim", clip: "v1", edge: "end", delta: -5, ripple: false }]);
  server.fail = null;
  await one.outbox.push([{ op: "remove_clips", clips: ["v1"], ripple: false }]);
  await two.outbox.follow(server.revision);
  while (!two.outbox.idle) await new Promise((resolve) => setImmediate(resolve));
  const again = two.again[0] ?? [];
  await two.outbox.push(again);
  const clip = server.document.tracks[1].items.find((item) => item.id === "v1");
  results.offered_late = { ops: again.map(({ op }) => op), duration: clip?.duration, agree: same(two.outbox.rebase(), server.document) };
}
{
  // The browser is slow to open what it keeps: what waits is not called saved, and goes after what an earlier page kept.
  const server = new Server();
  const opening = Promise.withResolvers();
  const one = page(server, { all: () => opening.promise, add: () => {}, remove: () => {} });
  const sent = one.outbox.push(color("#00FF00"));
  const before = [one.states.at(-1), server.commits.length];
  opening.resolve([{ op_id: "earlier", ops: color("#0000FF") }]);
  await sent;
  const sentColors = server.commits.map(([{ value }]) => value);
  results.slowly_opened = { before, sent: sentColors, after: one.states.at(-1), shown: one.outbox.rebase().colors.primary };
}
{
  // The page is left as its edit is saved, before the browser has forgotten it: the next one does not show it twice.
  const server = new Server();
  const kept = new Kept();
  const forgetting = Promise.withResolvers();
  const forget = kept.remove;
  kept.remove = () => forgetting.promise;
  const one = page(server, kept);
  const pushed = one.outbox.push([{ op: "trim", clip: "v1", edge: "end", delta: -5, ripple: true }]);
  while (!one.outbox.idle) await new Promise((resolve) => setImmediate(resolve));
  const early = one.states.includes("saved");
  kept.remove = forget;
  const two = page(server, kept);
  await two.outbox.opened;
  while (!two.outbox.idle) await new Promise((resolve) => setImmediate(resolve));
  forgetting.resolve();
  await pushed;
  const commits = [server.commits.length, server.repeated, kept.commits.length];
  results.left_as_saved = { early, commits, agree: same(two.shown, server.document), after: one.states.at(-1) };
}
{
  // An edit comes at any moment of the outbox's coming to rest: it is sent, and nothing is called saved without it.
  results.woken = [];
  for (let moment = 0; moment < 16; moment += 1) {
    const server = new Server();
    const forgetting = Promise.withResolvers();
    const one = page(server, { all: async () => [], add: () => {}, remove: () => forgetting.promise });
    one.outbox.push(color("#00FF00"));
    while (!one.outbox.idle) await new Promise((resolve) => setImmediate(resolve));
    forgetting.resolve();
    for (let passed = 0; passed < moment; passed += 1) await null;
    one.outbox.push(color("#0000FF"));
    await new Promise((resolve) => setImmediate(resolve));
    results.woken.push([server.commits.length, one.states.at(-1)]);
  }
}
{
  // No answer ever comes: it is given up, and asked for again.
  const server = new Server();
  const one = page(server);
  server.fail = "hangs";
  one.outbox.push(color("#00FF00"));
  await new Promise((resolve) => setImmediate(resolve));
  server.fail = null;
  one.timers.forEach((call) => call());
  await new Promise((resolve) => setImmediate(resolve));
  const state = one.states.at(-1);
  await one.timers.at(-1)();
  results.hanging = { state, saved: server.document.colors.primary, after: one.states.at(-1) };
}
{
  // The browser's store never answers: edits are saved all the same, one after the other.
  const server = new Server();
  const never = new Promise(() => {});
  const one = page(server, { all: () => never, add: () => {}, remove: () => never });
  for (const value of ["#00FF00", "#0000FF"]) {
    one.outbox.push(color(value));
    for (let round = 0; round < 3; round += 1) {
      one.timers.splice(0).forEach((call) => call());
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  results.storeless = [server.commits.length, one.states.at(-1)];
}
{
  // A slider is drawn while the server is away: the value where it stopped is sent, what came between is not.
  const server = new Server();
  const kept = new Kept();
  const one = page(server, kept);
  server.fail = "network";
  for (let volume = 0; volume < 50; volume += 1) {
    one.outbox.push([{ op: "set_music_volume", volume: volume / 50 }], "volume");
    if (!volume) await new Promise((resolve) => setImmediate(resolve)); // it is under way
  }
  for (let step = 0; step < 3; step += 1) one.outbox.push([{ op: "move_clips", clips: ["v1"], delta: 1, mode: "overwrite" }], "nudge");
  await new Promise((resolve) => setImmediate(resolve));
  const stored = kept.commits.length;
  server.fail = null;
  await one.timers.at(-1)();
  results.drawn = { stored, volumes: server.commits.flat().flatMap(({ volume }) => volume ?? []), commits: server.commits.length, agree: same(one.outbox.rebase(), server.document), kept: kept.commits.length };
}
{
  // More at once than a commit holds: several, in order.
  const server = new Server();
  const one = page(server);
  await one.outbox.push(Array.from({ length: 450 }, (_, at) => ({ op: "add_marker", marker: { id: `m${at}`, frame: at, name: "", color: null } })));
  results.many = { most: server.most, commits: server.commits.length, markers: server.document.markers.filter(({ id }) => /^m\d+$/.test(id)).length };
}
{
  // An edit is taken, but what others did before it cannot be read then: it is read later, without another edit.
  const server = new Server();
  const [one, two] = [page(server), page(server)];
  await one.outbox.push(color("#00FF00"));
  const { read, send } = two.outbox;
  two.outbox.send = async (body) => ({ ...(await send(body)), reload: true });
  two.outbox.read = async () => {
    throw new TypeError("network");
  };
  await two.outbox.push([{ op: "rename_scene", clip: "a", name: "Mine" }]);
  two.outbox.read = read;
  await two.timers.at(-1)();
  results.read_later = { agree: same(two.shown, server.document), after: two.states.at(-1) };
}
console.log(JSON.stringify(results));
