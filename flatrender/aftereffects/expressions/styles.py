"""A text's style as expressions know it (`TextStyle` of the expression reference): read, and set for all or a part."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flatrender.aftereffects.expressions.sandbox import ExpressionFailed
from flatrender.aftereffects.text import Color, Direction, Justification, TextRun, TextSpec, TextStyle

MAX_TEXT = 20_000
MAX_SIZE = 10_000
MAX_CHANGED = 1_000_000  # characters that the changes of one text go over, half a second

# Name in expressions -> field of ours, and how much one is in the other.
_NUMBERS = {
    "fontSize": ("size", 1.0),
    "strokeWidth": ("stroke_width", 1.0),
    "tracking": ("tracking", 1.0),
    "baselineShift": ("baseline_shift", 1.0),
    "horizontalScaling": ("horizontal_scale", 100.0),
    "verticalScaling": ("vertical_scale", 100.0),
}
_SWITCHES = {
    "isFauxBold": "faux_bold",
    "isFauxItalic": "faux_italic",
    "isAllCaps": "all_caps",
    "isSmallCaps": "small_caps",
    "isLigature": "ligatures",
}
_PARAGRAPH = {
    "firstLineIndent": "first_line_indent",
    "leftMargin": "start_indent",
    "rightMargin": "end_indent",
    "spaceBefore": "space_before",
    "spaceAfter": "space_after",
}
_READ_ONLY = ("kerning", "kerningType")
_JUSTIFICATIONS: dict[str, Justification] = {
    "alignLeft": "left",
    "alignCenter": "center",
    "alignRight": "right",
    "justifyLastLeft": "justify-left",
    "justifyLastCenter": "justify-center",
    "justifyLastRight": "justify-right",
    "justifyFull": "justify-full",
}
_DIRECTIONS: dict[str, Direction] = {"left-to-right": "ltr", "right-to-left": "rtl"}


def told_style(spec: TextSpec, index: int) -> dict[str, Any]:
    """The style of the character at `index` (the last one's beyond the end), by the names of expressions."""
    style = _style_at(spec, index)
    told: dict[str, Any] = {name: getattr(style, field) * per for name, (field, per) in _NUMBERS.items()}
    told |= {name: getattr(style, field) for name, field in _SWITCHES.items()}
    told |= {name: getattr(spec, field) for name, field in _PARAGRAPH.items()}
    told |= {
        "font": style.font,
        "fillColor": list((style.fill or (0.0, 0.0, 0.0, 1.0))[:3]),
        "strokeColor": list((style.stroke or (0.0, 0.0, 0.0, 1.0))[:3]),
        "applyFill": style.fill is not None,
        "applyStroke": style.stroke is not None,
        "isAutoLeading": style.leading is None,
        "leading": style.leading if style.leading is not None else style.size * 1.2,
        "baselineOption": "superscript" if style.superscript else "subscript" if style.subscript else "default",
        "justification": _name_of(_JUSTIFICATIONS, spec.justification),
        "kerning": style.kern,
        "kerningType": "manual" if style.kern or not style.kerning else "metrics",
        "direction": _name_of(_DIRECTIONS, spec.direction),
    }
    return told


def apply_style(spec: TextSpec, given: dict[str, Any]) -> TextSpec:
    """The text under a style that an expression gave: `base` for all of it where it was read somewhere, then each
    change for its stretch of characters. Raises ExpressionFailed.
    """
    letters = [(letter, run.style) for run in spec.runs for letter in run.text]
    first = _style_at(spec, 0)
    base = given.get("base")
    if isinstance(base, dict):
        # Fill and stroke are switched last: a colour of one that is off stays off.
        order = sorted(base, key=lambda name: name in ("applyFill", "applyStroke", "isAutoLeading"))
        for name in order:
            if name in _PARAGRAPH or name in ("justification", "direction", *_READ_ONLY):
                continue
            first = _changed(first, name, base[name])
        letters = [(letter, first) for letter, _ in letters]
    work = 0
    for name, value, start, count in _changes(given.get("changes")):
        stop = len(letters) if count < 0 else min(start + count, len(letters))
        work += max(stop - start, 20)
        if work > MAX_CHANGED:
            raise ExpressionFailed("its style changes too many characters too often")
        if name == "text":
            letters = [(letter, letters[0][1] if letters else first) for letter in value]
        elif name == "replace":
            style = letters[min(start, len(letters) - 1)][1] if letters else first
            letters[start:stop] = [(letter, style) for letter in value]
        elif name in _PARAGRAPH:
            indent: dict[str, Any] = {_PARAGRAPH[name]: _number(name, value)}
            spec = replace(spec, **indent)
        elif name == "justification":
            spec = replace(spec, justification=_JUSTIFICATIONS.get(value, spec.justification), paragraphs=())
        elif name == "direction":
            spec = replace(spec, direction=_DIRECTIONS.get(value, spec.direction))
        else:
            made: dict[int, TextStyle] = {}  # most characters have the same style as the one before
            for place in range(start, stop):
                letter, style = letters[place]
                if id(style) not in made:
                    made[id(style)] = _changed(style, name, value)
                letters[place] = letter, made[id(style)]
            first = first if letters else _changed(first, name, value)
        if len(letters) > MAX_TEXT:
            raise ExpressionFailed(f"its text has more than {MAX_TEXT} characters")
    return replace(spec, runs=_runs(letters) or (TextRun("", first),))


def _changes(given: Any) -> list[tuple[str, Any, int, int]]:
    changes = []
    for change in given if isinstance(given, list) else []:
        if not isinstance(change, list) or len(change) != 4:
            raise ExpressionFailed("a change of its style is not understood")
        name, value, start, count = change
        if name in ("text", "replace", "justification", "direction", "font") and not isinstance(value, str):
            raise ExpressionFailed(f"the {name} of its style is no text")
        if not isinstance(start, int | float) or not isinstance(count, int | float):
            raise ExpressionFailed(f"the place of its {name} is no number")
        changes.append((str(name), value, max(0, int(start)), int(count)))
    return changes


def _runs(letters: list[tuple[str, TextStyle]]) -> tuple[TextRun, ...]:
    runs: list[TextRun] = []
    for letter, style in letters:
        if runs and runs[-1].style == style:
            runs[-1] = TextRun(runs[-1].text + letter, style)
        else:
            runs.append(TextRun(letter, style))
    return tuple(runs)


def _style_at(spec: TextSpec, index: int) -> TextStyle:
    for run in spec.runs:
        if index < len(run.text):
            return run.style
        index -= len(run.text)
    return spec.runs[-1].style if spec.runs else TextStyle(font="ArialMT", size=36.0)


def _changed(style: TextStyle, name: str, value: Any) -> TextStyle:
    """The style with one thing set."""
    if name in _NUMBERS:
        field, per = _NUMBERS[name]
        change: dict[str, Any] = {field: _number(name, value) / per}
        if name == "fontSize" and not 0 < change[field] <= MAX_SIZE:
            raise ExpressionFailed(f"its font size is not between 0 and {MAX_SIZE}")
        return replace(style, **change)
    if name in _SWITCHES:
        change = {_SWITCHES[name]: bool(value)}
        return replace(style, **change)
    setters: dict[str, Callable[[], TextStyle]] = {
        "font": lambda: style if value == style.font else replace(style, font=str(value), family="", style=""),
        "fillColor": lambda: replace(style, fill=_color(value)),
        "strokeColor": lambda: replace(style, stroke=_color(value)),
        "applyFill": lambda: replace(style, fill=(style.fill or (0.0, 0.0, 0.0, 1.0)) if value else None),
        "applyStroke": lambda: replace(style, stroke=(style.stroke or (0.0, 0.0, 0.0, 1.0)) if value else None),
        "leading": lambda: replace(style, leading=_number(name, value)),
        "isAutoLeading": lambda: (
            replace(style, leading=None)
            if value
            else replace(style, leading=style.leading if style.leading is not None else style.size * 1.2)
        ),
        "baselineOption": lambda: replace(style, superscript=value == "superscript", subscript=value == "subscript"),
    }
    if name not in setters:
        raise ExpressionFailed(f"“{name}” of a text cannot be set yet")
    return setters[name]()


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e6:
        raise ExpressionFailed(f"its {name} is no number")
    return float(value)


def _color(value: Any) -> Color:
    parts = value if isinstance(value, list) else []
    if len(parts) < 3 or not all(isinstance(part, int | float) for part in parts):
        raise ExpressionFailed("its colour is not three numbers from 0 to 1")
    red, green, blue = (min(max(float(part), 0.0), 1.0) for part in parts[:3])
    return red, green, blue, 1.0


def _name_of(names: Mapping[str, str], value: str) -> str:
    return next((name for name, ours in names.items() if ours == value), next(iter(names)))
