// How a bake gets to the server and back, by the studio's own module. Prints what each case came to, as JSON. Argument:
// the studio's folder.
import { pathToFileURL } from "node:url";

const { BakeLine } = await import(pathToFileURL(`${process.argv[2]}/bake_line.js`));
const turn = () => new Promise((done) => setImmediate(done));

/** A line whose sockets and times are the test's. */
function line() {
  const made = { sockets: [], requests: [], timers: [] };
  made.line = new BakeLine({
    open: () => {
      const socket = { readyState: 0, sent: [], closed: 0, send: (text) => socket.sent.push(JSON.parse(text)) };
      socket.close = () => {
        socket.closed += 1;
        socket.readyState = 3;
      };
      socket.opens = () => (socket.readyState = 1);
      socket.says = (message) => socket.onmessage({ data: JSON.stringify(message) });
      made.sockets.push(socket);
      return socket;
    },
    request: async (body) => {
      made.requests.push(body);
      return { patches: [`requested ${body.value}`] };
    },
    refusal: (problem) => new Error(problem.detail),
    later: (call, wait) => made.timers.push({ call, wait }),
  });
  return made;
}

/** What an ask came to: its patches, or why it was refused. */
const came = (asked) => asked.then(({ patches }) => patches, (error) => error.message);
const results = {};

{
  const { line: one, sockets, requests } = line();
  const early = came(one.ask({ value: "early" }));
  sockets[0].opens();
  const [first, second] = [came(one.ask({ value: "a" })), came(one.ask({ value: "b" }))];
  const numbers = sockets[0].sent.map(({ id }) => id);
  sockets[0].says({ id: numbers[1], patches: ["second"] });
  sockets[0].says({ id: numbers[0], problem: { detail: "refused" } });
  sockets[0].says({ id: 999, patches: ["nobody's"] });
  results.socket = { early: await early, first: await first, second: await second, sockets: sockets.length, requests };
}
{
  const { line: one, sockets, timers, requests } = line();
  one.connect();
  sockets[0].opens();
  const lost = came(one.ask({ value: "lost" }));
  sockets[0].onclose();
  const meanwhile = came(one.ask({ value: "meanwhile" }));
  await turn();
  const before = sockets.length;
  timers.at(-1).call();
  await came(one.ask({ value: "again" }));
  results.lost = { lost: await lost, meanwhile: await meanwhile, before, after: sockets.length };
  requests.length = 0;
  sockets[1].opens();
  const silent = came(one.ask({ value: "silent" }));
  timers.at(-1).call();
  results.silent = { answer: await silent, closed: sockets[1].closed, requests: requests.length };
}
{
  const { line: one, sockets } = line();
  one.connect();
  sockets[0].opens();
  results.long = { answer: (await one.ask({ value: "x".repeat(60_000) })).patches[0].length, sent: sockets[0].sent.length };
  one.close();
  sockets[0].onclose();
  await one.ask({ value: "late" });
  results.closed = { closed: sockets[0].closed > 0, sockets: sockets.length };
}

console.log(JSON.stringify(results));
