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
SPREADING = frozenset({"ADBE Drop Shadow", "ADBE Gaussian Blur 2"})
"""The effects that reach beyond what they are applied to."""
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


def shadowed(layer: Layer) -> bool:
    """Whether an effect casts a shadow."""
    return any(effect.enabled and effect.match_name == "ADBE Drop Shadow" for effect in layer.properties.effects)


def after_masks(layer: Layer) -> bool:
    """Whether effects are to be applied to what hard masks leave: players apply them first.

    Only where the layer stands upright in its own size: its effects' lengths and angles are the composition's then.
    """
    spread = any(effect.enabled and effect.match_name in SPREADING for effect in layer.properties.effects)
    return spread and any(mask.mode != "n" for mask in layer.properties.masks) and _upright(layer)


def _upright(layer: Layer) -> bool:
    transform = layer.properties.transform
    found = [transform.get("ADBE Scale"), transform.get("ADBE Rotate Z")]
    if layer.three_d or layer.parent is not None or layer.auto_orient != "none":
        return False
    if any(prop is not None and (prop.animated or prop.expression) for prop in found):
        return False
    scale, rotation = (prop.value if prop is not None else None for prop in found)
    return (not isinstance(scale, tuple) or scale[:2] == (100.0, 100.0)) and not rotation


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
