// The words of the job pages come from the catalogues.
import { ago, bytes, clock, date, isRtl, language, lasting, number, percent, problem, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";
import { told } from "./told.js";

export { ago, bytes, clock, date, isRtl, language, lasting, number, percent };
export const say = (key, values) => speak(`jobs.${key}`, values);

/** Why a job failed, in the page's language: as it was said, else by its code. */
export const why = ({ error, error_code: code }) => (error ? (told(error) ?? problem({ code, detail: error })) : "");
