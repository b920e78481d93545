"""The effects that players draw, written control by control as bodymovin does. Others are left out and reported."""

from collections.abc import Callable
from typing import Any, Literal

from flatrender.aftereffects.graph import Animated, Group, Layer
from flatrender.aftereffects.lottie.keyframes import Json

# Match name -> Lottie's effect type. ThorVG 1.0 draws exactly these.
DRAWN = {
    "ADBE Tint": 20,
    "ADBE Fill": 21,
    "ADBE Tritone": 23,
    "ADBE Drop Shadow": 25,
    "ADBE Gaussian Blur 2": 29,
}
HOLDERS = ("ADBE Slider Control", "ADBE Color Control", "ADBE Checkbox Control", "ADBE Angle Control",
           "ADBE Point Control", "ADBE Point3D Control", "ADBE Layer Control", "Pseudo/")  # fmt: skip
"""How the match names of effects begin that draw nothing and only hold values for expressions; menus and what authors
made for themselves are pseudo effects."""
_OFF: Json = {"a": 0, "k": 0}
_CONTROLS = {"scalar": 0, "color": 2, "vector": 3, "spatial": 3}
_POPUPS = frozenset({"ADBE Gaussian Blur 2-0002", "ADBE Fill-0002", "ADBE Fill-0007"})


def write_effects(layer: Layer, put: Callable[..., Json]) -> list[Json]:
    """The layer's drawn effects that are switched on, in order."""
    return [
        _effect(effect, index, put)
        for index, effect in enumerate(layer.properties.effects, 1)
        if effect.enabled and effect.match_name in DRAWN
    ]


def _effect(effect: Group, index: int, put: Callable[..., Json]) -> Json:
    controls: list[Any] = []
    for place, child in enumerate(effect.children, 1):
        if not isinstance(child, Animated) or child.match_name == "ADBE Effect Built In Params":
            continue
        if child.match_name.endswith("-0000"):  # the effect's own header, which scripts do not see
            continue
        kind = 7 if child.match_name in _POPUPS else _CONTROLS.get(child.kind, 6)
        value: Any = 0 if kind == 6 else put(child)
        controls.append({"ty": kind, "nm": child.name, "mn": child.match_name, "ix": place, "v": value})
    return {
        "ty": DRAWN[effect.match_name],
        "nm": effect.name,
        "np": len(controls) + 2,
        "mn": effect.match_name,
        "ix": index,
        "en": 1,
        "ef": controls,
    }


def blur(blurriness: Json, direction: Literal["both", "horizontal", "vertical"]) -> Json:
    """A Gaussian Blur of our own making; edges are not repeated."""
    dimensions: Json = {"a": 0, "k": {"both": 1, "horizontal": 2, "vertical": 3}[direction]}
    name = "ADBE Gaussian Blur 2"
    values = [("Blurriness", 0, blurriness), ("Blur Dimensions", 7, dimensions), ("Repeat Edge Pixels", 7, _OFF)]
    controls = [
        {"ty": kind, "nm": label, "mn": f"{name}-{place:04}", "ix": place, "v": value}
        for place, (label, kind, value) in enumerate(values, 1)
    ]
    return {"ty": DRAWN[name], "nm": "Feather", "np": 5, "mn": name, "ix": 1, "en": 1, "ef": controls}
