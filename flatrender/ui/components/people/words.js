// The words of the pages of accounts come from the catalogues.
import { browserOf } from "./browsers.js";
import { ago, date, failure, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, date, failure };

/** A User-Agent as "Firefox on Linux". */
export function browserIn(agent) {
  const { browser, system } = browserOf(agent);
  const known = browser || speak("profile.some_browser");
  return system ? speak("profile.browser_on", { browser: known, system }) : known;
}

export const say = (key, values) => speak(`profile.${key}`, values);
export const tell = (key, values) => speak(`people.${key}`, values);
