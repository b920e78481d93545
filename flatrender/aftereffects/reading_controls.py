"""Essential Graphics panels read into the graph, and the parser's property at the path of one of the graph's."""

from collections.abc import Iterable, Iterator
from typing import Any

import py_aep
from py_aep import AVLayer, CompItem, Property, PropertyGroup
from py_aep.models.essential_graphics import EssentialGraphicsController
from py_aep.resolvers.essential_properties import resolve_essential_property_controller

from flatrender.aftereffects.graph import Exposed
from flatrender.aftereffects.names import clean
from flatrender.aftereffects.overriding import Override
from flatrender.aftereffects.reading_properties import children_of, read_property

_TEXT, _MEDIA = 6, 14
_WHOLE = frozenset({_TEXT, _MEDIA})
_WORDS = frozenset({8, 10})  # comments and groups only arrange a panel


def read_exposed(item: CompItem) -> tuple[Exposed, ...]:
    """What a composition's Essential Graphics panel offers, from top to bottom."""
    return tuple(one for each in item.motion_graphics_controllers if (one := _exposed(each)) is not None)


def _exposed(controller: EssentialGraphicsController) -> Exposed | None:
    if controller.source_comp_id is None or controller.source_layer_id is None:
        return None
    layer = f"{controller.source_comp_id}/{controller.source_layer_id}"
    name = clean(controller.name or "")
    path = tuple((step.match_name, step.prop_index) for step in controller.source_property_path)
    if controller.controller_type in _WHOLE:
        return Exposed(name, layer)
    return Exposed(name, layer, path) if controller.controller_type not in _WORDS and path else None


def read_overrides(items: Iterable[CompItem]) -> dict[tuple[int, int], list[Override]]:
    """What layers set in the compositions that they show: still values. Keyframes there run by another clock than the
    property's own, and pictures are not exchanged: neither is read."""
    found: dict[tuple[int, int], list[Override]] = {}
    for item in items:
        for layer in item.layers:
            if isinstance(layer, AVLayer) and layer.essential_property_uuids:
                overrides = [one for leaf in _leaves_of(layer) if (one := _override(leaf)) is not None]
                if overrides:
                    found[item.id, layer.id] = overrides
    return found


def _leaves_of(layer: AVLayer) -> Iterator[Property]:
    group = _group(layer, "ADBE Layer Overrides")
    return leaves(group) if group is not None else iter(())


def leaves(group: PropertyGroup) -> Iterator[Property]:
    """The properties in a group and the groups below it."""
    for child in group.properties:
        if isinstance(child, PropertyGroup):
            yield from leaves(child)
        elif isinstance(child, Property):
            yield child


def _override(leaf: Property) -> Override | None:
    if not leaf.is_modified or len(leaf.keyframes) > 1 or (leaf.expression and leaf.expression_enabled):
        return None
    controller = resolve_essential_property_controller(leaf)
    if controller is None or controller.controller_type == _MEDIA:
        return None
    of = _exposed(controller)
    return Override(of, read_property(leaf)) if of is not None else None


def property_at(layer: py_aep.Layer, path: str) -> Property | None:
    """The property that stands at a path of the graph's layer (`expressions/tree.py` counts them); None where there is
    none, or a group."""
    steps = [int(step) for step in path.split(".") if step.isdigit()]
    children: list[Any] = _parts(layer)
    found: Any = None
    for step in steps:
        if step >= len(children):
            return None
        found = children[step]
        if isinstance(found, list):
            children = found
        elif isinstance(found, PropertyGroup):
            children = list(children_of(found))
        elif isinstance(found, Property) and found.match_name == "ADBE Position" and found.dimensions_separated:
            followers = [found.get_separation_follower(dimension) for dimension in range(3)]
            children = [follower for follower in followers if follower is not None]
        else:
            children = []
    return found if isinstance(found, Property) else None


def _parts(layer: py_aep.Layer) -> list[Any]:
    """The parts of a layer in the order of `expressions/tree.py`."""
    effects = _group(layer, "ADBE Effect Parade") if getattr(layer, "effects_active", True) else None
    transform, masks = _group(layer, "ADBE Transform Group"), _group(layer, "ADBE Mask Parade")
    parts: list[Any] = [
        transform if transform is not None else [],
        [child for child in effects or () if isinstance(child, PropertyGroup)],
        [mask for mask in masks or () if isinstance(mask, py_aep.MaskPropertyGroup)],
    ]
    contents = _group(layer, "ADBE Root Vectors Group")
    if contents is None:
        contents = _group(layer, "ADBE Camera Options Group")
    return parts + [part for part in (contents, _group(layer, "ADBE Text Properties")) if part is not None]


def _group(layer: py_aep.Layer, match_name: str) -> PropertyGroup | None:
    try:
        found = layer[match_name]
    except KeyError:
        return None
    return found if isinstance(found, PropertyGroup) else None
