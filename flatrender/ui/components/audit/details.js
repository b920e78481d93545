// An entry's details in words: what was chosen, or what changed, before and after. Names of fields stand in the
// catalogue under `audit.fields`, what they hold where its own page says it.
import { bytes, isRtl, knows, number, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const say = (key, values) => speak(`audit.${key}`, values);
const CHANGES = ["quota.set", "quota.limits", "features.switched", "farm.limit", "farm.share"]; // beside those that end in .changed
const LANGUAGES = { en: "English", fa: "فارسی" };
const FEATURES = ["uploads", "voice_over", "webhooks", "render_manager"]; // sign_up is a field of sites, too
const LIMITED = ["films", "film_minutes", "calls"]; // of a month
const COMMA = isRtl ? "، " : ", ";

const scope = (text) => {
  const what = text.replace(/:read$/, "");
  const name = speak(`keys.scope_${what.replace(":", "_")}`);
  return what === text ? name : speak("keys.scope_level", { scope: name, level: speak("keys.level_read") });
};
// How a text is said, by the last part of its field's name.
const SAYS = {
  role: (text) => `people.role_${text}`,
  events: (text) => `webhooks.event_${text.replace(".", "_")}`,
  may: (text) => `roles.may_${text}`,
  fixed: (text) => `roles.field_${text}`,
  hidden: (text) => `roles.field_${text}`,
  reason: (text) => `errors.${text}`,
  read: (text) => `audit.values.read_${text}`,
  secret: (text) => `audit.values.${text}`,
  by: (text) => `audit.values.by_${text}`,
  more: () => "audit.values.more",
};
const PICTURES = ["logo", "icon", "landing", "picture"];

/** The name of a field for people: of a text in one language with the language, of a rule with its kind of thing. */
export function nameOf(path) {
  const parts = path.split(".");
  const spoken = parts.find((part) => part in LANGUAGES);
  if (parts[0] === "rules" && parts.length === 3) return say("rule", { of: speak(`roles.of_${parts[1]}`), rule: say(`fields.rules_${parts[2]}`) });
  if (FEATURES.includes(path)) return speak(`features.${path}`);
  const key = `audit.fields.${parts.filter((part) => !(part in LANGUAGES)).join("_")}`;
  const name = knows(key) ? speak(key) : path;
  return spoken ? say("field_in", { field: name, language: LANGUAGES[spoken] }) : name;
}

function one(path, value) {
  const last = path.split(".").at(-1);
  if (value === true || value === false) return say(value ? "values.yes" : "values.no");
  if (value === 0 && LIMITED.includes(path)) return say("values.no_limit");
  if (typeof value === "number") return path === "limit" ? bytes(value) : number(value);
  const text = String(value);
  if (last === "permissions" || last === "scopes") return scope(text);
  if (last === "language" || last === "languages") return LANGUAGES[text] ?? text;
  const key = SAYS[last]?.(text);
  return key && knows(key) ? speak(key) : `\u2068${text}\u2069`;
}

function valueOf(path, value) {
  if (PICTURES.includes(path)) return say(value ? "values.picture" : "values.empty");
  if (value === null || value === undefined) return say(path === "limit" || path === "most" ? "values.usual" : "values.empty");
  if (Array.isArray(value)) return value.map((each) => one(path, each)).join(COMMA) || say("values.empty");
  return value === "" ? say("values.empty") : one(path, value);
}

function* flat(document, path = "") {
  for (const [name, value] of Object.entries(document)) {
    if (value && typeof value === "object" && !Array.isArray(value)) yield* flat(value, `${path}${name}.`);
    else yield [path + name, value];
  }
}

/** What of something new is as it is anyway: no rule, nothing hidden. */
const bare = (value) => value === false || value === "" || value === "all" || (Array.isArray(value) && !value.length);

/** One line for each detail. */
export function linesOf({ act, details }) {
  const changed = act.endsWith(".changed") || CHANGES.includes(act);
  return [...flat(details)].filter(([path, value]) => path !== "of" && (changed || !bare(value))).map(([path, value]) => {
    const field = nameOf(path);
    return changed && Array.isArray(value) && value.length === 2
      ? say("from_to", { field, before: valueOf(path, value[0]), after: valueOf(path, value[1]) })
      : say("is", { field, value: valueOf(path, value) });
  });
}

const ROLES = ["member", "designer", "admin", "owner", "platform_admin"].map((name) => [name, `people.role_${name}`]);
const SCOPES = ["projects", "templates", "jobs:tenant", "site", "sites", "farm"].map((name) => [name, `keys.scope_${name.replace(":", "_")}`]);
const EVENTS = ["render.submitted", "render.started", "render.completed", "render.failed", "render.cancelled", "media.ready", "media.failed", "quota.warning"].map((name) => [name, `webhooks.event_${name.replace(".", "_")}`]);
const SWITCHES = FEATURES.map((name) => [name, `features.${name}`]);
const LIMITS = ["limit", ...LIMITED].map((name) => [name, `audit.fields.${name}`]);
const MOST = 20; // that the server takes

/** What is kept where the page says `words`: somebody who looks for "Designer" in their language finds `designer`. */
export function keptAs(words) {
  const wanted = words.trim().toLowerCase();
  if (wanted.length < 3) return [];
  return [...ROLES, ...SCOPES, ...EVENTS, ...SWITCHES, ...LIMITS].filter(([, key]) => speak(key).toLowerCase().includes(wanted)).map(([name]) => `"${name}"`).slice(0, MOST);
}
