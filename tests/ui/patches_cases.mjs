// A bake's answer in a Lottie document, by the studio's own module. Argument: the studio's folder.
import { pathToFileURL } from "node:url";

const { patchLottie } = await import(pathToFileURL(`${process.argv[2]}/patches.js`));
const lottie = {
  assets: [{ id: "comp_1", layers: [{ ind: 3, nm: "old" }] }, { id: "image_1", p: "old" }],
  layers: [{ ind: 1, nm: "root" }],
};
patchLottie(lottie, [
  { image: "image_1", asset_object: { id: "image_1", p: "new" } },
  { image: "image_2", asset_object: { id: "image_2", p: "another size" } },
  { asset: "comp_1", ind: 3, layer: { ind: 3, nm: "new", refId: "image_2" } },
  { asset: null, ind: 1, layer: { ind: 1, nm: "new root" } },
]);
console.log(JSON.stringify(lottie));
