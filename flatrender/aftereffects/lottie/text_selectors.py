"""By how much the selectors of a text animator cover each character.

A selector's amount for a unit follows After Effects' range selector (help.adobe.com, "Text animator properties"), as
lottie-web computes it.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from flatrender.aftereffects.easing import eased
from flatrender.aftereffects.graph import Animated, Group
from flatrender.aftereffects.text import TextOutlines

Effective = Callable[[Animated], Animated]
Express = Callable[[Animated, float, int], list[float]]
"""What an expression selector's amount gives for each of so many units at a time."""
RANGE, EXPRESSED = "ADBE Text Selector", "ADBE Text Expressible Selector"


@dataclass(frozen=True)
class Selector:
    """A range selector's properties by match name, after expressions; an expression selector with its `express`."""

    group: Group
    effective: Effective
    express: Express | None = None

    def number(self, match_name: str, default: float, time: float) -> float:
        for child in self.group.walk():
            if child.match_name == match_name:
                value = self.effective(child).at(time)
                return float(value) if isinstance(value, int | float) else default
        return default

    @property
    def moves(self) -> bool:
        return any(self.effective(child).animated for child in self.group.walk())


class Units:
    """The characters, words and lines that range selectors count, and which of them each glyph is in."""

    def __init__(self, outlines: TextOutlines, text: str) -> None:
        glyphs = outlines.glyphs
        self.count = len(glyphs)
        clusters = sorted({glyph.cluster for glyph in glyphs})
        order = {cluster: index for index, cluster in enumerate(clusters)}
        solid = [c for c in clusters if not text[c : c + 1].isspace()]
        solid_order = {cluster: index for index, cluster in enumerate(solid)}
        words = sorted({glyph.word for glyph in glyphs})
        lines = sorted({glyph.line for glyph in glyphs})
        self._places = {
            1: ([order[glyph.cluster] for glyph in glyphs], len(clusters)),
            2: ([solid_order.get(glyph.cluster, -1) for glyph in glyphs], len(solid)),
            3: ([words.index(glyph.word) for glyph in glyphs], len(words)),
            4: ([lines.index(glyph.line) for glyph in glyphs], len(lines)),
        }

    def amounts(self, selectors: tuple[Selector, ...], time: float) -> list[float]:
        """How much an animator of those selectors counts for each glyph at `time`, -1..1."""
        total = [1.0] * self.count
        for number, selector in enumerate(selectors):
            if selector.express is not None:
                total = self._expressed(selector, selector.express, time)
                continue
            part = self._range(selector, time)
            mode = int(selector.number("ADBE Text Selector Mode", 1, time))
            if number == 0 and mode == 1:
                total = part
                continue
            rule = _MODES.get(mode, _MODES[1])
            total = [min(max(rule(a, b), -1.0), 1.0) for a, b in zip(total, part, strict=True)]
        return total

    def _expressed(self, selector: Selector, express: Express, time: float) -> list[float]:
        """What the expression gives instead of what the selectors before it gave."""
        places, count = self._places.get(int(selector.number("ADBE Text Range Type2", 1, time)), self._places[1])
        amount = selector.group.get("ADBE Text Expressible Amount")
        covered = express(amount, time, count) if amount is not None else [1.0] * count
        return [covered[place] if place >= 0 else 0.0 for place in places]

    def _range(self, selector: Selector, time: float) -> list[float]:
        based = int(selector.number("ADBE Text Range Type2", 1, time))
        places, count = self._places.get(based, self._places[1])
        amount = selector.number("ADBE Text Selector Max Amount", 100, time) / 100
        if int(selector.number("ADBE Text Range Units", 1, time)) == 2:
            start = selector.number("ADBE Text Index Start", 0, time)
            end = selector.number("ADBE Text Index End", count, time)
            offset = selector.number("ADBE Text Index Offset", 0, time)
        else:
            share = count / 100
            start = selector.number("ADBE Text Percent Start", 0, time) * share
            end = selector.number("ADBE Text Percent End", 100, time) * share
            offset = selector.number("ADBE Text Percent Offset", 0, time) * share
        start, end = sorted((start + offset, end + offset))
        shape = int(selector.number("ADBE Text Range Shape", 1, time))
        smooth = selector.number("ADBE Text Selector Smoothness", 100, time) / 100
        high = selector.number("ADBE Text Levels Max Ease", 0, time) / 100
        low = selector.number("ADBE Text Levels Min Ease", 0, time) / 100
        order = list(range(count))
        if selector.number("ADBE Text Randomize Order", 0, time):
            random.Random(int(selector.number("ADBE Text Random Seed", 0, time))).shuffle(order)
        covered = [_slowed(_covered(shape, order[unit], start, end, smooth), high, low) for unit in range(count)]
        return [covered[place] * amount if place >= 0 else 0.0 for place in places]


_MODES: dict[int, Callable[[float, float], float]] = {
    1: lambda a, b: a + b,
    2: lambda a, b: a - b,
    3: lambda a, b: a * b,
    4: min,
    5: max,
    6: lambda a, b: abs(a - b),
}


def _covered(shape: int, unit: int, start: float, end: float, smooth: float) -> float:
    """How much a range from `start` to `end` covers a unit (units are one wide), by the range's shape."""
    span = end - start
    middle = unit + 0.5 - start
    if shape == 1:  # square: its edges are one unit wide where it is smooth
        edge = max(smooth, 1e-6)
        rising = (unit + 1 - start - (1 - edge) / 2) / edge if edge < 1 else unit + 1 - start
        falling = (end - unit - (1 - edge) / 2) / edge if edge < 1 else end - unit
        return min(max(min(rising, 1.0) + min(falling, 1.0) - 1, 0.0), 1.0) if span > 0 else 0.0
    if span <= 0:
        return 0.0 if shape not in (2, 3) else float((unit >= end) == (shape == 2))
    share = middle / span
    if shape == 2:
        return min(max(share, 0.0), 1.0)
    if shape == 3:
        return 1 - min(max(share, 0.0), 1.0)
    inside = min(max(share, 0.0), 1.0)
    if shape == 4:
        return 1 - abs(inside * 2 - 1)
    if shape == 5:
        return math.sqrt(max(0.0, 1 - (inside * 2 - 1) ** 2))
    return (1 - math.cos(2 * math.pi * inside)) / 2


def _slowed(amount: float, high: float, low: float) -> float:
    """Ease high and ease low: the ends of the transition slow down (or speed up, where negative)."""
    if high == 0 and low == 0:
        return amount
    x1, y1 = max(low, 0.0), max(-low, 0.0)
    x2, y2 = 1 - max(high, 0.0), 1 - max(-high, 0.0)
    return eased((x1, y1), (x2, y2), amount)
