// A template's film on a card: hover plays it after 120 ms, the pointer's x scrubs, a phone plays the most visible one.
// Progress is written straight into the DOM; moving the pointer causes no render.
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { Pause, Play } from "lucide-react";
import { clock, lasting, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const HOVER_MS = 120;
const REST_MS = 350;
const query = (text) => typeof matchMedia === "function" && matchMedia(text).matches;
const still = () => query("(prefers-reduced-motion: reduce)");
const touch = () => query("(hover: none)");

/** Shows on the bars, one for each part of the film, that it is at a share `at` of its length; `ends`: of the parts. */
function fill(bars, ends, at) {
  let from = 0;
  ends.forEach((end, index) => {
    const filled = Math.min(1, Math.max(0, (at - from) / (end - from || 1)));
    if (bars[index]) bars[index].style.transform = `scaleX(${filled})`;
    from = end;
  });
}

// On touch screens one film plays: the one most in view, nearest the middle.
const watched = new Map();
let watcher = null;
let playing = null;
function choose() {
  let best = null;
  let most = 0.6;
  for (const [element, entry] of watched) {
    const middle = entry.top + entry.height / 2;
    const score = entry.ratio - Math.abs(middle - innerHeight / 2) / innerHeight / 2;
    if (entry.ratio > 0.75 && score > most - 0.2 && (best === null || score > most)) { best = element; most = score; }
  }
  if (best === playing) return;
  if (playing && watched.has(playing)) watched.get(playing).stop();
  playing = best;
  if (best) watched.get(best).start();
}
function watch(element, start, stop) {
  watcher ??= new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const known = watched.get(entry.target);
      if (!known) continue;
      known.ratio = entry.intersectionRatio;
      known.top = entry.boundingClientRect.top;
      known.height = entry.boundingClientRect.height;
    }
    choose();
  }, { threshold: [0, 0.25, 0.5, 0.75, 0.9, 1] });
  watched.set(element, { ratio: 0, top: 0, height: 0, start, stop });
  watcher.observe(element);
  return () => {
    watcher.unobserve(element);
    watched.delete(element);
    if (playing === element) playing = null;
  };
}

export function Film({ src, poster, duration = 0, parts = [], color, ratio = 16 / 9, name, href, onUse, badge, eager = false, className = "" }) {
  const box = useRef(null);
  const video = useRef(null);
  const bars = useRef([]);
  const code = useRef(null);
  const timers = useRef({});
  const [on, setOn] = useState(false);
  const ends = parts.length ? parts : [1];

  function draw() {
    const film = video.current;
    if (!film) return;
    const total = film.duration || duration || 1;
    const at = film.currentTime / total;
    fill(bars.current, ends, at);
    if (code.current) code.current.textContent = speak("gallery.position", { at: lasting(film.currentTime), total: lasting(total) });
    timers.current.frame = requestAnimationFrame(draw);
  }

  function start() {
    if (!src) return;
    setOn(true);
  }
  function stop() {
    clearTimeout(timers.current.hover);
    clearTimeout(timers.current.rest);
    cancelAnimationFrame(timers.current.frame);
    setOn(false);
  }

  useEffect(() => {
    const film = video.current;
    if (!on || !film) return undefined;
    film.currentTime = 0;
    film.play().catch(() => { /* the browser refuses to play: the poster stays */ });
    timers.current.frame = requestAnimationFrame(draw);
    return () => { cancelAnimationFrame(timers.current.frame); film.pause(); };
  }, [on]);

  useEffect(() => (src && touch() && !still() ? watch(box.current, start, stop) : undefined), [src]);
  useEffect(() => stop, []);

  const hover = {
    onPointerEnter: (event) => {
      if (event.pointerType !== "mouse" || still()) return;
      timers.current.hover = setTimeout(start, HOVER_MS);
    },
    onPointerLeave: (event) => event.pointerType === "mouse" && stop(),
    onPointerMove: (event) => {
      const film = video.current;
      if (!on || event.pointerType !== "mouse" || !film || !film.duration || Math.abs(event.movementX) < 1) return;
      const area = box.current.getBoundingClientRect();
      film.pause();
      film.currentTime = Math.min(0.999, Math.max(0, (event.clientX - area.left) / area.width)) * film.duration;
      clearTimeout(timers.current.rest);
      timers.current.rest = setTimeout(() => film.play().catch(() => {}), REST_MS);
    },
    onFocus: (event) => event.target.matches(":focus-visible") && !still() && start(),
    onBlur: (event) => !box.current.contains(event.relatedTarget) && stop(),
  };

  return (
    <div ref={box} className={`film ${on ? "is-playing" : ""} ${className}`} style={{ aspectRatio: ratio, background: color || undefined }} {...hover}>
      {poster && <img src={poster} alt={href ? "" : name} loading={eager ? "eager" : "lazy"} decoding="async" draggable={false} />}
      {on && <video ref={video} src={src} poster={poster} muted loop playsInline preload="auto" aria-hidden="true" tabIndex={-1} />}
      {href && <Link className="film-link" to={href} aria-label={speak("gallery.open", { name })} data-testid="film-link" />}
      {badge && <span className="film-badge">{badge}</span>}
      <span className="film-length num ltr">{src && <Play className="ic s9 solid" aria-hidden="true" />}{clock(duration)}</span>
      {src && still() && !on && (
        <button type="button" className="film-play" aria-label={speak("gallery.play")} onClick={start}><Play className="ic s18 solid" aria-hidden="true" /></button>
      )}
      <div className="film-over">
        <span ref={code} className="film-code num" aria-hidden="true" />
        {onUse && <button type="button" className="btn primary film-use" onClick={() => onUse()}>{speak("gallery.use")}</button>}
        <span className="film-bars ltr" aria-hidden="true">
          {ends.map((end, index) => (
            <i key={index} style={{ flexGrow: end - (index ? ends[index - 1] : 0) }}><b ref={(element) => (bars.current[index] = element)} /></i>
          ))}
        </span>
      </div>
    </div>
  );
}

/** The film of a template, large: plays muted at once, jumps to scenes, keeps its place while scrubbed. */
export function Player({ src, poster, duration = 0, parts = [], titles = [], color, ratio = 16 / 9, name }) {
  const video = useRef(null);
  const knobs = useRef([]);
  const code = useRef(null);
  const frame = useRef(0);
  const [running, setRunning] = useState(false);
  const [short, setShort] = useState(false); // the preview is cut short: the film lasts longer
  const ends = parts.length ? parts : [1];

  function draw() {
    const film = video.current;
    if (!film) return;
    const total = film.duration || duration || 1;
    const at = film.currentTime / total;
    fill(knobs.current, ends, at);
    if (code.current) code.current.textContent = `${clock(film.currentTime)} / ${clock(total)}`;
    if (!film.paused) frame.current = requestAnimationFrame(draw);
  }
  function seek(event) {
    const film = video.current;
    const area = event.currentTarget.getBoundingClientRect();
    film.currentTime = Math.min(0.999, Math.max(0, (event.clientX - area.left) / area.width)) * (film.duration || duration);
    draw();
  }
  function toggle() {
    const film = video.current;
    if (!film) return;
    if (film.paused) film.play().catch(() => {}); else film.pause();
  }
  function keys(event) {
    const film = video.current;
    if (!film) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === " " && event.target.tagName !== "BUTTON") { event.preventDefault(); toggle(); }
    else if (step) { event.preventDefault(); film.currentTime = Math.max(0, film.currentTime + step); draw(); }
  }
  useEffect(() => {
    if (src && video.current && !still()) video.current.play().catch(() => {});
    return () => cancelAnimationFrame(frame.current);
  }, [src]);

  return (
    <div className="player" onKeyDown={keys} style={{ "--ratio": ratio }}>
      <div className="player-stage" style={{ aspectRatio: ratio, background: color || undefined }}>
        {src ? (
          <video
            ref={video} src={src} poster={poster || undefined} muted loop playsInline preload="auto" aria-label={name} onClick={toggle}
            onPlay={() => { setRunning(true); draw(); }} onPause={() => setRunning(false)}
            onLoadedMetadata={() => { setShort(video.current.duration < duration - 0.5); draw(); }}
          />
        ) : poster ? <img src={poster} alt={name} /> : null}
      </div>
      {src && (
        <div className="player-bar ltr">
          <button type="button" className="ib lg" aria-label={speak(running ? "gallery.pause" : "gallery.play")} onClick={toggle}>
            {running ? <Pause className="ic s18 solid" aria-hidden="true" /> : <Play className="ic s18 solid" aria-hidden="true" />}
          </button>
          <div
            className="player-time" role="presentation"
            onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); video.current.pause(); seek(event); }}
            onPointerMove={(event) => event.buttons && seek(event)}
          >
            {ends.map((end, index) => (
              <i key={index} title={titles[index]} style={{ flexGrow: end - (index ? ends[index - 1] : 0) }}><b ref={(element) => (knobs.current[index] = element)} /></i>
            ))}
          </div>
          <span ref={code} className="tc fs12 t2">{`${clock(0)} / ${clock(duration)}`}</span>
          {short && <bdi className="fs12 t3 player-short">{speak("gallery.excerpt", { time: lasting(duration) })}</bdi>}
        </div>
      )}
    </div>
  );
}
