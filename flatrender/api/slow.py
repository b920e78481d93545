"""What waits long, beside the threads that requests are answered in.

Those are few where several web processes serve one port: eight requests that wait for an engine's child, a copy of
gigabytes or somebody else's name server would be all that a process does. Each such kind has threads of its own, and
one person so many of them at once; the next ones wait in the event loop, which costs nothing.
"""

import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from flatrender.core.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")
RETRY_SECONDS = 2  # after which who was told that we are busy may ask again


class _Here:
    """The turns of one event loop."""

    def __init__(self, threads: int) -> None:
        self.threads = anyio.Semaphore(threads, fast_acquire=True)
        self.limiter = anyio.CapacityLimiter(threads)  # never waited for: who has one of the threads is in it
        self.places: dict[str, tuple[anyio.Semaphore, int]] = {}  # of each person, and how many have or await one


class Slow:
    """A kind of what waits long: `threads` for all, `of_one` for each person, who waits at most `seconds` for one: for
    those of earlier requests, and for those of all others."""

    def __init__(self, kind: str, *, threads: int, of_one: int = 2, seconds: float = math.inf) -> None:
        self._threads, self._of_one, self._seconds = threads, of_one, seconds
        self._here: RunVar[_Here] = RunVar(f"slow {kind}")

    async def run(self, who: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls in a thread of this kind, when it is the person's turn. Raises Unavailable where that took too long."""
        here = self._of_loop()
        async with self.turn(who, here.threads):
            return await anyio.to_thread.run_sync(partial(call, *args, **kwargs), limiter=here.limiter)

    @asynccontextmanager
    async def turn(self, who: str, *more: anyio.Semaphore) -> AsyncIterator[None]:
        """One of the person's places, without a thread; then one of each that is waited for as well."""
        places = self._of_loop().places
        place, awaited = places.get(who) or (anyio.Semaphore(self._of_one, fast_acquire=True), 0)
        places[who] = place, awaited + 1
        taken: list[anyio.Semaphore] = []
        try:
            with anyio.move_on_after(self._seconds) as waited:
                for each in (place, *more):
                    await each.acquire()
                    taken.append(each)
            if waited.cancelled_caught:
                said = "Earlier requests are still being worked on; try again in a moment."
                raise Unavailable(said, code="busy", retry_after=RETRY_SECONDS)
            yield
        finally:
            for each in taken:
                each.release()
            place, awaited = places.pop(who)
            if awaited > 1:
                places[who] = place, awaited - 1

    def _of_loop(self) -> _Here:
        try:
            return self._here.get()
        except LookupError:
            self._here.set(_Here(self._threads))
            return self._here.get()


DRAWINGS = Slow("drawings", threads=6, seconds=2.5)  # two of one person: a third of the engine's children is others'
FILMS = Slow("films", threads=4, seconds=2.5)  # pictures of films in a scene
SOUNDS = Slow("sounds", threads=4, seconds=2.5)
FILES = Slow("files", threads=8, seconds=120.0)  # read, hashed and copied: those of gigabytes for minutes
GUARDS = Slow("guards", threads=8)  # another process changes the same
OTHERS = Slow("others", threads=16, seconds=15.0)  # name servers and other houses: seconds, of somebody else's
