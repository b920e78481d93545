"""What a person should know of a film: of a scan, that which concerns the compositions in it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flatrender.aftereffects.report import MISSING_FONT, ProjectReport

if TYPE_CHECKING:
    from flatrender.aftereffects.scene import Scene

MOST_CHARACTERS = 20  # that are named of a text
_BY_PROPERTY = ("expression", "mask feather", "mask expansion")  # of which a layer may have several


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
    said += [f"{place}: an expression drives the text; what that says is drawn." for place in scene.driven]
    return tuple(said)


def notes(report: ProjectReport, composition_ids: Iterable[int]) -> tuple[str, ...]:
    """What a person should know about these compositions and all inside them: substitutes and what is not shown."""
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
        f"The font {font.postscript_name} is missing; {font.substitute or 'another'} stands in."
        for font in report.fonts
        if not font.found and concerned(font.layers)
    ]
    said += [
        f"The {item.kind} {item.name} is missing; its place stays empty."
        for item in report.footage
        if item.missing and concerned(item.layers)
    ]
    for capability in report.capabilities:
        if capability.feature == MISSING_FONT:  # told above, once for all its layers
            continue
        if capability.composition_id in inside and capability.status != "supported":
            where = names.get(capability.composition_id, "") + (f"/{capability.layer}" if capability.layer else "")
            where += f"/{capability.property}" if capability.feature in _BY_PROPERTY else ""
            note = f" ({capability.note})" if capability.note else ""
            said.append(f"{where}: {capability.feature} is {capability.status}{note}.")
    return tuple(dict.fromkeys([*said, *report.warnings]))
