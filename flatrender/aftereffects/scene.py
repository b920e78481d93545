"""A project with one customer's values laid over it: what each layer shows, and what each property is in the end.

The graph below is shared and never changes; a scene is cheap to make, one per set of values.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flatrender.aftereffects.capabilities import Notes
from flatrender.aftereffects.expressions import Evaluator, Sandbox
from flatrender.aftereffects.expressions.kept import KeptResults, Memory
from flatrender.aftereffects.expressions.tree import find_path
from flatrender.aftereffects.graph import Animated, Composition, Graph, Layer, address
from flatrender.aftereffects.lottie.films import Film, is_film
from flatrender.aftereffects.lottie.images import Picture
from flatrender.aftereffects.lottie.text import text_layer_shapes
from flatrender.aftereffects.overriding import spread
from flatrender.aftereffects.text import FontLibrary, TextSpec
from flatrender.aftereffects.values import (
    ColorValue,
    DataValue,
    ImageValue,
    TextValue,
    Value,
    VisibleValue,
    by_layer,
    resized,
    set_property,
    too_long,
)


class Scene:
    """The graph, the bound values and the expressions evaluated over both.

    Args:
        graph: the project.
        values: by address.
        fonts: where fonts are found.
        files: footage id → its file, None where it is missing.
        notes: collects what could not be shown as it is.
        sandbox: where expressions run; a warm one saves its start.
        memory: results of expressions over the same graph, from scene to scene.
    """

    def __init__(
        self,
        graph: Graph,
        values: Mapping[str, Value],
        fonts: FontLibrary,
        files: Mapping[int, Path | None],
        notes: Notes | None = None,
        sandbox: Sandbox | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.graph = graph
        self.values = values = spread(graph, values, (TextValue, DataValue))
        self.fonts = fonts
        self.files = files
        self.notes = notes if notes is not None else Notes()
        self.missing: dict[str, None] = {}
        """Characters of the texts written so far that no font has, in their order."""
        self.overflowing: dict[str, None] = {}
        """Layers written so far, as composition/layer, whose boxes are too low for texts that a value gave them."""
        self.lacking: dict[str, dict[str, None]] = {}
        """Of layers written so far, as composition/layer, the characters that no font has of such texts."""
        self.beyond: dict[str, None] = {}
        """Layers whose texts, in no box, are too long for their places, made to fit as well as they can be."""
        self.wide: dict[str, None] = {}
        """Layers, as composition/layer, at rest, whose given texts pass the picture's left or right edge."""
        self.driven: dict[str, None] = {}
        """Layers, as composition/layer, whose expressions show another text than a value gave them."""
        self.letters = 0
        """How many letters the texts written so far have."""
        self.moves = 0
        """How many of them move, each counted for each frame."""
        self._by_layer = by_layer(values)
        kept = KeptResults(self._by_layer, memory)
        self.evaluator = Evaluator(graph, self.bound, self.notes, sandbox, kept, fonts, files)
        self._bound: dict[int, Animated] = {}
        self._homes = {
            id(layer): composition for composition in graph.compositions.values() for layer in composition.layers
        }

    def value(self, composition: Composition, layer: Layer) -> Value | None:
        return self.values.get(address(composition, layer))

    def visible(self, composition: Composition, layer: Layer) -> bool:
        value = self.value(composition, layer)
        return value.value if isinstance(value, VisibleValue) else layer.enabled

    def bound(self, layer: Layer, prop: Animated) -> Animated:
        """The property under the customer's value, before its expression."""
        home = self._homes.get(id(layer))
        chosen = self._by_layer.get(address(home, layer)) if home is not None else None
        if not chosen:
            return prop
        known = self._bound.get(id(prop))
        if known is None:  # expressions ask for it many times, and a text that is fitted is laid out several times
            known = self._bound[id(prop)] = self._rebound(layer, prop, chosen)
        return known

    def _rebound(self, layer: Layer, prop: Animated, chosen: Mapping[str, Value]) -> Animated:
        if prop.match_name == "ADBE Text Document":
            return self._bound_text(layer, prop)
        value = chosen.get(find_path(layer, prop) or "")
        return set_property(prop, value) if value is not None else prop

    def _bound_text(self, layer: Layer, prop: Animated) -> Animated:
        home = self._homes.get(id(layer))
        value = self.value(home, layer) if home is not None else None
        if isinstance(value, TextValue | DataValue) and isinstance(prop.value, TextSpec):
            text = resized(prop.value, value, self.fonts)
            if home is not None and too_long(text, prop.value, value, self.fonts):
                self.beyond[f"{home.name}/{layer.name}"] = None
            return replace(prop, value=text, keys=(), sample=None)
        if isinstance(value, ColorValue) and isinstance(prop.value, TextSpec):
            return _recolored(prop, value)
        return prop

    def effective(self, layer: Layer, prop: Animated) -> Animated:
        """The property after the customer's value and its expression."""
        bound = self.bound(layer, prop)
        if not prop.expression:
            return bound
        return self.evaluator.evaluated(self._homes[id(layer)], layer, prop, bound)

    def solid_color(self, composition: Composition, layer: Layer) -> tuple[float, ...]:
        """A solid's red, green and blue."""
        value = self.value(composition, layer)
        if isinstance(value, ColorValue):
            return value.rgba[:3]
        footage = self.graph.footage.get(layer.source or -1)
        return footage.color if footage is not None and footage.color is not None else (0.0, 0.0, 0.0)

    def pictured(self, composition: Composition, layer: Layer) -> bool:
        """Whether a customer's picture stands in for what the layer shows."""
        return isinstance(self.value(composition, layer), ImageValue)

    def image(self, composition: Composition, layer: Layer) -> Picture | None:
        """The picture that an image layer shows: the customer's, fitted into the old one's box, or the project's."""
        width, height = layer.width, layer.height
        if not width or not height:
            return None
        value = self.value(composition, layer)
        if isinstance(value, ImageValue):
            asset = f"image_{composition.id}_{layer.id}"
            return Picture(asset, value.path, width, height, value.fit, value.focus, value.crop)
        path = self.files.get(layer.source or -1)
        footage = self.graph.footage.get(layer.source or -1)
        picture = Picture(f"image_{layer.source}", path, width, height, None, (0.5, 0.5))
        if footage is None:
            return picture
        return replace(picture, alpha=footage.alpha, inverted=footage.alpha_inverted, part=footage.part)

    def film(self, composition: Composition, layer: Layer) -> Film | None:
        """The film that a layer shows: the customer's, for as long as the layer is seen, or the project's."""
        width, height = layer.width, layer.height
        value = self.value(composition, layer)
        if layer.kind not in ("image", "video") or not width or not height:
            return None
        asset = f"film_{composition.id}_{layer.id}"
        if isinstance(value, ImageValue):
            if not is_film(value.path):
                return None
            box = (asset, value.path, width, height)
            return Film(*box, loops=0, fit=value.fit, focus=value.focus, crop=value.crop)
        footage = self.graph.footage.get(layer.source or -1)
        path = self.files.get(layer.source or -1)
        if layer.kind != "video" or footage is None or path is None or not footage.frame_rate:
            return None
        return Film(
            asset,
            path,
            width,
            height,
            rate=footage.frame_rate,
            native_rate=footage.native_rate or footage.frame_rate,
            frames=max(1, round(footage.duration * footage.frame_rate / footage.loops)),
            loops=footage.loops,
            alpha=footage.alpha,
            inverted=footage.alpha_inverted,
            sequence=footage.kind == "sequence" and not is_film(path) and path.suffix.lower() != ".gif",
        )

    def text_shapes(self, composition: Composition, layer: Layer, rate: float) -> list[dict[str, Any]]:
        """A text layer's text as outline shapes, its keyframed texts one after the other."""
        return text_layer_shapes(self, composition, layer, rate)


def _recolored(prop: Animated, value: ColorValue) -> Animated:
    def paint(spec: object) -> object:
        if not isinstance(spec, TextSpec):
            return spec
        runs = tuple(replace(run, style=replace(run.style, fill=value.rgba)) for run in spec.runs)
        return replace(spec, runs=runs)

    return replace(prop, value=paint(prop.value), keys=tuple(replace(key, value=paint(key.value)) for key in prop.keys))
