// Track heads: name, mute, solo, lock, hide, volume, and a menu for the rest.
import { useState } from "react";
import { AudioLines, Clapperboard, Ellipsis, Eye, EyeOff, Film, Image as ImageIcon, Lock, LockOpen, Mic, Music, Type } from "lucide-react";
import { Popover } from "radix-ui";
import { useSession } from "../session.js";
import { say } from "./words.js";
import { SOUNDING, heightOf } from "./geometry.js";

const ICONS = { scene: Clapperboard, video: Film, image: ImageIcon, text: Type, music: Music, voice: Mic, sfx: AudioLines };
export const KINDS = ["video", "image", "text", "music", "voice", "sfx"];
const TALL = 64; // px from which a head has room for its volume

const sounds = (track) => SOUNDING.has(track.kind) || track.kind === "video";

export function Volume({ desk, track }) {
  const percent = Math.round((track.volume ?? 1) * 100);
  const set = (value) => desk.do([{ op: "set_track", track: track.id, field: "volume", value: value / 100 }], null, { merge: `volume/${track.id}` });
  return (
    <span className="tl-volume ltr">
      <input
        type="range"
        className="range"
        min="0"
        max="200"
        step="1"
        aria-label={say("volume_of", { name: desk.trackName(track) })}
        value={percent}
        onChange={(event) => set(Number(event.target.value))}
        onPointerUp={() => desk.session.history.seal()}
        onDoubleClick={() => set(100)}
      />
      <span className="num">{percent} %</span>
    </span>
  );
}

function More({ desk, track, first }) {
  const [open, setOpen] = useState(false);
  const { tracks } = desk.document;
  const at = tracks.indexOf(track);
  const set = (field, value) => desk.do([{ op: "set_track", track: track.id, field, value }]);
  const move = (by) => desk.do([{ op: "move_track", track: track.id, index: at + by }]);
  const same = (by) => tracks[at + by] && SOUNDING.has(tracks[at + by].kind) === SOUNDING.has(track.kind) && tracks[at + by].kind !== "scene";
  const own = track.kind !== "scene";
  // Rows of pictures stand in the reverse order of the tracks: later ones lie above.
  const up = SOUNDING.has(track.kind) ? -1 : 1;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button type="button" className="tl-b more" aria-label={say("track_more", { name: desk.trackName(track) })} data-first={first || undefined}>
          <Ellipsis className="ic s12" />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover tl-track-menu" side="top" align="start" sideOffset={6} collisionPadding={8} aria-label={desk.trackName(track)}>
          <label className="fieldset">
            <span className="fs12 t2">{say("track_name")}</span>
            <span className="field sm">
              <input
                dir="auto"
                defaultValue={track.name ?? ""}
                placeholder={desk.trackName({ ...track, name: null })}
                maxLength={80}
                onBlur={(event) => (event.target.value.trim() || null) !== (track.name ?? null) && set("name", event.target.value.trim() || null)}
                onKeyDown={(event) => event.key === "Enter" && setOpen(false)}
              />
            </span>
          </label>
          {sounds(track) && (
            <div className="fieldset">
              <span className="fs12 t2">{say("volume")}</span>
              <Volume desk={desk} track={track} />
            </div>
          )}
          <div className="row g4">
            <button type="button" className="btn xs" onClick={() => set("height", Math.min(160, heightOf(track) + 12))}>
              {say("taller")}
            </button>
            <button type="button" className="btn xs" onClick={() => set("height", Math.max(24, heightOf(track) - 12))}>
              {say("lower")}
            </button>
            {track.height && (
              <button type="button" className="btn xs ghost" onClick={() => set("height", null)}>
                {say("usual_height")}
              </button>
            )}
          </div>
          {own && (
            <div className="row g4">
              <button type="button" className="btn xs" disabled={!same(up)} onClick={() => move(up)}>
                {say("move_up")}
              </button>
              <button type="button" className="btn xs" disabled={!same(-up)} onClick={() => move(-up)}>
                {say("move_down")}
              </button>
              <button
                type="button"
                className="btn xs danger"
                disabled={track.locked}
                onClick={() => {
                  setOpen(false);
                  desk.do([{ op: "remove_track", track: track.id }], say("did_track_removed", { name: desk.trackName(track) }));
                }}
              >
                {say("remove_track")}
              </button>
            </div>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

export function Head({ desk, track, first }) {
  const solo = useSession(desk.session, (state) => state.document.tracks.some((one) => one.solo));
  const Icon = ICONS[track.kind] ?? Film;
  const name = desk.trackName(track);
  const toggle = (field, letter, label, on) => (
    <button
      type="button"
      className={`tl-b${on ? " on" : ""}${field === "solo" && on ? " solo" : ""}`}
      aria-pressed={Boolean(on)}
      aria-label={say(label, { name })}
      title={say(label, { name })}
      data-act={field}
      onClick={() => desk.do([{ op: "set_track", track: track.id, field, value: !on }])}
    >
      {letter}
    </button>
  );
  const Eyes = track.hidden ? EyeOff : Eye;
  const Bolt = track.locked ? Lock : LockOpen;
  const dim = solo && sounds(track) && !track.solo;
  return (
    <div className={`tl-head${dim ? " dim" : ""}`} data-head="" role="group" aria-label={name}>
      <span className="tl-dot" aria-hidden="true" />
      <Icon className="ic s14 t3" aria-hidden="true" />
      <bdi className="grow trunc" dir="auto" title={name}>
        {name}
      </bdi>
      {sounds(track) && toggle("mute", "M", "mute_track", track.mute)}
      {sounds(track) && toggle("solo", "S", "solo_track", track.solo)}
      {!SOUNDING.has(track.kind) && toggle("hidden", <Eyes className="ic s12" />, "hide_track", track.hidden)}
      {toggle("locked", <Bolt className="ic s12" />, "lock_track", track.locked)}
      <More desk={desk} track={track} first={first} />
      {sounds(track) && heightOf(track) >= TALL && <Volume desk={desk} track={track} />}
      <i className="tl-size" data-size={track.id} aria-hidden="true" />
    </div>
  );
}
