"""A Lottie that draws the same pictures with less work, made before a run of frames is drawn.

Mattes that are one covering outline become clips: ThorVG draws a matte and what it lets through into pictures of their
own and multiplies those pixel by pixel, where a clip only leaves out what lies outside. Drawings of many points that
hold still for a while, texts above all, become pictures for that while, drawn once and laid where they were; ThorVG
would make pixels of their outlines anew in each frame.

What is not certain to look the same stays as it is.
"""

import itertools
import math
import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flatrender.aftereffects.raster.outlines import Json, Matrix, corners, fixed, handle, moved, own_matrix

SHAPE, NULL, PICTURE, NESTED = 4, 3, 2, 0
MANY_POINTS: Final = 40
FEWEST_FRAMES: Final = 8
MOST_STILLS: Final = 200
MOST_PATHS: Final = 2000
ADDRESS: Final = "http://still/"
"""Of a picture that the drawing child makes itself."""
_ALPHA: Final = 1
_TURNED: Final = ("a", "p", "s", "r", "sk", "sa")
_DEEPEST: Final = 8
_MORE: Final = ("hasMask", "ef", "sy")
"""What a layer may have that changes its look beyond its own drawing."""


@dataclass(frozen=True)
class Still:
    """A drawing to be made once: `address` is what the Lottie calls it, `document` draws it alone at its frame 0.

    `asset` and `layer` are the Lottie's own; `lies_at` tells them how large the drawing is and where it lies.
    """

    address: str
    document: Json
    asset: Json
    layer: Json

    def lies_at(self, left: int, top: int, right: int, bottom: int) -> None:
        self.asset.update(w=right - left, h=bottom - top)
        self.layer["ks"]["p"] = _still([left, top, 0])


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
        together = _lie_together(matte, layer) and not any(map(layer.get, _MORE))  # a mask comes before effects
        path, shown = _outline(matte, by_number, together=together), layer
        if path is None and (color := _plain_color(layer)) is not None and _is_recolorable(matte):
            path, shown = _outline(layer, by_number, together=together, matted=True), _recolored(matte, layer, color)
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
        chain = [_null(one) for one in _chain(shown, by_number)]
        name = f"clip_{next(numbers)}"
        made.append({"id": name, "nm": name, "fr": 0, "layers": [{**inner, "bm": 0}, *chain]})
        found.append(_nested(layer, name, size, path))
        if layer.get("ind") in parents:  # those find their place there
            found.append(_null(layer))
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
        "ks": _place(),
        "w": size[0],
        "h": size[1],
        **_clip(path),
    }


def _clip(path: Json) -> Json:
    mask = {"mode": "a", "inv": False, "pt": path, "o": _still(100), "x": _still(0), "nm": "clip"}
    return {"hasMask": True, "masksProperties": [mask]}


def _lie_together(matte: Json, layer: Json) -> bool:
    """Whether both go the same way."""
    alike = all(matte.get(key) == layer.get(key) for key in ("parent", "ao", "ddd", "sr", "st"))
    return alike and all(matte["ks"].get(key) == layer["ks"].get(key) for key in (*_TURNED, "o"))


def _covers(matte: Json, layer: Json) -> bool:
    return bool(matte["ip"] <= layer["ip"] and matte["op"] >= layer["op"] and not matte.get("hd"))


def _outline(matte: Json, by_number: dict[Any, Json], *, together: bool, matted: bool = False) -> Json | None:
    """The one path of a layer that covers inside of it and nothing else: as its composition has it, or the layer itself
    where the other one goes the same way."""
    if (
        matte["ty"] != SHAPE
        or (matte.get("tt") and not matted)
        or matte.get("hasMask")
        or matte.get("ef")
        or matte.get("sy")
    ):
        return None
    place = Matrix() if together else _matrix(matte, by_number)
    if place is None or (matte.get("bm") and not matted) or fixed(matte["ks"]["o"]) != 100:
        return None
    return _only_path(matte.get("shapes") or [], place)


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
    known = matte["ty"] == SHAPE and not matte.get("tt") and not matte.get("bm") and not any(map(matte.get, _MORE))
    return known and all(not one.get("bm") for one in _paints(matte.get("shapes") or []))


def _paints(shapes: list[Json]) -> Iterator[Json]:
    for shape in shapes:
        if shape["ty"] == "gr":
            yield from _paints(shape["it"])
        elif shape["ty"] in ("fl", "st", "gf", "gs"):
            yield shape


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
            change = {"c": _still(color)}
        elif shape["ty"] in ("gf", "gs"):
            count, stops = shape["g"]["p"], shape["g"]["k"]
            if stops["a"]:
                keys = [{**key, "s": _stops(key["s"], count, color)} for key in stops["k"]]
                stops = {**stops, "k": keys}
            else:
                stops = _still(_stops(stops["k"], count, color))
            change = {"g": {"p": count, "k": stops}}
        painted.append({**shape, **change})
    return painted


def _stops(stops: list[float], count: int, color: list[float]) -> list[float]:
    """Offset and colour of each stop, then what covers: that stays."""
    colored = [value for number in range(count) for value in (stops[4 * number], *color[:3])]
    return [*colored, *stops[4 * count :]]


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
        return _still(corners(size["k"], at["k"], radius))
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
    following = keys[at + 1]
    share = (time - key["t"]) / (following["t"] - key["t"])
    return [
        begin + (end - begin) * _eased(handle(key["o"], axis), handle(key["i"], axis), share)
        for axis, (begin, end) in enumerate(zip(key["s"], following["s"], strict=True))
    ]


def _eased(leaving: tuple[float, float], coming: tuple[float, float], share: float) -> float:
    """The cubic curve from (0, 0) to (1, 1) at x = `share`."""

    def along(first: float, second: float, at: float) -> float:
        rest = 1 - at
        return 3 * rest * rest * at * first + 3 * rest * at * at * second + at**3

    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if along(leaving[0], coming[0], middle) < share:
            low = middle
        else:
            high = middle
    return along(leaving[1], coming[1], (low + high) / 2)


def _placed(path: Json | None, place: Matrix) -> Json | None:
    if path is None:
        return None
    if not path["a"]:
        return _closed(_still(moved(path["k"], place)))
    return _closed({**path, "k": [{**key, "s": [moved(one, place) for one in key["s"]]} for key in path["k"]]})


def _closed(path: Json) -> Json | None:
    bends = [path["k"]] if not path["a"] else [one for key in path["k"] for one in key["s"]]
    return path if bends and all(bend["c"] and len(bend["v"]) > 2 for bend in bends) else None


def _still(value: Any) -> Json:
    return {"a": 0, "k": value}


def _place() -> Json:
    return {
        "o": _still(100),
        "r": _still(0),
        "p": _still([0, 0, 0]),
        "a": _still([0, 0, 0]),
        "s": _still([100, 100, 100]),
    }


def _null(layer: Json) -> Json:
    kept = ("ddd", "ind", "nm", "sr", "ao", "ip", "op", "st", "ks", "parent")
    return {**{key: layer[key] for key in kept if key in layer}, "ty": NULL}


def _chain(layer: Json, by_number: dict[Any, Json]) -> list[Json]:
    chain: list[Json] = []
    while "parent" in layer and layer["parent"] in by_number and len(chain) < len(by_number):
        layer = by_number[layer["parent"]]
        chain.append(layer)
    return chain


def _matrix(layer: Json, by_number: dict[Any, Json]) -> Matrix | None:
    """Where a layer lies in its composition; None where that changes."""
    whole = Matrix()
    for one in (layer, *_chain(layer, by_number)):
        own = None if one.get("ddd") or one.get("ao") else own_matrix(one["ks"])
        if own is None:
            return None
        whole = whole.then(own)
    return whole


def with_stills(document: Json) -> tuple[Json, list[Still]]:
    """The Lottie with pictures for what holds still, to be drawn in its own size, and what those are made of."""
    found = _Stills(document)
    return found.replaced(), found.stills


class _Stills:
    def __init__(self, document: Json) -> None:
        self._document = document
        self._assets = {asset["id"]: asset for asset in document.get("assets", ())}
        self._drawn: dict[str, list[Json]] = {}
        self._pictures: list[Json] = []
        self.stills: list[Still] = []
        self._held = {name for name, asset in self._assets.items() if str(asset.get("p", "")).startswith("data:")}
        self._size = document["w"], document["h"]

    def replaced(self) -> Json:
        layers = self._layers(self._document["layers"], 0)
        if not self.stills:
            return self._document
        assets = [
            {**asset, "layers": self._drawn[asset["id"]]} if asset["id"] in self._drawn else asset
            for asset in self._document["assets"]
        ]
        return {**self._document, "layers": layers, "assets": [*assets, *self._pictures]}

    def _layers(self, layers: list[Json], depth: int) -> list[Json]:
        by_number = {layer.get("ind"): layer for layer in layers}
        parents = {layer["parent"] for layer in layers if "parent" in layer}
        mattes = {layer["tp"] for layer in layers if layer.get("tt") and "tp" in layer}
        found: list[Json] = []
        for layer in layers:
            if layer["ty"] == NESTED:
                self._enter(layer, by_number, depth)
            alone = layer.get("ind") is None or layer["ind"] not in mattes
            pieces = self._pieces(layer, by_number) if alone and self._is_much(layer) else None
            found += [layer] if pieces is None else pieces
            if pieces is not None and layer.get("ind") in parents:
                found.append(_null(layer))
        return found

    def _enter(self, layer: Json, by_number: dict[Any, Json], depth: int) -> None:
        """A composition that lies over the whole one as it is."""
        asset = self._assets.get(layer["refId"])
        place = _matrix(layer, by_number)
        whole = (layer["w"], layer["h"]) == self._size
        if asset is None or place is None or not place.is_plain or not whole or depth > _DEEPEST or "tm" in layer:
            return
        if layer.get("sr", 1) == 1 and asset["id"] not in self._drawn and self._only_here(asset["id"]):
            self._drawn[asset["id"]] = self._layers(asset["layers"], depth + 1)

    def _only_here(self, name: str) -> bool:
        compositions = (self._document["layers"], *(one.get("layers", ()) for one in self._assets.values()))
        return [layer.get("refId") for layers in compositions for layer in layers].count(name) == 1

    def _is_much(self, layer: Json) -> bool:
        """Whether it costs more to draw than a picture of it."""
        if layer["ty"] not in (SHAPE, PICTURE) or any(map(layer.get, ("td", "tt", "hd", "ddd", "ao", "ef", "sy"))):
            return False
        if layer.get("sr", 1) != 1 or not _holds(layer.get("masksProperties") or []):
            return False
        if layer["ty"] == PICTURE:
            return bool(layer["refId"] in self._held)
        shapes = layer.get("shapes") or []
        points = _points(shapes)
        return points is not None and (points >= MANY_POINTS or _has_gradient(shapes))

    def _pieces(self, layer: Json, by_number: dict[Any, Json]) -> list[Json] | None:
        """The layer as pieces one after the other, moving and still; None where nothing holds still for long."""
        chain = (layer, *_chain(layer, by_number))
        if any(one.get("ddd") or one.get("ao") or one.get("sr", 1) != 1 for one in chain):
            return None
        pauses = _pauses([one["ks"] for one in chain], layer["ip"], layer["op"])
        pieces: list[Json] = []
        at = layer["ip"]
        for begin, end in pauses:
            if len(self.stills) >= MOST_STILLS:
                break
            if begin > at:
                pieces.append({**layer, "ip": at, "op": begin})
            if not _is_unseen(layer["ks"].get("o"), begin, end):
                pieces.append(self._still(layer, chain, begin, end))
            at = end
        if at == layer["ip"]:
            return None
        if at < layer["op"]:
            pieces.append({**layer, "ip": at})
        # One of a number only: what hangs on the layer finds its place beside the pieces.
        return [{key: value for key, value in piece.items() if key != "ind"} for piece in pieces]

    def _still(self, layer: Json, chain: tuple[Json, ...], begin: float, end: float) -> Json:
        address = f"{ADDRESS}{len(self.stills)}"
        alone: list[Json] = [{**one, "ks": _at(one["ks"], begin), "ip": 0, "op": 1, "st": 0} for one in chain]
        alone[0]["ks"]["o"] = _still(100)
        alone[0].pop("bm", None)
        alone = [alone[0], *map(_null, alone[1:])]
        wide, high = self._size
        top: Json = {key: self._document[key] for key in ("v", "fr") if key in self._document}
        document: Json = {**top, "ip": 0, "op": 1, "w": wide, "h": high, "layers": alone, "assets": self._asset(layer)}
        picture: Json = {"id": address, "u": "", "p": address, "e": 0, "w": 1, "h": 1}
        self._pictures.append(picture)
        place = {**_place(), "o": layer["ks"]["o"]}
        kept: Json = {key: layer[key] for key in ("nm", "bm", "st") if key in layer}
        piece: Json = {
            **kept,
            "ty": PICTURE,
            "refId": address,
            "ks": place,
            "ip": begin,
            "op": end,
            "sr": 1,
            "ddd": 0,
        }
        self.stills.append(Still(address, document, picture, piece))
        return piece

    def _asset(self, layer: Json) -> list[Json]:
        return [self._assets[layer["refId"]]] if layer["ty"] == PICTURE else []


def _points(shapes: list[Json]) -> int | None:
    """How many points its paths have; None where anything of it changes."""
    points = 0
    for shape in shapes:
        if shape["ty"] == "gr":
            inner = _points(shape["it"])
            if inner is None:
                return None
            points += inner
            continue
        if not _holds(shape):
            return None
        if shape["ty"] == "sh":
            points += len(shape["ks"]["k"]["v"])
    return points


def _has_gradient(shapes: list[Json]) -> bool:
    return any(paint["ty"] in ("gf", "gs") for paint in _paints(shapes))


def _holds(value: Any) -> bool:
    if isinstance(value, dict):
        return value.get("a") != 1 and not isinstance(value.get("x"), str) and all(map(_holds, value.values()))
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return all(map(_holds, value))
    return True


def _properties(ks: Json) -> Iterator[Json]:
    for key in _TURNED:
        value = ks.get(key)
        if isinstance(value, dict):
            yield from (value[axis] for axis in ("x", "y", "z") if axis in value) if value.get("s") else (value,)


def _pauses(transforms: list[Json], begin: float, end: float) -> list[tuple[float, float]]:
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


def _is_unseen(opacity: Json | None, begin: float, end: float) -> bool:
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


def _at(ks: Json, time: float) -> Json:
    """The transform as it is during a pause that begins at a time."""
    held: Json = {}
    for key, value in ks.items():
        held[key] = _held(value, time) if isinstance(value, dict) else value
    return held


def _held(value: Json, time: float) -> Json:
    if value.get("s") and "k" not in value:  # axes apart
        return _at(value, time)
    if not value.get("a"):
        return value
    before = [key for key in value["k"] if key["t"] <= time]
    held = (before[-1] if before else value["k"][0])["s"]
    return _still(held[0] if isinstance(held, list) and len(held) == 1 else held)
