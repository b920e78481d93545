"""Text along a mask's path: where each glyph stands and how it turns.

A glyph stands with the middle of its advance on the path, as in After Effects' path options. Beyond the ends of an open
path the text goes straight on; on a closed one it goes round.
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from flatrender.aftereffects.graph import Animated, Layer, Path, Point
from flatrender.aftereffects.lottie.sides import point_on, side_of
from flatrender.aftereffects.text import TextOutlines

Effective = Callable[[Animated], Animated]
_PIECES = 40  # of each side of the path
_SIDES = {"center": 0.5, "right": 1.0, "justify-center": 0.5, "justify-right": 1.0}


@dataclass(frozen=True)
class PathOptions:
    """A text layer's path options by match name, after expressions."""

    path: Animated
    settings: dict[str, Animated]

    @property
    def moves(self) -> bool:
        return self.path.animated or any(prop.animated for prop in self.settings.values())

    def number(self, match_name: str, default: float, time: float) -> float:
        value = self.settings[match_name].at(time) if match_name in self.settings else default
        return float(value) if isinstance(value, int | float) else default


def read_path_options(layer: Layer, effective: Effective) -> PathOptions | None:
    """The path that a text layer's text follows; None where it runs straight."""
    text = layer.properties.text
    group = text.group("ADBE Text Path Options") if text is not None else None
    number = int(group.number("ADBE Text Path")) if group is not None else 0
    if group is None or not 1 <= number <= len(layer.properties.masks):
        return None
    path = layer.properties.masks[number - 1].group.get("ADBE Mask Shape")
    if path is None:
        return None
    settings = {child.match_name: effective(child) for child in group.children if isinstance(child, Animated)}
    return PathOptions(effective(path), settings)


class PlacedText:
    """A laid out text on its path at one moment."""

    def __init__(self, outlines: TextOutlines, justification: str, options: PathOptions, time: float) -> None:
        path = options.path.at(time)
        self._track = _Track(path if isinstance(path, Path) else None, options, time)
        self._upright = not options.number("ADBE Text Perpendicular To Path", 1, time)
        first = options.number("ADBE Text First Margin", 0, time)
        end = self._track.length + options.number("ADBE Text Last Margin", 0, time)
        side = _SIDES.get(justification, 0.0)
        forced = bool(options.number("ADBE Text Force Align Path", 0, time))
        self._lines: dict[int, Callable[[float], float]] = {}
        for number, line in enumerate(outlines.lines):
            start = first + (end - first - line.width) * side - line.x
            if forced and line.width > 0:
                stretch = (end - first) / line.width
                self._lines[number] = lambda x, at=line.x, by=stretch: first + (x - at) * by  # type: ignore[misc]  # defaults bind what changes with the line
            else:
                self._lines[number] = lambda x, start=start: start + x  # type: ignore[misc]  # as above

    def at(self, line: int, x: float, y: float) -> tuple[Point, float]:
        """Where the point `x` along a line and `y` below its first baseline comes to lie, and how it is turned."""
        (px, py), angle = self._track.at(self._lines[line](x))
        place = (px - math.sin(angle) * y, py + math.cos(angle) * y)
        return place, 0.0 if self._upright else math.degrees(angle)


class _Track:
    """A path as points along its length."""

    def __init__(self, path: Path | None, options: PathOptions, time: float) -> None:
        if path is not None and options.number("ADBE Text Reverse Path", 0, time):
            path = path.reversed()
        self._points = _flat(path) if path is not None else []
        if len(self._points) < 2:
            x, y = self._points[0] if self._points else (0.0, 0.0)
            self._points = [(x, y), (x + 1.0, y)]
            path = None
        self._closed = path is not None and path.closed
        self._gone = [0.0]
        for before, after in pairwise(self._points):
            self._gone.append(self._gone[-1] + math.dist(before, after))
        self.length = self._gone[-1] if path is not None else 0.0

    def at(self, distance: float) -> tuple[Point, float]:
        """The point so far along the path, and its direction (radians)."""
        if self._closed and self.length > 0:
            distance %= self.length
        index = min(max(bisect_left(self._gone, distance), 1), len(self._points) - 1)
        (ax, ay), (bx, by) = self._points[index - 1], self._points[index]
        span = self._gone[index] - self._gone[index - 1]
        share = (distance - self._gone[index - 1]) / span if span else 0.0
        return (ax + (bx - ax) * share, ay + (by - ay) * share), math.atan2(by - ay, bx - ax)


def _flat(path: Path) -> list[Point]:
    """Points along the path, none twice in a row."""
    count = len(path.vertices)
    points: list[Point] = list(path.vertices[:1])
    for index in range(count if path.closed else count - 1):
        following = (index + 1) % count
        side = side_of(path, index, following)
        for step in range(1, _PIECES + 1):
            point = point_on(side, step / _PIECES)
            if math.dist(points[-1], point) > 1e-6:
                points.append(point)
    return points
