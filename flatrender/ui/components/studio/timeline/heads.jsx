// Track heads: name, mute, solo, lock, hide, volume, and a menu for the rest.
import { useState } from "react";
import { Ellipsis, Film } from "lucide-react";
import { Popover } from "radix-ui";
import { useSession } from "../session.js";
import { say } from "./words.js";
import { heightOf } from "./geometry.js";
import { leaveKeys } from "./keys.js";
import { ICONS, Settings, Switches, Volume, sounds } from "./tracks.jsx";

const TALL = 64; // px from which a head has room for its volume

function More({ desk, track, first }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button type="button" className="tl-b more" aria-label={say("track_more", { name: desk.trackName(track) })} data-first={first || undefined}>
          <Ellipsis className="ic s12" />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover tl-track-menu" side="top" align="start" sideOffset={6} collisionPadding={8} aria-label={desk.trackName(track)}>
          <Settings desk={desk} track={track} onDone={() => setOpen(false)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

export function Head({ desk, track, first }) {
  const solo = useSession(desk.session, (state) => state.document.tracks.some((one) => one.solo));
  const Icon = ICONS[track.kind] ?? Film;
  const name = desk.trackName(track);
  const dim = solo && sounds(track) && !track.solo;
  return (
    <div className={`tl-head${dim ? " dim" : ""}`} data-head="" role="group" aria-label={name} onMouseDown={leaveKeys}>
      <span className="tl-dot" aria-hidden="true" />
      <Icon className="ic s14 t3" aria-hidden="true" />
      <bdi className="grow trunc" dir="auto" title={name}>
        {name}
      </bdi>
      <Switches desk={desk} track={track} />
      <More desk={desk} track={track} first={first} />
      {sounds(track) && heightOf(track) >= TALL && <Volume desk={desk} track={track} />}
      <i className="tl-size" data-size={track.id} aria-hidden="true" />
    </div>
  );
}
