"""Turns: of all web processes of a house, one at a time does what has a name.

On PostgreSQL an advisory lock of a connection of its own, which ends with its process; beside SQLite, whose processes
share a machine, a locked file. Where files cannot be locked (Windows) turns are those of one process.
"""

import hashlib
import os
import threading
import time
from pathlib import Path

import psycopg
from psycopg import errors

from flatrender.core.db import Database
from flatrender.core.errors import Unavailable

FILES = 256  # names share them: two that wait for each other without need do no harm
LOOK_AGAIN = 0.01  # seconds
_CONNECTIONS = threading.BoundedSemaphore(5)  # of a process, at once, beside those that are pooled


class Turn:
    """One turn of a name. `take` and `give_back` block: call them in a thread; whoever gives up early gives back."""

    def __init__(self, database: Database, folder: Path, name: str) -> None:
        self._database, self._folder = database, folder
        self._number = int.from_bytes(hashlib.sha256(f"turn {name}".encode()).digest()[:8], signed=True)
        self._guard = threading.Lock()
        self._over = False
        self._held: psycopg.Connection[tuple[object, ...]] | int | None = None

    def take(self, seconds: float) -> None:
        """Waits until it is this one's turn. Raises TimeoutError, Unavailable."""
        held = self._locked_file(seconds) if self._database.is_sqlite else self._connection(seconds)
        with self._guard:
            self._held = held
            if self._over:  # nobody waits for it any more
                self._let_go()

    def give_back(self) -> None:
        """Lets the next one; also one that was never taken."""
        with self._guard:
            self._over = True
            self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if isinstance(held, int):
            os.close(held)
        elif held is not None:
            held.close()
            _CONNECTIONS.release()

    def _connection(self, seconds: float) -> "psycopg.Connection[tuple[object, ...]]":
        if not _CONNECTIONS.acquire(timeout=seconds):
            raise TimeoutError
        try:
            return self._connected(seconds)
        except BaseException:
            _CONNECTIONS.release()
            raise

    def _connected(self, seconds: float) -> "psycopg.Connection[tuple[object, ...]]":
        url = self._database.url.replace("postgresql+psycopg://", "postgresql://")
        try:
            connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
        except psycopg.Error:
            raise Unavailable("The database did not answer; try again in a moment.") from None
        try:
            connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{max(1, round(seconds * 1000))}ms",))
            connection.execute("SELECT pg_advisory_lock(%s)", (self._number,))
        except BaseException as error:
            connection.close()
            if isinstance(error, errors.LockNotAvailable):
                raise TimeoutError from None
            if isinstance(error, psycopg.Error):
                raise Unavailable("The database did not answer; try again in a moment.") from None
            raise
        return connection

    def _locked_file(self, seconds: float) -> int | None:
        try:
            import fcntl
        except ImportError:
            return None
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / f"{self._number % FILES:02x}", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return descriptor
            except OSError:
                if time.monotonic() > until:
                    os.close(descriptor)
                    raise TimeoutError from None
                time.sleep(LOOK_AGAIN)
