// The media panel of the studio: uploads, files, sounds; dragged to a track, or inserted at the playhead.
import { useState, useSyncExternalStore } from "react";
import { Mic } from "lucide-react";
import { Link } from "react-router";
import { useActs } from "./acts.jsx";
import { Filters, Grid } from "./grid.jsx";
import { useLibrary } from "./library.js";
import { UploadButton, UploadRows } from "./receiving.jsx";
import { Recorder } from "./recorder.jsx";
import { lifted } from "./tile.jsx";
import { bytes, say } from "./words.js";

const NARROW = typeof matchMedia === "function" ? matchMedia("(max-width: 900px)") : null;

/** Whether there is no room for a panel beside the stage. */
export function useNarrow() {
  return useSyncExternalStore(
    (listener) => {
      NARROW?.addEventListener("change", listener);
      return () => NARROW?.removeEventListener("change", listener);
    },
    () => NARROW?.matches ?? false,
  );
}

/** How much of the room is used; a warning from nine tenths on. */
export function Meter({ quota }) {
  if (!quota) return null;
  const share = quota.limit ? quota.used / quota.limit : 1;
  return (
    <div className={`media-quota${share >= 0.9 ? " warn" : ""}`}>
      <progress max={Math.max(1, quota.limit)} value={Math.min(quota.used, quota.limit)} aria-label={say("room")} />
      <span className="fs11 num">{say("used_of", { used: bytes(quota.used), limit: bytes(quota.limit) })}</span>
    </div>
  );
}

/** What is to be done when there is no room left, of one's own or of the site; nothing before. */
export function Full({ quota }) {
  if (!quota || quota.used < quota.limit) return null;
  const site = quota.tenant && quota.tenant.used >= quota.tenant.limit;
  return (
    <p className="notice warn" role="status" data-part="full">
      {say(site ? "full_site" : "full", { limit: bytes(site ? quota.tenant.limit : quota.limit) })}
    </p>
  );
}

/** `kind`: "audio" for the panel of sounds. */
export function MediaPanel({ session, kind = "" }) {
  const [library, state] = useLibrary({ kind });
  const [recording, setRecording] = useState(false);
  const rate = session.document.rate;
  const insert = (file, at) => {
    const detail = lifted(file, rate);
    if (session.insertMedia) session.insertMedia(detail, at);
    else window.dispatchEvent(new CustomEvent("flatrender:insert-media", { detail }));
  };
  const insertHere = () => {
    const { frame } = session.state;
    return (file) => insert(file, frame);
  };
  const [acts, dialog] = useActs(library, state.folders, insert);
  return (
    <section className="studio-panel media-panel" aria-label={say(kind === "audio" ? "sounds" : "files")}>
      <header className="panel-head">
        <h2>{say(kind === "audio" ? "sounds" : "files")}</h2>
        <span className="row g4">
          <button type="button" className="btn sm" data-act="open-recorder" onClick={() => setRecording(true)}>
            <Mic className="ic" aria-hidden="true" />
            {say("record_short")}
          </button>
          <UploadButton kind={kind} />
        </span>
      </header>
      <Filters library={library} query={state.query} kinds={!kind} />
      <div className="media-scroll">
        <UploadRows />
        <Grid library={library} state={state} rate={rate} acts={acts} />
      </div>
      <footer className="media-foot">
        <Meter quota={state.quota} />
        <Link className="link fs12" to="/media">
          {say("all_files")}
        </Link>
      </footer>
      {dialog}
      {recording && <Recorder onInsert={insertHere} onClose={() => setRecording(false)} />}
    </section>
  );
}
