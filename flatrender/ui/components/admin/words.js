// The words of the administrator's page come from the catalogues.
import { ago, bytes, isRtl, number, percent, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, bytes, isRtl, number, percent };
export { noteOf } from "$/public/external/flatrender/ui/components/jobs/task_names.js";
export const say = (key, values) => speak(`admin.${key}`, values);
