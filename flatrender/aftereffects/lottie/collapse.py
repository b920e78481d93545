"""Collapse Transformations: what a nested composition shows beyond its frame is shown too.

A player clips a nested composition to its size. So a collapsed layer shows a wide form of it, three frames across and
three down, in the middle of which the composition lies; its anchor moves by as much. It is still blended as one.
"""

from typing import Final

from flatrender.aftereffects.graph import Composition, Layer
from flatrender.aftereffects.lottie.keyframes import Json, static

_MIDDLE: Final = 9_000_000
"""The index of the null that moves the layers of a wide form to its middle."""


def collapsed(composition: Composition, layer: Layer) -> bool:
    """Whether a layer is shown beyond its frame. Masks and other layers' parents count from the frame's corner."""
    return (
        layer.kind == "precomp"
        and layer.collapse
        and not any(mask.mode != "n" for mask in layer.properties.masks)
        and not any(other.parent == layer.id for other in composition.layers)
    )


def wide_name(source: int | None) -> str:
    """The asset with the wide form of a composition."""
    return f"wide_{source}"


def widened(written: Json, layer: Layer) -> Json:
    """A written layer that shows the wide form."""
    transform = {**written["ks"], "a": _moved(written["ks"]["a"], layer.width, layer.height)}
    return {**written, "refId": wide_name(layer.source), "w": 3 * layer.width, "h": 3 * layer.height, "ks": transform}


def wide_layer(written: Json) -> Json:
    """A layer as it stands in the wide form."""
    return written if "parent" in written else {**written, "parent": _MIDDLE}


def wide_asset(inner: Composition, plain: Json) -> Json:
    """The wide form of a composition, from its plain asset."""
    transform = {
        "o": static(100.0),
        "r": static(0.0),
        "p": static((float(inner.width), float(inner.height), 0.0)),
        "a": static((0.0, 0.0, 0.0)),
        "s": static((100.0, 100.0, 100.0)),
    }
    last = max((layer["op"] for layer in plain["layers"]), default=1)
    middle = {"ddd": 0, "ind": _MIDDLE, "nm": "middle", "sr": 1, "ao": 0, "bm": 0, "ty": 3, "ks": transform}
    middle |= {"ip": 0, "op": last, "st": 0}
    layers = [*(wide_layer(layer) for layer in plain["layers"]), middle]
    return {**plain, "id": wide_name(inner.id), "layers": layers}


def _moved(anchor: Json, x: int, y: int) -> Json:
    def moved(value: list[float]) -> list[float]:
        return [value[0] + x, value[1] + y, *value[2:]]

    if not anchor["a"]:
        return {**anchor, "k": moved(anchor["k"])}
    return {**anchor, "k": [{**key, "s": moved(key["s"])} for key in anchor["k"]]}
