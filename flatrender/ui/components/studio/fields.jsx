// One field per kind of element. Every change shows at once on the stage; typing is saved after a rest.
import { memo, useEffect, useId, useRef, useState } from "react";
import { AArrowDown, Pilcrow, PilcrowLeft, PilcrowRight } from "lucide-react";
import { Row, labelOf } from "./field_row.jsx";
import { Slider } from "./filling.jsx";
import { MediaField } from "./media_field.jsx";
import { numberOf } from "./numeric.jsx";
import { sayCutOff } from "./pasting.js";
import { language, number, say } from "./words.js";

const GROWS = globalThis.CSS?.supports("field-sizing", "content"); // then no keystroke waits for a layout

/** "NotoSansArabic-SemiBold" as people read it: "Noto Sans Arabic SemiBold". */
export function fontName(name) {
  const [family, ...style] = name.replace(/MT$/, "").split("-");
  return [family.replace(/PS$/, "").replace(/([a-z0-9])([A-Z])/g, "$1 $2"), ...style].join(" ");
}

/** A text's value is its words alone, or { text, direction, font } where it says more than they do. */
const wordsOf = (value) => (value && typeof value === "object" ? value.text : value) ?? "";

function textValue(before, change) {
  const { text, ...more } = { ...(before && typeof before === "object" ? before : { text: before ?? "" }), ...change };
  const said = Object.fromEntries(Object.entries(more).filter(([, part]) => part != null));
  return Object.keys(said).length ? { text, ...said } : text;
}

const WAYS = { ltr: PilcrowLeft, auto: Pilcrow, rtl: PilcrowRight };

/** The direction of a text: as its letters say, or one that the customer wants. */
function DirectionChoice({ element, value, onChange }) {
  const chosen = (typeof value === "object" && value?.direction) || "auto";
  return (
    <span className="seg text-way ltr" role="group" aria-label={say("direction_of", { name: labelOf(element) })}>
      {Object.entries(WAYS).map(([way, Icon]) => (
        <button key={way} type="button" aria-pressed={chosen === way} aria-label={say(`direction_${way}`)} title={say(`direction_${way}`)} onClick={() => onChange(way === "auto" ? null : way)}>
          <Icon className="ic s14" aria-hidden="true" />
        </button>
      ))}
    </span>
  );
}

/** How large the text is, in per cent of the design, where the template allows another size. */
function SizeChoice({ element, value, onChange, onEnd }) {
  const { min_size: least = 100, max_size: most = 100 } = element.limits ?? {};
  if (least >= most) return null;
  const size = (typeof value === "object" && value?.size) || 1;
  return <Slider label={say("font_size")} value={size} least={least / 100} most={most / 100} onChange={(next) => onChange(next === 1 ? null : next)} onEnd={onEnd} />;
}

/** Whether the text is set smaller where it would take more room than was designed for it. */
function FitChoice({ element, value, onChange }) {
  const fit = Boolean(typeof value === "object" && value?.fit);
  return (
    <button type="button" className={`ib dense${fit ? " on" : ""}`} aria-pressed={fit} aria-label={say("fit_of", { name: labelOf(element) })} title={say("text_fit")} onClick={() => onChange(fit ? null : true)}>
      <AArrowDown className="ic" aria-hidden="true" />
    </button>
  );
}

function FontChoice({ element, value, onChange }) {
  const fonts = element.limits?.fonts ?? [];
  const chosen = (typeof value === "object" && value?.font) || "";
  if (!fonts.length && !chosen) return null;
  return (
    <select
      className="studio-select"
      aria-label={say("font_of", { name: labelOf(element) })}
      value={chosen}
      data-font-choice
      onChange={(event) => onChange(event.target.value || null)}
    >
      <option value="">{say("own_font")}</option>
      {[...new Set([...fonts, ...(chosen ? [chosen] : [])])].map((font) => (
        <option key={font} value={font}>
          {fontName(font)}
        </option>
      ))}
    </select>
  );
}

function TextField({ session, clip, element, value: given, ...row }) {
  const id = useId();
  const area = useRef(null);
  const value = wordsOf(given);
  const most = element.limits?.max_length;
  const length = [...value].length;
  const own = typeof given === "object" && given?.direction;
  const set = (change) => {
    session.reveal(clip.id);
    session.edit([{ op: "set_value", clip: clip.id, key: element.key, value: textValue(given, change) }]);
  };
  useEffect(() => {
    if (GROWS) return;
    // As tall as its lines, where the browser cannot do that by itself (field-sizing).
    const box = area.current;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }, [value]);
  return (
    <Row id={id} element={element} hint={most ? `${number(length)} / ${number(most)}` : ""} {...row}>
      <textarea
        id={id}
        ref={area}
        className="studio-text"
        dir={own || (element.direction === "rtl" ? "rtl" : "auto") /* as it is set: only a design from right to left stays so */}
        rows={1}
        value={value}
        maxLength={most || 2000}
        aria-invalid={Boolean(row.problem)}
        aria-describedby={`${id}-says`}
        spellCheck="true"
        onFocus={() => session.reveal(clip.id)}
        onChange={(event) => session.type(clip.id, element.key, textValue(given, { text: event.target.value }))}
        onPaste={sayCutOff}
        onBlur={() => session.flush()}
      />
      <div className="text-tools">
        <DirectionChoice element={element} value={given} onChange={(direction) => set({ direction })} />
        <FitChoice element={element} value={given} onChange={(fit) => set({ fit })} />
        <FontChoice element={element} value={given} onChange={(font) => set({ font })} />
      </div>
      <SizeChoice element={element} value={given} onChange={(size) => session.type(clip.id, element.key, textValue(given, { size }))} onEnd={() => session.flush()} />
    </Row>
  );
}

function ColorField({ session, clip, element, value, ...row }) {
  const id = useId();
  return (
    <Row id={id} element={element} {...row}>
      <span className="studio-color">
        <input
          id={id}
          type="color"
          value={value.slice(0, 7).toLowerCase()}
          onFocus={() => session.reveal(clip.id)}
          onChange={(event) => session.type(clip.id, element.key, event.target.value.toUpperCase())}
          onBlur={() => session.flush()}
        />
        <span className="mono ltr">{value.toUpperCase()}</span>
      </span>
    </Row>
  );
}

function ToggleField({ session, clip, element, value, ...row }) {
  const id = useId();
  return (
    <Row id={id} element={element} {...row}>
      <button
        id={id}
        type="button"
        role="switch"
        className="sw"
        aria-checked={value === true}
        aria-label={labelOf(element)}
        onClick={() => session.edit([{ op: "set_value", clip: clip.id, key: element.key, value: value !== true }])}
      />
    </Row>
  );
}

function ChoiceField({ session, clip, element, value, ...row }) {
  const id = useId();
  const options = (element.choices ?? []).map((one) => (typeof one === "object" ? one : { value: one, name: String(one) }));
  return (
    <Row id={id} element={element} {...row}>
      <select
        id={id}
        className="studio-select"
        value={String(value)}
        onChange={(event) => {
          const chosen = options.find((option) => String(option.value) === event.target.value);
          session.edit([{ op: "set_value", clip: clip.id, key: element.key, value: chosen?.value ?? event.target.value }]);
        }}
      >
        {options.map((option) => (
          <option key={String(option.value)} value={String(option.value)}>
            {(language === "fa" && option.name_fa) || option.name}
          </option>
        ))}
      </select>
    </Row>
  );
}

/** A number being typed: half of one ("-", "1.") stays in the field and says nothing. */
function NumberInput({ value, onNumber, onEnd, ...rest }) {
  const [typed, setTyped] = useState(null);
  return (
    <input
      type="text"
      inputMode="decimal"
      dir="ltr"
      className="studio-number"
      value={typed ?? String(value)}
      onChange={(event) => {
        setTyped(event.target.value);
        const given = numberOf(event.target.value);
        if (given !== null) onNumber(given);
      }}
      onBlur={() => {
        setTyped(null);
        onEnd();
      }}
      {...rest}
    />
  );
}

function NumberField({ session, clip, element, value, ...row }) {
  const id = useId();
  const { min, max } = element.limits ?? {};
  const ranged = min != null && max != null && min < max;
  const type = (given) => session.type(clip.id, element.key, given);
  return (
    <Row id={id} element={element} {...row}>
      <span className="studio-numbers ltr">
        {ranged && (
          <input
            type="range"
            className="range"
            aria-label={labelOf(element)}
            min={min}
            max={max}
            step={max - min > 50 ? 1 : "any"}
            value={value}
            onFocus={() => session.reveal(clip.id)}
            onChange={(event) => type(Math.round(Number(event.target.value) * 1000) / 1000)}
            onPointerUp={() => session.flush()}
            onBlur={() => session.flush()}
          />
        )}
        <NumberInput id={id} value={value} aria-invalid={Boolean(row.problem)} aria-describedby={`${id}-says`} onFocus={() => session.reveal(clip.id)} onNumber={type} onEnd={() => session.flush()} />
      </span>
    </Row>
  );
}

function PointField({ session, clip, element, value, ...row }) {
  const id = useId();
  const set = (place) => (given) => session.type(clip.id, element.key, value.with(place, given));
  return (
    <Row id={id} element={element} {...row}>
      <span className="studio-numbers ltr">
        {["x", "y"].map((axis, place) => (
          <span key={axis} className="studio-axis">
            <i className="t3" aria-hidden="true">{axis.toUpperCase()}</i>
            <NumberInput id={place ? undefined : id} aria-label={`${labelOf(element)} ${axis.toUpperCase()}`} value={value[place]} onFocus={() => session.reveal(clip.id)} onNumber={set(place)} onEnd={() => session.flush()} />
          </span>
        ))}
      </span>
    </Row>
  );
}

const KINDS = { text: TextField, color: ColorField, toggle: ToggleField, choice: ChoiceField, number: NumberField, point: PointField, image: MediaField, video: MediaField, audio: MediaField };
const EMPTY = { text: "", color: "#000000", toggle: false, choice: "", number: 0, point: [0, 0], image: null, video: null, audio: null };

/** Typing into one field draws no other: what a field shows of its clip is this one value. */
const unchanged = (was, is) =>
  was.session === is.session &&
  was.element === is.element &&
  was.problem === is.problem &&
  was.clip.id === is.clip.id &&
  (was.element.key in was.clip.values) === (is.element.key in is.clip.values) &&
  was.clip.values[was.element.key] === is.clip.values[is.element.key];

export const Field = memo(function Field({ session, clip, element, problem }) {
  const Kind = KINDS[element.kind];
  if (!Kind) return null;
  const changed = element.key in clip.values;
  const value = (changed ? clip.values[element.key] : element.default) ?? EMPTY[element.kind];
  return (
    <Kind
      session={session}
      clip={clip}
      element={element}
      value={value}
      changed={changed}
      problem={problem}
      onReset={() => session.edit([{ op: "reset_value", clip: clip.id, key: element.key }])}
    />
  );
}, unchanged);
