// What the command palette finds. Run by tests/ui/test_palette.py; the folder of its modules is the first argument.
import assert from "node:assert/strict";

const folder = `file://${process.argv[2]}`;
const { matching, plain } = await import(`${folder}/matching.js`);
const { offer, offered } = await import(`${folder}/offers.js`);

const entry = (label, also = "") => ({ id: label, label, also });
const ids = (entries, query) => matching(entries, query).map(({ id }) => id);

const entries = [entry("Upload files"), entry("My projects", "پروژه‌های من"), entry("New project"), entry("Jobs", "کارها")];
// Nothing typed: all, in their own order.
assert.deepEqual(ids(entries, "  "), ["Upload files", "My projects", "New project", "Jobs"]);
// What begins with it comes before what merely holds it; the order is kept where two are as good.
assert.deepEqual(ids([entry("A new one"), entry("New project"), entry("Renewal")], "new"), ["New project", "A new one", "Renewal"]);
assert.deepEqual(ids(entries, "proj"), ["My projects", "New project"]);
// Every word counts, in any order, in any case.
assert.deepEqual(ids(entries, "PROJECT new"), ["New project"]);
assert.deepEqual(ids(entries, "project old"), []);
// The name in the other language finds it too, after those that are called so.
assert.deepEqual(ids(entries, "کار"), ["Jobs"]);
// Arabic letters and joiners, as keyboards differ.
assert.equal(plain("كارها‌ي"), plain("کارهای"));
assert.deepEqual(ids(entries, "پروژههای"), ["My projects"]);
// Odd input is text like any other.
assert.deepEqual(ids(entries, "(.*"), []);
assert.deepEqual(ids([{ id: "x", label: "X" }], "x"), ["x"]);

// A page's commands are there while the page is.
const back = offer([entry("Split")]);
const other = offer([entry("Export")]);
assert.deepEqual(offered().map(({ id }) => id), ["Split", "Export"]);
back();
assert.deepEqual(offered().map(({ id }) => id), ["Export"]);
other();
assert.deepEqual(offered(), []);
