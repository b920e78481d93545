"""Where expressions meet the graph: evaluates, bakes what moves, keeps the value of what fails and says so."""

import math
import time as clock
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flatrender.aftereffects.capabilities import Notes
from flatrender.aftereffects.expressions.answers import Answers
from flatrender.aftereffects.expressions.baking import keys_of, sampler
from flatrender.aftereffects.expressions.kept import KeptResults
from flatrender.aftereffects.expressions.operators import overloaded
from flatrender.aftereffects.expressions.results import near, typed, with_path_counts
from flatrender.aftereffects.expressions.sandbox import MAX_SOURCE, ExpressionFailed, Place, Sandbox, TooSlow
from flatrender.aftereffects.expressions.syntax import completed, result_line
from flatrender.aftereffects.expressions.tree import find_path
from flatrender.aftereffects.graph import Animated, Composition, Graph, Layer, Value, address
from flatrender.aftereffects.text import FontLibrary

BUDGET = 4.0  # seconds of the processor that the expressions of one scene may take together
MAX_FRAMES = 3_600  # one property is baked for at most so many frames
TOGETHER = 64  # so many frames of a property are evaluated at once
MAX_DEPTH = 12

Bound = Callable[[Layer, Animated], Animated]


class Evaluator:
    """Evaluates the expressions of one scene.

    `readers` grows as expressions run: layer address → addresses of layers whose properties it read.
    """

    def __init__(
        self,
        graph: Graph,
        bound: Bound,
        notes: Notes,
        sandbox: Sandbox | None = None,
        kept: KeptResults | None = None,
        fonts: FontLibrary | None = None,
        files: Mapping[int, Path | None] | None = None,
    ) -> None:
        self._kept = kept if kept is not None else KeptResults({})
        self._answers = Answers(graph, bound, self.value_at, self._from_outside, fonts, files or {})
        self._legacy = graph.expression_engine == "extendscript"
        self._bound = bound
        self._notes = notes
        self._sandbox = sandbox if sandbox is not None else Sandbox()
        self._sandbox.forget()
        self._results: dict[int, tuple[Animated, Animated]] = {}
        self._failed: dict[int, str] = {}
        self._running: list[int] = []
        self._spent = 0.0  # seconds, by what has ended
        self._began = 0.0  # of what is being evaluated, the outermost
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
                if id(prop) not in self._failed and self._left() > 0:
                    self._kept.keep(prop, bound, self._reads.get(id(prop), set()), self.readers, result)
            else:
                self.readers.setdefault(address(composition, layer), set()).update(self._kept.reads(prop))
            known = self._results[id(prop)] = (prop, result)
        return known[1]

    def _evaluate(self, composition: Composition, layer: Layer, prop: Animated, bound: Animated) -> Animated:
        outermost = not self._running
        start, spent = self._now(), self._spent
        plain = replace(bound, expression="")
        try:
            first, last = sorted((layer.in_point, layer.out_point))
            first, last = max(first, 0.0), min(last, composition.duration)
            value, timed = self._run(composition, layer, prop, first)
            if not timed:
                return replace(plain, value=value, keys=(), sample=None)
            return self._baked(composition, layer, prop, plain, first, last)
        except ExpressionFailed as error:
            self._note(composition, layer, prop, _why(error))
            return plain
        finally:
            if outermost:
                self._spent = spent + self._now() - start

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
        if plain.animated and all(near(value, plain.at(time)) for time, value in frames):
            return plain  # the expression lets the keyframes through: they are exact, frames are not
        frames = with_path_counts(frames) if prop.kind == "path" else frames
        keys = keys_of(frames, hold=prop.kind == "text")
        if len(keys) < 2:
            return replace(plain, value=frames[0][1], keys=(), sample=None)
        return replace(plain, value=frames[0][1], keys=keys, sample=sampler(frames, rate, start))

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
        """The value after the expression at `time`, and whether it may differ at another time. An expression that
        reads its own property gets the value before.
        """
        bound = self._bound(layer, prop)
        if not prop.expression or id(prop) in self._failed or self._running[-1:] == [id(prop)]:
            return bound.at(time), bound.animated
        known = self._results.get(id(prop))
        if known is not None and not known[1].animated:
            return known[1].value, False
        try:
            return self._run(composition, layer, prop, time)
        except ExpressionFailed as error:
            if id(prop) in self._running:
                raise
            self._note(composition, layer, prop, _why(error))
            return bound.at(time), bound.animated

    def unit_amounts(
        self, composition: Composition, layer: Layer, prop: Animated, time: float, count: int
    ) -> list[float]:
        """How much a text's expression selector counts for each of its `count` units at `time`, -1..1."""
        found = []
        for number in range(1, count + 1):
            value = prop.value
            if prop.expression and id(prop) not in self._failed:
                try:
                    value = self._run_all(composition, layer, prop, [time], (number, count))[0][0]
                except ExpressionFailed as error:
                    self._note(composition, layer, prop, _why(error))
            amount = value[0] if isinstance(value, tuple) and value else value
            found.append(min(max(float(amount) / 100, -1.0), 1.0) if isinstance(amount, int | float) else 1.0)
        return found

    def _from_outside(self, composition: Composition, layer: Layer, prop: Animated, time: float) -> tuple[Value, bool]:
        """The same for where a layer stands and how large it is: what is being evaluated counts as it was before, for
        a layer may ask for its own place.
        """
        if id(prop) in self._running:
            bound = self._bound(layer, prop)
            return bound.at(time), bound.animated
        return self.value_at(composition, layer, prop, time)

    def _run(self, composition: Composition, layer: Layer, prop: Animated, time: float) -> tuple[Value, bool]:
        return self._run_all(composition, layer, prop, [time])[0]

    def _run_all(
        self, composition: Composition, layer: Layer, prop: Animated, times: list[float], unit: tuple[int, int] = (1, 1)
    ) -> list[tuple[Value, bool]]:
        if id(prop) in self._running:
            raise ExpressionFailed("the expression depends on itself")
        if len(self._running) >= MAX_DEPTH:
            raise ExpressionFailed("expressions depend on each other too deeply")
        self._check_time()
        if len(prop.expression) > MAX_SOURCE:
            raise ExpressionFailed("the expression is too long")
        path = find_path(layer, prop)
        if path is None:
            raise ExpressionFailed("the property was not found on its layer")
        here = address(composition, layer)
        if not self._running:
            self._began = self._now()
        self._running.append(id(prop))
        try:
            place = Place(composition.id, here, path)
            source = completed(prop.expression) if self._legacy else prop.expression
            results = self._sandbox.run(overloaded(source), place, times, self._answer, unit)
            for result in results:
                self.readers.setdefault(here, set()).update(result.read)
                self._reads.setdefault(id(prop), set()).update(result.read)
            bound = self._bound(layer, prop)
            try:
                return [
                    (typed(bound, result.value, time), result.timed)
                    for time, result in zip(times, results, strict=True)
                ]
            except ExpressionFailed as error:
                raise ExpressionFailed(str(error), error.line or result_line(source)) from None
            except (RecursionError, OverflowError):
                raise ExpressionFailed("its value is not understood", result_line(source)) from None
        finally:
            self._running.pop()
            if not self._running:
                self._spent += self._now() - self._began

    def _answer(self, question: str) -> Any:
        self._check_time()
        try:
            return self._answers(question)
        except (ValueError, OverflowError, LookupError):  # an expression may have made the question
            raise ExpressionFailed("what it asks for is not understood") from None

    def _now(self) -> float:
        """Seconds of the processor, ours and the engine's."""
        return clock.thread_time() + self._sandbox.spent

    def _left(self) -> float:
        """Seconds of the budget."""
        return BUDGET - self._spent - (self._now() - self._began if self._running else 0.0)

    def _check_time(self) -> None:
        if self._left() < 0:
            raise ExpressionFailed("the expressions of this composition take too long together")

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


def _why(error: ExpressionFailed) -> str:
    return f"line {error.line}: {error}" if error.line else str(error)
