"""Copies of stored files on this machine, for storage that is elsewhere: bounded, the longest unused out first.

Each copy appears whole or not at all. What was used within the last minutes is never removed: a renderer may be
reading it by its path. What a task was given stays as long as the task runs: see `hold`. A copy's use is its time of
access; its time of change is left alone, for others remember by it what they have read of the file.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from flatrender.core.ids import new_id

IN_USE_SECONDS = 900.0
_TOUCH_SECONDS = IN_USE_SECONDS / 3
_given: ContextVar[set[Path] | None] = ContextVar("given", default=None)  # to the task of this thread
_LEFT_SECONDS = 6 * 3600  # a half-fetched file this old was left by a killed process


class FileCache:
    """A folder of copies of at most `most` bytes, but for those in use. Thread-safe; processes may share it."""

    def __init__(self, folder: Path, most: int) -> None:
        self.folder, self.most = folder, most
        self._lock = threading.Lock()
        self._fetching: dict[str, threading.Lock] = {}

    @contextmanager
    def hold(self) -> Iterator[None]:
        """While it is entered, what this thread gets counts as in use, however long that takes; for other processes
        that share the folder as well, so the copies themselves say it."""
        given: set[Path] = set()
        ended = threading.Event()

        def touch() -> None:
            while not ended.wait(_TOUCH_SECONDS):
                for path in tuple(given):
                    self._used(path)

        token = _given.set(given)
        threading.Thread(target=touch, name="files in use", daemon=True).start()
        try:
            yield
        finally:
            _given.reset(token)
            ended.set()

    def get(self, name: str, fetch: Callable[[Path], None]) -> Path:
        """The copy called `name`; `fetch(path)` makes it where there is none, once however many ask."""
        path = self.folder / name[:2] / name
        if (given := _given.get()) is not None:
            given.add(path)
        if self._used(path):
            return path
        with self._lock:
            lock = self._fetching.setdefault(name, threading.Lock())
        with lock:
            if self._used(path):
                return path
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{name}.{new_id()}.tmp")
            try:
                fetch(temporary)
                os.replace(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)
                with self._lock:
                    self._fetching.pop(name, None)
        self.trim()
        return path

    def forget(self, name: str) -> None:
        """Removes a copy."""
        (self.folder / name[:2] / name).unlink(missing_ok=True)

    def trim(self) -> int:
        """Removes the longest unused copies beyond the limit; how many."""
        found: list[tuple[float, int, Path]] = []
        now = time.time()
        for path in self.folder.glob("*/*"):
            with suppress(OSError):
                stat = path.stat()
                if path.name.endswith(".tmp"):
                    if now - stat.st_mtime > _LEFT_SECONDS:
                        path.unlink()
                    continue
                used_at = max(stat.st_atime, stat.st_mtime)  # a disk may not keep the former
                found.append((used_at, stat.st_size, path))
        total, gone = sum(size for _, size, _ in found), 0
        for used_at, size, path in sorted(found):
            if total <= self.most or now - used_at < IN_USE_SECONDS:
                break
            with suppress(OSError):  # such as one that Windows keeps open: the next trim takes it
                path.unlink(missing_ok=True)
                total -= size
                gone += 1
        return gone

    @staticmethod
    def _used(path: Path) -> bool:
        try:
            changed = path.stat().st_mtime_ns
            try:
                os.utime(path, ns=(time.time_ns(), changed))
            except PermissionError:  # another user's, in a folder in common: both times or none
                os.utime(path)
        except FileNotFoundError:
            return False
        return True
