// The volume of a clip over its time: fades and the envelope's points, as heights on the clip and as gains. Pure.

export const LOUDEST = 2;

/** Gain 0 … 2 as a share of the height from the top: the middle is 1. */
export const shareOf = (gain) => 1 - Math.min(LOUDEST, Math.max(0, gain)) / LOUDEST;
export const gainOf = (share) => Math.round(Math.min(LOUDEST, Math.max(0, (1 - share) * LOUDEST)) * 100) / 100;

/** The envelope's own gain at a frame of the clip: straight lines between its points, level before and after. */
export function envelopeAt(points, frame) {
  if (!points?.length) return 1;
  const after = points.findIndex(([at]) => at > frame);
  if (after < 0) return points.at(-1)[1];
  if (after === 0) return points[0][1];
  const [one, from] = points[after - 1];
  const [other, to] = points[after];
  return from + ((to - from) * (frame - one)) / (other - one);
}

/** What the fades leave of a clip at a frame: straight lines, k / n in, 1 − k / n out, of a clip cut off in a fade from or
 *  to more than nothing. */
export function fadeAt(clip, duration, frame) {
  const { fade_in: into = 0, fade_out: out = 0, fade_in_from: from = 0, fade_out_to: to = 0 } = clip;
  const rising = into ? Math.min(1, Math.max(0, from + ((1 - from) * frame) / into)) : 1;
  const falling = out ? Math.min(1, Math.max(0, to + ((1 - to) * (duration - frame)) / out)) : 1;
  return rising * falling;
}

/** A clip's fades as the style sheet draws them. */
export const fadesOf = (clip) => ({
  "--in": clip.fade_in ?? 0,
  "--out": clip.fade_out ?? 0,
  "--from": clip.fade_in_from ?? 0,
  "--to": clip.fade_out_to ?? 0,
});

/** Where a cut fade begins or ends, by the field of its length. */
export const SHARES = { fade_in: "fade_in_from", fade_out: "fade_out_to" };

/** What sets a fade's length. Where there is none any more, the next one begins from nothing again; `share`: not so the one
 *  that was there when the hand began, as in a field where “0.5” is typed over and 0 is but on the way. */
export function fadeEdits(clip, field, value, share = 0) {
  const edge = SHARES[field];
  const set = (name, to) => ({ op: "set_clip", clip: clip.id, field: name, value: to });
  const ops = [set(field, value)];
  if (value === 0 && clip[edge]) ops.push(set(edge, null));
  if (value > 0 && share && !clip[edge]) ops.push(set(edge, share));
  return ops;
}

/** The points with one moved (index), added (null) or taken away (`point` null), kept in order and in the clip. */
export function withPoint(points, index, point, duration) {
  const rest = (points ?? []).filter((_, at) => at !== index);
  if (!point) return rest;
  const [frame, gain] = point;
  const at = Math.min(Math.max(0, Math.round(frame)), duration);
  return [...rest.filter(([other]) => other !== at), [at, gain]].sort((one, other) => one[0] - other[0]);
}

/** The line of the envelope as SVG points in a box of `duration` × 100. */
export function lineOf(points, duration) {
  const list = points?.length ? points : [[0, 1]];
  const all = [[0, envelopeAt(list, 0)], ...list, [duration, envelopeAt(list, duration)]];
  return all.map(([frame, gain]) => `${frame},${Math.round(shareOf(gain) * 10000) / 100}`).join(" ");
}
