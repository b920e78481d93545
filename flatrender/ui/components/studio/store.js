// What was edited and is not saved yet, kept by the browser: it outlives the page, the tab and the machine's restart.
// Where a browser keeps nothing (private windows), the outbox lives in the page alone.
const NAME = "flatrender-outbox";
const COMMITS = "commits";

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Resolves when a transaction is kept: a page that is left before may take its requests back. */
const complete = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });

let database = null;

function open() {
  if (!globalThis.indexedDB) return Promise.reject(new Error("no storage"));
  database ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const commits = request.result.createObjectStore(COMMITS, { keyPath: "number", autoIncrement: true });
      commits.createIndex("project", "project");
      commits.createIndex("op_id", "op_id", { unique: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return database;
}

const commits = async (mode) => (await open()).transaction(COMMITS, mode).objectStore(COMMITS);

/** The commits of one project that wait, oldest first. Nothing here throws: what cannot be kept is in memory. */
export class Store {
  constructor(project) {
    this.project = project;
  }

  async all() {
    try {
      const found = await settled((await commits("readonly")).index("project").getAll(this.project));
      return found.map(({ op_id, ops }) => ({ op_id, ops }));
    } catch {
      return [];
    }
  }

  async add({ op_id, ops }) {
    try {
      await settled((await commits("readwrite")).add({ project: this.project, op_id, ops }));
    } catch {
      // private window, or no room: the page still has it
    }
  }

  async remove(op_id) {
    try {
      const store = await commits("readwrite");
      const done = complete(store.transaction);
      store.index("op_id").getKey(op_id).onsuccess = ({ target }) => target.result !== undefined && store.delete(target.result);
      await done;
    } catch {
      // it is sent once more after a reload, and the server knows its op_id
    }
  }
}
