"""Layers whose names begin as the convention's do and that are no elements all the same. Pure.

A designer who named a layer expects it in the form: what is not there, or there with another, is told.
"""

from collections.abc import Iterator
from dataclasses import replace

from flatrender.aftereffects.report import CompositionReport, LayerReport, ProjectReport
from flatrender.templates.convention import DATA, REFERENCE, SHARE, VISIBLE, TemplateOutline, read
from flatrender.templates.layer_elements import has_marked

MOST = 20  # sentences; a project that is named otherwise altogether would fill the page


def warnings(report: ProjectReport, outline: TemplateOutline | None = None) -> list[str]:
    """A sentence each. `outline`: what was read of the report, where that is at hand."""
    outline = outline or read(report)
    if outline.kind == "free":
        return []
    told = [
        sentence
        for composition in report.compositions
        if composition.name.strip().lower() != SHARE
        for sentence in (*_vanished(report, composition, outline), *_joined(composition))
    ]
    return [*told[:MOST], *([f"{len(told) - MOST} more layers like these."] if len(told) > MOST else [])]


def _vanished(report: ProjectReport, composition: CompositionReport, outline: TemplateOutline) -> Iterator[str]:
    by_id = {made.id: made for made in report.compositions}
    keys = {element.key for _, element in outline.elements()}
    shown = {address for _, element in outline.elements() for address in element.addresses}
    for layer in composition.layers:
        name = layer.name.strip()
        place = f"The layer “{name}” of the composition “{composition.name}” is no element"
        if name.lower() in (VISIBLE, DATA, REFERENCE):
            yield f"{place}: a key is missing behind {name}; name it {name}title, say."
        elif name[: len(VISIBLE)].lower() != VISIBLE or f"{composition.id}/{layer.id}" in shown:
            continue
        elif layer.type not in ("text", "image", "video", "audio", "solid", "precomp"):
            if not has_marked([_alone(composition, layer)]):
                yield (
                    f"{place}: it is a {_word(layer)}, and elements are texts, pictures, films, sounds and solids. "
                    "Give what customers may change an expression control of that name."
                )
        elif name[len(VISIBLE) :] in keys and layer.type != "precomp":
            yield f"{place}: another layer of that name is of another kind; give one of them another key."
        elif layer.type == "precomp" and name[len(VISIBLE) :] not in keys and layer.source_id in by_id:
            yield f"{place}: it shows a composition without a text, picture, film or solid."


def _alone(composition: CompositionReport, layer: LayerReport) -> CompositionReport:
    return replace(composition, layers=(layer,))


def _word(layer: LayerReport) -> str:
    return {"shape": "shape layer", "adjustment": "layer of adjustments"}.get(layer.type, layer.type)


def _joined(composition: CompositionReport) -> Iterator[str]:
    """Texts of one name that differ: one value goes into all of them, which nobody sees in the form."""
    texts: dict[str, list[str]] = {}
    for layer in composition.layers:
        name = layer.name.strip()
        if layer.type == "text" and name[: len(VISIBLE)].lower() == VISIBLE and len(name) > len(VISIBLE):
            texts.setdefault(name[len(VISIBLE) :], []).append(layer.text or "")
    for key, found in texts.items():
        if len(set(found)) > 1:
            yield (
                f"{len(found)} layers of the composition “{composition.name}” are named “{VISIBLE}{key}” and show "
                "different texts; they are one element, whose value goes into all of them. Give each a key of its own "
                "to have several."
            )
