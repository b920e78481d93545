// Live messages in a tab: `listen({ onMessage, onState })` returns the call that ends it. Messages are the server's,
// with their `kind`; `resync` means that some were missed and what is shown has to be loaded anew.
//
// A list that is loaded before the stream is there has to be loaded again when it is: something may have happened in
// between. So whoever lists waits for `begun()`, which is a moment, and asks once: `listen({ waits: true, … })`.

const PATIENCE = 250; // ms; further away from the studio a list is shown at once, and loaded again

let port = null;
let state = "lost";
const listeners = new Set();
let begin = null; // while nothing is told yet, and nothing was loaded
let beginning = Promise.resolve();

/** Resolves when changes are told from here on, or that takes too long. */
export const begun = () => beginning;

function take({ data }) {
  if (data.state) {
    state = data.state;
    listeners.forEach(({ onState }) => onState?.(state));
  }
  if (!data.message) return;
  const opens = data.message.kind === "resync" && begin !== null;
  listeners.forEach(({ onMessage, waits }) => (opens && waits) || onMessage(data.message));
  if (opens) begin();
}

function connect() {
  if (port) return;
  beginning = new Promise((resolve) => {
    const timer = setTimeout(() => begin?.(), PATIENCE);
    begin = () => {
      clearTimeout(timer);
      begin = null;
      resolve();
    };
  });
  port = globalThis.SharedWorker
    ? new SharedWorker(new URL("./live_worker.js", import.meta.url), { name: "flatrender-live", type: "module" }).port
    : new Worker(new URL("./live_worker.js", import.meta.url), { type: "module" }); // browsers of some phones
  port.onmessage = take;
  port.start?.();
}

function leave() {
  port?.postMessage("leave");
  port?.terminate?.();
  begin?.();
  port = null;
  state = "lost";
}

// A page that the browser keeps for “back” holds no stream; shown again it has missed messages.
window.addEventListener("pagehide", leave);
window.addEventListener("pageshow", ({ persisted }) => {
  if (!persisted || !listeners.size) return;
  connect();
  begin(); // what is shown was loaded long ago
  take({ data: { message: { kind: "resync" } } });
});

export function listen(listener) {
  listeners.add(listener);
  connect();
  listener.onState?.(state);
  return () => {
    listeners.delete(listener);
    if (!listeners.size) leave();
  };
}
