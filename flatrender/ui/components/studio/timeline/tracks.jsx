// What can be done with a track: its switches, its volume, its settings. In the heads (heads.jsx), and on a phone, where
// there is no room for heads, in a sheet.
import { useEffect, useState } from "react";
import { AudioLines, ChevronDown, Clapperboard, Eye, EyeOff, Film, Image as ImageIcon, Lock, LockOpen, Mic, Music, Plus, Type } from "lucide-react";
import { Shown } from "$/public/external/flatrender/ui/components/palette/shown.jsx";
import { newId } from "../document.js";
import { useSession } from "../session.js";
import { percent, say } from "./words.js";
import { SOUNDING, heightOf, rowsOf } from "./geometry.js";

export const ICONS = { scene: Clapperboard, video: Film, image: ImageIcon, text: Type, music: Music, voice: Mic, sfx: AudioLines };
export const KINDS = ["video", "image", "text", "music", "voice", "sfx"];

export const sounds = (track) => SOUNDING.has(track.kind) || track.kind === "video";

export const addTrack = (desk, kind) =>
  desk.do([{ op: "add_track", track: { id: newId(), kind } }], say("did_track_added", { name: say(`track_${kind}`) }));

export function Volume({ desk, track }) {
  const loud = Math.round((track.volume ?? 1) * 100);
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
        value={loud}
        onChange={(event) => set(Number(event.target.value))}
        onPointerUp={() => desk.session.history.seal()}
        onBlur={() => desk.session.history.seal()}
        onDoubleClick={() => set(100)}
      />
      <span className="num">{percent(loud)}</span>
    </span>
  );
}

/** Mute and solo of what sounds, hide of what is seen, lock of all. */
export function Switches({ desk, track }) {
  const name = desk.trackName(track);
  const toggle = (field, letter, label) => (
    <button
      type="button"
      className={`tl-b${track[field] ? " on" : ""}${field === "solo" && track[field] ? " solo" : ""}`}
      aria-pressed={Boolean(track[field])}
      aria-label={say(label, { name })}
      title={say(label, { name })}
      data-act={field}
      onClick={() => desk.do([{ op: "set_track", track: track.id, field, value: !track[field] }])}
    >
      {letter}
    </button>
  );
  const Eyes = track.hidden ? EyeOff : Eye;
  const Bolt = track.locked ? Lock : LockOpen;
  return (
    <>
      {sounds(track) && toggle("mute", "M", "mute_track")}
      {sounds(track) && toggle("solo", "S", "solo_track")}
      {!SOUNDING.has(track.kind) && toggle("hidden", <Eyes className="ic s12" />, "hide_track")}
      {toggle("locked", <Bolt className="ic s12" />, "lock_track")}
    </>
  );
}

/** Name, volume, height, order, removal. `onDone` when there is nothing more to set. */
export function Settings({ desk, track, onDone }) {
  const { tracks } = desk.document;
  const at = tracks.indexOf(track);
  const set = (field, value, merge = null) => desk.do([{ op: "set_track", track: track.id, field, value }], null, { merge });
  const move = (by) => desk.do([{ op: "move_track", track: track.id, index: at + by }]);
  const same = (by) => tracks[at + by] && SOUNDING.has(tracks[at + by].kind) === SOUNDING.has(track.kind) && tracks[at + by].kind !== "scene";
  // Rows of pictures stand in the reverse order of the tracks: later ones lie above.
  const up = SOUNDING.has(track.kind) ? -1 : 1;
  return (
    <>
      <label className="fieldset">
        <span className="fs12 t2">{say("track_name")}</span>
        <span className="field sm">
          <input
            dir="auto"
            defaultValue={track.name ?? ""}
            placeholder={desk.trackName({ ...track, name: null })}
            maxLength={80}
            onChange={(event) => set("name", event.target.value.trim() || null, `name/${track.id}`)}
            onBlur={() => desk.session.history.seal()}
            onKeyDown={(event) => event.key === "Enter" && onDone()}
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
      {track.kind !== "scene" && (
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
              onDone();
              desk.do([{ op: "remove_track", track: track.id }], say("did_track_removed", { name: desk.trackName(track) }));
            }}
          >
            {say("remove_track")}
          </button>
        </div>
      )}
    </>
  );
}

/** All tracks with their switches. Opened through `desk.showTracks()`. */
export function TrackSheet({ desk }) {
  const [open, setOpen] = useState(false);
  const [wide, setWide] = useState(null); // the track whose settings are shown
  const document = useSession(desk.session, (state) => state.film);
  useEffect(() => {
    desk.showTracks = () => setOpen(true);
    return () => (desk.showTracks = null);
  }, [desk]);
  return (
    <Shown title={say("show_tracks")} back={say("close")} className="tl-tracks" open={open} onOpenChange={setOpen}>
      <ul>
        {rowsOf(document).map(({ track }) => {
          const Icon = ICONS[track.kind] ?? Film;
          const name = desk.trackName(track);
          const shown = wide === track.id;
          return (
            <li key={track.id} data-track={track.id}>
              <div className="row g4">
                <Icon className="ic s14 t3" aria-hidden="true" />
                <bdi className="grow trunc" dir="auto">
                  {name}
                </bdi>
                <Switches desk={desk} track={track} />
                <button type="button" className="tl-b" aria-expanded={shown} aria-label={say("track_more", { name })} onClick={() => setWide(shown ? null : track.id)}>
                  <ChevronDown className="ic s14" />
                </button>
              </div>
              {shown && (
                <div className="tl-track-menu">
                  <Settings desk={desk} track={track} onDone={() => setWide(null)} />
                </div>
              )}
            </li>
          );
        })}
      </ul>
      <div className="tl-new-tracks" role="group" aria-label={say("add_track")}>
        {KINDS.map((kind) => (
          <button key={kind} type="button" className="btn sm" onClick={() => addTrack(desk, kind)}>
            <Plus className="ic s12" aria-hidden="true" />
            {say(`track_${kind}`)}
          </button>
        ))}
      </div>
    </Shown>
  );
}
