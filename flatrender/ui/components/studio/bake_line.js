// Bakes over one web socket for as long as a project is open (flatrender/api/bakes.py): the way there and back costs a
// request more than the bake itself. While there is no socket a request does the same.
const PATIENCE = 5000; // ms without an answer until the socket counts as lost
const AGAIN = 5000; // ms after one was lost or refused until another is tried
const LONGEST = 60_000; // characters; what is longer is sent as a request

export class BakeLine {
  /** `open()` makes a socket, `request(body)` asks without one, `refusal(problem)` is the error of a refused bake. */
  constructor({ open, request, refusal, later = (call, wait) => setTimeout(call, wait) }) {
    Object.assign(this, { open, request, refusal, later });
    this.socket = null;
    this.waiting = new Map(); // number -> { body, resolve, reject, timer }
    this.count = 0;
    this.closed = false;
    this.resting = false; // a socket was lost a moment ago
  }

  get usable() {
    return this.socket?.readyState === 1 && globalThis.navigator?.onLine !== false;
  }

  connect() {
    if (this.closed || this.socket || this.resting) return;
    const socket = (this.socket = this.open());
    socket.onmessage = ({ data }) => this.answered(JSON.parse(data));
    socket.onclose = () => this.lost(socket);
  }

  /** Resolves to `{ patches, of }`: `of`, the template's files that they were made from. */
  ask(body) {
    const id = (this.count = (this.count + 1) % 2 ** 31);
    const text = JSON.stringify({ ...body, id });
    if (!this.usable || text.length > LONGEST) {
      this.connect();
      return this.request(body);
    }
    return new Promise((resolve, reject) => {
      const { socket } = this;
      const timer = this.later(() => this.lost(socket), PATIENCE);
      this.waiting.set(id, { body, resolve, reject, timer });
      socket.send(text);
    });
  }

  answered({ id, problem, ...answer }) {
    const asked = this.waiting.get(id);
    if (!asked) return;
    this.waiting.delete(id);
    clearTimeout(asked.timer);
    if (problem) asked.reject(this.refusal(problem));
    else asked.resolve(answer);
  }

  /** What it was asked and has not answered is asked with requests. */
  lost(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    this.resting = true;
    this.later(() => (this.resting = false), AGAIN);
    socket.close();
    const unanswered = [...this.waiting.values()];
    this.waiting.clear();
    for (const { body, resolve, reject, timer } of unanswered) {
      clearTimeout(timer);
      this.request(body).then(resolve, reject);
    }
  }

  close() {
    this.closed = true;
    this.socket?.close();
  }
}
