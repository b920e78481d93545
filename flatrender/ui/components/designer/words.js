// The words of the designer's pages come from the catalogues.
import { ago, bytes, clock, date, frameRate, isRtl, knows, language, number, speak, tenths } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, bytes, clock, date, frameRate, isRtl, language, number, tenths };
export const say = (key, values) => speak(`designer.${key}`, values);
export const named = (thing) => (language === "fa" && thing.name_fa) || thing.name;

// What a scan says of the layers that hold a feature; the rest it says in English, as After Effects does.
const NOTES = [
  [/^(\d+) layers?$/, (count) => say("layers", { count: Number(count) })],
  [/^(\d+) entr(?:y|ies) can be set$/, (count) => say("entries", { count: Number(count) })],
  [/^(.+) is missing, (.+) stands in$/, (font, other) => say("font_stands_in", { font: `\u2066${font}\u2069`, other: `\u2066${other}\u2069` })],
  [/^it is animated, driven by an expression, gone, or of a kind that cannot be set: it keeps its value$/, () => say("entry_kept")],
];

/** A note of a scan, in words. */
export function noteOf(note) {
  for (const [pattern, said] of NOTES) {
    const found = pattern.exec(note);
    if (found) return said(...found.slice(1));
  }
  return note;
}

/** What a scan calls a feature, in words; effects and the like keep the names that After Effects gives them. */
export function featureOf(feature) {
  const key = `feature_${feature.toLowerCase().replaceAll(" ", "_")}`;
  return knows(`designer.${key}`) ? say(key) : feature;
}
