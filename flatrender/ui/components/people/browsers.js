// A browser and its system out of a User-Agent, for people. The order matters: nearly all call themselves Mozilla and
// Safari, and what is built on Chromium calls itself Chrome beside its own name.
const BROWSERS = [
  [/Edg(?:e|A|iOS)?\//, "Edge"],
  [/OPR\/|Opera\//, "Opera"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/HeadlessChrome\/|Chromium\//, "Chromium"],
  [/Chrome\/|CriOS\//, "Chrome"],
  [/Version\/[\d.]+.* Safari\//, "Safari"],
];
const SYSTEMS = [
  [/Android/, "Android"],
  [/iPhone|iPad|iPod/, "iOS"],
  [/CrOS/, "ChromeOS"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux|X11/, "Linux"],
];
const LONGEST = 40; // of a name that a program gives itself

const first = (table, agent) => table.find(([sign]) => sign.test(agent))?.[1] ?? "";

/** `{ browser, system }`; what is no browser is called as it calls itself, what cannot be told is "". */
export function browserOf(agent) {
  const own = agent.trim().split(/[\s/]/)[0].slice(0, LONGEST);
  return { browser: first(BROWSERS, agent) || (own === "Mozilla" ? "" : own), system: first(SYSTEMS, agent) };
}
