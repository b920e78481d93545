// One clip on its lane: name, picture or wave, fades, envelope and handles. It is placed by CSS from its frames, so that
// zooming and dragging need no render.
import { memo, useEffect, useRef, useSyncExternalStore } from "react";
import { AudioLines, Film, Image as ImageIcon, Link2, Mic, Music, Type } from "lucide-react";
import { usePicture, useStrip } from "../thumbnails.js";
import { say, tenths } from "./words.js";
import { fadesOf, lineOf, shareOf } from "./envelope.js";
import { SOUNDING } from "./geometry.js";
import { paintStrip, paintWave, stretch, stripHeight } from "./painting.js";
import { counted } from "./renders.js";
import { useView } from "./view.js";

const ICONS = { video: Film, image: ImageIcon, text: Type, music: Music, voice: Mic, sfx: AudioLines };

/** A file's facts, as they come. */
function useFile(library, id) {
  const file = useSyncExternalStore(library.subscribe, () => (id ? library.files.get(id) : undefined));
  useEffect(() => {
    if (id) library.file(id);
  }, [library, id, file]);
  return file;
}

const REST = 80; // ms without zooming until it is painted anew; until then the picture is stretched

/** The waveform of a sound, the frames of a video or of a scene, painted anew when zoomed, scrolled far or when the data has come. */
function Painted({ desk, place, track }) {
  const box = useRef(null);
  const scale = useView(desk.view, (state) => state.scale);
  const window = useView(desk.view, (state) => state.window);
  const { clip } = place;
  const wave = SOUNDING.has(track.kind);
  const perSecond = (scale * desk.rate[0]) / desk.rate[1];
  const ofFile = useSyncExternalStore(desk.library.subscribe, () => clip.media && (wave ? desk.library.peaks(clip.media, perSecond) : desk.library.sprite(clip.media)));
  const ofScene = useStrip(desk.session, clip);
  const source = clip.media ? ofFile : ofScene;
  const height = stripHeight(track) - (wave ? 14 : 0);
  useEffect(() => {
    const part = stretch(place, window);
    if (!part || !source) return undefined;
    let over = false;
    const paint = async () => {
      const common = { place, part, scale, rate: desk.rate, height };
      const ink = getComputedStyle(box.current).color;
      const canvas = wave ? paintWave({ ...common, peaks: source, ink }) : paintStrip({ ...common, sprite: source });
      const url = URL.createObjectURL(await canvas.convertToBlob());
      const { current } = box;
      if (over || !current) return URL.revokeObjectURL(url);
      if (current.dataset.url) URL.revokeObjectURL(current.dataset.url);
      current.dataset.url = url;
      current.style.backgroundImage = `url(${url})`;
      current.style.setProperty("--at", part.from - place.start);
      current.style.setProperty("--for", part.to - part.from);
      return undefined;
    };
    const timer = setTimeout(paint, box.current.dataset.url ? REST : 0);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [desk, place, wave, height, scale, window, source]);
  useEffect(() => {
    const { current } = box;
    return () => current.dataset.url && URL.revokeObjectURL(current.dataset.url);
  }, []);
  return <i ref={box} className={`tl-picture${wave ? " wave" : ""}`} aria-hidden="true" />;
}

/** What a clip shows of itself. */
function Picture({ desk, place, track, file }) {
  if (SOUNDING.has(track.kind) || (track.kind === "video" && file?.sprite)) return <Painted desk={desk} place={place} track={track} />;
  return track.kind === "scene" ? <Scene desk={desk} place={place} track={track} /> : <Still url={file?.thumbnail} />;
}

/** A scene's picture over and over, until the strip of its moments is drawn. */
function Scene({ desk, place, track }) {
  const strip = useStrip(desk.session, place.clip);
  const picture = usePicture(desk.session, place.clip);
  return strip ? <Painted desk={desk} place={place} track={track} /> : <Still url={picture} />;
}

function Still({ url }) {
  return url ? <i className="tl-picture still" style={{ backgroundImage: `url("${url}")` }} aria-hidden="true" /> : null;
}

function Envelope({ clip, duration }) {
  const points = clip.envelope ?? [];
  const line = lineOf(points, duration);
  return (
    <>
      <svg className="tl-envelope" viewBox={`0 0 ${duration} 100`} preserveAspectRatio="none" aria-hidden="true">
        <polyline className="hit" data-part="line" points={line} />
        <polyline className="line" points={line} />
      </svg>
      {points.map(([frame, gain], index) => (
        <i key={index} className="tl-point" data-part="point" data-index={index} style={{ "--dot": frame, insetBlockStart: `${shareOf(gain) * 100}%` }} />
      ))}
    </>
  );
}

export const Clip = memo(function Clip({ desk, place, track, number, on, reachable }) {
  counted();
  // Names are cut off, and those of long clips stay in view: both cost layers, so narrow clips do without.
  const room = useView(desk.view, (state) => {
    const width = (place.end - place.start) * state.scale;
    if (width > state.width / 3) return "long";
    return width > 84 ? "some" : width > 34 ? "little" : "none";
  });
  const { clip, start, end } = place;
  const duration = end - start;
  const file = useFile(desk.library, clip.media);
  const sounds = SOUNDING.has(track.kind) || (track.kind === "video" && file?.has_audio !== false);
  const fades = track.kind !== "scene";
  const Icon = ICONS[track.kind];
  const classes = ["tl-clip", on && "on", file?.missing && "missing", clip.group && "grouped"].filter(Boolean).join(" ");
  return (
    <div
      role="option"
      className={classes}
      aria-selected={on}
      aria-label={`${desk.describe(clip.id)}${file?.missing ? `, ${say("file_missing")}` : ""}`}
      tabIndex={reachable ? 0 : -1}
      data-clip={clip.id}
      data-kind={track.kind}
      style={{ "--at": start, "--for": duration, ...fadesOf(clip), "--lap": place.overlap }}
    >
      {track.kind !== "text" && <Picture desk={desk} place={place} track={track} file={file} />}
      {fades && <i className="tl-fade in" aria-hidden="true" />}
      {fades && <i className="tl-fade out" aria-hidden="true" />}
      {sounds && <Envelope clip={clip} duration={duration} />}
      {room !== "none" && (
      <span className={`tl-name${room === "long" ? " long" : ""}`}>
        {number ? <span className="num">{number}</span> : Icon && <Icon className="ic" aria-hidden="true" />}
        <bdi className="trunc" dir="auto">
          {desk.nameOf(clip, track)}
        </bdi>
        {clip.link && <Link2 className="ic" aria-hidden="true" />}
        {file?.missing && <em>{say("file_missing")}</em>}
        {track.kind === "scene" && room !== "little" && (
          <bdi className="num tl-length">{say("seconds_short", { seconds: tenths((duration * desk.rate[1]) / desk.rate[0]) })}</bdi>
        )}
      </span>
      )}
      {!track.locked && (
        <>
          <i className="tl-edge start" data-part="start" />
          <i className="tl-edge end" data-part="end" />
          {fades && <i className="tl-handle in" data-part="fade_in" />}
          {fades && <i className="tl-handle out" data-part="fade_out" />}
        </>
      )}
    </div>
  );
});
