"""A Lottie of plain outlines in plain colours, as the numbers that `filling` draws frames from.

What is not certain to look as ThorVG draws it is left to ThorVG: gradients, strokes, masks, mattes, blending, nested
compositions, paths that change their form, motion paths, skew, expressions, and layers that fade with several outlines
at once. The code that draws from these arrays checks no bounds: what must hold of them is made sure of here.
"""

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flatrender.aftereffects.easing import handle
from flatrender.aftereffects.raster.layers import NULL, SHAPE, still
from flatrender.aftereffects.raster.outlines import Json, Matrix, corners, fixed, moved, own_matrix

MOST_LAYERS: Final = 5_000
MOST_POINTS: Final = 200_000
DEEPEST: Final = 16
"""Groups in groups."""
TRACKS: Final = 8
"""Of a layer: anchor x and y, position x and y, scale x and y, rotation in degrees, opacity; the last two are these:"""
ROTATION, OPACITY = 6, 7
LINEAR, HELD, EASED = 0, 1, 2
_BEYOND: Final = ("td", "tt", "tp", "hasMask", "masksProperties", "ef", "sy", "ddd", "ao", "bm", "tm")
"""What a layer may have that is not drawn here."""
_TOLERANCE: Final = 0.05
"""Pixels by which a polygon may miss its curve."""
_TINY: Final = 0.01
"""Handles that bend nothing, as of the round corners that After Effects' zero is exported as."""


class Flat(NamedTuple):
    """What is drawn at every frame. Layers stand behind their parents, outlines from the bottom to the top. A change
    here needs one in `filling` as well, or the code that was compiled before stays.

    `tracks`: where the keyframes of number n of layer l begin, at l * TRACKS + n, and last their end. `times` (frames),
    `values`, `kinds` and `eases` (x and y of both handles): of each keyframe. `parents`: of each layer, -1 for none.
    `seen`: its first frame and the one after its last. `owners` (layers), `colors` (0xFFBBGGRR) and `covers` (0 to 1)
    of each outline, `sharp` where it is one polygon of four points that ThorVG draws from whole pixel to whole pixel
    while its sides lie along the axes; `contours`: where its polygons begin, and last their end; `ends`: where each
    polygon's `points` end, which are x and y in the layer.
    """

    tracks: NDArray[np.int64]
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    kinds: NDArray[np.int64]
    eases: NDArray[np.float64]
    parents: NDArray[np.int64]
    seen: NDArray[np.float64]
    owners: NDArray[np.int64]
    colors: NDArray[np.uint32]
    covers: NDArray[np.float64]
    sharp: NDArray[np.bool_]
    contours: NDArray[np.int64]
    ends: NDArray[np.int64]
    points: NDArray[np.float64]


def flat(document: Json, width: int, height: int) -> Flat | None:
    """The Lottie as numbers, to be drawn in its own size; None where it holds anything else."""
    try:
        size = document["w"], document["h"], document["ip"]
        if size != (width, height, 0) or len(document["layers"]) > MOST_LAYERS:
            return None
        return _Reading(document["layers"]).flat()
    except (_Other, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None


class _Other(Exception):
    """Something that is not drawn here."""


class _Outline(NamedTuple):
    owner: int
    color: int
    cover: float
    sharp: bool
    polygons: list[list[tuple[float, float]]]


class _Reading:
    def __init__(self, layers: list[Json]) -> None:
        self._layers = [layer for layer in layers if not (layer.get("hd") and layer["ty"] != NULL)]
        self._tracks: list[int] = [0]
        self._keys: list[tuple[float, float, int, tuple[float, float, float, float]]] = []
        self._outlines: list[_Outline] = []
        self._points = 0

    def flat(self) -> Flat:
        order = self._in_order()
        place = {layer.get("ind"): number for number, layer in enumerate(order)}
        parents = [place[layer["parent"]] if "parent" in layer else -1 for layer in order]
        sizes: list[float] = []
        for layer, parent in zip(order, parents, strict=True):
            self._transform(layer["ks"])
            sizes.append(self._largest(len(sizes)) * (sizes[parent] if parent >= 0 else 1.0))
        numbers = {id(layer): number for number, layer in enumerate(order)}
        for layer in reversed(self._layers):
            if layer["ty"] == SHAPE:
                self._outline(layer, numbers[id(layer)], sizes[numbers[id(layer)]])
        polygons = [polygon for outline in self._outlines for polygon in outline.polygons]
        whole = [number for key in self._keys for number in (key[0], key[1], *key[3])]
        points = np.array([point for polygon in polygons for point in polygon], np.float64).reshape(-1, 2)
        if not (np.isfinite(whole).all() and np.isfinite(points).all()):
            raise _Other
        return Flat(
            np.array(self._tracks, np.int64),
            np.array([key[0] for key in self._keys], np.float64),
            np.array([key[1] for key in self._keys], np.float64),
            np.array([key[2] for key in self._keys], np.int64),
            np.array([key[3] for key in self._keys], np.float64).reshape(-1, 4),
            np.array(parents, np.int64),
            np.array([(layer["ip"], layer["op"]) for layer in order], np.float64).reshape(-1, 2),
            np.array([outline.owner for outline in self._outlines], np.int64),
            np.array([outline.color for outline in self._outlines], np.uint32),
            np.array([outline.cover for outline in self._outlines], np.float64),
            np.array([outline.sharp for outline in self._outlines], np.bool_),
            np.cumsum([0, *(len(outline.polygons) for outline in self._outlines)], dtype=np.int64),
            np.cumsum([len(polygon) for polygon in polygons], dtype=np.int64),
            points,
        )

    def _in_order(self) -> list[Json]:
        """Parents first."""
        numbered = [layer for layer in self._layers if "ind" in layer]
        by_number = {layer["ind"]: layer for layer in numbered}
        if len(by_number) < len(numbered):
            raise _Other
        order: list[Json] = []
        done: set[int] = set()
        for layer in self._layers:
            if layer["ty"] not in (SHAPE, NULL) or any(map(layer.get, _BEYOND)) or layer.get("sr", 1) != 1:
                raise _Other
            chain = [layer]
            while "parent" in chain[-1] and id(chain[-1]) not in done:
                chain.append(by_number[chain[-1]["parent"]])
                if len(chain) > len(self._layers):
                    raise _Other
            for one in reversed(chain):
                if id(one) not in done:
                    done.add(id(one))
                    order.append(one)
        return order

    def _transform(self, ks: Json) -> None:
        if any(fixed(ks.get(key, still(0))) != 0 for key in ("sk", "sa")) or "rz" in ks or "or" in ks:
            raise _Other
        place = ks["p"]
        apart = (place["x"], place["y"]) if place.get("s") else None
        for key, count, factor in (("a", 2, 1.0), ("p", 2, 1.0), ("s", 2, 0.01), ("r", 1, 1.0), ("o", 1, 0.01)):
            for axis in range(count):
                value, at = (apart[axis], 0) if key == "p" and apart else (ks[key], axis)
                self._keys += _keys(value, at, factor)
                self._tracks.append(len(self._keys))
        opacity = self._keys[self._tracks[-2] :]
        if not all(0 <= key[1] <= 1 for key in opacity):  # ThorVG keeps them in a byte
            raise _Other

    def _largest(self, layer: int) -> float:
        """The most that a layer is scaled; eases may go a little further."""
        begin, end = self._tracks[layer * TRACKS + 4], self._tracks[layer * TRACKS + 6]
        return max(abs(key[1]) for key in self._keys[begin:end])

    def _outline(self, layer: Json, owner: int, size: float) -> None:
        before = len(self._outlines)
        for fill, paths, is_box in _filled(layer.get("shapes") or [], Matrix(), 0):
            polygons: list[list[tuple[float, float]]] = []
            for path in paths:
                polygon = _polygon(path, size, MOST_POINTS - self._points)
                self._points += len(polygon)
                if len(polygon) > 2:
                    polygons.append(polygon)
            # A flat box has lost points: only of four are four looked at and written.
            sharp = is_box and [len(polygon) for polygon in polygons] == [4]
            color, cover = fixed(fill["c"]), fixed(fill["o"]) / 100
            if not 0 <= cover <= 1:
                raise _Other
            if polygons and cover > 0:
                self._outlines.append(_Outline(owner, _packed(color), cover, sharp, polygons))
        opacity = self._keys[self._tracks[owner * TRACKS + OPACITY] : self._tracks[owner * TRACKS + OPACITY + 1]]
        if len(self._outlines) - before > 1 and any(key[1] < 1 for key in opacity):
            raise _Other  # they would show through each other


def _filled(shapes: list[Json], place: Matrix, depth: int) -> Iterator[tuple[Json, list[Json], bool]]:
    """Each fill and the paths that it fills, from the bottom to the top, and whether that is one box."""
    if depth > DEEPEST or any(_is_moved_by_code(value) for shape in shapes for value in shape.values()):
        raise _Other
    shown = [one for one in shapes if not one.get("hd") and one["ty"] != "tr"]
    groups = [one for one in shown if one["ty"] == "gr"]
    if groups:
        if len(groups) != len(shown):
            raise _Other
        for group in reversed(groups):
            if any(one["ty"] == "tr" for one in group["it"][:-1]):
                raise _Other
            own = next((one for one in group["it"] if one["ty"] == "tr"), None)
            inner = Matrix() if own is None else own_matrix(own)
            if inner is None or group.get("bm") or (own is not None and fixed(own["o"]) != 100):
                raise _Other
            yield from _filled(group["it"], inner.then(place), depth + 1)
        return
    if not shown:
        return
    *paths, fill = shown
    if fill["ty"] != "fl" or fill.get("bm") or fill.get("r", 1) != 1:
        raise _Other
    is_box = len(paths) == 1 and paths[0]["ty"] == "rc" and fixed(paths[0]["r"]) <= 0
    yield fill, [moved(_path(path), place) for path in paths], is_box


def _path(shape: Json) -> Json:
    if shape["ty"] == "sh":
        path = fixed(shape["ks"])
    elif shape["ty"] == "rc":
        size = fixed(shape["s"])
        if shape.get("d", 1) != 1 or min(size[:2]) < 0:  # they go the other way round, which counts beside others
            raise _Other
        path = corners(size, fixed(shape["p"]), fixed(shape["r"]))
    else:
        raise _Other
    if not isinstance(path, dict):
        raise _Other
    return path


def _polygon(path: Json, size: float, most: int) -> list[tuple[float, float]]:
    """A path as a polygon, fine enough where it is drawn `size` times as large. Fills close what is open."""
    v, i, o = path["v"], path["i"], path["o"]
    polygon: list[tuple[float, float]] = []

    def add(point: tuple[float, float]) -> None:
        """Unless it lies where the last one does."""
        if polygon and _reach(polygon[-1], point) * size <= _TINY:
            return
        if len(polygon) >= most:
            raise _Other
        polygon.append(point)

    for number in range(len(v)):
        following = (number + 1) % len(v)
        add((v[number][0], v[number][1]))
        if not path["c"] and following == 0:
            break
        begin, end = v[number], v[following]
        if max(map(abs, (*o[number], *i[following]))) * size < _TINY:  # straight
            continue
        first, second = _sum(begin, o[number]), _sum(end, i[following])
        # The distance of a curve from its n chords (Wang's formula).
        bend = max(_bend(begin, first, second), _bend(first, second, end)) * size
        count = min(64, math.ceil(math.sqrt(0.75 * bend / _TOLERANCE)))
        for step in range(1, count):
            add(_on(begin, first, second, end, step / count))
    while len(polygon) > 1 and _reach(polygon[-1], polygon[0]) * size <= _TINY:
        polygon.pop()
    return polygon


def _reach(point: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(point[0] - other[0]) + abs(point[1] - other[1])


def _on(begin: Any, first: Any, second: Any, end: Any, at: float) -> tuple[float, float]:
    """A point of a cubic curve."""
    rest = 1 - at
    a, b, c, d = rest**3, 3 * rest * rest * at, 3 * rest * at * at, at**3
    x, y = (a * begin[axis] + b * first[axis] + c * second[axis] + d * end[axis] for axis in (0, 1))
    return x, y


def _sum(point: list[float], vector: list[float]) -> tuple[float, float]:
    return point[0] + vector[0], point[1] + vector[1]


def _bend(first: Any, second: Any, third: Any) -> float:
    return math.hypot(first[0] - 2 * second[0] + third[0], first[1] - 2 * second[1] + third[1])


def _keys(
    value: Json, axis: int, factor: float
) -> Iterator[tuple[float, float, int, tuple[float, float, float, float]]]:
    """One number of a property: time, value, how it goes on from there, and the handles of that."""
    none = (0.0, 0.0, 1.0, 1.0)
    if _is_moved_by_code(value):
        raise _Other
    if not value.get("a"):
        number = value["k"]
        yield 0.0, (number[axis] if isinstance(number, list) else number) * factor, HELD, none
        return
    keys = value["k"]
    if not keys:  # each track has a first key
        raise _Other
    for number, key in enumerate(keys):
        last = number + 1 == len(keys)
        if "e" in key or any(map(any, (key.get("to") or (), key.get("ti") or ()))):
            raise _Other
        worth = key["s"][axis] * factor
        if last or key.get("h"):
            yield key["t"], worth, HELD, none
            continue
        if keys[number + 1]["t"] <= key["t"]:
            raise _Other
        leaving, coming = handle(key["o"], axis), handle(key["i"], axis)
        if (leaving, coming) != (handle(key["o"], 0), handle(key["i"], 0)):  # ThorVG has one ease for both axes
            raise _Other
        straight = leaving[0] == leaving[1] and coming[0] == coming[1]
        yield key["t"], worth, LINEAR if straight else EASED, (*leaving, *coming)


def _is_moved_by_code(value: Any) -> bool:
    """Whether a property has an expression."""
    return isinstance(value, dict) and isinstance(value.get("x"), str)


def _packed(color: list[float]) -> int:
    """R, G, B of 0 to 1 as they lie in memory, opaque."""
    if not all(0 <= part <= 1 for part in color[:3]):
        raise _Other
    red, green, blue = (int(part * 255) for part in color[:3])
    return 0xFF000000 | blue << 16 | green << 8 | red
