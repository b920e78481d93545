// What can be done with files, and the dialogs that it takes. Deleting is undone by a toast, everything else shows at once.
import { useState } from "react";
import { Dialog } from "radix-ui";
import { toast } from "sonner";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { bytes, clock, date, frameRate, noteOf, problemOf, say } from "./words.js";

export const UNDO = 10_000; // ms

const change = (file, body) => call(`/media/${file.id}`, { method: "PATCH", body });

/** Runs `act`; a refusal becomes a toast. */
export async function told(act) {
  try {
    return await act();
  } catch (error) {
    toast(error.status ? error.message : say("unreachable"));
    return null;
  }
}

export function removeFile(file, library) {
  return told(async () => {
    await call(`/media/${file.id}`, { method: "DELETE" });
    library.drop(file.id);
    toast(say("deleted", { name: file.name }), {
      duration: UNDO,
      action: { label: say("undo"), onClick: () => told(async () => library.take(await call(`/media/${file.id}/restore`, { method: "POST" }))) },
    });
  });
}

const AT_ONCE = 1000; // that the server takes

/** Takes back that files were deleted: one that is gone for good keeps the others from nothing. */
export async function takeBack(ids) {
  const back = [];
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    const answer = await told(() => call("/media/restore", { method: "POST", body: { ids: ids.slice(first, first + AT_ONCE) } }));
    if (!answer) return back; // it was said why
    back.push(...answer.items);
  }
  if (back.length < ids.length) toast(say("not_all_back", { count: ids.length - back.length }));
  return back;
}

/** A dialog with a title, its content and a row of buttons. `held`: what Esc and a click beside do in place of closing
 * it, where something would be lost. */
export function Sheet({ title, onClose, wide, held, children, acts }) {
  const keep = held ? (event) => (event.preventDefault(), held()) : undefined; // the dialog calls whatever is no undefined
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className={`dialog${wide ? " wide" : ""}`} aria-describedby={undefined} onEscapeKeyDown={keep} onInteractOutside={keep}>
          <Dialog.Title className="h16">{title}</Dialog.Title>
          {children}
          <div className="acts">
            <Dialog.Close asChild>
              <button type="button" className="btn ghost">
                {say(acts ? "cancel" : "close")}
              </button>
            </Dialog.Close>
            {acts}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Asks for a name, until one is taken: `onName` answers null where it is refused. `children`: further fields. */
export function NameSheet({ title, label, value, act, onName, onClose, children }) {
  const [name, setName] = useState(value);
  const [sending, setSending] = useState(false);
  const send = async (event) => {
    event.preventDefault();
    if (!name.trim() || sending) return;
    setSending(true);
    const taken = await onName(name.trim());
    setSending(false);
    if (taken !== null) onClose();
  };
  return (
    <Sheet
      title={title}
      onClose={onClose}
      acts={
        <button type="submit" form="media-name" className="btn primary" disabled={!name.trim()} aria-busy={sending}>
          {act}
        </button>
      }
    >
      <form id="media-name" onSubmit={send}>
        <label className="fieldset">
          <span className="label">{label}</span>
          <span className="field">
            <input dir="auto" autoFocus maxLength={120} value={name} onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} />
          </span>
        </label>
        {children}
      </form>
    </Sheet>
  );
}

/** A folder's name with those it lies in: "Trip / Day 1". */
export function pathOf(folders, folder) {
  const names = [];
  for (let at = folder; at; at = folders.find((one) => one.id === at.parent_id)) names.unshift(at.name);
  return names.join(" / ");
}

/** A choice among folders; `value`: an id, or "" for none. */
export function FolderChoice({ label, folders, value, onChoose }) {
  const listed = folders.map((folder) => [folder.id, pathOf(folders, folder)]).sort((a, b) => a[1].localeCompare(b[1]));
  return (
    <label className="fieldset">
      <span className="label">{label}</span>
      <select className="studio-select" value={value} onChange={(event) => onChoose(event.target.value)}>
        <option value="">{say("no_folder")}</option>
        {listed.map(([id, path]) => (
          <option key={id} value={id}>
            {path}
          </option>
        ))}
      </select>
    </label>
  );
}

function MoveSheet({ file, folders, onClose, onMove }) {
  const [target, setTarget] = useState(file.folder_id ?? "");
  return (
    <Sheet
      title={say("move_title", { name: file.name })}
      onClose={onClose}
      acts={
        <button type="button" className="btn primary" onClick={() => onMove(target || null)}>
          {say("move_act")}
        </button>
      }
    >
      <FolderChoice label={say("folder")} folders={folders} value={target} onChoose={setTarget} />
    </Sheet>
  );
}

function About({ file, onClose }) {
  const rows = [
    [say("size"), bytes(file.size)],
    [say("came"), date(file.created_at)],
    file.width && [say("pixels"), `${file.width} × ${file.height}`],
    file.duration && [say("length"), clock(file.duration)],
    file.rate && [say("rate"), frameRate(file.rate)],
    file.delete_at && [say("goes"), date(file.delete_at)],
  ].filter(Boolean);
  return (
    <Sheet title={file.name} onClose={onClose}>
      {file.kind === "video" && file.state === "ready" && <video className="media-play" src={file.play} poster={file.thumbnail} controls />}
      {file.kind === "audio" && file.state === "ready" && <audio className="media-play" src={file.play} controls />}
      {file.kind === "image" && file.thumbnail && <img className="media-play" src={file.thumbnail} alt="" />}
      <dl className="media-facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt className="t3">{name}</dt>
            <dd className="num" dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
      {[...file.notes.map(noteOf), problemOf(file)].filter(Boolean).map((text) => (
        <p key={text} className="hint">
          {text}
        </p>
      ))}
      <p className="media-uses fs12">
        {file.uses.length ? say("used_in") : say("unused")}
        {file.uses.map((use) => (
          <bdi key={use.kind + use.id} dir="auto">
            {" "}
            {use.name}
          </bdi>
        ))}
      </p>
    </Sheet>
  );
}

/** The acts of a tile and the dialog that is open, to be drawn. */
export function useActs(library, folders, insert) {
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const put = (file, body) => told(async () => library.take(await change(file, body)));
  const acts = {
    insert,
    rename: (file) => setOpen({ what: "rename", file }),
    move: (file) => setOpen({ what: "move", file }),
    about: (file) => told(async () => setOpen({ what: "about", file: await call(`/media/${file.id}`) })),
    use: (file, use) => put(file, { use }),
    keep: (file) => put(file, { kept: !file.kept }),
    retry: (file) => told(async () => library.take(await call(`/media/${file.id}/retry`, { method: "POST" }))),
    remove: (file) => removeFile(file, library),
  };
  const { what, file } = open ?? {};
  const dialog = (
    <>
      {what === "rename" && (
        <NameSheet title={say("rename")} label={say("name")} value={file.name} act={say("rename")} onName={(name) => put(file, { name })} onClose={close} />
      )}
      {what === "move" && (
        <MoveSheet
          file={file}
          folders={folders}
          onClose={close}
          onMove={(folder) => {
            put(file, { folder_id: folder });
            close();
          }}
        />
      )}
      {what === "about" && <About file={file} onClose={close} />}
    </>
  );
  return [acts, dialog];
}
