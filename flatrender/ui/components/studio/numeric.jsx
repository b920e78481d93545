// A field for a number that is set while it is typed. What is typed may be no number yet, or not one within the limits: it
// stands until the field is left, and is then put right.
import { useEffect, useId, useRef, useState } from "react";

/** What was typed as a number, in Latin, Persian or Arabic digits; null for what is none (yet). */
export function numberOf(text) {
  const latin = text.trim().replace(/[۰-۹٠-٩]/g, (digit) => digit.charCodeAt(0) & 15).replace("٫", ".");
  return latin !== "" && Number.isFinite(Number(latin)) ? Number(latin) : null;
}

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
  const within = (number) => Math.min(most, Math.max(least, number));
  const put = (next) => {
    if (next === value) return;
    own.current = true;
    onChange(next);
  };
  const type = (text) => {
    setTyped(text);
    const next = numberOf(text);
    if (next !== null && within(next) === next) put(next);
  };
  const leave = () => {
    const rest = numberOf(typed ?? "");
    if (rest !== null && within(rest) !== rest) put(within(rest));
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
        type="text"
        inputMode="decimal"
        role="spinbutton"
        aria-valuenow={value}
        aria-valuemin={Number.isFinite(least) ? least : undefined}
        aria-valuemax={Number.isFinite(most) ? most : undefined}
        className="num ltr"
        dir="ltr"
        value={typed ?? value}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
          if (!way) return;
          event.preventDefault();
          setTyped(null);
          put(within(Math.round((value + way * step) * 1000) / 1000));
        }}
        onBlur={leave}
      />
    </span>
  );
}
