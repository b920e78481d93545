"""A layer's property tree as expressions walk it: names and numbers down from the layer, paths as "0.2.1"."""

from typing import Any
from weakref import WeakKeyDictionary

from flatrender.aftereffects.graph import Animated, Group, Layer

# Expressions know them; customers and layers that show the composition do not set them.
_UNOFFERED = frozenset({"ADBE Audio Group", "ADBE Layer Styles"})

_ENDS = frozenset({"start", "end", "offset"})
_BY_INDEX = 2.0

_roots: WeakKeyDictionary[Layer, Group] = WeakKeyDictionary()
_paths: WeakKeyDictionary[Layer, dict[int, str]] = WeakKeyDictionary()


def root_of(layer: Layer) -> Group:
    """The layer as one group: transform, effects, masks, contents, text, time remap, sound, layer styles."""
    known = _roots.get(layer)
    if known is None:
        found = layer.properties
        children: list[Animated | Group] = [
            found.transform,
            Group("Effects", "ADBE Effect Parade", True, found.effects),
            Group("Masks", "ADBE Mask Parade", True, tuple(mask.group for mask in found.masks)),
        ]
        children += [group for group in (found.contents, found.text) if group is not None]
        children += [found.time_remap] if found.time_remap is not None else []
        if found.audio_levels is not None:
            children.append(Group("Audio", "ADBE Audio Group", True, (found.audio_levels,)))
        children.append(Group("Layer Styles", "ADBE Layer Styles", True, found.styles))
        known = _roots[layer] = Group(layer.name, "", True, tuple(children))
    return known


def node_at(layer: Layer, path: str) -> Animated | Group | None:
    """The node at a path; separated dimensions of a position are its children."""
    node: Animated | Group = root_of(layer)
    for step in path.split(".") if path else ():
        children = _children(node)
        if int(step) >= len(children):
            return None
        node = children[int(step)]
    return node


def child_at(layer: Layer, path: str, name: str) -> dict[str, Any] | None:
    """What lies at `name` (a name, a match name or a number from 1) below the node at `path`: its path, its name,
    whether it is a group and of how many, or names a layer. None where there is nothing."""
    node = node_at(layer, path)
    if not isinstance(node, Group):
        return None
    index = _index(node, name)
    if index is not None:
        return _told(node.children[index], _join(path, str(index)))
    for place, child in enumerate(node.children):
        # A shape group answers for its contents, a position for its separated dimensions.
        if isinstance(child, Group) and child.match_name == "ADBE Vectors Group":
            return child_at(layer, _join(path, str(place)), name)
        for part, found in enumerate(child.separated if isinstance(child, Animated) else ()):
            if name in (found.name, found.match_name):
                return _told(found, _join(path, f"{place}.{part}"))
    return None


def told_at(layer: Layer, path: str) -> dict[str, Any] | None:
    """The node at a path, told as `child_at` tells it."""
    node = node_at(layer, path)
    return _told(node, path) if node is not None else None


def find_path(layer: Layer, prop: Animated) -> str | None:
    """Where a property stands below its layer; None when it is not there."""
    known = _paths.get(layer)
    if known is None:
        known = _paths[layer] = {}
        _collect(root_of(layer), "", known)
    return known.get(id(prop))


def follow(root: Group, path: "tuple[tuple[str, int | None], ...]") -> Animated | None:
    """The property at the end of a panel's path: by match name, and by its place among several of one name."""
    if path and path[0][0] in _UNOFFERED:
        return None
    node: Animated | Group = root
    for match_name, place in path:
        if not isinstance(node, Group):
            return None
        children = node.children
        at = children[place] if place is not None and place < len(children) else None
        if at is None or at.match_name != match_name:
            at = next((child for child in children if child.match_name == match_name), None)
        if at is None:
            return None
        node = at
    return node if isinstance(node, Animated) else None


def _collect(node: Animated | Group, path: str, found: dict[int, str]) -> None:
    found[id(node)] = path
    for index, child in enumerate(_children(node)):
        _collect(child, _join(path, str(index)), found)


def _children(node: Animated | Group) -> "tuple[Animated | Group, ...]":
    return node.children if isinstance(node, Group) else node.separated


def _told(node: Animated | Group, path: str) -> dict[str, Any]:
    group = isinstance(node, Group)
    told: dict[str, Any] = {"group": group, "path": path, "name": node.name, "match": node.match_name}
    if isinstance(node, Group):
        return told | {"count": len(_children(node)), "enabled": node.enabled}
    return told | {"chosen": node.widget == "layer"}


def _index(node: Group, name: str) -> int | None:
    if node.match_name == "ADBE Text Selector" and name.lower() in _ENDS and _in_units(node):
        name = f"ADBE Text Index {name.capitalize()}"
    for place, child in enumerate(node.children):
        if name in (child.name, child.match_name):
            return place
    lowered = name.lower()
    for place, child in enumerate(node.children):
        if lowered in (child.name.lower(), child.name.lower().replace(" ", "")):
            return place
    if name.isdigit():  # effects begin with a header that scripts do not count
        counted = [place for place, child in enumerate(node.children) if not child.match_name.endswith("-0000")]
        return counted[int(name) - 1] if 1 <= int(name) <= len(counted) else None
    return None


def _in_units(selector: Group) -> bool:
    """Whether a range selector counts in letters, words or lines: its percentages are then neither shown nor named."""
    advanced = selector.group("ADBE Text Range Advanced")
    units = advanced.get("ADBE Text Range Units") if advanced is not None else None
    return units is not None and units.value == _BY_INDEX


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
