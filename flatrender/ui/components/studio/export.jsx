// Render: what it will cost before the click, live progress after it, then the film. Export: as which files.
import { useEffect, useRef, useState } from "react";
import { CircleCheck, CircleX, Clapperboard, Download, RotateCw, Settings2, X } from "lucide-react";
import { Dialog } from "radix-ui";
import { isHeld, noteOf } from "$/public/external/flatrender/ui/components/jobs/told.js";
import { listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { isOlder } from "$/public/external/flatrender/ui/components/live/newer.js";
import { useWaits } from "$/public/external/flatrender/ui/components/live/waits.js";
import { call } from "./api.js";
import { newId } from "./document.js";
import { useDoing } from "./doing.js";
import { ExportChoice } from "./export_choice.jsx";
import { useSession } from "./session.js";
import { bytes, lasting, percent, problem as problemOf, say } from "./words.js";

const DONE = new Set(["COMPLETED", "FAILED", "CANCELLED"]);
const POLL = 2000; // ms
const REST = 1000; // ms from a save until its cost is asked for
const SHOWN = new Set(["mp4", "webm"]);

/** Follows one job: pushes where the stream works, asking again where it does not. */
function useJob(id) {
  const [job, setJob] = useState(null);
  useEffect(() => {
    setJob(null);
    if (!id) return undefined;
    let over = false;
    const take = (row) => {
      if (over || row.id !== id) return;
      setJob((known) => (isOlder(row, known) ? known : { ...known, ...row }));
    };
    const ask = () => call(`/renders/${id}`).then(take, () => {});
    const stop = listen({
      onMessage(message) {
        if (message.kind === "job") take(message.job);
        if (message.kind === "resync" || message.kind === "farm") ask();
      },
    });
    ask();
    const timer = setInterval(ask, POLL);
    return () => {
      over = true;
      stop();
      clearInterval(timer);
    };
  }, [id]);
  return job;
}

function Estimate({ estimate }) {
  if (!estimate) return null;
  const { scenes, to_render: count, seconds, guessed } = estimate;
  const text = count ? say("to_render", { count, total: scenes }) : say("all_rendered");
  return (
    <p className="estimate">
      <span>{text}</span>
      {seconds ? <span className="num">{say(guessed ? "guessed_time" : "about_time", { time: lasting(seconds) })}</span> : null}
    </p>
  );
}

/** The finished files: one button for a single one, else a list. */
function Downloads({ exports, jobId }) {
  if (exports.length < 2) {
    return (
      <a className="btn primary" href={`/api/v1/renders/${jobId}/download`} download data-act="download">
        <Download className="ic" />
        {say("download")}
        {exports[0] ? <span className="num ltr"> {bytes(exports[0].bytes)}</span> : null}
      </a>
    );
  }
  return (
    <ul className="export-files">
      {exports.map((file) => (
        <li key={file.id}>
          <a className="btn" href={file.url} download data-download={file.format}>
            <Download className="ic" />
            <bdi dir="auto" className="trunc">
              {file.name}
            </bdi>
            <span className="num ltr"> {bytes(file.bytes)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function Progress({ job, onCancel, onRetry, onClose }) {
  const waits = useWaits(job);
  const done = Math.round((job.progress ?? 0) * 100);
  if (job.state === "COMPLETED") {
    const exports = job.exports ?? [];
    const shown = exports.find((file) => SHOWN.has(file.format));
    return (
      <div className="export-done">
        <p className="pill ok">
          <CircleCheck className="ic" />
          {say("film_ready")}
        </p>
        {/* The film itself, as downloaded: what was rendered is what is shown. */}
        {shown && <video className="export-film" src={`${shown.url}&inline=true`} controls playsInline preload="metadata" />}
        {exports.length > 1 && <Downloads exports={exports} jobId={job.id} />}
        <div className="acts">
          <button type="button" className="btn ghost" onClick={onClose}>
            {say("close")}
          </button>
          {exports.length < 2 && <Downloads exports={exports} jobId={job.id} />}
        </div>
      </div>
    );
  }
  if (job.state === "FAILED" || job.state === "CANCELLED") {
    return (
      <div className="export-done">
        <p className={`pill ${job.state === "FAILED" ? "danger" : ""}`}>
          <CircleX className="ic" />
          {say(job.state === "FAILED" ? "failed" : "cancelled")}
        </p>
        {job.error && <p className="says danger">{problemOf({ code: job.error_code, detail: job.error })}</p>}
        <div className="acts">
          <button type="button" className="btn ghost" onClick={onClose}>
            {say("close")}
          </button>
          <button type="button" className="btn" onClick={onRetry}>
            <RotateCw className="ic" />
            {say("retry")}
          </button>
        </div>
      </div>
    );
  }
  return (
    <div className="export-run">
      <div className="export-line">
        <strong>{say(`state_${waits ? "PENDING" : job.state}`)}</strong>
        <span className="grow t2 trunc">{noteOf(job.note)}</span>
        <span className="num" data-progress={done}>
          {percent(done)}
        </span>
      </div>
      <div className="bar" role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={done} aria-label={say("rendering")}>
        <i style={{ inlineSize: `${done}%` }} />
      </div>
      <p className="hint num">
        {isHeld(job) ? "" : waits ? say("waits_turn") : job.seconds_left ? say("time_left", { time: lasting(job.seconds_left) }) : say("estimating")}
      </p>
      <div className="acts">
        <button type="button" className="btn ghost" onClick={onClose}>
          {say("in_background")}
        </button>
        <button type="button" className="btn danger" onClick={onCancel} disabled={job.cancel_requested}>
          <X className="ic" />
          {say("cancel_render")}
        </button>
      </div>
    </div>
  );
}

export function Export({ session }) {
  const save = useSession(session, (state) => state.save);
  const loudness = useSession(session, (state) => state.document.audio.loudness ?? null);
  const [open, setOpen] = useState(false);
  const [estimate, setEstimate] = useState(null);
  const [jobId, setJobId] = useState(null);
  const { busy, problem, setProblem, act } = useDoing(say("offline_render"));
  const [choosing, setChoosing] = useState(false);
  const attempt = useRef(null);
  const job = useJob(open ? jobId : null);
  const projectId = session.project.id;

  useEffect(() => {
    // What is saved may have changed what must be rendered. It is asked when the hands rest: a keystroke comes first.
    if (save.kind !== "saved") return undefined;
    let over = false;
    const take = (answer) => over || setEstimate(answer);
    let timer = 0;
    const ask = () => {
      if (session.dragging) timer = setTimeout(ask, REST); // what is in the hand comes first, too
      else call(`/renders/estimate?project_id=${projectId}`).then(take, () => take(null));
    };
    timer = setTimeout(ask, estimate ? REST : 0);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [save.kind, projectId, job?.state]);

  const send = (path, body, headers) =>
    act(async () => {
      session.flush();
      await session.saved();
      setJobId((await call(path, { method: "POST", body, headers })).id);
    });
  const start = (wish = {}) => {
    setChoosing(false);
    setOpen(true);
    if (job && !DONE.has(job.state)) return;
    attempt.current = newId();
    setJobId(null);
    send("/renders", { project_id: projectId, ...wish }, { "Idempotency-Key": attempt.current });
  };
  // The project's menu has this too, where the bar has no room for the button.
  const choose = () => {
    const running = job && !DONE.has(job.state);
    setChoosing(!running);
    if (!running) setJobId(null);
    setProblem("");
    setOpen(true);
  };

  useEffect(() => {
    session.chooseExport = estimate?.presets ? choose : null;
    return () => (session.chooseExport = null);
  });

  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <div className="export">
        <Estimate estimate={estimate} />
        <button type="button" className="btn" onClick={choose} disabled={!estimate?.presets} data-act="choose-export">
          <Settings2 className="ic" />
          {say("export_as")}
        </button>
        <button type="button" className="btn primary" onClick={() => start()} disabled={busy} aria-busy={busy} data-act="render">
          <Clapperboard className="ic" />
          {say("render")}
        </button>
      </div>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="dialog" aria-describedby={undefined} data-job={jobId ?? ""}>
          <Dialog.Title className="h16">
            <bdi dir="auto">{session.project.name}</bdi>
          </Dialog.Title>
          {problem && (
            <p className="says danger" role="alert">
              {problem}
            </p>
          )}
          {problem && !job && !choosing && (
            <div className="acts">
              <button type="button" className="btn" onClick={() => setOpen(false)}>
                {say("close")}
              </button>
            </div>
          )}
          {choosing && estimate?.presets && (
            <ExportChoice estimate={estimate} range={session.state.range} loudness={loudness} onLoudness={(value) => session.edit([{ op: "set_audio", loudness: value }])} onStart={start} onClose={() => setOpen(false)} busy={busy} />
          )}
          {!problem && !job && !choosing && <p className="hint">{say("sending")}</p>}
          {job && (
            <Progress
              job={job}
              onClose={() => setOpen(false)}
              onCancel={() => call(`/renders/${job.id}/cancel`, { method: "POST" }).catch((error) => setProblem(error.message))}
              onRetry={() => send(`/renders/${job.id}/retry`)}
            />
          )}
          <span className="vh" role="status" aria-live="polite">
            {job ? `${say(`state_${job.state}`)} ${percent(Math.round((job.progress ?? 0) * 10) * 10)}` : ""}
          </span>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
