// A field for a number that is set while it is typed. What is typed may be no number yet, or not one within the limits: it
// stands until the field is left, and is then put right.
import { useEffect, useId, useRef, useState } from "react";

export function Numeric({ label, value, step = 1, least = -Infinity, most = Infinity, onChange, onEnd }) {
  const id = useId();
  const [typed, setTyped] = useState(null);
  const last = useRef(value);
  const own = useRef(false); // the value comes from what was typed, though it may have been rounded
  useEffect(() => {
    if (last.current !== value && !own.current) setTyped(null); // undone, or set elsewhere
    last.current = value;
    own.current = false;
  });
  const number = (text) => (text.trim() === "" ? NaN : Number(text));
  const put = (next) => {
    if (next === value) return;
    own.current = true;
    onChange(next);
  };
  const type = (text) => {
    setTyped(text);
    const next = number(text);
    if (next >= least && next <= most) put(next);
  };
  const leave = () => {
    const rest = typed === null ? NaN : number(typed);
    if (Number.isFinite(rest) && (rest < least || rest > most)) put(Math.min(most, Math.max(least, rest)));
    setTyped(null);
    onEnd?.();
  };
  return (
    <span className="field sm numeric">
      <label htmlFor={id} className="unit">
        {label}
      </label>
      <input
        id={id}
        type="number"
        className="num ltr"
        dir="ltr"
        value={typed ?? value}
        step={step}
        min={Number.isFinite(least) ? least : undefined}
        max={Number.isFinite(most) ? most : undefined}
        onChange={(event) => type(event.target.value)}
        onBlur={leave}
      />
    </span>
  );
}
