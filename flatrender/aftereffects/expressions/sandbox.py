"""QuickJS with limits: strangers' JavaScript gets little time, memory and depth, and nothing of the machine."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flatrender.aftereffects.expressions.prelude import OWN_LINES
from flatrender.aftereffects.expressions.syntax import loop_lines
from flatrender.aftereffects.expressions.worlds import LATE, SECONDS, Gone, Killed, Said, World

IN_ALL = 2.0  # processor seconds of all the runs that begin anew for what was looked up
QUESTIONS = 400  # how much one run may look up
MAX_SOURCE = 20_000


class ExpressionFailed(Exception):
    """The expression gave no value; the message says why, for the capability report, `line` where (0: everywhere)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class TooSlow(ExpressionFailed):
    """It used up its time, or gave too much, at all its times together."""


class _Meddles(ExpressionFailed):
    """What it gave is not what the world answers with."""


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
        self._world: World | None = None
        self.spent = 0.0
        """Seconds of the processor that the engine has taken for this one."""

    def forget(self) -> None:
        """Empties the table of answers: the values below have changed."""
        if self._world is not None:
            self._call("__engine.forget()")

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
        left = bool(_LEAVES_SOMETHING.search(source))
        try:
            return self._run(source, place, times, answer, unit)
        except _Meddles:
            left = True
            raise
        finally:
            if left:
                self._world = None

    def _run(
        self,
        source: str,
        place: Place,
        times: Sequence[float],
        answer: Callable[[str], Any],
        unit: tuple[int, int],
    ) -> list[Result]:
        words = ", ".join(json.dumps(word) for word in (source, place.composition, place.address, place.path))
        done: dict[float, Result] = {}
        told: dict[str, Any] = {}
        waiting = list(dict.fromkeys(times))
        spent = 0.0
        for _ in range(QUESTIONS):
            run = self._call(f"__engine.unit{unit}, __engine.run({words}, {json.dumps(waiting)})", source)
            spent += run.spent
            found, questions = _results(waiting, run.text)
            done |= found
            if not questions:
                return [done[time] for time in times]
            waiting = [time for time in waiting if time not in done]
            if spent > IN_ALL:
                raise TooSlow(f"the expression ran longer than {IN_ALL} s")
            world = self._world
            fresh = {question: answer(question) for question in questions}
            told |= fresh
            # What was looked up may have run other expressions, and one of them have ended the world.
            lasts = world is not None and self._world is world and world.alive
            answers = json.dumps(list((fresh if lasts else told).items()))
            self._call(f"__engine.put({json.dumps(answers)})")
        raise ExpressionFailed("the expression looks up too many things")

    def _call(self, code: str, source: str = "") -> Said:
        said = self._said(code)
        if not said.failed:
            return said
        self._world = None
        text = said.text.partition("\n")[0]
        if said.too_deep:
            raise ExpressionFailed("the expression calls itself too deeply", _line(said.text))
        if "interrupted" in text:
            raise TooSlow(f"the expression ran longer than {SECONDS} s", _slow_line(said.text, source))
        if "out of memory" in text or text in _NO_MEMORY:
            text = "the expression needs too much memory"
        raise ExpressionFailed(text, _line(said.text))

    def _said(self, code: str) -> Said:
        faults = 0
        while True:
            try:
                if self._world is None or not self._world.alive:
                    self._world = None  # first, for the child to have room
                    self._world = World()
                said = self._world.run(code)
                self.spent += said.spent
                return said
            except Killed:
                self.spent += SECONDS + LATE
                raise TooSlow(f"the expression ran longer than {SECONDS} s") from None
            except MemoryError:
                raise TooSlow("the expression gives too much") from None
            except Gone as error:
                faults += error.fault  # once it may have been ended by somebody else
                if faults > 1:
                    raise ExpressionFailed("the expression ended the engine of expressions") from None


_NO_MEMORY = ("out of memory", "null", "[uninitialized]")  # the engine may lack even the room to say so
_TOO_DEEP = "Maximum call stack size exceeded"
_LEAVES_SOMETHING = re.compile(
    r"prototype|__proto__|\b(?:globalThis|Reflect|defineProper\w+|setPrototypeOf|assign)\b"
    r"|\b(?:Array|BigInt|Boolean|Date|Error|Function|JSON|Map|Math|Number|Object|Promise|RegExp|Set|String|Symbol)"
    r"\s*(?:\.\s*\w+\s*|\[[^\]]*\]\s*)?[-+*/]?=(?!=)"
)
"""Of an expression that may change what JavaScript itself offers: the next one gets a world of its own."""
_TOP = re.compile(r"\n\s*at (\S+) \(<input>:(\d+):(\d+)\)")
_PLACE = re.compile(r"(<eval> \()?<input>:(\d+)")


def _results(times: Sequence[float], text: str) -> tuple[dict[float, Result], list[str]]:
    """What a run gave at its times, and what it asks for. The text may be anything: an expression may have made it."""
    try:
        said = json.loads(text)
        done: dict[float, Result] = {}
        questions: dict[str, None] = {}
        for time, one in zip(times, said, strict=True):
            if "ask" in one:
                questions[str(one["ask"])] = None
            elif "error" in one:
                raise _failure(str(one["error"]), int(one["line"]))
            else:
                done[time] = Result(one["value"], bool(one["timed"]), tuple(str(place) for place in one["read"]))
    except (ValueError, TypeError, LookupError, RecursionError):
        raise _Meddles("the expression meddles with the sandbox") from None
    return done, list(questions)


def _failure(message: str, line: int) -> ExpressionFailed:
    if message == _TOO_DEEP:
        return ExpressionFailed("the expression calls itself too deeply", line)
    if message in _NO_MEMORY:
        return ExpressionFailed("the expression needs too much memory")
    return ExpressionFailed(message, line)


def _line(stack: str) -> int:
    """The expression's line in the engine's stack, as `running.js` finds it; 0 where there is none."""
    places = _PLACE.findall(stack)
    # The last is our call of the engine.
    own = [int(number) for _, number in places[:-1] if int(number) <= OWN_LINES]
    return next((int(number) for statement, number in places[:-1] if statement), own[0] if own else 0)


def _slow_line(stack: str, source: str) -> int:
    """The same for a run out of time. The engine does not know the line of a loop, only that of a call before it or
    where its function begins: the line of the only loop there; 0 where there are several.
    """
    top = _TOP.match(stack, stack.find("\n"))
    if top is None or int(top[2]) > OWN_LINES:
        return _line(stack)
    script = top[1] == "<eval>"
    loops = loop_lines(source, None if script else (int(top[2]), int(top[3])))
    if len(loops) == 1:
        return loops[0]
    return 0 if script and loops else _line(stack)
