// One event stream per browser: every tab of this origin shares it, for HTTP/1.1 allows a browser six connections.
// From tabs: { watch: [job ids] } or "leave". To tabs: { state: "open" | "lost" } and { message: { kind, … } }.
const ports = new Map(); // port -> the ids of jobs that the tab watches
let stream = null;
let watched = "";
let state = "lost";

const tell = (data) => {
  for (const port of ports.keys()) port.postMessage(data);
};

const turn = (now) => {
  if (state === now) return;
  state = now;
  tell({ state });
};

const query = () =>
  [...new Set([...ports.values()].flat())]
    .sort()
    .map((id) => `job=${encodeURIComponent(id)}`)
    .join("&");

function open() {
  stream?.close();
  watched = query();
  stream = new EventSource(`/api/v1/events${watched ? `?${watched}` : ""}`);
  stream.onopen = () => turn("open");
  stream.onerror = () => {
    turn("lost");
    // The browser tries again by itself unless the server refused (signed out): then the next tab opens it anew.
    if (stream?.readyState === EventSource.CLOSED) stream = null;
  };
  // Every message names its own kind; the stream has no named events.
  stream.onmessage = (event) => tell({ message: JSON.parse(event.data) });
}

function close() {
  stream?.close();
  stream = null;
  state = "lost";
}

self.onconnect = ({ ports: [port] }) => {
  ports.set(port, []);
  port.onmessage = ({ data }) => {
    if (data === "leave") {
      ports.delete(port);
      if (!ports.size) close();
    } else if (data.watch) {
      ports.set(port, data.watch);
      if (!stream || query() !== watched) open();
    }
  };
  if (!stream) open();
  port.postMessage({ state });
};
