"""What a person should know of a film: of a scan, that which concerns the compositions in it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flatrender.aftereffects.report import MISSING_FONT, Capability, ProjectReport

if TYPE_CHECKING:
    from flatrender.aftereffects.scene import Scene

MOST_CHARACTERS = 20  # that are named of a text
_BY_PROPERTY = ("expression", "mask feather", "mask expansion")  # of which a layer may have several
_OF_FOOTAGE = ("Source", "Interpret Footage")  # properties of what a picture or film of the customer replaces


def text_notes(scene: "Scene") -> tuple[str, ...]:
    """What is to be told of the texts that values gave to layers; of the designer's own ones a scan tells."""
    said = [
        f"{place}: no font has {' '.join(list(characters)[:MOST_CHARACTERS])}; their places stay empty."
        for place, characters in scene.lacking.items()
    ]
    said += [
        f"{place}: the text is longer than its box; what has no room is drawn below it." for place in scene.overflowing
    ]
    said += [
        f"{place}: the text is too long for its place even in a quarter of its size; it is drawn beyond it."
        for place in scene.beyond
    ]
    said += [
        f"{place}: the text is too wide for the picture; what lies beyond its edges is not seen."
        for place in scene.wide
    ]
    said += [f"{place}: an expression drives the text; what that says is drawn." for place in scene.driven]
    return tuple(said)


def notes(
    report: ProjectReport, composition_ids: Iterable[int], values: Mapping[str, Any] | None = None
) -> tuple[str, ...]:
    """What a person should know about these compositions and all inside them: substitutes and what is not shown.

    `values`: by address, in their wire form; of footage that they replace nothing is to be told.
    """
    given = {address for address, value in (values or {}).items() if value.get("kind") == "image"}
    inside = set(composition_ids)
    while True:
        more = {c.id for c in report.compositions if inside & set(c.used_in)} - inside
        if not more:
            break
        inside |= more
    names = {composition.id: composition.name for composition in report.compositions}

    def concerned(addresses: Iterable[str]) -> bool:
        return any(address.split("/")[0] in {str(number) for number in inside} for address in addresses)

    said = [
        f"The font {font.postscript_name} is missing; {font.standing_in} stands in."
        for font in report.fonts
        if not font.found and concerned(font.layers)
    ]
    said += [
        f"The {item.kind} {item.name} is missing; its place stays empty."
        for item in report.footage
        if item.missing and concerned(layer for layer in item.layers if layer not in given)
    ]
    for capability in report.capabilities:
        if capability.feature == MISSING_FONT:  # told above, once for all its layers
            continue
        if capability.property in _OF_FOOTAGE and _replaced(report, capability, given):
            continue
        if capability.composition_id in inside and capability.status != "supported":
            where = names.get(capability.composition_id, "") + (f"/{capability.layer}" if capability.layer else "")
            where += f"/{capability.property}" if capability.feature in _BY_PROPERTY else ""
            note = f" ({capability.note})" if capability.note else ""
            said.append(f"{where}: {capability.feature} is {capability.status}{note}.")
    return tuple(dict.fromkeys([*said, *report.warnings]))


def _replaced(report: ProjectReport, capability: Capability, given: set[str]) -> bool:
    """Whether all layers that it may be about, as it has their name only, show what was given."""
    layers = [
        f"{composition.id}/{layer.id}"
        for composition in report.compositions
        if composition.id == capability.composition_id
        for layer in composition.layers
        if layer.name == capability.layer and layer.source_id is not None
    ]
    return bool(layers) and given.issuperset(layers)
