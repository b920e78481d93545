// Playback: where the film is, stepping, loop, how loud it is heard. Mirrored on no page: time runs left to right.
import { useEffect, useRef, useState } from "react";
import { Pause, Play, Repeat, SkipBack, SkipForward, StepBack, StepForward, Volume2, VolumeX } from "lucide-react";
import { timecode } from "./document.js";
import { useSession } from "./session.js";
import { leaveKeys } from "./timeline/keys.js";
import { filmLength } from "./timeline/places.js";
import { say } from "./words.js";

/** The time of the frame on show: written straight into the page, a film that plays renders nothing. */
function Position({ session, length, rate }) {
  const text = useRef(null);
  useEffect(() => {
    let shown = -1;
    const follow = () => {
      const { frame } = session.state;
      if (frame === shown) return;
      shown = frame;
      text.current.textContent = timecode(frame, rate);
    };
    follow();
    return session.subscribe(follow);
  }, [session, rate]);
  return (
    <output className="tc timecode" aria-label={say("position")} aria-live="off">
      <span ref={text} /> <em>/ {timecode(length, rate)}</em>
    </output>
  );
}

function Listening({ session }) {
  const [volume, setVolume] = useState(1);
  const set = (value) => {
    setVolume(value);
    session.mixer.setVolume(value);
  };
  const Icon = volume ? Volume2 : VolumeX;
  return (
    <span className="row g4 listening">
      <button type="button" className="ib" aria-label={say("mute_preview")} aria-pressed={!volume} title={say("mute_preview")} onClick={() => set(volume ? 0 : 1)} data-act="mute">
        <Icon className="ic" />
      </button>
      <input type="range" className="range" min="0" max="100" aria-label={say("preview_volume")} value={Math.round(volume * 100)} onChange={(event) => set(Number(event.target.value) / 100)} />
    </span>
  );
}

export function Transport({ session }) {
  const playing = useSession(session, (state) => state.playing);
  const speed = useSession(session, (state) => state.speed);
  const loop = useSession(session, (state) => state.loop);
  const document = useSession(session, (state) => state.film);
  const length = filmLength(document);
  const step = (by) => () => session.seek(session.state.frame + by);
  const act = (name, label, keys, Icon, call, extra = {}) => (
    <button type="button" className="ib" aria-label={label} title={keys ? `${label} (${keys})` : label} onClick={call} data-act={name} {...extra}>
      <Icon className="ic" />
    </button>
  );
  return (
    <div className="transport ltr" role="group" aria-label={say("transport")} data-transport="" onMouseDown={leaveKeys}>
      <Position session={session} length={length} rate={document.rate} />
      <div className="row g4">
        {act("start", say("to_start"), "Home", SkipBack, () => session.seek(0))}
        {act("back", say("frame_back"), "←", StepBack, step(-1))}
        <button type="button" className="play" aria-label={say(playing ? "pause" : "play")} title={say(playing ? "pause" : "play")} onClick={() => session.clock.toggle()} data-act="play">
          {playing ? <Pause className="ic" /> : <Play className="ic" />}
        </button>
        {act("forward", say("frame_forward"), "→", StepForward, step(1))}
        {act("end", say("to_end"), "End", SkipForward, () => session.seek(session.clock.length - 1))}
      </div>
      <div className="row g4 end">
        {playing && speed !== 1 && <span className="pill num ltr">{speed} ×</span>}
        {act("loop", say("loop"), "Ctrl L", Repeat, () => session.setLoop(!loop), {
          "aria-pressed": loop,
          className: `ib${loop ? " on" : ""}`,
        })}
        <Listening session={session} />
      </div>
    </div>
  );
}
