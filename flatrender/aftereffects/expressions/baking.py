"""Values frame by frame made into keyframes: linear ones, fewer where the frames lie on a line."""

from collections.abc import Callable

from flatrender.aftereffects.expressions.results import near
from flatrender.aftereffects.graph import Key, Path, Value

TOLERANCE = 1e-4
Frames = list[tuple[float, Value]]


def keys_of(frames: Frames, *, hold: bool) -> tuple[Key, ...]:
    """Keyframes through the frames' values; those on the straight line between their neighbours are left out."""
    kept: list[Key] = []
    for index, (time, value) in enumerate(frames):
        inside = 0 < index < len(frames) - 1
        if hold and index and value == kept[-1].value:
            continue
        if not hold and inside and _between(kept[-1], frames[index + 1], time, value):
            continue
        kept.append(Key(time, value, "hold" if hold else "linear", "hold" if hold else "linear"))
    if all(near(key.value, kept[0].value) for key in kept):
        return tuple(kept[:1])
    return tuple(kept)


def sampler(frames: Frames, rate: float, start: int) -> Callable[[float], Value]:
    """The nearest frame's value at a time; `start`: the first frame's number."""

    def sample(time: float) -> Value:
        return frames[min(max(round(time * rate) - start, 0), len(frames) - 1)][1]

    return sample


def _between(before: Key, after: tuple[float, Value], time: float, value: Value) -> bool:
    span = after[0] - before.time
    share = (time - before.time) / span if span else 0.0
    first, last, here = _parts(before.value), _parts(after[1]), _parts(value)
    return all(
        abs(a + (b - a) * share - c) <= TOLERANCE * max(1.0, abs(c)) for a, b, c in zip(first, last, here, strict=True)
    )


def _parts(value: Value) -> list[float]:
    if isinstance(value, Path):
        points = (*value.vertices, *value.in_tangents, *value.out_tangents)
        return [part for point in points for part in point]
    if isinstance(value, tuple):
        return [float(part) for part in value]
    return [float(value)] if isinstance(value, int | float) else []
