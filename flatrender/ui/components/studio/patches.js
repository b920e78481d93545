// The server's answers to a bake, put into a Lottie document.
// A composition with a film in it is there once for each time that it is shown: comp_5, comp_5~2 …
const plain = (id) => id?.replace(/~\d+$/, "");
const named = (lottie, asset) => (asset === null ? [lottie] : lottie.assets.filter((one) => plain(one.id) === asset));

/** Whether a patch is of a film: which of its frames is seen when, the document alone says. */
export const isFilm = (patch) => patch.image?.startsWith("film_") ?? false;

/** Puts the server's patches into a Lottie document: whole layers by index, whole image assets by id. */
export function patchLottie(lottie, patches) {
  for (const patch of patches) {
    if (patch.image !== undefined) {
      if (isFilm(patch)) continue;
      const at = lottie.assets.findIndex((one) => one.id === patch.image);
      if (at >= 0) lottie.assets[at] = patch.asset_object;
      else lottie.assets.push(patch.asset_object); // a picture of another size is another asset
      continue;
    }
    for (const { layers } of named(lottie, patch.asset)) {
      const at = layers ? layers.findIndex((layer) => layer.ind === patch.ind) : -1;
      if (at < 0) continue;
      const own = layers[at].refId;
      layers[at] = own !== patch.layer.refId && plain(own) === patch.layer.refId ? { ...patch.layer, refId: own } : patch.layer;
    }
  }
  return lottie;
}
