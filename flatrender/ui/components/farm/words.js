// The words of the farm's pages come from the catalogues.
import { ago, bytes, isRtl, knows, number, percent, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, bytes, isRtl, number, percent };
export const say = (key, values) => speak(`farm.${key}`, values);
/** What a task does, in words; kinds without words of their own by their name. */
export const kindOf = (kind) => (knows(`jobs.kind_${kind}`) ? speak(`jobs.kind_${kind}`) : kind);
