"""Whether a text that a customer gave has room in the picture, told only where that is certain."""

from typing import TYPE_CHECKING

from flatrender.aftereffects.graph import Composition, Layer
from flatrender.aftereffects.text import TextOutlines, TextSpec, layout
from flatrender.aftereffects.values import TextValue

if TYPE_CHECKING:
    from flatrender.aftereffects.scene import Scene

_EDGE = 1.0  # pixels that may be cut unseen
_STILL = ("ADBE Position", "ADBE Anchor Point", "ADBE Scale", "ADBE Rotate Z")


def too_wide(
    scene: "Scene", composition: Composition, layer: Layer, designed: tuple[object, ...], outlines: TextOutlines
) -> bool:
    """Whether the ink of point text passes the picture's left or right edge, where the designed text does not.

    False where the layer moves, turns, hangs on another or lies in space: it may rest elsewhere.
    """
    own = designed[0] if designed else None
    value = scene.value(composition, layer)
    if not isinstance(value, TextValue) or not isinstance(own, TextSpec) or own.box is not None:
        return False
    if layer.parent is not None or layer.three_d or layer.is_matte or not scene.visible(composition, layer):
        return False
    position, anchor, scale, turned = (_still(scene, layer, name) for name in _STILL)
    if position is None or anchor is None or scale is None or turned is None or turned[0]:
        return False
    shown_wide = any(
        one.collapse and one.source == composition.id
        for other in scene.graph.compositions.values()
        for one in other.layers
    )
    if shown_wide:  # what lies beyond its edges is drawn as well
        return False

    def passes(text: TextOutlines) -> bool:
        if text.bounds is None:
            return False
        ends = [position[0] + (x - anchor[0]) * scale[0] / 100 for x in (text.bounds[0], text.bounds[2])]
        return min(ends) < -_EDGE or max(ends) > composition.width + _EDGE

    return passes(outlines) and not passes(layout(own, scene.fonts))


def _still(scene: "Scene", layer: Layer, name: str) -> tuple[float, ...] | None:
    """The numbers of a transform property that never changes; None where it does or is not there."""
    prop = layer.properties.transform.get(name)
    if prop is None:
        return None
    bound = scene.bound(layer, prop)
    parts = bound.separated or (bound,)
    if bound.expression or bound.keys or any(part.expression or part.keys for part in parts):
        return None
    numbers: list[float] = []
    for part in parts:
        values = part.value if isinstance(part.value, list | tuple) else [part.value]
        numbers += [float(value) for value in values if isinstance(value, int | float)]
    return tuple(numbers) or None
