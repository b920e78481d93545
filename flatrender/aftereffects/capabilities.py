"""What of a project is shown as it is, nearly, or not at all. Nothing degrades silently: a scan tells all of it.

Players here means ThorVG 1.0, which draws the pictures on the server and in the browser alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flatrender.aftereffects.graph import Animated, Composition, Footage, Group, Layer, Mask, Value
from flatrender.aftereffects.lottie.blending import LAYER_BLENDS, NEAREST
from flatrender.aftereffects.lottie.collapse import collapsed
from flatrender.aftereffects.lottie.cutting import keeps_to_below, stencil
from flatrender.aftereffects.lottie.effects import DRAWN, HOLDERS, SPREADING, after_masks
from flatrender.aftereffects.lottie.films import audible, showable
from flatrender.aftereffects.lottie.finishing import fades_in_parts
from flatrender.aftereffects.lottie.images import readable
from flatrender.aftereffects.lottie.keyframes import Json, animate
from flatrender.aftereffects.lottie.merging import MERGE, merged
from flatrender.aftereffects.lottie.modifiers import SHAKE, TWIST, WIGGLE, ZIGZAG
from flatrender.aftereffects.lottie.repeating import REPEATER, fades
from flatrender.aftereffects.lottie.shapes import shape_items, without_frame_merges
from flatrender.aftereffects.lottie.soft_masks import evenly_feathered, feathered, softened
from flatrender.aftereffects.lottie.styles import STOOD_IN
from flatrender.aftereffects.lottie.text_animators import KNOWN
from flatrender.aftereffects.lottie.text_paths import read_path_options
from flatrender.aftereffects.lottie.text_selectors import EXPRESSED, RANGE
from flatrender.aftereffects.notes import MOST_CHARACTERS
from flatrender.aftereffects.report import MISSING_FONT, Capability
from flatrender.aftereffects.text import MAX_CHARACTERS
from flatrender.aftereffects.text.layout import overflows

if TYPE_CHECKING:
    from flatrender.aftereffects.project import Project

Status = Literal["supported", "approximated", "ignored"]
_Finding = tuple[str, str, Status, str]  # property, feature, status, note

_KINDS: dict[str, str] = {
    "camera": "cameras are not followed",
    "light": "lights are not cast",
    "adjustment": "adjustment layers have no effect yet",
}
_FILTERS: dict[str, tuple[str, Status, str]] = {
    "ADBE Vector Filter - Twist": ("Twist", "approximated", "how it fades towards the edge is not known exactly"),
    "ADBE Vector Filter - Roughen": ("Wiggle Paths", "approximated", "it wiggles as much, along another noise"),
    "ADBE Vector Filter - Wiggler": ("Wiggle Transform", "approximated", "it wiggles as much, along another noise"),
}
_LEFT: dict[str, tuple[str, Status, str]] = {
    "mm": ("merge paths", "approximated", "paths that are open or bent first are drawn one over the other, not merged"),
    ZIGZAG: ("Zig Zag", "ignored", "Zig Zag leaves paths as they are"),
    TWIST: ("Twist", "ignored", "Twist leaves paths as they are"),
    WIGGLE: ("Wiggle Paths", "ignored", "Wiggle Paths leaves paths as they are"),
    SHAKE: ("Wiggle Transform", "ignored", "Wiggle Transform leaves paths as they are"),
}


@dataclass
class Notes:
    """Findings of one conversion: (composition id, layer, property, feature) → (status, note)."""

    found: dict[tuple[int, str | None, str, str], tuple[Status, str]] = field(default_factory=dict)

    def add(self, composition: int, layer: str | None, prop: str, feature: str, status: Status, note: str = "") -> None:
        self.found.setdefault((composition, layer, prop, feature), (status, note))

    def capabilities(self) -> list[Capability]:
        return [
            Capability(composition, layer, prop, feature, status, note)
            for (composition, layer, prop, feature), (status, note) in self.found.items()
        ]


def survey(project: "Project") -> tuple[Capability, ...]:
    """Every composition's capabilities: by layer what is approximated or ignored, in a line each what is supported."""
    scene = project.scene({})
    notes = scene.notes
    for composition in project.graph.authored:
        if abs(composition.pixel_aspect - 1) > 1e-3:
            note = f"pixels of aspect {composition.pixel_aspect:g} are shown square"
            notes.add(composition.id, None, "Pixel Aspect Ratio", "pixel aspect", "ignored", note)
        if count := composition.unsoloed:
            note = f"{count} {'layer is' if count == 1 else 'layers are'} off because others are soloed"
            notes.add(composition.id, None, "Solo", "solo", "supported", note)
        for layer in composition.layers:
            if not _counts(composition, layer):
                continue
            for prop, feature, status, note in _layer(project, composition, layer):
                notes.add(composition.id, layer.name, prop, feature, status, note)
            scene.evaluator.check(composition, layer)
        for prop, feature, status, note in _panel(project, composition):
            notes.add(composition.id, None, prop, feature, status, note)
        for feature, count in _used(composition).items():
            noun = "layer" if count == 1 else "layers"
            notes.add(composition.id, None, "", feature, "supported", f"{count} {noun}")
    return tuple(notes.capabilities())


def _panel(project: "Project", composition: Composition) -> Iterator[_Finding]:
    """The entries of the composition's Essential Graphics panel: how many can be set, and which cannot."""
    from flatrender.aftereffects.controls import exposed_of

    lost = [one.name for one in composition.exposed if exposed_of(project.graph, one) is None]
    if count := len(composition.exposed) - len(lost):
        yield "", "Essential Graphics", "supported", f"{count} {'entry' if count == 1 else 'entries'} can be set"
    for name in lost:
        note = "it is animated, driven by an expression, gone, or of a kind that cannot be set: it keeps its value"
        yield name, "Essential Graphics entry", "ignored", note


def _counts(composition: Composition, layer: Layer) -> bool:
    """Whether a layer matters: it is seen, heard, or a matte."""
    if layer.kind == "audio":
        return layer.audible and not layer.guide
    return (layer.enabled or layer.is_matte) and not layer.guide


def _used(composition: Composition) -> dict[str, int]:
    """Supported features and how many layers use them."""
    used: dict[str, int] = {}
    for layer in composition.layers:
        if not _counts(composition, layer):
            continue
        features: list[str] = [layer.kind] if layer.kind not in _KINDS and layer.kind != "null" else []
        features += ["matte"] if layer.matte is not None else []
        features += ["visible matte"] if layer.is_matte and layer.enabled else []
        features += ["stencil"] if stencil(layer) is not None else []
        features += ["parent"] if layer.parent is not None else []
        properties = layer.properties
        features += ["mask"] if any(mask.mode != "n" for mask in properties.masks) else []
        features += ["mask feather"] if softened(layer) else []
        features += ["text on a path"] if read_path_options(layer, lambda prop: prop) is not None else []
        features += [effect.name for effect in properties.effects if effect.enabled and effect.match_name in DRAWN]
        features += ["effect control"] if any(one.match_name.startswith(HOLDERS) for one in properties.effects) else []
        features += ["reversed time"] if layer.stretch < 0 else []
        features += ["time remap"] if properties.time_remap is not None and layer.kind in ("precomp", "video") else []
        for feature in dict.fromkeys(features):
            used[feature] = used.get(feature, 0) + 1
    return used


def _layer(project: "Project", composition: Composition, layer: Layer) -> Iterator[_Finding]:
    if layer.kind in _KINDS:
        yield "", layer.kind, "ignored", _KINDS[layer.kind]
        return
    if layer.properties.unreadable:
        note = f"its properties cannot be read ({layer.properties.unreadable}), it is not drawn"
        yield "", "unreadable", "ignored", note
        return
    footage = project.graph.footage.get(layer.source or -1)
    if footage is not None:
        yield from _footage(footage, project.files.get(footage.id, Path()))
    remap = layer.properties.time_remap
    if remap is not None and _bends(remap) and _sounds(project, layer, set()):
        yield "Time Remap", "sound", "approximated", "its sound follows the eased speed in small steps"
    if layer.kind == "audio":
        yield from _effects(layer)
        return
    yield from _switches(project, composition, layer)
    yield from _masks(layer)
    yield from _effects(layer)
    if layer.kind == "text":
        yield from _text(project, layer)
    if layer.properties.contents is not None and layer.kind == "shape":
        opacity = layer.properties.transform.get("ADBE Opacity")
        yield from _left(layer.properties.contents, opacity)  # before what is said of those that are worked out
        yield from _shapes(layer.properties.contents)


def _footage(footage: Footage, path: Path | None) -> Iterator[_Finding]:
    """`path`: of its file; None where that is missing, empty where it has none."""
    if path is None:
        yield "Source", "missing footage", "ignored", f"{footage.name} is missing, its layer stays empty"
        return
    if footage.kind == "audio" and path != Path() and not audible(path):
        yield "Source", "footage format", "ignored", f"{footage.name} cannot be read, its layer is silent"
    if footage.kind not in ("image", "video", "sequence") or path == Path():
        return
    if not (
        readable(path, footage.part) if footage.kind == "image" else showable(path, sequence=footage.kind == "sequence")
    ):
        yield "Source", "footage format", "ignored", f"{footage.name} cannot be read, its layer stays empty"
    if footage.alpha == "premultiplied" and not footage.blackened:
        note = "its edges are read as if they were mixed with black"
        yield "Interpret Footage", "premultiplied alpha", "approximated", note
    if footage.fielded:
        yield (
            "Interpret Footage",
            "fields and pulldown",
            "approximated",
            "frames are shown whole, as the file has them",
        )
    if abs(footage.pixel_aspect - 1) > 1e-3:
        note = f"pixels of aspect {footage.pixel_aspect:g} are shown square"
        yield "Interpret Footage", "pixel aspect", "ignored", note


def _bends(remap: Animated) -> bool:
    return bool(remap.expression) or any("bezier" in (key.in_type, key.out_type) for key in remap.keys)


def _sounds(project: "Project", layer: Layer, seen: set[int]) -> bool:
    """Whether anything is heard of a layer."""
    inner = project.graph.compositions.get(layer.source or -1) if layer.kind == "precomp" else None
    if not layer.audible or inner is None:
        return layer.audible and layer.kind != "precomp"
    if inner.id in seen:
        return False
    seen.add(inner.id)
    return any(_sounds(project, one, seen) for one in inner.layers)


def _switches(project: "Project", composition: Composition, layer: Layer) -> Iterator[_Finding]:
    if layer.three_d:
        yield "3D Layer", "3D", "approximated", "drawn flat in its own plane, without camera and depth order"
    if layer.blend in NEAREST:
        yield "Mode", "blend mode", "approximated", f"{_words(layer.blend)} is drawn as the nearest mode there is"
    elif layer.blend in ("HUE", "SATURATION", "COLOR", "LUMINOSITY"):
        note = f"{_words(layer.blend)} measures brightness by the lightest and darkest of red, green and blue"
        yield "Mode", "blend mode", "approximated", note
    elif layer.blend not in LAYER_BLENDS and stencil(layer) is None:
        yield "Mode", "blend mode", "ignored", f"{_words(layer.blend)} is drawn as Normal"
    if layer.motion_blur and composition.motion_blur:
        yield "Motion Blur", "motion blur", "ignored", "edges stay sharp"
    if keeps_to_below(layer):
        note = "what is half transparent below shows through"
        yield "Preserve Transparency", "preserve transparency", "approximated", note
    elif layer.preserve_transparency:
        yield "Preserve Transparency", "preserve transparency", "ignored", "it is also drawn where nothing is below"
    if layer.collapse and layer.kind == "precomp":
        wide = collapsed(composition, layer)
        reach = "shown up to a frame's size beyond its frame" if wide else "clipped to its frame"
        note = f"the nested composition is {reach} and blended as one"
        yield "Collapse Transformations", "collapse", "approximated", note
    if layer.auto_orient == "camera":
        yield "Auto-Orient", "towards camera", "ignored", "the layer keeps its own rotation"
    if layer.properties.time_remap is not None and layer.kind not in ("precomp", "video"):
        yield "Time Remap", "time remap", "ignored", "only nested compositions and films are remapped"
    if layer.frame_blending and layer.kind == "video":
        yield "Frame Blending", "frame blending", "ignored", "frames are repeated or left out, not mixed"
    inner = project.graph.compositions.get(layer.source or -1)
    if inner is not None and inner.keeps_rate and abs(inner.frame_rate - composition.frame_rate) > 1e-3:
        note = f"it keeps its {inner.frame_rate:g} frames per second"
        yield "Preserve frame rate", "frame rate of its own", "supported", note
    left = layer.properties.overridden - layer.overrides
    if layer.overrides or left > 0:
        status: Status = "supported" if left <= 0 else "approximated" if layer.overrides else "ignored"
        note = f"{layer.overrides} of the nested composition's entries are as set here"
        note += f", {left} not: keyframes, expressions and pictures set here are not shown" if left > 0 else ""
        yield "Essential Properties", "essential properties", status, note
    for style in layer.properties.styles:
        if style.match_name in STOOD_IN:
            yield style.name, "layer style", "approximated", f"{style.name} is drawn by the effect of its kind"
        else:
            yield style.name, "layer style", "ignored", f"{style.name} is not drawn"


def _masks(layer: Layer) -> Iterator[_Finding]:
    if not evenly_feathered(layer):
        yield "Masks", "mask feather", "approximated", "masks that add up are all as soft as the softest"
    for mask in layer.properties.masks:
        if mask.mode == "n":
            continue
        if feathered(mask) and not softened(layer):
            note = "its edge stays sharp: let the first masks add, not inverted, and the rest subtract or intersect"
            yield mask.name, "mask feather", "ignored", note
        if mask.feather_points:
            note = "its feather points are not drawn; use the mask's own feather"
            yield mask.name, "mask feather points", "ignored", note
        if mask.mode == "f" and any(map(_half_transparent, layer.properties.masks)):
            note = "where half transparent masks overlap, After Effects may show another opacity"
            yield mask.name, "mask mode", "approximated", note
        expansion = mask.group.get("ADBE Mask Offset")
        if expansion is not None and (expansion.animated or expansion.value):
            yield mask.name, "mask expansion", "approximated", "corners are rounded otherwise"


def _half_transparent(mask: Mask) -> bool:
    opacity = mask.group.get("ADBE Mask Opacity")
    return mask.mode != "n" and opacity is not None and (opacity.animated or opacity.value not in (0, 100))


def _effects(layer: Layer) -> Iterator[_Finding]:
    masked = any(mask.mode != "n" for mask in layer.properties.masks)
    for effect in layer.properties.effects:
        if effect.enabled and effect.match_name not in DRAWN and not effect.match_name.startswith(HOLDERS):
            yield effect.name, "effect", "ignored", f"{effect.name} has no effect yet"
        elif effect.enabled and effect.match_name in SPREADING and masked and not after_masks(layer):
            yield effect.name, "effect", "approximated", "it is applied before the masks cut the layer"


def _text(project: "Project", layer: Layer) -> Iterator[_Finding]:
    from flatrender.aftereffects.scan import text_spec

    spec = text_spec(layer)
    if spec is not None and len(spec.text) > MAX_CHARACTERS:
        note = f"it has more than {MAX_CHARACTERS:,} characters; its composition cannot be drawn"
        yield "Source Text", "text", "ignored", note
        return
    for run in spec.runs if spec is not None else ():
        font, substitution = project.fonts.resolve(run.style.font, run.style.family, run.style.style)
        if substitution is not None:
            drawn = " + ".join(project.fonts.drawing(run.text, font))
            note = f"{run.style.font} is missing, {drawn} stands in"
            yield run.style.font, MISSING_FONT, "approximated", note
        if lacking := project.fonts.undrawable(run.text, font):
            yield run.style.font, "missing characters", "ignored", f"no font has {' '.join(lacking[:MOST_CHARACTERS])}"
    if spec is not None and spec.vertical:
        yield "Source Text", "vertical text", "ignored", "its lines run from left to right"
    if spec is not None and spec.unshown:
        yield "Source Text", "text style", "ignored", ", ".join(spec.unshown)
    if spec is not None and overflows(spec, project.fonts):
        note = "its lines below the box are drawn; After Effects leaves them out"
        yield "Source Text", "text beyond its box", "approximated", note
    group = layer.properties.text
    if group is None:
        return
    yield from _more_options(group)
    yield from _path(layer, group)
    animators = group.group("ADBE Text Animators")
    for animator in animators.groups() if animators is not None else ():
        if animator.enabled:
            yield from _animator(animator)


def _path(layer: Layer, text: Group) -> Iterator[_Finding]:
    options, masks = text.group("ADBE Text Path Options"), layer.properties.masks
    number = int(options.number("ADBE Text Path")) if options is not None else 0
    if number > len(masks):
        yield "Path Options", "text on a path", "ignored", "its mask is not there, the text runs straight"
    elif number > 0 and masks[number - 1].mode != "n":
        note = f"{masks[number - 1].name} cuts the text, too, as in After Effects; its mode None leaves the text whole"
        yield "Path Options", "text on a path", "supported", note


def _more_options(text: Group) -> Iterator[_Finding]:
    options, animators = text.group("ADBE Text More Options"), text.group("ADBE Text Animators")
    if options is None:
        return
    if options.number("ADBE Text Render Order", 1) != 1:
        yield (
            "Fill & Stroke",
            "order of fills and strokes",
            "approximated",
            "each style's fills and strokes stay together",
        )
    if animators is None or not any(animator.enabled for animator in animators.groups()):
        return  # what follows matters where characters move
    if options.number("ADBE Text Character Blend Mode", 1) != 1:
        yield "Inter-Character Blending", "blend mode", "ignored", "characters that overlap cover each other"
    alignment = options.get("ADBE Text Anchor Point Align")
    if alignment is not None and (alignment.animated or alignment.expression or alignment.value != (0.0, 0.0)):
        note = "its percents count from 0.86 of the text's size, not from the characters' own height"
        yield "Grouping Alignment", "anchor point grouping", "approximated", note


def _animator(animator: Group) -> Iterator[_Finding]:
    properties = animator.group("ADBE Text Animator Properties")
    for child in properties.children if properties is not None else ():
        if isinstance(child, Animated) and child.match_name not in KNOWN:
            note = f"{child.name} of {animator.name} is not drawn"
            yield f"{animator.name}: {child.name}", "text animator", "ignored", note
    group = animator.group("ADBE Text Selectors")
    selectors = [one for one in group.groups() if one.enabled] if group is not None else []
    for number, selector in enumerate(selectors):
        where = f"{animator.name}: {selector.name}"
        if selector.match_name not in (RANGE, EXPRESSED):
            left = any(one.match_name in (RANGE, EXPRESSED) for one in selectors)
            rest = "the animator's other selectors hold without it" if left else "the animator holds for the whole text"
            yield where, "text selector", "ignored", f"{selector.name} of {animator.name} has no effect, {rest}"
        elif selector.match_name == EXPRESSED and number:
            note = f"{selector.name} of {animator.name} takes the selectors before it for 100 %; put it before them"
            yield where, "text selector", "approximated", note
        elif any(prop.match_name == "ADBE Text Randomize Order" and _in_use(prop) for prop in selector.walk()):
            note = f"{selector.name} of {animator.name} goes through the text in a random order of our own"
            yield where, "text selector", "approximated", note


def _in_use(switch: Animated) -> bool:
    """Whether a switch is on, or may be at some time."""
    return switch.animated or bool(switch.expression) or bool(switch.value)


def _shapes(group: Group) -> Iterator[_Finding]:
    for child in group.groups():
        if not child.enabled:
            continue
        if child.match_name in _FILTERS:
            name, status, note = _FILTERS[child.match_name]
            yield child.name, name, status, note
        copies = child.get("ADBE Vector Repeater Copies")
        if copies is not None and _begins_copies(copies):
            note = "a copy that is only begun is drawn whole from a half on, or not at all"
            yield child.name, "Repeater", "approximated", note
        if child.number("ADBE Vector Blend Mode", 1) != 1:
            yield child.name, "blend mode", "ignored", "it covers what is below it within its layer, unblended"
        for part, label in (("ADBE Vector Stroke Taper", "stroke taper"), ("ADBE Vector Stroke Wave", "stroke wave")):
            found = child.group(part)
            if found is not None and any(_set(prop) for prop in found.children if isinstance(prop, Animated)):
                yield child.name, label, "ignored", "the stroke keeps its width"
        yield from _shapes(child)


def _begins_copies(copies: Animated) -> bool:
    """Whether a number of copies is ever no whole one."""
    numbers = [copies.value, *(key.value for key in copies.keys)]
    moves = any(key.out_type != "hold" for key in copies.keys[:-1])
    return moves or any(isinstance(one, int | float) and one != int(one) for one in numbers)


def _left(group: Group, opacity: Animated | None) -> Iterator[_Finding]:
    """Merges and modifiers that cannot be worked out beforehand."""

    def put(prop: Animated | None, default: Value = 0.0) -> Json:
        return animate(prop, 30.0, 1.0, default)

    def left(items: list[Json]) -> Iterator[_Finding]:
        for item in items:
            if item["ty"] == "gr":
                yield from left(item["it"])
            elif item["ty"] == REPEATER and fades(item):
                yield item["nm"], "Repeater", "approximated", "its copies are a step too faint"
            elif item["ty"] in _LEFT and item.get("mm") != MERGE:
                yield item["nm"], *_LEFT[item["ty"]]

    items = merged(without_frame_merges(shape_items(group.children, put)))
    yield from left(items)
    for item in fades_in_parts(items, put(opacity, 100.0)):
        yield item["nm"], "group opacity", "approximated", "its parts fade one by one and show through one another"


def _set(prop: Animated) -> bool:
    """Whether a taper or wave amount is in use (lengths, widths and eases matter only with one)."""
    amount = prop.match_name.endswith(("Length", "Amount")) and "WaveLength" not in prop.match_name
    return amount and (prop.animated or bool(prop.value))


def _words(name: str) -> str:
    return name.replace("_", " ").title()
