// Live messages in a tab: `listen(onMessage, onState)` returns the call that ends it.

let port = null;
let direct = null;
let state = "lost";
const listeners = new Set();

const take = ({ data }) => {
  if (data.state) {
    state = data.state;
    listeners.forEach(({ onState }) => onState?.(state));
  }
  if (data.message) listeners.forEach(({ onMessage }) => onMessage(data.message));
};

function connect() {
  if (port || direct) return;
  if (typeof SharedWorker !== "undefined") {
    const worker = new SharedWorker(new URL("./live_worker.js", import.meta.url), { name: "flatrender-live", type: "module" });
    port = worker.port;
    port.onmessage = take;
    port.start();
    window.addEventListener("pagehide", leave);
    return;
  }
  direct = new EventSource("/api/v1/events");
  direct.onopen = () => take({ data: { state: "open" } });
  direct.onerror = () => take({ data: { state: "lost" } });
  direct.onmessage = (event) => take({ data: { message: JSON.parse(event.data) } });
}

function leave() {
  port?.postMessage("leave");
  port = null;
  direct?.close();
  direct = null;
  state = "lost";
}

export function listen(onMessage, onState) {
  const listener = { onMessage, onState };
  listeners.add(listener);
  connect();
  onState?.(state);
  return () => {
    listeners.delete(listener);
    if (!listeners.size) leave();
  };
}
