"""QuickJS with limits: strangers' JavaScript gets little time, memory and depth, and nothing of the machine."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import quickjs

from flatrender.aftereffects.expressions.prelude import prelude

SECONDS = 0.25  # processor time of one run
MEMORY = 48 * 1024 * 1024
STACK = 512 * 1024
QUESTIONS = 400  # how much one run may look up
MAX_SOURCE = 20_000


class ExpressionFailed(Exception):
    """The expression gave no value; the message says why, for the capability report, `line` where (0: everywhere)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class TooSlow(ExpressionFailed):
    """It used up its time."""


@dataclass(frozen=True)
class Result:
    """`timed`: the value may differ at another time. `read`: addresses of the layers that were looked at."""

    value: Any
    timed: bool
    read: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where an expression stands: its composition's id, its layer's address, its property's path below the layer."""

    composition: int
    address: str
    path: str


class Sandbox:
    """One JavaScript world. It is thrown away when a run breaks a limit."""

    def __init__(self) -> None:
        self._context: quickjs.Context | None = None

    def _world(self) -> quickjs.Context:
        if self._context is None:
            context = quickjs.Context()
            context.set_memory_limit(MEMORY)
            context.set_max_stack_size(STACK)
            context.set_time_limit(SECONDS)
            context.eval(prelude())
            self._context = context
        return self._context

    def forget(self) -> None:
        """Empties the table of answers: the values below have changed."""
        if self._context is not None:
            self._context.eval("__engine.forget()")

    def run(
        self,
        source: str,
        place: Place,
        times: Sequence[float],
        answer: Callable[[str], Any],
        unit: tuple[int, int] = (1, 1),
    ) -> list[Result]:
        """Evaluates `source` at each of `times` (seconds); `answer` gives what it asks for, as JSON values. `unit`: the
        number of a text's character, word or line, and how many there are, for an expression selector.

        Raises:
            ExpressionFailed: an error in the expression, a limit, something that is not supported.
            TooSlow: the limit of time, which holds for all `times` together.
        """
        if len(source) > MAX_SOURCE:
            raise ExpressionFailed("the expression is too long")
        words = ", ".join(json.dumps(word) for word in (source, place.composition, place.address, place.path))
        done: dict[float, Result] = {}
        waiting = list(dict.fromkeys(times))
        for _ in range(QUESTIONS):
            said = self._call(f"__engine.unit{unit}, __engine.run({words}, {json.dumps(waiting)})")
            if len(said) != len(waiting) or not all(isinstance(one, dict) for one in said):
                raise ExpressionFailed("the expression meddles with the sandbox")
            questions: dict[str, None] = {}
            for time, one in zip(waiting, said, strict=True):
                if "ask" in one:
                    questions[str(one["ask"])] = None
                elif one.get("error") == "stack overflow":
                    raise ExpressionFailed("the expression calls itself too deeply")
                elif "error" in one:
                    raise ExpressionFailed(str(one["error"]), int(one.get("line", 1)))
                else:
                    done[time] = Result(one["value"], bool(one["timed"]), tuple(str(place) for place in one["read"]))
            if not questions:
                return [done[time] for time in times]
            waiting = [time for time in waiting if time not in done]
            answers = json.dumps([(question, answer(question)) for question in questions])
            self._call(f"__engine.put({json.dumps(answers)}), '[]'")
        raise ExpressionFailed("the expression looks up too many things")

    def _call(self, code: str) -> list[dict[str, Any]]:
        try:
            said = json.loads(str(self._world().eval(code)))
            return said if isinstance(said, list) else []
        except quickjs.StackOverflow:
            self._context = None
            raise ExpressionFailed("the expression calls itself too deeply") from None
        except (quickjs.JSException, ValueError, MemoryError) as error:
            self._context = None
            text = str(error).splitlines()[0] if str(error) else type(error).__name__
            if "interrupted" in text:
                raise TooSlow(f"the expression ran longer than {SECONDS} s") from None
            if "out of memory" in text or text == "null":
                text = "the expression needs too much memory"
            raise ExpressionFailed(text) from None
