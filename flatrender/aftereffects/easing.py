"""The curve of an ease: a cubic from (0, 0) to (1, 1), time along x, what is covered of the way along y."""

from typing import Any, Final

Point = tuple[float, float]

_HALVINGS: Final = 32
"""Until x is found to 2e-10; what is made of it is written with four digits."""


def eased(leaving: Point, coming: Point, share: float) -> float:
    """The share of the way covered at a share of the time; `leaving` and `coming` are the curve's control points."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _along(leaving[0], coming[0], middle) < share:
            low = middle
        else:
            high = middle
    return _along(leaving[1], coming[1], (low + high) / 2)


def handle(ease: dict[str, Any], axis: int) -> Point:
    """A control point as Lottie writes it, for one number of a value: each has its own, or all have one."""
    x, y = (value[min(axis, len(value) - 1)] if isinstance(value, list) else value for value in (ease["x"], ease["y"]))
    return x, y


def _along(first: float, second: float, at: float) -> float:
    rest = 1 - at
    return 3 * rest * rest * at * first + 3 * rest * at * at * second + at * at * at
