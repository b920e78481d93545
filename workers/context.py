"""What a handler gets: its task, where to work, how to tell progress, and when to stop."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from flatrender.core import nuls
from flatrender.core.db import Database
from flatrender.core.errors import FlatRenderError
from flatrender.farm import log
from flatrender.farm import service as farm
from flatrender.farm.models import Claimed, Task

PROGRESS_SECONDS = 0.5
SAFE_PART = 0.9  # of a lease that could not be renewed; the rest is for ending the renderer


class StopReason(StrEnum):
    """Why a running task must end now."""

    CANCELLED = "cancelled"  # somebody asked for it
    LOST = "lost"  # the claim is another's, or could not be renewed in time
    STALLED = "stalled"  # no progress for too long
    SHUTDOWN = "shutdown"  # the node is ending


class Stopped(FlatRenderError):
    """Raised in a handler by `TaskContext.check`."""

    code = "stopped"


class NotReady(FlatRenderError):
    """The task's input is not there yet: tried again in a few seconds."""

    code = "not-ready"
    status = 503


class TaskContext:
    """One claim of a task. Made by the agent; handlers run in a thread of their own."""

    def __init__(
        self,
        task: Task | Claimed,
        database: Database,
        scratch: Path,
        *,
        lease_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        assert task.node_id is not None
        self.task_id, self.epoch, self.node_id = task.id, task.epoch, task.node_id
        self.seq = task.seq or 0
        self.tenant_id, self.owner_id, self.kind = task.tenant_id, task.owner_id, task.kind
        self.name, self.engine, self.lane = task.name, task.engine, task.lane
        self.payload: dict[str, Any] = dict(task.payload)
        self.database = database
        self.stall_seconds, self.min_seconds = task.stall_seconds, task.min_seconds
        self.last_words: str | None = None  # of the renderer, when it failed
        self.stop_reason: StopReason | None = None
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._stopped = threading.Event()
        self._reporting = threading.Lock()
        self._scratch = scratch
        self._sent_at = 0.0
        self._best = 0.0
        self._said = 0
        self._part = (0.0, 1.0)
        self._drops: list[Callable[[], None]] = []
        self.renewed_at = self.moved_at = self.began_at = clock()

    @property
    def tag(self) -> str:
        """`<task>.<epoch>`: what this claim's temporary files are called, so that no two claims share one."""
        return f"{self.task_id}.{self.epoch}"

    @property
    def scratch(self) -> Path:
        """A folder of this claim's own, removed at its end."""
        folder = self._scratch / self.tag
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def on_drop(self, call: Callable[[], None]) -> None:
        """`call` takes back what the handler stored, when its result is not kept: fenced off or cancelled."""
        self._drops.append(call)

    def drop(self) -> None:
        """The result is not kept."""
        for call in reversed(self._drops):
            with suppress(FlatRenderError, OSError):
                call()
        self._drops.clear()

    def clean(self) -> None:
        """Removes the scratch folder."""
        shutil.rmtree(self._scratch / self.tag, ignore_errors=True)

    def stop(self, reason: StopReason) -> None:
        """Tells the handler to end; the first reason stays. Any thread."""
        if self.stop_reason is None:
            self.stop_reason = reason
        self._stopped.set()

    def cancelled(self) -> bool:
        """Whether to end now. Engines ask this several times a second."""
        return self._stopped.is_set()

    def check(self) -> None:
        """Raises Stopped when the task must end."""
        if self._stopped.is_set():
            raise Stopped(f"stopped: {self.stop_reason}")

    def wait(self, seconds: float) -> bool:
        """Waits at most `seconds`; True when the task must end."""
        return self._stopped.wait(seconds)

    @contextmanager
    def part(self, start: float, end: float) -> Iterator[None]:
        """Inside, progress from 0 to 1 is that of the part from `start` to `end` of the task."""
        before, self._part = self._part, (start, end)
        try:
            yield
        finally:
            self._part = before

    def progress(self, fraction: float, note: str = "", *, frame: int | None = None, frames: int | None = None) -> None:
        """Tells how far it is (0 to 1), written at most twice a second. Raises Stopped when the task must end.

        It is written from a thread of its own: a handler that waited for the database could not end its renderer.
        """
        self.check()
        start, end = self._part
        fraction = start + (end - start) * fraction
        now = self._clock()
        if fraction > self._best:
            self._best, self.moved_at = fraction, now
        if now - self._sent_at < PROGRESS_SECONDS and fraction < 1.0:
            return
        if not self._reporting.acquire(blocking=False):
            return  # the database is slow; the next one tells more
        self._sent_at = now
        best = max(fraction, self._best)
        threading.Thread(target=self._report, args=(best, note, frame, frames), name="report", daemon=True).start()

    def storing(self, size: int, start: float, end: float) -> Callable[[int], None]:
        """For `Storage.put_file`: a copy of so many bytes is the part from `start` to `end` of the task."""
        sent, adding = 0, threading.Lock()  # several threads of an upload call at once

        def arrived(number: int) -> None:
            nonlocal sent
            with adding:
                sent += number
                done = min(sent / max(size, 1), 1.0)
            self.progress(start + (end - start) * done, "storing")

        return arrived

    def _report(self, fraction: float, note: str, frame: int | None, frames: int | None) -> None:
        try:
            with self.database.system_session() as session:
                said = nuls.without(note)
                ours = farm.report(session, self.task_id, self.epoch, fraction, note=said, frame=frame, frames=frames)
        except FlatRenderError:
            return  # the database is away; the lease decides whether that matters
        finally:
            self._reporting.release()
        if not ours:
            self.stop(StopReason.LOST)

    def say(self, message: str, level: str = "info") -> None:
        """A line in the owner's log; of one claim the first ones are kept."""
        self._said += 1
        if self._said > log.MOST_OF_ONE:
            return
        if self._said == log.MOST_OF_ONE:
            message = "There is more to say than a log holds; the rest is left out."
        with self.database.system_session() as session:
            log.write(session, self.tenant_id, self.owner_id, message, level=level, task_id=self.task_id)

    def too_fast(self) -> bool:
        """Whether the handler ended sooner than anything could be rendered."""
        return self.min_seconds is not None and self._clock() - self.began_at < self.min_seconds

    def overdue(self) -> StopReason | None:
        """By this machine's monotonic clock: the lease is nearly over, or nothing has moved for too long."""
        now = self._clock()
        if now - self.renewed_at >= SAFE_PART * self._lease_seconds:
            return StopReason.LOST
        if self.stall_seconds is not None and now - self.moved_at >= self.stall_seconds:
            return StopReason.STALLED
        return None
