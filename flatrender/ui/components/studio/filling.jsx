// How a picture fills its place: mode, focal point, crop. One set of controls for clips and for the pictures of scenes.
import { useId, useRef, useState } from "react";
import { number, percent, say } from "./words.js";

const STEP = 0.02; // of the picture, per key
const SIDES = ["left", "top", "right", "bottom"];
const LEFT = 0.05; // of the picture is left of it at least

const held = (value) => Math.min(1, Math.max(0, value));
const rounded = (value) => Math.round(value * 1000) / 1000;

export function Slider({ label, value, least = 0, most, onChange, onEnd }) {
  const id = useId();
  return (
    <div className="prop">
      <label htmlFor={id}>{label}</label>
      <span className="volume-row ltr">
        <input id={id} type="range" className="range" min={least * 100} max={most * 100} value={Math.round(value * 100)} onChange={(event) => onChange(Number(event.target.value) / 100)} onPointerUp={onEnd} onBlur={onEnd} />
        <span className="num">{percent(value * 100)}</span>
      </span>
    </div>
  );
}

export function Choice({ label, value, options, onChoose }) {
  return (
    <div className="seg fill" role="group" aria-label={label}>
      {options.map(([each, name]) => (
        <button key={each} type="button" className={each === value ? "on" : ""} aria-pressed={each === value} onClick={() => onChoose(each)}>
          {name}
        </button>
      ))}
    </div>
  );
}

/** The picture with what is cut away, and the point that stays in view: dragged, or moved with the arrow keys. */
function Focus({ picture, focus, crop, onFocus, onEnd }) {
  const box = useRef(null);
  const [left, top, right, bottom] = crop;
  const inner = [1 - left - right, 1 - top - bottom];
  const go = (x, y) => onFocus([rounded(held(x)), rounded(held(y))]);
  const drag = (event) => {
    if (event.button !== 0) return;
    const { currentTarget } = event;
    currentTarget.setPointerCapture(event.pointerId);
    const move = ({ clientX, clientY }) => {
      const { x, y, width, height } = box.current.getBoundingClientRect();
      go(((clientX - x) / width - left) / inner[0], ((clientY - y) / height - top) / inner[1]);
    };
    move(event);
    currentTarget.addEventListener("pointermove", move);
    currentTarget.addEventListener(
      "lostpointercapture",
      () => {
        currentTarget.removeEventListener("pointermove", move);
        onEnd();
      },
      { once: true },
    );
  };
  const onKey = (event) => {
    const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
    if (across === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    go(focus[0] + across * STEP, focus[1] + down * STEP);
  };
  return (
    <div className="focus-picture ltr" ref={box} onPointerDown={drag}>
      <img src={picture} alt="" draggable={false} />
      {crop.some(Boolean) && <i className="focus-crop" style={{ inset: `${top * 100}% ${right * 100}% ${bottom * 100}% ${left * 100}%` }} />}
      <button
        type="button"
        className="focus-point"
        style={{ insetInlineStart: `${(left + focus[0] * inner[0]) * 100}%`, insetBlockStart: `${(top + focus[1] * inner[1]) * 100}%` }}
        aria-label={say("focus_said", { across: number(Math.round(focus[0] * 100)), down: number(Math.round(focus[1] * 100)) })}
        title={say("focus_point")}
        onKeyDown={onKey}
        onBlur={onEnd}
      />
    </div>
  );
}

/** `fit`: { mode, focus, crop }; `onChange` gets the parts that change, `onEnd` is told when the hand rests. */
export function Filling({ picture, fit, onChange, onEnd }) {
  const { mode, focus, crop } = fit;
  const [open] = useState(crop.some(Boolean)); // then it opens and shuts by itself
  const cut = (at, value) => {
    const next = crop.map((old, index) => (index === at ? rounded(value) : old));
    if (next[0] + next[2] <= 1 - LEFT && next[1] + next[3] <= 1 - LEFT) onChange({ crop: next });
  };
  return (
    <>
      <Choice label={say("fit")} value={mode} options={["cover", "contain", "stretch"].map((each) => [each, say(`fit_${each}`)])} onChoose={(each) => onChange({ mode: each })} />
      {picture && mode !== "stretch" && <Focus picture={picture} focus={focus} crop={crop} onFocus={(point) => onChange({ focus: point })} onEnd={onEnd} />}
      <details className="crop" open={open}>
        <summary>{say("crop")}</summary>
        {SIDES.map((side, at) => (
          <Slider key={side} label={say(`crop_${side}`)} value={crop[at]} most={0.9} onChange={(value) => cut(at, value)} onEnd={onEnd} />
        ))}
      </details>
    </>
  );
}
