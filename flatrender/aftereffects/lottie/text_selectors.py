"""By how much the selectors of a text animator cover each character.

A selector's amount for a unit follows After Effects' range selector (help.adobe.com, "Text animator properties"), as
lottie-web computes it.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from flatrender.aftereffects.easing import eased
from flatrender.aftereffects.graph import Animated, Group
from flatrender.aftereffects.text import TextOutlines

Effective = Callable[[Animated], Animated]
Express = Callable[[Animated, float, int], list[float]]
"""What an expression selector's amount gives for each of so many units at a time."""
RANGE, EXPRESSED = "ADBE Text Selector", "ADBE Text Expressible Selector"


class Setting(NamedTuple):
    """What a range selector is set to at a time. `start`, `end` and `offset` count units if `counted`, else percent."""

    mode: int
    based: int
    most: float
    counted: bool
    start: float
    end: float | None
    offset: float
    shape: int
    smooth: float
    high: float
    low: float
    seed: int | None


class Selector:
    """A range selector, after expressions; an expression selector with its `express`."""

    def __init__(self, group: Group, effective: Effective, express: Express | None = None) -> None:
        self.group, self.express = group, express
        self._found = {child.match_name: effective(child) for child in reversed(list(group.walk()))}

    def number(self, match_name: str, default: float, time: float) -> float:
        value = self._found[match_name].at(time) if match_name in self._found else default
        return float(value) if isinstance(value, int | float) else default

    def setting(self, time: float) -> Setting:
        counted = int(self.number("ADBE Text Range Units", 1, time)) == 2
        kind = "Index" if counted else "Percent"
        end = self.number(f"ADBE Text {kind} End", -math.inf, time)
        randomised = self.number("ADBE Text Randomize Order", 0, time)
        return Setting(
            mode=int(self.number("ADBE Text Selector Mode", 1, time)),
            based=int(self.number("ADBE Text Range Type2", 1, time)),
            most=self.number("ADBE Text Selector Max Amount", 100, time) / 100,
            counted=counted,
            start=self.number(f"ADBE Text {kind} Start", 0, time),
            end=None if end == -math.inf else end,
            offset=self.number(f"ADBE Text {kind} Offset", 0, time),
            shape=int(self.number("ADBE Text Range Shape", 1, time)),
            smooth=self.number("ADBE Text Selector Smoothness", 100, time) / 100,
            high=self.number("ADBE Text Levels Max Ease", 0, time) / 100,
            low=self.number("ADBE Text Levels Min Ease", 0, time) / 100,
            seed=int(self.number("ADBE Text Random Seed", 0, time)) if randomised else None,
        )

    @property
    def moving(self) -> list[Animated]:
        return [prop for prop in self._found.values() if prop.animated]


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

    def amounts(self, selectors: tuple[Selector, ...], times: Sequence[float]) -> list[list[float]]:
        """How much an animator of those selectors counts for each glyph at each time, -1..1. Moments at which the
        selectors are set alike share one list."""
        found: list[list[float]] = []
        before: list[Setting] | None = None
        for time in times:
            if any(selector.express is not None for selector in selectors):
                found.append(self._at(selectors, [selector.setting(time) for selector in selectors], time))
                continue
            settings = [selector.setting(time) for selector in selectors]
            found.append(found[-1] if settings == before else self._at(selectors, settings, time))
            before = settings
        return found

    def _at(self, selectors: tuple[Selector, ...], settings: list[Setting], time: float) -> list[float]:
        total = [1.0] * self.count
        for number, (selector, setting) in enumerate(zip(selectors, settings, strict=True)):
            if selector.express is not None:
                total = self._expressed(selector, selector.express, time)
                continue
            part = self._range(setting)
            if number == 0 and setting.mode == 1:
                total = part
                continue
            rule = _MODES.get(setting.mode, _MODES[1])
            total = [min(max(rule(a, b), -1.0), 1.0) for a, b in zip(total, part, strict=True)]
        return total

    def _expressed(self, selector: Selector, express: Express, time: float) -> list[float]:
        """What the expression gives instead of what the selectors before it gave."""
        places, count = self._places.get(int(selector.number("ADBE Text Range Type2", 1, time)), self._places[1])
        amount = selector.group.get("ADBE Text Expressible Amount")
        covered = express(amount, time, count) if amount is not None else [1.0] * count
        return [covered[place] if place >= 0 else 0.0 for place in places]

    def _range(self, setting: Setting) -> list[float]:
        places, count = self._places.get(setting.based, self._places[1])
        share = 1.0 if setting.counted else count / 100
        whole = float(count) if setting.counted else 100.0
        end = whole if setting.end is None else setting.end
        start, end = sorted(((setting.start + setting.offset) * share, (end + setting.offset) * share))
        order = list(range(count))
        if setting.seed is not None:
            random.Random(setting.seed).shuffle(order)
        shape, smooth, high, low = setting.shape, setting.smooth, setting.high, setting.low
        covered = [_slowed(_covered(shape, order[unit], start, end, smooth), high, low) for unit in range(count)]
        return [covered[place] * setting.most if place >= 0 else 0.0 for place in places]


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
