// What the server says of jobs, tasks and nodes, in the page's language. It says it in English, in logs, errors and
// notes; the English catalogue's `told` holds those sentences as they are written there, each with its places, and the
// page's own holds the same. A sentence that stands in none is somebody else's: what a renderer printed, a person wrote.
import { knows, language, number, sentences, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";
import { isTask, own, taskName } from "./task_names.js";

const NUMBER = "([\\d.,]{1,20}|…)";
const numbers = "count end first frame frames free height hours last left megabytes minutes most needed number rate seconds width";
const NUMBERS = new Set(numbers.split(" "));
// Places that hold words of ours, or the whole is not ours; and the keys of what stands only in them or in notes.
const MUST = { doing: /^making_/, how: /^how_/, sentence: null };
const WITHIN = { why: /^(?!making_|how_|doing_)/, note: /^(?!making_|how_|by_)/, named: /^(?!making_|how_|doing_|by_|job_|step_)/ };
const WORDS = { status: "(approximated|ignored|supported)" };
const KEPT = 4000; // sentences that are remembered: a log is drawn anew with each line
// Errors and renderers' words hold what anybody writes: what is longer than a log's line, or a sentence in a sentence so
// often that ours never are, is left as it is written.
const LONGEST = 2000;
const MOST_WITHIN = 40;

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

/**
 * A sentence as a pattern: a small first letter may be large, a full stop may be left out. What may be anything parts it
 * into `segments` of letters and numbers: each is looked for once, behind the one before, so that no text takes long.
 */
function patternOf(text) {
  const parts = bare(text).split(/\{(\w+)\}/);
  const [first] = parts[0];
  const places = [];
  const segments = [""];
  parts.forEach((part, index) => {
    const within = index % 2 === 1 && (NUMBERS.has(part) ? NUMBER : WORDS[part]);
    if (index % 2 === 1) places.push(part);
    if (index % 2 === 1 && !within) segments.push("");
    else if (index === 0 && first && first !== first.toUpperCase()) segments[0] = `[${first}${first.toUpperCase()}]${literally(part.slice(1))}`;
    else segments[segments.length - 1] += within || literally(part);
  });
  segments[0] = `^${segments[0]}`;
  segments[segments.length - 1] += "$";
  const letters = parts.filter((_, index) => index % 2 === 0);
  const [begin, end] = [letters[0].slice(1), letters.at(-1)];
  letters[0] = begin;
  const hold = letters.reduce((longest, part) => (part.length > longest.length ? part : longest));
  // Looked at first: quick.
  const maybe = (bared) => bared.startsWith(begin, 1) && bared.endsWith(parts.length > 1 ? end : begin) && bared.includes(hold);
  return { maybe, segments: segments.map((each) => new RegExp(each, "g")), places, weight: letters.join("").length };
}

/** What stands in the places of a pattern, null where it is not that sentence. */
function placed({ segments, places }, bared) {
  const values = [];
  let at = 0;
  for (const [index, segment] of segments.entries()) {
    segment.lastIndex = index && at + 1; // something stands in a place
    const match = segment.exec(bared);
    if (!match) return null;
    if (index) values.push(bared.slice(at, match.index));
    values.push(...match.slice(1));
    at = match.index + match[0].length;
  }
  return places.map((place, index) => [place, values[index]]);
}

let patterns = null;
const known = () =>
  (patterns ??= Object.entries(sentences)
    .map(([key, text]) => ({ key, ...patternOf(text) }))
    // What becomes of a task holds sentences of all kinds; of the others, what says most comes first.
    .sort((one, other) => other.key.startsWith("step_") - one.key.startsWith("step_") || other.weight - one.weight));

// Sentences that hold another one: with the last words of a program behind, with what they are about before.
function* around(text) {
  const behind = text.endsWith(")") ? text.lastIndexOf(". (") : -1;
  if (behind >= 0 && behind + 4 < text.length) {
    yield [text.slice(0, behind + 1), undefined, (ours) => `${ours} (${own(text.slice(behind + 3, -1))})`];
  }
  const before = text.indexOf(": ", 1);
  if (before > 0 && before + 2 < text.length) {
    yield [text.slice(before + 2), WITHIN.named, (ours) => `${own(text.slice(0, before))}: ${ours}`];
  }
}

const found = new Map();
let asked = null; // what this question has led to
let left = 0; // sentences within sentences that it may still look for

/** The sentence as one of ours whose key fits; without a pattern, one that may stand alone. */
function find(text, keys = /^(?!making_|how_|doing_|by_)/) {
  const name = `${keys.source} ${text}`;
  if (found.has(name)) return found.get(name);
  if (asked) return asked.has(name) ? asked.get(name) : remember(name, text, keys);
  if (text.length > LONGEST) return null;
  if (found.size > KEPT) found.clear();
  [asked, left] = [new Map(), MOST_WITHIN];
  try {
    const said = remember(name, text, keys);
    if (left > 0) for (const each of asked) found.set(...each);
    found.set(name, left > 0 ? said : null);
    return found.get(name);
  } finally {
    asked = null;
  }
}

function remember(name, text, keys) {
  asked.set(name, null); // a sentence within itself ends here
  left -= 1;
  const said = left > 0 ? search(text, keys) : null;
  asked.set(name, said);
  return said;
}

function search(text, keys) {
  const bared = bare(text);
  for (const pattern of known()) {
    const match = keys.test(pattern.key) && pattern.maybe(bared) && placed(pattern, bared);
    if (!match) continue;
    const values = match.map(([place, value]) => [place, valueOf(place, value)]);
    if (values.some(([, value]) => value === null)) continue;
    // Each place is filled as it is: the numbers are said already.
    const said = speak(`told.${pattern.key}`, Object.fromEntries(values));
    return text.endsWith(".") ? `${bare(said)}.` : bare(said);
  }
  for (const [sentence, within, whole] of around(text)) {
    const ours = find(sentence, within);
    if (ours !== null) return whole(ours);
  }
  return null;
}

/** The sentence in the page's language; null for words that are not ours. */
export function told(text) {
  const said = (text ?? "").trim();
  if (!said || language === "en") return said || null;
  return find(said);
}

/** Whether a job waits because the farm is stopped: its note says so. */
export const isHeld = (job) => job.note === sentences.farm_stopped;

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
