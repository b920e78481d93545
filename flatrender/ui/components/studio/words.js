// The studio's words come from the catalogues, as on every page.
export { both, bytes, clock, frameRate, isRtl, language, lasting, moment, number, percent, problem, speak, tenths } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";
import { speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

/** A text of the `studio` section. */
export const say = (key, values) => speak(`studio.${key}`, values);
