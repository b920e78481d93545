"""Layers as Lottie writes them: times, transform, masks, mattes, effects, and the part each kind of layer has."""

import math
from collections.abc import Callable, Iterator
from typing import Any

from flatrender.aftereffects.graph import Animated, Composition, Group, Layer
from flatrender.aftereffects.lottie.blending import LAYER_BLENDS
from flatrender.aftereffects.lottie.collapse import collapsed, widened
from flatrender.aftereffects.lottie.cutting import (
    MODES,
    Cut,
    below,
    first_of_each,
    keeps_to_below,
    kept,
    kept_name,
    matte_index,
    own_matte,
    sections,
    seen_and_cuts,
    soft_matte,
    stencil,
    wrapper,
)
from flatrender.aftereffects.lottie.effects import after_masks, shadowed, write_effects
from flatrender.aftereffects.lottie.finishing import finished, hoisted
from flatrender.aftereffects.lottie.images import ImageAssets
from flatrender.aftereffects.lottie.keyframes import Json, animate, rounded
from flatrender.aftereffects.lottie.masks import write_masks
from flatrender.aftereffects.lottie.merging import merged
from flatrender.aftereffects.lottie.modifiers import Seen
from flatrender.aftereffects.lottie.moments import value_at
from flatrender.aftereffects.lottie.shapes import filled_rectangle, shape_items, without_frame_merges
from flatrender.aftereffects.lottie.soft_masks import softened, write_soft_masks
from flatrender.aftereffects.lottie.styles import changed, styled, write_styles
from flatrender.aftereffects.scene import Scene

_NULL, _SHAPE = 3, 4
MAX_STEPS = 36_000
"""Frames over which a nested composition keeps to its own rate: twenty minutes at 30 a second."""


class LayerWriter:
    """Writes the layers of one scene at one frame rate (that of the exported composition, also inside nested ones)."""

    def __init__(self, scene: Scene, rate: float, images: ImageAssets) -> None:
        self.scene = scene
        self.rate = rate
        self.images = images
        self.assets: dict[str, Json] = {}
        """Nested compositions that were made for layers which are cut more than once, by id."""
        self._cutting: set[int] = set()

    def layers(self, composition: Composition) -> list[Json]:
        """All layers of a composition, from the top. What a stencil cuts, and what a layer keeps to, are nested
        compositions."""
        written: list[Json] = []
        for section in reversed(sections(composition)):
            under = self._cut_below(composition, section[-1], written) if section and stencil(section[-1]) else []
            self._nest_kept(composition, section, under)
            written = self._section(composition, section) + under
        return written

    def _cut_below(self, composition: Composition, layer: Layer, written: list[Json]) -> list[Json]:
        """What is below a stencil, as it shows."""
        name = f"below_{composition.id}_{layer.id}"
        self._nest(composition, layer, name, written)
        matte = next(one for one in self.write(composition, layer) if one["ind"] == matte_index(composition, layer))
        cut = matte["ty"] != _NULL and self.scene.visible(composition, layer)
        return below(composition, layer, name, self.rate, cut=cut)

    def _nest_kept(self, composition: Composition, section: tuple[Layer, ...], under: list[Json]) -> None:
        """The nested compositions to whose alpha layers keep. Layers that keep to it do not change it: each holds the
        others down to the next such layer, and that one's."""
        between: list[Layer] = []
        for layer in reversed(section):
            if not keeps_to_below(layer):
                between.append(layer)
                continue
            inside = self._section(composition, tuple(reversed(between))) + under
            self._nest(composition, layer, kept_name(composition, layer), inside)
            under, between = [kept(composition, layer, self.rate)], []

    def _section(self, composition: Composition, section: tuple[Layer, ...]) -> list[Json]:
        """Some layers, with the mattes and the parents that stand elsewhere."""
        written = [one for layer in section for one in self.write(composition, layer)]
        for layer in section:
            matte = own_matte(composition, layer)
            if matte is not None and matte not in section:
                written += self._matte_layers(composition, layer, matte)
            written += [self._null(composition, parent) for parent in self._parents(composition, layer)]
        return first_of_each(written)

    def write(self, composition: Composition, layer: Layer) -> list[Json]:
        """One layer, after those that are made for it alone (`cutting.py`). What is not drawn (hidden, guide, sound,
        camera …) stays as an empty null: it may be a parent, and a customer may switch it on.

        Which layers there are does not depend on a customer's values: a bake replaces each by its index.
        """
        null = self._null(composition, layer)
        visible = not layer.guide and self.scene.visible(composition, layer)
        part = self._part(composition, layer) if visible or layer.is_matte else None
        cuts = self._cuts(composition, layer, null)
        soft = softened(layer)
        masks = [] if soft else write_masks(layer, lambda prop, default=0.0: self._put(layer, prop, default))
        # Effects that reach further do so from what the masks leave; a style's shadow is cast by what all cuts leave.
        outside = self._effects(layer) if masks and after_masks(layer) else []
        style = self._styles(layer) if styled(layer) and (cuts or masks) else []
        effects = [*([] if outside else self._effects(layer)), *([] if style else self._styles(layer))]
        drawn = {**null, **part, **({"ef": effects} if effects else {})} if part is not None else None
        if drawn is not None and collapsed(composition, layer):
            drawn = widened(drawn, layer)
        if drawn is not None and masks:
            drawn |= {"hasMask": True, "masksProperties": masks}
        if drawn is not None and outside:
            drawn = self._within(composition, layer, f"masked_{composition.id}_{layer.id}", [drawn]) | {"ef": outside}
        written: list[Json] = []
        cuts_others = layer.is_matte or stencil(layer) is not None
        if cuts_others:
            written += self._cut_out(composition, layer, drawn or null, cuts, style, cuts_others=True)
        if not cuts_others or seen_and_cuts(layer):
            shown = (drawn if visible else None) or null
            written += self._cut_out(composition, layer, shown, cuts, style, cuts_others=False)
        if all(one["ind"] != layer.index for one in written):
            written.append(null)
        return written

    def leans_on(self, composition: Composition, layer: Layer) -> Iterator[Layer]:
        """The other layers that are written into what is made for a layer: its matte, and everybody's parents."""
        matte = own_matte(composition, layer)
        casts = shadowed(layer) or styled(layer) or after_masks(layer)
        if layer.is_matte or softened(layer) or stencil(layer) is not None or casts:
            yield from self._parents(composition, layer)
            if matte is not None:
                yield from (matte, *self._parents(composition, matte))

    def _null(self, composition: Composition, layer: Layer) -> Json:
        written = {**self._base(layer), "ks": self._transform(layer), "ty": _NULL}
        if layer.parent is not None and layer.parent in composition.by_id:
            written["parent"] = composition.by_id[layer.parent].index
        return written

    def _cuts(self, composition: Composition, layer: Layer, null: Json) -> list[Cut]:
        """What cuts a layer, in order: its soft masks, what it keeps to, its matte."""
        found = write_soft_masks(
            layer,
            lambda prop: self.scene.effective(layer, prop),
            lambda prop, default=0.0: self._put(layer, prop, default),
        )
        times = {name: null[name] for name in ("ip", "op", "st")}
        mattes = [soft_matte(layer, number, matte, times) for number, matte in enumerate(found, 1)]
        mattes += [{**kept(composition, layer, self.rate), "td": 1}] if keeps_to_below(layer) else []
        cuts = [Cut(MODES["alpha"], matte["ind"], made=matte) for matte in mattes]
        matte = own_matte(composition, layer)
        if matte is not None and layer.matte_mode is not None:
            cuts.append(Cut(MODES[layer.matte_mode], matte_index(composition, matte), matte=matte))
        return cuts

    def _cut_out(
        self,
        composition: Composition,
        layer: Layer,
        shown: Json,
        cuts: list[Cut],
        style: list[Json],
        *,
        cuts_others: bool,
    ) -> list[Json]:
        """A layer as it is seen, or as it cuts others: cut once beside its matte, all but the last time (and where it
        is a matte, the last time too) within a nested composition. So is one that casts a shadow, which players do
        not cut, or has a style that is applied to what is left."""
        current = shown
        if cuts and shadowed(layer) and not softened(layer):
            current = self._within(composition, layer, f"cast_{composition.id}_{layer.id}", [current])
        for number, cut in enumerate(cuts):
            made = [cut.made] if cut.made is not None else []
            current = {**current, "tt": cut.mode, "tp": cut.index} if shown["ty"] != _NULL else current
            if number == len(cuts) - 1 and not cuts_others and not style:
                return [*made, current]
            mattes = self._matte_layers(composition, layer, cut.matte) if cut.matte is not None else []
            name = f"cut_{composition.id}_{layer.id}_{number}"
            current = self._within(composition, layer, name, [*made, *mattes, current])
        if style and not cuts:
            current = self._within(composition, layer, f"styled_{composition.id}_{layer.id}", [current])
        if style and shown["ty"] != _NULL:
            current = {**current, "ef": style}
        if cuts_others:
            return [{**current, "ind": matte_index(composition, layer)} | ({"td": 1} if current["ty"] != _NULL else {})]
        return [current]

    def _within(self, composition: Composition, layer: Layer, name: str, layers: list[Json]) -> Json:
        """A layer, the last of these, and what it needs as a nested composition that blends in its place."""
        *others, shown = layers
        inside = [*others, {**shown, "bm": 0}, self._null(composition, layer)]
        inside += [self._null(composition, parent) for parent in self._parents(composition, layer)]
        self._nest(composition, layer, name, first_of_each(inside))
        return wrapper(composition, layer, name, self.rate, shown["bm"])

    def _nest(self, composition: Composition, layer: Layer, name: str, layers: list[Json]) -> None:
        """A nested composition that is made for a layer."""
        rate = rounded(composition.frame_rate, 6)
        self.assets[name] = {"id": name, "nm": layer.name, "fr": rate, "layers": layers}

    def _matte_layers(self, composition: Composition, layer: Layer, matte: Layer) -> list[Json]:
        """A matte of the project as it is written beside a layer within a nested composition: it cuts there, and is
        seen where it stands."""
        if layer.id in self._cutting:  # in a circle, in a damaged file
            return []
        self._cutting.add(layer.id)
        try:
            written = self.write(composition, matte)
        finally:
            self._cutting.discard(layer.id)
        cutting = [
            one for one in written if one["ind"] != matte.index or matte_index(composition, matte) == matte.index
        ]
        nulls = [self._null(composition, one) for one in (matte, *self._parents(composition, matte))]
        return cutting + nulls

    @staticmethod
    def _parents(composition: Composition, layer: Layer) -> list[Layer]:
        found: list[Layer] = []
        parent = composition.by_id.get(layer.parent) if layer.parent is not None else None
        while parent is not None and parent not in found and parent is not layer:
            found.append(parent)
            parent = composition.by_id.get(parent.parent) if parent.parent is not None else None
        return found

    def _effects(self, layer: Layer) -> list[Json]:
        return write_effects(layer, lambda prop, default=0.0: self._put(layer, prop, default))

    def _styles(self, layer: Layer) -> list[Json]:
        return write_styles(layer, lambda prop, default, change=None: self._put(layer, prop, default, change))

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
            "st": rounded(layer.start_time * self.rate - _turned(layer)),
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
        return animate(effective, self.rate, layer.stretch, default, curved=layer.auto_orient == "path")

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
        if layer.properties.unreadable:
            return None
        match layer.kind:
            case "shape":
                return self._shape(layer)
            case "text":
                return {"ty": _SHAPE, "shapes": self.scene.text_shapes(composition, layer, self.rate)}
            case "solid":
                return self._solid(composition, layer)
            case "image" | "video":
                return self._picture(composition, layer)
            case "precomp":
                return self._precomp(layer)
            case _:
                return None

    def _shape(self, layer: Layer) -> Json:
        shapes = finished(self._shapes(layer))
        transform = self._transform(layer)
        found = hoisted(shapes, transform["o"])
        if found is None:
            return {"ty": _SHAPE, "shapes": shapes}
        return {"ty": _SHAPE, "shapes": found[0], "ks": {**transform, "o": found[1]}}

    def _shapes(self, layer: Layer) -> list[Json]:
        contents = layer.properties.contents

        def put(prop: Animated | None, default: Any = 0.0) -> Json:
            return self._put(layer, prop, default)

        first, last = sorted((layer.in_point * self.rate, layer.out_point * self.rate))
        seen = Seen(range(max(0, math.floor(first)), max(1, math.ceil(last))), self.rate)
        return merged(without_frame_merges(shape_items(contents.children if contents is not None else (), put)), seen)

    def _solid(self, composition: Composition, layer: Layer) -> Json:
        """A filled rectangle: ThorVG 1.0 applies the opacity of Lottie's own solids twice."""
        color = self.scene.solid_color(composition, layer)
        return {"ty": _SHAPE, "shapes": finished([filled_rectangle(layer.width, layer.height, color)])}

    def _picture(self, composition: Composition, layer: Layer) -> Json | None:
        film = self.scene.film(composition, layer)
        if film is not None:
            return {"ty": 2, "refId": self.images.use_film(film), **self._remapped(layer)}
        if layer.kind == "video" and not self.scene.pictured(composition, layer):
            return None
        asset = self.images.use(composition, layer)
        return {"ty": 2, "refId": asset} if asset is not None else None

    def _precomp(self, layer: Layer) -> Json:
        shown: Json = {"ty": 0, "refId": f"comp_{layer.source}", "w": layer.width, "h": layer.height}
        inner = self.scene.graph.compositions.get(layer.source or -1)
        remapped = self._remapped(layer)
        return shown | (self._in_steps(layer, inner.frame_rate, remapped) if inner and inner.keeps_rate else remapped)

    def _in_steps(self, layer: Layer, inner_rate: float, remapped: Json) -> Json:
        """A nested composition that keeps its frame rate: each of its frames stands until its next one."""
        if inner_rate <= 0:
            return remapped
        keys: list[Json] = []
        first, last = sorted((layer.in_point * self.rate, layer.out_point * self.rate))
        for frame in range(math.floor(first), min(math.ceil(last), math.floor(first) + MAX_STEPS)):
            source = (frame / self.rate - layer.start_time) / layer.stretch
            if remapped:
                value = remapped["tm"]["k"]
                found = value_at(value, frame) if remapped["tm"]["a"] else value
                source = float(found[0] if isinstance(found, list) else found)
            # In a layer that runs backwards a frame stands until the moment at which it would have begun.
            backwards = layer.stretch < 0 and not remapped
            place = math.ceil(source * inner_rate - 1e-4) - 1 if backwards else math.floor(source * inner_rate + 1e-4)
            shown = rounded(max(place, 0) / inner_rate, 6)
            if not keys or keys[-1]["s"] != [shown]:
                keys.append({"t": frame, "s": [shown], "h": 1})
        return {"tm": {"a": 1, "k": keys}} if len(keys) > 1 else remapped

    def _remapped(self, layer: Layer) -> Json:
        remap = layer.properties.time_remap
        if remap is None:
            return {}
        effective = self.scene.effective(layer, remap)
        # Lottie's time remap wants keyframes even where the picture is frozen.
        return {"tm": animate(effective, self.rate, layer.stretch)}


def _turned(layer: Layer) -> int:
    """By how many frames a nested composition that runs backwards begins earlier than its moments say: its first frame
    is the source's last one, not the end, at which nothing is seen any more."""
    return 1 if layer.stretch < 0 and layer.kind == "precomp" and layer.properties.time_remap is None else 0
