"""Layers as Lottie writes them: times, transform, masks, mattes, effects, and the part each kind of layer has."""

from collections.abc import Callable
from typing import Any

from flatrender.aftereffects.graph import Animated, Composition, Group, Layer
from flatrender.aftereffects.lottie.blending import LAYER_BLENDS
from flatrender.aftereffects.lottie.effects import write_effects
from flatrender.aftereffects.lottie.images import ImageAssets
from flatrender.aftereffects.lottie.keyframes import Json, animate, rounded
from flatrender.aftereffects.lottie.masks import write_masks
from flatrender.aftereffects.lottie.merging import merged
from flatrender.aftereffects.lottie.shapes import shape_items, without_frame_merges
from flatrender.aftereffects.lottie.styles import changed, write_styles
from flatrender.aftereffects.scene import Scene

_MATTES = {"alpha": 1, "alpha-inverted": 2, "luma": 3, "luma-inverted": 4}
_NULL, _SHAPE = 3, 4


class LayerWriter:
    """Writes the layers of one scene at one frame rate (that of the exported composition, also inside nested ones)."""

    def __init__(self, scene: Scene, rate: float, images: ImageAssets) -> None:
        self.scene = scene
        self.rate = rate
        self.images = images

    def write(self, composition: Composition, layer: Layer) -> Json:
        """One layer. What is not drawn (hidden, guide, sound, camera …) stays as an empty null: it may be a parent, and
        a customer may switch it on."""
        base = self._base(layer)
        base["ks"] = self._transform(layer)
        if layer.parent is not None and layer.parent in composition.by_id:
            base["parent"] = composition.by_id[layer.parent].index
        drawn = not layer.guide and (layer.is_matte or self.scene.visible(composition, layer))
        part = self._part(composition, layer) if drawn and not layer.properties.unreadable else None
        if part is None:
            return {**base, "ty": _NULL}
        base.update(part)
        if layer.is_matte:
            base["td"] = 1
        if layer.matte is not None and layer.matte_mode is not None and layer.matte in composition.by_id:
            base["tt"] = _MATTES[layer.matte_mode]
            base["tp"] = composition.by_id[layer.matte].index
        masks = write_masks(layer, lambda prop, default=0.0: self._put(layer, prop, default))
        if masks:
            base["hasMask"] = True
            base["masksProperties"] = masks
        effects = write_effects(layer, lambda prop, default=0.0: self._put(layer, prop, default))
        effects += write_styles(layer, lambda prop, default, change=None: self._put(layer, prop, default, change))
        if effects:
            base["ef"] = effects
        return base

    def _base(self, layer: Layer) -> Json:
        first, last = sorted((layer.in_point, layer.out_point))
        base: Json = {
            "ddd": int(layer.three_d),
            "ind": layer.index,
            "nm": layer.name,
            "sr": rounded(layer.stretch, 6) or 1,
            "ao": int(layer.auto_orient == "path"),
            "ip": rounded(first * self.rate),
            "op": rounded(last * self.rate),
            "st": rounded(layer.start_time * self.rate),
            "bm": LAYER_BLENDS.get(layer.blend, 0),
        }
        if layer.collapse and layer.kind == "precomp":
            base["ct"] = 1
        return base

    def _put(
        self, layer: Layer, prop: Animated | None, default: Any = 0.0, change: Callable[[float], float] | None = None
    ) -> Json:
        effective = self.scene.effective(layer, prop) if prop is not None else None
        if change is not None:
            default = change(default)
            effective = changed(effective, change) if effective is not None else None
        return animate(effective, self.rate, layer.stretch, default)

    def _transform(self, layer: Layer) -> Json:
        group = layer.properties.transform

        def put(match_name: str, default: Any = 0.0) -> Json:
            return self._put(layer, group.get(match_name), default)

        written: Json = {"o": put("ADBE Opacity", 100.0)}
        if layer.three_d:
            written["rx"] = put("ADBE Rotate X")
            written["ry"] = put("ADBE Rotate Y")
            written["rz"] = put("ADBE Rotate Z")
            written["or"] = put("ADBE Orientation", (0.0, 0.0, 0.0))
        else:
            written["r"] = put("ADBE Rotate Z")
        written["p"] = self._position(layer, group)
        written["a"] = put("ADBE Anchor Point", (0.0, 0.0, 0.0))
        written["s"] = put("ADBE Scale", (100.0, 100.0, 100.0))
        return written

    def _position(self, layer: Layer, group: Group) -> Json:
        position = group.get("ADBE Position")
        if position is None or not position.separated:
            return self._put(layer, position, (0.0, 0.0, 0.0))
        axes = ("x", "y", "z")[: 3 if layer.three_d else 2]
        written: Json = {"s": True}
        for axis, part in zip(axes, position.separated, strict=False):
            written[axis] = self._put(layer, part)
        return written

    def _part(self, composition: Composition, layer: Layer) -> Json | None:
        """What makes the layer draw, with its type; None for a kind that draws nothing in Lottie."""
        match layer.kind:
            case "shape":
                return {"ty": _SHAPE, "shapes": self._shapes(layer)}
            case "text":
                return {"ty": _SHAPE, "shapes": self.scene.text_shapes(composition, layer, self.rate)}
            case "solid":
                return self._solid(composition, layer)
            case "image" | "video":
                if layer.kind == "video" and not self.scene.pictured(composition, layer):
                    return None
                asset = self.images.use(composition, layer)
                return {"ty": 2, "refId": asset} if asset is not None else None
            case "precomp":
                return self._precomp(layer)
            case _:
                return None

    def _shapes(self, layer: Layer) -> list[Json]:
        contents = layer.properties.contents

        def put(prop: Animated | None, default: Any = 0.0) -> Json:
            return self._put(layer, prop, default)

        return merged(without_frame_merges(shape_items(contents.children if contents is not None else (), put)))

    def _solid(self, composition: Composition, layer: Layer) -> Json:
        return {"ty": 1, "sw": layer.width, "sh": layer.height, "sc": self.scene.solid_color(composition, layer)}

    def _precomp(self, layer: Layer) -> Json:
        written: Json = {"ty": 0, "refId": f"comp_{layer.source}", "w": layer.width, "h": layer.height}
        remap = layer.properties.time_remap
        if remap is not None:
            effective = self.scene.effective(layer, remap)
            # Lottie's time remap wants keyframes even where the picture is frozen.
            written["tm"] = animate(effective, self.rate, layer.stretch)
        return written
