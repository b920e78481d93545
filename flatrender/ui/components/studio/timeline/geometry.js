// The timeline's arithmetic: frames and pixels, the ruler's steps, rows, what is in view. Pure; time runs left to right.

export const HEADS = 196; // px, the track heads
export const RULER = 26; // px, above the rows
export const SMALLEST = 200; // px, the timeline's height
export const LARGEST = 480;
export const WIDEST = 40; // px per frame
const HOUR = 3600;

const HEIGHTS = { scene: 69, video: 48, image: 48, text: 30, music: 54, voice: 43, sfx: 43 };
export const SOUNDING = new Set(["music", "voice", "sfx"]);
export const PICTURES = new Set(["scene", "video", "image", "text"]);
export const SHORTEST_ROW = 24;
export const TALLEST_ROW = 160;

export const heightOf = (track) => track.height ?? HEIGHTS[track.kind] ?? 43;

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** Rows from top to bottom: pictures as they lie on each other, the scenes below them, then what sounds. */
export function rowsOf(document) {
  const above = document.tracks.filter((track) => PICTURES.has(track.kind) && track.kind !== "scene").reverse();
  const scenes = document.tracks.filter((track) => track.kind === "scene");
  const sounds = document.tracks.filter((track) => SOUNDING.has(track.kind));
  let y = 0;
  return [...above, ...scenes, ...sounds].map((track) => {
    const row = { track, y, height: heightOf(track) };
    y += row.height;
    return row;
  });
}

export const rowsHeight = (rows) => rows.reduce((sum, row) => sum + row.height, 0);

/** The row at a height, the nearest one outside of them. */
export function rowAt(rows, y) {
  return rows.find((row) => y < row.y + row.height) ?? rows.at(-1) ?? null;
}

/** The smallest and largest scale (px per frame): the whole film, or one frame as wide as a finger. */
export function scales(length, width) {
  return [Math.min(WIDEST, Math.max(1e-4, (width * 0.5) / Math.max(1, length))), WIDEST];
}

/** The scale at which the whole film is in view with a little room after it. */
export const fitScale = (length, width) => clamp((width - 24) / Math.max(1, length), 1e-4, WIDEST);

/** Zooms about a place in view (px from the left edge of the lanes): `{ scale, scroll }`. */
export function zoomAbout({ scale, scroll }, factor, x, [least, most]) {
  const next = clamp(scale * factor, least, most);
  const frame = (scroll + x) / scale;
  return { scale: next, scroll: Math.max(0, frame * next - x) };
}

/** Slider positions are even steps of zoom: 0 to 1 for a scale, and back. */
export const zoomOf = (scale, [least, most]) => Math.log(scale / least) / Math.log(most / least || 2);
export const scaleOf = (zoom, [least, most]) => least * (most / least) ** clamp(zoom, 0, 1);

/** The ruler's steps in frames: a label every `major`, a line every `minor`, so that labels never touch. */
export function rulerSteps(rate, scale, label = 76) {
  const second = rate[0] / rate[1];
  const base = Math.round(second);
  const few = [1, 2, 5, 10, 15].filter((frames) => frames < base);
  const many = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, HOUR, 2 * HOUR].map((seconds) => seconds * second);
  const steps = [...few, ...many];
  const at = steps.findIndex((frames) => frames * scale >= label);
  const major = at < 0 ? steps.at(-1) : steps[at];
  // Lines divide a label's step evenly and stay apart.
  const parts = [10, 5, 4, 2].find((count) => (major / count) * scale >= 7 && (major >= second || major % count === 0));
  return { major, minor: major / (parts ?? 1) };
}

/** The frames of the labels in [from, to]. */
export function labelsIn(from, to, major) {
  const labels = [];
  for (let index = Math.max(0, Math.ceil(from / major)); index * major <= to; index += 1) labels.push(Math.round(index * major));
  return labels;
}

/**
 * The stretch of frames to draw for what is in view: one more view on both sides, in steps of half a view, so that
 * scrolling asks for another one only now and then.
 */
export function windowOf(scroll, width, scale) {
  const view = Math.max(200, width);
  const step = view / 2;
  const first = Math.floor(Math.max(0, scroll) / step) * step - view;
  return [Math.max(0, Math.floor(first / scale)), Math.ceil((first + 3.5 * view) / scale)];
}

const CHIP = 34; // px: half of the playhead's time, and of a marker beside it

/** Where the playhead's time stands so that it covers no marker: in the middle of its line, else on the free side. */
export function chipSide(frame, markers, scale) {
  const near = markers.map((marker) => (marker.frame - frame) * scale).filter((away) => Math.abs(away) < CHIP);
  if (frame * scale < CHIP - 8) return "after"; // the heads would cover it
  if (!near.length) return "middle";
  return near.some((away) => away <= 0) || frame * scale < 2 * CHIP ? "after" : "before";
}

const BAND = 64; // px

/** The same for rows, from top to bottom: what is in view and a little above and below it, in steps. */
export function bandOf(down, height) {
  const first = Math.floor(Math.max(0, down) / BAND) * BAND;
  return [first - BAND, first + height + 2 * BAND];
}

/** What of `placed` (in order of `start`) lies in the window. */
export function inWindow(placed, [from, to]) {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placed[middle].end <= from) low = middle + 1;
    else high = middle;
  }
  const found = [];
  for (let index = low; index < placed.length && placed[index].start < to; index += 1) found.push(placed[index]);
  return found;
}

/** The clips that a rectangle touches: `box` = { from, to } in frames, { above, below } in px of the rows. */
export function touched(rows, placesOf, box) {
  const found = [];
  for (const row of rows) {
    if (row.y >= box.below || row.y + row.height <= box.above || row.track.locked) continue;
    for (const { clip } of inWindow(placesOf(row.track), [box.from, Math.max(box.from + 1e-6, box.to)])) found.push(clip.id);
  }
  return found;
}
