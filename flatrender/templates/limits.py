"""What designers may set and customers may enter: names, colours, lengths, choices. Pure.

`check` is asked for every value a customer gives; the sentence it answers stands beside the field.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

from flatrender.aftereffects.report import FARTHEST
from flatrender.core.errors import InvalidInput
from flatrender.templates.facts import ASPECTS

COLOR = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")
MAX_TEXT = 2000
MAX_FONTS = 24
SIZES = {"min_size": (25, 100), "max_size": (100, 400)}
"""In per cent of the designed size."""
SAME_SHAPE = 0.03  # 1366 × 768 counts as 16:9
DIRECTIONS = ("auto", "ltr", "rtl")
FITS = ("cover", "contain", "stretch")


class Refusal(str):
    """Why a value cannot be used, as a sentence; pages make it in theirs out of the `code` and what it names."""

    code: str
    values: dict[str, int | float | str]

    def __new__(cls, sentence: str, *, code: str, **values: int | float | str) -> Self:
        made = super().__new__(cls, sentence)
        made.code, made.values = code, values
        return made


NO_COLOR = Refusal("Write a colour like #FFB545.", code="value-no-color")
NO_NUMBER = Refusal("Enter a number.", code="value-no-number")


def check(
    kind: str,
    value: Any,
    limits: Mapping[str, Any],
    choices: Sequence[Mapping[str, str]] = (),
    *,
    is_default: bool = False,
) -> str | None:
    """Why a value cannot be used, as a sentence; None when it can.

    Text: a string or `{"text", "direction", "font", "size", "fit"}`, font and size as the limits allow; picture:
    `{"media", "fit", "focus", "crop"}`; colour `#RRGGBB`; toggle true or false; choice one of the choices' values;
    number; point two numbers.
    """
    if kind == "text":
        return _text_problem(value, limits)
    if kind == "color":
        return None if isinstance(value, str) and COLOR.fullmatch(value) else NO_COLOR
    if kind == "toggle":
        return None if isinstance(value, bool) else "Switch it on or off."
    if kind == "number":
        return _number_problem(value, limits)
    if kind == "point":
        two = isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value))
        return None if two else Refusal("A point is two numbers.", code="value-no-point")
    if kind == "choice":
        return _choice_problem(value, limits, choices)
    if kind == "image":
        return None if value is None and is_default else _image_problem(value)
    return None if value is None and is_default else "This kind of element cannot be edited yet."


def _text_problem(value: Any, limits: Mapping[str, Any]) -> str | None:
    given = value
    if isinstance(value, Mapping):
        parts = {"text", "direction", "font", "size", "fit"}
        if not set(value) <= parts or value.get("direction", "auto") not in DIRECTIONS:
            return "A text has a direction: ltr, rtl or auto."
        if not isinstance(value.get("fit", False), bool):
            return "A text is made to fit, or not."
        for problem in (font_problem(value.get("font"), limits), size_problem(value.get("size"), limits)):
            if problem is not None:
                return problem
        given = value.get("text")
    if not isinstance(given, str):
        return Refusal("Write a text.", code="value-no-text")
    longest = int(limits.get("max_length") or MAX_TEXT)
    if len(given) > longest:
        said = f"At most {longest} characters; this has {len(given)}."
        return Refusal(said, code="text-too-long", most=longest, given=len(given))
    lines = limits.get("max_lines")
    if lines and given.count("\n") + 1 > lines:
        if lines == 1:
            return Refusal("At most 1 line.", code="text-one-line")
        return Refusal(f"At most {lines} lines.", code="text-too-many-lines", most=lines)
    return None


def font_problem(font: Any, limits: Mapping[str, Any]) -> str | None:
    """Why a text cannot be set in a font, as a sentence; None when it can, or keeps its own (`font` None)."""
    allowed = limits.get("fonts") or ()
    if font is None or font in allowed:
        return None
    if not allowed:
        return Refusal("The template keeps the font of this text.", code="font-kept")
    names = ", ".join(allowed)
    return Refusal(f"Choose one of the fonts {names}.", code="font-not-allowed", names=names)


def size_problem(size: Any, limits: Mapping[str, Any]) -> str | None:
    """Why a text cannot be so many times as large as designed, as a sentence; None when it can, or keeps its size."""
    if size is None or size == 1:
        return None
    low, high = (int(limits.get(f"{end}_size") or 100) for end in ("min", "max"))
    if low == high:
        return Refusal("The template keeps the size of this text.", code="size-kept")
    if isinstance(size, bool) or not isinstance(size, int | float) or not low <= size * 100 <= high:
        said = f"Between {low} and {high} % of the designed size."
        return Refusal(said, code="size-out-of-range", least=low, most=high)
    return None


def _choice_problem(value: Any, limits: Mapping[str, Any], choices: Sequence[Mapping[str, str]]) -> str | None:
    if choices:
        if value in [choice["value"] for choice in choices]:
            return None
        names = ", ".join(choice["name"] for choice in choices)
        return Refusal(f"Choose one of {names}.", code="choice-unknown", names=names)
    if not isinstance(value, str | int) or isinstance(value, bool) or not re.fullmatch(r"-?\d{1,9}", str(value)):
        return Refusal("Enter a whole number.", code="value-no-whole-number")
    return _range_problem(int(value), limits)


def _number_problem(value: Any, limits: Mapping[str, Any]) -> str | None:
    return _range_problem(value, limits) if _is_number(value) else NO_NUMBER


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FARTHEST


def _range_problem(number: float, limits: Mapping[str, Any]) -> str | None:
    low, high = limits.get("min"), limits.get("max")
    if low is not None and number < low:
        return Refusal(f"At least {low:g}.", code="value-at-least", least=low)
    if high is not None and number > high:
        return Refusal(f"At most {high:g}.", code="value-at-most", most=high)
    return None


def _image_problem(value: Any) -> str | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("media"), str):
        return Refusal("Choose a picture.", code="value-no-picture")
    if not set(value) <= {"media", "fit", "focus", "crop"} or value.get("fit", "cover") not in FITS:
        return "A picture covers its box, is contained in it, or is stretched to it."
    if not _shares(value.get("focus", (0.5, 0.5)), 2):
        return "The focus of a picture is two numbers from 0 to 1."
    crop = value.get("crop", (0, 0, 0, 0))
    if not _shares(crop, 4) or crop[0] + crop[2] >= 1 or crop[1] + crop[3] >= 1:
        return "The crop of a picture is four numbers from 0 to 1 that leave something of it."
    return None


def _shares(parts: Any, count: int) -> bool:
    """Whether it is so many numbers from 0 to 1."""
    return (
        isinstance(parts, list | tuple)
        and len(parts) == count
        and all(isinstance(part, int | float) and not isinstance(part, bool) and 0 <= part <= 1 for part in parts)
    )


def picture_problem(limits: Mapping[str, Any], width: int, height: int) -> str | None:
    """Why a picture of this size cannot be used, as a sentence; None when it can."""
    least = int(limits.get("min_width") or 0), int(limits.get("min_height") or 0)
    if width < least[0] or height < least[1]:
        has, size = (
            f"The picture has {width} × {height} pixels; it must have at least",
            {"width": width, "height": height},
        )
        if all(least):
            wanted = f"{least[0]} × {least[1]}"
            return Refusal(f"{has} {wanted}.", code="picture-too-small", wanted=wanted, **size)
        if least[0]:
            return Refusal(f"{has} {least[0]} wide.", code="picture-too-narrow", least=least[0], **size)
        return Refusal(f"{has} {least[1]} high.", code="picture-too-low", least=least[1], **size)
    shape = limits.get("aspect")
    if shape in ASPECTS and height and abs(width / height / ASPECTS[shape] - 1) > SAME_SHAPE:
        said = f"The picture has {width} × {height} pixels; it must have the shape {shape}."
        return Refusal(said, code="picture-of-another-shape", width=width, height=height, shape=shape)
    return None


def scene_field(field: str, value: Any, frames: int) -> Any:
    """A designer's value for a scene's field, cleaned. Raises InvalidInput."""
    if field in {"name", "name_fa", "group"}:
        return name(value) if field == "name" else text(field, value)
    if field in {"min_frames", "max_frames"}:
        return _whole(field, value, 1, frames, "A scene lasts between 1 and {high} frames, its length in the file.")
    if field == "cover_frame":
        return _whole(field, value, 0, frames - 1, "A frame of this scene lies between 0 and {high}.")
    raise InvalidInput(f"A scene has no field {field!r} that can be edited.", field=field)


def element_field(field: str, value: Any, facts: Mapping[str, Any]) -> Any:
    """A designer's value for an element's field, cleaned. Raises InvalidInput."""
    if field in {"name", "name_fa", "group"}:
        return name(value) if field == "name" else text(field, value)
    if field == "direction":
        if value not in DIRECTIONS:
            raise InvalidInput("A direction is ltr, rtl or auto.", field="direction")
        return value
    if field == "default":
        problem = check(facts["kind"], value, {}, facts.get("choices") or (), is_default=True)
        if problem is not None:
            raise InvalidInput(problem, field="default")
        return value.upper() if facts["kind"] == "color" else value
    if field == "limits":
        return element_limits(value, facts["kind"])
    raise InvalidInput(f"An element has no field {field!r} that can be edited.", field=field)


def element_limits(value: Any, kind: str) -> dict[str, Any]:
    """Limits as a designer gives them, without empty ones. Raises InvalidInput naming `limits.<field>`."""
    if not isinstance(value, Mapping):
        raise InvalidInput("Limits are a set of fields.", field="limits")
    allowed = {
        "text": {"max_length", "max_lines", "fonts", "min_size", "max_size"},
        "choice": {"min", "max"},
        "number": {"min", "max"},
        "image": {"aspect", "min_width", "min_height"},
    }.get(kind, set())
    cleaned: dict[str, Any] = {}
    for field, limit in value.items():
        if limit in (None, "", []):
            continue
        if field not in allowed:
            raise InvalidInput(f"An element of this kind has no limit {field!r}.", field=f"limits.{field}")
        if field == "aspect":
            if limit not in ASPECTS:
                raise InvalidInput(f"Shapes are {', '.join(ASPECTS)}.", field="limits.aspect")
        elif field == "fonts":
            if not isinstance(limit, list) or not all(isinstance(font, str) and font for font in limit):
                raise InvalidInput("Fonts are a list of PostScript names.", field="limits.fonts")
            if len(limit) > MAX_FONTS:
                raise InvalidInput(f"At most {MAX_FONTS} fonts to choose from.", field="limits.fonts")
        elif kind == "number":
            if not _is_number(limit):
                raise InvalidInput("Enter a number.", field=f"limits.{field}")
        elif isinstance(limit, bool) or not isinstance(limit, int) or (field not in {"min", "max"} and limit < 1):
            raise InvalidInput("Enter a whole number.", field=f"limits.{field}")
        elif field in SIZES and not SIZES[field][0] <= limit <= SIZES[field][1]:
            low, high = SIZES[field]
            raise InvalidInput(f"Between {low} and {high} % of the designed size.", field=f"limits.{field}")
        elif field == "max_length" and limit > MAX_TEXT:
            raise InvalidInput(f"At most {MAX_TEXT} characters.", field="limits.max_length")
        cleaned[field] = limit
    if "min" in cleaned and cleaned["min"] > cleaned.get("max", cleaned["min"]):
        raise InvalidInput("The least value is over the greatest.", field="limits.min")
    return cleaned


def color_field(field: str, value: Any) -> Any:
    """A designer's value for a shared colour's field, cleaned. Raises InvalidInput."""
    if field == "value":
        return color(value)
    if field in {"name", "name_fa", "group"}:
        return name(value) if field == "name" else text(field, value)
    raise InvalidInput(f"A shared colour has no field {field!r} that can be edited.", field=field)


def color(value: object, field: str = "value") -> str:
    """`#RRGGBB` in upper case. Raises InvalidInput."""
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise InvalidInput(f"{value!r} is no colour; write one like #FFB545.", field=field)
    return value.upper()


def name(value: object, longest: int = 160) -> str:
    """A name for people, which may not be empty. Raises InvalidInput."""
    cleaned = text("name", value, longest)
    if not cleaned:
        raise InvalidInput("A name may not be empty.", field="name")
    return cleaned


def text(field: str, value: object, longest: int = 160) -> str:
    """A short text, trimmed. Raises InvalidInput."""
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidInput(f"Write a text of at most {longest} characters.", field=field)
    return value.strip()


def key_from(words: str, taken: set[str]) -> str:
    """A key out of a name that is not among `taken`."""
    base = re.sub(r"[^\w]+", "_", words.casefold()).strip("_")[:100] or "color"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}_{number}", number + 1
    return key


def _whole(field: str, value: object, low: int, high: int, said: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidInput(said.format(high=high), field=field)
    return value
