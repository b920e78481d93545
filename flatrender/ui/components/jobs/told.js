// What the server says of jobs, tasks and nodes, in the page's language. It says it in English, in logs, errors and
// notes; the English catalogue's `told` holds those sentences as they are written there, each with its places, and the
// page's own holds the same. A sentence that stands in none is somebody else's: what a renderer printed, a person wrote.
import { knows, language, number, sentences, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";
import { own, taskName } from "./task_names.js";

const NUMBER = "([\\d.,]+|…)";
const numbers = "count end first frame frames free height hours last left megabytes minutes most needed number rate seconds width";
const NUMBERS = new Set(numbers.split(" "));
const MUST = new Set(["doing", "how", "sentence"]); // ours as well, or the whole is not
const WORDS = { status: "(approximated|ignored|supported)" };
const KEPT = 4000; // sentences that are remembered: a log is drawn anew with each line

const asNumber = (text) => (text === "…" ? text : number(Number(text.replaceAll(",", ""))));
const ofScan = (kind, text) => {
  const key = `designer.${kind}_${text.toLowerCase().replaceAll(" ", "_")}`;
  return knows(key) ? speak(key) : own(text);
};

function valueOf(place, text) {
  if (NUMBERS.has(place)) return asNumber(text);
  if (MUST.has(place)) return find(text);
  if (place === "why") return find(text) ?? own(text);
  if (place === "task") return taskName({ kind: text, name: text }, own);
  return place === "feature" || place === "status" ? ofScan(place, text) : own(text);
}

const bare = (text) => text.replace(/\.$/, "");
const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A sentence as a pattern: its first letter large or small, with its full stop or without. */
function patternOf(text) {
  const places = [];
  const parts = bare(text).split(/\{(\w+)\}/);
  const source = parts.map((part, index) => {
    if (index % 2 === 0) return literally(part);
    places.push(part);
    return NUMBERS.has(part) ? NUMBER : (WORDS[part] ?? "([^]+?)");
  });
  const first = parts[0][0];
  if (first) source[0] = `[${literally(first.toLowerCase())}${literally(first.toUpperCase())}]${literally(parts[0].slice(1))}`;
  const letters = parts.filter((_, index) => index % 2 === 0);
  letters[0] = letters[0].slice(1);
  const hold = letters.reduce((longest, part) => (part.length > longest.length ? part : longest)); // looked for first: quick
  return { pattern: new RegExp(`^${source.join("")}$`), hold, places, weight: letters.join("").length };
}

let patterns = null;
const known = () =>
  (patterns ??= Object.entries(sentences)
    .map(([key, text]) => ({ key, ...patternOf(text) }))
    // What becomes of a task holds sentences of all kinds; of the others, what says most comes first.
    .sort((one, other) => other.key.startsWith("step_") - one.key.startsWith("step_") || other.weight - one.weight));

// Sentences that hold another one: with the last words of a program behind, with what they are about before.
const AROUND = [
  [/^([^]*\.) \(([^]+)\)$/, (sentence, said) => (find(sentence) === null ? null : `${find(sentence)} (${own(said)})`)],
  [/^([^]+?): ([^]+)$/, (name, sentence) => (find(sentence) === null ? null : `${own(name)}: ${find(sentence)}`)],
];

const found = new Map();

function find(text) {
  if (found.has(text)) return found.get(text);
  if (found.size > KEPT) found.clear();
  found.set(text, null); // a sentence within itself ends here
  const said = search(text);
  found.set(text, said);
  return said;
}

function search(text) {
  for (const { key, pattern, hold, places } of known()) {
    const match = text.includes(hold) && pattern.exec(bare(text));
    if (!match) continue;
    const values = places.map((place, index) => [place, valueOf(place, match[index + 1])]);
    if (values.some(([, value]) => value === null)) continue;
    // Each place is filled as it is: the numbers are said already.
    const said = speak(`told.${key}`, Object.fromEntries(values));
    return text.endsWith(".") ? `${bare(said)}.` : bare(said);
  }
  for (const [pattern, said] of AROUND) {
    const match = pattern.exec(text);
    const whole = match && said(...match.slice(1));
    if (whole) return whole;
  }
  return null;
}

/** The sentence in the page's language; null for words that are not ours. */
export function told(text) {
  const said = (text ?? "").trim();
  if (!said || language === "en") return said || null;
  return find(said);
}

/** How far a task is: "frame 9 of 100", with the task's name before it where a job tells it. */
export function noteOf(note) {
  const far = /^(?:([^]*), )?frame (\d+) of (\d+)$/.exec(note ?? "");
  if (far) {
    const [, name, frame, frames] = far;
    const values = { frame: +frame, frames: +frames };
    return name ? speak("jobs.frame_in", { name: taskName({ kind: name, name }, own), ...values }) : speak("jobs.frame_of", values);
  }
  if (!note || language === "en") return note ? own(note) : "";
  const parts = /^([^]+), ([^,]+)$/.exec(note);
  const doing = parts && find(parts[2]);
  return find(note) ?? (doing ? speak("jobs.doing_in", { name: taskName({ kind: parts[1], name: parts[1] }, own), doing }) : own(note));
}
