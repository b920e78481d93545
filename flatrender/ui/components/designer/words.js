// The words of the designer's pages come from the catalogues.
import { ago, bytes, clock, date, isRtl, language, number, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, bytes, clock, date, isRtl, language, number };
export const say = (key, values) => speak(`designer.${key}`, values);
export const named = (thing) => (language === "fa" && thing.name_fa) || thing.name;
