"""A track with absolute places: what gestures in a timeline change, and its way back into a sequence.

    items   A(100) t(10) B(60) gap(20) C(40)        spots   A 0-100, B 90-150, C 170-210

Gestures move, cut and shift spots; `settle` makes a sequence of them again: a gap where nothing lies, a transition
where the two clips that it joined still follow each other and overlap; a clip that would lie under another one is
pushed behind it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flatrender.projects.items import Clip, Gap, Joint, SceneClip, Transition, fade_without, head, tail
from flatrender.projects.reading import MOST_FRAMES
from flatrender.projects.timeline import Pair, Track, held, places

FOREVER = 4 * MOST_FRAMES  # where an open clip ends
Pieces = tuple[str, str]
Joins = Mapping[Pieces, Transition]


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


def joins_of(track: Track) -> dict[Pieces, Transition]:
    """The transitions of a track by the ids of the clips on their two sides."""
    pairs = track.pairs
    return {
        (left.id, right.id): joint for (_, left), (joint, right) in pairwise(pairs) if isinstance(joint, Transition)
    }


def settle(track: Track, spots: Iterable[Spot], joins: Joins | None = None) -> Track:
    """The track with its clips, in this order, at these places. `joins`: the transitions there may be, by default the
    track's own. Where a clip has become too short for its transition, the clip before it ends earlier."""
    joins = joins_of(track) if joins is None else joins
    done: list[tuple[Joint, Spot]] = []
    for spot in spots:
        start = spot.start
        joint: Joint = None
        while done:
            before = done[-1][1]
            join = joins.get((before.clip.id, spot.clip.id))
            if join is None or start > before.end:
                break
            lap = held(join, before.clip, spot.clip)
            if start < before.end - lap:
                ahead = start - before.start
                if ahead <= 0:  # nothing of it is seen
                    done.pop()
                    continue
                lap = min(ahead, held(join, spot.clip, spot.clip))
                before = Spot(head(before.clip, ahead + lap), before.start)
                done[-1] = (done[-1][0], before)
            if start < before.end or lap == 0:
                start, joint = before.end - lap, join
            break
        if joint is None:
            end = done[-1][1].end if done else 0
            joint = Gap("", start - end) if start > end else None
            start = max(start, end)
        done.append((joint, Spot(spot.clip, start)))
    return track.with_pairs((joint, spot.clip) for joint, spot in done)


def cleared(spots: Sequence[Spot], start: int, end: int, piece: str, joins: dict[Pieces, Transition]) -> list[Spot]:
    """The spots with nothing left in [start, end). A clip that reaches over both ends becomes two; the second is
    called `piece` and takes over what joined the clip to the next (in `joins`)."""
    left: list[Spot] = []
    for spot in spots:
        if spot.end <= start or spot.start >= end:
            left.append(spot)
            continue
        before, after = spot.start < start, spot.end > end
        if before:
            left.append(Spot((first if after else head)(spot.clip, start - spot.start), spot.start))
        if after:
            if before:
                _inherit(joins, spot.clip.id, piece)
            local = end - spot.start
            left.append(Spot(second(spot.clip, local, piece) if before else tail(spot.clip, local), end))
    return left


def parted(
    spots: Sequence[Spot], at: int, frames: int, piece: str, joins: dict[Pieces, Transition], *, whole: bool
) -> tuple[list[Spot], int]:
    """Room for `frames` at `at`: what comes after is shifted. The spots and where the room begins.

    A clip that lies there is cut in two (see `cleared`), or, with `whole`, gives way to the side that is nearer.
    Between two clips that a transition joins there is but one place: between them.
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
            made[number] = Spot(first(spot.clip, at - spot.start), spot.start)
            made.insert(index, Spot(second(spot.clip, at - spot.start, piece), at))
            _inherit(joins, spot.clip.id, piece)
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


def _inherit(joins: dict[Pieces, Transition], clip: str, piece: str) -> None:
    for (left, right), join in list(joins.items()):
        if left == clip:
            joins[piece, right] = join


def in_order(spots: Iterable[Spot]) -> list[Spot]:
    """The spots in the order of time."""
    return sorted(spots, key=lambda spot: spot.start)


def first(clip: Clip, frames: int) -> Clip:
    """The first part of a clip that was cut. It keeps what of the fade-out lies before the cut, so that nothing is seen
    or heard of the cut."""
    made = head(clip, frames)
    if isinstance(clip, SceneClip) or isinstance(made, SceneClip) or not clip.fade_out:
        return made
    after = FOREVER if clip.duration is None else clip.duration - frames
    left, to = fade_without(clip.fade_out, clip.fade_out_to, after)
    return replace(made, fade_out=left, fade_out_to=to)


def second(clip: Clip, frames: int, piece: str) -> Clip:
    """The second part, a clip of its own, linked to nothing; of the fade-in as in `first`."""
    made = replace(tail(clip, frames), id=piece, link=None)
    if isinstance(clip, SceneClip) or isinstance(made, SceneClip) or not clip.fade_in:
        return made
    left, begin = fade_without(clip.fade_in, clip.fade_in_from, frames)
    return replace(made, fade_in=left, fade_in_from=begin)
