// The values of a clip that is no scene: text and its look, how a picture fills its place, sound, fades, transition.
import { useId, useLayoutEffect, useRef } from "react";
import { TriangleAlert } from "lucide-react";
import { findClip } from "./document.js";
import { SHARES, fadeEdits } from "./timeline/envelope.js";
import { Joining } from "./timeline/joining.jsx";
import { useSession } from "./session.js";
import { contrast } from "./contrast.js";
import { lackOf } from "./field_row.jsx";
import { Choice, Filling, Slider } from "./filling.jsx";
import { Numeric } from "./numeric.jsx";
import { sayCutOff } from "./pasting.js";
import { say } from "./words.js";

const FONTS = ["Inter", "Vazirmatn", "Arimo", "Noto Sans Arabic"];

/** `set` a value that is dragged or typed: one step of undo until the hand rests. `put` one that is chosen: a step each. */
function setters(session, id) {
  const edit = (field, value, merge) => session.edit([{ op: "set_clip", clip: id, field, value }], { merge });
  return { set: (field, value) => edit(field, value, `${id}/${field}`), put: (field, value) => edit(field, value, null) };
}

function Words({ session, clip, set, put }) {
  const seal = () => session.history.seal();
  const id = useId();
  const { style } = clip;
  const overflows = useSession(session, (state) => state.overflows[`${clip.id}/text`]);
  const lack = lackOf(useSession(session, (state) => state.missing[`${clip.id}/text`])) || (overflows && say("text_cut"));
  const field = useRef(null);
  const asked = useSession(session, (state) => state.asked);
  useLayoutEffect(() => {
    if (asked?.id !== clip.id || !asked.words) return;
    session.set({ asked: null });
    field.current.focus({ preventScroll: true });
    field.current.select();
  }, [asked]);
  const poor = style.background && contrast(style.color, style.background) < 3;
  return (
    <section className="sect">
      <h3>
        <label htmlFor={id}>{say("clip_text")}</label>
      </h3>
      <textarea
        ref={field}
        id={id}
        className="studio-text"
        dir={style.direction}
        rows={2}
        maxLength={5000}
        value={clip.text}
        aria-invalid={Boolean(lack)}
        aria-describedby={lack ? `${id}-says` : undefined}
        onFocus={() => session.revealText(clip.id)}
        onPaste={sayCutOff}
        onChange={(event) => set("text", event.target.value)}
        onBlur={() => session.history.seal()}
      />
      {lack && (
        <p className="says danger" role="alert" id={`${id}-says`}>
          <TriangleAlert className="ic s12" aria-hidden="true" />
          {lack}
        </p>
      )}
      <select className="studio-select" aria-label={say("font")} value={style.font} onChange={(event) => put("style.font", event.target.value)}>
        {[...new Set([style.font, ...FONTS])].map((font) => (
          <option key={font}>{font}</option>
        ))}
      </select>
      <div className="row g8">
        <Numeric label={say("font_size")} value={style.size} least={1} most={2000} onChange={(size) => set("style.size", size)} onEnd={seal} />
        <Numeric label={say("font_weight")} value={style.weight} step={100} least={100} most={900} onChange={(weight) => set("style.weight", Math.round(weight))} onEnd={seal} />
      </div>
      <label className="row g8">
        <button type="button" role="switch" className="sw" aria-checked={style.fit} aria-label={say("text_fit")} onClick={() => put("style.fit", !style.fit)} />
        {say("text_fit")}
      </label>
      <Choice label={say("direction")} value={style.direction} options={["ltr", "rtl", "auto"].map((way) => [way, say(`direction_${way}`)])} onChoose={(way) => put("style.direction", way)} />
      <Choice label={say("align")} value={style.align} options={["start", "center", "end"].map((side) => [side, say(`align_${side}`)])} onChoose={(side) => put("style.align", side)} />
      <div className="row g8">
        <label className="color-chip">
          <input type="color" value={style.color.slice(0, 7).toLowerCase()} onChange={(event) => set("style.color", event.target.value.toUpperCase())} onBlur={() => session.history.seal()} />
          <span>{say("text_color")}</span>
        </label>
        <label className="color-chip">
          <input type="color" value={(style.background ?? "#000000").slice(0, 7).toLowerCase()} onChange={(event) => set("style.background", event.target.value.toUpperCase())} onBlur={() => session.history.seal()} />
          <span>{say("ground_color")}</span>
        </label>
        {style.background && (
          <button type="button" className="btn xs ghost" onClick={() => put("style.background", null)}>
            {say("no_ground")}
          </button>
        )}
      </div>
      {poor && (
        <p className="hint warn" role="status">
          <TriangleAlert className="ic s12" aria-hidden="true" /> {say("poor_contrast")}
        </p>
      )}
    </section>
  );
}

function Lying({ clip, set, onEnd, onReset }) {
  const { place } = clip;
  const percent = (value) => Math.round(value * 1000) / 10;
  const limits = { x: [-400, 400], y: [-400, 400], width: [0.1, 800], height: [0.1, 800] }; // as the server has them
  const field = (name, label) => <Numeric key={name} label={label} value={percent(place[name])} step={0.1} least={limits[name][0]} most={limits[name][1]} onChange={(value) => set(`place.${name}`, value / 100)} onEnd={onEnd} />;
  return (
    <section className="sect">
      <h3>{say("place")}</h3>
      <div className="row g8 wrap">
        {field("x", "X %")}
        {field("y", "Y %")}
        {field("width", "W %")}
        {field("height", "H %")}
        <Numeric label="°" value={place.rotation} least={-360} most={360} onChange={(value) => set("place.rotation", value)} onEnd={onEnd} />
      </div>
      <button type="button" className="btn xs" onClick={onReset}>
        {say("place_whole")}
      </button>
    </section>
  );
}

export function ClipInspector({ session, desk }) {
  const document = useSession(session, (state) => state.document);
  const selected = useSession(session, (state) => state.selected);
  const found = findClip(document, selected);
  const { set, put } = setters(session, selected);
  const shares = useRef({}); // of the cut fades as they were when a field was entered
  if (!found) return <p className="empty-line">{say("no_scene")}</p>;
  const { clip, track } = found;
  const rate = document.rate[0] / document.rate[1];
  const seal = () => session.history.seal();
  const sound = clip.volume !== undefined && desk.library.file(clip.media)?.has_audio !== false;
  const picture = track.kind === "video" || track.kind === "image";
  const seconds = (frames) => Math.round((frames / rate) * 100) / 100;
  const fade = (field, value) => {
    const merge = `${clip.id}/${field}`;
    shares.current[merge] ??= clip[SHARES[field]] ?? 0;
    session.edit(fadeEdits(clip, field, Math.round(value * rate), shares.current[merge]), { merge });
  };
  const faded = () => {
    shares.current = {};
    seal();
  };
  const room = (other) => (clip.duration === null ? Infinity : seconds(Math.max(0, clip.duration - clip[other]))); // they never meet
  return (
    <div className="inspector-body" key={clip.id} data-inspects={clip.id}>
      <header className="inspector-head">
        <h2 className="trunc" dir="auto">
          {desk.nameOf(clip, track)}
        </h2>
      </header>
      <fieldset className="bare" disabled={track.locked}>
        {track.kind === "text" && <Words session={session} clip={clip} set={set} put={put} />}
        {picture && (
          <section className="sect">
            <h3>{say("fit")}</h3>
            <Filling
              picture={`/api/v1/media/${clip.media}/thumbnail`}
              fit={clip.fit}
              onChange={(change) => Object.entries(change).forEach(([part, value]) => (part === "mode" ? put : set)(`fit.${part}`, value))}
              onEnd={seal}
            />
          </section>
        )}
        {(picture || track.kind === "text") && (
          <>
            <Lying clip={clip} set={set} onEnd={seal} onReset={() => session.edit([{ op: "set_clip", clip: clip.id, field: "place", value: null }])} />
            <section className="sect">
              <Slider label={say("opacity")} value={clip.opacity} most={1} onChange={(value) => set("opacity", value)} onEnd={seal} />
            </section>
          </>
        )}
        {sound && (
          <section className="sect">
            <Slider label={say("volume")} value={clip.volume} most={2} onChange={(value) => set("volume", value)} onEnd={seal} />
            {clip.loop !== undefined && (
              <label className="row g8">
                <button type="button" role="switch" className="sw" aria-checked={clip.loop} aria-label={say("repeat_sound")} onClick={() => put("loop", !clip.loop)} />
                {say("repeat_sound")}
              </label>
            )}
          </section>
        )}
        <section className="sect">
          <div className="row g8">
            <Numeric label={say("fade_in")} value={seconds(clip.fade_in)} step={0.1} least={0} most={room("fade_out")} onChange={(value) => fade("fade_in", value)} onEnd={faded} />
            <Numeric label={say("fade_out")} value={seconds(clip.fade_out)} step={0.1} least={0} most={room("fade_in")} onChange={(value) => fade("fade_out", value)} onEnd={faded} />
          </div>
        </section>
        <Joining desk={desk} after={clip.id} />
      </fieldset>
    </div>
  );
}
