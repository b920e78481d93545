"""How much one person holds open at once: event streams, web sockets. Counted among all web processes of a machine.

Each that is open has one of so many numbered places. Where several processes count together (`core.shared`), a place is
its holder's by a number drawn for it: a process that was stopped for so long that its place went to another neither
renews nor leaves that one.
"""

import asyncio
import os
import secrets
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flatrender.api.limits import COUNTS, WINDOW, counts_of_all

if TYPE_CHECKING:
    from flatrender.core.shared import SharedCounts

RENEW_SECONDS = 10.0
PLACE_SECONDS = WINDOW + 3 * RENEW_SECONDS
"""A place that nobody renews is free: its process has ended. Longer than what requests count, which gives way first in
a table that is full."""

_open: Counter[tuple[str, str]] = Counter()  # of this process alone, where it is the only one


@cache
def together() -> "SharedCounts | None":
    """Where all web processes of this machine count, if there are several."""
    path = os.environ.get(COUNTS)
    return counts_of_all(Path(path)) if path else None


class Place:
    """One of `most` places that somebody has for a `kind` of thing. Raises LookupError where all are taken."""

    def __init__(self, kind: str, user_id: str, most: int) -> None:
        self._of, self._most = (kind, user_id), most
        self._mine = secrets.randbits(62) + 1
        self._name = ""
        if (shared := together()) is None:
            if _open[self._of] >= most:
                raise LookupError(user_id)
            _open[self._of] += 1
        elif not self._take(shared):
            raise LookupError(user_id)

    def _take(self, shared: "SharedCounts") -> bool:
        for number in range(self._most):
            name = f"{self._of[0]} {self._of[1]} {number}"
            if shared.hold(name, self._mine, time.monotonic(), PLACE_SECONDS):
                self._name = name
                return True
        return False

    async def keep(self) -> None:
        """Renews the place until cancelled; one that was lost meanwhile is exchanged for another."""
        while (shared := together()) is not None:
            await asyncio.sleep(RENEW_SECONDS)
            if not shared.hold(self._name, self._mine, time.monotonic(), PLACE_SECONDS):
                self._take(shared)

    def leave(self) -> None:
        """Gives the place back."""
        if (shared := together()) is not None:
            shared.release(self._name, self._mine)
            return
        _open[self._of] -= 1
        if not _open[self._of]:
            del _open[self._of]
