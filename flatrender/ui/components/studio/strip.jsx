// Transport and the film's strip: scenes in proportion to their length under a ruler with the playhead. Time runs left
// to right on every page. The full timeline grows out of this strip.
import { useEffect, useRef, useState } from "react";
import { Pause, Play, Repeat, SkipBack, SkipForward, StepBack, StepForward } from "lucide-react";
import { filmLength, musicOf, sceneLayout, timecode } from "./document.js";
import { nameOf } from "./scenes.jsx";
import { useSession } from "./session.js";
import { usePicture } from "./thumbnails.js";
import { say } from "./words.js";

export function Transport({ session }) {
  const frame = useSession(session, (state) => state.frame);
  const playing = useSession(session, (state) => state.playing);
  const loop = useSession(session, (state) => state.loop);
  const document = useSession(session, (state) => state.document);
  const length = filmLength(document);
  const act = (name, label, keys, Icon, call, extra = {}) => (
    <button type="button" className="ib" aria-label={label} title={keys ? `${label} (${keys})` : label} onClick={call} data-act={name} {...extra}>
      <Icon className="ic" />
    </button>
  );
  return (
    <div className="transport ltr" role="group" aria-label={say("transport")}>
      <output className="tc timecode" aria-label={say("position")}>
        {timecode(frame, document.rate)} <em>/ {timecode(length, document.rate)}</em>
      </output>
      <div className="row g4">
        {act("start", say("to_start"), "Home", SkipBack, () => session.seek(0))}
        {act("back", say("frame_back"), "←", StepBack, () => session.seek(frame - 1))}
        <button type="button" className="play" aria-label={say(playing ? "pause" : "play")} onClick={() => session.clock.toggle()}>
          {playing ? <Pause className="ic" /> : <Play className="ic" />}
        </button>
        {act("forward", say("frame_forward"), "→", StepForward, () => session.seek(frame + 1))}
        {act("end", say("to_end"), "End", SkipForward, () => session.seek(length - 1))}
      </div>
      <div className="row g4 end">
        {act("loop", say("loop"), "", Repeat, () => session.setLoop(!loop), {
          "aria-pressed": loop,
          className: `ib${loop ? " on" : ""}`,
        })}
      </div>
    </div>
  );
}

function Frames({ session, clip }) {
  const picture = usePicture(session, clip);
  return picture && <span className="strip-frames" style={{ backgroundImage: `url(${picture})` }} />;
}

/** Seconds between the ruler's labels so that they never touch: 1, 2, 5, 10 … */
function step(seconds, width) {
  for (const size of [1, 2, 5, 10, 15, 30, 60, 120, 300, 600]) if ((size / seconds) * width >= 56) return size;
  return 1800;
}

export function Strip({ session }) {
  const document = useSession(session, (state) => state.document);
  const frame = useSession(session, (state) => state.frame);
  const selected = useSession(session, (state) => state.selected);
  const host = useRef(null);
  const [width, setWidth] = useState(800);
  const length = Math.max(1, filmLength(document));
  const [num, den] = document.rate;
  const seconds = (length * den) / num;

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry.contentRect.width));
    observer.observe(host.current);
    return () => observer.disconnect();
  }, []);

  const seekTo = (event) => {
    const box = host.current.getBoundingClientRect();
    session.seek(((event.clientX - box.left) / box.width) * length);
  };
  const drag = (event) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    session.clock.pause();
    seekTo(event);
  };
  const every = step(seconds, width);
  const labels = Array.from({ length: Math.floor(seconds / every) + 1 }, (_, index) => index * every);
  const percent = (frames) => `${(frames / length) * 100}%`;
  const music = musicOf(document);

  return (
    <div className="strip ltr">
      <div className="strip-inner" ref={host}>
        <div
          className="strip-ruler"
          role="slider"
          tabIndex={0}
          aria-label={say("position")}
          aria-valuemin={0}
          aria-valuemax={length - 1}
          aria-valuenow={frame}
          aria-valuetext={timecode(frame, document.rate)}
          onPointerDown={drag}
          onPointerMove={(event) => event.buttons === 1 && seekTo(event)}
        >
          {labels.map((second) => (
            <span key={second} className="tc" style={{ insetInlineStart: `${(second / seconds) * 100}%` }}>
              {timecode(Math.round((second * num) / den), document.rate).slice(0, -3)}
            </span>
          ))}
        </div>
        <div className="strip-scenes">
          {sceneLayout(document).map(({ clip, start, overlap }, index) => {
            const scene = session.scene(clip);
            return (
              <button
                key={clip.id}
                type="button"
                className={`strip-clip${clip.id === selected ? " on" : ""}`}
                style={{ insetInlineStart: percent(start), inlineSize: percent(clip.duration) }}
                onClick={(event) => {
                  session.select(clip.id, { move: false });
                  if (event.detail) seekTo(event);
                }}
              >
                {overlap > 0 && <i className="strip-blend" style={{ inlineSize: `${(overlap / clip.duration) * 100}%` }} />}
                <span className="strip-name">
                  <span className="num">{index + 1}</span>
                  <bdi className="trunc" dir="auto">
                    {nameOf(clip, scene)}
                  </bdi>
                </span>
                <Frames session={session} clip={clip} />
              </button>
            );
          })}
        </div>
        {music && (
          <div className="strip-music">
            <bdi className="trunc">{say("music")}</bdi>
          </div>
        )}
        <i className="playhead" style={{ insetInlineStart: percent(frame) }} aria-hidden="true" />
      </div>
    </div>
  );
}
