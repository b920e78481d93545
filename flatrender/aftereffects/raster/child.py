"""The child process that draws: ThorVG alone, nothing of ours but the protocol. It may crash; its parent notices.

argv: the descriptor of the shared memory. Parent → child: `{"do": "load", …}` with the Lottie as payload, then
`{"do": "draw", "frame": n, "slot": s}` for each frame, several ahead; `{"do": "stop"}` drops those that wait;
`{"do": "rest"}`: nothing follows for now.
In `load` `"many": true`: many frames follow, so time is spent on making each of them lighter; `"planar": true`: frames
are wanted as Y, Cb, Cr (see `planes`); `"fill": true`: plain outlines are not ThorVG's (see `filling`). Where the
Lottie has moving pictures (`load` lists them: address, width, height, and where in the shared memory their slots
begin), `"show": [[picture, slot], …]` comes with each frame, naming those that change. Child → parent:
`{"loaded": frames, "plain": whether it could be filled, "fills": whether it is}`, `{"frame": n, "slot": s}` for each
in their order, `{"done": true}` after a stop, `{"error": sentence}`.
"""

import contextlib
import ctypes
import mmap
import os
import sys
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from flatrender.aftereffects.messages import Channel, Closed
from flatrender.aftereffects.raster import stills
from flatrender.aftereffects.raster.flat import Flat, flat
from flatrender.aftereffects.raster.planes import Planes
from flatrender.aftereffects.raster.thorvg import DrawingFailed, Lent, Lottie

if TYPE_CHECKING:
    from flatrender.aftereffects.raster.filling import Filler


class Painter:
    """Draws into the slots of the shared memory."""

    def __init__(self, memory_fd: int, channel: Channel) -> None:
        self._fd = memory_fd
        self._channel = channel
        self._memory: mmap.mmap | None = None
        self._base = 0
        self._frame_bytes = 0
        self._lottie: Lottie | None = None
        self._moving: list[tuple[Lent, int]] = []
        self._converting: _Converting | None = None
        self._plain: _Plain | None = None

    def serve(self) -> None:
        """Answers until the parent closes."""
        wanted: deque[dict[str, Any]] = deque()
        while True:
            try:
                while not wanted or self._channel.waiting():
                    header, payload = self._channel.receive()
                    if header["do"] == "load":
                        self._load(header, payload)
                    elif header["do"] == "draw":
                        wanted.append(header)
                    elif header["do"] == "stop":
                        wanted.clear()
                        self._channel.send({"done": True})
                    else:
                        self.rest()
                self._draw(wanted.popleft())
            except (DrawingFailed, MemoryError, OSError, ValueError) as error:
                self._channel.send({"error": str(error) or type(error).__name__})

    def _load(self, header: dict[str, object], payload: bytes) -> None:
        if self._lottie is not None:
            self._lottie.close()
            self._lottie = None
        width, height = int(str(header["width"])), int(str(header["height"]))
        pictures: Any = header.get("pictures") or []
        self._moving = [(Lent(address, wide, high), at) for address, wide, high, at in pictures]
        planar = bool(header.get("planar"))
        self._converting = _Converting(width, height) if planar else None
        self._map(width * height * 3 // 2 if planar else width * height * 4, int(str(header["bytes"])))
        color = header.get("background")
        background = (int(color[0]), int(color[1]), int(color[2])) if isinstance(color, list) else None
        lent = [moving for moving, _ in self._moving]
        self._plain = None
        if header.get("many"):
            payload, drawn = stills.lighter(payload, width, height)
            lent += drawn
            if background is not None and not lent:
                self._plain = _Plain.of(payload, width, height, background, fill=bool(header.get("fill")))
        self._lottie = Lottie(payload, width, height, background, lent)
        plain, fills = self._plain is not None, self._plain is not None and self._plain.fills
        self._channel.send({"loaded": self._lottie.frame_count, "plain": plain, "fills": fills})

    def _map(self, frame_bytes: int, size: int) -> None:
        if self._memory is None or len(self._memory) < size:
            self._memory = mmap.mmap(self._fd, size)
            self._base = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self._frame_bytes = frame_bytes

    def _draw(self, wanted: dict[str, Any]) -> None:
        if self._lottie is None:
            raise DrawingFailed("nothing was loaded")
        self._show(wanted.get("show") or [])
        frame, slot = wanted["frame"], int(wanted["slot"])
        if self._converting is None:
            self._fill_or_paint(self._lottie, frame, self._base + slot * self._frame_bytes)
        else:
            assert self._memory is not None
            self._fill_or_paint(self._lottie, frame, self._converting.address)
            begin = slot * self._frame_bytes
            self._converting.write(memoryview(self._memory)[begin : begin + self._frame_bytes])
        self._channel.send({"frame": frame, "slot": slot})

    def _show(self, pictures: list[list[int]]) -> None:
        """Takes the pixels of the moving pictures that change with this frame."""
        for number, slot in pictures:
            moving, begin = self._moving[number]
            size = len(moving.pixels)
            ctypes.memmove(moving.pixels, self._base + begin + slot * size, size)

    def _fill_or_paint(self, lottie: Lottie, frame: float, address: int) -> None:
        if self._plain is None or not self._plain.draw(frame, address):
            self.paint(lottie, frame, address)

    def rest(self) -> None:
        """Gets ready for more of what was drawn last; a seam for fault tests."""
        if self._plain is not None:
            self._plain.get_ready()

    def paint(self, lottie: Lottie, frame: float, address: int) -> None:
        """Draws one frame; a seam for fault tests."""
        lottie.draw(frame, address)


class _Plain:
    """A Lottie of plain outlines, which compiled code draws in half of ThorVG's time.

    Getting that ready takes a second, more than it saves a short film, so it is done while nobody waits.
    """

    def __init__(self, numbers: Flat, width: int, height: int, background: tuple[int, int, int]) -> None:
        self._shape = numbers, width, height, background
        self._size = width * height
        self._filler: Filler | None = None
        self._pixels: dict[int, NDArray[np.uint32]] = {}

    @classmethod
    def of(
        cls, lottie: bytes, width: int, height: int, background: tuple[int, int, int], *, fill: bool
    ) -> "_Plain | None":
        """None where the Lottie is more than that. `fill`: whether frames of it are drawn here."""
        try:
            numbers = flat(orjson.loads(lottie), width, height)
        except ValueError:  # no JSON: ThorVG says so, or reads it all the same
            return None
        if numbers is None:
            return None
        plain = cls(numbers, width, height, background)
        if fill:
            plain.get_ready()
        return plain

    def get_ready(self) -> None:
        # Whatever the compiler lacks on this machine, a folder for its code above all: ThorVG draws it, too.
        try:
            from flatrender.aftereffects.raster.filling import Filler  # half a second

            filler = Filler(*self._shape)
            filler.draw(0.0, np.empty(self._size, np.uint32))  # waits for its code
        except Exception as error:
            print(f"Outlines cannot be filled by compiled code: {error}", file=sys.stderr)
        else:
            self._filler = filler

    @property
    def fills(self) -> bool:
        return self._filler is not None

    def draw(self, frame: float, address: int) -> bool:
        """Whether it was drawn."""
        if self._filler is None:
            return False
        if address not in self._pixels:
            self._pixels[address] = np.ctypeslib.as_array((ctypes.c_uint32 * self._size).from_address(address))
        self._filler.draw(float(frame), self._pixels[address])
        return True


class _Converting:
    """Frames as planes: two pictures in turn, so that a frame is compared with the one before."""

    def __init__(self, width: int, height: int) -> None:
        self._planes = Planes(width, height)
        self._pictures = [bytearray(width * height * 4) for _ in range(2)]
        self._addresses = [ctypes.addressof(ctypes.c_char.from_buffer(picture)) for picture in self._pictures]
        self._turn = 0
        self._before: tuple[memoryview, memoryview] | None = None

    @property
    def address(self) -> int:
        """Where the next frame is drawn."""
        return self._addresses[self._turn]

    def write(self, out: memoryview) -> None:
        """Converts the frame that was drawn. What was written for the last one must still be there."""
        drawn = memoryview(self._pictures[self._turn])
        self._planes.convert(drawn, out, self._before)
        self._before = drawn, out
        self._turn = 1 - self._turn


def main(painter: type[Painter] = Painter) -> None:
    """Serves on stdin and stdout until the parent closes them."""
    write_fd = os.dup(1)
    os.dup2(2, 1)  # whatever the library prints must not enter the protocol
    with contextlib.suppress(Closed):
        painter(int(sys.argv[1]), Channel(0, write_fd)).serve()


if __name__ == "__main__":
    main()
