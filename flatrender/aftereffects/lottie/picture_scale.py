"""How large pictures are shown at most: players shrink them badly, so they get about the pixels that they need."""

from typing import TYPE_CHECKING

from flatrender.aftereffects.graph import Composition, Layer

if TYPE_CHECKING:
    from flatrender.aftereffects.scene import Scene

HEADROOM = 1.25  # a player may draw somewhat larger than the composition
_DEEPEST = 32


def shown_scales(scene: "Scene", root: Composition) -> dict[str, float]:
    """Picture asset → the largest scale at which layers below `root` ever show it, 1 = pixel by pixel."""
    found: dict[str, float] = {}
    best: dict[int, float] = {}

    def visit(composition: Composition, factor: float, depth: int) -> None:
        if depth > _DEEPEST or best.get(composition.id, 0.0) >= factor:
            return
        best[composition.id] = factor
        for layer in composition.layers:
            if layer.kind in ("image", "video"):
                picture = scene.film(composition, layer) or scene.image(composition, layer)
                if picture is not None:
                    here = factor * _chain(scene, composition, layer)
                    found[picture.asset] = max(found.get(picture.asset, 0.0), here)
            elif layer.kind == "precomp":
                inner = scene.graph.compositions.get(layer.source or -1)
                if inner is not None:
                    visit(inner, factor * _chain(scene, composition, layer), depth + 1)

    visit(root, 1.0, 0)
    return found


def _chain(scene: "Scene", composition: Composition, layer: Layer) -> float:
    """The layer's largest scale times that of its parents."""
    total, current, seen = 1.0, layer, 0
    while seen < _DEEPEST:
        total *= _largest(scene, current)
        above = composition.by_id.get(current.parent or -1)
        if above is None:
            break
        current, seen = above, seen + 1
    return total


def _largest(scene: "Scene", layer: Layer) -> float:
    scale = layer.properties.transform.get("ADBE Scale")
    if scale is None or layer.three_d:
        return 1.0
    scale = scene.effective(layer, scale)
    values = [key.value for key in scale.keys] or [scale.value]
    return max((abs(part) for value in values if isinstance(value, tuple) for part in value[:2]), default=100.0) / 100
