// What is asked of the server while somebody types, and when a save may go, by the studio's own module. Prints what each
// case came to, as JSON. Argument: the studio's folder.
import { pathToFileURL } from "node:url";

const { Baker } = await import(pathToFileURL(`${process.argv[2]}/baker.js`));
const turn = () => new Promise((done) => setImmediate(done));

/** A baker whose answers are given by hand, and whose second is over when the test says so. */
function slow() {
  const made = { asked: [], shown: [], errors: 0, answers: [], seconds: [] };
  made.baker = new Baker({
    ask: (body) => {
      made.asked.push(body.value);
      return new Promise((resolve, reject) => made.answers.push({ resolve: () => resolve({ patches: [body.value] }), reject }));
    },
    onPatches: (clip, patches) => made.shown.push(...patches),
    onError: () => (made.errors += 1),
    later: (call, wait) => {
      made.seconds.push({ call, wait });
    },
  });
  made.type = (value, key = "title") => made.baker.bake("clip", { key, value });
  made.answer = async () => {
    made.answers.shift().resolve();
    await turn();
  };
  return made;
}

const results = {};

const latest = slow();
for (const value of ["a", "ab", "abc", "abcd"]) latest.type(value);
await latest.answer();
await latest.answer();
results.latest = { asked: latest.asked, shown: latest.shown, idle: latest.baker.idle };

const resting = slow();
let rested = 0;
await resting.baker.rest();
resting.type("a");
resting.type("b", "subtitle");
resting.baker.rest().then(() => (rested += 1));
await resting.answer();
const early = rested;
await resting.answer();
results.rest = { early, rested };

const typing = slow();
let saved = 0;
typing.type("a");
typing.baker.rest().then(() => (saved += 1));
await turn();
const before = saved;
typing.seconds[0].call();
await turn();
results.second = { before, saved, wait: typing.seconds[0].wait, held: typing.baker.resting.size };

const failing = slow();
failing.type("a");
let after = 0;
failing.baker.rest().then(() => (after += 1));
failing.answers.shift().reject(new Error("away"));
await turn();
results.failure = { after, errors: failing.errors, idle: failing.baker.idle };

console.log(JSON.stringify(results));
