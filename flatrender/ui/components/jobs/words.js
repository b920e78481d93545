// The words of the job pages come from the catalogues.
import { ago, bytes, clock, date, isRtl, language, number, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, bytes, clock, date, isRtl, language, number };
export const say = (key, values) => speak(`jobs.${key}`, values);
