"""The film as spans: stretches of time in which the same pictures are seen. Pure.

At every frame where a picture begins or ends, a transition begins, ends or turns, one span ends and the next begins.
Within a span the set of layers stays, and all that moves moves along one straight line, so that each span is one small
FFmpeg process whose inputs are the pictures of that moment, however many clips the film has. What a span shows does
not depend on what lies around it: the film is the same wherever it is cut.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from flatrender.film import transitions
from flatrender.film.spec import Film, Joint, Piece
from flatrender.film.transitions import Motion


@dataclass(frozen=True)
class Shown:
    """A piece in a span. `skip`: how many of its frames lie before it."""

    piece: Piece
    skip: int


@dataclass(frozen=True)
class Meeting:
    """Two pieces in the midst of a transition. `done`: how many of its frames lie before the span."""

    old: Shown
    new: Shown
    joint: Joint
    done: int

    @property
    def motions(self) -> tuple[Motion, Motion]:
        return transitions.motions(self.joint.kind, self.joint.direction)

    def line(self, motion: Motion, name: str) -> tuple[float, float]:
        """An attribute at the span's first frame, and its change from one frame to the next."""
        edges = [0.0, *transitions.corners(self.joint.kind, self.joint.direction), 1.0]
        progress = self.done / self.joint.frames
        stretch = bisect_right(edges, progress) - 1
        start, end = edges[stretch], edges[stretch + 1]
        first, last = motion.line(name, start, end)
        slope = (last - first) / (end - start)
        return first + slope * (progress - start), slope / self.joint.frames


@dataclass(frozen=True)
class Span:
    """Frames [start, start + frames) of the film, with what is seen in them, from the bottom up."""

    start: int
    frames: int
    layers: tuple[Shown | Meeting, ...]

    @property
    def whole(self) -> Piece | None:
        """The one piece that is all of the span, and the span all of it: its film may be copied."""
        if len(self.layers) != 1 or not isinstance(self.layers[0], Shown):
            return None
        shown = self.layers[0]
        piece = shown.piece
        whole = shown.skip == 0 and piece.frames == self.frames and piece.first == 0 and piece.loop is None
        return piece if whole and piece.plain and not piece.still else None


def spans(film: Film, first: int = 0, end: int | None = None) -> list[Span]:
    """The spans of the film's frames [first, end)."""
    end = film.frames if end is None else end
    edges = {first, end}
    for lane in film.lanes:
        for piece in lane:
            edges |= {piece.start, piece.end}
            if piece.joint:
                turns = transitions.corners(piece.joint.kind, piece.joint.direction)
                edges |= {piece.start + ceil(turn * piece.joint.frames) for turn in (*turns, 1.0)}
    ordered = sorted(edge for edge in edges if first <= edge <= end)
    seen = [_Lane(lane) for lane in film.lanes]
    return [
        Span(start, stop - start, tuple(layer for lane in seen if (layer := lane.at(start)) is not None))
        for start, stop in pairwise(ordered)
    ]


class _Lane:
    """A lane read forwards, so that a film of many clips is cut in one pass."""

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self._pieces, self._place = pieces, 0

    def at(self, frame: int) -> Shown | Meeting | None:
        while self._place < len(self._pieces) and self._pieces[self._place].end <= frame:
            self._place += 1
        if self._place == len(self._pieces) or self._pieces[self._place].start > frame:
            return None
        piece = self._pieces[self._place]
        shown = Shown(piece, frame - piece.start)
        if self._place + 1 < len(self._pieces):
            after = self._pieces[self._place + 1]
            if after.joint and after.start <= frame:
                return Meeting(shown, Shown(after, frame - after.start), after.joint, frame - after.start)
        return shown
