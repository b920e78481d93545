"""Text in another size: by a factor, or made smaller until it takes no more room than it was designed for."""

from dataclasses import replace

from flatrender.aftereffects.text.fonts import FontLibrary
from flatrender.aftereffects.text.layout import layout
from flatrender.aftereffects.text.spec import TextOutlines, TextRun, TextSpec, TextStyle

SMALLEST = 0.05
_STEPS = 7
"""Halvings: a hundredth of the size is not seen."""
FIT_SLACK = 0.5  # px


def scaled(spec: TextSpec, factor: float) -> TextSpec:
    """The text so many times as large."""
    return replace(spec, runs=tuple(TextRun(run.text, _style(run.style, factor)) for run in spec.runs))


def fit_factor(spec: TextSpec, designed: TextSpec, fonts: FontLibrary) -> float:
    """The factor, 1 at most, by which the text fits: box text into its box, point text into the width and height that
    the designer's own words take."""
    room = _extent(layout(designed, fonts)) if designed.box is None else designed.box[2:]
    if _fits(spec, room, fonts):
        return 1.0
    low, high = SMALLEST, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _fits(scaled(spec, middle), room, fonts):
            low = middle
        else:
            high = middle
    return low


def cut_words(text: str, laid: TextOutlines) -> bool:
    """Whether a line ends inside a word."""
    ends = (line.end for line in laid.lines)
    return any(text[end - 1 : end].isalnum() and text[end : end + 1].isalnum() for end in ends)


def _fits(spec: TextSpec, room: tuple[float, float], fonts: FontLibrary) -> bool:
    laid = layout(spec, fonts)
    width, height = _extent(laid)
    return width <= room[0] + FIT_SLACK and height <= room[1] + FIT_SLACK and not cut_words(spec.text, laid)


def _extent(laid: TextOutlines) -> tuple[float, float]:
    """The width of the widest line, and the height from the first line's top to the last one's bottom."""
    if not laid.lines:
        return 0.0, 0.0
    first, last = laid.lines[0], laid.lines[-1]
    return max(line.width for line in laid.lines), last.baseline + last.descent - (first.baseline - first.ascent)


def _style(style: TextStyle, factor: float) -> TextStyle:
    return replace(
        style,
        size=style.size * factor,
        leading=None if style.leading is None else style.leading * factor,
        baseline_shift=style.baseline_shift * factor,
        stroke_width=style.stroke_width * factor,
    )
