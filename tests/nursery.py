"""Processes without their two seconds of imports: each is forked from one that has imported everything.

`python -m tests.nursery MODULE` imports the module, calls its `ready` if it has one, and reads requests from its stdin,
a line of JSON each: it forks, calls the module's `main` there and answers with the pid. What is forked is a process
like any other, in a session of its own; it is killed, stopped and read by its pid. It dies with the nursery, and the
nursery with the test run.
"""

import ctypes
import importlib
import json
import os
import random
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from flatrender.core import process
from tests.deadline import until

ROOT = Path(__file__).resolve().parents[1]
_PDEATHSIG = 1


class Forked:
    """A forked process, in which a module's `main` runs: what `process.Child` is to a started one."""

    def __init__(self, module: str, words: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self._log = log
        log.touch()
        self.pid = _nursery(module).fork({"words": list(words), "env": dict(env), "log": str(log)})
        self._process = psutil.Process(self.pid)

    @property
    def alive(self) -> bool:
        return self._process.is_running()

    def is_on_line(self) -> bool:
        """Whether it has said so. Raises AssertionError when it has ended instead."""
        said = self._log.read_bytes()
        assert self.alive, said.decode(errors="replace")
        return b"on line\n" in said

    def wait(self, seconds: float | None = None) -> None:
        until(lambda: not self.alive, seconds or 10.0, f"the end of process {self.pid}")

    def last_words(self) -> str:
        return self._log.read_bytes()[-20_000:].decode(errors="replace")

    def close(self) -> None:
        """Kills it; what it started dies with it."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()


class _Nursery:
    def __init__(self, module: str) -> None:
        self._lock = threading.Lock()
        words = [sys.executable, "-m", "tests.nursery", module]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._child = process.Child(words, cwd=ROOT, env=env, stdin=process.PIPE)

    def fork(self, request: dict[str, Any]) -> int:
        stdin, stdout = self._child.popen.stdin, self._child.popen.stdout
        assert stdin is not None
        assert stdout is not None
        with self._lock:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
            return int(stdout.readline())


@cache
def _nursery(module: str) -> _Nursery:
    return _Nursery(module)


def main(module: str) -> None:
    born = importlib.import_module(module)
    if hasattr(born, "ready"):
        born.ready()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who has ended is gone at once, and no zombie
    for line in iter(sys.stdin.readline, ""):  # no iterator of the file: it would read ahead
        request = json.loads(line)
        pid = os.fork()
        if not pid:
            try:
                _become(request)
                born.main(*request["words"])
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)
        print(pid, flush=True)


def _become(request: dict[str, Any]) -> None:
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    said = os.open(request["log"], os.O_WRONLY | os.O_APPEND)
    for source, target in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(request["env"])
    random.seed()


if __name__ == "__main__":
    main(sys.argv[1])
