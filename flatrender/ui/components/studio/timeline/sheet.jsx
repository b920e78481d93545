// The sheet of shortcuts, from the same table as the keys themselves.
import { useEffect, useState } from "react";
import { Shown } from "$/public/external/flatrender/ui/components/palette/shown.jsx";
import { say } from "./words.js";
import { COMMANDS, GROUPS } from "./commands.js";
import { written } from "./keys.js";

// What is held or turned; the wheel is a word.
const POINTER = { alt: "Alt", ctrl_drag: "Ctrl", shift_edge: "Shift", ctrl_edge: "Ctrl", ctrl_stage: "Ctrl", ctrl_wheel: null, esc: "Esc" };

export function Sheet({ desk }) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    desk.showSheet = () => setOpen(true);
    return () => (desk.showSheet = null);
  }, [desk]);
  return (
    <Shown title={say("shortcuts")} back={say("close")} className="wide tl-sheet" open={open} onOpenChange={setOpen}>
      <div className="tl-sheet-columns">
        {Object.entries(GROUPS).map(([group, names]) => (
          <section key={group}>
            <h3>{say(`keys_${group}`)}</h3>
            <dl>
              {names.map((name) => (
                <div key={name}>
                  <dt>{say(`do_${name}`)}</dt>
                  <dd>
                    {COMMANDS[name].keys.slice(0, 2).map((key) => (
                      <kbd key={key} className="kbd">
                        {written(key)}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>{say("keys_pointer")}</h3>
          <dl>
            {Object.entries(POINTER).map(([name, key]) => (
              <div key={name}>
                <dt>{say(`pointer_${name}`)}</dt>
                <dd>
                  <kbd className="kbd">{key ?? say("pointer_wheel")}</kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Shown>
  );
}
