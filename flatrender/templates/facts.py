"""What a scan found, in the form that templates keep: scenes, elements and shared colours with their facts as JSON.

    {"kind", "final_composition_id",
     "scenes": [{"key", "enabled", "facts": {…}, "elements": [{"key", "enabled", "facts": {…}}]}],
     "colors": [{"key", "facts": {…}}]}

Pure: from the engine's report and the outline that `convention.py` read out of the names. In a fixed template all
scenes lie in the final composition, so they become one scene whose elements are grouped by the scene they belong to.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flatrender.aftereffects.report import CompositionReport, ProjectReport
from flatrender.templates.convention import ElementOutline, SceneOutline, TemplateOutline
from flatrender.templates.merge import Outline, Part

Json = dict[str, Any]
FILM = "film"  # the key of a fixed template's only scene
EDITABLE = frozenset({"text", "image", "color", "choice", "toggle", "number", "point"})


def from_scan(report: ProjectReport, outline: "TemplateOutline") -> Json:
    """The facts of a scan."""
    compositions = {composition.id: composition for composition in report.compositions}
    usable = [scene for scene in outline.scenes if scene.composition_id in compositions]
    if outline.kind == "fixed" and usable:
        scenes = [_film(usable, compositions, outline)]
    else:
        scenes = [_scene(scene, compositions[scene.composition_id], outline) for scene in usable]
    return {
        "kind": outline.kind,
        "final_composition_id": outline.final_composition_id,
        "scenes": scenes,
        "colors": [
            {
                "key": color.key,
                "facts": {"name": color.name, "value": color.value.upper(), "addresses": list(color.addresses)},
            }
            for color in outline.shared_colors
        ],
    }


def outline_of(facts: Mapping[str, Any]) -> Outline:
    """The facts as the merge compares them."""
    return Outline(
        scenes=tuple(
            Part(scene["key"], scene["facts"], elements=tuple(Part(e["key"], e["facts"]) for e in scene["elements"]))
            for scene in facts["scenes"]
        ),
        colors=tuple(Part(color["key"], color["facts"]) for color in facts["colors"]),
    )


def size_of(scenes: Iterable[Mapping[str, Any]]) -> tuple[int, int, int, int]:
    """Width, height and rate (num, den) of a film of these scenes' facts: those of the first one."""
    for facts in scenes:
        return facts["width"], facts["height"], facts["rate"][0], facts["rate"][1]
    return 0, 0, 25, 1


def aspect_of(width: int, height: int) -> str:
    """The usual name of a shape of film, `16:9`; else the nearest of the usual ones within 2 %, else `other`."""
    if width <= 0 or height <= 0:
        return "other"
    for name, ratio in ASPECTS.items():
        if abs(width / height / ratio - 1) < 0.02:
            return name
    return "other"


ASPECTS = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0, "4:5": 4 / 5, "4:3": 4 / 3, "21:9": 21 / 9}


def _film(scenes: list[SceneOutline], compositions: Mapping[int, CompositionReport], outline: TemplateOutline) -> Json:
    final = outline.final_composition_id
    composition = compositions[final if final is not None and final in compositions else scenes[0].composition_id]
    elements: dict[str, Json] = {}
    for scene in scenes:
        for element in scene.elements:
            made = _element(element)
            if len(scenes) > 1:
                made["facts"]["group"] = scene.name
            elements.setdefault(element.key, made)
    _add_controls(elements, outline)
    name = scenes[0].name if len(scenes) == 1 and scenes[0].name != "Main" else "Film"
    return {
        "key": FILM,
        "enabled": True,
        "facts": _scene_facts(name, composition),
        "elements": list(elements.values()),
    }


def _scene(scene: SceneOutline, composition: CompositionReport, outline: TemplateOutline) -> Json:
    # Without the convention every composition is a candidate: those inside others are parts of scenes, not scenes.
    free = outline.kind == "free"
    # Who made an Essential Graphics panel said what may be edited: all of that, and nothing else by itself.
    panel = free and any(element.exposed for element in scene.elements)
    elements = {element.key: _element(element, free=free, panel=panel) for element in scene.elements}
    _add_controls(elements, outline)
    return {
        "key": scene.key,
        "enabled": not free or not composition.used_in,
        "facts": _scene_facts(scene.name, composition),
        "elements": list(elements.values()),
    }


def _add_controls(elements: dict[str, Json], outline: TemplateOutline) -> None:
    """Controls hold for the whole template; every scene offers them, for each clip is rendered by itself."""
    for control in outline.controls:
        made = _element(control)
        made["facts"]["group"] = made["facts"]["group"] or "Whole template"
        elements.setdefault(control.key, made)


def _scene_facts(name: str, composition: CompositionReport) -> Json:
    return {
        "name": name,
        "composition_id": composition.id,
        "width": composition.width,
        "height": composition.height,
        "rate": list(composition.frame_rate_rational),
        "frames": composition.frames,
        "background": composition.background,
    }


def _element(element: ElementOutline, *, free: bool = False, panel: bool = False) -> Json:
    default: Any = element.default
    if element.kind == "toggle":
        default = element.default == "1"
    elif element.kind in {"number", "point"}:
        numbers = [float(part) for part in (element.default or "0").split(",")]
        default = numbers if element.kind == "point" else numbers[0]
    elif element.kind in {"image", "video", "audio"}:
        default = None  # the template's own file
    facts: Json = {
        "name": element.name,
        "kind": element.kind,
        "addresses": list(element.addresses),
        "default": default,
        "direction": element.direction or "auto",
        "hidden": element.hidden,
        "group": element.group or "",
        "width": element.width,
        "height": element.height,
    }
    if element.kind == "text":
        facts |= {"font": element.font, "font_size": element.font_size}
    if element.kind in {"image", "video", "audio"}:
        facts["source"] = element.default
    if element.options:
        facts["choices"] = [{"value": value, "name": name} for value, name in element.options]
    if element.data:
        facts["data"] = True
    if element.control:
        facts["control"] = True
    if element.bounds is not None:
        facts["bounds"] = list(element.bounds)
    if element.direction_addresses:
        facts |= {
            "direction_addresses": list(element.direction_addresses),
            "direction_words": element.direction_words,
        }
    if element.exposed or not free:
        offered = element.kind in EDITABLE
    else:
        offered = element.kind in ("text", "image") and not panel
    # Hidden layers are data: switches, choices and colours are meant to be changed, other texts are not.
    shown = element.kind != "text" if element.data else not element.hidden
    return {"key": element.key, "enabled": offered and shown, "facts": facts}


def element_outline(key: str, facts: Mapping[str, Any]) -> ElementOutline:
    """The element as `convention.resolve` takes it."""
    return ElementOutline(
        key=key,
        name=facts["name"],
        kind=facts["kind"],
        addresses=tuple(facts["addresses"]),
        direction=None if facts["direction"] == "auto" else facts["direction"],
        options=tuple((choice["value"], choice["name"]) for choice in facts.get("choices", ())),
        direction_addresses=tuple(facts.get("direction_addresses", ())),
        direction_words=bool(facts.get("direction_words")),
        data=bool(facts.get("data")),
        control=bool(facts.get("control")),
    )


BY_HAND = "comp:"  # begins the key of a scene that the designer made from a composition


def scene_by_hand(report: ProjectReport, composition: CompositionReport) -> Json:
    """A scene made from any composition: its texts, pictures and solids, as in a template without the convention."""
    kinds = {"text": "text", "image": "image", "solid": "color"}
    elements = []
    taken: dict[str, int] = {}
    for layer in composition.layers:
        if layer.type not in kinds or not layer.enabled:
            continue
        taken[layer.name] = taken.get(layer.name, 0) + 1
        key = layer.name if taken[layer.name] == 1 else f"{layer.name} {taken[layer.name]}"
        default = {"text": layer.text, "color": (layer.color or "#000000").upper()[:7], "image": None}[
            kinds[layer.type]
        ]
        facts: Json = {
            "name": key,
            "kind": kinds[layer.type],
            "addresses": [f"{composition.id}/{layer.id}"],
            "default": default,
            "direction": layer.direction or "auto",
            "hidden": False,
            "group": "",
            "width": layer.width if layer.type == "image" else None,
            "height": layer.height if layer.type == "image" else None,
        }
        if layer.type == "text":
            facts |= {"font": layer.font, "font_size": layer.font_size}
        elements.append({"key": key, "enabled": layer.type != "solid", "facts": facts})
    facts = _scene_facts(composition.name, composition) | {"by_hand": True}
    return {"key": BY_HAND + composition.name, "enabled": True, "facts": facts, "elements": elements}
