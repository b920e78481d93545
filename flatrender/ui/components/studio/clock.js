// The preview's clock: whole frames at the project's rate. Music is its master while it sounds, else the monotonic clock.

/** Calls `onFrame(frame)` for every new frame while playing; stops (or loops) at `length` frames. */
export class Clock {
  constructor(onFrame, onState) {
    this.onFrame = onFrame;
    this.onState = onState;
    this.rate = 30;
    this.length = 1;
    this.frame = 0;
    this.loop = false;
    this.playing = false;
    this.audio = null; // { element, offset(seconds of music at frame 0) }
    this.request = 0;
    this.tick = this.tick.bind(this);
  }

  configure({ rate, length }) {
    this.rate = rate;
    this.length = Math.max(1, length);
    if (this.frame >= this.length) this.seek(this.length - 1);
  }

  seek(frame) {
    this.frame = Math.min(Math.max(0, Math.round(frame)), this.length - 1);
    this.anchor();
    this.syncAudio();
    this.onFrame(this.frame);
  }

  play() {
    if (this.playing) return;
    if (this.frame >= this.length - 1) this.frame = 0;
    this.playing = true;
    this.anchor();
    this.syncAudio();
    this.onState(true);
    this.onFrame(this.frame);
    this.request = requestAnimationFrame(this.tick);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.request);
    this.audio?.element.pause();
    this.onState(false);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  destroy() {
    this.pause();
    this.onFrame = this.onState = () => {};
  }

  anchor() {
    this.startedAt = performance.now();
    this.startedFrame = this.frame;
  }

  syncAudio() {
    const audio = this.audio;
    if (!audio) return;
    const at = this.frame / this.rate + audio.offset;
    const sounds = at < (audio.element.duration || Infinity);
    if (Math.abs(audio.element.currentTime - at) > 0.05 && sounds) audio.element.currentTime = at;
    if (this.playing && sounds) audio.element.play().catch(() => {});
    else audio.element.pause();
  }

  seconds(now) {
    const audio = this.audio;
    if (audio && !audio.element.paused && audio.element.readyState >= 2) return audio.element.currentTime - audio.offset;
    return this.startedFrame / this.rate + (now - this.startedAt) / 1000;
  }

  tick(now) {
    if (!this.playing) return;
    const frame = Math.floor(this.seconds(now) * this.rate + 1e-3);
    if (frame >= this.length) {
      if (this.loop) this.seek(0);
      else {
        this.frame = this.length - 1;
        this.onFrame(this.frame);
        this.pause();
        return;
      }
    } else if (frame > this.frame) {
      this.frame = frame;
      this.onFrame(frame);
    }
    this.request = requestAnimationFrame(this.tick);
  }
}
