// Speaks the catalogues in the browser. The language is fixed for the life of a page (look.js sets it before paint).
import en from "./en.json";
import fa from "./fa.json";

export const language = (typeof document !== "undefined" && document.documentElement.lang) || "en";
export const isRtl = language === "fa";
const catalogue = language === "fa" ? fa : en;
const locale = language === "fa" ? "fa-IR" : "en-GB";

// The site's own name stands wherever a text says {site}; the house's has a spelling in each language.
const named = (typeof window !== "undefined" && window.flatrenderTenant?.name) || en.app.house;
const site = named === en.app.house ? catalogue.app.house : named;

function find(book, key) {
  return key.split(".").reduce((node, part) => (node === undefined ? undefined : node[part]), book);
}

/** The text of a key in every language, one after the other: what is searched finds both names. */
export const both = (key) => `${find(en, key) ?? ""} ${find(fa, key) ?? ""}`;

/** Whether the catalogue has a text for the key. */
export function knows(key) {
  return typeof find(catalogue, key) === "string";
}

/** Sentences as the server says them in English, by their keys: `told.KEY` says one in the page's language. */
export const sentences = en.told;

/** The text of a key; `{name}` places take values, numbers in the page's digits. A key with `_one` serves count 1. */
export function speak(key, values) {
  let text = values && values.count === 1 ? find(catalogue, key + "_one") : undefined;
  if (typeof text !== "string") text = find(catalogue, key);
  if (typeof text !== "string") text = find(en, key) ?? key;
  if (!values && !text.includes("{site}")) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values?.[name] ?? (name === "site" ? site : undefined);
    if (value === undefined || value === null) return whole;
    return typeof value === "number" ? number(value) : String(value);
  });
}

let digits = null; // making one takes a millisecond: too long for every keystroke

/** A number in the digits of the page. */
export function number(value) {
  digits ??= new Intl.NumberFormat(locale);
  return digits.format(value ?? 0);
}

let parts = null;

/** A number with one digit after the point, in the digits of the page. */
export function tenths(value) {
  parts ??= new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return parts.format(value ?? 0);
}

const PERSIAN = "۰۱۲۳۴۵۶۷۸۹";

/** A number for an input, in the page's digits; what was typed there, in Latin ones. */
export const inDigits = (text) => (isRtl ? text.replace(/\d/g, (digit) => PERSIAN[digit]).replace(".", "٫") : text);
export const latinDigits = (text) => text.trim().replace(/[۰-۹]/g, (digit) => PERSIAN.indexOf(digit));

const GIGA = 1e9;

/** Bytes as gigabytes for an input, empty for null; what was typed there: null for nothing, undefined for no size. */
export const gigabytes = (size) => (size === null ? "" : inDigits(String(Math.round((size / GIGA) * 1000) / 1000)));
export function typedGigabytes(text) {
  const plain = latinDigits(text).replace(/[٫,]/, ".");
  if (!plain) return null;
  return /^\d{1,6}(\.\d{1,3})?$/.test(plain) ? Math.round(Number(plain) * GIGA) : undefined;
}

/** Of a hundred, rounded, with the page's sign: "42%". */
export function percent(value) {
  const whole = number(Math.round(value ?? 0));
  return isRtl ? `${whole}٪` : `${whole}%`;
}

/** Frames a second of a rate [numerator, denominator]. */
export const frameRate = ([over, under]) => speak("template.fps", { rate: Math.round((over / under) * 100) / 100 });

/** Seconds as a time code 0:12 or 1:02:03, always in Latin digits. */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(Number(seconds) || 0));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Seconds within a sentence: as the clock has them, in the digits of what stands beside. */
export const lasting = (seconds) => inDigits(clock(seconds));

// Chromium moves the first digit behind the word where the isolate's own sign is in no font of the text; a mark after it helps.
const APART = "\u2067\u200f";

/** Bytes as "8.4 MB", decimal; in Persian in its digits and words, which keep their order beside what is Latin. */
export function bytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let amount = Number(value) || 0;
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) { amount /= 1000; unit += 1; }
  const rounded = unit === 0 || amount >= 100 ? Math.round(amount) : Math.round(amount * 10) / 10;
  return isRtl ? `${APART}${number(rounded)} ${speak(`units.${units[unit]}`)}\u2069` : `${rounded} ${units[unit]}`;
}

/** An ISO instant as "2 minutes ago", or the date when older than a week. */
export function ago(instant) {
  if (!instant) return "";
  const then = new Date(instant);
  const seconds = (then - Date.now()) / 1000;
  const steps = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [604800, "day", 86400]];
  if (Math.abs(seconds) < 45) return speak("time.now");
  for (const [limit, unit, size] of steps) {
    if (Math.abs(seconds) < limit) {
      return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(Math.round(seconds / size), unit);
    }
  }
  return date(instant);
}

/** An ISO instant as day and time of day ("27 Nov 2026, 20:59"); `seconds`: with them. */
export function moment(instant, seconds = false) {
  const wanted = { dateStyle: "medium", timeStyle: seconds ? "medium" : "short" };
  return new Intl.DateTimeFormat(locale, wanted).format(new Date(instant));
}

/** An ISO instant as a date in the page's calendar. */
export function date(instant) {
  if (!instant) return "";
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" }).format(new Date(instant));
}

/** The sentence for a problem (RFC 9457): ours in Persian where there is one for its code, of its field first, else the
 * server's. */
export function problem(body) {
  const key = [`errors.${body?.code}-${body?.field}`, `errors.${body?.code}`].find(knows);
  if (language !== "en" && key) return speak(key, body);
  return (body && (body.detail || body.title)) || speak("errors.unreachable");
}

/** What a failed call says, and beside which field: `{ field, message }`. */
export const failure = (error) => ({
  field: error.field ?? null,
  message: error.status ? (language === "en" ? error.message : problem(error.body)) : speak("errors.unreachable"),
});
