// A project out of another program's timeline.
import { useRef, useState } from "react";
import { FileInput, LoaderCircle } from "lucide-react";
import { useNavigate } from "react-router";
import { toast } from "sonner";
import { upload } from "$/public/external/flatrender/ui/components/studio/api.js";
import { LeftOut } from "$/public/external/flatrender/ui/components/studio/left_out.jsx";
import { problem, say } from "./words.js";

export function ImportTimeline() {
  const file = useRef(null);
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [imported, setImported] = useState(null);
  const open = ({ id }) => navigate(`/studio/${id}`);

  const take = async (chosen) => {
    if (!chosen) return;
    setBusy(true);
    try {
      const made = await upload("/projects/otio", chosen, () => {});
      if (made.left_out.length) setImported(made);
      else open(made.project);
    } catch (error) {
      toast(error.field === "template_id" ? say("import_unknown") : problem(error.body));
    }
    setBusy(false);
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
      {imported && <LeftOut imported={imported} onOpen={() => open(imported.project)} onClose={() => setImported(null)} />}
    </>
  );
}
