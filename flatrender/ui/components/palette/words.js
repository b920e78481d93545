// The palette's words, and the same word in every language: a command is found by its English name too.
import { ago, both, isRtl, language, number, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, both, isRtl, language, number, speak };
export const say = (key, values) => speak(`palette.${key}`, values);
