// The arithmetic of justified rows; pure, so that it is tested outside a browser.

const NEARLY = 1.35; // a last row that is nearly full is stretched: a narrow gap looks like a mistake
const EMPTY = 0.2; // what a fully empty last row costs, beside the squared deviation of full rows

/**
 * Breaks things of given shapes (width / height) into rows that fill `width` and come nearest to the `wanted` height.
 * Answers one {height, full} per thing. A last row that would be far too high keeps about the wanted height instead
 * and is not full; with `onlyFull` there is no such row.
 */
export function heights(ratios, width, gap, wanted, onlyFull = false) {
  const count = ratios.length;
  const sums = [0];
  for (const ratio of ratios) sums.push(sums[sums.length - 1] + ratio);
  const best = [{ cost: 0, from: 0, height: 0, full: true }];
  for (let end = 1; end <= count; end += 1) {
    best[end] = { cost: Infinity };
    for (let from = end - 1; from >= 0; from -= 1) {
      const fitting = (width - gap * (end - from - 1)) / (sums[end] - sums[from]);
      const off = (fitting - wanted) / wanted;
      let row = { cost: best[from].cost + off * off, from, height: fitting, full: true };
      if (end === count && !onlyFull && fitting > wanted * NEARLY) {
        const height = Math.min(fitting, wanted * 1.18);
        const loose = best[from].cost + EMPTY * (1 - height / fitting) + (height / wanted - 1) ** 2;
        if (loose < row.cost) row = { cost: loose, from, height, full: false };
      }
      if (row.cost < best[end].cost) best[end] = row;
      if (fitting < wanted * 0.4) break;
    }
  }
  const result = new Array(count);
  for (let end = count; end > 0; end = best[end].from) {
    for (let index = best[end].from; index < end; index += 1) result[index] = { height: best[end].height, full: best[end].full };
  }
  return result;
}

/** The rows, all full, that come nearest to filling `width` by `height` without being higher. */
export function filling(ratios, width, height, gap, rowGap) {
  let chosen = null;
  for (let wanted = 60; wanted <= height; wanted += 10) {
    const found = heights(ratios, width, gap, wanted, true);
    let total = -rowGap;
    let used = Infinity;
    found.forEach((item, index) => {
      const wide = item.height * ratios[index];
      if (used + gap + wide > width + 0.5) { total += item.height + rowGap; used = wide; } else used += gap + wide;
    });
    if (total <= height && (!chosen || total > chosen.total)) chosen = { total, found };
  }
  return chosen ? chosen.found : heights(ratios, width, gap, height, false);
}
