// Where one can go and what one can do from any page.
import { Activity, Braces, ChartColumn, CircleHelp, Clapperboard, Gauge, Globe, House, Images, KeyRound, Languages, LayoutTemplate, ListVideo, LogIn, LogOut, Moon, Palette, PenTool, Plus, ScrollText, Search, Shield, Sun, SunMoon, ToggleRight, Upload, UserRound, Users, Webhook } from "lucide-react";
import { both, language, say, speak } from "./words.js";

const PLACES = [
  ["nav.home", "/home", House, "signedIn"],
  ["nav.templates", "/", LayoutTemplate, null],
  ["nav.projects", "/projects", Clapperboard, "signedIn"],
  ["nav.media", "/media", Images, "signedIn"],
  ["nav.designer", "/designer", PenTool, "designs"],
  ["nav.jobs", "/jobs", ListVideo, "signedIn"],
  ["nav.admin", "/admin", Gauge, "runsFarm"],
  ["profile.title", "/profile", UserRound, "signedIn"],
  ["keys.title", "/keys", KeyRound, "signedIn"],
  ["reference.title", "/developers", Braces, "signedIn"],
  ["people.title", "/people", Users, "runsSite"],
  ["roles.title", "/roles", Shield, "runsSite"],
  ["usage.title", "/usage", ChartColumn, "runsSite"],
  ["webhooks.title", "/webhooks", Webhook, "runsSite"],
  ["requests.title", "/requests", Activity, "runsSite"],
  ["audit.title", "/audit", ScrollText, "runsSite"],
  ["site.settings", "/site", Palette, "runsSite"],
  ["site.sites", "/sites", Globe, "runsHouse"],
  ["features.title", "/features", ToggleRight, "runsHouse"],
];

/** The pages that the visitor has. */
export function places(rights, go) {
  return PLACES.filter(([, , , right]) => !right || rights[right]).map(([key, address, Icon]) => ({
    id: `go-${address}`,
    label: speak(key),
    also: both(key),
    Icon,
    run: () => go(address),
  }));
}

const act = (name, Icon, run, more = {}) => ({ id: name, label: say(name), also: both(`palette.${name}`), Icon, run, ...more });

/** What can be done everywhere. */
export function actions(rights, go, showShortcuts) {
  const { flatrender } = window;
  const field = document.querySelector("[role=search] input");
  const other = language === "fa" ? "en" : "fa";
  const leave = () =>
    fetch("/api/v1/auth/sign-out", { method: "POST", redirect: "manual" }).then(() => location.assign("/sign-in"));
  return [
    act("new_project", Plus, () => go("/")),
    rights.signedIn && act("upload", Upload, () => go("/media")),
    field && act("search_page", Search, () => field.focus(), { key: "/" }),
    showShortcuts && act("shortcuts", CircleHelp, showShortcuts, { key: "?" }),
    act("theme_dark", Moon, () => flatrender.setTheme("dark")),
    act("theme_light", Sun, () => flatrender.setTheme("light")),
    act("theme_auto", SunMoon, () => flatrender.setTheme("auto")),
    // Named in itself: who needs it does not read the other one.
    flatrender.languages.length > 1 && {
      id: "language",
      label: other === "fa" ? "فارسی" : "English",
      also: both("account.language"),
      Icon: Languages,
      run: () => flatrender.setLanguage(other),
    },
    rights.signedIn ? act("sign_out", LogOut, leave) : act("sign_in", LogIn, () => go("/sign-in")),
  ].filter(Boolean);
}
