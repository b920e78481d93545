// The project document in the browser: the working copy. Its shape, the layout of clips and the edits are those of
// flatrender/projects (timeline.py, edits.py), which keeps the document of record. Nothing here changes a document.

const track = (document, kind) => document.tracks.find((one) => one.kind === kind);

export const clipsOf = (document) => track(document, "scene").items.filter((item) => item.type === "clip");
export const clipById = (document, id) => clipsOf(document).find((clip) => clip.id === id);
export const musicOf = (document) => track(document, "music")?.items.find((item) => item.type === "clip") || null;
export const musicVolume = (document) => track(document, "music")?.volume ?? 1;

/** The transitions between the clips: gaps[i] between clips i and i + 1, null for a cut. */
export function gapsOf(document) {
  const gaps = [];
  let pending = null;
  let seen = false;
  for (const item of track(document, "scene").items) {
    if (item.type === "transition") pending = item;
    else {
      if (seen) gaps.push(pending);
      seen = true;
      pending = null;
    }
  }
  return gaps;
}

/** Where each clip lies: [{ clip, start, end, overlap }] in film frames. */
export function layout(document) {
  const placed = [];
  const gaps = gapsOf(document);
  let position = 0;
  clipsOf(document).forEach((clip, index) => {
    const gap = index ? gaps[index - 1] : null;
    const before = placed[index - 1]?.clip;
    const halves = gap ? [Math.floor(clip.duration / 2), Math.floor(before.duration / 2)] : [];
    const overlap = gap ? Math.min(gap.duration, ...halves) : 0;
    const start = position - overlap;
    position = start + clip.duration;
    placed.push({ clip, start, end: position, overlap });
  });
  return placed;
}

export const filmLength = (document) => Math.max(0, ...layout(document).map((placed) => placed.end));

/** What is on show at a film frame: [{ clip, local, opacity }], the lower one first. */
export function visibleAt(document, frame) {
  const found = [];
  for (const { clip, start, end, overlap } of visibleAt.placed(document)) {
    if (frame < start || frame >= end) continue;
    const local = frame - start;
    // The incoming scene of a cross-fade of n frames is 1/(n+1) … n/(n+1) there, as FFmpeg's xfade mixes it.
    found.push({ clip, local, opacity: local < overlap ? (local + 1) / (overlap + 1) : 1 });
  }
  return found;
}

let known = { document: null, placed: [] };
visibleAt.placed = (document) => {
  if (known.document !== document) known = { document, placed: layout(document) };
  return known.placed;
};

/** `MM:SS:FF`, with hours only when there are any. */
export function timecode(frame, rate) {
  const base = Math.round(rate[0] / rate[1]);
  const seconds = Math.floor(frame / base);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const parts = [two(Math.floor(seconds / 60) % 60), two(seconds % 60), two(frame % base)];
  return (hours ? [two(hours), ...parts] : parts).join(":");
}

export const newId = () => crypto.randomUUID().replaceAll("-", "").slice(0, 12);
