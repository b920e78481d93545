"""What can be set of a layer besides its text and picture: expression controls, and what a panel exposes. Pure.

A property that moves, or that an expression drives, is not offered: a value set there would not be seen, or would stop
what the author animated.
"""

from collections.abc import Iterator

from flatrender.aftereffects.expressions.tree import find_path, follow, root_of
from flatrender.aftereffects.graph import Animated, Exposed, Graph, Group, Layer, property_address
from flatrender.aftereffects.lottie.effects import HOLDERS
from flatrender.aftereffects.report import ControlReport, ExposedReport

_SHARE = (0.0, 100.0)


def controls_of(layer: Layer, address: str) -> tuple[ControlReport, ...]:
    """The expression controls of a layer, by the names that their author gave the effects."""
    found: list[ControlReport] = []
    for effect in layer.properties.effects:
        if not effect.match_name.startswith(HOLDERS):
            continue
        parts = list(_settable(effect))
        for prop in parts:
            name = effect.name if len(parts) == 1 else f"{effect.name}: {prop.name}"
            told = _control(layer, address, prop, name)
            found += [told] if told is not None else []
    return tuple(found)


def exposed_of(graph: Graph, exposed: Exposed) -> ExposedReport | None:
    """What an entry of a panel sets; None for what is gone from the project or cannot be set."""
    found = graph.layer(exposed.layer)
    if found is None:
        return None
    if not exposed.path:
        return ExposedReport(exposed.name, exposed.layer)
    prop = follow(root_of(found[1]), exposed.path)
    told = _control(found[1], exposed.layer, prop, exposed.name) if prop is not None else None
    return ExposedReport(exposed.name, exposed.layer, told) if told is not None else None


def _settable(group: Group) -> Iterator[Animated]:
    for child in group.children:
        if isinstance(child, Group):
            yield from _settable(child) if child.match_name != "ADBE Effect Built In Params" else ()
        elif not child.match_name.endswith("-0000") and _kind(child, flat=False):
            yield child


def _kind(prop: Animated, *, flat: bool) -> str:
    """What a property takes; a place or a size of a `flat` layer is two numbers, whatever its third is."""
    if prop.widget == "toggle":
        return "toggle"
    if prop.widget == "menu":
        return "choice" if prop.options else ""
    if prop.widget == "layer":
        return ""
    if prop.kind in ("vector", "spatial"):
        numbers = len(prop.value) if isinstance(prop.value, tuple) and not prop.separated else 0
        return "point" if numbers == 2 or (numbers == 3 and flat) else ""
    return {"scalar": "number", "color": "color"}.get(prop.kind, "")


def _control(layer: Layer, address: str, prop: Animated, name: str) -> ControlReport | None:
    kind, path = _kind(prop, flat=not layer.three_d), find_path(layer, prop)
    if not kind or path is None or prop.animated or prop.expression:
        return None
    place = property_address(address, path)
    value = prop.value
    if isinstance(value, tuple):
        numbers = [part for part in value if isinstance(part, int | float)]
        default = _hex(numbers) if kind == "color" else ",".join(f"{part:.10g}" for part in numbers[:2])
        return ControlReport(place, name, kind, default)
    if not isinstance(value, int | float):
        return None
    bounds = _SHARE if prop.match_name.endswith("Opacity") else prop.bounds
    within = bounds is not None and bounds[0] <= value <= bounds[1]
    return ControlReport(place, name, kind, f"{value:.10g}", prop.options, bounds if within else None)


def _hex(parts: list[float]) -> str:
    return "#" + "".join(f"{round(min(max(part, 0.0), 1.0) * 255):02X}" for part in parts[:3])
