// Gestures and commands as operations on the document (flatrender/projects/edits.py). Pure: a plan is computed from the
// document as it was when the gesture began and how far the pointer has gone. Nothing here knows the DOM.
import { applyAll } from "../edits.js";
import { places } from "../document.js";
import { PICTURES, SOUNDING } from "./geometry.js";

export const familyOf = (kind) => (SOUNDING.has(kind) ? "sound" : kind);

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** An index of a document: where each clip is. `{ byId: Map id -> { clip, track, place, index }, length, placesOf }` */
export function indexOf(document, placesOf, length) {
  const byId = new Map();
  for (const track of document.tracks) {
    placesOf(track, length).forEach((place, index, places) => byId.set(place.clip.id, { ...place, track, index, places }));
  }
  return { byId, length, document, placesOf: (track) => placesOf(track, length) };
}

/** The clips with those that are grouped or linked with them; clips of locked tracks stay. */
export function together(index, ids, { alone = false } = {}) {
  const wanted = new Set(ids);
  if (!alone) {
    const groups = new Set();
    const links = new Set();
    for (const id of wanted) {
      const clip = index.byId.get(id)?.clip;
      if (clip?.group) groups.add(clip.group);
      if (clip?.link) links.add(clip.link);
    }
    if (groups.size || links.size) {
      for (const [id, { clip }] of index.byId) if (groups.has(clip.group) || links.has(clip.link)) wanted.add(id);
    }
  }
  return [...wanted].filter((id) => index.byId.has(id) && !index.byId.get(id).track.locked);
}

/** The film's frames from which and to which a clip's source reaches: trimming stays inside. */
export function sourceOf(entry, facts) {
  const { clip, track } = entry;
  const whole = facts(clip, track); // frames of the source, null where it has no end (a still, a text)
  if (whole === null || whole === undefined) return { before: Infinity, after: Infinity };
  if (clip.loop) return { before: clip.offset ?? 0, after: Infinity };
  const offset = clip.offset ?? 0;
  const duration = entry.end - entry.start;
  return { before: offset, after: Math.max(0, whole - offset - duration) };
}

/** The longest transition between a clip and the next one: half of the shorter. */
export function longestJoint(entry) {
  const next = entry.places[entry.index + 1];
  return Math.max(1, Math.floor(Math.min(entry.end - entry.start, next.end - next.start) / 2));
}

/** The item between a clip and the one that follows where it is a transition, else null. */
export function transitionAfter(index, id) {
  const items = index.byId.get(id)?.track.items ?? [];
  const next = items[items.findIndex((item) => item.id === id) + 1];
  return next?.type === "transition" ? next : null;
}

/** A clip's partners by link on other tracks that are free. */
const partnersOf = (index, { clip, track }) =>
  clip.link ? [...index.byId.values()].filter((one) => one.clip.link === clip.link && one.track.id !== track.id && !one.track.locked) : [];

/**
 * Sets what joins a clip to the next one (null: a cut). On tracks over the scenes that draws what follows up, and what is
 * linked with it goes along: sounds that meet where their pictures do cross-fade as long, others move.
 */
export function planTransition(index, after, transition, newId) {
  const ops = [{ op: "set_transition", after, transition }];
  const entry = index.byId.get(after);
  const next = entry?.places[entry.index + 1];
  if (!next || next.start > entry.end || entry.track.kind === "scene") return ops;
  for (const partner of partnersOf(index, { clip: next.clip, track: entry.track })) {
    const before = partner.places[partner.index - 1];
    const meet = before && before.clip.link && before.clip.link === entry.clip.link && before.end === entry.end && partner.start === next.start;
    if (!meet || !SOUNDING.has(partner.track.kind)) continue;
    const id = transitionAfter(index, before.clip.id)?.id;
    if (!transition && !id) continue;
    const joint = transition && { id: id ?? newId(), kind: "crossfade", duration: transition.duration, params: {} };
    ops.push({ op: "set_transition", after: before.clip.id, transition: joint });
  }
  const made = applyAll(index.document, ops).document;
  const startsOf = (track) => new Map(places(made.tracks.find((one) => one.id === track.id), index.length).map((place) => [place.clip.id, place.start]));
  const starts = startsOf(entry.track);
  const moves = new Map(); // frames -> clips
  for (const place of entry.places) {
    const shift = starts.get(place.clip.id) - place.start;
    if (!shift) continue;
    for (const partner of partnersOf(index, { clip: place.clip, track: entry.track })) {
      const left = partner.start + shift - startsOf(partner.track).get(partner.clip.id);
      if (left) moves.set(left, [...(moves.get(left) ?? []), partner.clip.id]);
    }
  }
  for (const [delta, clips] of moves) ops.push({ op: "move_clips", clips, delta, mode: "overwrite" });
  return ops;
}

/** A move: scenes change their order, all else changes its place; what goes on a `track` of its kind changes that, too:
 *  a film moves to the track above, and its linked sound stays on its own. */
export function planMove(index, ids, delta, { track = null, mode = "overwrite" } = {}) {
  const entries = ids.map((id) => index.byId.get(id)).filter(Boolean);
  const scenes = entries.filter((entry) => entry.track.kind === "scene");
  const rest = entries.filter((entry) => entry.track.kind !== "scene");
  const ops = [];
  if (scenes.length) ops.push(...reorder(index, scenes, delta));
  if (rest.length) {
    const least = -Math.min(...rest.map((entry) => entry.start));
    const held = Math.max(delta, least);
    const family = track && familyOf(index.document.tracks.find((one) => one.id === track).kind);
    const across = rest.filter((entry) => familyOf(entry.track.kind) === family && entry.track.id !== track);
    const along = rest.filter((entry) => !across.includes(entry));
    const move = (entries) => ({ op: "move_clips", clips: entries.map((entry) => entry.clip.id), delta: held, mode });
    if (across.length) ops.push({ ...move(across), track });
    if (held && along.length) ops.push(move(along));
  }
  return ops;
}

/** Scenes lie end to end: dragged ones go where their middle passes the middle of another. */
function reorder(index, scenes, delta) {
  const moving = new Set(scenes.map((entry) => entry.clip.id));
  const first = scenes.reduce((one, other) => (one.index < other.index ? one : other));
  const others = first.places.filter((place) => !moving.has(place.clip.id));
  const edge = delta > 0 ? scenes.reduce((one, other) => (one.end > other.end ? one : other)).end + delta : first.start + delta;
  let target = 0;
  for (const place of others) if ((place.start + place.end) / 2 < edge) target += 1;
  const order = [...scenes].sort((one, other) => one.index - other.index);
  const now = first.places.map((place) => place.clip.id);
  const ops = [];
  order.forEach((entry, step) => {
    const rest = now.filter((id) => id !== entry.clip.id);
    const before = others[target]?.clip.id;
    const to = before === undefined ? rest.length : rest.indexOf(before);
    if (now.indexOf(entry.clip.id) !== to) ops.push({ op: "move_scene", clip: entry.clip.id, index: to });
    rest.splice(to, 0, entry.clip.id);
    now.splice(0, now.length, ...rest);
  });
  return ops;
}

/** How far something goes: `{ least, most }`, and `why` it goes no further there: `{ reason, clip }` for each of both. */
function span(lower, upper) {
  const tightest = (limits, better) => limits.reduce((one, other) => (better(other.at, one.at) ? other : one));
  const low = tightest([{ at: -Infinity }, ...lower], (one, other) => one > other);
  const high = tightest([{ at: Infinity }, ...upper], (one, other) => one < other);
  return { least: low.at, most: high.at, why: { least: low, most: high } };
}

/** Why a way of `delta` frames is not gone to its end: `{ reason, clip }`, null where it is. */
export function heldBy(limits, delta) {
  if (delta < limits.least) return limits.why.least;
  return delta > limits.most ? limits.why.most : null;
}

/** How far one edge of the clips goes: within the source, not over the neighbour (without `ripple`), one frame is left. */
export function trimLimits(index, ids, edge, { ripple = false, facts }) {
  const [lower, upper] = [[], []];
  for (const entry of ids.map((id) => index.byId.get(id)).filter(Boolean)) {
    const { clip } = entry;
    const { before, after } = sourceOf(entry, facts);
    const duration = entry.end - entry.start;
    const [one, other] = [entry.places[entry.index - 1], entry.places[entry.index + 1]];
    const packed = ripple || entry.track.kind === "scene";
    if (edge === "start") {
      lower.push({ at: -before, reason: "source_start", clip });
      if (!packed) lower.push(one ? { at: Math.min(0, one.end - entry.start), reason: "neighbour", clip: one.clip } : { at: -entry.start, reason: "film_start", clip });
      upper.push({ at: duration - 1, reason: "one_frame", clip });
    } else {
      lower.push({ at: 1 - duration, reason: "one_frame", clip });
      upper.push({ at: after, reason: "source_end", clip });
      if (!packed && other) upper.push({ at: Math.max(0, other.start - entry.end), reason: "neighbour", clip: other.clip });
    }
  }
  return span(lower, upper);
}

/** Trims one edge of the clips as far as it goes. */
export function planTrim(index, ids, edge, delta, { ripple = false, facts }) {
  const entries = ids.map((id) => index.byId.get(id)).filter(Boolean);
  const { least, most } = trimLimits(index, ids, edge, { ripple, facts });
  const held = clamp(delta, least, most);
  if (!held) return [];
  return entries.map((entry) => ({
    op: "trim",
    clip: entry.clip.id,
    edge,
    delta: held,
    ripple: ripple || entry.track.kind === "scene",
  }));
}

/** The clips whose common edge a roll moves, or null: `{ before, after }`. */
export function jointAt(index, id, edge) {
  const entry = index.byId.get(id);
  if (!entry) return null;
  const other = entry.places[entry.index + (edge === "start" ? -1 : 1)];
  if (!other) return null;
  const [before, after] = edge === "start" ? [other, entry] : [entry, other];
  return after.start <= before.end ? { before, after } : null;
}

/** How far the cut between two clips goes: one frame of each is left, and neither reaches beyond its source. */
export function rollLimits(index, joint, { facts }) {
  const before = index.byId.get(joint.before.clip.id);
  const after = index.byId.get(joint.after.clip.id);
  return span(
    [
      { at: 1 - (before.end - before.start), reason: "one_frame", clip: before.clip },
      { at: -sourceOf(after, facts).before, reason: "source_start", clip: after.clip },
    ],
    [
      { at: after.end - after.start - 1, reason: "one_frame", clip: after.clip },
      { at: sourceOf(before, facts).after, reason: "source_end", clip: before.clip },
    ],
  );
}

export function planRoll(index, joint, delta, { facts }) {
  const { least, most } = rollLimits(index, joint, { facts });
  const held = clamp(delta, least, most);
  return held ? [{ op: "roll", clips: [joint.before.clip.id, joint.after.clip.id], delta: held }] : [];
}

/** Of the clips those whose source reaches beyond them. */
const slipping = (index, ids, facts) =>
  ids
    .map((id) => index.byId.get(id))
    .filter(Boolean)
    .map(({ clip, ...entry }) => ({ clip, source: sourceOf({ clip, ...entry }, facts) }))
    .filter(({ source }) => Number.isFinite(source.before + source.after));

/** How far the sources go under the clips, in the pointer's direction: all of them the same way. */
export function slipLimits(index, ids, { facts }) {
  const free = slipping(index, ids, facts);
  if (!free.length) return span([{ at: 0, reason: "no_source" }], [{ at: 0, reason: "no_source" }]);
  return span(
    free.map(({ clip, source }) => ({ at: -source.after, reason: "source_end", clip })),
    free.map(({ clip, source }) => ({ at: source.before, reason: "source_start", clip })),
  );
}

/** Slips the source under the clips: dragging to the right shows what comes earlier. */
export function planSlip(index, ids, delta, { facts }) {
  const { least, most } = slipLimits(index, ids, { facts });
  const held = -clamp(delta, least, most);
  return held ? slipping(index, ids, facts).map(({ clip }) => ({ op: "slip", clip: clip.id, delta: held })) : [];
}

/** Whether a track takes a file of these kinds: the sounding ones take each other's. */
const takes = (track, kinds) =>
  !track.locked && (kinds.includes(track.kind) || (SOUNDING.has(track.kind) && kinds.some((kind) => SOUNDING.has(kind))));

/**
 * The row on which a dropped file comes to lie: the one under the pointer where it takes such files; else, where nothing
 * lies at these frames, the nearest one from there upwards (a picture is seen above what it was dropped on), for sounds
 * the nearest of all. Null: a track of its own. `rows` as in geometry.js, `under` may be null.
 */
export function rowFor(rows, under, kinds, placesOf, [from, to]) {
  if (!under) return null;
  if (takes(under.track, kinds)) return under;
  const at = rows.indexOf(under);
  const free = ({ track }) => takes(track, kinds) && !placesOf(track).some((place) => place.start < to && place.end > from);
  const above = rows.slice(0, at).findLast(free);
  return above ?? (kinds.some((kind) => SOUNDING.has(kind)) ? rows.slice(at).find(free) : null) ?? null;
}

/** Splits at a frame: the chosen clips there, or all of them where none is chosen. */
export function planSplit(index, frame, chosen, newId) {
  const here = [...index.byId.values()].filter(
    (entry) => !entry.track.locked && frame > entry.start && frame < entry.end && (PICTURES.has(entry.track.kind) || SOUNDING.has(entry.track.kind)),
  );
  const picked = here.filter((entry) => chosen.includes(entry.clip.id));
  return (picked.length ? picked : here).map((entry) => ({ op: "split", clip: entry.clip.id, at: frame, id: newId() }));
}

/** Q and W: everything before (after) the playhead goes, what follows closes up. */
export function planTrimTo(index, frame, chosen, edge) {
  const here = [...index.byId.values()].filter(
    (entry) => !entry.track.locked && frame > entry.start && frame < entry.end,
  );
  const picked = here.filter((entry) => chosen.includes(entry.clip.id));
  const base = here.filter((entry) => entry.track.kind === "scene");
  return (picked.length ? picked : base.length ? base : here).map((entry) => ({
    op: "trim",
    clip: entry.clip.id,
    edge,
    delta: edge === "start" ? frame - entry.start : frame - entry.end,
    ripple: true,
  }));
}

export const planRemove = (ids, ripple) => (ids.length ? [{ op: "remove_clips", clips: ids, ripple }] : []);

/** What is copied: the clips with their distance from the first one and the kind of their track. */
export function copied(index, ids) {
  const entries = ids.map((id) => index.byId.get(id)).filter(Boolean);
  if (!entries.length) return null;
  const start = Math.min(...entries.map((entry) => entry.start));
  return {
    length: Math.max(...entries.map((entry) => entry.end)) - start,
    clips: entries.map((entry) => ({
      clip: { ...entry.clip, duration: entry.end - entry.start },
      kind: entry.track.kind,
      track: entry.track.id,
      after: entry.start - start,
    })),
  };
}

/** Pastes at a frame, each clip on its own track or, where that is gone or locked, on the first free one of its kind; what
 *  lay on two tracks lies on two. A track is made where none is. It covers what lies there; with `room` that makes room. */
export function planPaste(index, board, frame, newId, { room = false } = {}) {
  const ops = [];
  const { tracks } = index.document;
  const own = new Set(board.clips.map((one) => one.track));
  const targets = new Map(); // track that was copied from -> track that is pasted to
  const groups = new Map();
  const pushed = new Set(); // tracks on which room was made: what lay behind may lie anywhere further on by now
  const again = (old) => old && (groups.has(old) ? groups : groups.set(old, newId())).get(old);
  const scenes = board.clips.filter((one) => one.kind === "scene");
  const ids = [];
  scenes.forEach((one, step) => {
    const id = newId();
    ids.push(id);
    ops.push({ op: "add_scene", clip: fresh(one.clip, id, again), index: sceneIndexAt(index, frame) + step });
  });
  for (const one of board.clips) {
    if (one.kind === "scene") continue;
    let target = targets.get(one.track);
    if (!target) {
      const taken = new Set([...own, ...targets.values()]);
      const free = (other) => !other.locked && (other.id === one.track || (other.kind === one.kind && !taken.has(other.id)));
      target = (tracks.find((other) => other.id === one.track && free(other)) ?? tracks.find(free))?.id ?? newId();
      targets.set(one.track, target);
      if (!tracks.some((other) => other.id === target)) ops.push({ op: "add_track", track: { id: target, kind: one.kind } });
    }
    const track = tracks.find((other) => other.id === target);
    const id = newId();
    const at = frame + one.after;
    const taken = pushed.has(target) || (track && index.placesOf(track).some((place) => place.start < at + one.clip.duration && place.end > at));
    if (taken) pushed.add(target);
    ids.push(id);
    ops.push({ op: "insert_clip", track: target, at, clip: fresh(one.clip, id, again), mode: room && taken ? "insert" : "overwrite" });
  }
  return { ops, ids };
}

function fresh(clip, id, again) {
  const { type, ...rest } = clip;
  const copy = { ...rest, id };
  if (rest.group) copy.group = again(rest.group);
  if (rest.link) copy.link = again(rest.link);
  return copy;
}

/** Between which scenes a frame lies: after the one whose middle it has passed. */
export function sceneIndexAt(index, frame) {
  const scenes = index.placesOf(index.document.tracks.find((track) => track.kind === "scene"));
  return scenes.filter((place) => (place.start + place.end) / 2 <= frame).length;
}

/** The edits of the film in order: every clip's start and end, and the markers. */
export function cutsOf(index) {
  const frames = new Set([0]);
  for (const entry of index.byId.values()) {
    if (entry.track.hidden) continue;
    frames.add(entry.start);
    frames.add(entry.end);
  }
  return [...frames].sort((one, other) => one - other);
}
