// Runs the golden table of edits on the browser's own modules. Arguments: the studio's folder, the golden folder.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [studio, golden] = process.argv.slice(2);
const { apply } = await import(pathToFileURL(`${studio}/edits.js`));
const { filmLength, layout } = await import(pathToFileURL(`${studio}/document.js`));
const read = (name) => JSON.parse(readFileSync(`${golden}/${name}`, "utf8"));
const document = read("document_v2.json");
const placed = (made) => layout(made).map((one) => [one.track, one.clip.id, one.start, one.end, one.overlap]);
const results = read("edits.json").map(({ op, understood, inverse: theirs }) => {
  const before = JSON.stringify(document);
  const { document: after, inverse } = apply(document, understood);
  return {
    op,
    after,
    inverse,
    back: apply(after, inverse).document,
    back_by_theirs: apply(after, theirs).document,
    places: placed(after),
    length: filmLength(after),
    untouched: JSON.stringify(document) === before,
  };
});
console.log(JSON.stringify(results));
