"""Layers of a Lottie: of what kind they are, where they lie, what they paint with."""

from collections.abc import Iterator
from typing import Any, Final

from flatrender.aftereffects.raster.outlines import Json, Matrix, own_matrix

SHAPE, NULL, PICTURE, NESTED = 4, 3, 2, 0
TURNED: Final = ("a", "p", "s", "r", "sk", "sa")
"""The properties of a transform that say where a layer lies."""
MORE: Final = ("masksProperties", "ef", "sy")
"""What a layer may have that changes its look beyond its own drawing. ThorVG masks with the masks that are there,
whatever `hasMask` says."""
DEEPEST: Final = 32
"""Groups in groups. Deeper ones, which nobody draws, stay as they are: no stack is deep enough for all that a file may
hold."""


def still(value: Any) -> Json:
    """A property that never changes."""
    return {"a": 0, "k": value}


def unmoved() -> Json:
    """The transform of a layer that lies where its composition begins, as large as it is."""
    return {
        "o": still(100),
        "r": still(0),
        "p": still([0, 0, 0]),
        "a": still([0, 0, 0]),
        "s": still([100, 100, 100]),
    }


def null(layer: Json) -> Json:
    """The layer without what it shows: others may hang on it."""
    kept = ("ddd", "ind", "nm", "sr", "ao", "ip", "op", "st", "ks", "parent")
    return {**{key: layer[key] for key in kept if key in layer}, "ty": NULL}


def parents_of(layer: Json, by_number: dict[Any, Json]) -> list[Json]:
    """On which it hangs, the nearest first."""
    chain: list[Json] = []
    while "parent" in layer and layer["parent"] in by_number and len(chain) < len(by_number):
        layer = by_number[layer["parent"]]
        chain.append(layer)
    return chain


def matrix_of(layer: Json, by_number: dict[Any, Json]) -> Matrix | None:
    """Where a layer lies in its composition; None where that changes."""
    whole = Matrix()
    for one in (layer, *parents_of(layer, by_number)):
        own = None if one.get("ddd") or one.get("ao") else own_matrix(one["ks"])
        if own is None:
            return None
        whole = whole.then(own)
    return whole


def is_deep(shapes: list[Json]) -> bool:
    """Whether groups lie deeper in each other than is looked at."""
    depth, inside = 0, shapes
    while inside := [one for shape in inside if shape["ty"] == "gr" for one in shape["it"]]:
        depth += 1
        if depth > DEEPEST:
            return True
    return False


def paints(shapes: list[Json]) -> Iterator[Json]:
    """Its fills and strokes, in groups as well."""
    for shape in shapes:
        if shape["ty"] == "gr":
            yield from paints(shape["it"])
        elif shape["ty"] in ("fl", "st", "gf", "gs"):
            yield shape
