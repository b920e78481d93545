"""The drawing children that a process keeps: started when needed, kept warm, so many at once and no more."""

from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Lock
from typing import Final

from flatrender.aftereffects.raster.drawer import Drawer
from flatrender.core.process import Limits

WARM_CHILDREN: Final = 2
"""How many idle children are kept; more run while more is drawn."""


class Pool:
    """Children for up to `size` drawings at once. Whoever draws holds a place for each child: `place`, or `enter` and
    `leave` where one would help and none need be free. Thread-safe."""

    def __init__(
        self, size: int, command: Sequence[str], limits: Limits, environment: Callable[[], Mapping[str, str]]
    ) -> None:
        self._command, self._limits, self._environment = tuple(command), limits, environment
        self.place = BoundedSemaphore(size)
        """As a context: waits for a place and holds it."""
        self._idle: SimpleQueue[Drawer] = SimpleQueue()
        self._lock = Lock()
        self._closed = False
        self.may_fill = True
        """Whether its children get ready to fill; not once one has ended of it."""
        self.started = 0
        """How many processes were started so far."""

    def warm(self) -> None:
        """Starts a child if none is idle and does not wait: it gets ready while the caller does other things."""
        if not self.enter():
            return
        try:
            if not self.has_idle:
                self.give_back(self.start())
        finally:
            self.leave()

    def enter(self) -> bool:
        """Takes another place, if one is free at once; `leave` gives it back."""
        return not self._closed and self.place.acquire(blocking=False)

    def leave(self) -> None:
        self.place.release()

    @property
    def has_idle(self) -> bool:
        """Whether a child is warm and has nothing to do."""
        return not self._idle.empty()

    def take(self) -> Drawer:
        """An idle child, or a new one; for who holds a place."""
        while True:
            try:
                drawer = self._idle.get_nowait()
            except Empty:
                break
            if drawer.child.alive:
                return drawer
            drawer.close()
        return self.start()

    def start(self) -> Drawer:
        """A new child; for who holds a place."""
        with self._lock:
            self.started += 1
        return Drawer(self._command, self._limits, self._environment())

    def give_back(self, drawer: Drawer) -> None:
        """Keeps the child warm, or ends it where enough are."""
        with self._lock:
            if not self._closed and not drawer.is_large and self._idle.qsize() < WARM_CHILDREN:
                if self.may_fill:
                    drawer.rest()
                self._idle.put(drawer)
                return
        drawer.close()

    def close(self) -> None:
        """Ends the idle children; those at work end when they are given back."""
        with self._lock:
            self._closed = True
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return
