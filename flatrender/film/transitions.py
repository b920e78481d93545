"""Transitions: what the two pictures that meet look like at each moment. One table for the film and the preview.

The table is `transitions.json`: kind → direction ("" where there is none) → `from` (what goes) and `to` (what comes)
→ attribute → points `[progress, value]`, straight lines between them. Where two points share their
progress the value jumps, and the later one holds at it. An attribute that is not named rests.

| attribute | rests at | means |
| --- | --- | --- |
| `opacity` | 1 | factor of the picture's alpha |
| `tint` | 0 | share of the dip's colour in its colours; its alpha stays |
| `x`, `y` | 0 | moved by so many widths, heights of the frame |
| `left`, `top`, `right`, `bottom` | 0, 0, 1, 1 | the part of the frame in which it is seen, before it is moved |

The two are drawn by themselves and then *added*, colours multiplied by alpha (CSS `plus-lighter`, canvas `lighter`), so
that a cross-fade of two opaque pictures is opaque throughout. Frame k of a transition of n frames is at progress k / n:
its first frame shows the old picture alone, the frame after its last the new one alone. A place in pixels is the whole
number nearest to it, halves upwards.

`ui/components/studio/transitions.js` is the same function on the same table; a test holds them together.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import floor
from pathlib import Path
from typing import Any, Final

from flatrender.core.errors import InvalidInput

Points = tuple[tuple[float, float], ...]
TABLE: Final[Mapping[str, Any]] = json.loads(Path(__file__).with_name("transitions.json").read_text("utf-8"))
KINDS: Final = tuple(TABLE)
DIRECTIONS: Final = ("left", "right", "up", "down")
COLOR: Final = "#000000"
"""What a dip goes through when it names no colour."""


@dataclass(frozen=True)
class State:
    """How one of the two pictures is seen. The attributes of the table."""

    opacity: float = 1.0
    tint: float = 0.0
    x: float = 0.0
    y: float = 0.0
    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0


RESTS: Final[Mapping[str, float]] = {field.name: float(str(field.default)) for field in fields(State)}


@dataclass(frozen=True)
class Motion:
    """One of the two pictures over the whole transition: its moving attributes as points."""

    points: Mapping[str, Points]

    def at(self, progress: float) -> State:
        """The picture's state at a progress of 0 to 1."""
        return State(**{name: value_at(points, progress) for name, points in self.points.items()})

    def line(self, name: str, start: float, end: float) -> tuple[float, float]:
        """An attribute's values at the two ends of a stretch in which it has no corner: its line, open at the end."""
        points = self.points.get(name)
        if points is None:
            return RESTS[name], RESTS[name]
        return value_at(points, start), _value_before(points, end)


def motions(kind: str, direction: str = "") -> tuple[Motion, Motion]:
    """The picture that goes and the one that comes. Raises InvalidInput for a transition that there is not."""
    ways = TABLE.get(kind)
    if ways is None:
        raise InvalidInput(f"There is no transition {kind!r}; use {', '.join(KINDS)}.", field="transition")
    chosen = ways.get("") or ways.get(direction or "left")
    if chosen is None:
        raise InvalidInput(f"A {kind} goes {', '.join(DIRECTIONS)}, not {direction!r}.", field="direction")
    goes, comes = (
        Motion({name: tuple((float(at), float(value)) for at, value in points) for name, points in chosen[end].items()})
        for end in ("from", "to")
    )
    return goes, comes


def states(kind: str, progress: float, direction: str = "") -> tuple[State, State]:
    """What the table says at a progress of 0 to 1: the state of the picture that goes, and of the one that comes."""
    goes, comes = motions(kind, direction)
    return goes.at(progress), comes.at(progress)


def corners(kind: str, direction: str = "") -> tuple[float, ...]:
    """The progresses inside a transition at which a line ends and another begins."""
    found = {at for motion in motions(kind, direction) for points in motion.points.values() for at, _ in points}
    return tuple(sorted(at for at in found if 0 < at < 1))


def value_at(points: Points, progress: float) -> float:
    """The value on the straight lines through `points`; at a jump, what comes after it."""
    before = points[0]
    for point in points[1:]:
        if progress < point[0]:
            share = (progress - before[0]) / (point[0] - before[0])
            return before[1] + (point[1] - before[1]) * max(share, 0.0)
        before = point
    return before[1]


def _value_before(points: Points, progress: float) -> float:
    """The value that the line comes to at `progress`; at a jump, what comes before it."""
    before = points[0]
    for point in points[1:]:
        if progress <= point[0]:
            if point[0] == before[0]:
                return before[1]
            return before[1] + (point[1] - before[1]) * (progress - before[0]) / (point[0] - before[0])
        before = point
    return before[1]


def pixels(share: float, whole: int) -> int:
    """A share of the frame's width or height as a place in pixels."""
    return floor(share * whole + 0.5)
