// How a scene is split around what is being typed, by the studio's own module. Prints what each case came to, as JSON.
// Argument: the studio's folder.
import { pathToFileURL } from "node:url";

const { splitAround } = await import(pathToFileURL(`${process.argv[2]}/preview/splitting.js`));

const layer = (ind, more = {}) => ({ ind, nm: `layer ${ind}`, ty: 4, ip: 0, op: 50, ks: { number: ind }, shapes: [ind], ...more });
const scene = (layers, assets = []) => ({ v: "5", w: 10, h: 10, layers, assets });
const of = (ind, asset = null) => [{ asset, ind, layer: {} }];
const numbers = ({ layers }) => layers.map(({ ind, ty }) => (ty === 3 ? -ind : ind));

/** The layers' numbers of the three parts; those that others only move with are negative. */
function parts(lottie, patches) {
  const split = splitAround(lottie, patches);
  return split && [split.above(lottie), split.changing(lottie), split.below(lottie)].map(numbers);
}

const plain = scene([layer(1), layer(2), layer(3), layer(4)]);
const matted = scene([layer(1), layer(2, { td: 1 }), layer(3, { tt: 1, tp: 2 }), layer(4)]);
const moved = scene([layer(1, { parent: 3 }), layer(2, { parent: 1 }), layer(3, { parent: 4 }), layer(4), layer(5)]);
const inner = scene(
  [layer(1, { refId: "picture", ty: 2 }), layer(2, { refId: "outer", ty: 0 }), layer(3)],
  [
    { id: "picture", p: "data:" },
    { id: "outer", layers: [layer(1, { refId: "nested", ty: 0 })] },
    { id: "nested", layers: [layer(7)] },
  ],
);
const [split] = [splitAround(plain, of(2))];

console.log(
  JSON.stringify({
    plain: parts(plain, of(2)),
    two: parts(plain, [...of(2), ...of(3)]),
    matte: parts(matted, of(3)),
    source: parts(matted, of(2)),
    beside: parts(matted, of(4)),
    without: parts(scene([layer(1, { td: 1 }), layer(2, { tt: 2 }), layer(3)]), of(2)),
    moved: parts(moved, of(2)),
    carrier: splitAround(moved, of(2)).changing(moved).layers.map(({ nm, shapes, ks }) => ({ nm, shapes, ks })),
    nested: parts(inner, of(7, "nested")),
    assets: ["above", "changing", "below"].map((part) => splitAround(inner, of(7, "nested"))[part](inner).assets.map(({ id }) => id)),
    picture: parts(inner, [{ image: "picture", asset_object: {} }]),
    blending: parts(scene([layer(1, { bm: 1 }), layer(2), layer(3)]), of(2)),
    blendingBelow: parts(scene([layer(1), layer(2), layer(3, { bm: 1 })]), of(2)),
    alone: parts(scene([layer(1)]), of(1)),
    unknown: parts(plain, of(9)),
    covers: [split.covers(plain, of(2)), split.covers(plain, of(3)), split.covers(plain, [...of(2), ...of(1)]), split.covers(plain, of(9))],
  }),
);
