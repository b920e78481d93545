// How loud each clip is at each moment: its volume, fades and envelope, the track's volume, mute and solo. Pure; the
// film's mix (flatrender/film) follows the same rules.
import { envelopeAt, fadeAt } from "../timeline/envelope.js";
import { SOUNDING } from "../timeline/geometry.js";

/** The tracks that can sound, with the gain of each: 0 where it is muted, or another one is heard alone. */
export function trackGains(document) {
  const able = document.tracks.filter((track) => SOUNDING.has(track.kind) || track.kind === "video");
  const solo = able.some((track) => track.solo);
  const gains = able.map((track) => [track.id, track.mute || (solo && !track.solo) ? 0 : (track.volume ?? 1)]);
  const scenes = document.tracks.filter((track) => track.kind === "scene"); // what their layers sound is the template's
  return new Map([...gains, ...scenes.map((track) => [track.id, solo ? 0 : 1])]);
}

/** The clip's own gain at a frame of it. */
export const clipGain = (clip, duration, frame) =>
  (clip.volume ?? 1) * envelopeAt(clip.envelope, frame) * fadeAt(clip, duration, frame);

/** A clip that meets others by transitions: the one that goes fades out and the one that comes fades in over them. */
export function joined(clip, before, after) {
  if (!before && !after) return clip;
  const made = { ...clip, fade_in: Math.max(clip.fade_in ?? 0, before), fade_out: Math.max(clip.fade_out ?? 0, after) };
  if (before) delete made.fade_in_from;
  if (after) delete made.fade_out_to;
  return made;
}

/**
 * The clip's gain from frame `from` on as straight lines `[[frame, gain], …]`: corners of fades and envelope, and steps
 * between where both change at once and the product is no line.
 */
export function gainLine(clip, duration, from) {
  const { fade_in: into = 0, fade_out: out = 0 } = clip;
  const corners = new Set([from, duration]);
  for (const frame of [into, duration - out, ...(clip.envelope ?? []).map(([at]) => at)]) if (frame > from && frame < duration) corners.add(frame);
  const fading = (frame) => frame < into || frame > duration - out;
  const sorted = [...corners].sort((one, other) => one - other);
  const frames = [];
  sorted.forEach((frame, index) => {
    frames.push(frame);
    const next = sorted[index + 1];
    const both = (into && out && into + out > duration) || clip.envelope?.length;
    if (next === undefined || !both || !fading((frame + next) / 2)) return;
    for (let step = 1; step < 8; step += 1) frames.push(frame + ((next - frame) * step) / 8);
  });
  return frames.map((frame) => [frame, clipGain(clip, duration, frame)]);
}
