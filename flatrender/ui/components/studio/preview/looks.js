// How a picture lies in the frame, as CSS: its place, how it fills it, and what a transition makes of it. Pure.

/** A place (fractions of the frame) as style. */
export function placeStyle(place = {}) {
  const { x = 0, y = 0, width = 1, height = 1, rotation = 0 } = place;
  return {
    left: `${x * 100}%`,
    top: `${y * 100}%`,
    width: `${width * 100}%`,
    height: `${height * 100}%`,
    transform: rotation ? `rotate(${rotation}deg)` : "",
  };
}

/**
 * Where the whole picture lies in its box so that the part that is left by `crop` covers it (around `focus`), is
 * contained in it, or is stretched to it: { x, y, width, height } in units of the box's pixels; and the part itself.
 */
export function fitted(fit = {}, [naturalWidth, naturalHeight], [boxWidth, boxHeight]) {
  const { mode = "cover", focus = [0.5, 0.5], crop = [0, 0, 0, 0] } = fit;
  const [left, top, right, bottom] = crop;
  const width = Math.max(1e-6, naturalWidth * (1 - left - right));
  const height = Math.max(1e-6, naturalHeight * (1 - top - bottom));
  let [sx, sy] = [boxWidth / width, boxHeight / height];
  if (mode === "cover") sx = sy = Math.max(sx, sy);
  if (mode === "contain") sx = sy = Math.min(sx, sy);
  // `focus` is where it lies as far as there is room to move, as flatrender/film/arrange.py has it.
  const x = mode === "stretch" ? 0 : (boxWidth - width * sx) * focus[0];
  const y = mode === "stretch" ? 0 : (boxHeight - height * sy) * focus[1];
  return {
    part: { x, y, width: width * sx, height: height * sy },
    whole: { x: x - naturalWidth * left * sx, y: y - naturalHeight * top * sy, width: naturalWidth * sx, height: naturalHeight * sy },
  };
}

const percent = (share) => `${Math.round(share * 1e6) / 1e4}%`;

/** A transition's state (transitions.js) as style of a layer as large as the frame, and the share of the dip's colour. */
export function stateStyle({ opacity, tint, x, y, left, top, right, bottom }) {
  const whole = left <= 0 && top <= 0 && right >= 1 && bottom >= 1;
  return {
    tint,
    style: {
      opacity: String(Math.round(opacity * 1e4) / 1e4),
      transform: x || y ? `translate(${percent(x)},${percent(y)})` : "",
      clipPath: whole ? "" : `inset(${percent(top)} ${percent(1 - right)} ${percent(1 - bottom)} ${percent(left)})`,
    },
  };
}

/** What a dip makes of colours, as an SVG colour matrix: so much of each is `color` (#RRGGBB), alpha stays (transitions.py). */
export function tintMatrix(share, color) {
  const parts = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const round = (value) => Math.round(value * 1e4) / 1e4;
  const row = (part, at) => [0, 1, 2].map((each) => (each === at ? round(1 - share) : 0)).concat(0, round(share * part));
  return [...parts.map(row), [0, 0, 0, 1, 0]].map((each) => each.join(" ")).join("  ");
}

/** Where a film is put to show what stands at a moment (s): the middle of that frame of its own, far from its neighbours. */
export function middleOf(moment, rate) {
  if (!rate) return moment;
  const frames = rate[0] / rate[1];
  return (Math.floor(moment * frames + 1e-6) + 0.5) / frames;
}

/** How long a file lasts (s) until it begins anew, null where it does not: its last frame stands on. */
export const periodOf = (file) => (file?.repeats && file.frames && file.rate ? (file.frames * file.rate[1]) / file.rate[0] : null);

/** A moment (s) of a source that begins anew after a `period`. */
export const wrapped = (moment, period) => (period ? moment % period : moment);

/** How far two moments lie apart, also across the place where the source begins anew. */
export function apart(one, other, period) {
  const straight = Math.abs(one - other);
  return period ? Math.min(straight, period - straight) : straight;
}
