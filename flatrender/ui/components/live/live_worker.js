// One event stream per browser: every tab of this origin shares it, for HTTP/1.1 allows a browser six connections.
// From tabs: "leave". To tabs: { state: "open" | "lost" } and { message: { kind, … } }.
const ports = new Set();
let stream = null;
let state = "lost";
let opened = 0;

const tell = (data) => {
  for (const port of ports) port.postMessage(data);
};

const turn = (now) => {
  if (state === now) return;
  state = now;
  tell({ state });
};

function open() {
  stream = new EventSource("/api/v1/events");
  stream.onopen = () => {
    turn("open");
    opened += 1;
    // What happened while the stream was lost is not sent again: pages load anew.
    if (opened > 1) tell({ message: { kind: "resync" } });
  };
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
  opened = 0;
}

self.onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data !== "leave") return;
    ports.delete(port);
    if (!ports.size) close();
  };
  if (!stream) open();
  port.postMessage({ state });
};
