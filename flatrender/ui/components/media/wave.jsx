// A sound's wave from the server's peaks, painted once at the size it has.
import { useEffect, useRef } from "react";

const HEADER = 16;
const cache = new Map();

/** The pairs of a level: Int8Array [low, high, low, high …]. */
export function peaksOf(file, level = 1) {
  const key = `${file.id}/${level}`;
  if (!cache.has(key)) {
    const asked = fetch(`${file.peaks.url}?level=${level}`)
      .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(answer.status))))
      .then((data) => new Int8Array(data, HEADER, 2 * new DataView(data).getUint32(8, true)));
    asked.catch(() => cache.delete(key));
    cache.set(key, asked);
    if (cache.size > 200) cache.delete(cache.keys().next().value);
  }
  return cache.get(key);
}

function paint(canvas, pairs) {
  const scale = devicePixelRatio || 1;
  const width = (canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale)));
  const height = (canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale)));
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(canvas).color;
  const bar = 2 * scale;
  const count = Math.max(1, Math.floor(width / (bar * 1.5)));
  const pieces = pairs.length / 2;
  for (let number = 0; number < count; number += 1) {
    const from = Math.floor((number * pieces) / count);
    const to = Math.max(from + 1, Math.floor(((number + 1) * pieces) / count));
    let most = 0;
    for (let at = from; at < to && at < pieces; at += 1) most = Math.max(most, -pairs[2 * at], pairs[2 * at + 1]);
    const tall = Math.max(scale, (most / 127) * height);
    context.fillRect(number * bar * 1.5, (height - tall) / 2, bar, tall);
  }
}

export function Wave({ file }) {
  const canvas = useRef(null);
  useEffect(() => {
    let live = true;
    if (file.peaks) peaksOf(file).then((pairs) => live && canvas.current && paint(canvas.current, pairs), () => {});
    return () => {
      live = false;
    };
  }, [file.id, Boolean(file.peaks)]);
  return <canvas ref={canvas} className="media-wave" aria-hidden="true" />;
}
