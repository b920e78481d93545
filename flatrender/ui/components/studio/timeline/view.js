// What of the timeline is in view: scale, scroll, height. A store outside React; scrolling renders only when the stretch
// that is drawn must change, zooming sets one CSS variable.
import { useSyncExternalStore } from "react";
import { HEADS, LARGEST, RULER, SMALLEST, WIDEST, bandOf, fitScale, scales, windowOf, zoomAbout } from "./geometry.js";

const KEPT = "flatrender.timeline"; // how the user left it, in this browser

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

export class View {
  constructor(session) {
    const { height = 318, snapping = true, frames = false } = remembered();
    this.session = session;
    this.listeners = new Set();
    this.scroller = null; // the element that scrolls
    this.canvas = null; // what is in it
    this.scroll = 0;
    this.down = 0;
    this.fitted = false;
    this.state = {
      scale: 1.84, // px per frame
      width: 900, // of the lanes in view
      length: 1, // of the film
      window: [0, 2000], // the frames that are drawn
      band: bandOf(0, LARGEST), // the rows whose clips are drawn, in px from the first one
      height: Math.min(LARGEST, Math.max(SMALLEST, height)),
      snapping,
      frames, // the ruler counts frames
      tool: "select",
      several: false, // a tap takes a clip into the choice, and out of it: a finger has no Shift
      narrow: false, // a phone: the playhead stands in the middle and the film moves under it
    };
  }

  subscribe = (listener) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(change) {
    this.state = { ...this.state, ...change };
    this.listeners.forEach((listener) => listener());
  }

  keep(change) {
    this.set(change);
    const { height, snapping, frames } = this.state;
    try {
      localStorage.setItem(KEPT, JSON.stringify({ height, snapping, frames }));
    } catch {
      // private windows keep nothing
    }
  }

  attach(scroller, canvas) {
    this.scroller = scroller;
    this.canvas = canvas;
    this.paintScale();
    const observer = new ResizeObserver(() => this.measure());
    observer.observe(scroller);
    scroller.addEventListener("scroll", this.onScroll, { passive: true });
    this.measure();
    return () => {
      observer.disconnect();
      scroller.removeEventListener("scroll", this.onScroll);
      this.scroller = this.canvas = null;
    };
  }

  /** The width taken by the track heads: what the style sheet gives them. */
  get side() {
    return this.heads ?? HEADS;
  }

  /** Before the first frame and after the last there is half a view where the playhead stands in the middle. */
  get lead() {
    return this.state.narrow ? this.state.width / 2 : 0;
  }

  measure() {
    const box = this.scroller?.clientWidth ?? 0;
    if (!box) return;
    this.place();
    const narrow = matchMedia("(max-width: 640px)").matches;
    this.tall = this.scroller.clientHeight;
    this.heads = parseFloat(getComputedStyle(this.scroller).getPropertyValue("--heads"));
    const width = Math.max(80, box - this.side);
    if (width !== this.state.width || narrow !== this.state.narrow) this.set({ width, narrow });
    if (!this.fitted) this.fit();
    else this.paintScale();
    this.look();
  }

  setLength(length) {
    if (length !== this.state.length) this.set({ length });
    if (!this.fitted && this.scroller) this.fit();
  }

  /** The whole film in view; on a phone a comfortable stretch of it. */
  fit() {
    const { length, width, narrow } = this.state;
    if (length <= 1) return;
    this.fitted = true;
    this.setScale(narrow ? Math.max(fitScale(length, width), 1.26) : fitScale(length, width), 0);
  }

  get limits() {
    return scales(this.state.length, this.state.width);
  }

  /** Zooms about a place in view; without one about the playhead where it is in view. */
  zoom(factor, x = null) {
    const { scale, width, narrow } = this.state;
    const needle = this.lead + this.session.state.frame * scale - this.scroll;
    const about = narrow ? width / 2 : (x ?? (needle >= 0 && needle <= width ? needle : width / 2));
    const lead = this.lead;
    const next = zoomAbout({ scale, scroll: this.scroll - lead }, factor, about, this.limits);
    this.setScale(next.scale, next.scroll + lead);
  }

  setScale(scale, scroll) {
    if (scale !== this.state.scale) this.set({ scale: Math.min(WIDEST, scale) });
    this.paintScale();
    if (this.scroller) this.scroller.scrollLeft = this.state.narrow ? this.session.state.frame * scale : scroll;
    this.onScroll();
  }

  paintScale() {
    this.canvas?.style.setProperty("--frame", `${this.state.scale}px`);
    this.canvas?.style.setProperty("--lead", `${this.lead}px`);
    this.canvas?.style.setProperty("--view", `${this.state.width}px`);
  }

  onScroll = () => {
    this.scroll = this.scroller?.scrollLeft ?? 0;
    this.down = this.scroller?.scrollTop ?? 0;
    this.look();
    this.scrolled?.(this.scroll);
  };

  /** Draws another stretch when what is in view asks for it. */
  look() {
    const next = windowOf(this.scroll - this.lead, this.state.width, this.state.scale);
    const [from, to] = this.state.window;
    if (next[0] !== from || next[1] !== to) this.set({ window: next });
    const band = bandOf(this.down, Math.max(0, (this.tall ?? LARGEST) - RULER));
    if (band[0] !== this.state.band[0] || band[1] !== this.state.band[1]) this.set({ band });
  }

  /** How far a drag may scroll: on a phone to the film's end and not beyond, though what is in the hand lies there. */
  get furthest() {
    return this.state.narrow ? this.state.length * this.state.scale : Infinity;
  }

  /** The x of a frame on the canvas, without the heads, and back. */
  xOf(frame) {
    return this.lead + frame * this.state.scale;
  }

  frameAt(x) {
    return (x - this.lead) / this.state.scale;
  }

  /** Remembers where the lanes are on the page: asking on every move would make the browser lay out all clips. */
  place() {
    this.box = this.scroller.getBoundingClientRect();
    this.down = this.scroller.scrollTop;
    return this.box;
  }

  /** The x on the canvas (without the heads) and the height in the rows of a place on the page. */
  locate(event) {
    const { left, top } = this.box ?? this.place();
    return { x: event.clientX - left - this.side + this.scroll, y: event.clientY - top + this.down };
  }

  /** Scrolls so that a row is in view, below the ruler. */
  revealRow({ y, height }) {
    if (!this.scroller) return;
    const { scrollTop, clientHeight } = this.scroller;
    if (y < scrollTop) this.scroller.scrollTop = y;
    else if (y + height + RULER > scrollTop + clientHeight) this.scroller.scrollTop = y + height + RULER - clientHeight;
    else return;
    this.onScroll();
  }

  /** Scrolls so that a frame is in view; `page` turns a page as a film that plays does. */
  reveal(frame, { page = false } = {}) {
    if (!this.scroller || this.state.narrow) return;
    const x = this.xOf(frame);
    const { width } = this.state;
    if (x >= this.scroll && x <= this.scroll + width - 2) return;
    this.scroller.scrollLeft = page ? x - 24 : Math.max(0, x - width / 2);
  }
}

/** Reads a part of the view and follows it. */
export function useView(view, select) {
  return useSyncExternalStore(view.subscribe, () => select(view.state));
}
