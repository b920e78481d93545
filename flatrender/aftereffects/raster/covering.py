"""The one outline of a layer, where the layer covers what lies inside of it and nothing else."""

import math
from typing import Any, Final

from flatrender.aftereffects.easing import eased, handle
from flatrender.aftereffects.raster.layers import MORE, SHAPE, is_deep, matrix_of, still
from flatrender.aftereffects.raster.outlines import Json, Matrix, corners, fixed, moved, own_matrix

MOST_PATHS: Final = 2000


def covering(matte: Json, by_number: dict[Any, Json], *, together: bool, matted: bool = False) -> Json | None:
    """The one path of a layer that covers inside of it and nothing else: as its composition has it, or the layer itself
    where the other one goes the same way."""
    if matte["ty"] != SHAPE or (matte.get("tt") and not matted) or any(map(matte.get, MORE)):
        return None
    place = Matrix() if together else matrix_of(matte, by_number)
    if place is None or (matte.get("bm") and not matted) or fixed(matte["ks"]["o"]) != 100:
        return None
    shapes = matte.get("shapes") or []
    return None if is_deep(shapes) else _only_path(shapes, place)


def _only_path(shapes: list[Json], place: Matrix) -> Json | None:
    shown = [one for one in shapes if not one.get("hd")]
    if len(shown) == 1 and shown[0]["ty"] == "gr":
        own = next((one for one in shown[0]["it"] if one["ty"] == "tr"), None)
        inner = Matrix() if own is None else own_matrix(own)
        if inner is None or (own is not None and fixed(own["o"]) != 100):
            return None
        return _only_path([one for one in shown[0]["it"] if one["ty"] != "tr"], inner.then(place))
    if len(shown) != 2 or shown[1]["ty"] != "fl" or fixed(shown[1]["o"]) != 100:
        return None
    path = shown[0]
    if path["ty"] == "sh" and shown[1].get("r", 1) == 1:  # clips know no even-odd rule
        return _placed(path["ks"], place)
    return _placed(_rectangle(path), place) if path["ty"] == "rc" else None


def _rectangle(shape: Json) -> Json | None:
    """A rectangle as a path, also one that moves or grows: a path for each frame."""
    radius, size, at = fixed(shape["r"]), shape["s"], shape["p"]
    if radius is None:
        return None
    times = sorted({key["t"] for value in (size, at) if value["a"] for key in value["k"]})
    if not times:
        return still(corners(size["k"], at["k"], radius))
    first, last = math.floor(times[0]), math.ceil(times[-1])
    if last - first > MOST_PATHS:
        return None
    paths: list[Json] = []
    for time in range(first, last + 1):
        now = _value(size, time), _value(at, time)
        if now[0] is None or now[1] is None:
            return None
        paths.append(corners(now[0], now[1], radius))
    kept = [
        number
        for number, path in enumerate(paths)
        if number in (0, len(paths) - 1) or not path == paths[number - 1] == paths[number + 1]
    ]
    linear = {"i": {"x": 1, "y": 1}, "o": {"x": 0, "y": 0}}
    keys = [{"t": first + number, "s": [paths[number]], **linear} for number in kept]
    return {"a": 1, "k": keys}


def _value(value: Json, time: float) -> list[float] | None:
    """An animated value at a time; None where it is written in a way that is not known here."""
    if not value["a"]:
        return list(value["k"])
    keys = value["k"]
    if any("e" in key or any(map(any, (key.get("to") or (), key.get("ti") or ()))) for key in keys):
        return None
    before = [number for number, key in enumerate(keys) if key["t"] <= time]
    at = before[-1] if before else 0
    key = keys[at]
    if not before or at + 1 == len(keys) or key.get("h") or not key.get("i") or not key.get("o"):
        return list(key["s"])
    eases = [(handle(key["o"], axis), handle(key["i"], axis)) for axis in range(len(key["s"]))]
    if any(ease != eases[0] for ease in eases):  # each its own, which ThorVG has not: it eases all as the first
        return None
    following = keys[at + 1]
    share = (time - key["t"]) / (following["t"] - key["t"])
    gone = eased(*eases[0], share)
    return [begin + (end - begin) * gone for begin, end in zip(key["s"], following["s"], strict=True)]


def _placed(path: Json | None, place: Matrix) -> Json | None:
    if path is None:
        return None
    if not path["a"]:
        return _closed(still(moved(path["k"], place)))
    return _closed({**path, "k": [{**key, "s": [moved(one, place) for one in key["s"]]} for key in path["k"]]})


def _closed(path: Json) -> Json | None:
    bends = [path["k"]] if not path["a"] else [one for key in path["k"] for one in key["s"]]
    return path if bends and all(bend["c"] and len(bend["v"]) > 2 for bend in bends) else None
