// The words of the page of API keys come from the catalogues.
import { ago, date, failure, moment, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, date, failure, moment };
export const say = (key, values) => speak(`keys.${key}`, values);
