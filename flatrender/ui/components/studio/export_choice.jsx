// As what a film is exported: files with about how large they will be and how long they take, size, aspect, range.
import { useId, useState } from "react";
import { Clapperboard } from "lucide-react";
import { timecode } from "./document.js";
import { bytes, lasting, number, say } from "./words.js";

const SIZES = ["draft", "720", "1080", "source"]; // from small to large: an object's keys are sorted by number first

const signed = (value) => `\u2066${value < 0 ? "\u2212" : ""}${number(Math.abs(value))} LUFS\u2069`; // its own direction in any line

function Choice({ label, names, chosen, onChange, say: text }) {
  return (
    <div className="export-pick">
      <span className="t2">{label}</span>
      <div className="seg" role="radiogroup" aria-label={label}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            role="radio"
            aria-checked={chosen === name}
            tabIndex={chosen === name ? 0 : -1}
            data-choice={name}
            onClick={() => onChange(name)}
            onKeyDown={(event) => {
              const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
              if (!step) return;
              event.preventDefault();
              const turn = getComputedStyle(event.currentTarget).direction === "rtl" && event.key.match(/Left|Right/) ? -step : step;
              const next = (names.indexOf(name) + turn + names.length) % names.length;
              onChange(names[next]);
              event.currentTarget.parentElement.children[next].focus();
            }}
          >
            {text(name)}
          </button>
        ))}
      </div>
    </div>
  );
}

const LOUD = -14; // LUFS, as the large services play films

/** `estimate`: what `GET /renders/estimate` answers. `range`: the timeline's, which a part begins as. `loudness`: what the
 *  film's sound is brought to, null as it is mixed; `onLoudness` sets it. `onStart(body)`: the wish, without the project. */
export function ExportChoice({ estimate, range, loudness, onLoudness, onStart, onClose, busy }) {
  const [formats, setFormats] = useState(["mp4"]);
  const [size, setSize] = useState("source");
  const [aspect, setAspect] = useState("own");
  const [part, setPart] = useState(null);
  const id = useId();
  const { presets, frames, rate, sizes, aspects, composing } = estimate;
  const span = part ? Math.max(0, part[1] - part[0] + 1) : frames;
  const share = frames ? span / frames : 0;
  const usable = formats.length > 0 && (!part || (part[0] >= 0 && part[0] <= part[1] && part[1] < frames));
  const toggle = (name) =>
    setFormats((known) => (known.includes(name) ? known.filter((other) => other !== name) : [...known, name]));
  const start = () =>
    onStart({
      exports: formats.map((format) => ({ format, size, aspect: aspect === "own" ? null : aspect })),
      range: part ? [part[0], part[1] + 1] : null,
      draft: size === "draft",
    });
  const chosen = presets.filter((preset) => formats.includes(preset.name));
  const sum = (what) => chosen.reduce((total, preset) => total + preset[what][size] * share, 0);
  // The rows tell what each file takes by itself; films share what is composed. What is still to be rendered is known
  // of the project's own size and shape.
  const own = size === "source" && aspect === "own";
  const films = chosen.filter((preset) => preset.video).length;
  const written = Math.max(1, sum("seconds") - Math.max(0, films - 1) * composing[size] * share);
  const drawn = films ? Math.max(0, (estimate.seconds ?? 0) - composing.source) * share : 0;
  const drawing = Math.round(drawn) > 0;
  const summed = drawing ? (estimate.guessed ? "export_sum_guessed" : "export_sum_drawn") : "export_sum_ready";
  const limit = (place, value) => setPart((known) => known.map((old, index) => (index === place ? value : old)));

  return (
    <form
      className="export-choice"
      onSubmit={(event) => {
        event.preventDefault();
        if (usable && !busy) start();
      }}
    >
      <fieldset className="export-formats">
        <legend className="t2">
          {say("export_files")} <span className="t3">{say("export_costs")}</span>
        </legend>
        {presets.map((preset) => (
          <label key={preset.name} className="export-format" data-format={preset.name}>
            <input type="checkbox" checked={formats.includes(preset.name)} onChange={() => toggle(preset.name)} />
            <span className="grow">
              <strong>{say(`preset_${preset.name}`)}</strong>
              <span className="t2">{say(`preset_${preset.name}_for`)}</span>
            </span>
            <span className="num t2">
              {bytes(preset.bytes[size] * share)} · {lasting(Math.max(1, preset.seconds[size] * share))}
            </span>
          </label>
        ))}
      </fieldset>
      <Choice
        label={say("export_size")}
        names={SIZES.filter((name) => name in sizes)}
        chosen={size}
        onChange={setSize}
        say={(name) => say(`size_${name}`)}
      />
      <Choice
        label={say("export_aspect")}
        names={["own", ...aspects]}
        chosen={aspect}
        onChange={setAspect}
        say={(name) => (name === "own" ? say("aspect_own") : <bdi className="ltr">{name}</bdi>)}
      />
      <div className="export-pick">
        <label className="export-range">
          <input
            type="checkbox"
            checked={part !== null}
            data-act="range"
            onChange={(event) => setPart(event.target.checked ? [range.in ?? 0, Math.max(0, Math.min(range.out ?? frames, frames) - 1)] : null)}
          />
          {say("export_range")}
        </label>
        {part &&
          ["range_first", "range_last"].map((name, place) => (
            <span key={name} className="export-frame">
              <label className="t2" htmlFor={`${id}-${place}`}>
                {say(name)}
              </label>
              <span className="field sm">
                <input
                  id={`${id}-${place}`}
                  type="number"
                  className="num ltr"
                  dir="ltr"
                  min={0}
                  max={Math.max(0, frames - 1)}
                  value={part[place]}
                  onChange={(event) => limit(place, Math.round(Number(event.target.value)))}
                />
              </span>
              <span className="num ltr t2">{timecode(Math.max(0, part[place]), rate)}</span>
            </span>
          ))}
      </div>
      <label className="export-range">
        <input type="checkbox" checked={loudness !== null} data-act="loudness" onChange={(event) => onLoudness(event.target.checked ? LOUD : null)} />
        {say("export_loudness", { loudness: signed(loudness ?? LOUD) })}
      </label>
      <p className="hint">
        {usable
          ? say(own ? summed : "export_sum", {
              size: bytes(sum("bytes")),
              time: lasting(Math.max(1, (span * rate[1]) / rate[0])),
              wait: lasting(drawing ? Math.round(drawn) + Math.round(written) : written), // the sum of its parts
              drawn: lasting(drawn),
              written: lasting(written),
            })
          : say(formats.length ? "range_wrong" : "export_none", { last: frames - 1 })}
      </p>
      <div className="acts">
        <button type="button" className="btn ghost" onClick={onClose}>
          {say("close")}
        </button>
        <button type="submit" className="btn primary" disabled={!usable || busy} aria-busy={busy} data-act="export">
          <Clapperboard className="ic" />
          {say("export_start", { count: formats.length })}
        </button>
      </div>
    </form>
  );
}
