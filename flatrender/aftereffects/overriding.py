"""Essential Properties: what a layer that shows a composition sets in it, for itself alone. Pure.

A composition that is shown with values of a layer's own becomes a second composition with these in it, which only that
layer shows; one between the two that only holds it becomes a second one as well. In a report, and for expressions that
look for a composition by name, these do not exist: customers' values go to the one that the designer made, and from
there to the others where they set nothing of their own (`spread`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from flatrender.aftereffects.expressions.tree import find_path, follow, root_of
from flatrender.aftereffects.graph import Animated, Exposed, Graph, Group, Layer, Properties

V = TypeVar("V")
Key = tuple[int, int]
"""A composition's and a layer's id."""


@dataclass(frozen=True, slots=True)
class Override:
    """`of`: the entry of the shown composition's panel; `value`: a property that has the layer's own value."""

    of: Exposed
    value: Animated


def with_overrides(graph: Graph, found: Mapping[Key, Iterable[Override]]) -> Graph:
    """The graph with a composition of its own for each layer that overrides something."""
    if not found:
        return graph
    made = _Variants(graph, found)
    for number in graph.compositions:
        made.finish(number)
    return replace(graph, compositions=made.compositions)


class _Variants:
    def __init__(self, graph: Graph, found: Mapping[Key, Iterable[Override]]) -> None:
        self.compositions = dict(graph.compositions)
        self._found = found
        self._finished: set[int] = set()
        self._applied: set[int] = set()
        self._next = 1 + max((*graph.compositions, *graph.footage), default=0)

    def finish(self, number: int) -> None:
        """What is shown inside comes first: a composition's second one has the second ones of its own layers."""
        composition = self.compositions.get(number)
        if composition is None or number in self._finished:
            return
        self._finished.add(number)
        layers = []
        for layer in composition.layers:
            overrides = list(self._found.get((number, layer.id), ()))
            if layer.source in self.compositions:
                self.finish(layer.source)
            shown = self._shown(layer, overrides) if overrides else None
            applied = len(self._applied.intersection(map(id, overrides)))
            layers.append(layer if shown is None else replace(layer, source=shown, overrides=applied))
        self.compositions[number] = replace(composition, layers=tuple(layers))

    def _shown(self, layer: Layer, overrides: list[Override]) -> int | None:
        """The composition that a layer shows instead; None where it has nothing of what is set."""
        source = self.compositions.get(layer.source or -1)
        if source is None:
            return None
        changed = False
        layers, pinned = [], set(source.pinned)
        for inner in source.layers:
            place = f"{source.origin or source.id}/{inner.id}"
            mine = [one for one in overrides if one.of.layer == place and _target(inner, one.of) is not None]
            deeper = self._shown(inner, overrides) if inner.kind == "precomp" and not mine else None
            changed = changed or bool(mine) or deeper is not None
            if mine:
                self._applied.update(map(id, mine))
                pinned |= {_pin(inner, one.of) for one in mine}
                read = _overridden(inner, mine)
                layers.append(replace(inner, read=lambda read=read: read))  # type: ignore[misc]  # the default binds this layer's
            else:  # a copy, so that each layer belongs to one composition
                layers.append(replace(inner, source=inner.source if deeper is None else deeper))
        if not changed:
            return None
        number, self._next = self._next, self._next + 1
        origin = source.origin or source.id
        self.compositions[number] = replace(
            source, id=number, layers=tuple(layers), origin=origin, pinned=frozenset(pinned)
        )
        self._finished.add(number)
        return number


def _target(layer: Layer, of: Exposed) -> Animated | None:
    if of.path:
        return follow(root_of(layer), of.path)
    text = layer.properties.text
    return next((prop for prop in text.walk() if prop.match_name == "ADBE Text Document"), None) if text else None


def _pin(layer: Layer, of: Exposed) -> str:
    target = _target(layer, of) if of.path else None
    path = find_path(layer, target) if target is not None else None
    return f"{layer.id}/{path}" if path else str(layer.id)


def _overridden(layer: Layer, overrides: list[Override]) -> Properties:
    """A layer's properties with the values; an expression or keyframes of the property itself give way."""
    changed: dict[int, Animated] = {}
    for one in overrides:
        target = _target(layer, one.of)
        if target is not None:
            still = replace(target, value=one.value.value, keys=(), expression="", sample=None, separated=())
            changed[id(target)] = still
    found = layer.properties
    return replace(
        found,
        transform=_replaced(found.transform, changed),
        masks=tuple(replace(mask, group=_replaced(mask.group, changed)) for mask in found.masks),
        effects=tuple(_replaced(effect, changed) for effect in found.effects),
        contents=_replaced(found.contents, changed) if found.contents is not None else None,
        text=_replaced(found.text, changed) if found.text is not None else None,
        styles=tuple(_replaced(style, changed) for style in found.styles),
    )


def _replaced(group: Group, changed: Mapping[int, Animated]) -> Group:
    children = tuple(
        _replaced(child, changed) if isinstance(child, Group) else changed.get(id(child), child)
        for child in group.children
    )
    return (
        group
        if all(a is b for a, b in zip(children, group.children, strict=True))
        else replace(group, children=children)
    )


def spread(graph: Graph, values: Mapping[str, V], texts: tuple[type, ...]) -> Mapping[str, V]:
    """Customers' values, also for the second compositions of what they are for. `texts`: kinds that set a text."""
    seconds = [one for one in graph.compositions.values() if one.origin is not None]
    more: dict[str, V] = {}
    for one in seconds:
        for place, value in values.items():
            first, _, rest = place.partition("/")
            pinned = rest in one.pinned and ("/" in rest or isinstance(value, texts))
            if first == str(one.origin) and not pinned:
                more[f"{one.id}/{rest}"] = value
    return {**more, **values} if more else values


def seconds_of(graph: Graph, place: str) -> set[str]:
    """The addresses of a layer in the second compositions of its own."""
    first, _, rest = place.partition("/")
    return {f"{one.id}/{rest}" for one in graph.compositions.values() if str(one.origin) == first}
