"""Elements of layers as such, of their expression controls, and of Essential Graphics panels. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import cast

from flatrender.aftereffects.report import CompositionReport, ControlReport, LayerReport
from flatrender.templates.element_names import comment_name, people_name
from flatrender.templates.outlines import ElementOutline, Kind

MEDIA: dict[str, Kind] = {"text": "text", "image": "image", "video": "video", "audio": "audio", "solid": "color"}
_MARK = "frl_"


def default_of(kind: Kind, layer: LayerReport) -> str | None:
    """What a layer shows before anybody changes it: its text, its colour, the name of its file."""
    if kind == "text":
        return layer.text
    return layer.color if kind == "color" else layer.source


def of_layer(address: str, layer: LayerReport, key: str, name: str) -> ElementOutline:
    """The element of a text, picture, film, sound or solid."""
    kind = MEDIA[layer.type]
    pictured = kind in ("image", "video")
    return ElementOutline(
        key=key,
        name=comment_name(layer.comment) or name,
        kind=kind,
        addresses=(address,),
        default=default_of(kind, layer),
        direction=layer.direction,
        hidden=not layer.enabled,
        width=layer.width if pictured else None,
        height=layer.height if pictured else None,
        font=layer.font,
        font_size=layer.font_size,
        box=layer.box,
    )


def below(composition: CompositionReport, by_id: Mapping[int, CompositionReport]) -> list[CompositionReport]:
    """A composition and those nested in it, each once."""
    found = {composition.id: composition}
    fresh = [composition]
    while fresh:
        for layer in fresh.pop().layers:
            nested = by_id.get(layer.source_id or -1)
            if layer.type == "precomp" and nested is not None and nested.id not in found:
                found[nested.id] = nested
                fresh.append(nested)
    return list(found.values())


def has_marked(compositions: Iterable[CompositionReport]) -> bool:
    """Whether an expression control in them has a name of the convention."""
    return any(True for _ in _marked(compositions))


def with_controls(elements: list[ElementOutline], compositions: list[CompositionReport]) -> list[ElementOutline]:
    """The elements of a scene, the marked controls in its compositions, and the panel of the first of them: itself."""
    found = list(elements)
    joined: dict[str, ElementOutline] = {}
    for control in _marked(compositions):
        key = control.name.strip()[len(_MARK) :]
        known = joined.get(key)
        if known is not None and known.kind == control.kind:
            joined[key] = replace(known, addresses=(*known.addresses, control.address))
        elif known is None:
            joined[key] = _of_control(control, _free_key(key, found), people_name(key))
    found += joined.values()
    by_id = {composition.id: composition for composition in compositions}
    return _with_panel(found, compositions[0], by_id, "")


def free_elements(
    elements: list[ElementOutline], composition: CompositionReport, scene: str, by_id: Mapping[int, CompositionReport]
) -> list[ElementOutline]:
    """The elements of a composition without the convention, its panel's entries, and every expression control in it."""
    found = _with_panel(elements, composition, by_id, f"{scene}/")
    offered = {address for element in found for address in element.addresses}
    for layer in composition.layers:
        for control in layer.controls:
            if control.address not in offered:
                key = _free_key(f"{scene}/{layer.name}/{control.name}", found)
                found.append(_of_control(control, key, f"{layer.name}: {control.name}"))
    return found


def _marked(compositions: Iterable[CompositionReport]) -> Iterator[ControlReport]:
    for composition in compositions:
        for layer in composition.layers:
            for control in layer.controls:
                name = control.name.strip()
                if name[: len(_MARK)].lower() == _MARK and len(name) > len(_MARK):
                    yield control


def _with_panel(
    elements: list[ElementOutline], composition: CompositionReport, by_id: Mapping[int, CompositionReport], above: str
) -> list[ElementOutline]:
    """The elements and the entries of the composition's panel; one that is an element already only gets its name.

    Entries come in the panel's order and before all others: their author arranged them.
    """
    found = {element.key: element for element in elements}
    shown: dict[str, ElementOutline] = {}
    for entry in composition.exposed:
        address = entry.control.address if entry.control is not None else entry.layer
        known = next((element for element in found.values() if address in element.addresses), None)
        if known is not None:
            named = replace(known, exposed=True, name=entry.name or known.name)
            shown[known.key] = found[known.key] = named
            continue
        key = _free_key(above + (entry.name.strip() or address), found.values())
        made = _of_control(entry.control, key, entry.name) if entry.control else _of_entry(entry.layer, key, by_id)
        if made is not None:
            shown[key] = found[key] = replace(made, exposed=True, name=entry.name or made.name)
    return [*shown.values(), *(element for key, element in found.items() if key not in shown)]


def _of_entry(address: str, key: str, by_id: Mapping[int, CompositionReport]) -> ElementOutline | None:
    """The text or picture of a panel's entry."""
    first, _, second = address.partition("/")
    composition = by_id.get(int(first))
    layer = next((one for one in composition.layers if str(one.id) == second), None) if composition else None
    return of_layer(address, layer, key, layer.name) if layer is not None and layer.type in MEDIA else None


def _of_control(control: ControlReport, key: str, name: str) -> ElementOutline:
    return ElementOutline(
        key=key,
        name=name,
        kind=cast(Kind, control.kind),
        addresses=(control.address,),
        default=control.default,
        options=tuple((str(number), option) for number, option in enumerate(control.options, 1)),
        control=True,
        bounds=control.bounds,
    )


def _free_key(wanted: str, elements: Iterable[ElementOutline]) -> str:
    """The key, or the first with a number behind that no element has."""
    taken = {element.key for element in elements}
    key, number = wanted, 2
    while key in taken:
        key, number = f"{wanted} {number}", number + 1
    return key
