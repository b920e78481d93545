// The words of the farm's pages come from the catalogues.
import { ago, bytes, isRtl, number, percent, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, bytes, isRtl, number, percent };
export const say = (key, values) => speak(`farm.${key}`, values);
export { kindOf, taskName } from "$/public/external/flatrender/ui/components/jobs/task_names.js";
export { noteOf, told } from "$/public/external/flatrender/ui/components/jobs/told.js";
