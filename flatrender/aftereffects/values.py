"""A customer's values by the address of a layer or of one of its properties, checked and typed.

The wire form (JSON): `{"kind": "text", "text", "direction", "font", "size", "fit"}`,
`{"kind": "image", "path", "fit", "focus", "crop"}`, `{"kind": "color", "value": "#RRGGBB" | "#RRGGBBAA"}`,
`{"kind": "visible", "value"}`, `{"kind": "data", "text"}`; for a property (a slider, a colour, a point …) a colour,
`{"kind": "number", "value"}` or `{"kind": "point", "value": [x, y]}`.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from flatrender.aftereffects.graph import Animated, layer_part, property_part
from flatrender.aftereffects.report import FARTHEST
from flatrender.aftereffects.text import Color, Direction, FontLibrary, TextRun, TextSpec, fit_factor, scaled
from flatrender.aftereffects.text.fitting import SMALLEST, fits
from flatrender.core.errors import InvalidInput, TooLarge

Fit = Literal["cover", "contain", "stretch"]
MAX_TEXT = 5_000
MAX_FONT_NAME = 160
SIZES = 0.25, 4.0
_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")


@dataclass(frozen=True, slots=True)
class TextValue:
    """`font`: a PostScript name, None for the layer's own font; `size`: how many times as large as designed; `fit`:
    then made smaller, until it takes no more room than was designed for it."""

    text: str
    direction: Direction = "auto"
    font: str | None = None
    size: float = 1.0
    fit: bool = False


@dataclass(frozen=True, slots=True)
class DataValue:
    """The text of a hidden layer that expressions read."""

    text: str


@dataclass(frozen=True, slots=True)
class ImageValue:
    """`crop`: what is cut away at the left, top, right and bottom before it is fitted, as fractions."""

    path: Path
    fit: Fit = "cover"
    focus: tuple[float, float] = (0.5, 0.5)
    crop: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ColorValue:
    rgba: Color


@dataclass(frozen=True, slots=True)
class VisibleValue:
    value: bool


@dataclass(frozen=True, slots=True)
class NumberValue:
    """A number; of a check box 0 or 1, of a menu the entry's place from 1."""

    value: float


@dataclass(frozen=True, slots=True)
class PointValue:
    x: float
    y: float


Value = TextValue | DataValue | ImageValue | ColorValue | VisibleValue | NumberValue | PointValue


def read_values(raw: Mapping[str, Any]) -> dict[str, Value]:
    """Values from their wire form.

    Raises:
        InvalidInput: an unknown kind or a malformed part; the message names it.
        TooLarge: a text over its limit.
    """
    return {address: read_value(address, value) for address, value in raw.items()}


def read_value(address: str, raw: Any) -> Value:
    """One value from its wire form; a value already typed is returned as it is."""
    if isinstance(raw, TextValue | DataValue | ImageValue | ColorValue | VisibleValue | NumberValue | PointValue):
        return raw
    found = _read(address, raw)
    of_property = isinstance(found, NumberValue | PointValue)
    if of_property != bool(property_part(address)) and not isinstance(found, ColorValue):
        takes = "no numbers" if of_property else "a number, a point or a colour"
        raise InvalidInput(f"What stands at {address} takes {takes}.", field=address)
    return found


def _read(address: str, raw: Any) -> Value:
    if not isinstance(raw, Mapping):
        raise InvalidInput(f"The value of {address} is not understood.", field=address)
    kind = raw.get("kind")
    if kind == "text":
        direction = raw.get("direction", "auto")
        if direction not in ("ltr", "rtl", "auto"):
            raise InvalidInput(f"The direction of {address} is ltr, rtl or auto, not {direction!r}.", field=address)
        text, font, size = _text(address, raw.get("text", "")), _font(address, raw), _size(address, raw)
        return TextValue(text, cast(Direction, direction), font, size, bool(raw.get("fit", False)))
    if kind == "data":
        return DataValue(_text(address, raw.get("text", "")))
    if kind == "color":
        return ColorValue(parse_color(str(raw.get("value", "")), address))
    if kind == "visible":
        return VisibleValue(bool(raw.get("value", True)))
    if kind == "image":
        return _image(address, raw)
    if kind == "number":
        return NumberValue(_number(address, raw.get("value")))
    if kind == "point":
        parts = raw.get("value")
        if not isinstance(parts, list | tuple) or len(parts) != 2:
            raise InvalidInput(f"The point of {address} is two numbers.", field=address)
        return PointValue(_number(address, parts[0]), _number(address, parts[1]))
    raise InvalidInput(f"The value of {address} has an unknown kind, {kind!r}.", field=address)


def parse_color(text: str, field: str | None = None) -> Color:
    """ "#RRGGBB" or "#RRGGBBAA" as numbers 0..1."""
    if not _HEX.fullmatch(text):
        raise InvalidInput(f"{text!r} is not a colour; write it as #RRGGBB or #RRGGBBAA.", field=field)
    parts = [int(text[i : i + 2], 16) / 255 for i in range(1, len(text), 2)]
    return parts[0], parts[1], parts[2], parts[3] if len(parts) == 4 else 1.0


def by_layer(values: Mapping[str, Value]) -> dict[str, dict[str, Value]]:
    """The values by layer address, then by property path; "" is the layer's own."""
    found: dict[str, dict[str, Value]] = {}
    for place, value in values.items():
        found.setdefault(layer_part(place), {})[property_part(place)] = value
    return found


def set_property(prop: Animated, value: Value) -> Animated:
    """The property standing still at a customer's value; as it is where it takes no such one."""
    match value:
        case NumberValue() if prop.kind == "scalar":
            new: object = value.value
        case ColorValue() if prop.kind == "color":
            new = value.rgba
        case PointValue() if prop.kind in ("vector", "spatial"):
            rest = prop.value[2:] if isinstance(prop.value, tuple) else ()
            new = (value.x, value.y, *rest)
        case _:
            return prop
    return replace(prop, value=new, keys=(), sample=None, separated=())


def _number(address: str, number: object) -> float:
    if isinstance(number, int | float) and not isinstance(number, bool) and abs(number) <= FARTHEST:
        return float(number)
    raise InvalidInput(f"The value of {address} is not a number that After Effects takes.", field=address)


def _text(address: str, text: object) -> str:
    if not isinstance(text, str):
        raise InvalidInput(f"The text of {address} is not a text.", field=address)
    if len(text) > MAX_TEXT:
        raise TooLarge(f"The text of {address} has {len(text)} characters; {MAX_TEXT} are allowed.", field=address)
    return text.replace("\r\n", "\n").replace("\x00", "")


def _font(address: str, raw: Mapping[str, Any]) -> str | None:
    font = raw.get("font")
    if font is None or (isinstance(font, str) and 0 < len(font) <= MAX_FONT_NAME and font.isprintable()):
        return font
    raise InvalidInput(f"The font of {address} is not the name of a font.", field=address)


def _size(address: str, raw: Mapping[str, Any]) -> float:
    size = raw.get("size", 1.0)
    if isinstance(size, int | float) and not isinstance(size, bool) and SIZES[0] <= size <= SIZES[1]:
        return float(size)
    raise InvalidInput(f"The size of {address} is a factor from {SIZES[0]:g} to {SIZES[1]:g}.", field=address)


def _image(address: str, raw: Mapping[str, Any]) -> ImageValue:
    fit = raw.get("fit", "cover")
    if fit not in ("cover", "contain", "stretch"):
        raise InvalidInput(f"The fit of {address} is cover, contain or stretch, not {fit!r}.", field=address)
    path = Path(str(raw.get("path", "")))
    if not path.is_file():
        raise InvalidInput(f"The file {path.name or 'of ' + address} is not there.", field=address)
    focus = raw.get("focus") or (0.5, 0.5)
    try:
        across, down = (min(max(float(part), 0.0), 1.0) for part in focus)
    except (TypeError, ValueError):
        raise InvalidInput(f"The focus of {address} is two numbers from 0 to 1.", field=address) from None
    try:
        left, top, right, bottom = (max(float(part), 0.0) for part in raw.get("crop") or (0, 0, 0, 0))
    except (TypeError, ValueError):
        raise InvalidInput(f"The crop of {address} is four numbers from 0 to 1.", field=address) from None
    if not (left + right < 1 and top + bottom < 1):
        raise InvalidInput(f"The crop of {address} leaves nothing of the picture.", field=address)
    return ImageValue(path, cast(Fit, fit), (across, down), (left, top, right, bottom))


def rebound_text(spec: TextSpec, value: TextValue | DataValue) -> TextSpec:
    """The text layer's text replaced, all of it in the style of its first run, as After Effects replaces a text; in
    another font where the value names one.

    Without a direction given each paragraph runs as its first letter does; in a layer that was designed right to left
    one such letter is enough, so that a sentence may begin with a Latin name.
    """
    first = spec.runs[0].style if spec.runs else None
    if first is not None and first.kern:
        first = replace(first, kern=0.0)  # it belongs to the characters that go
    if first is not None and isinstance(value, TextValue) and value.font is not None:
        first = replace(first, font=value.font, family="", style="")
    runs = (TextRun(value.text, first),) if first is not None else ()
    direction = value.direction if isinstance(value, TextValue) else spec.direction
    if direction == "auto":
        letters = {unicodedata.bidirectional(letter) for letter in value.text} & {"L", "R", "AL"}
        if not letters or (spec.direction == "rtl" and letters != {"L"}):
            direction = spec.direction
    return replace(spec, runs=runs, direction=direction, paragraphs=())


def resized(spec: TextSpec, value: TextValue | DataValue, fonts: FontLibrary) -> TextSpec:
    """The text layer's text replaced, in the size that the value says."""
    text = rebound_text(spec, value)
    if not isinstance(value, TextValue):
        return text
    if value.size != 1:
        text = scaled(text, value.size)
    return scaled(text, fit_factor(text, spec, fonts)) if value.fit else text


def too_long(text: TextSpec, designed: TextSpec, value: TextValue | DataValue, fonts: FontLibrary) -> bool:
    """Whether what `resized` made of the value, in no box, takes more room than was designed, as small as it is set."""
    if not isinstance(value, TextValue) or not value.fit or designed.box is not None or not text.runs:
        return False
    whole = designed.runs[0].style.size * value.size
    return text.runs[0].style.size < whole * SMALLEST * 1.001 and not fits(text, designed, fonts)
