// The sound of the preview: every clip that sounds through Web Audio, with its volume, fades and envelope, its track's
// volume, and one volume for listening. While it runs its clock is the master of the picture's.
import { filmLength, placesOf } from "../timeline/places.js";
import { gainLine, joined, trackGains } from "./gains.js";

const WHOLE = 150; // s: shorter files are decoded and start to the sample, longer ones are streamed
const KEPT = 192 * 1024 ** 2; // bytes of decoded sound
const AHEAD = 1.5; // s that clips are prepared before they sound
const EVERY = 400; // ms
const PATIENCE = 600; // ms
const LOOSE = 0.08; // s that a streamed sound may be off

/** When the clips of a track are heard, as one word. */
const times = (items) => JSON.stringify(items?.map(({ id, type, duration, offset }) => [id, type, duration, offset]));

/** A place as it is heard: it ends with the film at the latest. Its fades stay where the clip of `frames` has them. */
const heardOf = (place, length) => ({ ...place, frames: place.end - place.start, end: Math.min(place.end, length) });

export class Mixer {
  constructor(library) {
    this.library = library;
    this.document = null;
    this.scenes = new Map(); // clip id -> { name, play }: what its layers sound
    this.context = null;
    this.buffers = new Map(); // media -> AudioBuffer | Promise
    this.sounding = new Map(); // clip id -> { source | element, gain }
    this.tracks = new Map(); // track id -> GainNode
    this.volume = 1;
    this.running = false;
  }

  setDocument(document) {
    const before = this.document;
    this.document = document;
    if (!this.running || before === document) return;
    const gains = trackGains(document);
    for (const [id, node] of this.tracks) node.gain.setTargetAtTime(gains.get(id) ?? 0, this.context.currentTime, 0.01);
    // What sounds is made anew where the clips themselves have changed.
    const same = (track) => {
      const items = before?.tracks.find((one) => one.id === track.id)?.items;
      return items === track.items || (track.kind === "scene" && times(items) === times(track.items));
    };
    if (!document.tracks.every((track) => same(track) || !gains.has(track.id))) this.start(this.seconds());
  }

  /** `scenes`: clip id -> { name, play } of what sounds in scenes, as far as that is known. */
  setScenes(scenes) {
    const before = this.scenes;
    this.scenes = scenes;
    if (!this.running) return;
    for (const id of [...this.sounding.keys()]) if (before.get(id)?.name !== scenes.get(id)?.name) this.end(id);
    this.schedule();
  }

  setVolume(volume) {
    this.volume = volume;
    this.master?.gain.setTargetAtTime(volume, this.context.currentTime, 0.01);
  }

  get second() {
    return this.document.rate[0] / this.document.rate[1];
  }

  /** Whether anything sounds in the film at all: then its clock is the master. */
  get sounds() {
    return this.audible().length > 0;
  }

  audible() {
    if (!this.document) return [];
    const gains = trackGains(this.document);
    const length = filmLength(this.document);
    const found = [];
    for (const track of this.document.tracks) {
      if (!gains.has(track.id)) continue;
      const places = placesOf(track, length);
      if (track.kind === "scene") {
        places.forEach((place, index) => this.scenes.has(place.clip.id) && found.push(this.sceneSound(track, place, places[index + 1], length)));
        continue;
      }
      places.forEach((place, index) => {
        const file = this.library.file(place.clip.media);
        if (file?.missing || file?.has_audio === false || (track.kind === "video" && place.clip.volume === 0)) return;
        const clip = joined(place.clip, place.overlap, places[index + 1]?.overlap ?? 0);
        found.push({ ...heardOf(place, length), clip, track, file });
      });
    }
    return found;
  }

  /** What a scene sounds, as a clip that does. Where two meet, one fades out and the other in. */
  sceneSound(track, place, next, length) {
    const { name, play } = this.scenes.get(place.clip.id);
    const { id, offset = 0 } = place.clip;
    const file = { play, duration: (offset + place.end - place.start) / this.second };
    return { ...heardOf(place, length), clip: joined({ id, offset, media: name }, place.overlap, next?.overlap ?? 0), track, file };
  }

  prepare() {
    if (this.context) return this.context;
    this.context = new AudioContext({ latencyHint: "playback" });
    this.master = this.context.createGain();
    this.master.gain.value = this.volume;
    this.meter = this.context.createAnalyser();
    this.master.connect(this.meter).connect(this.context.destination);
    return this.context;
  }

  /** Sounds from a second of the film on. Returns false where there is nothing to hear. */
  start(seconds) {
    this.silence();
    if (!this.sounds) return false;
    const context = this.prepare();
    if (context.state === "suspended") context.resume();
    this.anchor = { film: seconds, context: context.currentTime + 0.02 };
    this.running = true;
    this.asked = performance.now();
    const gains = trackGains(this.document);
    for (const [id, gain] of gains) {
      const node = context.createGain();
      node.gain.value = gain;
      node.connect(this.master);
      this.tracks.set(id, node);
    }
    this.schedule();
    this.timer = setInterval(() => this.schedule(), EVERY);
    return true;
  }

  /** The film's second that is heard now; null where nothing runs. A context takes a moment to start: time waits. */
  seconds() {
    if (!this.running) return null;
    if (this.context.state !== "running") return performance.now() - this.asked < PATIENCE ? this.anchor.film : null;
    const late = this.context.outputLatency || 0;
    return Math.max(this.anchor.film, this.anchor.film + this.context.currentTime - this.anchor.context - late);
  }

  stop() {
    this.silence();
    this.running = false;
  }

  silence() {
    clearInterval(this.timer);
    for (const id of [...this.sounding.keys()]) this.end(id);
    for (const node of this.tracks.values()) node.disconnect();
    this.tracks.clear();
  }

  end(id) {
    const { source, element, gain } = this.sounding.get(id);
    try {
      source?.stop();
    } catch {
      // it had not begun
    }
    element?.pause();
    gain?.disconnect();
    this.sounding.delete(id);
  }

  /** Starts what sounds now or soon, ends what is over, keeps streamed sounds in time. */
  schedule() {
    if (!this.running) return;
    const now = this.anchor.film + this.context.currentTime - this.anchor.context;
    for (const place of this.audible()) {
      const start = place.start / this.second;
      const end = place.end / this.second;
      const known = this.sounding.get(place.clip.id);
      if (known) {
        if (end < now) this.end(place.clip.id);
        else if (known.element) this.follow(known, place, now);
        continue;
      }
      if (end <= now || start > now + AHEAD) continue;
      const entry = { gain: null };
      this.sounding.set(place.clip.id, entry);
      if ((place.file?.duration ?? Infinity) <= WHOLE) this.decoded(place, entry);
      else this.streamed(place, entry);
    }
  }

  /** A gain node with the clip's line from where it is now. */
  shaped(place, from) {
    const gain = this.context.createGain();
    const at = (frame) => Math.max(this.context.currentTime, this.anchor.context + (place.start + frame) / this.second - this.anchor.film);
    const [[first, level], ...rest] = gainLine(place.clip, place.frames, from);
    gain.gain.setValueAtTime(level, at(first));
    for (const [frame, value] of rest) gain.gain.linearRampToValueAtTime(value, at(frame));
    gain.connect(this.tracks.get(place.track.id));
    return gain;
  }

  async decoded(place, entry) {
    const buffer = await this.buffer(place.clip.media, place.file);
    if (this.sounding.get(place.clip.id) !== entry || !this.running) return;
    if (!buffer) return this.streamed(place, entry);
    const now = this.anchor.film + this.context.currentTime - this.anchor.context;
    const from = Math.max(place.start, now * this.second);
    const frame = from - place.start;
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    const offset = ((place.clip.offset ?? 0) + frame) / this.second;
    source.loop = Boolean(place.clip.loop);
    entry.source = source;
    entry.gain = this.shaped(place, frame);
    source.connect(entry.gain);
    const when = this.anchor.context + from / this.second - this.anchor.film;
    const begins = source.loop ? offset % buffer.duration : offset;
    if (begins < buffer.duration) source.start(Math.max(when, this.context.currentTime), begins, source.loop ? undefined : (place.end - from) / this.second);
    if (source.loop) source.stop(this.anchor.context + place.end / this.second - this.anchor.film);
    return undefined;
  }

  async buffer(media, file) {
    if (!this.buffers.has(media)) {
      const made = fetch(file?.play ?? `/api/v1/media/${media}/file`)
        .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(`HTTP ${answer.status}`))))
        .then((bytes) => this.context.decodeAudioData(bytes))
        .catch(() => null);
      this.buffers.set(media, made);
      made.then(() => this.evict(media));
    }
    return this.buffers.get(media);
  }

  /** Decoded sound is large: what was asked for first goes first. */
  async evict(newest) {
    let bytes = 0;
    for (const media of [...this.buffers.keys()].reverse()) {
      const buffer = await this.buffers.get(media);
      bytes += buffer ? buffer.length * buffer.numberOfChannels * 4 : 0;
      if (bytes > KEPT && media !== newest) this.buffers.delete(media);
    }
  }

  streamed(place, entry) {
    const { file } = place;
    const element = new Audio(file?.play ?? `/api/v1/media/${place.clip.media}/file`);
    element.preload = "auto";
    element.loop = Boolean(place.clip.loop);
    entry.element = element;
    const now = this.anchor.film + this.context.currentTime - this.anchor.context;
    entry.gain = this.shaped(place, Math.max(0, now * this.second - place.start));
    this.context.createMediaElementSource(element).connect(entry.gain);
    this.follow(entry, place, now);
  }

  follow({ element }, place, now) {
    const wanted = ((place.clip.offset ?? 0) + now * this.second - place.start) / this.second;
    const within = now * this.second >= place.start;
    const at = element.loop && element.duration ? wanted % element.duration : wanted;
    if (!within) {
      if (element.paused && Math.abs(element.currentTime - Math.max(0, at)) > LOOSE) element.currentTime = Math.max(0, (place.clip.offset ?? 0) / this.second);
      if (-(wanted - (place.clip.offset ?? 0) / this.second) * 1000 < EVERY) {
        setTimeout(() => this.running && element.play().catch(() => {}), Math.max(0, (place.start / this.second - now) * 1000));
      }
      return;
    }
    if (Math.abs(element.currentTime - at) > LOOSE) element.currentTime = at;
    if (element.paused && !element.ended) element.play().catch(() => {});
  }

  destroy() {
    this.stop();
    this.context?.close();
    this.context = null;
  }
}
