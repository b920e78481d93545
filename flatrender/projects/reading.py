"""Readers of single values of a project document: each takes what JSON held and gives the value, or raises ValueError
with the rest of a sentence that begins with the field's name."""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, TypeGuard

Reader = Callable[[Any], Any]
MOST_FRAMES = 2**31 - 1
MAX_TEXT = 5000
MAX_POINTS = 200
COLOR = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")


def is_whole(value: object) -> TypeGuard[int | float]:
    """Whether it is a whole number, 25.0 included, that a database can keep; infinity is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= MOST_FRAMES and value == int(value)


def frames(least: int) -> Reader:
    """A whole number of frames, at least `least`. JSON from a browser may say 25.0; half a frame is a mistake."""
    return whole(least, MOST_FRAMES)


def whole(low: int, high: int) -> Reader:
    """A whole number from `low` to `high`."""

    def read(value: Any) -> int:
        if not is_whole(value) or not low <= value <= high:
            said = f"of at least {low}" if high == MOST_FRAMES else f"from {low} to {high}"
            raise ValueError(f"is a whole number {said}, not {_shown(value)}")
        return int(value)

    return read


def number(low: float, high: float) -> Reader:
    """A number from `low` to `high`."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ValueError(f"is a number from {low:g} to {high:g}, not {_shown(value)}")
        return float(value)

    return read


def numbers(count: int, low: float, high: float) -> Reader:
    """As many numbers as said."""
    one = number(low, high)

    def read(value: Any) -> tuple[float, ...]:
        if not isinstance(value, list | tuple) or len(value) != count:
            raise ValueError(f"is a list of {count} numbers")
        return tuple(one(part) for part in value)

    return read


volume = number(0.0, 2.0)


def words(least: int, most: int) -> Reader:
    """A text of so many characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise ValueError(f"is a text of {least} to {most} characters")
        return value

    return read


def text(value: Any) -> str:
    """What a text clip says."""
    if not isinstance(value, str):
        raise ValueError("is a text")
    if len(value) > MAX_TEXT:
        raise ValueError(f"has at most {MAX_TEXT} characters, not {len(value)}")
    return value


def one_of(*names: str) -> Reader:
    """One of these words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise ValueError(f"is one of {', '.join(names)}, not {_shown(value)}")
        return value

    return read


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"is true or false, not {_shown(value)}")
    return value


def color(value: Any) -> str:
    """`#RRGGBB` or `#RRGGBBAA`, upper case."""
    if not isinstance(value, str) or not COLOR.fullmatch(value):
        raise ValueError(f"is a colour like #FFB545, not {_shown(value)}")
    return value.upper()


def crop(value: Any) -> tuple[float, ...]:
    """What is cut away at the left, top, right and bottom, as fractions; something is left."""
    parts: tuple[float, ...] = numbers(4, 0.0, 1.0)(value)
    if parts[0] + parts[2] >= 1 or parts[1] + parts[3] >= 1:
        raise ValueError("leaves nothing of the picture")
    return parts


def envelope(value: Any) -> tuple[tuple[int, float], ...]:
    """[[frame, gain], …] with rising frames."""
    if not isinstance(value, list | tuple) or len(value) > MAX_POINTS:
        raise ValueError(f"is a list of at most {MAX_POINTS} points")
    at = whole(-MOST_FRAMES, MOST_FRAMES)
    points = []
    for point in value:
        if not isinstance(point, list | tuple) or len(point) != 2:
            raise ValueError("is a list of points [frame, gain]")
        points.append((at(point[0]), volume(point[1])))
    if any(before[0] >= after[0] for before, after in pairwise(points)):
        raise ValueError("has its points in the order of time")
    return tuple(points)


def values(value: Any) -> Mapping[str, Any]:
    """Values by the key of their element; what each may be, the template says."""
    if not isinstance(value, Mapping):
        raise ValueError("is an object of values by key")
    return {str(key): part for key, part in value.items()}


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"
