"""The template convention: which names in a project make scenes, elements and shared colours. Pure.

    comp `frfinal`      the film of a fixed template; its elements `frl_c<x>t<y>`, `frl_c<x>m<y>` belong to scene x
    comp `flatrender`   the film of a flexible template; every other composition that holds elements is a scene
    comp `frshare`      shared colours, one text layer each ("253,226,228,255"); its `frd_` layers are controls
    layer `frl_<key>`   something the customer sees and edits
    layer `frd_<key>`   hidden data: "0"/"1" is a toggle, another whole number a choice, "r,g,b,a" a colour;
                        `frd_d<key>` holds the direction of the text of `frl_<key>`
    control `frl_<key>` an effect (slider, colour, check box, menu, angle, point) of that name on any layer
    comp `frc_<name>`   a container that scenes repeat; layer `frs_<key>` in it stands for element <key>

Without any of these every composition is a scene, every text, picture, film, sound and solid in it an element with the
key `Composition/Layer`, every expression control one with the key `Composition/Layer/Control`. In any template the
entries of a scene's Essential Graphics panel are elements under the names that they have there. A comment on a layer or
composition refines what people read: its first line is the name, a line `options: 0=Left, 1=Right` names the choices.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flatrender.aftereffects.report import CompositionReport, LayerReport, ProjectReport
from flatrender.templates.element_names import color_text, comment_name, comment_options, people_name, rgba_text
from flatrender.templates.element_values import resolve
from flatrender.templates.layer_elements import (
    MEDIA,
    below,
    default_of,
    free_elements,
    has_marked,
    of_layer,
    with_controls,
)
from flatrender.templates.outlines import (
    ElementOutline,
    Kind,
    SceneOutline,
    SharedColorOutline,
    TemplateKind,
    TemplateOutline,
)

FINAL, ASSEMBLY, SHARE = "frfinal", "flatrender", "frshare"
VISIBLE, DATA, CONTAINER, REFERENCE = "frl_", "frd_", "frc_", "frs_"
_FIXED_KEY = re.compile(r"c(\d+)([tm])(\d+)", re.IGNORECASE)


@dataclass
class _Found:
    """One layer on its way to an element."""

    composition: CompositionReport
    layer: LayerReport
    group: str | None = None
    above: float = 0.0
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.layer.name.strip()

    @property
    def address(self) -> str:
        return f"{self.composition.id}/{self.layer.id}"

    @property
    def height(self) -> float:
        """How far down it lies in the scene, in pixels: people expect a form in the order of the picture."""
        return self.above + (self.layer.position[1] if self.layer.position is not None else 0.0)


def read(report: ProjectReport) -> TemplateOutline:
    """What a customer can edit in the reported project."""
    by_name = {composition.name.strip().lower(): composition for composition in report.compositions}
    by_id = {composition.id: composition for composition in report.compositions}
    share = by_name.get(SHARE)
    colors, controls = _shared(share) if share is not None else ((), ())
    if FINAL in by_name:
        final = by_name[FINAL]
        return TemplateOutline("fixed", final.id, _fixed_scenes(final, by_id), colors, controls)
    scenes = _flexible_scenes(report, by_name.get(ASSEMBLY), by_id)
    if ASSEMBLY in by_name or scenes:
        assembly = by_name.get(ASSEMBLY)
        shown = {layer.source_id for layer in assembly.layers} if assembly is not None else set()
        whole = assembly is not None and any(scene.composition_id in shown for scene in scenes)
        return TemplateOutline("flexible", assembly.id if assembly and whole else None, scenes, colors, controls)
    return TemplateOutline("free", None, _free_scenes(report, share), colors, controls)


def _marked(layer: LayerReport, prefix: str) -> bool:
    name = layer.name.strip()
    return name[: len(prefix)].lower() == prefix and len(name) > len(prefix)


def _walk(
    composition: CompositionReport,
    by_id: dict[int, CompositionReport],
    seen: set[int],
    group: str | None = None,
    above: float = 0.0,
) -> Iterator[_Found]:
    """The marked layers of a composition and of those nested in it, each composition once, top layer first."""
    if composition.id in seen:
        return
    seen.add(composition.id)
    for layer in composition.layers:
        if any(_marked(layer, prefix) for prefix in (VISIBLE, DATA, REFERENCE)):
            yield _Found(composition, layer, group, above)
        nested = by_id.get(layer.source_id or -1)
        if layer.type == "precomp" and nested is not None:
            inner = nested.name.strip()
            is_container = inner.lower().startswith(CONTAINER)
            down = above + (layer.position[1] - nested.height / 2 if layer.position is not None else 0.0)
            yield from _walk(nested, by_id, seen, people_name(inner[4:]) if is_container else group, down)


def _fixed_scenes(final: CompositionReport, by_id: dict[int, CompositionReport]) -> tuple[SceneOutline, ...]:
    grouped: dict[int, list[ElementOutline]] = {}
    elements = with_controls(_elements(_walk(final, by_id, set()), by_id), below(final, by_id))
    for element in elements:
        match = _FIXED_KEY.fullmatch(element.key) or _FIXED_KEY.fullmatch(element.key.removeprefix(DATA))
        grouped.setdefault(int(match[1]) if match else 0, []).append(element)
    names = _marker_names(final)
    scenes = []
    for number in sorted(grouped):
        key = f"c{number}" if number else "main"
        name = names.get(key) or (f"Scene {number}" if number else comment_name(final.comment) or "Main")
        ordered = sorted(grouped[number], key=_fixed_order) if number else grouped[number]
        scenes.append(SceneOutline(key, name, final.id, tuple(ordered)))
    return tuple(scenes)


def _fixed_order(element: ElementOutline) -> tuple[str, int]:
    match = _FIXED_KEY.fullmatch(element.key)
    return (match[2].lower().replace("t", "a"), int(match[3])) if match else ("z", 0)


def _marker_names(composition: CompositionReport) -> dict[str, str]:
    """Scene names from the film's markers: "c2: Our team" names scene c2."""
    found = (re.match(r"\s*(c\d+)\s*[:\-]\s*(.+)", marker.comment or "") for marker in composition.markers)
    return {match[1]: match[2].strip() for match in found if match}


def _flexible_scenes(
    report: ProjectReport, assembly: CompositionReport | None, by_id: dict[int, CompositionReport]
) -> tuple[SceneOutline, ...]:
    """Compositions that hold elements and lie in no other scene, in the order in which the assembly shows them."""
    special = {FINAL, ASSEMBLY, SHARE}
    candidates = {
        composition.id: composition
        for composition in report.compositions
        if composition.name.strip().lower() not in special
        and not composition.name.strip().lower().startswith(CONTAINER)
        and (any(True for _ in _walk(composition, by_id, set())) or has_marked(below(composition, by_id)))
    }
    inner: set[int] = set()
    for composition in candidates.values():
        inner |= {found.id for found in below(composition, by_id) if found is not composition}
    shown = [
        layer.source_id
        for layer in sorted(assembly.layers if assembly is not None else (), key=lambda layer: layer.in_point)
        if layer.source_id in candidates
    ]
    order = [*dict.fromkeys(shown), *(found for found in candidates if found not in shown)]
    scenes: list[SceneOutline] = []
    used: dict[str, int] = {}
    for composition_id in order:
        composition = candidates[composition_id or -1]
        if composition.id in inner:
            continue
        name = composition.name.strip()
        used[name] = used.get(name, 0) + 1
        key = name if used[name] == 1 else f"{name} #{composition.id}"
        elements = with_controls(_elements(_walk(composition, by_id, set()), by_id), below(composition, by_id))
        scenes.append(
            SceneOutline(key, comment_name(composition.comment) or people_name(name), composition.id, tuple(elements))
        )
    return tuple(scenes)


def _elements(found: Iterable[_Found], by_id: dict[int, CompositionReport]) -> list[ElementOutline]:
    """Layers of one key become one element; `frs_` layers join it, `frd_d…` layers give its direction.

    What is seen comes first, from top to bottom of the picture; hidden data follow.
    """
    layers = sorted(found, key=lambda one: (_marked(one.layer, DATA), one.height))
    visible: dict[str, list[_Found]] = {}
    for layer in layers:
        for prefix in (VISIBLE, REFERENCE):
            if _marked(layer.layer, prefix):
                visible.setdefault(layer.key[4:], []).append(layer)
    twins: dict[str, list[_Found]] = {}
    data: dict[str, list[_Found]] = {}
    for layer in layers:
        if _marked(layer.layer, DATA):
            name = layer.key[4:]
            twin = name[1:] if name[:1].lower() == "d" else ""
            (twins if twin in visible else data).setdefault(twin if twin in visible else name, []).append(layer)
    elements: dict[str, ElementOutline] = {}
    for layer in layers:
        name = layer.key[4:]
        if _marked(layer.layer, DATA):
            key = f"{DATA}{name}" if name in visible else name
            if name in data and key not in elements:
                elements[key] = _data_element(key, name, data[name])
        elif name not in elements:
            element = _visible_element(name, visible[name], twins.get(name, []), by_id)
            if element is not None:
                elements[name] = element
    return list(elements.values())


def _visible_element(
    key: str, found: list[_Found], twins: list[_Found], by_id: dict[int, CompositionReport]
) -> ElementOutline | None:
    shown = [part for layer in found if (part := _media(layer, by_id, 0)) is not None]
    if not shown:
        return None
    first = shown[0]
    kind = MEDIA[first.layer.type]
    same = [part for part in shown if part.layer.type == first.layer.type]
    direction = _direction(twins[0].layer.text) if twins else None
    match = _FIXED_KEY.fullmatch(key)
    fallback = f"{'Text' if match[2].lower() == 't' else 'Media'} {match[3]}" if match else people_name(key)
    return ElementOutline(
        key=key,
        name=comment_name(found[0].layer.comment) or fallback,
        kind=kind,
        addresses=tuple(dict.fromkeys(part.address for part in same)),
        default=default_of(kind, first.layer),
        direction=direction or first.layer.direction,
        hidden=not found[0].layer.enabled,
        group=found[0].group,
        width=first.layer.width if kind in ("image", "video") else None,
        height=first.layer.height if kind in ("image", "video") else None,
        direction_addresses=tuple(twin.address for twin in twins),
        direction_words=bool(twins) and (twins[0].layer.text or "").strip().lower() in ("rtl", "ltr"),
        font=first.layer.font,
        font_size=first.layer.font_size,
        box=first.layer.box,
    )


def _media(found: _Found, by_id: dict[int, CompositionReport], depth: int) -> _Found | None:
    """The layer itself, or for a nested composition the first picture, film or text in it."""
    if found.layer.type in MEDIA:
        return found
    nested = by_id.get(found.layer.source_id or -1)
    if found.layer.type != "precomp" or nested is None or depth > 8:
        return None
    inside = [_Found(nested, layer, found.group) for layer in nested.layers]
    for wanted in (("image", "video"), ("text",), ("precomp",), ("solid",)):
        for layer in inside:
            if layer.layer.type in wanted and not layer.key.lower().startswith((VISIBLE, DATA)):
                media = _media(layer, by_id, depth + 1)
                if media is not None:
                    return media
    return None


def _data_element(key: str, name: str, found: list[_Found]) -> ElementOutline:
    layer = found[0].layer
    text = (layer.text or "").strip()
    options = comment_options(layer.comment)
    kind: Kind
    default: str | None = text
    if options:
        kind = "choice"
    elif text in ("0", "1"):
        kind = "toggle"
    elif re.fullmatch(r"-?\d+", text):
        kind = "choice"
    elif color_text(text) is not None:
        kind, default = "color", color_text(text)
    else:
        kind = "text"
    return ElementOutline(
        key=key,
        name=comment_name(layer.comment) or people_name(name),
        kind=kind,
        addresses=tuple(dict.fromkeys(part.address for part in found)),
        default=default,
        hidden=True,
        group=found[0].group,
        options=options,
        data=True,
    )


def _direction(text: str | None) -> str | None:
    return {"rtl": "rtl", "1": "rtl", "ltr": "ltr", "0": "ltr"}.get((text or "").strip().lower())


def _shared(share: CompositionReport) -> tuple[tuple[SharedColorOutline, ...], tuple[ElementOutline, ...]]:
    colors: dict[str, SharedColorOutline] = {}
    controls: dict[str, list[_Found]] = {}
    for layer in share.layers:
        name = layer.name.strip()
        address = f"{share.id}/{layer.id}"
        value = color_text(layer.text or "") if layer.type == "text" else layer.color
        if _marked(layer, DATA) and value is None:
            controls.setdefault(name[4:], []).append(_Found(share, layer))
        elif value is not None and layer.type in ("text", "solid"):
            key = name[4:] if _marked(layer, DATA) else name
            known = colors.get(key)
            if known is not None:
                colors[key] = SharedColorOutline(key, known.name, known.value, (*known.addresses, address))
            else:
                shown = comment_name(layer.comment) or people_name(key)
                colors[key] = SharedColorOutline(key, shown, value, (address,))
    found = [_data_element(key, key, found) for key, found in controls.items()]
    return tuple(colors.values()), tuple(with_controls(found, [share]))


def _free_scenes(report: ProjectReport, share: CompositionReport | None) -> tuple[SceneOutline, ...]:
    counts: dict[str, int] = {}
    by_id = {composition.id: composition for composition in report.compositions}
    for composition in report.compositions:
        counts[composition.name] = counts.get(composition.name, 0) + 1
    scenes = []
    for composition in report.compositions:
        if composition is share:
            continue
        key = composition.name if counts[composition.name] == 1 else f"#{composition.id}"
        name = comment_name(composition.comment) or composition.name or f"Composition {composition.id}"
        places = {f"{composition.id}/{layer.id}": layer.position for layer in composition.layers}
        elements = sorted(_free_elements(composition, key), key=lambda one: (places[one.addresses[0]] or (0.0, 0.0))[1])
        scenes.append(SceneOutline(key, name, composition.id, tuple(free_elements(elements, composition, key, by_id))))
    return tuple(scenes)


def _free_elements(composition: CompositionReport, scene: str) -> Iterator[ElementOutline]:
    used: dict[str, int] = {}
    for layer in composition.layers:  # equal names are counted in the stack's order, which does not change with places
        if layer.type not in MEDIA or layer.guide:
            continue
        name = layer.name or f"Layer {layer.index}"
        used[name] = used.get(name, 0) + 1
        if used[name] > 1:
            name = f"{name} {used[name]}"
        yield of_layer(f"{composition.id}/{layer.id}", layer, f"{scene}/{name}", name)


__all__ = [
    "ElementOutline",
    "Kind",
    "SceneOutline",
    "SharedColorOutline",
    "TemplateKind",
    "TemplateOutline",
    "read",
    "resolve",
    "rgba_text",
]
