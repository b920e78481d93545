// The ruler: time or frames, the range, the playhead's tag. The playhead itself is moved by style alone.
import { memo, useEffect, useRef } from "react";
import { Plus } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { timecode } from "../document.js";
import { useSession } from "../session.js";
import { say } from "./words.js";
import { run } from "./commands.js";
import { chipSide, labelsIn, rulerSteps } from "./geometry.js";
import { counted } from "./renders.js";
import { KINDS, addTrack } from "./tracks.jsx";
import { useView } from "./view.js";

export function Corner({ desk }) {
  const tracks = useSession(desk.session, (state) => state.document.tracks.length);
  const frames = useView(desk.view, (state) => state.frames);
  return (
    <div className="tl-corner" data-own="">
      <span className="grow trunc">{say("tracks", { count: tracks })}</span>
      <button type="button" className="tl-unit" aria-pressed={frames} onClick={() => run(desk, "ruler_unit")} title={say("ruler_unit")} aria-label={say("ruler_unit")}>
        {say(frames ? "unit_frames" : "unit_time")}
      </button>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" className="ib dense" aria-label={say("add_track")} title={say("add_track")} data-act="add-track">
            <Plus className="ic" />
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" side="top" align="end" sideOffset={4} collisionPadding={8}>
            {KINDS.map((kind) => (
              <DropdownMenu.Item key={kind} className="item" onSelect={() => addTrack(desk, kind)}>
                {say(`track_${kind}`)}
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </div>
  );
}

export const Ruler = memo(function Ruler({ desk, length }) {
  counted();
  const { view, session, rate } = desk;
  const scale = useView(view, (state) => state.scale);
  const [from, to] = useView(view, (state) => state.window);
  const frames = useView(view, (state) => state.frames);
  const range = useSession(session, (state) => state.range);
  const { major, minor } = rulerSteps(rate, scale, frames ? 56 : 76);
  const second = rate[0] / rate[1];
  const label = (frame) => {
    if (frames) return String(frame);
    const code = timecode(frame, rate);
    return major >= second ? code.slice(0, -3) : code;
  };
  return (
    <div
      className="tl-ruler"
      data-ruler=""
      role="slider"
      tabIndex={0}
      ref={(element) => (desk.ruler = element)}
      aria-label={say("position")}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, length - 1)}
      aria-valuenow={session.state.frame}
      aria-valuetext={timecode(session.state.frame, rate)}
      style={{ "--minor": minor, "--major": major }}
    >
      {labelsIn(from, Math.min(to, length * 4 + 4000), major).map((frame) => (
        <span key={frame} className="tc" style={{ "--at": frame }}>
          {label(frame)}
        </span>
      ))}
      {(range.in !== null || range.out !== null) && (
        <i className="tl-range" style={{ "--at": range.in ?? 0, "--for": (range.out ?? length) - (range.in ?? 0) }}>
          {range.in !== null && <i className="start" data-bound="in" title={say("range_in")} />}
          {range.out !== null && <i className="end" data-bound="out" title={say("range_out")} />}
        </i>
      )}
    </div>
  );
});

/** The playhead: a line over the lanes and a tag in the ruler; follows the session without rendering. */
export function Needle({ desk }) {
  const line = useRef(null);
  const revealed = useRef(-1);
  const scale = useView(desk.view, (state) => state.scale);
  const narrow = useView(desk.view, (state) => state.narrow);
  const width = useView(desk.view, (state) => state.width);
  const { session, view } = desk;
  useEffect(() => {
    let at = -1;
    let told = 0;
    let played = false;
    let beside = null;
    const follow = () => {
      const { frame, playing, document } = session.state;
      const { markers } = document;
      if (frame === at && playing === played && markers === beside) return;
      if (desk.tag) desk.tag.dataset.side = chipSide(frame, markers, view.state.scale);
      beside = markers;
      at = frame;
      played = playing; // where it stops is always told
      const x = view.side + view.xOf(frame);
      if (line.current) line.current.style.transform = `translateX(${x}px)`;
      const { tag } = desk;
      if (tag) {
        tag.style.transform = `translateX(${x}px)`;
        tag.firstChild.textContent = timecode(frame, desk.rate).replace(/^00:(?=\d\d:)/, "");
      }
      // Screen readers need not hear of every frame that is played.
      const now = performance.now();
      if (desk.ruler && (!playing || now - told > 500)) {
        told = now;
        desk.ruler.setAttribute("aria-valuenow", String(frame));
        desk.ruler.setAttribute("aria-valuetext", timecode(frame, desk.rate));
      }
      const moved = revealed.current !== frame; // zooming alone does not bring it back into view
      revealed.current = frame;
      if (view.state.narrow) desk.centre?.(frame);
      else if (!moved) return;
      else if (playing) view.reveal(frame, { page: true });
      else if (!session.dragging) view.reveal(frame);
    };
    follow();
    return session.subscribe(follow);
  }, [desk, session, view, scale, narrow, width]);
  return <i className="tl-needle" ref={line} aria-hidden="true" />;
}

