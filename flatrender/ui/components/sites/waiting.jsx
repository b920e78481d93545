// A page whose things are on their way, or could not be had: then why, and the way to ask again. And what runs one at a time.
import { useRef, useState } from "react";
import { LoaderCircle } from "lucide-react";
import { speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

/** `word`: what is being loaded; `problem`: why it could not be (a sentence). */
export function Waiting({ word, problem, onRetry }) {
  const [busy, once] = useOnce();
  if (!problem)
    return (
      <p className="empty-line t3 row g8" role="status">
        <LoaderCircle className="ic spin" aria-hidden="true" /> {word}
      </p>
    );
  return (
    <div className="empty" role="alert">
      <h2 className="h20">{speak("states.failed")}</h2>
      <p><bdi dir="auto">{problem}</bdi></p>
      <button type="button" className="btn" aria-busy={busy} onClick={once(onRetry)} data-act="again">
        {busy && <LoaderCircle className="ic spin" aria-hidden="true" />} {speak("states.again")}
      </button>
    </div>
  );
}

/** `[busy, once]`: `once(work)` is a handler that does nothing while an earlier one is still at work. */
export function useOnce() {
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const once = (work) => async (...given) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    try {
      await work(...given);
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return [busy, once];
}
