"""Values frame by frame made into keyframes: linear ones, fewer where the frames lie on a line."""

from collections.abc import Callable

from flatrender.aftereffects.expressions.results import near
from flatrender.aftereffects.graph import Key, Path, Value
from flatrender.aftereffects.thinning import corners

TOLERANCE = 1e-4
Frames = list[tuple[float, Value]]


def keys_of(frames: Frames, *, hold: bool) -> tuple[Key, ...]:
    """Keyframes through the frames' values; those that lie near the straight line between others are left out."""
    kept: list[Key] = []
    if hold:
        for time, value in frames:
            if not kept or value != kept[-1].value:
                kept.append(Key(time, value, "hold", "hold"))
    else:
        places = corners([time for time, _ in frames], [_parts(value) for _, value in frames], _tolerance)
        kept = [Key(*frames[place], "linear", "linear") for place in places]
    if all(near(key.value, kept[0].value) for key in kept):
        return tuple(kept[:1])
    return tuple(kept)


def sampler(frames: Frames, rate: float, start: int) -> Callable[[float], Value]:
    """The nearest frame's value at a time; `start`: the first frame's number."""

    def sample(time: float) -> Value:
        return frames[min(max(round(time * rate) - start, 0), len(frames) - 1)][1]

    return sample


def _tolerance(number: float) -> float:
    return TOLERANCE * min(max(1.0, abs(number)), 500.0)


def _parts(value: Value) -> list[float]:
    if isinstance(value, Path):
        points = (*value.vertices, *value.in_tangents, *value.out_tangents)
        return [part for point in points for part in point]
    if isinstance(value, tuple):
        return [float(part) for part in value]
    return [float(value)] if isinstance(value, int | float) else []
