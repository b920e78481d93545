// What a tab asks for while its stream opens. Run by tests/ui/test_live.py: the path of live.js. Prints what each case
// came to, as JSON.
import { pathToFileURL } from "node:url";

let timers = [];
let port = null;
globalThis.window = new EventTarget();
globalThis.SharedWorker = class {
  constructor() {
    this.port = port = { start() {}, postMessage() {} };
  }
};
globalThis.setTimeout = (done) => timers.push(done);
globalThis.clearTimeout = (number) => number && (timers[number - 1] = () => {});
const { begun, listen } = await import(pathToFileURL(process.argv[2]));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A list, and somebody who did not wait for the stream. */
async function page(opens) {
  timers = [];
  const [list, other] = [[], []];
  const quiet = [
    listen({ waits: true, onMessage: ({ kind }) => list.push(kind) }),
    listen({ onMessage: ({ kind }) => other.push(kind) }),
  ];
  begun().then(() => list.push("first"));
  await turn();
  const early = [...list];
  const tell = async (data) => (port.onmessage({ data }), await turn());
  await opens(tell);
  const late = [];
  begun().then(() => late.push("first"));
  await turn();
  await tell({ message: { kind: "resync" } });
  quiet.forEach((end) => end());
  return { early, list, other, late };
}
const open = async (tell) => {
  await tell({ state: "open" });
  await tell({ message: { kind: "resync" } });
};
const near = await page(open);
const far = await page(async (tell) => {
  timers.forEach((done) => done());
  await turn();
  await open(tell);
});
console.log(JSON.stringify({ near, far }));
