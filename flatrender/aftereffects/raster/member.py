"""One child's part in drawing a run of frames: it has loaded the Lottie and draws into slots of its own."""

import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flatrender.aftereffects.messages import Closed
from flatrender.aftereffects.raster.drawer import Drawer
from flatrender.aftereffects.raster.feed import Feed, MovingPicture

PLANAR_SLOTS: Final = 4
"""Frames that a child may be ahead of the caller, as planes."""
SLOTS: Final = 2
"""The same of whole pixels: while one is looked at the next is drawn. More of them than the processor's cache holds are
slower to draw, by half for plain ones."""
MANY_FRAMES: Final = 24
"""From so many on it is worth some frames' time to make the drawing of each lighter, where there is a background: what
is drawn once has lost the colour of what hardly covers."""


@dataclass(frozen=True)
class Work:
    """What is drawn: see `Rasteriser.frames`."""

    lottie: bytes
    width: int
    height: int
    numbers: list[float]
    color: list[int] | None
    pictures: Sequence[MovingPicture]
    planar: bool = False
    fill: bool = False
    """Whether plain outlines are filled: by all the children of a run or by none, as ThorVG's edges differ a bit."""

    @property
    def frame_bytes(self) -> int:
        return self.width * self.height * 3 // 2 if self.planar else self.width * self.height * 4

    @property
    def slots(self) -> int:
        """A child that compares a frame with the last one needs that for as long."""
        return max(2, min(PLANAR_SLOTS, len(self.numbers))) if self.planar else min(SLOTS, len(self.numbers))


class Refused(Exception):
    """The child answered with an error of its own and lives on."""


class Member:
    """A child that has loaded the Lottie, and which of its slots are free."""

    def __init__(self, drawer: Drawer, work: Work, feed: Feed, seconds: float) -> None:
        self.drawer = drawer
        size, slots = work.frame_bytes, work.slots
        total = size * slots + feed.bytes
        self._size, self._seconds = size, seconds
        self.memory = drawer.view(total)
        self.free = deque(range(slots))
        shape = {"width": work.width, "height": work.height, "bytes": total}
        many = work.color is not None and len(work.numbers) >= MANY_FRAMES
        head = {"do": "load", **shape, "background": work.color, "pictures": feed.listing()}
        head |= {"many": many, "planar": work.planar, "fill": work.fill}
        drawer.channel.send(head, work.lottie)
        answer = self.answer()
        self.fills = bool(answer.get("fills"))
        drawer.is_plain = bool(answer.get("plain"))
        drawer.fills |= self.fills

    def answer(self) -> dict[str, Any]:
        header, _ = self.drawer.channel.receive(self._seconds)
        if "error" in header:
            raise Refused(str(header["error"]))
        return header

    def ask(self, frame: float, show: list[list[int]]) -> int:
        """Has a frame drawn; returns its slot."""
        slot = self.free.popleft()
        # A crash before it leaves earlier frames to be read; it is told when this one is waited for.
        with contextlib.suppress(Closed):
            self.drawer.channel.send({"do": "draw", "frame": frame, "slot": slot} | ({"show": show} if show else {}))
        return slot

    def view(self, slot: int) -> memoryview:
        return self.memory[slot * self._size : (slot + 1) * self._size]
