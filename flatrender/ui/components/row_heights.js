// The arithmetic of justified rows; pure, so that it is tested outside a browser.

/** Splits ratios into rows that come nearest to the wanted height; returns each child's height and whether its row is full. */
export function heights(ratios, width, gap, wanted) {
  const result = [];
  let row = [];
  let sum = 0;
  const close = (limit) => {
    const fitting = (width - gap * (row.length - 1)) / sum;
    for (let index = 0; index < row.length; index += 1) result.push({ height: Math.min(fitting, limit), full: fitting <= limit });
    row = [];
    sum = 0;
  };
  for (const ratio of ratios) {
    const before = row.length ? (width - gap * (row.length - 1)) / sum : Infinity;
    const after = (width - gap * row.length) / (sum + ratio);
    if (row.length && after < wanted && Math.abs(before - wanted) < Math.abs(after - wanted)) close(before);
    row.push(ratio);
    sum += ratio;
    const now = (width - gap * (row.length - 1)) / sum;
    if (now <= wanted) close(now);
  }
  if (row.length) close(wanted * 1.18);
  return result;
}
