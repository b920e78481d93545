"""Clips for mattes: a Lottie that draws the same pictures with less work.

ThorVG draws a matte and what it lets through into pictures of their own and multiplies those pixel by pixel, where a
clip only leaves out what lies outside. So mattes that are one covering outline become clips. What is not certain to
look the same stays as it is.
"""

import itertools
import operator
from collections.abc import Iterator
from typing import Any, Final

from flatrender.aftereffects.raster.covering import covering
from flatrender.aftereffects.raster.layers import (
    MORE,
    NESTED,
    SHAPE,
    TURNED,
    is_deep,
    null,
    paints,
    parents_of,
    still,
    unmoved,
)
from flatrender.aftereffects.raster.outlines import Json, fixed

_ALPHA: Final = 1


def clipped(document: Json) -> Json:
    """The Lottie with clips for mattes."""
    numbers = itertools.count()
    made: list[Json] = []
    size = document["w"], document["h"]
    sizes = dict(_sizes(document))
    before: list[Json] = document.get("assets", [])
    assets: list[Json] = []
    for asset in before:
        layers = asset.get("layers")
        less = layers if layers is None else _clipped(layers, sizes.get(asset["id"]), made, numbers)
        assets.append(asset if less is layers else {**asset, "layers": less})
    layers = _clipped(document["layers"], size, made, numbers)
    same = layers is document["layers"] and all(map(operator.is_, assets, before))
    return document if same else {**document, "layers": layers, "assets": [*assets, *made]}


def _sizes(document: Json) -> Iterator[tuple[str, tuple[float, float]]]:
    for layers in (document["layers"], *(asset.get("layers", ()) for asset in document.get("assets", ()))):
        for layer in layers:
            if layer["ty"] == NESTED:
                yield layer["refId"], (layer["w"], layer["h"])


def _clipped(
    layers: list[Json], size: tuple[float, float] | None, made: list[Json], numbers: Iterator[int]
) -> list[Json]:
    if size is None or not any(layer.get("tt") for layer in layers):
        return layers
    by_number = {layer.get("ind"): layer for layer in layers}
    users: dict[Any, int] = {}
    for layer in layers:
        if layer.get("tt"):
            users[layer.get("tp")] = users.get(layer.get("tp"), 0) + 1
    parents = {layer["parent"] for layer in layers if "parent" in layer}
    found: list[Json] = []
    gone: set[int] = set()
    changed = False
    for layer in layers:
        matte = by_number.get(layer.get("tp")) if layer.get("tt") == _ALPHA and "tp" in layer else None
        if matte is None or not _covers(matte, layer) or (layer["ty"] == NESTED and "tm" in layer):
            found.append(layer)
            continue
        together = _lie_together(matte, layer) and not any(map(layer.get, MORE))  # a mask comes before effects
        path, shown = covering(matte, by_number, together=together), layer
        if path is None and (color := _plain_color(layer)) is not None and _is_recolorable(matte):
            path, shown = covering(layer, by_number, together=together, matted=True), _recolored(matte, layer, color)
        if path is None:
            found.append(layer)
            continue
        changed = True
        if users[layer["tp"]] == 1 and layer["tp"] not in parents and matte.get("td"):
            gone.add(id(matte))
        inner = {key: value for key, value in shown.items() if key not in ("tt", "tp", "td")}
        if together:
            found.append({**inner, "ind": layer.get("ind"), "bm": layer.get("bm", 0), **_clip(path)})
            continue
        chain = [null(one) for one in parents_of(shown, by_number)]
        name = f"clip_{next(numbers)}"
        made.append({"id": name, "nm": name, "fr": 0, "layers": [{**inner, "bm": 0}, *chain]})
        found.append(_nested(layer, name, size, path))
        if layer.get("ind") in parents:  # those find their place there
            found.append(null(layer))
    return [layer for layer in found if id(layer) not in gone] if changed else layers


def _nested(layer: Json, name: str, size: tuple[float, float], path: Json) -> Json:
    """A composition in a layer's place, clipped."""
    return {
        **{key: layer[key] for key in ("ddd", "ip", "op", "bm") if key in layer},
        "ty": NESTED,
        "nm": layer.get("nm", ""),
        "refId": name,
        "st": 0,
        "sr": 1,
        "ks": unmoved(),
        "w": size[0],
        "h": size[1],
        **_clip(path),
    }


def _clip(path: Json) -> Json:
    mask = {"mode": "a", "inv": False, "pt": path, "o": still(100), "x": still(0), "nm": "clip"}
    return {"hasMask": True, "masksProperties": [mask]}


def _lie_together(matte: Json, layer: Json) -> bool:
    """Whether both go the same way."""
    alike = all(matte.get(key) == layer.get(key) for key in ("parent", "ao", "ddd", "sr", "st"))
    return alike and all(matte["ks"].get(key) == layer["ks"].get(key) for key in (*TURNED, "o"))


def _covers(matte: Json, layer: Json) -> bool:
    return bool(matte["ip"] <= layer["ip"] and matte["op"] >= layer["op"] and not matte.get("hd"))


def _plain_color(layer: Json) -> list[float] | None:
    """The one colour of a layer that is one filled outline."""
    shapes = layer.get("shapes") or []
    while shapes and layer["ty"] == SHAPE:
        shown = [one for one in shapes if not one.get("hd") and one["ty"] != "tr"]
        if len(shown) != 1 or shown[0]["ty"] != "gr":
            fill = shown[-1] if len(shown) == 2 and shown[-1]["ty"] == "fl" else None
            return fixed(fill["c"]) if fill else None
        shapes = shown[0]["it"]
    return None


def _is_recolorable(matte: Json) -> bool:
    known = matte["ty"] == SHAPE and not matte.get("tt") and not matte.get("bm") and not any(map(matte.get, MORE))
    shapes = matte.get("shapes") or []
    return known and not is_deep(shapes) and all(not one.get("bm") for one in paints(shapes))


def _recolored(matte: Json, layer: Json, color: list[float]) -> Json:
    """A matte in the colour of what it lets through."""
    return {**matte, "shapes": _painted(matte["shapes"], color), "ip": layer["ip"], "op": layer["op"]}


def _painted(shapes: list[Json], color: list[float]) -> list[Json]:
    painted: list[Json] = []
    for shape in shapes:
        change: Json = {}
        if shape["ty"] == "gr":
            change = {"it": _painted(shape["it"], color)}
        elif shape["ty"] in ("fl", "st"):
            change = {"c": still(color)}
        elif shape["ty"] in ("gf", "gs"):
            count, stops = shape["g"]["p"], shape["g"]["k"]
            if stops["a"]:
                keys = [{**key, "s": _stops(key["s"], count, color)} for key in stops["k"]]
                stops = {**stops, "k": keys}
            else:
                stops = still(_stops(stops["k"], count, color))
            change = {"g": {"p": count, "k": stops}}
        painted.append({**shape, **change})
    return painted


def _stops(stops: list[float], count: int, color: list[float]) -> list[float]:
    """Offset and colour of each stop, then what covers: that stays."""
    colored = [value for number in range(count) for value in (stops[4 * number], *color[:3])]
    return [*colored, *stops[4 * count :]]
