// The preview's clock: whole frames at the project's rate. The mixer's clock is its master while it sounds, else the
// monotonic one. It plays at any speed and backwards (then without sound), and repeats a range.

export class Clock {
  /** `onFrame(frame)` for every new frame, `onState(playing, speed)` when it starts or stops. */
  constructor(onFrame, onState, mixer = null) {
    this.onFrame = onFrame;
    this.onState = onState;
    this.mixer = mixer;
    this.rate = 30;
    this.length = 1;
    this.frame = 0;
    this.loop = false;
    this.range = { in: null, out: null };
    this.playing = false;
    this.speed = 1;
    this.request = 0;
    this.tick = this.tick.bind(this);
  }

  configure({ rate, length }) {
    this.rate = rate;
    this.length = Math.max(1, length);
    if (this.frame >= this.length) this.seek(this.length - 1);
  }

  /** The frames between which it repeats: the last one is shown, too. */
  get bounds() {
    const first = this.range.in ?? 0;
    const last = Math.min(this.range.out ?? this.length, this.length) - 1;
    return last > first ? [first, last] : [0, this.length - 1];
  }

  seek(frame) {
    this.frame = Math.min(Math.max(0, Math.round(frame)), this.length - 1);
    if (this.playing) this.anchor();
    this.onFrame(this.frame);
  }

  play(speed = 1) {
    const [first, last] = this.loop ? this.bounds : [0, this.length - 1];
    if (speed > 0 && this.frame >= last) this.frame = first;
    if (speed < 0 && this.frame <= first) this.frame = last;
    this.speed = speed;
    const was = this.playing;
    this.playing = true;
    this.anchor();
    this.onState(true, speed);
    this.onFrame(this.frame);
    if (!was) this.request = requestAnimationFrame(this.tick);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.speed = 1;
    cancelAnimationFrame(this.request);
    this.mixer?.stop();
    this.onState(false, 1);
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
    if (this.speed === 1) this.mixer?.start(this.frame / this.rate);
    else this.mixer?.stop();
  }

  /** Seconds of the film now. */
  seconds(now) {
    const heard = this.speed === 1 ? this.mixer?.seconds() : null;
    if (heard !== null && heard !== undefined) {
      // Should the sound stop being the master, the film goes on from here.
      this.startedAt = now;
      this.startedFrame = heard * this.rate;
      return heard;
    }
    const since = Math.max(0, now - this.startedAt); // a picture's time may lie before what was pressed within it
    return this.startedFrame / this.rate + (since / 1000) * this.speed;
  }

  tick(now) {
    if (!this.playing) return;
    const exact = this.seconds(now) * this.rate;
    const frame = this.speed > 0 ? Math.floor(exact + 1e-3) : Math.ceil(exact - 1e-3);
    const [first, last] = this.loop ? this.bounds : [0, this.length - 1];
    const over = this.speed > 0 ? frame > last : frame < first;
    if (over && this.loop) this.seek(this.speed > 0 ? first : last);
    else if (over) {
      this.frame = this.speed > 0 ? last : first;
      this.onFrame(this.frame);
      this.pause();
      return;
    } else if (frame !== this.frame) {
      this.frame = frame;
      this.onFrame(frame);
    }
    this.request = requestAnimationFrame(this.tick);
  }
}
