"""Text in another size: by a factor, or made smaller until it takes no more room than it was designed for."""

import math
from collections.abc import Sequence
from dataclasses import replace

from flatrender.aftereffects.text.fonts import FontLibrary
from flatrender.aftereffects.text.layout import lines
from flatrender.aftereffects.text.spec import Line, TextRun, TextSpec, TextStyle

SMALLEST = 0.25
"""No layer's text is set smaller to fit: a title of a twentieth of its size is a hairline."""
TINIEST = 0.05
"""For texts in boxes that their writers draw themselves, with the text in sight."""
_STEPS = 128
"""From the smallest size to the whole one: a hundredth of it is not seen."""
FIT_SLACK = 0.5  # px


def scaled(spec: TextSpec, factor: float) -> TextSpec:
    """The text so many times as large."""
    return replace(spec, runs=tuple(TextRun(run.text, _style(run.style, factor)) for run in spec.runs))


def fit_factor(spec: TextSpec, designed: TextSpec, fonts: FontLibrary, smallest: float = SMALLEST) -> float:
    """The factor, 1 at most, by which the text fits: box text into its box, point text into the width and height that
    the designer's own words take. `smallest` for what does not even fit so."""
    room = _room(designed, fonts)
    laid = lines(spec, fonts)
    if _fits(spec.text, laid, room):
        return 1.0
    step = (1.0 - smallest) / _STEPS
    low, high = 0, _STEPS  # of `low` it is known, or taken for granted, that it fits, of `high` that it does not
    middle, reach = round((_guess(spec, laid, room) - smallest) / step), 1
    while high - low > 1:
        if not low < middle < high:
            middle = (low + high) // 2
        if _fits(spec.text, lines(scaled(spec, smallest + middle * step), fonts), room):
            low = middle
            middle += reach
        else:
            high = middle
            middle -= reach
        reach *= 4
    return smallest + low * step


def fits(spec: TextSpec, designed: TextSpec, fonts: FontLibrary) -> bool:
    """Whether the text takes no more room than it was designed for."""
    return _fits(spec.text, lines(spec, fonts), _room(designed, fonts))


def cut_words(text: str, laid: Sequence[Line]) -> bool:
    """Whether a line ends inside a word."""
    ends = (line.end for line in laid)
    return any(text[end - 1 : end].isalnum() and text[end : end + 1].isalnum() for end in ends)


def _room(designed: TextSpec, fonts: FontLibrary) -> tuple[float, float]:
    if designed.box is None:
        return _extent(lines(designed, fonts))
    return designed.box[2], designed.box[3]


def _guess(spec: TextSpec, laid: Sequence[Line], room: tuple[float, float]) -> float:
    """Near the factor by which the text fits that was laid out: in a box smaller letters take fewer lines as well."""
    width, height = _extent(laid)
    if spec.box is not None:
        return math.sqrt(max(room[1], 0.0) / max(height, 1.0))
    return min(room[0] / max(width, 1.0), room[1] / max(height, 1.0))


def _fits(text: str, laid: Sequence[Line], room: tuple[float, float]) -> bool:
    width, height = _extent(laid)
    return width <= room[0] + FIT_SLACK and height <= room[1] + FIT_SLACK and not cut_words(text, laid)


def _extent(laid: Sequence[Line]) -> tuple[float, float]:
    """The width of the widest line, and the height from the first line's top to the last one's bottom."""
    if not laid:
        return 0.0, 0.0
    first, last = laid[0], laid[-1]
    return max(line.width for line in laid), last.baseline + last.descent - (first.baseline - first.ascent)


def _style(style: TextStyle, factor: float) -> TextStyle:
    return replace(
        style,
        size=style.size * factor,
        leading=None if style.leading is None else style.leading * factor,
        baseline_shift=style.baseline_shift * factor,
        stroke_width=style.stroke_width * factor,
    )
