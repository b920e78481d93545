// The words of the sites' pages come from the catalogues.
import { date, failure, language, number, speak, tenths } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { date, failure, language, number, speak, tenths };
export const say = (key, values) => speak(`site.${key}`, values);
