// The words of the administrator's page come from the catalogues.
import { ago, bytes, isRtl, knows, language, number, percent, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, bytes, isRtl, knows, language, number, percent, speak };
export { noteOf, told } from "$/public/external/flatrender/ui/components/jobs/told.js";
export const say = (key, values) => speak(`admin.${key}`, values);
