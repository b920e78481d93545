// Live messages in a tab: `listen({ onMessage, onState, job })` returns the call that ends it. `job` asks for the steps
// and log lines of that job as well. Messages are the server's, with their `kind`.

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

const watch = () => port?.postMessage({ watch: [...new Set([...listeners].flatMap(({ job }) => (job ? [job] : [])))] });

function connect() {
  if (port) return;
  const worker = new SharedWorker(new URL("./live_worker.js", import.meta.url), { name: "flatrender-live", type: "module" });
  port = worker.port;
  port.onmessage = take;
  port.start();
  window.addEventListener("pagehide", leave);
}

function leave() {
  port?.postMessage("leave");
  port = null;
  state = "lost";
}

export function listen(listener) {
  listeners.add(listener);
  connect();
  if (listener.job) watch();
  listener.onState?.(state);
  return () => {
    listeners.delete(listener);
    if (!listeners.size) leave();
    else if (listener.job) watch();
  };
}
