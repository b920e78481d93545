"""Laid out text as Lottie shape groups, the way bodymovin writes shapes: one group per run (or glyph), paths, stroke
and fill.
"""

from collections.abc import Iterable
from typing import Any, Literal

from flatrender.aftereffects.text.spec import Color, Glyph, Join, TextOutlines, TextStyle

Grouping = Literal["run", "line", "word", "glyph"]


def lottie_shapes(outlines: TextOutlines, group_by: Grouping = "run") -> list[dict[str, Any]]:
    """Shape groups (`ty: "gr"`), topmost first as Lottie lists them. Glyphs without ink give none.

    A line, word or glyph that holds several runs gives one group per run: a group has one fill and one stroke.
    """
    buckets: dict[tuple[int, int], list[Glyph]] = {}
    for number, glyph in enumerate(outlines.glyphs):
        if glyph.contours:
            part = {"run": 0, "line": glyph.line, "word": glyph.word, "glyph": number}[group_by]
            buckets.setdefault((part, glyph.run), []).append(glyph)
    groups = [
        shape_group(glyphs, outlines.styles[run], f"{group_by} {part if group_by != 'run' else run}")
        for (part, run), glyphs in buckets.items()
    ]
    return groups[::-1]


def shape_group(glyphs: Iterable[Glyph], style: TextStyle, name: str) -> dict[str, Any]:
    """One Lottie group of the glyphs' contours in a run's fill and stroke."""
    items: list[dict[str, Any]] = [
        {"ty": "sh", "ix": index + 1, "ind": index, "nm": glyph, "hd": False, "ks": {"a": 0, "k": path, "ix": 2}}
        for index, (glyph, path) in enumerate(
            (glyph.name, contour.to_lottie()) for glyph in glyphs for contour in glyph.contours
        )
    ]
    paints: list[dict[str, Any]] = []
    if style.fill is not None:
        paints.append(_fill(style.fill))
    if style.stroke is not None and style.stroke_width > 0:
        stroke = _stroke(style.stroke, style.stroke_width, style.stroke_join)
        # Lottie draws the first of a group on top.
        paints.insert(0 if style.stroke_over_fill else len(paints), stroke)
    transform = {
        "ty": "tr",
        "p": _still([0, 0]),
        "a": _still([0, 0]),
        "s": _still([100, 100]),
        "r": _still(0),
        "o": _still(100),
        "sk": _still(0),
        "sa": _still(0),
        "nm": "Transform",
    }
    return {
        "ty": "gr",
        "nm": name,
        "np": len(items) + len(paints),
        "bm": 0,
        "hd": False,
        "it": [*items, *paints, transform],
    }


def _still(value: Any) -> dict[str, Any]:
    return {"a": 0, "k": value}


def _fill(color: Color) -> dict[str, Any]:
    red, green, blue, alpha = color
    return {
        "ty": "fl",
        "nm": "Fill",
        "c": _still([red, green, blue, 1]),
        "o": _still(round(alpha * 100, 3)),
        "r": 1,
        "bm": 0,
        "hd": False,
    }


def _stroke(color: Color, width: float, join: Join) -> dict[str, Any]:
    red, green, blue, alpha = color
    return {
        "ty": "st",
        "nm": "Stroke",
        "c": _still([red, green, blue, 1]),
        "o": _still(round(alpha * 100, 3)),
        "w": _still(width),
        "lc": 1,
        "lj": {"miter": 1, "round": 2, "bevel": 3}[join],
        "ml": 4,
        "bm": 0,
        "hd": False,
    }
