// What is seen under a point of the stage. The page itself knows: layers are stacked, turned and cut off as they are seen.
import { findClip } from "../document.js";

const FAINT = 0.05; // what is fainter is not seen
const GRAIN = 256; // px of the map of a picture's holes

/** How opaque a picture is at each of its points, once per file; null where it has no hole. A film's is read each time. */
function mapOf(entry) {
  const { inner, video } = entry;
  if (entry.holes !== undefined && entry.holesOf === inner.src && !video) return entry.holes;
  const [width, height] = video ? [video.videoWidth, video.videoHeight] : [inner.naturalWidth, inner.naturalHeight];
  if (!width || !height) return null;
  const share = Math.min(1, GRAIN / Math.max(width, height));
  const size = [width, height].map((side) => Math.max(1, Math.round(side * share)));
  const canvas = new OffscreenCanvas(...size);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(inner, 0, 0, ...size);
  const { data } = context.getImageData(0, 0, ...size);
  const whole = data.every((value, at) => at % 4 !== 3 || value === 255);
  entry.holes = whole ? null : { data, size };
  entry.holesOf = inner.src;
  return entry.holes;
}

/** Whether a picture has something at a point of the page: it may be turned, and hold holes. */
function isThere(entry, [x, y], library) {
  const { box, inner, clip } = entry;
  const holes = library.file(clip.media)?.has_alpha ?? !entry.video;
  if (!holes) return true;
  const map = mapOf(entry);
  if (!map) return true;
  const around = box.getBoundingClientRect();
  const [dx, dy] = [x - around.left - around.width / 2, y - around.top - around.height / 2];
  const turn = (-(clip.place?.rotation ?? 0) * Math.PI) / 180;
  const at = [
    (dx * Math.cos(turn) - dy * Math.sin(turn) + box.offsetWidth / 2 - inner.offsetLeft) / inner.offsetWidth,
    (dx * Math.sin(turn) + dy * Math.cos(turn) + box.offsetHeight / 2 - inner.offsetTop) / inner.offsetHeight,
  ];
  const [column, row] = at.map((part, side) => Math.min(map.size[side] - 1, Math.max(0, Math.floor(part * map.size[side]))));
  return map.data[4 * (row * map.size[0] + column) + 3] >= FAINT * 255;
}

const isFaint = ({ style }) => style.opacity !== "" && Number(style.opacity) < FAINT;

/** The clips seen at a point of the page, the topmost first, down to the scene. What is locked is passed by, as glass is. */
export function picksAt({ theatre, document: film, library }, point) {
  const { host, pictures } = theatre;
  const found = [];
  for (const element of document.elementsFromPoint(...point)) {
    if (!host.contains(element)) continue;
    const layer = element.closest(".stage-layer");
    const entry = pictures.layers.get(layer?.dataset.layer);
    const id = element.matches(".stage-canvas") ? element.dataset.clip : entry && (element === entry.text || element === entry.inner) ? entry.clip?.id : null;
    const track = id && findClip(film, id)?.track;
    if (!track || track.locked || isFaint(layer)) continue;
    if (entry && (isFaint(entry.box) || (entry.inner && !isThere(entry, point, library)))) continue;
    found.push(id);
  }
  return found;
}
