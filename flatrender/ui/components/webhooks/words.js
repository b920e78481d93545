// The words of the page of webhooks come from the catalogues.
import { ago, language, problem, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago };
export const say = (key, values) => speak(`webhooks.${key}`, values);
export const failure = (error) => ({
  field: error.field ?? null,
  message: error.status ? (language === "en" ? error.message : problem(error.body)) : speak("errors.unreachable"),
});
