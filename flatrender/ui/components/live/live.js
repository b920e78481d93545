// Live messages in a tab: `listen({ onMessage, onState })` returns the call that ends it. Messages are the server's,
// with their `kind`; `resync` means that some were missed and what is shown has to be loaded anew.

let port = null;
let state = "lost";
const listeners = new Set();

function take({ data }) {
  if (data.state) {
    state = data.state;
    listeners.forEach(({ onState }) => onState?.(state));
  }
  if (data.message) listeners.forEach(({ onMessage }) => onMessage(data.message));
}

function connect() {
  if (port) return;
  const worker = new SharedWorker(new URL("./live_worker.js", import.meta.url), { name: "flatrender-live", type: "module" });
  port = worker.port;
  port.onmessage = take;
  port.start();
}

function leave() {
  port?.postMessage("leave");
  port = null;
  state = "lost";
}

// A page that the browser keeps for “back” holds no stream; shown again it has missed messages.
window.addEventListener("pagehide", leave);
window.addEventListener("pageshow", ({ persisted }) => {
  if (!persisted || !listeners.size) return;
  connect();
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
