// The timeline's words: the `timeline` section of the catalogues.
import { knows as known, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { isRtl, language, number, percent, tenths } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";
export const say = (key, values) => speak(`timeline.${key}`, values);
export const knows = (key) => known(`timeline.${key}`);
