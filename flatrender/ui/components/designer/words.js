// The words of the designer's pages come from the catalogues.
import { ago, bytes, clock, date, frameRate, isRtl, knows, language, number, speak, tenths } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export { ago, bytes, clock, date, frameRate, isRtl, language, number, tenths };
export const say = (key, values) => speak(`designer.${key}`, values);
export const named = (thing) => (language === "fa" && thing.name_fa) || thing.name;

/** What a scan calls a feature, in words; effects and the like keep the names that After Effects gives them. */
export function featureOf(feature) {
  const key = `feature_${feature.toLowerCase().replaceAll(" ", "_")}`;
  return knows(`designer.${key}`) ? say(key) : feature;
}
