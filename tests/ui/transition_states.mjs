// What the browser's table of transitions says at many moments. Argument: the studio's folder.
import { pathToFileURL } from "node:url";

const [studio] = process.argv.slice(2);
const { KINDS, DIRECTIONS, pixels, states } = await import(pathToFileURL(`${studio}/transitions.js`));
const said = {};
for (const kind of KINDS) {
  for (const way of DIRECTIONS) {
    for (let step = 0; step <= 48; step++) {
      const { from, to } = states(kind, step / 48, way);
      said[`${kind} ${way} ${step}`] = [from, to, pixels(from.x, 321), pixels(to.left, 321)];
    }
  }
}
console.log(JSON.stringify(said));
