"""A text as a picture: shaped, broken into lines and drawn by the engine's own means. Persian is right by this alone.

    picture, missing, overflow = drawn("سلام", Look("Vazirmatn", size=64), (800, 200), default_client().rasteriser)

The text stands in the middle of its box from top to bottom; lines are broken where the box is too narrow.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from flatrender.aftereffects.client import png
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from flatrender.aftereffects.text.bidi import embedding_levels
from flatrender.aftereffects.text.faces import WEIGHT_NAMES
from flatrender.aftereffects.text.fitting import FIT_SLACK, TINIEST, fit_factor, scaled
from flatrender.aftereffects.text.fonts import FontLibrary, default_library
from flatrender.aftereffects.text.layout import layout
from flatrender.aftereffects.text.shapes import lottie_shapes
from flatrender.aftereffects.text.spec import (
    Color,
    Direction,
    Justification,
    TextOutlines,
    TextRun,
    TextSpec,
    TextStyle,
)

_PARAGRAPHS = re.compile(r"\r\n|[\r\n\x85\u2029]")
SEEN = 0.02  # of the letters' size, in pixels: less of a letter that is cut off is not missed


@dataclass(frozen=True)
class Look:
    """How a text is set. `size` in pixels of the picture; colours `#RRGGBB`; `align`: start, center, end of a line;
    `fit`: a text that is too long for its box is set smaller, until it is not."""

    font: str = "Inter"
    size: float = 64.0
    color: str = "#FFFFFF"
    background: str | None = None
    align: str = "center"
    direction: Direction = "auto"
    weight: int = 600
    fit: bool = False


class Drawn(NamedTuple):
    """A PNG with alpha; the characters that no font has, whose places stay empty; whether letters are cut off at the
    edges of the box."""

    picture: bytes
    missing: str
    overflow: bool


def drawn(text: str, look: Look, size: tuple[int, int], rasteriser: Rasteriser) -> Drawn:
    """The picture, `size` pixels.

    Raises TooLarge, ProcessFailed, Unavailable without any font.
    """
    width, height = size
    lottie, missing, overflow = document(text, look, size, _library())
    data = json.dumps(lottie, separators=(",", ":")).encode()
    return Drawn(png(rasteriser.picture(data, width, height, 0), size), missing, overflow)


def document(text: str, look: Look, size: tuple[int, int], fonts: FontLibrary) -> tuple[dict[str, Any], str, bool]:
    """The picture as a Lottie of one frame, what no font has, and whether letters are cut off."""
    width, height = size
    spec = _spec(text, look, size)
    if look.fit:
        spec = scaled(spec, fit_factor(spec, spec, fonts, TINIEST))
    laid = layout(spec, fonts)
    down = 0.0
    if laid.lines:
        top = laid.lines[0].baseline - laid.lines[0].ascent
        bottom = laid.lines[-1].baseline + laid.lines[-1].descent
        down = (height - (laid.lines[-1].baseline - top)) / 2 - top
        if bottom - top <= height + FIT_SLACK:  # what hangs below the last line would be cut off
            down = min(down, height - bottom)
    layers = [_layer(lottie_shapes(laid), down)]
    if look.background is not None:
        layers.append(_layer([_box(size, _rgba(look.background))], 0.0))
    lottie = {"v": "5.7.0", "fr": 30, "ip": 0, "op": 1, "w": width, "h": height, "assets": [], "layers": layers}
    return lottie, "".join(laid.missing), _is_cut(laid, down, size, spec.runs[0].style.size)


def _is_cut(laid: TextOutlines, down: float, size: tuple[int, int], letters: float) -> bool:
    if laid.bounds is None:
        return False
    left, top, right, bottom = laid.bounds
    slack = max(1.0, SEEN * letters)
    return min(left, top + down) < -slack or right > size[0] + slack or bottom + down > size[1] + slack


def _spec(text: str, look: Look, size: tuple[int, int]) -> TextSpec:
    weight = WEIGHT_NAMES[min(max(round(look.weight / 100), 1), 9) * 100]
    style = TextStyle(font="", size=look.size, family=look.font, style=weight, fill=_rgba(look.color))
    return TextSpec(
        runs=(TextRun(text, style),),
        direction=look.direction,
        box=(0.0, 0.0, float(size[0]), float(size[1])),
        paragraphs=tuple(_justified(part, look) for part in _PARAGRAPHS.split(text)),
    )


@lru_cache(maxsize=1)
def _library() -> FontLibrary:
    return default_library()


def _justified(paragraph: str, look: Look) -> Justification:
    if look.align == "center":
        return "center"
    rtl = look.direction == "rtl" or (look.direction == "auto" and embedding_levels(paragraph).base == 1)
    return "right" if rtl == (look.align == "start") else "left"


def _rgba(color: str) -> Color:
    red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue, 1.0


def _still(value: Any) -> dict[str, Any]:
    return {"a": 0, "k": value}


def _layer(shapes: list[dict[str, Any]], down: float) -> dict[str, Any]:
    place = {"p": [0, down, 0], "a": [0, 0, 0], "s": [100, 100, 100], "r": 0, "o": 100}
    transform = {name: _still(value) for name, value in place.items()}
    return {"ty": 4, "ip": 0, "op": 1, "st": 0, "sr": 1, "bm": 0, "ks": transform, "shapes": shapes}


def _box(size: tuple[int, int], color: Color) -> dict[str, Any]:
    width, height = size
    rectangle = {"ty": "rc", "p": _still([width / 2, height / 2]), "s": _still([width, height]), "r": _still(0)}
    fill = {"ty": "fl", "c": _still([*color[:3], 1]), "o": _still(100), "r": 1}
    rests = {"p": [0, 0], "a": [0, 0], "s": [100, 100], "r": 0, "o": 100}
    transform = {"ty": "tr", **{name: _still(value) for name, value in rests.items()}}
    return {"ty": "gr", "it": [rectangle, fill, transform]}
