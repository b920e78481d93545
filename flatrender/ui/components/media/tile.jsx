// One file in a grid: its picture, frames under the pointer, wave, progress, and what can be done with it.
import { useState } from "react";
import { AudioLines, Download, Ellipsis, FolderInput, Info, Music2, Pencil, Plus, RotateCw, Shield, Trash2, TriangleAlert } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { clock, percent, problemOf, say } from "./words.js";
import { Wave } from "./wave.jsx";

export const DRAGGED = "application/x-flatrender-media";

/** What a track needs to know of a file in the air; frames at the document's rate. */
export function lifted(file, rate) {
  const frames = file.duration && rate ? Math.max(1, Math.round((file.duration * rate[0]) / rate[1])) : null;
  return { ...file, duration_frames: frames };
}

/** The frame of a film under the pointer, from its sheet. */
function Frames({ file }) {
  const [at, setAt] = useState(null);
  const { sprite } = file;
  const move = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width));
    setAt(Math.floor(share * sprite.count));
  };
  const shown = at !== null && {
    backgroundImage: `url(${sprite.url})`,
    backgroundSize: `${sprite.columns * 100}% ${sprite.rows * 100}%`,
    backgroundPosition: `${sprite.columns > 1 ? ((at % sprite.columns) * 100) / (sprite.columns - 1) : 0}% ${
      sprite.rows > 1 ? (Math.floor(at / sprite.columns) * 100) / (sprite.rows - 1) : 0
    }%`,
    aspectRatio: `${sprite.width} / ${sprite.height}`,
  };
  return (
    <span className="media-frames" onPointerMove={move} onPointerLeave={() => setAt(null)}>
      {shown && <span className="media-frame" style={shown} />}
    </span>
  );
}

function Picture({ file }) {
  if (file.state === "failed") return <TriangleAlert className="ic s18 danger" aria-hidden="true" />;
  if (file.kind === "audio") return file.peaks ? <Wave file={file} /> : <AudioLines className="ic s18" aria-hidden="true" />;
  if (!file.thumbnail) return null;
  return (
    <>
      <img src={file.thumbnail} alt="" loading="lazy" draggable={false} />
      {file.sprite && <Frames file={file} />}
    </>
  );
}

function Item({ Icon, act, onSelect, danger, children }) {
  return (
    <DropdownMenu.Item className={`item${danger ? " danger" : ""}`} data-act={act} onSelect={onSelect}>
      <Icon className="ic" aria-hidden="true" /> <span className="grow">{children}</span>
    </DropdownMenu.Item>
  );
}

/** `acts`: { insert?, rename, move, use, keep, about, remove, retry }, each called with the file. */
export function Tile({ file, rate, acts }) {
  const ready = file.state === "ready";
  const usable = ready || (file.kind === "audio" && file.duration);
  const said = [file.name, say(`kind_${file.kind}`), file.duration ? clock(file.duration) : ""];
  if (!ready) said.push(file.state === "failed" ? problemOf(file) : say("reading"));
  return (
    <li
      className="media-tile"
      data-media={file.id}
      data-state={file.state}
      data-kind={file.kind}
      draggable={Boolean(usable)}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = "copyMove";
        event.dataTransfer.setData(DRAGGED, JSON.stringify(lifted(file, rate)));
        event.dataTransfer.setData("text/plain", file.name);
      }}
    >
      <button
        type="button"
        className={`media-pick ${file.kind} ${file.use ?? ""}`}
        aria-label={said.filter(Boolean).join(", ")}
        title={problemOf(file) ?? file.name}
        onDoubleClick={() => usable && (acts.insert ?? acts.about)(file)}
        onKeyDown={(event) => {
          if (event.key !== "Delete" && event.key !== "Enter") return;
          event.preventDefault();
          event.stopPropagation(); // the editor has acts of its own for these keys
          if (event.key === "Delete") return acts.remove(file);
          if (usable) (acts.insert ?? acts.about)(file);
        }}
      >
        <Picture file={file} />
        {file.duration ? <span className="media-length tc">{clock(file.duration)}</span> : null}
        {(file.state === "waiting" || file.state === "working") && (
          <span className="media-reading">
            <progress max="1" value={file.progress} aria-label={say("reading")} />
            <span className="fs11">{file.state === "waiting" ? say("waiting") : percent(file.progress * 100)}</span>
          </span>
        )}
      </button>
      <span className="media-name">
        <bdi className="trunc fs12" dir="auto">
          {file.name}
        </bdi>
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger asChild>
            <button type="button" className="ib dense" aria-label={say("more", { name: file.name })}>
              <Ellipsis className="ic" />
            </button>
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
              {acts.insert && usable && <Item Icon={Plus} act="insert" onSelect={() => acts.insert(file)}>{say("insert")}</Item>}
              {file.can_retry && <Item Icon={RotateCw} act="retry" onSelect={() => acts.retry(file)}>{say("retry")}</Item>}
              <Item Icon={Info} act="about" onSelect={() => acts.about(file)}>{say("about")}</Item>
              <Item Icon={Pencil} act="rename" onSelect={() => acts.rename(file)}>{say("rename")}</Item>
              <Item Icon={FolderInput} act="move" onSelect={() => acts.move(file)}>{say("move")}</Item>
              {file.kind === "audio" &&
                ["music", "voice", "sfx"].filter((use) => use !== file.use).map((use) => (
                  <Item key={use} Icon={Music2} act={`use-${use}`} onSelect={() => acts.use(file, use)}>{say(`use_as_${use}`)}</Item>
                ))}
              <Item Icon={Shield} act="keep" onSelect={() => acts.keep(file)}>{say(file.kept ? "unkeep" : "keep")}</Item>
              {ready && (
                <DropdownMenu.Item className="item" asChild>
                  <a href={file.url} download={file.name}>
                    <Download className="ic" aria-hidden="true" /> <span className="grow">{say("download")}</span>
                  </a>
                </DropdownMenu.Item>
              )}
              <Item Icon={Trash2} act="delete" danger onSelect={() => acts.remove(file)}>{say("delete")}</Item>
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
      </span>
      {file.notes.length > 0 && ready && (
        <span className="media-note fs11 t3" title={file.notes.map((note) => note.detail).join("\n")}>
          {say(`short_${file.notes[0].code}`)}
        </span>
      )}
      {file.state === "failed" && <span className="says danger fs11">{problemOf(file)}</span>}
    </li>
  );
}
