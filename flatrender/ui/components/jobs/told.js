// What the server says of jobs, tasks and nodes, in the page's language. It says it in English, in logs, errors and
// notes; the English catalogue's `told` holds those sentences as they are written there, each with its places, and the
// page's own holds the same. A sentence that stands in none is somebody else's: what a renderer printed, a person wrote.
import { knows, language, number, sentences, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";
import { isTask, own, taskName } from "./task_names.js";

const NUMBER = "([\\d.,]+|…)";
const numbers = "count end first frame frames free height hours last left megabytes minutes most needed number rate seconds width";
const NUMBERS = new Set(numbers.split(" "));
// Places that hold words of ours, or the whole is not ours; and the keys of what stands only in them or in notes.
const MUST = { doing: /^making_/, how: /^how_/, sentence: null };
const WITHIN = { why: /^(?!making_|how_|doing_)/, note: /^(?!making_|how_|by_)/, named: /^(?!making_|how_|doing_|by_|job_|step_)/ };
const WORDS = { status: "(approximated|ignored|supported)" };
const KEPT = 4000; // sentences that are remembered: a log is drawn anew with each line

const asNumber = (text) => (text === "…" ? text : number(Number(text.replaceAll(",", ""))));
const ofScan = (kind, text) => {
  const key = `designer.${kind}_${text.toLowerCase().replaceAll(" ", "_")}`;
  return knows(key) ? speak(key) : own(text);
};

function valueOf(place, text) {
  if (NUMBERS.has(place)) return asNumber(text);
  if (place in MUST) return find(text, MUST[place] ?? undefined);
  if (place === "why") return find(text, WITHIN.why) ?? own(text);
  if (place === "task") return isTask(text) ? taskName({ kind: text, name: text }, own) : null;
  return place === "feature" || place === "status" ? ofScan(place, text) : own(text);
}

const bare = (text) => text.replace(/\.$/, "");
const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A sentence as a pattern: a small first letter may be large, a full stop may be left out. */
function patternOf(text) {
  const places = [];
  const parts = bare(text).split(/\{(\w+)\}/);
  const source = parts.map((part, index) => {
    if (index % 2 === 0) return literally(part);
    places.push(part);
    return NUMBERS.has(part) ? NUMBER : (WORDS[part] ?? "([^]+?)");
  });
  const first = parts[0][0];
  if (first && first !== first.toUpperCase()) source[0] = `[${first}${first.toUpperCase()}]${literally(parts[0].slice(1))}`;
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
  [/^([^]*\.) \(([^]+)\)$/, (sentence, said) => [find(sentence), (ours) => `${ours} (${own(said)})`]],
  [/^([^]+?): ([^]+)$/, (name, sentence) => [find(sentence, WITHIN.named), (ours) => `${own(name)}: ${ours}`]],
];

const found = new Map();

/** The sentence as one of ours whose key fits; without a pattern, one that may stand alone. */
function find(text, keys = /^(?!making_|how_|doing_|by_)/) {
  const asked = `${keys.source} ${text}`;
  if (found.has(asked)) return found.get(asked);
  if (found.size > KEPT) found.clear();
  found.set(asked, null); // a sentence within itself ends here
  const said = search(text, keys);
  found.set(asked, said);
  return said;
}

function search(text, keys) {
  for (const { key, pattern, hold, places } of known()) {
    const match = keys.test(key) && text.includes(hold) && pattern.exec(bare(text));
    if (!match) continue;
    const values = places.map((place, index) => [place, valueOf(place, match[index + 1])]);
    if (values.some(([, value]) => value === null)) continue;
    // Each place is filled as it is: the numbers are said already.
    const said = speak(`told.${key}`, Object.fromEntries(values));
    return text.endsWith(".") ? `${bare(said)}.` : bare(said);
  }
  for (const [pattern, parts] of AROUND) {
    const match = pattern.exec(text);
    const [ours, said] = match ? parts(...match.slice(1)) : [null];
    if (ours !== null) return said(ours);
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
  const doing = parts && find(parts[2], WITHIN.note);
  return find(note, WITHIN.note) ?? (doing ? speak("jobs.doing_in", { name: taskName({ kind: parts[1], name: parts[1] }, own), doing }) : own(note));
}
