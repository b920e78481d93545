// Films in a scene's layers. Lottie has none: the server tells which of a film's frames is seen when, and its pictures
// are put into the player's slots. A frame that stands is shown without loss; those that run by come smaller, and ahead.
const AHEAD = 24; // frames of the scene that are asked for at once
const KEPT = 240; // pictures of a scene
const AGAIN = [2000, 4000, 8000, 16000]; // ms until what could not be had is asked for again
const HASTE = 12; // so few frames ahead: the next ones are asked for

export class Films {
  /** `list`: the Lottie's `films`. `ask(asset, {first, count, exact})` resolves to pictures `{number, uri}`. */
  constructor(list, ask, onArrive) {
    this.list = list;
    this.ask = ask;
    this.onArrive = onArrive;
    this.pictures = new Map(); // "asset number" -> { uri, exact }
    this.asked = new Set();
    this.missed = new Map(); // what was asked -> how often in a row it could not be had
  }

  /** What is to be put into slots for a frame: `{asset, number, uri}` of what is here, and whether all of it is. */
  at(frame, playing) {
    const shown = [];
    let whole = true;
    for (const { asset, numbers } of this.list) {
      const number = numbers[Math.min(frame, numbers.length - 1)];
      if (number == null) continue;
      const found = this.pictures.get(`${asset} ${number}`);
      if (found) shown.push({ asset, number, uri: found.uri, exact: found.exact });
      whole &&= Boolean(found && (found.exact || playing));
      if (playing) this.prepare(asset, numbers, frame);
      else if (!found?.exact) this.fetch(asset, frame, 1, true);
    }
    return { shown, whole };
  }

  /** Asks for what is seen next, some time before it is. */
  prepare(asset, numbers, frame) {
    let here = 0;
    while (here < AHEAD && frame + here < numbers.length && this.has(asset, numbers[frame + here])) here += 1;
    if (here < HASTE && frame + here < numbers.length) this.fetch(asset, frame + here, AHEAD, false);
  }

  has(asset, number) {
    return number == null || this.pictures.has(`${asset} ${number}`);
  }

  async fetch(asset, first, count, exact) {
    const key = exact ? `${asset} ${first}!` : asset; // ahead one answer at a time
    if (this.asked.has(key)) return;
    this.asked.add(key);
    try {
      for (const { number, uri } of await this.ask(asset, { first, count, exact })) this.keep(`${asset} ${number}`, { uri, exact });
      this.onArrive();
      this.asked.delete(key);
      this.missed.delete(key);
    } catch (error) {
      const passing = !error.status || error.status >= 500;
      const missed = this.missed.get(key) ?? 0;
      const wait = AGAIN[Math.min(missed, AGAIN.length - 1)];
      this.missed.set(key, missed + 1);
      setTimeout(() => {
        this.asked.delete(key); // asked again when a frame is shown
        if (passing) this.onArrive(); // and where one stands, as soon as the server may be less busy
      }, wait);
    }
  }

  keep(key, picture) {
    if (!picture.exact && this.pictures.get(key)?.exact) return;
    this.pictures.delete(key);
    this.pictures.set(key, picture);
    for (const old of this.pictures.keys()) {
      if (this.pictures.size <= KEPT) break;
      this.pictures.delete(old);
    }
  }
}
