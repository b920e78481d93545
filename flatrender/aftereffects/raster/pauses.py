"""When the properties of a layer hold still, and what they are then."""

import itertools
from collections.abc import Iterator
from typing import Any, Final

from flatrender.aftereffects.raster.layers import TURNED, still
from flatrender.aftereffects.raster.outlines import Json, fixed

FEWEST_FRAMES: Final = 8


def pauses_of(transforms: list[Json], begin: float, end: float) -> list[tuple[float, float]]:
    """The times of a layer in which none of its transforms changes, if they are of any length."""
    pauses = [(begin, end)]
    for value in (one for ks in transforms for one in _properties(ks)):
        if not value.get("a"):
            continue
        own = list(_own_pauses(value["k"], begin, end))
        pauses = [(max(a, c), min(b, d)) for a, b in pauses for c, d in own if min(b, d) > max(a, c)]
    whole = [(-(-a // 1), b // 1) for a, b in pauses]
    return [(a, b) for a, b in whole if b - a >= FEWEST_FRAMES]


def _own_pauses(keys: list[Json], begin: float, end: float) -> Iterator[tuple[float, float]]:
    yield begin, keys[0]["t"]
    for key, following in itertools.pairwise(keys):
        bent = any(map(any, (key.get("to") or (), key.get("ti") or ())))
        same = key.get("s") == following.get("s") and "s" in key and "e" not in key and not bent
        if same or key.get("h"):
            yield key["t"], following["t"]
    yield keys[-1]["t"], end


def _properties(ks: Json) -> Iterator[Json]:
    for key in TURNED:
        value = ks.get(key)
        if isinstance(value, dict):
            yield from (value[axis] for axis in ("x", "y", "z") if axis in value) if value.get("s") else (value,)


def is_unseen(opacity: Json | None, begin: float, end: float) -> bool:
    """Whether an opacity is zero all the time: most of what comes later is still until then, and not to be seen."""
    if opacity is None or not opacity.get("a"):
        return fixed(opacity) in (0, [0])
    keys = opacity["k"]
    if any("e" in key for key in keys):
        return False
    first = max((number for number, key in enumerate(keys) if key["t"] <= begin), default=0)
    until = next((number for number, key in enumerate(keys) if key["t"] >= end), len(keys))
    if 0 < until < len(keys) and not keys[until - 1].get("h"):
        until += 1  # on the way there
    return all(key.get("s") in (0, [0]) for key in keys[first : max(first + 1, until)])


def frozen(ks: Json, time: float) -> Json:
    """The transform as it is during a pause that begins at a time."""
    held = _each_held(ks, time)
    place = ks.get("p")
    if isinstance(place, dict) and place.get("s") and "k" not in place:  # axes apart
        held["p"] = _each_held(place, time)
    return held


def _each_held(values: Json, time: float) -> Json:
    return {key: _held(value, time) if isinstance(value, dict) else value for key, value in values.items()}


def _held(value: Json, time: float) -> Json:
    if not value.get("a"):
        return value
    before = [key for key in value["k"] if key["t"] <= time]
    held = (before[-1] if before else value["k"][0])["s"]
    return still(held[0] if isinstance(held, list) and len(held) == 1 else held)


def holds(part: Any) -> bool:
    """Whether it is certain that nothing changes in a part of a Lottie."""
    waiting = [part]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.get("a") == 1 or isinstance(value.get("x"), str):
                return False
            waiting += value.values()
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            waiting += value
    return True
