// A track's row: its head, and the lane with the clips that are in view. Of a row that is scrolled out of view the head
// is there, which Tab leads to, and its clips come with it; what is chosen or has the focus stays.
import { memo, useRef } from "react";
import { Blend, Droplet, MoveHorizontal, PanelLeftClose, Plus } from "lucide-react";
import { placesOf } from "./places.js";
import { useSession } from "../session.js";
import { number, say } from "./words.js";
import { Clip } from "./clips.jsx";
import { SOUNDING, heightOf, inWindow } from "./geometry.js";
import { Head } from "./heads.jsx";
import { counted } from "./renders.js";
import { useView } from "./view.js";

const JOINTS = { crossfade: Blend, dip: Droplet, wipe: PanelLeftClose, slide: MoveHorizontal };
const NARROW = 24; // px

/** The transitions between touching clips, and the places where one could be. */
function Joints({ desk, track, places, window }) {
  const joint = useSession(desk.session, (state) => state.joint);
  const scale = useView(desk.view, (state) => 2 ** (Math.round(4 * Math.log2(state.scale)) / 4)); // near enough, not drawn at each step
  const fixed = track.kind === "scene" && desk.session.template.kind === "fixed";
  if (track.locked || fixed) return null;
  const items = new Map(track.items.map((item, index) => [item.id, track.items[index + 1]]));
  const shown = [];
  places.forEach((place, index) => {
    const next = places[index + 1];
    if (!next || next.start > place.end || place.end < window[0] || place.end > window[1]) return;
    const follower = items.get(place.clip.id);
    const transition = follower?.type === "transition" ? follower : null;
    const room = Math.min(place.end - place.start, next.end - next.start);
    // On a sound's cut lie its edges and its line, on a narrow clip the edges alone: the inspector offers it there.
    if (!transition && (SOUNDING.has(track.kind) || (track.kind !== "scene" && room * scale < NARROW))) return;
    const Icon = transition ? (JOINTS[transition.kind] ?? Blend) : Plus;
    const middle = (place.end + next.start) / 2;
    const name = say(transition ? `transition_${transition.kind}` : "add_transition");
    const said = { name, number: number(index + 1) };
    const label = track.kind === "scene" ? say("joint_said", said) : say("joint_said_on", { ...said, track: desk.trackName(track) });
    shown.push(
      <button
        key={place.clip.id}
        type="button"
        className={`tl-joint${transition ? "" : " add"}${joint === place.clip.id ? " on" : ""}`}
        style={{ "--at": middle, "--for": next.overlap, "--room": room }}
        data-joint={place.clip.id}
        aria-label={label}
        title={name}
        onClick={(event) => !event.detail && desk.openMenu({ kind: "joint", id: place.clip.id, element: event.currentTarget })}
      >
        <Icon className="ic s14" aria-hidden="true" />
      </button>,
    );
  });
  return shown;
}

export const Row = memo(function Row({ desk, track, y, length, first }) {
  counted();
  const lane = useRef(null);
  const height = heightOf(track);
  const near = useView(desk.view, ({ band }) => (y < band[1] && y + height > band[0]) || Boolean(lane.current?.contains(document.activeElement)));
  const window = useView(desk.view, (state) => state.window);
  const selection = useSession(desk.session, (state) => state.selection);
  const places = placesOf(track, length);
  const seen = near || places.some((place) => selection.includes(place.clip.id)) ? inWindow(places, window) : [];
  const name = desk.trackName(track);
  const quiet = track.mute || track.hidden ? " quiet" : "";
  // One stop for Tab: the chosen clip where it is on this lane, else its first one in view.
  const chosen = seen.find((place) => selection.includes(place.clip.id)) ?? seen[0];
  return (
    <div className={`tl-row${track.locked ? " locked" : ""}${quiet}`} data-row={track.id} data-kind={track.kind} style={{ blockSize: height }}>
      <Head desk={desk} track={track} first={first} />
      <div className="tl-lane" ref={lane}>
        <div className="tl-clips" role="listbox" aria-label={name} aria-multiselectable="true" aria-orientation="horizontal">
          {seen.map((place) => (
            <Clip
              key={place.clip.id}
              desk={desk}
              place={place}
              track={track}
              number={track.kind === "scene" ? number(places.indexOf(place) + 1) : ""}
              on={selection.includes(place.clip.id)}
              reachable={place === chosen}
            />
          ))}
        </div>
        {near && <Joints desk={desk} track={track} places={places} window={window} />}
      </div>
    </div>
  );
});

