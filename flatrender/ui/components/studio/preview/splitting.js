// A scene around the layers that change while something is typed: what lies below them and what above stays as it was
// drawn, and need not be read again. Layers of a Lottie lie from the topmost to the lowest.

/** Ids of the assets that a layer shows, also inside of compositions. */
function shownBy(layer, assets, found = new Set()) {
  const id = layer.refId;
  if (id === undefined || found.has(id)) return found;
  found.add(id);
  for (const inner of assets.get(id)?.layers ?? []) shownBy(inner, assets, found);
  return found;
}

/** The layer whose picture shows through this one's matte, by its place in the list; -1: none. */
function matteOf(layers, at) {
  const { tt, tp } = layers[at];
  if (!tt) return -1;
  return tp === undefined ? at - 1 : layers.findIndex((layer) => layer.ind === tp);
}

const blends = (layers) => layers.some((layer) => layer.bm);

/** A layer of which nothing is seen: others move with it. */
function still({ ind, nm, sr, st, ip, op, ks, parent, ddd }) {
  return { ind, nm, sr, st, ip, op, ks, ddd, ...(parent === undefined ? {} : { parent }), ty: 3 };
}

export class Split {
  /** `from` to `to`: the places of the layers that change. See `splitAround`. */
  constructor(from, to) {
    this.from = from;
    this.to = to;
  }

  /** Whether the scene differs by these patches in nothing but the layers that change. */
  covers(lottie, patches) {
    const places = placesOf(lottie, patches);
    return places.length > 0 && places.every((at) => at >= this.from && at <= this.to);
  }

  below = (lottie) => partOf(lottie, this.to + 1, lottie.layers.length);
  above = (lottie) => partOf(lottie, 0, this.from);
  changing = (lottie) => partOf(lottie, this.from, this.to + 1);
}

/** The scene of the layers `from` to `to` alone, with what they move with and what they show. */
function partOf(lottie, from, to) {
  const byNumber = new Map(lottie.layers.map((layer, at) => [layer.ind, { layer, at }]));
  const carriers = new Set();
  for (const layer of lottie.layers.slice(from, to)) {
    for (let next = byNumber.get(layer.parent); next && !carriers.has(next.at); next = byNumber.get(next.layer.parent)) {
      carriers.add(next.at);
    }
  }
  const layers = lottie.layers.flatMap((layer, at) => {
    if (at >= from && at < to) return [layer];
    return carriers.has(at) ? [still(layer)] : [];
  });
  const assets = new Map(lottie.assets.map((asset) => [asset.id, asset]));
  const shown = new Set(layers.flatMap((layer) => [...shownBy(layer, assets)]));
  return { ...lottie, layers, assets: lottie.assets.filter((asset) => shown.has(asset.id)) };
}

/** The places in the list of the outermost layers in which these patches are seen. */
function placesOf(lottie, patches) {
  const assets = new Map(lottie.assets.map((asset) => [asset.id, asset]));
  const shown = lottie.layers.map((layer) => shownBy(layer, assets));
  return patches.flatMap((patch) => {
    const inside = patch.image ?? patch.asset ?? null;
    return lottie.layers.flatMap((layer, at) => ((inside === null ? layer.ind === patch.ind : shown[at].has(inside)) ? [at] : []));
  });
}

/** How a scene is split where patches like these change it; null where that does not draw the same, or saves nothing. */
export function splitAround(lottie, patches) {
  const { layers } = lottie;
  const places = placesOf(lottie, patches);
  if (!places.length) return null;
  let [from, to] = [Math.min(...places), Math.max(...places)];
  for (let grown = true; grown; ) {
    grown = false;
    for (let at = 0; at < layers.length; at += 1) {
      const matte = matteOf(layers, at);
      if (matte < 0) continue;
      const [first, last] = [Math.min(at, matte), Math.max(at, matte)];
      if (last < from || first > to || (first >= from && last <= to)) continue;
      [from, to] = [Math.min(from, first), Math.max(to, last)];
      grown = true;
    }
  }
  const over = layers.slice(0, to + 1);
  const assets = new Map(lottie.assets.map((asset) => [asset.id, asset]));
  const inside = over.flatMap((layer) => [...shownBy(layer, assets)].map((id) => assets.get(id)?.layers ?? []));
  // What blends with what lies below it cannot be drawn without that.
  if (blends(over) || inside.some(blends)) return null;
  return over.length - (to - from + 1) || to + 1 < layers.length ? new Split(from, to) : null;
}
