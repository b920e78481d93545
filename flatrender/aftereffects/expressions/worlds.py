"""JavaScript worlds in a child process, which is killed when it does not stop at its limit.

The engine looks at its limit of time once in ten thousand calls and turns of loops. Between two looks there may be as
many comparisons of texts of millions of letters, and a single product of two long whole numbers takes a second. All the
worlds of a process live in one child: a world whose child was killed for another's sake is made anew by its owner.
"""

import contextlib
import importlib.util
import itertools
import os
import select
import sys
import time as clock
import weakref
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from flatrender.aftereffects.expressions.child import ANSWER, BEGIN, DROP, FAILED, OLD, REQUEST, RUN, TOO_DEEP
from flatrender.aftereffects.expressions.prelude import prelude
from flatrender.core.errors import Unavailable
from flatrender.core.process import DEVNULL, PIPE, Child, Limits

SECONDS = 0.25  # processor time of one run, by the engine's own look at it
LATE = 0.75  # so much more, and the child is killed
LONGEST = 8.0  # by the wall clock, on a machine that has no time for it
MEMORY = 48 * 1024 * 1024
STACK = 512 * 1024
MAX_SAID = 16 * 1024 * 1024
_ALL_MEMORY = 1024 * 1024 * 1024
_OLD_ENGINE = (
    "Expressions cannot be evaluated: the Python package quickjs stands before quickjs-ng. Run `pip uninstall quickjs`,"
    " then `pip install --force-reinstall quickjs-ng`."
)
_NO_ENGINE = "Expressions cannot be evaluated; run `pip install --force-reinstall quickjs-ng`."


class Killed(Exception):
    """The code did not stop at its limit of time."""


class Gone(Exception):
    """The child is not there any more: for another world's sake, or (`fault`) because this code ended it."""

    def __init__(self, fault: bool) -> None:
        super().__init__("the child is gone")
        self.fault = fault


@dataclass(frozen=True)
class Said:
    """What the code gave as text, or the error's message and stack; `spent`: seconds of the processor."""

    text: str
    spent: float
    failed: bool = False
    too_deep: bool = False


class World:
    """One JavaScript world with the prelude in it; forgotten by the child when it is forgotten here."""

    def __init__(self) -> None:
        self._process = _process()
        self._number = next(self._process.numbers)
        said = self._process.ask(BEGIN, self._number, prelude())
        if said.failed:
            raise Gone(fault=True)
        weakref.finalize(self, self._process.unused.append, self._number)

    @property
    def alive(self) -> bool:
        """Whether it can still be asked: not where its child was killed, nor in a forked copy of its process."""
        return self._process.alive

    def run(self, code: str) -> Said:
        """What `code` gives. Raises Killed, Gone; the world is dead after either."""
        return self._process.ask(RUN, self._number, code)


def warm() -> None:
    """Starts the child, without waiting for it: it takes 30 ms, in which its caller reads the project."""
    with contextlib.suppress(Unavailable):  # told by the first expression
        _process()


def check_engine() -> None:
    """Raises Unavailable, with what to do, where there is no engine, another one, or one that does not start."""
    process = _Process()
    try:
        works = process.ask(BEGIN, 1, "'works'").text == "works"
    except (Gone, Killed):
        works = False
    finally:
        process.close()
    if not works:
        raise Unavailable(_NO_ENGINE)


class _Process:
    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self.unused: list[int] = []
        self._owner = os.getpid()
        self._open = True
        self._used = 0.0  # processor seconds of the child, as it said last
        self._lock = Lock()
        found = importlib.util.find_spec("_quickjs")
        if found is None or found.origin is None:
            raise Unavailable(_NO_ENGINE)
        script = str(Path(__file__).with_name("child.py"))
        words = (str(Path(found.origin).parent), str(SECONDS), str(MEMORY), str(STACK))
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
        self._child = Child(
            (sys.executable, "-I", "-S", script, *words),
            limits=Limits(memory_bytes=_ALL_MEMORY, file_bytes=0),
            env=kept,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            bufsize=0,
        )
        assert self._child.popen.stdin is not None
        assert self._child.popen.stdout is not None
        self._in, self._out = self._child.popen.stdin.fileno(), self._child.popen.stdout.fileno()
        self._waiter = select.poll()
        self._waiter.register(self._out, select.POLLIN | select.POLLHUP)

    @property
    def alive(self) -> bool:
        return self._open and self._owner == os.getpid()

    def ask(self, wanted: int, number: int, code: str) -> Said:
        with self._lock:
            if not self.alive:
                raise Gone(fault=False)
            try:
                while self.unused:
                    self._send(DROP, self.unused.pop(), "")
                self._send(wanted, number, code)
                self._wait()
                kind, used, size = ANSWER.unpack(self._read(ANSWER.size))
                if kind == OLD:
                    raise Unavailable(_OLD_ENGINE)
                if size > MAX_SAID:
                    raise MemoryError
                text = self._read(size).decode("utf-8", "replace")
            except BaseException as error:
                self.close()
                if isinstance(error, OSError | EOFError):
                    raise Gone(fault=True) from None
                raise
            spent, self._used = used - self._used, used
        return Said(text, spent, kind in (FAILED, TOO_DEEP), kind == TOO_DEEP)

    def close(self) -> None:
        self._open = False
        self._child.close()

    def _send(self, wanted: int, number: int, code: str) -> None:
        data = code.encode("utf-8", "replace")
        rest = memoryview(REQUEST.pack(wanted, number, len(data)) + data)
        while rest:
            rest = rest[os.write(self._in, rest) :]

    def _wait(self) -> None:
        """Until it answers or ends. Raises Killed."""
        if self._waiter.poll((SECONDS + LATE) * 1000):
            return
        import psutil  # slow to load, and nearly all answer at once

        until = clock.monotonic() + LONGEST - SECONDS - LATE
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self._child.pid)
            while clock.monotonic() < until and sum(process.cpu_times()[:2]) < self._used + SECONDS + LATE:
                if self._waiter.poll(100):
                    return
        raise Killed

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = os.read(self._out, min(size - len(parts), 1 << 20))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)


_shared: dict[str, _Process] = {}
_shared_lock = Lock()


def _process() -> _Process:
    """The child of this process; a new one where it has ended."""
    with _shared_lock:
        found = _shared.get("child")
        if found is None or not found.alive:
            found = _shared["child"] = _Process()
        return found
