"""Runs services as children: starts them in order, waits until each is ready, restarts what crashes, stops all.

The supervisor knows nothing of what a service does. Each child runs in a session of its own and dies with this process
(core.process); what it prints goes to `<logs>/<name>.log`, and to `<name>.log.1` what was before the last 5 MB.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from flatrender.core import process
from flatrender.core.errors import ProcessFailed

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
# A service that ran this long was well: its next crash counts as the first.
STEADY_SECONDS = 60.0
LOOK_SECONDS = 0.2
HEARD_SECONDS = 0.1  # after a signal at the latest
QUIET_SECONDS = 2.0  # an end that takes longer is said
LONGEST_LOG = 5_000_000
Say = Callable[[str], None]


class Stopped(Exception):
    """Somebody asked for the end (Ctrl+C, SIGTERM) while something was being waited for."""


@dataclass(frozen=True)
class Service:
    """How to run one service.

    `ready` is asked again and again after a start; None means at once. `foundation`: others stand on it, it ends last.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    ready: Callable[[], bool] | None = None
    ready_seconds: float = 180.0  # of a busy machine; one that ends is noticed at once
    stop_seconds: float = 5.0
    foundation: bool = False


@dataclass
class _Running:
    service: Service
    child: process.Child
    started: float
    crashes: int = 0
    again_at: float | None = field(default=None)


class EndAsked:
    """Whether the end was asked for: by a signal, whose handler may interrupt whatever runs and so may take no lock
    (an Event's would wait for ever for the code that it interrupts), or by another thread."""

    def __init__(self) -> None:
        self._asked = False

    def set(self) -> None:
        self._asked = True

    def is_set(self) -> bool:
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Lets time pass, less as soon as the end is asked for; whether it is."""
        deadline = time.monotonic() + seconds
        while not self._asked and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, HEARD_SECONDS))
        return self._asked


class Supervisor:
    """Keeps services running until `stop` is set. One thread only: whoever calls `start` and `watch`."""

    def __init__(self, logs: Path, say: Say, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.stop = EndAsked()
        self._logs, self._say, self._clock = logs, say, clock
        self._running: list[_Running] = []
        logs.mkdir(parents=True, exist_ok=True)

    def log_of(self, name: str) -> Path:
        """The file that holds what a service printed."""
        return self._logs / f"{name}.log"

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Ctrl+C, SIGTERM and a closed terminal set `stop`; a second Ctrl+C kills at once."""

        def ask(number: int, frame: FrameType | None) -> None:
            if self.stop.is_set() and number == signal.SIGINT:
                self.kill()
            self.stop.set()

        wanted = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
        before = {number: signal.signal(number, ask) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self, service: Service) -> None:
        """Starts a service and waits until it is ready. Raises ProcessFailed with its last words, or Stopped."""
        running = _Running(service, self._launch(service), self._clock())
        self._running.append(running)
        deadline = self._clock() + service.ready_seconds
        while service.ready is not None and not service.ready():
            if not running.child.alive:
                raise ProcessFailed(
                    f"{service.name} ended while it was starting (exit status {running.child.wait()}). "
                    f"Its last words, from {self.log_of(service.name)}:\n{self.last_words(service.name)}"
                )
            if self._clock() > deadline:
                raise ProcessFailed(
                    f"{service.name} was not ready after {service.ready_seconds:.0f} seconds; "
                    f"see {self.log_of(service.name)}.\n{self.last_words(service.name)}"
                )
            self.wait(LOOK_SECONDS)

    def finish(self, child: process.Child) -> int:
        """Waits for a child that is no service to end; its return code. Raises Stopped, with the child killed."""
        while True:
            try:
                return child.wait(LOOK_SECONDS)
            except process.TimeoutExpired:
                if self.stop.is_set():
                    child.close()
                    raise Stopped from None

    def wait(self, seconds: float) -> None:
        """Lets time pass. Raises Stopped as soon as the end was asked for."""
        if self.stop.wait(seconds):
            raise Stopped

    def watch(self, until: Callable[[], bool] = lambda: False) -> bool:
        """Returns when `stop` is set, or `until` is true (then True). A service that ends is said and started again,
        later each time."""
        while not self.stop.wait(LOOK_SECONDS):
            self.look()
            if until():
                return True
        return False

    def look(self) -> None:
        """One look at every service: notes a crash, starts again what has waited long enough, keeps logs short."""
        now = self._clock()
        for running in self._running:
            self._shorten(self.log_of(running.service.name))
            if running.again_at is not None:
                if now >= running.again_at:
                    running.child, running.started, running.again_at = self._launch(running.service), now, None
                    self._say(f"{running.service.name} was started again")
            elif not running.child.alive:
                running.crashes = 1 if now - running.started > STEADY_SECONDS else running.crashes + 1
                pause = min(FIRST_PAUSE * 2 ** (running.crashes - 1), LONGEST_PAUSE)
                running.again_at = now + pause
                name = running.service.name
                self._say(
                    f"{name} ended unexpectedly (exit status {running.child.wait()}), again in {pause:g} s; "
                    f"see {self.log_of(name)}"
                )
                for line in self.last_words(name).splitlines()[-5:]:
                    self._say(f"  {line}")

    def stop_all(self) -> None:
        """Asks every service to end, foundations last, and kills what takes longer than it may."""
        self.stop.set()
        for foundation in (False, True):
            group = [running for running in self._running if running.service.foundation is foundation]
            for running in group:
                running.child.terminate()
            for running in group:
                self._end(running)
        self._running.clear()

    def _end(self, running: _Running) -> None:
        """Waits for one that was asked to end, and says so when that takes long."""
        # Asked once: to a node a second time means "do not finish what runs".
        service = running.service
        quiet = min(QUIET_SECONDS, service.stop_seconds)
        with suppress(process.TimeoutExpired):
            try:
                running.child.wait(quiet)
            except process.TimeoutExpired:
                self._say(f"{service.name} takes a moment to end (at most {service.stop_seconds:g} s)")
                running.child.wait(service.stop_seconds - quiet)
        running.child.kill()

    def drop(self, name: str) -> None:
        """Ends a service and forgets it: it is not started again."""
        for running in [one for one in self._running if one.service.name == name]:
            running.child.close()
            self._running.remove(running)

    def kill(self) -> None:
        """Ends every child at once."""
        for running in self._running:
            running.child.kill()

    def pids(self) -> dict[str, int]:
        """The running services' process ids."""
        return {running.service.name: running.child.pid for running in self._running if running.again_at is None}

    def last_words(self, name: str, most: int = 4000) -> str:
        """The end of a service's log."""
        try:
            with self.log_of(name).open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - most))
                return log.read(most).decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def open_log(self, name: str) -> Path:
        """Makes room in a log that has grown long; returns its path."""
        log = self.log_of(name)
        if log.exists() and log.stat().st_size > LONGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        return log

    def _shorten(self, log: Path) -> None:
        """Keeps what a running service has printed beside its log, and empties that: the service has it open for
        appending. A line that comes between the two is lost."""
        with suppress(OSError):
            if log.stat().st_size <= LONGEST_LOG:
                return
            with suppress(OSError):  # a full disk has no room for a copy, and needs it the more
                shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)

    def _launch(self, service: Service) -> process.Child:
        with self.open_log(service.name).open("ab") as log:
            return process.Child(
                service.argv,
                env=service.env,
                cwd=service.cwd,
                stdin=process.DEVNULL,
                stdout=log,
                stderr=process.STDOUT,
            )
