// The words of files and uploads come from the catalogues.
import { ago, bytes, clock, date, frameRate, gigabytes, isRtl, knows, language, lasting, number, percent, problem, speak, typedGigabytes } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";
import { told } from "$/public/external/flatrender/ui/components/jobs/told.js";

export { ago, bytes, clock, date, frameRate, gigabytes, isRtl, language, lasting, number, percent, problem, speak, typedGigabytes };
export const say = (key, values) => speak(`media.${key}`, values);

/** What an ingest noted, in the page's language. */
export const noteOf = (note) => (language !== "en" && knows(`media.note_${note.code}`) ? say(`note_${note.code}`) : note.detail);

/** Why a file could not be read, in the page's language. */
export const problemOf = (file) => told(file.problem) ?? file.problem;

/** Whether this site has a feature (see the page Features). */
export const offers = (feature) => !window.flatrenderTenant?.off?.includes(feature);
