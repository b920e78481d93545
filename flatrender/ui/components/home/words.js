// The words of the first page come from the catalogues.
import { ago, bytes, number, problem, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, bytes, number, problem };
export const say = (key, values) => speak(`home.${key}`, values);
