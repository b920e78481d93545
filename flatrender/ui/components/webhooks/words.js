// The words of the page of webhooks come from the catalogues.
import { ago, failure, moment, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, failure, moment };
export const say = (key, values) => speak(`webhooks.${key}`, values);

/** What an event is called. */
export const named = (event) => say(`event_${event.replace(".", "_")}`);
