"""Where expressions meet the graph: evaluates, bakes what moves, keeps the value of what fails and says so."""

import math
import time as clock
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flatrender.aftereffects.capabilities import Notes
from flatrender.aftereffects.expressions.kept import KeptResults
from flatrender.aftereffects.expressions.operators import overloaded
from flatrender.aftereffects.expressions.sandbox import ExpressionFailed, Place, Sandbox, TooSlow
from flatrender.aftereffects.expressions.tree import child_at, find_path, node_at, told_at
from flatrender.aftereffects.graph import Animated, Composition, Graph, Key, Layer, Value, address
from flatrender.aftereffects.text import TextSpec
from flatrender.aftereffects.values import DataValue, rebound_text

BUDGET = 8.0  # seconds that the expressions of one scene may take together
MAX_FRAMES = 3_600  # one property is baked for at most so many frames
TOGETHER = 64  # so many frames of a property are evaluated at once
MAX_DEPTH = 12
TOLERANCE = 1e-4

Bound = Callable[[Layer, Animated], Animated]


class Evaluator:
    """Evaluates the expressions of one scene.

    `readers` grows as expressions run: layer address → addresses of layers whose properties it read.
    """

    def __init__(
        self, graph: Graph, bound: Bound, notes: Notes, sandbox: Sandbox | None = None, kept: KeptResults | None = None
    ) -> None:
        self._kept = kept if kept is not None else KeptResults({})
        self._graph = graph
        self._bound = bound
        self._notes = notes
        self._sandbox = sandbox if sandbox is not None else Sandbox()
        self._sandbox.forget()
        self._results: dict[int, tuple[Animated, Animated]] = {}
        self._failed: dict[int, str] = {}
        self._running: list[int] = []
        self._spent = 0.0
        self.readers: dict[str, set[str]] = {}
        self._reads: dict[int, set[str]] = {}

    def evaluated(self, composition: Composition, layer: Layer, prop: Animated, bound: Animated) -> Animated:
        """The property with its expression's result in place of its value.

        Args:
            composition, layer: where it stands.
            prop: the property as the graph holds it.
            bound: the same under the customer's value.
        """
        known = self._results.get(id(prop))
        if known is None:
            result = self._kept.find(prop, bound)
            if result is None:
                result = self._evaluate(composition, layer, prop, bound)
                if id(prop) not in self._failed and self._spent <= BUDGET:
                    self._kept.keep(prop, bound, self._reads.get(id(prop), set()), self.readers, result)
            else:
                self.readers.setdefault(address(composition, layer), set()).update(self._kept.reads(prop))
            known = self._results[id(prop)] = (prop, result)
        return known[1]

    def _evaluate(self, composition: Composition, layer: Layer, prop: Animated, bound: Animated) -> Animated:
        start = clock.perf_counter()
        plain = replace(bound, expression="")
        try:
            first, last = sorted((layer.in_point, layer.out_point))
            first, last = max(first, 0.0), min(last, composition.duration)
            value, timed = self._run(composition, layer, prop, first)
            if not timed:
                return replace(plain, value=value, keys=(), sample=None)
            return self._baked(composition, layer, prop, plain, first, last)
        except ExpressionFailed as error:
            self._note(composition, layer, prop, str(error))
            return plain
        finally:
            if not self._running:
                self._spent += clock.perf_counter() - start

    def _baked(
        self, composition: Composition, layer: Layer, prop: Animated, plain: Animated, first: float, last: float
    ) -> Animated:
        rate = composition.frame_rate or 30.0
        start, stop = math.floor(first * rate), math.ceil(last * rate)
        if stop - start > MAX_FRAMES:
            stop = start + MAX_FRAMES
            self._note(composition, layer, prop, f"only its first {MAX_FRAMES} frames are evaluated", "approximated")
        times = [frame / rate for frame in range(start, stop + 1)]
        frames: list[tuple[float, Value]] = []
        for begin in range(0, len(times), TOGETHER):
            frames += self._together(composition, layer, prop, times[begin : begin + TOGETHER])
        if plain.animated and all(_near(value, plain.at(time)) for time, value in frames):
            return plain  # the expression lets the keyframes through: they are exact, frames are not
        keys = _keys(frames, hold=prop.kind == "text")
        if len(keys) < 2:
            return replace(plain, value=frames[0][1], keys=(), sample=None)
        return replace(plain, value=frames[0][1], keys=keys, sample=_sampler(frames, rate, start))

    def _together(
        self, composition: Composition, layer: Layer, prop: Animated, times: list[float]
    ) -> list[tuple[float, Value]]:
        try:
            values = self._run_all(composition, layer, prop, times)
        except TooSlow:  # together; each may take as long as the limit says
            values = [self._run(composition, layer, prop, time) for time in times]
        return [(time, value) for time, (value, _) in zip(times, values, strict=True)]

    def check(self, composition: Composition, layer: Layer) -> None:
        """Runs each of a layer's expressions once, for what cannot be evaluated to be noted."""
        for _, prop in layer.properties.walk():
            if prop.expression:
                start = min(max(layer.in_point, 0.0), composition.duration)
                self.value_at(composition, layer, prop, start)

    def value_at(self, composition: Composition, layer: Layer, prop: Animated, time: float) -> tuple[Value, bool]:
        """The value after the expression at `time`, and whether it may differ at another time."""
        bound = self._bound(layer, prop)
        if not prop.expression or id(prop) in self._failed:
            return bound.at(time), bound.animated
        known = self._results.get(id(prop))
        if known is not None and not known[1].animated:
            return known[1].value, False
        try:
            return self._run(composition, layer, prop, time)
        except ExpressionFailed as error:
            if id(prop) in self._running:
                raise
            self._note(composition, layer, prop, str(error))
            return bound.at(time), bound.animated

    def _run(self, composition: Composition, layer: Layer, prop: Animated, time: float) -> tuple[Value, bool]:
        return self._run_all(composition, layer, prop, [time])[0]

    def _run_all(
        self, composition: Composition, layer: Layer, prop: Animated, times: list[float]
    ) -> list[tuple[Value, bool]]:
        if id(prop) in self._running:
            raise ExpressionFailed("the expression depends on itself")
        if len(self._running) >= MAX_DEPTH:
            raise ExpressionFailed("expressions depend on each other too deeply")
        if self._spent > BUDGET:
            raise ExpressionFailed("the expressions of this composition take too long together")
        path = find_path(layer, prop)
        if path is None:
            raise ExpressionFailed("the property was not found on its layer")
        here = address(composition, layer)
        self._running.append(id(prop))
        started = clock.perf_counter()
        try:
            place = Place(composition.id, here, path)
            results = self._sandbox.run(overloaded(prop.expression), place, times, self._answer)
            for result in results:
                self.readers.setdefault(here, set()).update(result.read)
                self._reads.setdefault(id(prop), set()).update(result.read)
            bound = self._bound(layer, prop)
            return [
                (_typed(bound, result.value, time), result.timed) for time, result in zip(times, results, strict=True)
            ]
        finally:
            self._running.pop()
            if not self._running:
                self._spent += clock.perf_counter() - started

    def _note(self, composition: Composition, layer: Layer, prop: Animated, why: str, status: str = "ignored") -> None:
        self._failed[id(prop)] = why
        self._notes.add(
            composition.id,
            layer.name,
            prop.name or prop.match_name,
            "expression",
            "approximated" if status == "approximated" else "ignored",
            why if status == "approximated" else f"its expression is left out, the value kept: {why}",
        )

    # What expressions ask, see prelude.py.

    def _answer(self, question: str) -> Any:
        kind, _, rest = question.partition("|")
        if kind == "comp":
            return next((found.id for found in self._graph.compositions.values() if found.name == rest), None)
        if kind == "about":
            return _about(self._graph.compositions[int(rest)])
        if kind == "layer":
            return self._find_layer(rest)
        first, _, rest = rest.partition("|")
        found = self._graph.layer(first)
        if found is None:
            raise ExpressionFailed("a layer was not found")
        composition, layer = found
        if kind == "of":
            return self._of(composition, layer)
        if kind == "child":
            path, _, name = rest.partition("|")
            return child_at(layer, path, name)
        if kind == "node":
            return told_at(layer, rest)
        path, _, when = rest.partition("|")
        prop = node_at(layer, path)
        if not isinstance(prop, Animated):
            raise ExpressionFailed("a group of properties has no value")
        return self._ask_value(kind, composition, layer, prop, float(when) if when else 0.0)

    def _ask_value(self, kind: str, composition: Composition, layer: Layer, prop: Animated, time: float) -> Any:
        bound = self._bound(layer, prop)
        match kind:
            case "value":
                value, timed = self.value_at(composition, layer, prop, max(layer.in_point, 0.0))
                return {"fixed": not timed, "value": None if timed else _plain(value)}
            case "at":
                return _plain(self.value_at(composition, layer, prop, time)[0])
            case "before":
                return {"fixed": not bound.animated, "value": None if bound.animated else _plain(bound.value)}
            case "beforeat":
                return _plain(bound.at(time))
            case "keys":
                return [
                    {"time": key.time, "value": _plain(key.value), "index": index}
                    for index, key in enumerate(bound.keys, 1)
                ]
            case _:
                raise ExpressionFailed(f"{kind} is not supported yet")

    def _find_layer(self, rest: str) -> str | None:
        first, _, wanted = rest.partition("|")
        composition = self._graph.compositions[int(first)]
        for layer in composition.layers:
            if layer.name == wanted:
                return address(composition, layer)
        if wanted.isdigit() and 1 <= int(wanted) <= len(composition.layers):
            return address(composition, composition.layers[int(wanted) - 1])
        return None

    def _of(self, composition: Composition, layer: Layer) -> dict[str, Any]:
        parent = composition.by_id.get(layer.parent or -1)
        return {
            "name": layer.name,
            "index": layer.index,
            "inPoint": layer.in_point,
            "outPoint": layer.out_point,
            "startTime": layer.start_time,
            "width": layer.width,
            "height": layer.height,
            "active": layer.enabled,
            "enabled": layer.enabled,
            "hasParent": parent is not None,
            "parent": address(composition, parent) if parent is not None else None,
            "comment": layer.comment,
            "source": layer.source if layer.source in self._graph.compositions else None,
        }


def _about(composition: Composition) -> dict[str, Any]:
    return {
        "name": composition.name,
        "width": composition.width,
        "height": composition.height,
        "duration": composition.duration,
        "frameDuration": 1 / (composition.frame_rate or 30.0),
        "displayStartTime": composition.display_start,
        "numLayers": len(composition.layers),
        "pixelAspect": composition.pixel_aspect,
        "bgColor": [*composition.background, 1],
    }


def _plain(value: Value) -> Any:
    if isinstance(value, TextSpec):
        return value.text
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, int | float):
        return value
    raise ExpressionFailed("paths and gradients cannot be read by expressions yet")


def _typed(prop: Animated, value: Any, time: float) -> Value:
    """What an expression gave, as a value of the property's kind; components that it left out keep theirs."""
    match prop.kind:
        case "text":
            old = prop.at(time)
            text = _said(value)
            return rebound_text(old, DataValue(text)) if isinstance(old, TextSpec) and text != old.text else old
        case "scalar":
            return _number(value[0] if isinstance(value, list) and value else value)
        case "vector" | "spatial" | "color":
            old = prop.at(time)
            parts = [_number(part) for part in (value if isinstance(value, list) else [value])]
            kept = list(old) if isinstance(old, tuple) else []
            return tuple([*parts, *kept[len(parts) :]][: max(len(kept), 1)])
        case _:
            raise ExpressionFailed(f"expressions of a {prop.kind} are not supported yet")


def _said(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list):
        return ",".join(_said(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise ExpressionFailed(f"it gives a text, {value[:30]!r}, where a number belongs") from None
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return float(value)
    raise ExpressionFailed("it gives no number")


def _keys(frames: list[tuple[float, Value]], *, hold: bool) -> tuple[Key, ...]:
    """Keyframes through the frames' values; those on the straight line between their neighbours are left out."""
    kept: list[Key] = []
    for index, (time, value) in enumerate(frames):
        inside = 0 < index < len(frames) - 1
        if hold and index and value == kept[-1].value:
            continue
        if not hold and inside and _between(kept[-1], frames[index + 1], time, value):
            continue
        kept.append(Key(time, value, "hold" if hold else "linear", "hold" if hold else "linear"))
    if all(_near(key.value, kept[0].value) for key in kept):
        return tuple(kept[:1])
    return tuple(kept)


def _between(before: Key, after: tuple[float, Value], time: float, value: Value) -> bool:
    span = after[0] - before.time
    share = (time - before.time) / span if span else 0.0
    first, last, here = _parts(before.value), _parts(after[1]), _parts(value)
    return all(
        abs(a + (b - a) * share - c) <= TOLERANCE * max(1.0, abs(c)) for a, b, c in zip(first, last, here, strict=True)
    )


def _near(a: Value, b: Value) -> bool:
    if isinstance(a, TextSpec):
        return a == b
    return all(abs(x - y) <= TOLERANCE for x, y in zip(_parts(a), _parts(b), strict=True))


def _parts(value: Value) -> list[float]:
    if isinstance(value, tuple):
        return [float(part) for part in value]
    return [float(value)] if isinstance(value, int | float) else []


def _sampler(frames: list[tuple[float, Value]], rate: float, start: int) -> Callable[[float], Value]:
    def sample(time: float) -> Value:
        return frames[min(max(round(time * rate) - start, 0), len(frames) - 1)][1]

    return sample
