"""Written shape items at one moment: what their keyframes say there, as a player reads them."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from flatrender.aftereffects.easing import eased, handle
from flatrender.aftereffects.lottie.keyframes import Json, path_length

MOST_FRAMES = 1_800
_PIECES = 60  # of a motion path


def moving_frames(items: Iterable[Json]) -> range | None:
    """The whole frames over which any of the items moves; None where all are still."""
    times = [float(key["t"]) for prop in _animated(list(items)) for key in prop["k"]]
    if not times:
        return None
    first, last = math.floor(min(times)), math.ceil(max(times))
    return range(first, min(last, first + MOST_FRAMES) + 1)


def _animated(part: Any) -> Iterator[Json]:
    if isinstance(part, list):
        for one in part:
            yield from _animated(one)
    elif isinstance(part, dict):
        if part.get("a") == 1 and isinstance(part.get("k"), list):
            yield part
        else:
            for one in part.values():
                yield from _animated(one)


def still(part: Any, frame: float) -> Any:
    """The same item, or list of items, with every property as it is at `frame`."""
    if isinstance(part, list):
        return [still(one, frame) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("a") == 1 and isinstance(part.get("k"), list):
        return {"a": 0, "k": value_at(part["k"], frame)}
    return {name: still(one, frame) for name, one in part.items()}


def value_at(keys: list[Json], frame: float) -> Any:
    """The value of a property's keyframes at `frame`: a number, a list or a path."""
    if frame <= keys[0]["t"] or len(keys) == 1:
        return _plain(keys[0]["s"])
    if frame >= keys[-1]["t"]:
        return _plain(keys[-1]["s"])
    index = max(index for index, key in enumerate(keys) if key["t"] <= frame)
    key, following = keys[index], keys[index + 1]
    if key.get("h") or following["t"] <= key["t"]:
        return _plain(key["s"])
    share = (frame - key["t"]) / (following["t"] - key["t"])
    first, last = key["s"], following["s"]
    if isinstance(first[0], dict):
        return _mixed_path(first[0], last[0], _eased(key, 0, share))
    if any(key.get("to") or ()) or any(key.get("ti") or ()):
        return _along(key, first, last, _eased(key, 0, share))
    return _plain([a + (b - a) * _eased(key, axis, share) for axis, (a, b) in enumerate(zip(first, last, strict=True))])


def _plain(value: list[Any]) -> Any:
    return value[0] if len(value) == 1 else value


def _eased(key: Json, axis: int, share: float) -> float:
    return eased(handle(key["o"], axis), handle(key["i"], axis), share)


def _cubic(a: float, b: float, c: float, d: float, t: float) -> float:
    u = 1 - t
    return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d


def _along(key: Json, first: list[float], last: list[float], share: float) -> list[float]:
    """The place at a share of a motion path's length."""
    out, back = key["to"], key["ti"]
    whole = path_length(first, last, tuple(out), tuple(back)) * share
    before, gone = list(first), 0.0
    for step in range(1, _PIECES + 1):
        t = step / _PIECES
        place = [_cubic(a, a + o, b + i, b, t) for a, o, i, b in zip(first, out, back, last, strict=True)]
        length = math.dist(before, place)
        if gone + length >= whole and length:
            return [a + (b - a) * (whole - gone) / length for a, b in zip(before, place, strict=True)]
        before, gone = place, gone + length
    return before


def _mixed_path(first: Json, last: Json, share: float) -> Json:
    def mixed(name: str) -> list[list[float]]:
        pairs = zip(first[name], last[name], strict=True)
        return [[a + (b - a) * share for a, b in zip(one, other, strict=True)] for one, other in pairs]

    return {"v": mixed("v"), "i": mixed("i"), "o": mixed("o"), "c": first["c"]}
