"""Essential Graphics panels read into the graph, and the parser's property at the path of one of the graph's."""

from typing import Any

import py_aep
from py_aep import CompItem, Property, PropertyGroup

from flatrender.aftereffects.graph import Exposed
from flatrender.aftereffects.names import clean
from flatrender.aftereffects.reading_properties import children_of

_TEXT, _MEDIA = 6, 14
_WHOLE = frozenset({_TEXT, _MEDIA})
_WORDS = frozenset({8, 10})  # comments and groups only arrange a panel


def read_exposed(item: CompItem) -> tuple[Exposed, ...]:
    """What a composition's Essential Graphics panel offers, from top to bottom."""
    found = []
    for controller in item.motion_graphics_controllers:
        if controller.source_comp_id is None or controller.source_layer_id is None:
            continue
        layer = f"{controller.source_comp_id}/{controller.source_layer_id}"
        name = clean(controller.name or "")
        path = tuple((step.match_name, step.prop_index) for step in controller.source_property_path)
        if controller.controller_type in _WHOLE:
            found.append(Exposed(name, layer))
        elif controller.controller_type not in _WORDS and path:
            found.append(Exposed(name, layer, path))
    return tuple(found)


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
