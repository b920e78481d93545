"""Masks with soft edges. Players cut along sharp outlines only, so a layer's masks become mattes: their outlines, white
and blurred, on layers of their own that move with the masked one.

Cutting one matte by the next is what "intersect" means; a mask that takes away intersects with its complement. Masks
that add, one after the other from the start, are one matte together. So a chain of mattes says everything but adding to
what was cut before, and the modes that compare (lighten, darken, difference): such masks stay sharp (reported).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from flatrender.aftereffects.graph import Animated, Ease, Layer, Mask
from flatrender.aftereffects.lottie.effects import blur
from flatrender.aftereffects.lottie.keyframes import Json, static
from flatrender.aftereffects.lottie.masks import EVERYTHING, complement
from flatrender.aftereffects.lottie.shapes import Animate
from flatrender.aftereffects.lottie.styles import changed

# A feather spreads half inwards and half outwards; a Gaussian of 0.3 of it covers that. ThorVG's blur has a standard
# deviation of a quarter of its blurriness.
_BLUR_OF_FEATHER = 1.2
_ROUND = 2
Settle = Callable[[Animated], Animated]  # a property after values and expressions


@dataclass(frozen=True)
class _Cut:
    """One matte: masks that add up, or one mask, or the complement of one."""

    masks: tuple[Mask, ...]
    outside: bool = False


def feathered(mask: Mask) -> bool:
    """Whether a mask in use has a soft edge."""
    feather = mask.group.get("ADBE Mask Feather")
    if mask.mode == "n" or feather is None:
        return False
    return feather.animated or bool(feather.expression) or (isinstance(feather.value, tuple) and any(feather.value))


def softened(layer: Layer) -> bool:
    """Whether the layer's masks are drawn as mattes."""
    return bool(_cuts(layer))


def evenly_feathered(layer: Layer) -> bool:
    """Whether masks that are drawn together agree on their feather."""
    groups = [cut.masks for cut in _cuts(layer) if len(cut.masks) > 1]
    return all(len({_feather(mask) for mask in masks}) == 1 for masks in groups)


def write_soft_masks(layer: Layer, settle: Settle, put: Animate) -> list[Json]:
    """The mattes that stand for a layer's masks, the first for the layer itself and each for the one before; none where
    no mask is soft or a chain cannot say it. Each has a name, shapes and effects; its place in the layer's space and
    time is the caller's to say.
    """
    return [_matte(cut, settle, put) for cut in _cuts(layer)]


def _cuts(layer: Layer) -> list[_Cut]:
    masks = [mask for mask in layer.properties.masks if mask.mode != "n"]
    if not any(map(feathered, masks)) or any(mask.mode not in "asi" for mask in masks):
        return []
    adding = [mask for mask in masks if mask.mode == "a"]
    if masks[: len(adding)] != adding or (len(adding) > 1 and any(mask.inverted for mask in adding)):
        return []
    cuts = [_Cut(tuple(adding), adding[0].inverted)] if adding else []
    return cuts + [_Cut((mask,), mask.inverted != (mask.mode == "s")) for mask in masks[len(adding) :]]


def _matte(cut: _Cut, settle: Settle, put: Animate) -> Json:
    shapes: list[Json] = []
    for mask in cut.masks:
        shape, opacity = mask.group.get("ADBE Mask Shape"), mask.group.get("ADBE Mask Opacity")
        if shape is None:
            continue
        path = settle(shape)
        if not cut.outside:
            shapes.append(_filled(mask, put(path), put(opacity, default=100.0), _grown(mask, settle, put, 1)))
            continue
        taken = put(complement(path))
        grown = _grown(mask, settle, put, -1)
        if mask.mode == "s" and opacity is not None:  # what is taken away in part stays in part
            left = changed(settle(opacity), lambda percent: 100.0 - percent)
            shapes += [_filled(mask, taken, static(100.0), grown), _filled(mask, EVERYTHING, put(left), None)]
        else:
            shapes.append(_filled(mask, taken, put(opacity, default=100.0), grown))
    return {"nm": cut.masks[0].name, "shapes": shapes, "ef": _blurs(cut.masks, settle, put)}


def _grown(mask: Mask, settle: Settle, put: Animate, sign: int) -> Json | None:
    """The mask's expansion as an offset of its outline."""
    expansion = mask.group.get("ADBE Mask Offset")
    if expansion is None or not (expansion.animated or expansion.expression or expansion.value):
        return None
    amount = put(changed(settle(expansion), lambda pixels: sign * pixels))
    return {"ty": "op", "a": amount, "lj": _ROUND, "ml": static(4.0), "nm": "Expansion", "hd": False}


def _filled(mask: Mask, path: Json, opacity: Json, grown: Json | None) -> Json:
    items: list[Json] = [{"ty": "sh", "ks": path, "nm": mask.name, "hd": False}]
    items += [grown] if grown is not None else []
    items.append(
        {"ty": "fl", "c": static((1.0, 1.0, 1.0, 1.0)), "o": opacity, "r": 1, "bm": 0, "nm": "White", "hd": False}
    )
    nothing, origin = static(0.0), static((0.0, 0.0))
    transform: Json = {"ty": "tr", "p": origin, "a": origin, "s": static((100.0, 100.0)), "nm": "Transform"}
    transform |= {"r": nothing, "o": static(100.0), "sk": nothing, "sa": nothing}
    return {"ty": "gr", "it": [*items, transform], "np": len(items), "bm": 0, "nm": mask.name, "hd": False}


def _blurs(masks: tuple[Mask, ...], settle: Settle, put: Animate) -> list[Json]:
    """One blur, or one along each axis where the feather differs by direction."""
    softest = max((mask for mask in masks if feathered(mask)), key=_feather, default=None)
    feather = softest.group.get("ADBE Mask Feather") if softest is not None else None
    if feather is None:
        return []
    soft = settle(feather)
    across, down = _axis(soft, 0), _axis(soft, 1)
    if _same(soft):
        return [blur(put(across), "both")]
    return [blur(put(across), "horizontal"), blur(put(down), "vertical")]


def _feather(mask: Mask) -> tuple[float, ...]:
    feather = mask.group.get("ADBE Mask Feather")
    return tuple(feather.value) if feather is not None and isinstance(feather.value, tuple) else (0.0, 0.0)


def _same(feather: Animated) -> bool:
    values = [feather.value, *(key.value for key in feather.keys)]
    return all(value[0] == value[1] for value in values if isinstance(value, tuple) and len(value) > 1)


def _axis(feather: Animated, axis: int) -> Animated:
    """The blurriness along one axis of a feather."""

    def pick(value: object) -> float:
        return _BLUR_OF_FEATHER * float(value[min(axis, len(value) - 1)]) if isinstance(value, tuple) and value else 0.0

    def ease(eases: tuple[Ease, ...]) -> tuple[Ease, ...]:
        chosen = eases[min(axis, len(eases) - 1) :][:1]
        return tuple(Ease(_BLUR_OF_FEATHER * one.speed, one.influence) for one in chosen)

    keys = tuple(
        replace(key, value=pick(key.value), ease_in=ease(key.ease_in), ease_out=ease(key.ease_out))
        for key in feather.keys
    )
    return replace(feather, kind="scalar", value=pick(feather.value), keys=keys, sample=None)
