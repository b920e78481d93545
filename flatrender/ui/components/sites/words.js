// The words of the sites' pages come from the catalogues.
import { date, language, number, problem, speak, tenths } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { date, number, tenths };
export const say = (key, values) => speak(`site.${key}`, values);

/** What a failed call says, and beside which field. */
export const failure = (error) => ({
  field: error.field ?? null,
  message: error.status ? (language === "en" ? error.message : problem(error.body)) : speak("errors.unreachable"),
});
