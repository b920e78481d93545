// Small inputs that are saved when they are left.
import { useEffect, useId, useState } from "react";

/** A text that is saved on blur or Enter; Escape takes it back. */
export function Saved({ label, value, onSave, dir = "auto", placeholder = "", most = 160, lines = 0, unit, className = "" }) {
  const id = useId();
  const given = value ?? "";
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  const keep = () => text !== given && onSave(text);
  const props = {
    id,
    value: text,
    dir,
    placeholder,
    maxLength: most,
    onChange: (event) => setText(event.target.value),
    onBlur: keep,
    onKeyDown: (event) => {
      if (event.key === "Enter" && !lines) event.currentTarget.blur();
      if (event.key === "Escape") setText(given);
    },
  };
  return (
    <div className={`fieldset ${className}`}>
      <label htmlFor={id} className="fs12 t2">
        {label}
      </label>
      <span className={`field${lines ? " area" : ""}`}>
        {lines ? <textarea {...props} rows={lines} /> : <input {...props} />}
        {unit && <span className="unit">{unit}</span>}
      </span>
    </div>
  );
}

export function Switch({ on, label, onChange, disabled }) {
  return (
    <button
      type="button"
      role="switch"
      className="sw"
      aria-checked={on}
      aria-label={label}
      disabled={disabled}
      onClick={(event) => {
        event.stopPropagation();
        onChange(!on);
      }}
    />
  );
}

export function Tick({ on, label, onChange }) {
  return (
    <button type="button" role="checkbox" className="cb" aria-checked={on} aria-label={label} onClick={() => onChange(!on)}>
      <svg className="ic" viewBox="0 0 24 24" fill="none" stroke="currentColor" aria-hidden="true">
        <path d="M20 6 9 17l-5-5" />
      </svg>
    </button>
  );
}
