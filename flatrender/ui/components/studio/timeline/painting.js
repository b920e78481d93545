// Waveforms and film strips, painted off the page and shown as pictures: a canvas for each clip would be a layer of its
// own, and hundreds of layers make every frame slow. Only what is in view is painted; colours come from the tokens.
import { heightOf } from "./geometry.js";

const MOST = 4096; // px a canvas is wide

/** The stretch of a clip to paint: `{ from, to }` in frames of the film, within the window. */
export function stretch({ start, end }, [from, to]) {
  const first = Math.max(start, from);
  const last = Math.min(end, to);
  return last > first ? { from: first, to: last } : null;
}

/** A canvas for a stretch, drawn in CSS pixels: `{ canvas, context, width }`. */
function prepare(part, scale, height) {
  const width = Math.max(1, Math.min(MOST, (part.to - part.from) * scale));
  const dense = Math.min(window.devicePixelRatio || 1, 2);
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * dense)), Math.max(1, Math.round(height * dense)));
  const context = canvas.getContext("2d");
  context.scale(canvas.width / width, dense);
  return { canvas, context, width };
}

/** A waveform: bars of 2 px every 3, or a filled line where a bucket is wider than that. */
export function paintWave({ place, part, scale, rate, peaks, height, ink }) {
  const { canvas, context, width } = prepare(part, scale, height);
  const { pairs, perSecond } = peaks;
  const second = rate[0] / rate[1];
  const first = ((place.clip.offset ?? 0) + part.from - place.start) / second;
  const perPixel = (perSecond / second) / scale; // buckets
  const buckets = pairs.length / 2;
  const middle = height / 2;
  const step = 3;
  context.fillStyle = ink;
  for (let x = 0; x < width; x += step) {
    let low = 0;
    let high = 0;
    let bucket = first * perSecond + x * perPixel;
    if (place.clip.loop) bucket %= buckets;
    const last = Math.min(buckets - 1, Math.floor(bucket + Math.max(1, step * perPixel)));
    for (let index = Math.max(0, Math.floor(bucket)); index <= last; index += 1) {
      low = Math.min(low, pairs[2 * index]);
      high = Math.max(high, pairs[2 * index + 1]);
    }
    const above = Math.max(0.6, (high / 127) * (middle - 1));
    const below = Math.max(0.6, (-low / 127) * (middle - 1));
    context.fillRect(x, middle - above, 1.8, above + below);
  }
  return canvas;
}

/**
 * A film strip out of a sheet of thumbnails: side by side, each of the moment at its left edge; in the `middle` of it
 * where the sheet says so, since most scenes begin with nothing.
 */
export function paintStrip({ place, part, scale, rate, height, sprite }) {
  const { canvas, context, width } = prepare(part, scale, height);
  const ratio = sprite.width / sprite.height;
  const tile = Math.max(12, height * ratio);
  const offset = (part.from - place.start) * scale;
  const second = rate[0] / rate[1];
  for (let index = Math.floor(offset / tile); index * tile < offset + width; index += 1) {
    const x = index * tile - offset;
    const moment = ((place.clip.offset ?? 0) + ((index + (sprite.middle ? 0.5 : 0)) * tile) / scale) / second;
    const { image, sx, sy, sw, sh } = pieceOf(sprite, moment);
    context.drawImage(image, sx, sy, sw, sh, x, 0, tile - 1, height);
  }
  return canvas;
}

/** The piece of a sprite sheet that shows a second of the source. */
function pieceOf(sprite, moment) {
  const { image, width, height, columns, count, interval, middle, period } = sprite;
  const steps = (period ? moment % period : moment) / interval;
  const near = middle ? Math.floor(steps) : Math.round(steps);
  const index = Math.min(count - 1, Math.max(0, near));
  return { image, sx: (index % columns) * width, sy: Math.floor(index / columns) * height, sw: width, sh: height };
}

export const stripHeight = (track) => heightOf(track) - (track.kind === "scene" ? 26 : 8);
