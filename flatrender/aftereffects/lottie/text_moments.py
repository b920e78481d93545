"""At which moments the characters of an animated text are worked out: those between which straight lines are as good.

A character stands in for its numbers: how much each animator counts for it, and how far tracking moves it. What an
animator changes follows these in straight lines as long as the animator's own values rest, so where the numbers lie
on a line, everything does, and what lies between needs no look at all the animators' properties.
"""

from collections.abc import Sequence

from flatrender.aftereffects.graph import Value
from flatrender.aftereffects.thinning import corners

Values = dict[str, Value]
"""An animator's values at a moment, by the names of `text_animators.KNOWN`."""

# Those are multiplied or mixed: two animators of one kind make a curve, or a step, of two lines.
_MIXED = ({"scale"}, {"opacity"}, {"fill"}, {"fill_opacity"}, {"stroke", "stroke_opacity", "stroke_width"})
_NEAR = 0.005  # pixels, degrees, percent; half of what the tracks may be off
_WHOLE_COLOR = 10.0  # so that a colour is as near as its track asks: 1/1024 is 0.01 of it


def turns(rows: Sequence[Sequence[object]], count: int) -> list[int]:
    """The moments that are not like the one before and the one after in all of the rows; the first and the last."""
    like_before = [False] + [all(row[t] is row[t - 1] or row[t] == row[t - 1] for row in rows) for t in range(1, count)]
    return [t for t in range(count) if t in (0, count - 1) or not (like_before[t] and like_before[t + 1])]


class Moments:
    """`values` of each animator at each time; `still`: nothing else that places glyphs changes at these times (a path,
    an alignment)."""

    def __init__(self, times: Sequence[float], values: Sequence[Sequence[Values]], still: bool) -> None:
        self._times = times
        # What is the same as long as nothing but the glyphs' own numbers changes.
        self._held: list[object] = [[own[index] for own in values] if still else index for index in range(len(times))]
        bent = any(sum(not kind.isdisjoint(own[0]) for own in values) > 1 for kind in _MIXED)
        bent = bent or any(_negative(own[0].get("stroke_width")) for own in values)  # no width is less than none
        self._straight = still and not bent and all(held == self._held[0] for held in self._held)
        self._reach = [_reach(own[0]) for own in values]

    def of(self, numbers: Sequence[Sequence[float]]) -> list[int]:
        """The indices of the moments that count for a glyph with those numbers: its shift, then each animator's amount.

        Between two of them what moves it moves in straight lines, or not at all.
        """
        if self._straight and all(amount >= 0 for row in numbers for amount in row[1:]):
            reach = [1.0, *self._reach]
            rows = [[part * most for part, most in zip(row, reach, strict=True)] for row in numbers]
            return corners(self._times, rows, lambda number: _NEAR)
        return turns([self._held, numbers], len(numbers))


def _negative(value: Value) -> bool:
    return isinstance(value, int | float) and value < 0


def _reach(values: Values) -> float:
    """How far an animator changes anything when it counts in full."""
    found = [1.0]
    for name, value in values.items():
        own = [float(part) for part in value] if isinstance(value, tuple | list) else [value]
        sizes = [abs(part) for part in own if isinstance(part, int | float)]
        if name in ("fill", "stroke"):
            found.append(_WHOLE_COLOR)
        elif name == "scale":
            found += [abs(size - 100) for size in sizes]
        elif name.endswith("opacity"):
            found.append(100.0)
        else:
            found += sizes
    return max(found)
