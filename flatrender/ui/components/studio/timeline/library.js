// Facts, waveforms and thumbnails of media files, each asked for once. A store outside React.
import { call } from "../api.js";

const LEVELS = [100, 10]; // buckets a second

export class Library {
  /** `files` = facts the page came with, by id. */
  constructor(files = {}) {
    this.files = new Map(Object.entries(files));
    this.asked = new Set();
    this.peaksOf = new Map(); // "id/level" -> { perSecond, pairs } | null while on its way
    this.sprites = new Map(); // id -> Image | null while on its way
    this.listeners = new Set();
    this.version = 0;
  }

  subscribe = (listener) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  changed() {
    this.version += 1;
    this.listeners.forEach((listener) => listener());
  }

  put(file) {
    if (!file?.id) return;
    const before = this.files.get(file.id);
    this.files.set(file.id, { ...before, ...file });
    if (before?.state && before.state !== file.state) {
      for (const level of LEVELS.keys()) this.peaksOf.delete(`${file.id}/${level}`);
      this.sprites.delete(file.id);
    }
    this.changed();
  }

  /** A file's facts, undefined until they are here; `{ missing: true }` for one that is gone. */
  file(id) {
    const known = this.files.get(id);
    if (!id) return known; // a text has none
    if (known?.state || known?.missing || this.asked.has(id)) return known;
    this.asked.add(id);
    call(`/media/${id}`).then(
      (file) => this.put({ state: "ready", ...file }),
      (error) => {
        if (error.status === 404) this.put({ id, missing: true });
        else setTimeout(() => this.asked.delete(id), 3000); // out of reach: the next look asks again
      },
    );
    return known;
  }

  /** The file's length in frames of the document, null where it is not known or has none: a picture that moves begins anew. */
  frames(id, rate) {
    const file = this.file(id);
    return file?.duration && !file.repeats ? Math.max(1, Math.floor((file.duration * rate[0]) / rate[1] + 1e-6)) : null;
  }

  /** The peaks that suit `perSecond` px: `{ perSecond, pairs }` (min, max, -127 … 127), null while they come. */
  peaks(id, perSecond) {
    const file = this.file(id);
    if (!file?.peaks) return null;
    const level = perSecond > 14 ? 0 : 1;
    const key = `${id}/${level}`;
    if (!this.peaksOf.has(key)) {
      this.peaksOf.set(key, null);
      fetch(`/api/v1/media/${id}/peaks?level=${level}`)
        .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(`HTTP ${answer.status}`))))
        .then((buffer) => {
          this.peaksOf.set(key, read(buffer));
          this.changed();
        })
        .catch(() => setTimeout(() => this.peaksOf.delete(key), 3000));
    }
    return this.peaksOf.get(key) ?? this.peaksOf.get(`${id}/${1 - level}`) ?? null;
  }

  /** The sheet of thumbnails: `{ image, width, height, columns, count, interval }`, null while it comes. */
  sprite(id) {
    const { sprite, repeats, duration } = this.file(id) ?? {};
    if (!sprite) return null;
    if (!this.sprites.has(id)) {
      this.sprites.set(id, null);
      this.load(id, sprite.url, (image) => ({ ...sprite, image, period: repeats ? duration : null }));
    }
    return this.sprites.get(id);
  }

  load(key, url, made) {
    const image = new Image();
    image.decoding = "async";
    image.src = url;
    image.decode().then(
      () => {
        this.sprites.set(key, made(image));
        this.changed();
      },
      () => {}, // no picture: the clip stands without one
    );
  }
}

/** Peaks as the server packs them: 16 bytes of header, then pairs of int8. */
export function read(buffer) {
  const view = new DataView(buffer);
  if (view.getUint32(0) !== 0x4652504b || view.getUint8(4) !== 1) return null; // "FRPK"
  const buckets = Math.min(view.getUint32(8, true), (buffer.byteLength - 16) >> 1);
  return { perSecond: view.getUint16(6, true), pairs: new Int8Array(buffer, 16, 2 * buckets) };
}
