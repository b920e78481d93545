// A place in the frame under the pointer: moved, with its middle drawn to the frame's middle, or resized by a handle. Pure.

const NEAR = 0.012; // of the frame

/** Moved by a way in fractions of the frame; `loose` ignores the frame's middle and edges. */
export function moved(place, [dx, dy], { loose = false } = {}) {
  const along = (at, size, way) => {
    const next = at + way;
    if (loose) return next;
    for (const [edge, to] of [[next + size / 2, 0.5], [next, 0], [next + size, 1]]) if (Math.abs(edge - to) < NEAR) return next + to - edge;
    return next;
  };
  return { ...place, x: along(place.x, place.width, dx), y: along(place.y, place.height, dy) };
}

/** Resized at a handle ("nw" … "s"); `keep` holds the ratio at the corners. The opposite side stays. */
export function resized(place, handle, [dx, dy], { keep = false } = {}) {
  const least = 0.02;
  const west = handle.includes("w");
  const north = handle.includes("n");
  let width = place.width + (west ? -dx : handle.includes("e") ? dx : 0);
  let height = place.height + (north ? -dy : handle.includes("s") ? dy : 0);
  if (keep && handle.length === 2) {
    const scale = Math.max(width / place.width, height / place.height, least / Math.min(place.width, place.height));
    [width, height] = [place.width * scale, place.height * scale];
  }
  width = Math.max(least, width);
  height = Math.max(least, height);
  return {
    ...place,
    width,
    height,
    x: west ? place.x + place.width - width : place.x,
    y: north ? place.y + place.height - height : place.y,
  };
}
