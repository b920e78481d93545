// What the customer will see of a scene: the form, with the values as they are by default. Nothing here is saved.
import { useMemo, useState } from "react";
import { Field } from "$/public/external/flatrender/ui/components/studio/fields.jsx";
import { named, say } from "./words.js";

export function CustomerView({ data, scene }) {
  const [values, setValues] = useState({});
  const session = useMemo(() => {
    const take = (key, value) => setValues((old) => ({ ...old, [key]: value }));
    return {
      type: (_clip, key, value) => take(key, value),
      edit: ([op]) => (op.op === "reset_value" ? setValues(({ [op.key]: _gone, ...rest }) => rest) : take(op.key, op.value)),
      reveal: () => {},
      flush: () => {},
    };
  }, []);
  const clip = { id: scene.id, values };
  const elements = scene.elements.filter((element) => element.enabled && !element.gone && !(element.hidden && element.kind === "text"));
  const groups = new Map();
  for (const element of elements) groups.set(element.group || "", [...(groups.get(element.group || "") ?? []), element]);
  const colors = data.colors.filter((color) => color.enabled && !color.gone);
  return (
    <section className="customer" aria-label={say("customer_view")}>
      <p className="hint sect">{say("customer_hint")}</p>
      {!elements.length && <p className="empty-line">{say("no_elements")}</p>}
      {[...groups].map(([group, members]) => (
        <div className="sect" key={group}>
          {group && <h3 dir="auto">{group}</h3>}
          {members.map((element) => (
            <Field key={element.key} session={session} clip={clip} element={element} problem="" />
          ))}
        </div>
      ))}
      {colors.length > 0 && (
        <div className="sect">
          <h3>{say("shared_colors")}</h3>
          <ul className="color-list">
            {colors.map((color) => (
              <li key={color.key} className="row g8">
                <i className="swatch" style={{ background: color.value }} /> <bdi>{named(color)}</bdi>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
