// The stage: the film's frame, as large as its place allows or at a chosen zoom, in its true aspect ratio.
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { LONGEST_SIDE, Theatre } from "./preview/theatre.js";

/** The canvas's pixels for a box on the page; `quality` 1, 1/2 or 1/4 of them. */
function pixels([width, height], quality) {
  const dense = Math.min(window.devicePixelRatio || 1, 2) * quality;
  const limit = Math.min(dense, LONGEST_SIDE / Math.max(width, height));
  return [Math.round(width * limit), Math.round(height * limit)];
}

/** `zoom`: null fits the place, else the share of the film's pixels. `onReady(theatre)` once. */
export function Stage({ projectId, size, library, zoom = null, quality = 1, backgroundOf, onReady, onError, onTold, onScale, children, label, busyLabel }) {
  const place = useRef(null);
  const host = useRef(null);
  const theatre = useRef(null);
  const fitted = useRef(null);
  const [box, setBox] = useState(null);
  const [busy, setBusy] = useState(0);
  const [gone, setGone] = useState(null);

  useEffect(() => {
    const made = new Theatre(projectId, host.current, { onError, onGone: setGone, onTold, backgroundOf, library, onBusy: (by) => setBusy((count) => count + by) });
    theatre.current = made;
    if (fitted.current) made.resize(...pixels(fitted.current, quality));
    onReady(made);
    return () => {
      made.destroy();
      theatre.current = null;
    };
    // The stage belongs to one project for its life; callbacks are stable.
  }, [projectId]);

  useLayoutEffect(() => {
    const fit = () => {
      const { width, height } = place.current.getBoundingClientRect();
      const scale = zoom ?? Math.min(width / size[0], height / size[1]);
      if (scale <= 0) return;
      onScale?.(scale);
      fitted.current = [Math.floor(size[0] * scale), Math.floor(size[1] * scale)];
      setBox(fitted.current);
    };
    fit();
    const observer = new ResizeObserver(fit);
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [size[0], size[1], zoom]);

  useEffect(() => {
    if (box) theatre.current?.resize(...pixels(box, quality));
  }, [box, quality]);

  return (
    <div className={`stage-place${zoom ? " zoomed" : ""}`} ref={place}>
      <div
        className="stage-frame"
        style={box ? { inlineSize: box[0], blockSize: box[1] } : undefined}
        aria-busy={busy > 0}
      >
        <div className="stage-host" ref={host} role="img" aria-label={label} />
        {children}
        {gone && (
          <p className="stage-gone" role="alert">
            {gone}
          </p>
        )}
        {busy > 0 && <span className="stage-busy pill">{busyLabel}</span>}
      </div>
    </div>
  );
}
