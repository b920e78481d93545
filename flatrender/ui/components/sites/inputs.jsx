// Labelled inputs of the sites' pages: a text, a switch, a set of choices; each says its own problem.
import { useId } from "react";
import { CircleAlert } from "lucide-react";

export function Problem({ problem, field, id }) {
  if (!problem || problem.field !== field) return null;
  return (
    <p className="says" id={id} role="alert">
      <CircleAlert className="ic s14" aria-hidden="true" />
      <bdi dir="auto">{problem.message}</bdi>
    </p>
  );
}

export function TextField({ name, label, value, onChange, problem, hint, type = "text", dir, before, after, required, autoFocus, autoComplete = "off", inputMode }) {
  const id = useId();
  const wrong = problem?.field === name;
  return (
    <div className="fieldset">
      <label className="label" htmlFor={id}>{label}</label>
      <div className="field">
        {before && <span className="unit ltr">{before}</span>}
        <input
          id={id} name={name} type={type} value={value} dir={dir ?? "auto"} spellCheck={false} required={required} autoFocus={autoFocus}
          autoComplete={autoComplete} inputMode={inputMode} aria-invalid={wrong ? "true" : "false"} aria-describedby={`${id}-says`} onChange={(event) => onChange(event.target.value)}
        />
        {after && <span className="unit ltr">{after}</span>}
      </div>
      <div id={`${id}-says`}>
        <Problem problem={problem} field={name} />
        {!wrong && hint && <p className="hint">{hint}</p>}
      </div>
    </div>
  );
}

export function TextArea({ name, label, value, onChange, problem, hint, rows = 4, dir }) {
  const id = useId();
  const wrong = problem?.field === name;
  return (
    <div className="fieldset">
      <label className="label" htmlFor={id}>{label}</label>
      <div className="field area">
        <textarea
          id={id} name={name} value={value} rows={rows} dir={dir ?? "auto"} aria-invalid={wrong ? "true" : "false"}
          aria-describedby={`${id}-says`} onChange={(event) => onChange(event.target.value)}
        />
      </div>
      <div id={`${id}-says`}>
        <Problem problem={problem} field={name} />
        {!wrong && hint && <p className="hint">{hint}</p>}
      </div>
    </div>
  );
}

export function Switch({ label, hint, checked, onChange }) {
  const id = useId();
  return (
    <div className="site-switch">
      <button type="button" role="switch" className="sw" aria-checked={checked} aria-labelledby={id} onClick={() => onChange(!checked)} />
      <span id={id} onClick={() => onChange(!checked)}>{label}</span>
      {hint && <p className="hint">{hint}</p>}
    </div>
  );
}

export function Choices({ label, hint, options, value, onChange }) {
  const id = useId();
  return (
    <div className="fieldset">
      <span className="label" id={id}>{label}</span>
      <div className="seg" role="radiogroup" aria-labelledby={id} aria-describedby={hint ? `${id}-says` : undefined}>
        {options.map(([key, text]) => (
          <button key={key} type="button" role="radio" aria-checked={value === key} onClick={() => onChange(key)}>{text}</button>
        ))}
      </div>
      {hint && <p className="hint" id={`${id}-says`}>{hint}</p>}
    </div>
  );
}
