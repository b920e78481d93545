"""Counts that all web processes of a machine keep together, in a file that is mapped into each of them.

Who counts holds the file's lock for the few microseconds of it; a process that is killed lets go of it. The table has a
fixed size: where many are counted at once, those that end soonest give way.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import threading
from pathlib import Path

BUCKETS, PLACES = 2**14, 8
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

    def add(self, name: str, number: int, now: float, lasts: float) -> tuple[int, float]:
        """Adds to a count, which begins anew when its time is over; the count, and until when."""
        key, start = _place(name)
        with self._threads:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            try:
                rows = [_ROW.unpack_from(self._map, start + place * _ROW.size) for place in range(PLACES)]
                place = next((place for place, row in enumerate(rows) if row[0] == key), None)
                if place is None:
                    place = min(range(PLACES), key=lambda each: rows[each][1])
                    until, used = 0.0, 0
                else:
                    _, until, used = rows[place]
                if until <= now:
                    until, used = now + lasts, 0
                used = max(0, used + number)
                _ROW.pack_into(self._map, start + place * _ROW.size, key, until, used)
                return used, until
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def has(self, name: str, now: float) -> bool:
        """Whether something was counted under a name, and its time is not over."""
        return self.add(name, 0, now, 0.0)[1] > now

    def close(self) -> None:
        """Lets go of the file, which stays for the others."""
        self._map.close()
        os.close(self._descriptor)


def _place(name: str) -> tuple[bytes, int]:
    digest = hashlib.blake2b(name.encode(), digest_size=10).digest()
    return digest[:8], int.from_bytes(digest[8:]) % BUCKETS * _BUCKET
