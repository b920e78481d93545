// Sentences of the server on a Persian page. Run by tests/ui/test_told.py: the folder of the pages, then what to do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { asBuilt } from "./as_built.mjs";

const [folder, mode] = process.argv.slice(2);
asBuilt(folder, "fa");
const { isHeld, noteOf, told } = await import(`file://${folder}/components/jobs/told.js`);
const { sentences } = await import(`file://${folder}/catalogues/speak.js`);

if (mode === "unsaid") {
  // What stands in for anything must not decide: a place may hold a name, a number, a sentence of ours.
  const fillings = ["7", "Compose", "making the film", "ended with status 7", "The job was deleted.", "between two frames"];
  // Words that a table or a loop gives.
  const table = { "renderer 7 7": "renderer took too long at frame 7", "has 7 7,": "has 7 scenes,", "pixels 7": "pixels wide", "which 7": "which failed" };
  const spelt = (text) => Object.entries(table).reduce((said, [given, word]) => said.replace(given, word), text);
  const alone = (text) => told(text) !== null || noteOf(text) !== `\u2068${text}\u2069`;
  const doing = (text) => !text.includes(":") && told(`FFmpeg failed while ${text}.`) !== null;
  const why = (text) => !told(`Compose: back in the queue: ${text}`).includes(`\u2068${text.replace(/\.$/, "")}\u2069`);
  const said = (text) => fillings.some((filling) => [text.replaceAll("7", filling), text.replace("7", filling)].some((each) => alone(each) || why(each))) || doing(text);
  console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).filter((text) => !said(spelt(text)))));
} else {
  const plain = (text) => text?.replace(/[\u2066-\u2069\u200f\u200e]/g, "");
  const cases = {
    "Scene 1, Intro: started on mac-07": "صحنهٔ ۱، Intro: روی mac-07 آغاز شد",
    "Scene 2, A, frames 0 to 9: cancelled: Scene 3, B did not finish": "صحنهٔ ۲، A، فریم ۰ تا ۹: لغو شد: صحنهٔ ۳، B به پایان نرسید",
    "Check and plan: done": "بررسی: انجام شد",
    "Scene 2, A: b: retry 2 of 3: FFmpeg failed while composing the film: Invalid argument. (out.mp4: no)":
      "صحنهٔ ۲، A: b: تلاش دوبارهٔ ۲ از ۳: FFmpeg هنگام ترکیب فیلم ناموفق ماند: Invalid argument. (out.mp4: no)",
    "Failed: The film is not complete: it has 71 frames instead of 1,115.": "ناموفق: فیلم کامل نیست: ۷۱ فریم دارد، نه ۱٬۱۱۵.",
    "Opening: The font Gilroy-Bold is missing; Inter stands in.": "Opening: قلم Gilroy-Bold نیست؛ Inter جای آن می‌آید.",
    "Main/Edge: effect is approximated (it wiggles as much, along another noise).": "Main/Edge: جلوه، تقریبی (به همان اندازه می‌لرزد، با نوفه‌ای دیگر).",
    "1 of 6 scenes to render, about 1:40": "۱ از ۶ صحنه باید رندر شود، نزدیک به 1:40",
    "It was to wait for “Night”, which failed.": "قرار بود چشم‌به‌راه «Night» بماند که ناموفق ماند.",
    "The film is not complete: it has … frames instead of ….": "فیلم کامل نیست: … فریم دارد، نه ….",
    "gone.aep: the file is not in the Dropbox folder yet": "gone.aep: فایل هنوز در پوشهٔ Dropbox نیست",
    "nexrender ended with status 0: it did not say that the job is finished.": "برنامهٔ nexrender با وضعیت 0 پایان یافت: نگفت که کار پایان یافته است.".replace("0", "۰"),
    "This path leads out of the Dropbox folder (through a link); give a file inside it.": "این مسیر (از راه پیوند) از پوشهٔ Dropbox بیرون می‌رود؛ فایلی درون آن بدهید.",
    // Another's words.
    "PROGRESS:  0:00:00:00 (1): 0 Seconds": null,
    "After Effects error: file is damaged.": null,
    "RuntimeError: boom": null,
    "error: done": null,
    "[x] rendering: failed": null,
    "aerender: failed: WARNING: After Effects warning": null,
    "failed: the same": null,
    "rendering": null,
    "error: rendering": null,
    "by hand": null,
    "the plug-in did not finish": null,
    "": null,
  };
  for (const [given, wanted] of Object.entries(cases)) assert.equal(plain(told(given)) ?? null, wanted, given);
  assert.equal(plain(noteOf("frame 9 of 100")), "فریم ۹ از ۱۰۰");
  assert.equal(plain(noteOf("Scene 2, A, encoding")), "صحنهٔ ۲، A، رمزگذاری");
  assert.equal(plain(noteOf("waits for 2 other jobs")), "چشم‌به‌راه ۲ کار دیگر است");
  assert.equal(plain(noteOf("The farm is stopped")), "مزرعه ایستاده است");
  assert.deepEqual(["The farm is stopped", "", "waits for another job"].map((note) => isHeld({ note })), [true, false, false]);
  assert.equal(plain(noteOf("whatever it was")), "whatever it was");
  // Lines as long as a log keeps, of the words of each sentence: none takes long, whatever is written by whom.
  const took = (text) => {
    const began = process.cpuUsage();
    told(text);
    return process.cpuUsage(began).user / 1000;
  };
  const units = Object.values(sentences).map((text) => text.replace(/\{\w+\}/g, "a"));
  for (const unit of [...units, "a: ", "x. (", "1", "7, "]) {
    for (const gap of ["", " ", ": "]) {
      const long = `${unit}${gap}`.repeat(2000).slice(0, 1999);
      // Others have the cores meanwhile: up to four that differ by a letter.
      assert.ok(["x", ")", "y", "z"].some((last) => took(long + last) < 10), long.slice(0, 80));
    }
  }
  assert.equal(told(`${"Scene 1: ".repeat(300)}done`), null, "longer than a line");
}
