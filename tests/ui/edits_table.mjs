// Runs the golden table of edits on the browser's own module. Arguments: the studio's folder, the golden folder.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [studio, golden] = process.argv.slice(2);
const { apply } = await import(pathToFileURL(`${studio}/edits.js`));
const { filmLength, layout } = await import(pathToFileURL(`${studio}/document.js`));
const read = (name) => JSON.parse(readFileSync(`${golden}/${name}`, "utf8"));
const document = read("document_v1.json");
const results = read("edits.json").map(({ op, understood }) => {
  const before = JSON.stringify(document);
  const { document: after, inverse } = apply(document, understood);
  const back = apply(after, inverse).document;
  return { op, after, inverse, back, untouched: JSON.stringify(document) === before };
});
const places = layout(document).map(({ clip, start, end, overlap }) => [clip.id, start, end, overlap]);
console.log(JSON.stringify({ results, places, length: filmLength(document) }));
