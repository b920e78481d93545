// Files whose upload is under way, kept by the browser so that a reload goes on with them. IndexedDB holds File objects.
const NAME = "flatrender-uploads";
const STORE = "files";
const LARGEST = 1024 ** 3; // the browser copies what it keeps

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function run(mode, act) {
  try {
    const database = await open();
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    }).finally(() => database.close());
  } catch {
    return undefined; // a private window: the upload goes on as long as the page does
  }
}

/** Keeps `{ id, owner, file, use, folder, landing, media, since }`; `media`: the studio's id of one that it has whole. */
export const keep = (entry) => (entry.file.size <= LARGEST ? run("readwrite", (store) => store.put(entry)) : Promise.resolve());
export const forget = (id) => run("readwrite", (store) => store.delete(id));
export const kept = async () => (await run("readonly", (store) => store.getAll())) ?? [];
