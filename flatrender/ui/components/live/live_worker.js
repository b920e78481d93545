// One event stream per browser: every tab of this origin shares it, for HTTP/1.1 allows a browser six connections.
// From tabs: "leave". To tabs: { state: "open" | "lost" } and { message: { kind, … } }.
const FIRST_WAIT = 2000;
const LONGEST_WAIT = 60000;
const ports = new Set();
let stream = null;
let state = "lost";
let missed = false; // whether something may have happened that no tab was told
let refusals = 0; // in a row
let waiting = 0;

const tell = (data) => {
  for (const port of ports) port.postMessage(data);
};

const turn = (now) => {
  if (state === now) return;
  state = now;
  tell({ state });
};

function open() {
  clearTimeout(waiting);
  stream = new EventSource("/api/v1/events");
  // The server's first word: from here on it tells. The connection alone stands a moment earlier.
  const begin = () => {
    refusals = 0;
    turn("open");
    // What happened meanwhile is not sent again: pages load anew.
    if (missed) tell({ message: { kind: "resync" } });
    missed = false;
  };
  stream.onerror = () => {
    turn("lost");
    missed = true;
    // A connection that broke the browser makes again by itself. One that was refused it does not: too many are open, the
    // database is away, a proxy says that the server is.
    if (stream?.readyState !== EventSource.CLOSED) return;
    stream = null;
    wait();
  };
  // Every message names its own kind; the stream has no named events.
  stream.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.kind === "hello") begin();
    else tell({ message });
  };
}

/** Comes back later each time, and not with all other browsers at once. */
function wait() {
  clearTimeout(waiting);
  const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** refusals);
  refusals += 1;
  waiting = setTimeout(comeBack, longest * (0.5 + Math.random() / 2));
}

async function comeBack() {
  const signedOut = await fetch("/api/v1/auth/me").then((answer) => answer.status === 401, () => false);
  if (stream || !ports.size || signedOut) return; // once somebody signs in, their tab opens it
  open();
}

function close() {
  clearTimeout(waiting);
  stream?.close();
  stream = null;
  state = "lost";
  missed = false;
  refusals = 0;
}

self.onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data !== "leave") return;
    ports.delete(port);
    if (!ports.size) close();
  };
  // A page may have read what it shows before it is told anything: what happens in between it loads.
  port.postMessage({ state });
  if (state === "open") port.postMessage({ message: { kind: "resync" } });
  else missed = true;
  if (!stream) open();
};

// Where there are no shared workers a tab has this one to itself.
if (globalThis.DedicatedWorkerGlobalScope && self instanceof DedicatedWorkerGlobalScope) self.onconnect({ ports: [self] });
