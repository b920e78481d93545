// The sheet of shortcuts of the pages outside the studio: what is good everywhere, and what this page has.
import { Shown } from "./shown.jsx";
import { say } from "./words.js";

const EVERYWHERE = [
  ["palette", ["Ctrl K"]],
  ["sheet", ["?"]],
  ["search", ["/"], () => document.querySelector("[role=search] input")],
  ["next", ["Tab"]],
  ["close", ["Esc"]],
];
// Each with the element that has the keys: what a page lacks is not listed.
const HERE = [
  ["open", ["Enter"], ".card .film-link"],
  ["play", ["Space"], ".player"],
  ["seconds", ["←", "→"], ".player"],
  ["cells", ["↑", "↓", "←", "→"], ".ag-root"],
  ["tick", ["Space"], ".ag-root"],
  ["open_job", ["Enter"], ".ag-root"],
  ["file_about", ["Enter"], ".media-tile"],
  ["file_delete", ["Del"], ".media-tile"],
];

function Keys({ heading, rows }) {
  return (
    <section>
      <h3>{heading}</h3>
      <dl>
        {rows.map(([name, keys]) => (
          <div key={name}>
            <dt>{say(`do_${name}`)}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key} className="kbd">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Shortcuts({ open, onOpenChange }) {
  const everywhere = open ? EVERYWHERE.filter(([, , there]) => !there || there()) : [];
  const here = open ? HERE.filter(([, , selector]) => document.querySelector(selector)) : [];
  return (
    <Shown title={say("shortcuts")} back={say("close")} className="keys-sheet" open={open} onOpenChange={onOpenChange}>
      <Keys heading={say("everywhere")} rows={everywhere} />
      {here.length > 0 && <Keys heading={say("on_this_page")} rows={here} />}
      <p className="hint">{say("in_studio")}</p>
    </Shown>
  );
}
