// What a task is called in the page's language: the server names it in English, with what people gave as names inside.
import { knows, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export const own = (name) => `\u2068${name}\u2069`; // a person's words keep their order beside ours

const NAMES = [
  [/^Scene (\d+), ([^]*), frames (\d+) to (\d+)$/, (_, number, name, from, to) => speak("jobs.named_frames", { number: +number, name: own(name), from: +from, to: +to })],
  [/^Scene (\d+), ([^]*)$/, (_, number, name) => speak("jobs.named_scene", { number: +number, name: own(name) })],
  [/^Compose ([^]+)$/, (_, shape) => `${speak("jobs.kind_compose")} ${own(shape)}`],
  [/^Preview of ([^]*)$/, (_, name) => speak("jobs.named_preview", { name: own(name) })],
  [/^Read ([^]*)$/, (_, name) => speak("jobs.named_file", { name: own(name) })],
  [/^Frame (\d+)$/, (_, frame) => speak("jobs.named_frame", { number: +frame })],
  [/^After Effects, [^]+$/, (whole) => own(whole)],
  [/^Compose$/, () => speak("jobs.kind_compose")],
  [/^Check and plan$/, () => speak("jobs.kind_validate")],
  [/^Check the file$/, () => speak("jobs.kind_validate-project")],
];

/** What a task does, in words; a kind without words of its own by its name, as `otherwise` says it. */
export const kindOf = (kind, otherwise = (text) => text) => (knows(`jobs.kind_${kind}`) ? speak(`jobs.kind_${kind}`) : otherwise(kind));

/** Whether these are the words for a task: its name, or its kind where it has none. */
export const isTask = (text) => knows(`jobs.kind_${text}`) || NAMES.some(([pattern]) => pattern.test(text));

/** A task's name; one that says no more than its kind is told by the kind's word. */
export function taskName({ kind, name }, otherwise) {
  for (const [pattern, said] of NAMES) {
    const found = pattern.exec(name ?? "");
    if (found) return said(...found);
  }
  return kindOf(kind, otherwise);
}
