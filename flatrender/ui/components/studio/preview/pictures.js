// What lies over the scenes: videos, images and texts, one layer each while they are seen, stacked as their tracks are.
// Videos follow the clock; a paused one stands on the very frame.
import { filmLength, placesOf } from "../timeline/places.js";
import { states } from "../transitions.js";
import { fadeAt } from "../timeline/envelope.js";
import { apart, fitted, middleOf, periodOf, placeStyle, stateStyle, tintMatrix, wrapped } from "./looks.js";

const KINDS = new Set(["video", "image", "text"]);
export const AGAIN = [1000, 2000, 4000, 8000]; // ms until what could not be had is asked for again
const SOON = 1.5; // s before a video is seen it is loaded
const KEPT = 6; // videos with a decoder of their own
const LOOK = 150; // ms from a seek until it is looked what is on show
const TRIES = 4;
const OFF = 0.12; // s that a playing video may be off
const LATE = 0.11; // of a frame after its beginning, where the film reads its own (film/picture.py): on the edge is the one before

/** What of a track is seen at a frame: one place, or two that meet with how each is seen. */
export function seenAt(track, length, frame) {
  const seen = [];
  const places = placesOf(track, length);
  places.forEach((place, index) => {
    if (frame < place.start || frame >= place.end) return;
    const coming = joint(place);
    const going = joint(places[index + 1]);
    let state = null;
    let color = null;
    if (coming && frame < coming.to) {
      state = states(coming.kind, (frame - coming.from) / (coming.to - coming.from), coming.direction).to;
      color = coming.color;
    } else if (going && frame >= going.from) {
      state = states(going.kind, (frame - going.from) / (going.to - going.from), going.direction).from;
      color = going.color;
    }
    seen.push({ ...place, local: frame - place.start, state, color });
  });
  return seen;
}

/** The transition into a place: over which frames, and how. */
function joint(place) {
  if (!place?.transition) return null;
  const { kind, params = {} } = place.transition;
  return { kind, direction: params.direction ?? "", color: (params.color ?? "#000000").slice(0, 7), from: place.start, to: place.start + place.overlap };
}

/** An SVG filter of one colour matrix, for CSS to name; it covers the layer, which is as large as the frame. */
function tintFilter(id) {
  const [svg, filter, matrix] = ["svg", "filter", "feColorMatrix"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
  const attributes = [
    [svg, { width: 0, height: 0, "aria-hidden": "true" }],
    [filter, { id, x: 0, y: 0, width: 1, height: 1, "color-interpolation-filters": "sRGB" }],
  ];
  for (const [element, values] of attributes) for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
  svg.style.position = "absolute";
  filter.append(matrix);
  svg.append(filter);
  return svg;
}

export class Pictures {
  /** `drawText(request)` resolves to the film's own `{ picture, missing }` of a text, a blob and the characters that no
   *  font has (`onTold(clip id, characters)`); null where there is none. Where it throws, it is asked again. */
  constructor(host, library, floors, { onLoad = () => {}, drawText = async () => null, onTold = () => {} } = {}) {
    this.host = host;
    this.drawText = drawText;
    this.onTold = onTold;
    this.library = library;
    this.floors = floors;
    this.onLoad = onLoad;
    this.layers = new Map(); // clip id -> { layer, box, inner, kind, media }
    this.document = null;
    this.frame = 0;
    this.playing = false;
    this.count = 0;
    this.tints = 0;
  }

  setDocument(document) {
    this.document = document;
    const ids = new Set(document.tracks.flatMap((track) => (KINDS.has(track.kind) ? track.items.map((item) => item.id) : [])));
    for (const id of [...this.layers.keys()]) if (!ids.has(id)) this.drop(id);
  }

  /** Shows a frame. `playing`: videos run by themselves and are only corrected. */
  show(frame, { playing = false, speed = 1 } = {}) {
    this.frame = frame;
    this.playing = playing;
    this.speed = speed;
    const { document } = this;
    if (!document) return;
    const length = filmLength(document);
    const shown = new Set();
    const rate = document.rate[0] / document.rate[1];
    document.tracks.forEach((track, order) => {
      if (!KINDS.has(track.kind) || track.hidden) return;
      for (const seen of seenAt(track, length, frame)) {
        shown.add(seen.clip.id);
        this.draw(seen, track, order);
      }
      if (track.kind === "video") {
        const next = placesOf(track, length).find((place) => place.start > frame && place.start < frame + SOON * rate);
        if (next) this.ready(next, track, order);
      }
    });
    for (const [id, entry] of this.layers) {
      if (shown.has(id)) continue;
      entry.layer.style.visibility = "hidden";
      entry.video?.pause();
    }
    this.evict(shown);
  }

  entry(place, track, order) {
    const { clip } = place;
    let entry = this.layers.get(clip.id);
    if (entry && (entry.kind !== track.kind || entry.media !== clip.media)) {
      this.drop(clip.id);
      entry = null;
    }
    if (entry) {
      this.floors.lay(entry.layer, track, order);
      return entry;
    }
    const make = (name, className) => Object.assign(document.createElement(name), { className });
    const layer = make("div", "stage-layer");
    const box = make("div", "stage-box");
    layer.append(box);
    layer.dataset.layer = clip.id;
    entry = { layer, box, kind: track.kind, media: clip.media, used: 0 };
    if (track.kind === "text") {
      entry.text = make("div", "stage-text");
      box.append(entry.text);
    } else {
      const inner = make(track.kind === "video" ? "video" : "img", "stage-media");
      entry[track.kind] = entry.inner = inner;
      inner.draggable = false;
      const settle = () => {
        this.lay(entry);
        this.onLoad();
      };
      if (track.kind === "video") {
        Object.assign(inner, { muted: true, playsInline: true, preload: "auto" });
        inner.addEventListener("loadedmetadata", settle);
        inner.addEventListener("seeked", () => {
          layer.dataset.at = inner.currentTime.toFixed(3);
          if (entry.moved) this.onLoad();
          else entry.looking = setTimeout(() => this.look(entry), LOOK);
        });
        const seen = (_, { mediaTime }) => {
          entry.seen = mediaTime;
          inner.requestVideoFrameCallback(seen);
        };
        inner.requestVideoFrameCallback?.(seen);
      } else {
        inner.alt = "";
        inner.addEventListener("load", settle);
      }
      box.append(inner);
    }
    this.floors.lay(layer, track, order);
    this.layers.set(clip.id, entry);
    return entry;
  }

  /** A share of a dip's colour in the layer's own: where a picture or a text is not, nothing is coloured. */
  tint(entry, share, color) {
    if (share && !entry.filter) {
      entry.filter = tintFilter(`stage-tint-${++this.tints}`);
      entry.layer.append(entry.filter);
    }
    if (share) entry.filter.querySelector("feColorMatrix").setAttribute("values", tintMatrix(share, color));
    entry.layer.style.filter = share ? `url(#${entry.filter.querySelector("filter").id})` : "";
  }

  /** Loads a video that will be seen soon and puts it on its first frame. */
  ready(place, track, order) {
    const entry = this.entry(place, track, order);
    this.source(entry, place.clip);
    if (entry.layer.style.visibility !== "visible") {
      entry.layer.style.visibility = "hidden";
      this.time(entry, place, 0, false);
    }
  }

  source(entry, clip) {
    const file = this.library.file(clip.media);
    const url = file?.missing ? null : entry.kind === "video" ? file?.play : (file?.url ?? (file && `/api/v1/media/${clip.media}/file`));
    if (!url || entry.url === url) return;
    entry.url = url;
    entry.inner.src = url;
  }

  draw(seen, track, order) {
    const entry = this.entry(seen, track, order);
    const { clip, local, state } = seen;
    entry.used = ++this.count;
    entry.clip = clip;
    Object.assign(entry.box.style, placeStyle(clip.place));
    const dressed = state ? stateStyle(state) : { style: { opacity: "1", transform: "", clipPath: "" }, tint: 0 };
    Object.assign(entry.layer.style, dressed.style, { visibility: "visible", mixBlendMode: state ? "plus-lighter" : "" });
    const own = (clip.opacity ?? 1) * fadeAt(clip, seen.end - seen.start, local);
    entry.box.style.opacity = String(Math.round(own * 1e4) / 1e4);
    this.tint(entry, dressed.tint, seen.color);
    if (track.kind === "text") this.write(entry, clip);
    else {
      this.source(entry, clip);
      this.lay(entry);
      if (track.kind === "video") this.time(entry, seen, local, this.playing && this.speed > 0);
    }
  }

  /** The video's own time: exact when it stands, only corrected while it runs. A picture that moves begins anew. */
  time(entry, { clip }, local, running) {
    const { video } = entry;
    const rate = this.document.rate[0] / this.document.rate[1];
    const file = this.library.file(clip.media);
    const period = periodOf(file);
    const wanted = wrapped(((clip.offset ?? 0) + local + LATE) / rate, period);
    if (!entry.url || video.readyState < 1) return;
    const last = Math.max(0, (video.duration || wanted) - 0.5 / rate);
    const at = Math.min(running ? wanted : middleOf(wanted, file?.rate), last);
    video.loop = period !== null;
    if (running && (period || wanted < last)) {
      video.playbackRate = Math.min(4, this.speed);
      if (apart(video.currentTime, at, period) > OFF * this.speed && !video.seeking) video.currentTime = at;
      if (video.paused) video.play().catch(() => {});
      return;
    }
    if (!video.paused) video.pause();
    clearTimeout(entry.looking);
    const off = Math.abs(video.currentTime - at) > 0.25 / rate;
    entry.moved = off && video.seeking; // goes there when it has come where it was sent before
    if (off && !video.seeking) video.currentTime = at;
  }

  /** Whether a video that stands shows the frame where it says that it is: on a busy machine Chromium (2026) now and then
   *  shows the one before, for good. It is sent there again, a little further on within the frame. */
  look(entry) {
    const { video, clip, layer, seen } = entry;
    const [num, den] = this.library.file(clip?.media)?.rate ?? [0, 1];
    const at = video.currentTime;
    if (!num || seen === undefined || !video.paused || video.seeking || layer.style.visibility !== "visible") return;
    entry.again = Math.abs(entry.at - at) < 1e-4 ? entry.again : 0;
    if (at - seen < den / num + 1e-3 || entry.again >= TRIES) return;
    entry.again += 1;
    entry.at = at + (0.05 * den) / num;
    video.currentTime = entry.at;
  }

  /** Lays the picture into its box; a text lies in its own by itself. */
  lay(entry) {
    const { inner, box, clip } = entry;
    if (!clip || !inner) return;
    const natural = [inner.naturalWidth ?? inner.videoWidth, inner.naturalHeight ?? inner.videoHeight];
    if (inner.videoWidth !== undefined) natural.splice(0, 2, inner.videoWidth, inner.videoHeight);
    const size = [box.offsetWidth, box.offsetHeight];
    const key = [...natural, ...size, JSON.stringify(clip.fit)].join();
    if (!natural[0] || !size[0] || key === entry.laid) return;
    entry.laid = key;
    const { whole, part } = fitted(clip.fit, natural, size);
    Object.assign(inner.style, { left: `${whole.x}px`, top: `${whole.y}px`, width: `${whole.width}px`, height: `${whole.height}px` });
    // What is cropped away is not seen, nor what is outside of the box.
    const edge = (value) => `${value > 0.01 ? value : -1}px`; // nothing is cut off there: between two pixels it would be half seen
    const seen = { x: Math.max(part.x, 0), y: Math.max(part.y, 0), right: Math.min(part.x + part.width, size[0]), bottom: Math.min(part.y + part.height, size[1]) };
    inner.style.clipPath = `inset(${edge(seen.y - whole.y)} ${edge(whole.x + whole.width - seen.right)} ${edge(whole.y + whole.height - seen.bottom)} ${edge(seen.x - whole.x)})`;
  }

  write(entry, clip) {
    const { text } = entry;
    const { style = {} } = clip;
    const { width, height } = clip.place ?? {};
    const key = JSON.stringify([clip.text, style, width, height, this.host.offsetHeight]);
    if (entry.written === key || text.isContentEditable) return;
    entry.written = key;
    text.textContent = clip.text;
    text.dir = style.direction ?? "auto";
    const rtl = text.matches(":dir(rtl)");
    const across = { start: rtl ? "flex-end" : "flex-start", center: "center", end: rtl ? "flex-start" : "flex-end" };
    Object.assign(text.style, {
      fontFamily: `"${(style.font ?? "Inter").replaceAll('"', "")}","Inter","Vazirmatn",sans-serif`,
      fontSize: `${((style.size ?? 64) / 1080) * this.host.offsetHeight}px`,
      fontWeight: String(style.weight ?? 600),
      color: style.color ?? "#FFFFFF",
      background: style.background ?? "",
      textAlign: style.align ?? "center",
    });
    entry.box.style.alignItems = "center";
    entry.box.style.justifyContent = across[style.align ?? "center"];
    this.asked(entry, clip);
  }

  /** The film's own picture of the text: the browser's words stand in until it comes; of several only the newest. */
  asked(entry, clip) {
    const dense = Math.min(window.devicePixelRatio || 1, 2);
    const size = [entry.box.offsetWidth, entry.box.offsetHeight, this.host.offsetHeight].map((side) => Math.max(1, Math.round(side * dense)));
    const [width, height, frame] = size;
    this.ask(entry, { text: clip.text, style: clip.style, width, height, frame_height: frame });
  }

  async ask(entry, wanted) {
    entry.waiting = wanted;
    clearTimeout(entry.later);
    if (entry.drawing) return;
    entry.drawing = true;
    while (entry.waiting) {
      const request = entry.waiting;
      entry.waiting = null;
      let late = false;
      const drawn = request.text ? await this.drawText(request).catch(() => ((late = true), null)) : null;
      if (this.layers.get(entry.layer.dataset.layer) !== entry) break;
      if (entry.waiting) continue;
      entry.missed = late ? (entry.missed ?? 0) + 1 : 0;
      if (late) entry.later = setTimeout(() => this.ask(entry, request), AGAIN[Math.min(entry.missed, AGAIN.length) - 1]);
      this.paper(entry, drawn?.picture);
      if (drawn || !request.text) this.onTold(entry.layer.dataset.layer, drawn?.missing ?? "", Boolean(drawn?.overflows));
    }
    entry.drawing = false;
  }

  paper(entry, blob) {
    if (entry.paper) URL.revokeObjectURL(entry.paper.src);
    if (!blob) {
      entry.paper?.remove();
      entry.paper = null;
    } else {
      entry.paper ??= Object.assign(document.createElement("img"), { className: "stage-paper", alt: "", draggable: false });
      entry.paper.src = URL.createObjectURL(blob);
      entry.box.append(entry.paper);
    }
    entry.box.classList.toggle("drawn", Boolean(blob));
  }

  /** The size of the stage has changed: everything is laid anew. */
  resize() {
    for (const entry of this.layers.values()) entry.laid = entry.written = null;
    if (this.document) this.show(this.frame, { playing: this.playing, speed: this.speed });
  }

  drop(id) {
    const entry = this.layers.get(id);
    if (!entry) return;
    if (entry.video) {
      clearTimeout(entry.looking);
      entry.video.pause();
      entry.video.removeAttribute("src");
      entry.video.load();
    }
    clearTimeout(entry.later);
    if (entry.paper) URL.revokeObjectURL(entry.paper.src);
    entry.layer.remove();
    this.layers.delete(id);
  }

  evict(shown) {
    const idle = [...this.layers].filter(([id]) => !shown.has(id)).sort((one, other) => one[1].used - other[1].used);
    for (const [id] of idle.slice(0, Math.max(0, this.layers.size - KEPT - shown.size))) this.drop(id);
  }

  destroy() {
    for (const id of [...this.layers.keys()]) this.drop(id);
  }
}
