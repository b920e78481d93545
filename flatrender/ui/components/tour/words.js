// The words of the walk come from the catalogues.
import { number, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { number };
export const say = (key, values) => speak(`tour.${key}`, values);
