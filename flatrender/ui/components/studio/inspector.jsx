// The form of the selected scene, and the film's shared colours, presets and music.
import { useId, useState } from "react";
import { Music, RotateCcw, Trash2, TriangleAlert, Volume2 } from "lucide-react";
import { upload } from "./api.js";
import { lostPairs } from "./contrast.js";
import { clipById, musicOf, musicVolume, newId } from "./document.js";
import { useSending } from "./doing.js";
import { lackOf } from "./field_row.jsx";
import { Field } from "./fields.jsx";
import { nameOf } from "./scenes.jsx";
import { useSession } from "./session.js";
import { Joining } from "./timeline/joining.jsx";
import { language, number, percent, say } from "./words.js";

const named = (thing) => (language === "fa" && thing.name_fa) || thing.name;

export function SceneInspector({ session, desk }) {
  const document = useSession(session, (state) => state.document);
  const selected = useSession(session, (state) => state.selected);
  const problems = useSession(session, (state) => state.problems);
  const missing = useSession(session, (state) => state.missing);
  const overflows = useSession(session, (state) => state.overflows);
  const problem = (at) => problems[at] ?? (lackOf(missing[at]) || (overflows[at] && say("text_overflows")));
  const clip = selected && clipById(document, selected);
  if (!clip) return <p className="empty-line">{say("no_scene")}</p>;
  const scene = session.scene(clip);
  const groups = new Map();
  for (const element of scene?.elements ?? []) {
    const group = element.group || "";
    groups.set(group, [...(groups.get(group) ?? []), element]);
  }
  return (
    <div className="inspector-body" key={clip.id}>
      <header className="inspector-head">
        <h2 className="trunc">
          <bdi>{nameOf(clip, scene)}</bdi>
        </h2>
      </header>
      {!groups.size && <p className="empty-line">{say("no_elements")}</p>}
      {[...groups].map(([group, elements]) => (
        <section className="sect" key={group}>
          {group && (
            <h3>
              <bdi>{group}</bdi>
            </h3>
          )}
          {elements.map((element) => (
            <Field
              key={element.key}
              session={session}
              clip={clip}
              element={element}
              problem={problem(`${clip.id}/${element.key}`)}
            />
          ))}
        </section>
      ))}
      {session.template.kind !== "fixed" && <Joining desk={desk} after={clip.id} />}
    </div>
  );
}

export function ColorPanel({ session }) {
  const document = useSession(session, (state) => state.document);
  const { colors, presets } = session.template;
  if (!colors.length) return <p className="empty-line">{say("no_colors")}</p>;
  const type = (key, value) => session.edit([{ op: "set_color", key, value }], { merge: `color/${key}` });
  const lost = lostPairs(colors, (color) => document.colors[color.key] ?? color.value);
  return (
    <div className="inspector-body">
      <section className="sect">
        <h3>{say("shared_colors")}</h3>
        <ul className="color-list">
          {colors.map((color) => {
            const value = document.colors[color.key] ?? color.value;
            return (
              <li key={color.key}>
                <label className="color-chip">
                  <input
                    type="color"
                    aria-label={named(color)}
                    value={value.slice(0, 7).toLowerCase()}
                    onChange={(event) => type(color.key, event.target.value.toUpperCase())}
                    onBlur={() => session.history.seal()}
                  />
                  <span className="trunc" dir="auto">
                    {named(color)}
                  </span>
                </label>
                {color.key in document.colors && (
                  <button
                    type="button"
                    className="ib dense"
                    aria-label={say("reset", { name: named(color) })}
                    onClick={() => session.edit([{ op: "set_color", key: color.key, value: null }])}
                  >
                    <RotateCcw className="ic s12" />
                  </button>
                )}
              </li>
            );
          })}
        </ul>
        <div role="status" className="color-warnings">
          {lost.slice(0, 3).map(({ one, other, now }) => (
            <p key={`${one.key}/${other.key}`} className="hint warn">
              <TriangleAlert className="ic s12" aria-hidden="true" />
              <span>{say("colors_alike", { one: named(one), other: named(other), ratio: number(Math.round(now * 10) / 10) })}</span>
            </p>
          ))}
        </div>
      </section>
      {presets.length > 0 && (
        <section className="sect">
          <h3>{say("presets")}</h3>
          <div className="preset-list">
            {presets.map((preset) => (
              <button
                key={preset.id}
                type="button"
                className={`preset${document.preset === preset.id ? " on" : ""}`}
                aria-pressed={document.preset === preset.id}
                onClick={() => session.edit([{ op: "apply_preset", preset: preset.id, colors: preset.colors }])}
              >
                <span className="preset-strip">
                  {colors.map((color) => (
                    <i key={color.key} style={{ background: preset.colors[color.key] ?? color.value }} />
                  ))}
                </span>
                <span className="trunc" dir="auto">
                  {named(preset)}
                </span>
              </button>
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

export function MusicPanel({ session, media }) {
  const id = useId();
  const document = useSession(session, (state) => state.document);
  const { share, problem, send } = useSending(say("offline_upload"));
  const [names, setNames] = useState(() => Object.fromEntries(Object.values(media).map((file) => [file.id, file.name])));
  const music = musicOf(document);
  const volume = musicVolume(document);
  const take = (file) => {
    if (!file) return;
    send(async (onShare) => {
      const stored = await upload("/media", file, onShare, { kind: "music" });
      if (stored.kind !== "audio") throw Object.assign(new Error(say("not_audio")), { status: 422 });
      setNames((known) => ({ ...known, [stored.id]: stored.name }));
      const fade = Math.round(document.rate[0] / document.rate[1]);
      // Music that is shorter than the film begins anew, so that the fade is heard where it is drawn.
      const clip = { id: newId(), media: stored.id, offset: 0, duration: null, volume: 1, fade_in: 0, fade_out: fade, loop: true };
      session.edit([{ op: "set_music", clip }]);
    });
  };
  return (
    <div className="inspector-body">
      <section className="sect">
        <h3>{say("music")}</h3>
        {music ? (
          <div className="music-row">
            <Music className="ic" aria-hidden="true" />
            <span className="grow trunc" dir="auto">
              {names[music.media] ?? say("music_file")}
            </span>
            <button
              type="button"
              className="ib dense"
              aria-label={say("remove_music")}
              onClick={() => session.edit([{ op: "set_music", clip: null }])}
            >
              <Trash2 className="ic s14" />
            </button>
          </div>
        ) : (
          <p className="hint">{say("no_music")}</p>
        )}
        <label className="btn" htmlFor={id}>
          <Music className="ic" />
          {share === null ? say(music ? "replace_music" : "add_music") : say("uploading", { percent: Math.round(share * 100) })}
        </label>
        <input
          id={id}
          className="vh"
          type="file"
          accept="audio/*"
          disabled={share !== null}
          onChange={(event) => {
            take(event.target.files[0]);
            event.target.value = "";
          }}
        />
        {problem && (
          <p className="says danger" role="alert">
            <TriangleAlert className="ic s12" aria-hidden="true" />
            {problem}
          </p>
        )}
      </section>
      {music && (
        <section className="sect">
          <h3>{say("volume")}</h3>
          <div className="volume-row ltr">
            <Volume2 className="ic" aria-hidden="true" />
            <input
              type="range"
              className="range"
              min="0"
              max="100"
              aria-label={say("volume")}
              value={Math.round(volume * 100)}
              onChange={(event) =>
                session.edit([{ op: "set_music_volume", volume: Number(event.target.value) / 100 }], { merge: "volume" })
              }
              onPointerUp={() => session.history.seal()}
            />
            <span className="num">{percent(volume * 100)}</span>
          </div>
        </section>
      )}
    </div>
  );
}
