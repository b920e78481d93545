"""What cuts a layer out, beyond what players know of mattes.

A player cuts a layer by one matte, draws no matte, and takes each matte whole. After Effects cuts by soft masks and a
matte at once, by mattes that are cut themselves, and may show a matte too. So layers are made for other layers: the
mattes that stand for soft masks, a second copy of a matte that is seen, and nested compositions in which a layer is cut
once before it is cut again. They have indexes of their own, far above those of the project's layers.

A stencil or a silhouette is a matte of everything below it, so that is a nested composition: shown cut while the
stencil is there, and whole before and after. A layer that preserves the transparency below is cut by what is below.
"""

import itertools
from dataclasses import dataclass

from flatrender.aftereffects.graph import Composition, Layer
from flatrender.aftereffects.lottie.effects import after_masks
from flatrender.aftereffects.lottie.keyframes import Json, rounded, static
from flatrender.aftereffects.lottie.soft_masks import softened
from flatrender.aftereffects.lottie.styles import styled

MODES = {"alpha": 1, "alpha-inverted": 2, "luma": 3, "luma-inverted": 4}
_STENCILS = {  # as After Effects' scripts spell them
    "STENCIL_ALPHA": "alpha",
    "STENCIL_LUMA": "luma",
    "SILHOUETE_ALPHA": "alpha-inverted",
    "SILHOUETTE_LUMA": "luma-inverted",
}
_FURTHER, _WRAPPED, _CUTTING, _BELOW, _KEPT = 100_000, 8, 9, 11, 14
_STILL: Json = {
    "ddd": 0,
    "sr": 1,
    "ao": 0,
    "bm": 0,
    "ks": {
        "o": static(100.0),
        "r": static(0.0),
        "p": static((0.0, 0.0, 0.0)),
        "a": static((0.0, 0.0, 0.0)),
        "s": static((100.0, 100.0, 100.0)),
    },
}


@dataclass(frozen=True)
class Cut:
    """One matte of a layer: the layer that was made for it, or a layer of the project."""

    mode: int
    index: int
    made: Json | None = None
    matte: Layer | None = None


def companion(layer: Layer, number: int) -> int:
    """The index of the layer made for `layer` under that number."""
    return layer.index + number * _FURTHER


def seen_and_cuts(layer: Layer) -> bool:
    """A matte that is drawn too: one of two copies cuts, the other is seen."""
    return layer.is_matte and layer.enabled and not layer.guide and stencil(layer) is None


def stencil(layer: Layer) -> int | None:
    """How a layer cuts everything below it instead of being drawn; None for one that does not. A hidden matte is only
    its own layer's."""
    if layer.blend not in _STENCILS or layer.guide or (layer.is_matte and not layer.enabled):
        return None
    return MODES[_STENCILS[layer.blend]]


def keeps_to_below(layer: Layer) -> bool:
    """Whether a layer shows only where something below it does (Preserve Underlying Transparency)."""
    return layer.preserve_transparency and not layer.guide and not layer.is_matte and stencil(layer) is None


def parted(composition: Composition) -> bool:
    """Whether any of its layers is written together with those below it."""
    return any(stencil(layer) is not None or keeps_to_below(layer) for layer in composition.layers)


def sections(composition: Composition) -> list[tuple[Layer, ...]]:
    """The layers from the top, parted below each stencil."""
    found: list[tuple[Layer, ...]] = []
    first = 0
    for end, layer in enumerate(composition.layers, 1):
        if stencil(layer) is not None:
            found.append(composition.layers[first:end])
            first = end
    return [*found, composition.layers[first:]]


def own_matte(composition: Composition, layer: Layer) -> Layer | None:
    """The layer that is this one's matte."""
    matte = composition.by_id.get(layer.matte) if layer.matte is not None else None
    return matte if layer.matte_mode is not None and matte is not layer else None


def matte_index(composition: Composition, layer: Layer) -> int:
    """The index under which a layer cuts others."""
    nested = softened(layer) or styled(layer) or after_masks(layer)
    apart = seen_and_cuts(layer) or nested or own_matte(composition, layer) is not None
    return companion(layer, _CUTTING) if apart else layer.index


def wrapped_index(layer: Layer) -> int:
    """The index of the nested composition that stands for a layer which is cut more than once."""
    return companion(layer, _WRAPPED)


def soft_matte(layer: Layer, number: int, matte: Json, times: Json) -> Json:
    """The layer for one of `soft_masks.write_soft_masks`, in the masked layer's space and time."""
    return {**_STILL, **times, **matte, "ty": 4, "td": 1, "ind": companion(layer, number), "parent": layer.index}


def below(composition: Composition, layer: Layer, name: str, rate: float, *, cut: bool) -> list[Json]:
    """What a stencil cuts, the asset `name`: whole before it, cut while it is there, whole after it. The times do not
    depend on values; with `cut` switched off it is whole all the time."""
    whole = wrapper(composition, layer, name, rate, 0)
    first, last = (max(0.0, time) * rate for time in sorted((layer.in_point, layer.out_point)))
    ends = [0.0, min(first, whole["op"]), min(last, whole["op"]), whole["op"]]
    mode = stencil(layer)
    parts = []
    for number, (start, end) in enumerate(itertools.pairwise(ends)):
        if start >= end:
            continue
        part = {**whole, "ind": companion(layer, _BELOW + number), "ip": rounded(start), "op": rounded(end)}
        if number == 1 and cut:
            part |= {"tt": mode, "tp": matte_index(composition, layer)}
        parts.append(part)
    return parts


def kept_name(composition: Composition, layer: Layer) -> str:
    """The asset with what a layer keeps to."""
    return f"kept_{composition.id}_{layer.id}"


def kept(composition: Composition, layer: Layer, rate: float) -> Json:
    """What a layer keeps to, as a layer."""
    shown = wrapper(composition, layer, kept_name(composition, layer), rate, 0)
    return {**shown, "ind": companion(layer, _KEPT)}


def wrapper(composition: Composition, layer: Layer, name: str, rate: float, blend: int) -> Json:
    """A nested composition of the outer one's size and time that shows the asset `name`."""
    return {
        **_STILL,
        "ind": wrapped_index(layer),
        "nm": layer.name,
        "ip": 0,
        "op": rounded(composition.duration * rate),
        "st": 0,
        "bm": blend,
        "ty": 0,
        "refId": name,
        "w": composition.width,
        "h": composition.height,
    }


def first_of_each(layers: list[Json]) -> list[Json]:
    """The layers without those whose index came before."""
    found: dict[int, Json] = {}
    for layer in layers:
        found.setdefault(layer["ind"], layer)
    return list(found.values())
