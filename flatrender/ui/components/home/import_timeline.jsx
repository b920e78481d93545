// A project out of another program's timeline.
import { useRef, useState } from "react";
import { FileInput, LoaderCircle } from "lucide-react";
import { Dialog } from "radix-ui";
import { useNavigate } from "react-router";
import { toast } from "sonner";
import { call, upload } from "$/public/external/flatrender/ui/components/studio/api.js";
import { LeftOut } from "$/public/external/flatrender/ui/components/studio/left_out.jsx";
import { problem, say } from "./words.js";

const MOST = 200; // templates to choose from

/** The template that a file of another program is brought into: its scenes, size and frame rate are the project's. */
function TemplateChoice({ templates, onChoose, onClose }) {
  const [chosen, setChosen] = useState(templates[0].id);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="dialog" aria-describedby={undefined} data-dialog="import-template">
          <Dialog.Title className="h16">{say("import_choose")}</Dialog.Title>
          <p className="t2">{say("import_choose_about")}</p>
          <form
            id="import-template"
            onSubmit={(event) => {
              event.preventDefault();
              onChoose(chosen);
            }}
          >
            <label className="fieldset">
              <span className="label">{say("import_template")}</span>
              <select className="studio-select" value={chosen} onChange={(event) => setChosen(event.target.value)}>
                {templates.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </form>
          <div className="acts">
            <Dialog.Close asChild>
              <button type="button" className="btn ghost">
                {say("cancel")}
              </button>
            </Dialog.Close>
            <button type="submit" form="import-template" className="btn primary" data-act="import-into">
              {say("import_act")}
            </button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function ImportTimeline() {
  const file = useRef(null);
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [imported, setImported] = useState(null);
  const [asked, setAsked] = useState(null);
  const open = ({ id }) => navigate(`/studio/${id}`);

  const take = async (chosen, fields = {}) => {
    if (!chosen) return;
    setBusy(true);
    try {
      const made = await upload("/projects/otio", chosen, () => {}, fields);
      if (made.left_out.length) setImported(made);
      else open(made.project);
    } catch (error) {
      if (error.field === "template_id" && !fields.template_id) await ask(chosen);
      else toast(problem(error.body));
    }
    setBusy(false);
  };
  const ask = async (chosen) => {
    try {
      const { items } = await call(`/templates?sort=name&limit=${MOST}`);
      if (items.length) setAsked({ file: chosen, templates: items });
      else toast(say("import_unknown"));
    } catch (error) {
      toast(problem(error.body));
    }
  };

  return (
    <>
      <button type="button" className="btn line lg" aria-busy={busy} onClick={() => file.current.click()} data-act="import-timeline">
        {busy ? <LoaderCircle className="ic spin" aria-hidden="true" /> : <FileInput className="ic" aria-hidden="true" />}
        {say("import")}
      </button>
      <input
        ref={file}
        className="vh"
        type="file"
        accept=".otio,application/json"
        tabIndex={-1}
        aria-label={say("import")}
        onChange={(event) => {
          take(event.target.files[0]);
          event.target.value = "";
        }}
      />
      {asked && (
        <TemplateChoice
          templates={asked.templates}
          onClose={() => setAsked(null)}
          onChoose={(template_id) => {
            setAsked(null);
            take(asked.file, { template_id });
          }}
        />
      )}
      {imported && <LeftOut imported={imported} onOpen={() => open(imported.project)} onClose={() => setImported(null)} />}
    </>
  );
}
