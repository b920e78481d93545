// What an imported timeline has that we lack. Apart from the project's menu: the first page imports too.
import { Dialog } from "radix-ui";
import { Said } from "$/public/external/flatrender/ui/components/jobs/said.jsx";
import { say } from "./words.js";

// The way on, not the first thing on the way: the list can be scrolled by keys and comes first.
function atOpening(event) {
  event.preventDefault();
  event.currentTarget.querySelector(".btn.primary").focus();
}

/** What of an imported timeline has no place here, before the new project is opened. */
export function LeftOut({ imported, onOpen, onClose }) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="dialog" aria-describedby={undefined} data-dialog="imported" onOpenAutoFocus={atOpening}>
          <Dialog.Title className="h16">{say("imported_title")}</Dialog.Title>
          <p className="hint">{say("imported_hint", { count: imported.left_out.length })}</p>
          <ul className="left-out" tabIndex={0} aria-label={say("imported_title")}>
            {imported.left_out.map((sentence) => (
              <li key={sentence}>
                <Said text={sentence} />
              </li>
            ))}
          </ul>
          <div className="acts">
            <button type="button" className="btn ghost" onClick={onClose}>
              {say("close")}
            </button>
            <button type="button" className="btn primary" onClick={onOpen}>
              {say("open_project")}
            </button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
