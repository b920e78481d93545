// One event stream per browser: every tab of this origin shares it, for HTTP/1.1 allows a browser six connections.
// Messages to tabs: { state: "open" | "lost" } and { message: <the server's JSON> }.
const ports = new Set();
let stream = null;
let state = "lost";

const tell = (data) => {
  for (const port of ports) port.postMessage(data);
};

const turn = (now) => {
  if (state === now) return;
  state = now;
  tell({ state });
};

function open() {
  stream?.close();
  stream = new EventSource("/api/v1/events");
  stream.onopen = () => turn("open");
  stream.onmessage = (event) => tell({ message: JSON.parse(event.data) });
  stream.onerror = () => {
    turn("lost");
    // The browser tries again by itself unless the server refused (signed out): then a new tab opens it anew.
    if (stream.readyState === EventSource.CLOSED) stream = null;
  };
}

self.onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data !== "leave") return;
    ports.delete(port);
    if (!ports.size) {
      stream?.close();
      stream = null;
      state = "lost";
    }
  };
  if (!stream) open();
  port.postMessage({ state });
};
