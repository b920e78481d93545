// Numbers as pages say them. Run by tests/ui/test_words.py: the folder of the catalogues, then the page's language.
import assert from "node:assert/strict";
import { asBuilt } from "./as_built.mjs";

const [folder, language] = process.argv.slice(2);
asBuilt(`${folder}/..`, language);
const { bytes, clock, frameRate, lasting, number, percent, speak, tenths } = await import(`file://${folder}/speak.js`);

const said = {
  number: number(12345),
  nothing: number(undefined),
  percent: [0, 41.6, 100].map(percent),
  tenths: tenths(2),
  rates: [[25, 1], [30000, 1001]].map(frameRate),
  counted: [speak("home.projects", { count: 1 }), speak("home.projects", { count: 1200 })],
  uploading: speak("designer.uploading", { percent: 7 }),
  storage: speak("home.storage", { used: bytes(1_500_000), limit: bytes(2e9) }),
  clock: clock(3723),
  lasting: lasting(67),
};
const expected = {
  en: {
    number: "12,345",
    nothing: "0",
    percent: ["0%", "42%", "100%"],
    tenths: "2.0",
    rates: ["25 fps", "29.97 fps"],
    counted: ["1 project", "1,200 projects"],
    uploading: "Uploading 7%",
    storage: "1.5 MB of 2 GB used",
    clock: "1:02:03",
    lasting: "1:07",
  },
  fa: {
    number: "۱۲٬۳۴۵",
    nothing: "۰",
    percent: ["۰٪", "۴۲٪", "۱۰۰٪"],
    tenths: "۲٫۰",
    rates: ["۲۵ فریم در ثانیه", "۲۹٫۹۷ فریم در ثانیه"],
    counted: ["۱ پروژه", "۱٬۲۰۰ پروژه"],
    uploading: "بارگذاری ۷٪",
    // A size keeps its order where it stands beside what is Latin; time codes stay Latin.
    storage: "\u2067\u200f۱٫۵ مگابایت\u2069 از \u2067\u200f۲ گیگابایت\u2069 پر است",
    clock: "1:02:03",
    lasting: "۱:۰۷",
  },
};
assert.deepEqual(said, expected[language]);
