"""Edits of the timeline: clips put in, taken out, moved, cut and trimmed, on tracks of every kind.

Without ripple or insertion everything else stays where it is; only the track that is touched changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flatrender.core.errors import Conflict, InvalidInput
from flatrender.projects import differences, items, lanes
from flatrender.projects.edits import arguments as given
from flatrender.projects.edits.arguments import Function, Given, Result
from flatrender.projects.items import CLIPS, SOUNDS, Clip, Gap, ImageClip, TextClip, bare, head, tail
from flatrender.projects.lanes import FOREVER, Spot
from flatrender.projects.timeline import Document, Pair, Track, film_duration, held, places

MOST_CHANGES = 2 * given.MAX_LISTED  # each clip is taken from between others, and put back between others


def insert_clip(document: Document, op: Given) -> Result:
    """Puts a clip on a track: over what lies there, or between, what follows making room."""
    track = given.track_of(document, op)
    clip = items.clip_of(track.kind, op.get("clip"))
    given.new_id(document, clip.id)
    at, mode = max(0, given.count(op, "at")), given.choice(op, "mode", "overwrite", "insert")
    spots, joins, piece = lanes.spots_of(track), lanes.joins_of(track), given.free_id(document, clip.id)
    if mode == "insert" and clip.duration is not None:
        spots, begin = lanes.parted(spots, at, clip.duration, piece, joins, whole=track.kind == "scene")
    else:
        begin = at
        spots = lanes.cleared(spots, at, Spot(clip, at).end, piece, joins)
    after = document.with_track(lanes.settle(track, lanes.in_order([*spots, Spot(clip, begin)]), joins))
    return after, {"track": track.id, "at": at, "clip": bare(clip), "mode": mode}, None


def remove_clips(document: Document, op: Given) -> Result:
    """Takes clips away; with ripple what follows is drawn up. The id of a gap closes it. What is gone already is
    passed over, unless nothing is left to take."""
    gone, ripple = set(given.texts(op, "clips")), given.flag(op, "ripple")
    after = document
    for track in document.tracks:
        here = gone & {item.id for item in track.items if items.is_clip(item) or isinstance(item, Gap)}
        if not here:
            continue
        gaps = {item.id for item in track.items if isinstance(item, Gap)} & here
        made = track
        if not ripple:
            made = lanes.settle(made, [spot for spot in lanes.spots_of(made) if spot.clip.id not in here])
        made = made.with_pairs(lanes.closed(made, here if ripple else gaps))
        after = after.with_track(made)
    if after is document:
        raise Conflict("What was to be removed is gone already.", code="clip-gone", field="clips")
    return after, {"clips": given.texts(op, "clips"), "ripple": ripple}, None


def move_clips(document: Document, op: Given) -> Result:
    """Moves clips by `delta` frames, and to another track where one is named."""
    mode = given.choice(op, "mode", "overwrite", "insert")
    names = given.texts(op, "clips")
    target = given.track_of(document, op) if op.get("track") is not None else None
    sources: dict[str, list[Clip]] = {}
    for name in names:
        track, clip = given.found(document, name)
        sources.setdefault(track.id, []).append(clip)
        if target is not None and CLIPS[target.kind] is not type(clip):
            raise InvalidInput(f"A {clip.NOUN} does not go on a {target.kind} track.", field="track")
    chosen = set(names)
    moved = {
        track.id: [spot for spot in lanes.spots_of(track) if spot.clip.id in chosen]
        for track in document.tracks
        if track.id in sources
    }
    delta = max(given.count(op, "delta"), -min(spot.start for spots in moved.values() for spot in spots))
    forward = {"clips": names, "delta": delta, "mode": mode}
    if target is not None:
        forward["track"] = target.id
    after = document
    for source, spots in moved.items():
        onto = target.id if target is not None else source
        if onto != source or delta:
            after = _moved(after, source, onto, spots, delta, mode)
    return after, forward, None


def _moved(document: Document, source: str, onto: str, spots: list[Spot], delta: int, mode: str) -> Document:
    old, new = _track(document, source), _track(document, onto)
    joins = {**lanes.joins_of(new), **lanes.joins_of(old)}
    gone = {spot.clip.id for spot in spots}
    first, last = spots[0].start, max(spot.end for spot in spots)
    piece = given.free_id(document, spots[0].clip.id)
    if mode == "insert" and last < FOREVER:
        closed = old.with_pairs(lanes.closed(old, gone))
        at = first + delta
        if source == onto:
            at = _drawn_up(at, lanes.spots_of(old), lanes.spots_of(closed))
        base = closed if source == onto else new
        rest, begin = lanes.parted(lanes.spots_of(base), at, last - first, piece, joins, whole=base.kind == "scene")
        if source != onto:
            document = document.with_track(closed)
        there = [Spot(spot.clip, begin + spot.start - first) for spot in spots]
        return document.with_track(lanes.settle(base, lanes.in_order([*rest, *there]), joins))
    left = [spot for spot in lanes.spots_of(old) if spot.clip.id not in gone]
    there = [replace(spot, start=spot.start + delta) for spot in spots]
    rest = left if source == onto else lanes.spots_of(new)
    for spot in there:
        rest = lanes.cleared(rest, spot.start, spot.end, given.free_id(document, spot.clip.id), joins)
    if source != onto:
        document = document.with_track(lanes.settle(old, left))
    return document.with_track(lanes.settle(new, lanes.in_order([*rest, *there]), joins))


def _track(document: Document, track_id: str) -> Track:
    return next(track for track in document.tracks if track.id == track_id)


def _drawn_up(at: int, old: Sequence[Spot], new: Sequence[Spot]) -> int:
    """A place among the spots of before as one among those that are left."""
    now = {spot.clip.id: spot.start for spot in new}
    anchor = next((spot for spot in reversed(old) if spot.clip.id in now and spot.start <= at), None)
    return at - anchor.start + now[anchor.clip.id] if anchor is not None else 0


def trim(document: Document, op: Given) -> Result:
    """Moves one edge of a clip, as far as the source and, without ripple, the room allow."""
    track, clip = given.clip_of(document, op)
    edge, ripple = given.choice(op, "edge", "end", "start"), given.flag(op, "ripple")
    spots = lanes.spots_of(track)
    at = _at(spots, clip)
    spot, frames = spots[at], _frames(document, spots[at])
    if edge == "end":
        room = spots[at + 1].start - spot.end if at + 1 < len(spots) and not ripple else FOREVER
        delta = _within(given.count(op, "delta"), 1 - frames, max(0, room))
        made, start = head(clip, frames + delta), spot.start
    else:
        room = spot.start - (spots[at - 1].end if at else 0) if not ripple else FOREVER
        delta = _within(given.count(op, "delta"), -min(max(0, room), _earlier(clip)), frames - 1)
        made, start = tail(clip, delta), spot.start + delta
    after = document
    if delta and ripple:
        after = document.with_clip(made)
    elif delta:
        after = document.with_track(lanes.settle(track, [*spots[:at], Spot(made, start), *spots[at + 1 :]]))
    return after, {"clip": clip.id, "edge": edge, "delta": delta, "ripple": ripple}, None


def roll(document: Document, op: Given) -> Result:
    """Moves the cut between two clips that meet."""
    names = given.texts(op, "clips")
    if len(names) != 2:
        raise InvalidInput("A cut is between two clips.", field="clips")
    (track, left), (_, right) = (given.found(document, name) for name in names)
    spots = lanes.spots_of(track)
    at = _at(spots, left)
    if at + 1 >= len(spots) or spots[at + 1].clip.id != right.id or spots[at + 1].start > spots[at].end:
        raise Conflict("These clips do not meet any more.", code="clips-apart", field="clips")
    lap = spots[at].end - spots[at + 1].start
    low = max(max(1, 2 * lap) - _frames(document, spots[at]), -_earlier(right))
    high = _frames(document, spots[at + 1]) - max(1, 2 * lap)
    delta = _within(given.count(op, "delta"), min(0, low), max(0, high))
    spots[at] = Spot(head(left, (left.duration or 0) + delta), spots[at].start)
    spots[at + 1] = Spot(tail(right, delta), spots[at + 1].start + delta)
    return document.with_track(lanes.settle(track, spots)), {"clips": names, "delta": delta}, None


def slip(document: Document, op: Given) -> Result:
    """Shows another piece of the source, at the same place and as long."""
    _, clip = given.clip_of(document, op)
    if isinstance(clip, ImageClip | TextClip):
        raise InvalidInput(f"A {clip.NOUN} is the same at every moment.", field="clip")
    delta = max(given.count(op, "delta"), -clip.offset)
    after = document.with_clip(replace(clip, offset=clip.offset + delta))
    return after, {"clip": clip.id, "delta": delta}, {"op": "slip", "clip": clip.id, "delta": -delta}


def slide(document: Document, op: Given) -> Result:
    """Moves a clip between its neighbours, which give and take."""
    track, clip = given.clip_of(document, op)
    spots = lanes.spots_of(track)
    at = _at(spots, clip)
    spot = spots[at]
    before = spots[at - 1] if at else None
    behind = spots[at + 1] if at + 1 < len(spots) else None
    low, high = -(spot.start - (before.end if before else 0)), FOREVER
    if before is not None and before.end >= spot.start:
        low = max(1, 2 * (before.end - spot.start)) - _frames(document, before)
    if behind is not None:
        high = behind.start - spot.end
        if high <= 0:
            low = max(low, -_earlier(behind.clip))
            high = _frames(document, behind) - max(1, -2 * high)
    delta = _within(given.count(op, "delta"), min(0, low), max(0, high))
    if before is not None and before.end >= spot.start:
        spots[at - 1] = Spot(head(before.clip, (before.clip.duration or 0) + delta), before.start)
    if behind is not None and behind.start <= spot.end:
        spots[at + 1] = Spot(tail(behind.clip, delta), behind.start + delta)
    spots[at] = Spot(clip, spot.start + delta)
    return document.with_track(lanes.settle(track, spots)), {"clip": clip.id, "delta": delta}, None


def split(document: Document, op: Given) -> Result:
    """Cuts a clip in two at a frame of the film."""
    track, clip = given.clip_of(document, op)
    piece = given.new_id(document, given.text(op, "id"))
    placed = places(track, film_duration(document))
    at = next(number for number, one in enumerate(placed) if one.clip.id == clip.id)
    local = given.count(op, "at") - placed[at].start
    rest = FOREVER if clip.duration is None else clip.duration - local
    lap = placed[at + 1].overlap if at + 1 < len(placed) else 0
    if local < max(1, 2 * placed[at].overlap) or rest < max(1, 2 * lap):
        raise InvalidInput("There is nothing to cut here: the clip is elsewhere, or in a transition.", field="at")
    pairs: list[Pair] = []
    for joint, other in track.pairs:
        if other.id == clip.id:
            pairs.append((joint, lanes.first(clip, local)))
            pairs.append((None, lanes.second(clip, local, piece)))
        else:
            pairs.append((joint, other))
    after = document.with_track(track.with_pairs(pairs))
    return after, {"clip": clip.id, "at": placed[at].start + local, "id": piece}, None


def set_transition(document: Document, op: Given) -> Result:
    """Sets what joins a clip to the one after it. On tracks over the scenes, what lies after a gap stays in place."""
    track, clip = given.clip_of(document, op, "after")
    pairs = list(track.pairs)
    at = next(number for number, (_, other) in enumerate(pairs) if other.id == clip.id) + 1
    if at == len(pairs):
        raise InvalidInput("There is nothing after the last clip to blend into.", field="transition")
    old, following = pairs[at]
    new = given.transition(op.get("transition"))
    if new is not None:
        if isinstance(old, Gap):
            raise InvalidInput("There is a gap between these clips; move them together first.", field="transition")
        if track.kind in SOUNDS and new.kind != "crossfade":
            raise InvalidInput("Sounds know only the cross-fade.", field="transition")
        if old is None or new.id != old.id:
            given.new_id(document, new.id)
    if not isinstance(old, Gap):
        pairs[at] = (new, following)
        if track.kind != "scene":
            change = sum(sign * (held(join, clip, following) if join else 0) for sign, join in ((1, new), (-1, old)))
            _give(pairs, at + 1, change)
    after = document.with_track(track.with_pairs(pairs))
    return after, {"after": clip.id, "transition": bare(new) if new else None}, None


def _give(pairs: list[Pair], since: int, frames: int) -> None:
    for number in range(since, len(pairs)):
        joint, clip = pairs[number]
        if isinstance(joint, Gap):
            pairs[number] = (Gap("", joint.duration + frames) if joint.duration + frames > 0 else None, clip)
            return


def arrange(document: Document, op: Given) -> Result:
    """What takes gestures back: see `differences.py`."""
    changes = op.get("changes")
    if not isinstance(changes, list) or not all(isinstance(change, Mapping) for change in changes):
        raise InvalidInput("arrange needs a list of changes.", field="changes")
    if len(changes) > MOST_CHANGES:
        raise InvalidInput(f"arrange needs up to {MOST_CHANGES} changes.", field="changes")
    return differences.arrange(document, changes), {"changes": changes}, None


def _at(spots: Sequence[Spot], clip: Clip) -> int:
    return next(number for number, spot in enumerate(spots) if spot.clip.id == clip.id)


def _frames(document: Document, spot: Spot) -> int:
    """How long a clip is; an open one lasts to the end of the film."""
    return max(1, film_duration(document) - spot.start) if spot.clip.duration is None else spot.clip.duration


def _earlier(clip: Clip) -> int:
    """How much the source has before the clip's first frame."""
    return FOREVER if isinstance(clip, ImageClip | TextClip) else clip.offset


def _within(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


OPERATIONS: dict[str, Function] = {
    "insert_clip": insert_clip,
    "remove_clips": remove_clips,
    "move_clips": move_clips,
    "trim": trim,
    "roll": roll,
    "slip": slip,
    "slide": slide,
    "split": split,
    "set_transition": set_transition,
    "arrange": arrange,
}
