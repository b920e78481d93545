// A list read page by page. Run by tests/ui/test_live.py: the module's path. Prints what each case came to, as JSON.
import { pathToFileURL } from "node:url";

const { Pages } = await import(pathToFileURL(process.argv[2]));
let list = [1, 2, 3, 4, 5];
const asked = [];
let gate = null; // what an answer waits for
const ask = async (cursor) => {
  asked.push(cursor);
  const from = cursor ?? 0;
  await gate;
  return { items: list.slice(from, from + 2), next: from + 2 < list.length ? from + 2 : null, total: list.length };
};
const pages = new Pages();
const first = await pages.read(ask);
const more = await pages.more(ask);
list = [0, ...list];
const anew = await pages.read(ask);
const last = await pages.more(ask);
const none = await pages.more(ask);

pages.reset();
const other = await pages.read(ask);

// Twice at once it is asked for once; what is read anew meanwhile reads that page, too, and the late answer is dropped.
let open;
gate = new Promise((resolve) => (open = resolve));
asked.length = 0;
const both = [pages.more(ask), pages.more(ask)];
const meanwhile = pages.read(ask);
open();
const dropped = await Promise.all(both);
const read = await meanwhile;
const once = asked.slice(0, 2);

// A page that could not be had can be asked for again.
const failed = await pages.more(async () => Promise.reject(new Error("away"))).catch((error) => error.message);
const again = await pages.more(ask);

// What went wrong with an older question is nobody's business any more.
const late = pages.read(async () => Promise.reject(new Error("late")));
const newest = await pages.read(ask);
const quiet = [await late, newest.items.length];
console.log(JSON.stringify({ first, more: more.items, anew, last: last.items, none, other: other.items, dropped, read: read.items, once, failed, again: again.items, quiet }));
