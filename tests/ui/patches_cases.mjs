// A bake's answer in a Lottie document, by the studio's own module. Argument: the studio's folder.
import { pathToFileURL } from "node:url";

const { isFilm, patchLottie } = await import(pathToFileURL(`${process.argv[2]}/patches.js`));
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
const filmed = {
  assets: [
    { id: "comp_5", layers: [{ ind: 1, refId: "film_5_1" }, { ind: 2 }] },
    { id: "comp_5~2", layers: [{ ind: 1, refId: "film_5_1~2" }, { ind: 2 }] },
  ],
  layers: [],
};
const film = { image: "film_5_1", asset_object: { id: "film_5_1" } };
patchLottie(filmed, [
  film,
  { asset: "comp_5", ind: 1, layer: { ind: 1, refId: "film_5_1", nm: "new" } },
  { asset: "comp_5", ind: 2, layer: { ind: 2, nm: "new" } },
]);
const exchanged = {
  assets: [{ id: "film_5_1", sid: "film_5_1" }, { id: "film_5_1~2", sid: "film_5_1~2" }, { id: "film_5_2", sid: "film_5_2" }],
  layers: [],
  films: [{ asset: "film_5_1" }, { asset: "film_5_1~2" }, { asset: "film_5_2" }],
};
const list = exchanged.films;
patchLottie(exchanged, [{ image: "film_5_1", asset_object: { id: "film_5_1", p: "first" } }, { image: "film_7_1", asset_object: { id: "film_7_1", p: "new" } }]);
exchanged.same = list === exchanged.films;
console.log(JSON.stringify({ ...lottie, filmed, exchanged, isFilm: [isFilm(film), isFilm({ image: "image_1" }), isFilm({ ind: 1 })] }));
