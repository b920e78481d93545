// Which of two things that were told of a job is the newer one. Run by tests/ui/test_live.py: the module's path.
// Prints what each case came to, as JSON.
import { pathToFileURL } from "node:url";

const { isOlder, ToldSteps } = await import(pathToFileURL(process.argv[2]));
const at = (second) => ({ updated_at: `2026-11-27T10:00:${second}+00:00` });
const older = [
  isOlder(at("05"), undefined),
  isOlder(at("05"), at("05")),
  isOlder(at("05"), at("05.000001")),
  isOlder(at("06"), at("05.999999")),
  isOlder({}, at("05")), // for a role that does not see when it was changed
];

const steps = new ToldSteps();
const told = (second, id, state) => steps.take({ at: at(second).updated_at, step: { id, state } });
const taken = [told("03", "a", "CLAIMED"), told("05", "a", "DONE"), told("04", "a", "CLAIMED"), told("05.5", "new", "CLAIMED")];
told("01", "b", "CLAIMED"); // before the answer was made
const answer = ["a", "b"].map((id) => ({ id, state: id === "b" ? "DONE" : "CLAIMED" }));
const over = steps.over(answer, at("04").updated_at).map(({ id, state }) => [id, state]);
steps.keep(new Map([["b", {}]]));
const kept = [...steps.told.keys()];
console.log(JSON.stringify({ older, taken, over, kept }));
