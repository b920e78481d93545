// Files on their way in: the button, the drop zone over a whole page, the rows of what is under way.
import { useEffect, useId, useState } from "react";
import { RotateCw, Upload, X } from "lucide-react";
import { addFiles, cancel, restore, retry, useUploads } from "./uploads.js";
import { bytes, lasting, percent, say } from "./words.js";

const ACCEPT = "video/*,image/*,audio/*,.mkv,.mts,.m2ts";

/** Chooses files; several at once. */
export function UploadButton({ folder, kind, primary }) {
  const id = useId();
  return (
    <>
      <label className={`btn sm${primary ? " primary" : ""}`} htmlFor={id}>
        <Upload className="ic" aria-hidden="true" />
        {say("upload")}
      </label>
      <input
        id={id}
        className="vh"
        type="file"
        multiple
        accept={kind === "audio" ? "audio/*,video/*" : ACCEPT}
        onChange={(event) => {
          addFiles(event.target.files, { folder });
          event.target.value = "";
        }}
      />
    </>
  );
}

function stateOf(item) {
  if (item.state === "failed" || item.state === "unread") return item.problem;
  if (item.state === "reading") return `${say("reading")} · ${percent(item.share * 100)}`;
  if (item.state === "offline") return say("offline");
  if (item.state === "waiting") return say("queued");
  const figures = { sent: bytes(item.sent), size: bytes(item.size) };
  return item.left === null ? say("sent", figures) : say("sent_left", { ...figures, time: lasting(Math.max(1, item.left)) });
}

const broken = ({ state }) => state === "failed" || state === "unread";

/** The uploads under way in this tab. `placing`: also what is whole and being read for who waits for it; where the files
 * themselves are shown, they say so. */
export function UploadRows({ placing = false }) {
  const items = useUploads().filter(({ state }) => placing || (state !== "reading" && state !== "unread"));
  useEffect(() => {
    restore();
  }, []);
  if (!items.length) return null;
  return (
    <ul className="media-uploads" aria-label={say("uploads")}>
      {items.map((item) => (
        <li key={item.id} className="media-upload" data-upload={item.state}>
          <span className="media-upload-words">
            <bdi className="trunc fs12" dir="auto">
              {item.name}
            </bdi>
            <span className={`fs11 num${broken(item) ? " danger" : " t3"}`} role={broken(item) ? "alert" : undefined}>
              {stateOf(item)}
            </span>
          </span>
          {item.state === "failed" && (
            <button type="button" className="ib dense" aria-label={say("retry_of", { name: item.name })} onClick={() => retry(item)}>
              <RotateCw className="ic s14" />
            </button>
          )}
          <button type="button" className="ib dense" aria-label={say(item.state === "unread" ? "close_of" : "cancel_of", { name: item.name })} onClick={() => cancel(item)}>
            <X className="ic s14" />
          </button>
          {item.state === "reading" && <progress max="1" value={item.share} aria-label={say("reading_of", { name: item.name })} />}
          {!["reading", "unread"].includes(item.state) && (
            <progress max={item.size} value={item.sent} aria-label={say("progress_of", { name: item.name, percent: Math.round((item.sent / item.size) * 100) })} />
          )}
        </li>
      ))}
    </ul>
  );
}

const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

/** The whole element around takes files from the desktop. What takes them itself (a field, a track) goes first. */
export function DropZone({ within, folder = null }) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const inside = (event) => carriesFiles(event) && event.target.closest?.(within);
    const drag = (event) => {
      if (!inside(event)) return;
      const taken = event.defaultPrevented;
      event.preventDefault(); // else the browser leaves the page to show the file
      setOver(!taken);
    };
    const leave = (event) => event.relatedTarget === null && setOver(false);
    const drop = (event) => {
      setOver(false);
      if (!inside(event) || event.defaultPrevented) return;
      event.preventDefault();
      addFiles(event.dataTransfer.files, { folder });
    };
    // Tracks hand in what was dropped on them, and get each file back when it is read.
    const asked = ({ detail: { files, ...more } }) => addFiles(files, more);
    window.addEventListener("dragover", drag);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    window.addEventListener("flatrender:upload", asked);
    return () => {
      window.removeEventListener("dragover", drag);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
      window.removeEventListener("flatrender:upload", asked);
    };
  }, [within, folder]);
  if (!over) return null;
  return (
    <div className="media-drop" aria-hidden="true">
      <Upload className="ic s24" />
      <span className="h16">{say("drop")}</span>
    </div>
  );
}
