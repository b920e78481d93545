"""A track with absolute places: what gestures in a timeline change, and its way back into a sequence.

    items   A(100) t(10) B(60) gap(20) C(40)        spots   A 0-100, B 90-150, C 170-210

Gestures move, cut and shift spots; `settle` makes a sequence of them again: a gap where nothing lies, a transition
where the two clips that it joined still follow each other and overlap; a clip that would lie under another one is
pushed behind it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flatrender.projects.items import Clip, Gap, Joint, SceneClip, Transition, head, tail
from flatrender.projects.reading import MOST_FRAMES
from flatrender.projects.timeline import Pair, Track, held, places

FOREVER = 4 * MOST_FRAMES  # where an open clip ends
Joins = Mapping[tuple[str, str], Transition]


@dataclass(frozen=True)
class Spot:
    """A clip at a place."""

    clip: Clip
    start: int

    @property
    def end(self) -> int:
        return FOREVER if self.clip.duration is None else self.start + self.clip.duration


def spots_of(track: Track) -> list[Spot]:
    """The clips of a track where they lie."""
    return [Spot(placed.clip, placed.start) for placed in places(track)]


def joins_of(track: Track) -> dict[tuple[str, str], Transition]:
    """The transitions of a track by the ids of the clips on their two sides."""
    pairs = track.pairs
    return {
        (left.id, right.id): joint for (_, left), (joint, right) in pairwise(pairs) if isinstance(joint, Transition)
    }


def settle(track: Track, spots: Iterable[Spot], joins: Joins | None = None) -> Track:
    """The track with its clips, in this order, at these places. `joins`: the transitions there may be, by default the
    track's own. Where a clip has become too short for its transition, the clip before it ends earlier."""
    joins = joins_of(track) if joins is None else joins
    pairs: list[Pair] = []
    end = 0
    before: Clip | None = None
    for spot in spots:
        start = spot.start
        joint: Joint = None
        join = joins.get((before.id, spot.clip.id)) if before is not None else None
        if join is not None and before is not None and start <= end:
            lap = held(join, before, spot.clip)
            kept = (before.duration or 0) - (end - lap - start)
            if 0 < kept < (before.duration or 0) and held(join, head(before, kept), spot.clip) == lap:
                pairs[-1] = (pairs[-1][0], head(before, kept))
                end = start + lap
            if start < end or lap == 0:
                start, joint = end - lap, join
        if joint is None:
            joint = Gap("", start - end) if start > end else None
            start = max(start, end)
        pairs.append((joint, spot.clip))
        before, end = spot.clip, Spot(spot.clip, start).end
    return track.with_pairs(pairs)


def cleared(spots: Sequence[Spot], start: int, end: int, piece: str) -> list[Spot]:
    """The spots with nothing left in [start, end). A clip that reaches over both ends becomes two; the second is
    called `piece`."""
    left: list[Spot] = []
    for spot in spots:
        if spot.end <= start or spot.start >= end:
            left.append(spot)
            continue
        before, after = spot.start < start, spot.end > end
        if before:
            rest = head(spot.clip, start - spot.start)
            left.append(Spot(without_fade(rest, "fade_out") if after else rest, spot.start))
        if after:
            rest = tail(spot.clip, end - spot.start)
            left.append(Spot(second(rest, piece) if before else rest, end))
    return left


def parted(spots: Sequence[Spot], at: int, frames: int, piece: str, *, whole: bool) -> tuple[list[Spot], int]:
    """Room for `frames` at `at`: what comes after is shifted. The spots and where the room begins.

    A clip that lies there is cut in two (the second is called `piece`), or, with `whole`, gives way to the side that
    is nearer. Between two clips that a transition joins there is but one place: between them.
    """
    index, begin = len(spots), at
    made = list(spots)
    for number, spot in enumerate(spots):
        following = spots[number + 1] if number + 1 < len(spots) else None
        if spot.start >= at:
            index = number
            break
        if at >= spot.end:
            continue
        if following is not None and following.start <= at:
            index, begin = number + 1, spot.end
        elif whole:
            nearer = at - spot.start < spot.end - at
            index, begin = (number, spot.start) if nearer else (number + 1, spot.end)
        else:
            index = number + 1
            made[number] = Spot(without_fade(head(spot.clip, at - spot.start), "fade_out"), spot.start)
            made.insert(index, Spot(second(tail(spot.clip, at - spot.start), piece), at))
        break
    else:
        if whole and spots:
            begin = min(begin, spots[-1].end)
    if index and made[index - 1].end < FOREVER:
        begin = max(begin, made[index - 1].end)
    if index < len(made):
        by = frames + max(0, begin - made[index].start)
        made = [*made[:index], *(replace(spot, start=spot.start + by) for spot in made[index:])]
    return made, begin


def closed(track: Track, gone: Collection[str]) -> tuple[Pair, ...]:
    """The track's clips without those that are `gone` (ids of clips, or of gaps), what follows drawn up to them.

    A  t  B  u  C       without B       A  t  C
    A  gap  B  gap  C   without B       A  gap + gap  C
    """
    kept: list[Pair] = []
    carried: list[Joint] = []
    for given, clip in track.pairs:
        joint = None if given is not None and isinstance(given, Gap) and given.id in gone else given
        carried.append(joint)
        if clip.id in gone:
            continue
        gap = sum(joint.duration for joint in carried if isinstance(joint, Gap))
        kept.append((Gap("", gap) if gap else (carried[0] if kept else None), clip))
        carried = []
    return tuple(kept)


def in_order(spots: Iterable[Spot]) -> list[Spot]:
    """The spots in the order of time."""
    return sorted(spots, key=lambda spot: spot.start)


def second(clip: Clip, piece: str) -> Clip:
    """The second part of a clip that was cut: a clip of its own, linked to nothing, without a fade at the cut."""
    return without_fade(replace(clip, id=piece, link=None), "fade_in")


def without_fade(clip: Clip, side: str) -> Clip:
    """The clip with no fade on one side, where it has any."""
    if isinstance(clip, SceneClip) or not getattr(clip, side):
        return clip
    return replace(clip, fade_in=0) if side == "fade_in" else replace(clip, fade_out=0)
