// The field of a picture, a film or a sound: a file from the desktop, dropped or chosen, or one that is here already.
import { useEffect, useId, useState } from "react";
import { AudioLines, FolderOpen, Image as ImageIcon, ImageUp, LoaderCircle, Music } from "lucide-react";
import { Popover } from "radix-ui";
import { Filters } from "$/public/external/flatrender/ui/components/media/grid.jsx";
import { useLibrary } from "$/public/external/flatrender/ui/components/media/library.js";
import { bringIn } from "$/public/external/flatrender/ui/components/media/uploads.js";
import { say as sayMedia } from "$/public/external/flatrender/ui/components/media/words.js";
import { call, upload } from "./api.js";
import { useDropped, useSending } from "./doing.js";
import { Row, labelOf } from "./field_row.jsx";
import { Filling } from "./filling.jsx";
import { MEDIA } from "./timeline/drops.js";
import { say } from "./words.js";

const FILM = /\.(gif|mp4|m4v|mov|webm|mkv|mts|m2ts|avi|mpe?g)$/i;
const PICTURES = { kinds: ["image", "video"], accept: "image/png,image/jpeg,image/webp,image/gif,video/*,.mkv,.mts,.m2ts", wrong: "not_a_picture", upload: "image" };
const SOUNDS = { kinds: ["audio", "video"], accept: "audio/*,video/*,.mkv,.mts,.m2ts", wrong: "not_audio", upload: "music" };
const rulesOf = (kind) => (kind === "audio" ? SOUNDS : PICTURES);

/** Whether an element of this kind takes a file. */
export const takes = (kind, file) => rulesOf(kind).kinds.includes(file.kind);

/** A file from the desktop for an element: its facts, null where its upload was cancelled. A film is sent in pieces and
 * read before it is shown, and so is what may turn out to move. Throws what is wrong with it. */
export function bring(file, kind, onShare) {
  if (file.type.startsWith("video/") || FILM.test(file.name)) return bringIn(file, onShare);
  return upload("/media", file, onShare, { kind: rulesOf(kind).upload });
}

/** The chosen picture, else the template's own; where its file is missing, a sign. */
function Thumbnail({ address, own, Sign = ImageIcon }) {
  const [gone, setGone] = useState(!address);
  if (gone) return <Sign className="ic s18" aria-hidden="true" />;
  return <img className={own ? "own" : undefined} src={address} alt="" onError={() => setGone(true)} />;
}

/** The name of a chosen sound: it has no picture by which one would know it. */
function Name({ media }) {
  const [name, setName] = useState("");
  useEffect(() => {
    let here = true;
    call(`/media/${media}`).then((file) => here && setName(file.name), () => {});
    return () => {
      here = false;
    };
  }, [media]);
  return (
    <bdi className="trunc fs12" dir="auto">
      {name}
    </bdi>
  );
}

function Files({ element, onChoose }) {
  const { kinds } = rulesOf(element.kind);
  const [library, { items, loading, next, problem, query }] = useLibrary({ kind: element.kind });
  const ready = items.filter((file) => file.state === "ready" || (file.kind === "audio" && file.duration));
  return (
    <>
      <Filters library={library} query={query} kinds={false} />
      <div className="seg fill" role="group" aria-label={sayMedia("kind")}>
        {kinds.map((kind) => (
          <button key={kind} type="button" aria-pressed={query.kind === kind} onClick={() => library.query({ kind })}>
            {sayMedia(`kinds_${kind}`)}
          </button>
        ))}
      </div>
      {problem && <p role="alert">{problem}</p>}
      {loading && !items.length && <LoaderCircle className="ic spin" aria-label={sayMedia("loading")} />}
      {!loading && !problem && !ready.length && <p className="hint">{sayMedia(query.q ? "none_found" : "none_of_kind")}</p>}
      <ul className="media-grid" aria-label={sayMedia("files")}>
        {ready.map((file) => (
          <li key={file.id} className="media-tile">
            <button type="button" className={`media-pick${file.kind === "audio" ? " audio" : ""}`} aria-label={file.name} title={file.name} data-media={file.id} onClick={() => onChoose(file)}>
              <Thumbnail address={file.thumbnail} Sign={file.kind === "audio" ? AudioLines : ImageIcon} />
            </button>
            <bdi className="trunc fs12" dir="auto">
              {file.name}
            </bdi>
          </li>
        ))}
      </ul>
      {next && (
        <button type="button" className="btn sm" onClick={() => library.load(true)}>
          {sayMedia("show_more")}
        </button>
      )}
    </>
  );
}

/** A file that was uploaded before. */
function FromFiles({ element, disabled, onChoose }) {
  const [open, setOpen] = useState(false);
  const label = say("from_files", { name: labelOf(element) });
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button type="button" className="ib" aria-label={label} title={label} disabled={disabled}>
          <FolderOpen className="ic" aria-hidden="true" />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover files-choice" side="left" align="start" sideOffset={8} collisionPadding={12} aria-label={label}>
          <Files
            element={element}
            onChoose={(file) => {
              setOpen(false);
              onChoose(file);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

export function MediaField({ session, clip, element, value, ...row }) {
  const id = useId();
  const { share, problem, setProblem, send } = useSending(say("offline_upload"));
  const media = value?.media ?? null;
  const sound = element.kind === "audio";
  const choose = (file) => {
    if (!takes(element.kind, file)) return setProblem(say(rulesOf(element.kind).wrong));
    setProblem("");
    const chosen = sound ? { media: file.id } : { media: file.id, fit: value?.fit ?? "cover", focus: [0.5, 0.5] };
    return session.edit([{ op: "set_value", clip: clip.id, key: element.key, value: chosen }]);
  };
  const take = (file) => {
    if (!file) return;
    session.reveal(clip.id);
    send(async (onShare) => {
      const brought = await bring(file, element.kind, onShare);
      if (brought) choose(brought);
    });
  };
  const { over, onto } = useDropped((data) => {
    const text = data.getData(MEDIA); // a file of the media panel
    return text ? choose(JSON.parse(text)) : take(data.files[0]);
  });
  const label = () => {
    if (share === null) return say(`${media || element.picture ? "replace" : "choose"}_${element.kind}`);
    return share < 1 ? say("uploading", { percent: Math.round(share * 100) }) : sayMedia("reading");
  };
  return (
    <Row id={id} element={element} {...row} problem={problem || row.problem}>
      <div className={`studio-drop${over ? " over" : ""}`} {...onto}>
        {!sound && (
          <span className="studio-picture">
            <Thumbnail key={media ?? element.picture} own={!media} address={media ? `/api/v1/media/${media}/thumbnail` : element.picture} />
          </span>
        )}
        <label className="btn sm" htmlFor={id}>
          {sound ? <Music className="ic" aria-hidden="true" /> : <ImageUp className="ic" aria-hidden="true" />}
          {label()}
        </label>
        <input
          id={id}
          className="vh"
          type="file"
          accept={rulesOf(element.kind).accept}
          disabled={share !== null}
          onChange={(event) => {
            take(event.target.files[0]);
            event.target.value = "";
          }}
        />
        <FromFiles element={element} disabled={share !== null} onChoose={choose} />
      </div>
      {sound && media && <Name media={media} />}
      {share !== null && (
        <div className="bar" role="progressbar" aria-valuenow={Math.round(share * 100)} aria-label={say("uploading_label")}>
          <i style={{ inlineSize: `${share * 100}%` }} />
        </div>
      )}
      {media && !sound && (
        <Filling
          picture={`/api/v1/media/${media}/thumbnail`}
          fit={{ mode: value.fit ?? "cover", focus: value.focus ?? [0.5, 0.5], crop: value.crop ?? [0, 0, 0, 0] }}
          onChange={({ mode = value.fit ?? "cover", ...change }) => session.type(clip.id, element.key, { ...value, fit: mode, ...change })}
          onEnd={() => session.flush()}
        />
      )}
    </Row>
  );
}
