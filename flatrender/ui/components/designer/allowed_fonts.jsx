// The fonts that customers may choose for a text, besides the template's own.
import { useEffect, useId, useState } from "react";
import { X } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { fontName } from "$/public/external/flatrender/ui/components/studio/fields.jsx";
import { say } from "./words.js";

export function AllowedFonts({ templateId, own, fonts, onSave }) {
  const id = useId();
  const [choices, setChoices] = useState([]);
  useEffect(() => {
    let alive = true;
    call(`/templates/${templateId}/fonts`).then(
      (found) => alive && setChoices(found.choices),
      () => {},
    );
    return () => {
      alive = false;
    };
  }, [templateId]);
  const free = choices.filter((name) => name !== own && !fonts.includes(name));
  return (
    <div className="fieldset">
      <label htmlFor={id} className="fs12 t2">
        {say("allowed_fonts")}
      </label>
      {fonts.length > 0 && (
        <ul className="font-chips">
          {fonts.map((font) => (
            <li key={font} className="pill ltr" data-font={font}>
              {fontName(font)}
              <button type="button" aria-label={say("forbid_font", { name: fontName(font) })} onClick={() => onSave(fonts.filter((other) => other !== font))}>
                <X className="ic s12" aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <select id={id} className="studio-select" value="" onChange={(event) => event.target.value && onSave([...fonts, event.target.value])}>
        <option value="">{fonts.length ? say("allow_font") : say("any_font")}</option>
        {free.map((font) => (
          <option key={font} value={font}>
            {fontName(font)}
          </option>
        ))}
      </select>
    </div>
  );
}
