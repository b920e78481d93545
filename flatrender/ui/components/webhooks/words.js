// The words of the page of webhooks come from the catalogues.
import { ago, failure, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, failure };
export const say = (key, values) => speak(`webhooks.${key}`, values);
