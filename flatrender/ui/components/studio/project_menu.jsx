// What is done with a project as a whole: versions, a copy, timelines of other programs in and out.
import { useRef, useState } from "react";
import { Clapperboard, Command, Copy, Download, Ellipsis, Footprints, History, Maximize, Upload } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useNavigate } from "react-router";
import { toast } from "sonner";
import { beginTour } from "$/public/external/flatrender/ui/components/tour/tour.jsx";
import { call, upload } from "./api.js";
import { LeftOut } from "./left_out.jsx";
import { useSession } from "./session.js";
import { Shapes } from "./shape.jsx";
import { Versions } from "./versions.jsx";
import { say } from "./words.js";

export function ProjectMenu({ session }) {
  const [versions, setVersions] = useState(false);
  const [imported, setImported] = useState(null);
  const file = useRef(null);
  const navigate = useNavigate();
  const size = useSession(session, (state) => state.document.size);
  const { id } = session.project;
  const open = (project) => navigate(`/studio/${project.id}`);
  const tell = (error) => toast(error.status ? error.message : say("offline_versions"));

  const duplicate = async () => {
    try {
      session.flush();
      await session.saved();
      open(await call(`/projects/${id}/duplicate`, { method: "POST", body: {} }));
    } catch (error) {
      tell(error);
    }
  };
  const exportTimeline = async () => {
    try {
      session.flush();
      await session.saved();
      const link = document.createElement("a");
      link.href = `/api/v1/projects/${id}/otio`;
      link.download = "";
      link.click();
    } catch (error) {
      tell(error);
    }
  };
  const importTimeline = async (chosen) => {
    if (!chosen) return;
    try {
      const made = await upload("/projects/otio", chosen, () => {}, { template_id: session.template.id });
      if (made.left_out.length) setImported(made);
      else open(made.project);
    } catch (error) {
      tell(error);
    }
  };

  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" className="ib" aria-label={say("project_menu")} data-act="project-menu">
            <Ellipsis className="ic" />
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
            <DropdownMenu.Item className="item" onSelect={() => setVersions(true)}>
              <History className="ic" /> <span className="grow">{say("versions")}</span>
            </DropdownMenu.Item>
            <DropdownMenu.Item className="item" onSelect={duplicate}>
              <Copy className="ic" /> <span className="grow">{say("duplicate_project")}</span>
            </DropdownMenu.Item>
            <div className="shapes-small">
              <DropdownMenu.Separator className="rule" />
              <DropdownMenu.Label className="head">{say("aspect")}</DropdownMenu.Label>
              <Shapes session={session} size={size} />
            </div>
            <DropdownMenu.Item className="item full-small" onSelect={() => session.fullScreen?.()}>
              <Maximize className="ic" /> <span className="grow">{say("full_screen")}</span>
            </DropdownMenu.Item>
            <DropdownMenu.Item className="item" onSelect={() => session.chooseExport?.()}>
              <Clapperboard className="ic" /> <span className="grow">{say("export_as")}</span>
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="rule" />
            <DropdownMenu.Item className="item" onSelect={exportTimeline}>
              <Download className="ic" /> <span className="grow">{say("export_otio")}</span>
            </DropdownMenu.Item>
            <DropdownMenu.Item className="item" onSelect={() => file.current.click()}>
              <Upload className="ic" /> <span className="grow">{say("import_otio")}</span>
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="rule" />
            <DropdownMenu.Item className="item" onSelect={() => window.dispatchEvent(new CustomEvent("flatrender:palette"))}>
              <Command className="ic" /> <span className="grow">{say("commands")}</span> <kbd className="kbd">Ctrl Shift K</kbd>
            </DropdownMenu.Item>
            <DropdownMenu.Item className="item" onSelect={beginTour} data-act="tour">
              <Footprints className="ic" /> <span className="grow">{say("take_tour")}</span>
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <input
        ref={file}
        className="vh"
        type="file"
        accept=".otio,application/json"
        tabIndex={-1}
        aria-label={say("import_otio")}
        onChange={(event) => {
          importTimeline(event.target.files[0]);
          event.target.value = "";
        }}
      />
      <Versions session={session} open={versions} onOpenChange={setVersions} />
      {imported && <LeftOut imported={imported} onOpen={() => open(imported.project)} onClose={() => setImported(null)} />}
    </>
  );
}
