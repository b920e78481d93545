// The server's answers to a bake, put into a Lottie document.
// A composition with a film in it is there once for each time that it is shown: comp_5, comp_5~2 …
const plain = (id) => id?.replace(/~\d+$/, "");
const named = (lottie, asset) => (asset === null ? [lottie] : lottie.assets.filter((one) => plain(one.id) === asset));

/** Whether a patch is of a film: which of its frames is seen when, the document alone says. It brings the first one. */
export const isFilm = (patch) => patch.image?.startsWith("film_") ?? false;

/** An exchanged film stands on its first picture until the document says what it shows when. */
function stand(lottie, { image, asset_object }) {
  const shown = lottie.assets.filter(({ id }) => plain(id) === image);
  for (const asset of shown) lottie.assets[lottie.assets.indexOf(asset)] = { ...asset_object, id: asset.id };
  if (!shown.length) lottie.assets.push(asset_object);
  const films = lottie.films ?? [];
  films.splice(0, films.length, ...films.filter(({ asset }) => plain(asset) !== image)); // the player holds this list
}

/** Puts the server's patches into a Lottie document: whole layers by index, whole image assets by id. */
export function patchLottie(lottie, patches) {
  for (const patch of patches) {
    if (patch.image !== undefined) {
      if (isFilm(patch)) {
        if (patch.asset_object.p && !patch.asset_object.sid) stand(lottie, patch);
        continue;
      }
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
