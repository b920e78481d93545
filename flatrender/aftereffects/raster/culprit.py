"""Which layer a drawing fails on: the composition is drawn again in parts until one layer is left that fails alone."""

from collections.abc import Callable

from flatrender.aftereffects.raster.layers import NESTED, NULL, null
from flatrender.aftereffects.raster.outlines import Json

_DEEPEST = 32


def culprit(document: Json, fails: Callable[[Json], bool]) -> str | None:
    """The name of the innermost layer that fails by itself; None where it takes several together, or none fails again.

    Args:
        document: a Lottie.
        fails: draws a Lottie and tells whether that fails. It is asked about twice the logarithm of the layers, for
            each composition on the way down.
    """
    name: str | None = None
    nested: str | None = None
    for _ in range(_DEEPEST):
        found = _narrowed(document, nested, fails)
        if found is None:
            break
        document, layer = found
        name = str(layer.get("nm") or layer.get("ind"))
        if layer["ty"] != NESTED:
            break
        nested = str(layer.get("refId"))
    return name


def _narrowed(document: Json, nested: str | None, fails: Callable[[Json], bool]) -> tuple[Json, Json] | None:
    """The document with one layer alone in its own or a nested composition that fails, and the layer."""
    layers = _layers(document, nested)
    left = [number for number, layer in enumerate(layers) if layer["ty"] != NULL and not layer.get("td")]
    if not left:
        return None
    while len(left) > 1:
        half = len(left) // 2
        left = next((part for part in (left[:half], left[half:]) if fails(_only(document, nested, part))), [])
    alone = _only(document, nested, left)
    return (alone, layers[left[0]]) if left and fails(alone) else None


def _layers(document: Json, nested: str | None) -> list[Json]:
    if nested is None:
        return list(document["layers"])
    return next((list(one["layers"]) for one in document["assets"] if one["id"] == nested and "layers" in one), [])


def _only(document: Json, nested: str | None, kept: list[int]) -> Json:
    """The document with those layers of one of its compositions, their mattes, and of the others the places alone."""
    layers = _layers(document, nested)
    by_index = {layer.get("ind"): number for number, layer in enumerate(layers)}
    drawn = set(kept)
    waiting = list(kept)
    while waiting:
        layer = layers[waiting.pop()]
        matte = by_index.get(layer.get("tp")) if layer.get("tt") else None
        if matte is not None and matte not in drawn:
            drawn.add(matte)
            waiting.append(matte)
    less = [layer if number in drawn else null(layer) for number, layer in enumerate(layers)]
    if nested is None:
        return {**document, "layers": less}
    assets = [{**one, "layers": less} if one["id"] == nested else one for one in document["assets"]]
    return {**document, "assets": assets}
