// How well two colours are told apart (WCAG 2.2): 1 to 21; large words need 3, small ones 4.5. Pure.
const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

function luminance(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => linear(parseInt(color.slice(at, at + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((first, second) => second - first);
  return (light + 0.05) / (dark + 0.05);
}

export const READABLE = 3;

/**
 * Pairs of shared colours that the designer kept apart and that are no longer: words in the one cannot be read on the
 * other. `colors` = [{ key, value }] of the template, `valueOf(color)` what the customer has; worst first.
 */
export function lostPairs(colors, valueOf) {
  const lost = [];
  colors.forEach((one, at) => {
    for (const other of colors.slice(at + 1)) {
      const before = contrast(one.value, other.value);
      const now = contrast(valueOf(one), valueOf(other));
      if (before >= READABLE && now < READABLE && now < before - 0.5) lost.push({ one, other, now });
    }
  });
  return lost.sort((first, second) => first.now - second.now);
}
