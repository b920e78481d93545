// Random edits on the browser's own modules. Arguments: the studio's folder, a file { start, sequences, scripts }.
//   sequences: [[operation]]: applied in order; prints the document after them and after all inverses.
//   scripts: [{ pages: [[operation], [operation]], chances: [number] }]: two pages and a server, answers lost on the way,
//   the server away, until all is quiet; prints whether the three agree.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [studio, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${studio}/${name}`));
const { Outbox } = await load("outbox.js");
const { apply, applyAll } = await load("edits.js");
const { start, sequences, scripts } = JSON.parse(readFileSync(file, "utf8"));

const edited = sequences.map((operations) => {
  const { document, inverses } = applyAll(start, operations);
  return { after: document, back: applyAll(document, inverses).document };
});

class Server {
  document = start;
  commits = []; // { op_id, ops, revision }
  away = false;
  loses = false; // the next answers are lost, after the commit was taken

  get revision() {
    return this.commits.length;
  }

  answer(commit, base) {
    if (this.loses) throw new TypeError("lost");
    const others = this.commits.slice(base, commit.revision - 1).flatMap((one) => one.ops);
    return { revision: commit.revision, ops: commit.ops, others, notices: [] };
  }

  async commit({ op_id, base_revision, ops }) {
    if (this.away) throw new TypeError("away");
    const again = this.commits.find((one) => one.op_id === op_id);
    if (again) return this.answer(again, base_revision);
    try {
      this.document = applyAll(this.document, ops).document;
    } catch (error) {
      throw Object.assign(new Error(error.message), { status: 409, code: error.message, body: {} });
    }
    this.commits.push({ op_id, ops, revision: this.revision + 1 });
    return this.answer(this.commits.at(-1), base_revision);
  }

  async since(revision) {
    if (this.away || this.loses) throw new TypeError("away");
    return { edits: this.commits.slice(revision).map((one) => ({ ...one, reload: false })) };
  }
}

class Page {
  constructor(server) {
    this.timers = [];
    this.document = start;
    this.refused = 0;
    this.outbox = new Outbox({
      document: start,
      revision: 0,
      send: (body) => server.commit(body),
      since: (revision) => server.since(revision),
      read: async () => {
        if (server.away) throw new TypeError("away");
        return { document: server.document, project: { revision: server.revision } };
      },
      later: (call) => this.timers.push(call),
      on: {
        state: () => {},
        answer: () => {},
        refused: () => (this.refused += 1),
        rebased: () => (this.document = this.outbox.rebase()),
      },
    });
  }

  /** A gesture, as the session makes it: what cannot be done on what is shown is not done. */
  async edit(operation) {
    let made;
    try {
      made = apply(this.document, operation).document;
    } catch {
      return;
    }
    this.document = made;
    await this.outbox.push([operation], operation.op); // one kind after the other: settings that wait are joined
  }

  async wake() {
    for (const call of this.timers.splice(0)) await call();
  }
}

const results = [];
for (const { pages: operations, chances } of scripts) {
  const server = new Server();
  const pages = [new Page(server), new Page(server)];
  const left = operations.map((list) => [...list]);
  for (const chance of chances) {
    const which = chance % 2;
    server.away = chance % 7 === 0;
    server.loses = chance % 5 === 0;
    if (chance % 3 === 0) await pages[which].outbox.follow(server.revision);
    else if (chance % 11 === 0) await pages[which].wake();
    else if (left[which].length) await pages[which].edit(left[which].shift());
  }
  server.away = server.loses = false;
  for (let round = 0; round < 3; round += 1) {
    for (const page of pages) {
      await page.wake();
      await page.outbox.run();
      await page.outbox.follow(server.revision);
    }
  }
  const truth = JSON.stringify(server.document);
  results.push({
    agree: pages.every((page) => JSON.stringify(page.outbox.confirmed) === truth && JSON.stringify(page.document) === truth),
    idle: pages.every((page) => page.outbox.idle),
    once: new Set(server.commits.map((one) => one.op_id)).size === server.commits.length,
    commits: server.commits.length,
    refused: pages.reduce((sum, page) => sum + page.refused, 0),
  });
}
console.log(JSON.stringify({ edited, results }));
