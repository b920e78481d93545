// The page of all files: folders, search, room, cleanup.
import { useEffect, useState } from "react";
import { Folder, FolderPlus, HardDrive, Images, Inbox, Mic, Pencil, Sparkles, Trash2 } from "lucide-react";
import { toast } from "sonner";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { FolderChoice, NameSheet, pathOf, Sheet, takeBack, told, UNDO, useActs } from "./acts.jsx";
import { Filters, Grid } from "./grid.jsx";
import { useLibrary } from "./library.js";
import { Full, Meter } from "./panel.jsx";
import { Quotas } from "./quotas.jsx";
import { DropZone, UploadButton, UploadRows } from "./receiving.jsx";
import { Recorder } from "./recorder.jsx";
import { DRAGGED } from "./tile.jsx";
import { bytes, date, number, offers, say } from "./words.js";

const DAYS = [30, 60, 90, 180, 365];

function Cleanup({ onClose, onChange }) {
  const [plan, setPlan] = useState(null);
  const [days, setDays] = useState(undefined);
  const look = (chosen) =>
    told(async () => {
      const found = await call(`/media/cleanup${chosen ? `?days=${chosen}` : ""}`);
      setPlan(found);
      setDays((before) => (chosen === undefined && before === undefined ? found.days : chosen ?? null));
    });
  useEffect(() => {
    look(undefined);
  }, []);
  const keep = (file) => told(async () => call(`/media/${file.id}`, { method: "PATCH", body: { kept: true } }).then(() => look(days ?? undefined)));
  const save = () =>
    told(async () => {
      await call("/media/cleanup", { method: "PUT", body: { days } });
      onChange();
      onClose();
    });
  const shown = days ? plan?.items ?? [] : [];
  return (
    <Sheet
      wide
      title={say("cleanup")}
      onClose={onClose}
      acts={
        <button type="button" className="btn primary" data-act="save-cleanup" disabled={!plan} onClick={save}>
          {say("save")}
        </button>
      }
    >
      <label className="fieldset">
        <span className="label">{say("cleanup_after")}</span>
        <select
          className="studio-select"
          value={days ?? ""}
          onChange={(event) => (event.target.value ? look(Number(event.target.value)) : setDays(null))}
        >
          <option value="">{say("never")}</option>
          {[...new Set([...DAYS, ...(days ? [days] : [])])].sort((a, b) => a - b).map((one) => (
            <option key={one} value={one}>
              {say("days", { count: one })}
            </option>
          ))}
        </select>
      </label>
      <p className="hint">{say("cleanup_hint", { days: plan?.notice_days ?? 3 })}</p>
      <p className="fs12" role="status">
        {days && plan ? say("cleanup_sum", { count: plan.files, size: bytes(plan.bytes) }) : say("cleanup_none")}
      </p>
      <ul className="media-plan">
        {shown.map(({ media, delete_at }) => (
          <li key={media.id} className="row g8">
            <bdi className="grow trunc" dir="auto">
              {media.name}
            </bdi>
            <span className="t3 num fs12">{date(delete_at)}</span>
            <button type="button" className="btn xs" onClick={() => keep(media)}>
              {say("keep")}
            </button>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

/** A folder's name, and in which other one it lies. */
function FolderSheet({ folder, folders, onChange, onClose }) {
  const [parent, setParent] = useState(folder.parent_id ?? "");
  const within = (one) => one && (one.id === folder.id || within(folders.find(({ id }) => id === one.parent_id)));
  const body = (name) => ({ name, ...(parent === (folder.parent_id ?? "") ? {} : { parent_id: parent || null }) });
  return (
    <NameSheet title={say("change_folder", { name: folder.name })} label={say("name")} value={folder.name} act={say("save")} onName={(name) => onChange(body(name))} onClose={onClose}>
      <FolderChoice label={say("lies_in")} folders={folders.filter((one) => !within(one))} value={parent} onChoose={setParent} />
    </NameSheet>
  );
}

/** How many files lie in a folder and in those within it. */
const filesIn = (folder, folders) =>
  folders.filter((one) => one.parent_id === folder.id).reduce((sum, one) => sum + filesIn(one, folders), folder.files);

function FolderRow({ folder, depth, chosen, onChoose, onDropFile, onChange, onDelete }) {
  const [over, setOver] = useState(false);
  return (
    <li className={`media-folder${chosen ? " on" : ""}${over ? " over" : ""}`} style={{ "--depth": depth }}>
      <button
        type="button"
        aria-current={chosen ? "true" : undefined}
        onClick={onChoose}
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes(DRAGGED)) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          setOver(false);
          const lifted = event.dataTransfer.getData(DRAGGED);
          if (!lifted) return;
          event.preventDefault();
          onDropFile(JSON.parse(lifted));
        }}
      >
        <folder.Icon className="ic" aria-hidden="true" />
        <bdi className="grow trunc" dir="auto">
          {folder.name}
        </bdi>
        {folder.files !== undefined && <span className="t3 num fs12">{number(folder.files)}</span>}
      </button>
      {onChange && (
        <>
          <button type="button" className="ib dense" aria-label={say("change_folder", { name: folder.name })} onClick={onChange}>
            <Pencil className="ic s14" />
          </button>
          <button type="button" className="ib dense" aria-label={say("delete_folder", { name: folder.name })} onClick={onDelete}>
            <Trash2 className="ic s14" />
          </button>
        </>
      )}
    </li>
  );
}

function Folders({ library, state, onAsk }) {
  const { folders, query } = state;
  const chosen = query.folder ?? "";
  const file = (id) => (lifted) =>
    told(async () => {
      library.take(await call(`/media/${lifted.id}`, { method: "PATCH", body: { folder_id: id } }));
      library.loadAround();
    });
  const rows = [];
  const walk = (parent, depth) => {
    for (const folder of folders.filter((one) => one.parent_id === parent)) {
      rows.push([folder, depth]);
      walk(folder.id, depth + 1);
    }
  };
  walk(null, 0);
  const fixed = [
    ["", { name: say("everything"), Icon: Images }],
    ["root", { name: say("in_no_folder"), Icon: Inbox }],
  ];
  return (
    <nav className="media-side" aria-label={say("folders")}>
      <ul>
        {fixed.map(([id, folder]) => (
          <FolderRow key={id} folder={folder} depth={0} chosen={chosen === id} onChoose={() => library.query({ folder: id })} onDropFile={file(null)} />
        ))}
        {rows.map(([folder, depth]) => (
          <FolderRow
            key={folder.id}
            folder={{ ...folder, Icon: Folder }}
            depth={depth}
            chosen={chosen === folder.id}
            onChoose={() => library.query({ folder: folder.id })}
            onDropFile={file(folder.id)}
            onChange={() => onAsk({ what: "change", folder })}
            onDelete={() => onAsk({ what: "delete", folder })}
          />
        ))}
      </ul>
      <button type="button" className="btn sm" data-act="new-folder" onClick={() => onAsk({ what: "new" })}>
        <FolderPlus className="ic" aria-hidden="true" />
        {say("new_folder")}
      </button>
      <Meter quota={state.quota} />
      <button type="button" className="btn sm ghost" data-act="cleanup" onClick={() => onAsk({ what: "cleanup" })}>
        <Sparkles className="ic" aria-hidden="true" />
        {say("cleanup")}
      </button>
      {state.quota?.sets && (
        <button type="button" className="btn sm ghost" data-act="quotas" onClick={() => onAsk({ what: "quotas" })}>
          <HardDrive className="ic" aria-hidden="true" />
          {say("quotas")}
        </button>
      )}
    </nav>
  );
}

export function MediaPage() {
  const [library, state] = useLibrary({});
  const [acts, dialog] = useActs(library, state.folders, null);
  const [asked, setAsked] = useState(null);
  const [recording, setRecording] = useState(false);
  const { folder: at } = state.query;
  const inside = at && at !== "root" ? at : null;
  const close = () => setAsked(null);
  const send = (path, method, body) =>
    told(async () => {
      await call(path, { method, body });
      await library.loadAround();
      return true;
    });
  const remove = (folder, files) =>
    told(async () => {
      const above = state.folders.find(({ id }) => id === folder.parent_id);
      const { gone, moved } = await call(`/media/folders/${folder.id}?files=${files}`, { method: "DELETE" });
      close();
      const place = above ? say("kept_above", { count: moved, name: pathOf(state.folders, above) }) : say("kept_top", { count: moved });
      const parts = [gone.length && say("files_gone", { count: gone.length }), moved && place];
      // The folder does not come back: the files lie where those lie that were kept.
      const action = gone.length ? { label: say("undo"), onClick: () => takeBack(gone).then((back) => back.forEach((file) => library.take(file))) } : undefined;
      toast([say("folder_deleted", { name: folder.name }), ...parts].filter(Boolean).join(" "), { duration: UNDO, action });
      library.loadAround();
      library.query(at === folder.id ? { folder: folder.parent_id ?? "" } : {});
    });
  const { what, folder } = asked ?? {};
  return (
    <div className="media-page">
      <DropZone within=".media-page" folder={inside} />
      <Folders library={library} state={state} onAsk={setAsked} />
      <div className="media-main">
        <header className="media-tools">
          <Filters library={library} query={state.query} />
          {offers("voice_over") && (
            <button type="button" className="btn sm" data-act="open-recorder" onClick={() => setRecording(true)}>
              <Mic className="ic" aria-hidden="true" />
              {say("record_short")}
            </button>
          )}
          {offers("uploads") && <UploadButton folder={inside} />}
        </header>
        <Full quota={state.quota} />
        <UploadRows />
        <Grid library={library} state={state} rate={null} acts={acts} folder={inside} />
      </div>
      {dialog}
      {what === "new" && (
        <NameSheet
          title={say("new_folder")}
          label={say("name")}
          value=""
          act={say("create")}
          onName={(name) => send("/media/folders", "POST", { name, parent_id: inside })}
          onClose={close}
        />
      )}
      {what === "change" && <FolderSheet folder={folder} folders={state.folders} onChange={(body) => send(`/media/folders/${folder.id}`, "PATCH", body)} onClose={close} />}
      {what === "delete" && (
        <Sheet
          title={say("delete_folder", { name: folder.name })}
          onClose={close}
          acts={
            <>
              <button type="button" className="btn danger" onClick={() => remove(folder, "delete")}>
                {say("delete_with_files")}
              </button>
              <button type="button" className="btn" onClick={() => remove(folder, "keep")}>
                {say("delete_keep_files")}
              </button>
            </>
          }
        >
          <p className="t2">{say("delete_folder_count", { count: filesIn(folder, state.folders) })}</p>
          <p className="t2">{say("delete_folder_hint")}</p>
        </Sheet>
      )}
      {what === "cleanup" && <Cleanup onClose={close} onChange={() => library.load()} />}
      {what === "quotas" && <Quotas onClose={close} onChange={() => library.loadAround()} />}
      {recording && <Recorder onClose={() => setRecording(false)} />}
    </div>
  );
}
