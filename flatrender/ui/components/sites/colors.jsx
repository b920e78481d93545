// The brand's colours beside what they make: a button and words on both themes. What can be read is told as one types;
// the server checks it again on save.
import { useId, useState } from "react";
import { Check, CircleAlert } from "lucide-react";
import { Problem } from "./inputs.jsx";
import { number, say, speak, tenths } from "./words.js";

const LEAST = 4.5;
const DARK = "#262628";
const LIGHT = "#EEEEEC";
const HEX = /^#[0-9a-f]{6}$/i;
export const isColor = (text) => HEX.test(text);

function luminance(color) {
  const linear = [1, 3, 5].map((place) => {
    const value = parseInt(color.slice(place, place + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

/** The contrast ratio of two colours (WCAG 2.2); 0 for what is no colour. */
export function contrast(one, other) {
  if (!HEX.test(one) || !HEX.test(other)) return 0;
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const INKS = ["#FFFFFF", "#141414", "#000000"]; // the softest that reads

function untilReadable(color, surface, end) {
  const channels = [1, 3, 5].map((place) => parseInt(color.slice(place, place + 2), 16));
  const mixed = (step) => `#${channels.map((value) => Math.round(value + ((end - value) * step) / 50).toString(16).padStart(2, "0")).join("")}`.toUpperCase();
  const step = Array.from({ length: 51 }, (_, each) => each).find((each) => contrast(mixed(each), surface) >= LEAST);
  return mixed(step ?? 50);
}

/** A brand's colours from its fill, as `tenants.brand.from_color` makes them; of what is no colour, itself. */
export function fromColor(solid) {
  if (!HEX.test(solid)) return { solid, on_solid: INKS[1], text_dark: solid, text_light: solid };
  return {
    solid, on_solid: INKS.find((ink) => contrast(ink, solid) >= LEAST),
    text_dark: untilReadable(solid, DARK, 255), text_light: untilReadable(solid, LIGHT, 0),
  };
}

/** What is wrong with the colours of a brand, as the server would say it: `{ field, message }`, or null. */
export function unread(brand) {
  const odd = ["solid", "on_solid", "text_dark", "text_light"].find((name) => !HEX.test(brand[name]));
  if (odd) return { field: odd, message: speak("errors.color-invalid") };
  const faint = [["on_solid", brand.solid], ["text_dark", DARK], ["text_light", LIGHT]].find(([name, on]) => contrast(brand[name], on) < LEAST);
  return faint ? { field: faint[0], message: speak("errors.contrast") } : null;
}

/** `problem`: what the last try to save said; a colour that is none is told when the field is left. */
export function ColorField({ name, label, value, onChange, problem: told, against }) {
  const id = useId();
  const [left, setLeft] = useState(false);
  const problem = told?.field === name ? told : left && !HEX.test(value) ? { field: name, message: speak("errors.color-invalid") } : null;
  const found = against ? contrast(value, against) : 0;
  const fine = found >= LEAST;
  return (
    <div className="fieldset">
      <label className="label" htmlFor={id}>
        {label}
        {against && HEX.test(value) && HEX.test(against) && (
          <span className={`site-contrast num ltr ${fine ? "ok-text" : "danger-text"}`}>
            {fine ? <Check className="ic s12" aria-hidden="true" /> : <CircleAlert className="ic s12" aria-hidden="true" />}
            {`${tenths(found)}:${number(1)}`}
          </span>
        )}
      </label>
      <div className="field">
        <input type="color" className="site-swatch" aria-label={label} value={HEX.test(value) ? value : "#000000"} onChange={(event) => onChange(event.target.value.toUpperCase())} />
        <input id={id} name={name} value={value} dir="ltr" maxLength={7} spellCheck={false} aria-invalid={problem ? "true" : "false"} aria-describedby={problem ? `${id}-says` : undefined} onBlur={() => setLeft(true)} onChange={(event) => onChange(event.target.value.trim())} />
      </div>
      <Problem problem={problem} field={name} id={`${id}-says`} />
    </div>
  );
}

/** A button, a word and a selection as they will be, in one theme. */
export function BrandSample({ brand, theme, name }) {
  const style = {
    "--tenant-solid": brand.solid, "--tenant-on-solid": brand.on_solid, "--tenant-text-dark": brand.text_dark,
    "--tenant-text-light": brand.text_light, "--tenant-radius": `${brand.radius}px`,
  };
  return (
    <div className={`site-sample ${theme}`} style={style} aria-label={say(`sample_${theme}`)} role="img">
      <b className="trunc"><bdi dir="auto">{name}</bdi></b>
      <span className="site-sample-link">{say("sample_link")}</span>
      <span className="site-sample-button">{say("sample_button")}</span>
    </div>
  );
}

export const surfaces = { on_solid: null, text_dark: DARK, text_light: LIGHT };
