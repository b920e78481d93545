// What every field has: its name, a way back to the template, what is wrong with it.
import { RotateCcw, TriangleAlert } from "lucide-react";
import { language, say } from "./words.js";

export const labelOf = (element) => (language === "fa" && element.name_fa) || element.name;

/** What is said of a text's characters that no font has. */
export const lackOf = (missing) => missing && say("missing_characters", { characters: [...missing].slice(0, 20).join(" ") });

export function Row({ id, element, changed, problem, hint, onReset, children }) {
  return (
    <div className={`studio-field${problem ? " bad" : ""}`} data-element={element.key}>
      <div className="studio-field-head">
        <label htmlFor={id} dir="auto">
          {labelOf(element)}
        </label>
        {changed && (
          <button type="button" className="ib dense" aria-label={say("reset", { name: labelOf(element) })} onClick={onReset}>
            <RotateCcw className="ic s12" />
          </button>
        )}
      </div>
      {children}
      {(problem || hint) && (
        <p className={problem ? "says danger" : "hint"} id={`${id}-says`} role={problem ? "alert" : undefined}>
          {problem && <TriangleAlert className="ic s12" aria-hidden="true" />}
          {problem || hint}
        </p>
      )}
    </div>
  );
}
