// The worker that holds a browser's event stream, with a server that refuses. Run by tests/ui/test_live.py: its path.
// Prints what each case came to, as JSON.
import { pathToFileURL } from "node:url";

const streams = [];
const waits = []; // [milliseconds, what is done then], the last one the one that counts
let status = 200;
globalThis.self = globalThis;
globalThis.EventSource = class {
  static CLOSED = 2;
  readyState = 0;
  constructor() {
    streams.push(this);
  }
  close() {
    this.readyState = 2;
  }
  refuse() {
    this.readyState = 2;
    this.onerror();
  }
  accept() {
    this.readyState = 1;
    this.onmessage({ data: JSON.stringify({ kind: "hello" }) });
  }
};
globalThis.fetch = async () => {
  if (!status) throw new TypeError("away");
  return { status };
};
globalThis.setTimeout = (done, wait) => {
  waits.push([wait, done]);
  return waits.length;
};
globalThis.clearTimeout = (number) => {
  if (number) waits[number - 1][1] = () => {};
};
await import(pathToFileURL(process.argv[2]));

function tab() {
  const heard = [];
  const port = { postMessage: (data) => heard.push(data.state ?? data.message.kind) };
  globalThis.onconnect({ ports: [port] });
  return { heard, leave: () => port.onmessage({ data: "leave" }) };
}
const later = () => waits.at(-1)[1]();
const current = () => streams.at(-1);

const early = tab();
current().accept();
const late = tab();
const opening = [early.heard, late.heard];
early.leave();
late.leave();

const first = tab();
for (let time = 0; time < 9; time += 1) {
  current().refuse();
  status = time % 2 ? 429 : 0; // whatever the server says to who asks: all but 401
  await later();
}
const spans = waits.map(([wait]) => wait);
current().accept();
const back = [...first.heard];
current().refuse();
const again = waits.at(-1)[0];

status = 401;
let before = streams.length;
await later();
const signedOut = streams.length - before;
tab();
const another = streams.length - before; // somebody signed in, and opened a page

status = 200;
current().refuse();
first.leave();
tab().leave(); // opens one of its own, which the second tab keeps
before = streams.length;
await Promise.all(waits.map(([, done]) => done()));
console.log(JSON.stringify({ opening, spans, back, again, signedOut, another, more: streams.length - before }));
