// The server's answers to a bake, put into a Lottie document.
const named = (lottie, asset) => (asset === null ? lottie : lottie.assets.find((one) => one.id === asset));

/** Puts the server's patches into a Lottie document: whole layers by index, whole image assets by id. */
export function patchLottie(lottie, patches) {
  for (const patch of patches) {
    if (patch.image !== undefined) {
      const at = lottie.assets.findIndex((one) => one.id === patch.image);
      if (at >= 0) lottie.assets[at] = patch.asset_object;
      else lottie.assets.push(patch.asset_object); // a picture of another size is another asset
      continue;
    }
    const layers = named(lottie, patch.asset)?.layers;
    const at = layers ? layers.findIndex((layer) => layer.ind === patch.ind) : -1;
    if (at >= 0) layers[at] = patch.layer;
  }
  return lottie;
}
