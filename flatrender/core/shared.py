"""Counts that all web processes of a machine keep together, in a file that is mapped into each of them.

Who counts holds the file's lock for the few microseconds of it; a process that is killed lets go of it. One that is
stopped keeps it: nobody waits for it longer than about a millisecond. What could not be written is counted in this
process, and written when the same name is counted next. The table has a fixed size: where many are counted at once,
those that end soonest give way.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUCKETS, PLACES = 2**14, 8
TRIES, BETWEEN = 5, 0.00005  # for the lock; callers are event loops, which answer nobody else while they wait
MOST_OWED = 10_000  # names whose numbers are not written yet; the oldest go
_ROW = struct.Struct("<8sdq")  # whose, until when, how many
_BUCKET = _ROW.size * PLACES


class SharedCounts:
    """Numbers by name, each for a time of its own. `now` is always the machine's monotonic clock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        os.ftruncate(descriptor, BUCKETS * _BUCKET)
        self._descriptor = descriptor
        self._map = mmap.mmap(descriptor, BUCKETS * _BUCKET)
        self._threads = threading.Lock()
        self._tries = TRIES
        self._owed: dict[str, tuple[float, int]] = {}  # → until when, how many; oldest first

    def add(self, name: str, number: int, now: float, lasts: float) -> tuple[int, float]:
        """Adds to a count, which begins anew when its time is over; the count, and until when."""
        key, start = _place(name)
        with self._turn() as mine:
            place, until, used = self._find(key, start)
            till, owed = self._owed.pop(name, (0.0, 0))
            if till > now:
                number += owed
            if until <= now:
                until, used = (till if till > now else now + lasts), 0
            used = max(0, used + number)
            if mine:
                _ROW.pack_into(self._map, place, key, until, used)
            else:
                self._owe(name, until, number)
            return used, until

    def keep(self, name: str, until: float) -> bool:
        """Makes a name last until then, whether it was counted before or not. Whether that could be written now."""
        key, start = _place(name)
        with self._turn() as mine:
            if mine:
                place, before, used = self._find(key, start)
                _ROW.pack_into(self._map, place, key, max(before, until), max(used, 1))
            return mine

    def hold(self, name: str, whose: int, now: float, lasts: float) -> bool:
        """Takes or renews what one alone has, by a number of theirs; whether it is theirs. Where that could not be
        written now, it is with the next renewal."""
        key, start = _place(name)
        with self._turn() as mine:
            place, until, holder = self._find(key, start)
            if until > now and holder not in {0, whose}:
                return False
            if mine:
                _ROW.pack_into(self._map, place, key, now + lasts, whose)
            return True

    def release(self, name: str, whose: int) -> None:
        """Gives back what `hold` took, unless it is another's meanwhile."""
        key, start = _place(name)
        with self._turn() as mine:
            place, _, holder = self._find(key, start)
            if mine and holder == whose:
                _ROW.pack_into(self._map, place, key, 0.0, 0)

    def has(self, name: str, now: float) -> bool:
        """Whether something was counted under a name, and its time is not over."""
        key, start = _place(name)
        with self._turn():
            return self._find(key, start)[1] > now

    def close(self) -> None:
        """Lets go of the file, which stays for the others."""
        self._map.close()
        os.close(self._descriptor)

    def _find(self, key: bytes, start: int) -> tuple[int, float, int]:
        """Where a name's row lies, until when and how many; where it has none, the one that gives way, as over."""
        rows = [_ROW.unpack_from(self._map, start + place * _ROW.size) for place in range(PLACES)]
        for place, (whose, until, used) in enumerate(rows):
            if whose == key:
                return start + place * _ROW.size, until, used
        return start + min(range(PLACES), key=lambda each: rows[each][1]) * _ROW.size, 0.0, 0

    def _owe(self, name: str, until: float, number: int) -> None:
        self._owed[name] = until, number
        while len(self._owed) > MOST_OWED:
            del self._owed[next(iter(self._owed))]

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Whether the file's lock is ours within. Where it was not the last time, it is asked for once alone."""
        with self._threads:
            mine = self._lock()
            self._tries = TRIES if mine else 1
            try:
                yield mine
            finally:
                if mine:
                    fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _lock(self) -> bool:
        for number in range(self._tries):
            if number:
                time.sleep(BETWEEN)
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            return True
        return False


def _place(name: str) -> tuple[bytes, int]:
    digest = hashlib.blake2b(name.encode(), digest_size=10).digest()
    return digest[:8], int.from_bytes(digest[8:]) % BUCKETS * _BUCKET
