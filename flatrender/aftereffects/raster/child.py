"""The child process that draws: ThorVG alone, nothing of ours but the protocol. It may crash; its parent notices.

argv: the descriptor of the shared memory. Parent → child: `{"do": "load", …}` with the Lottie as payload, then
`{"do": "draw", "frames": […]}`, then one `{"do": "free"}` for each frame the parent has used up; `{"do": "stop"}`
ends a drawing. Where the Lottie has moving pictures (`load` lists them: address, width, height, and where in the shared
memory their slots begin), one `{"do": "show", "pictures": [[picture, slot], …]}` comes for each frame before it can be
drawn, with those that change. Child → parent: `{"loaded": frames}`, `{"frame": n, "slot": s}` for each, `{"done":
true}`, `{"error": sentence}`.
"""

import contextlib
import ctypes
import mmap
import os
import sys
from collections import deque
from typing import Any

from flatrender.aftereffects.messages import Channel, Closed
from flatrender.aftereffects.raster.thorvg import DrawingFailed, Lottie, Moving


class Painter:
    """Draws into the slots of the shared memory."""

    def __init__(self, memory_fd: int, channel: Channel) -> None:
        self._fd = memory_fd
        self._channel = channel
        self._memory: mmap.mmap | None = None
        self._base = 0
        self._slots = 0
        self._frame_bytes = 0
        self._lottie: Lottie | None = None
        self._moving: list[tuple[Moving, int]] = []

    def serve(self) -> None:
        """Answers until the parent closes."""
        while True:
            header, payload = self._channel.receive()
            try:
                if header["do"] == "load":
                    self._load(header, payload)
                elif header["do"] == "draw":
                    self._draw(header["frames"])
            except (DrawingFailed, MemoryError, OSError, ValueError) as error:
                self._channel.send({"error": str(error) or type(error).__name__})

    def _load(self, header: dict[str, object], payload: bytes) -> None:
        if self._lottie is not None:
            self._lottie.close()
            self._lottie = None
        width, height, slots = (int(str(header[name])) for name in ("width", "height", "slots"))
        pictures: Any = header.get("pictures") or []
        self._moving = [(Moving(address, wide, high), at) for address, wide, high, at in pictures]
        self._map(width * height * 4, slots, int(str(header["bytes"])))
        color = header.get("background")
        background = (int(color[0]), int(color[1]), int(color[2])) if isinstance(color, list) else None
        self._lottie = Lottie(payload, width, height, background, [moving for moving, _ in self._moving])
        self._channel.send({"loaded": self._lottie.frame_count})

    def _map(self, frame_bytes: int, slots: int, size: int) -> None:
        if self._memory is None or len(self._memory) < size:
            self._memory = mmap.mmap(self._fd, size)
            self._base = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self._frame_bytes, self._slots = frame_bytes, slots

    def _draw(self, frames: list[float]) -> None:
        lottie = self._lottie
        if lottie is None:
            raise DrawingFailed("nothing was loaded")
        free, shown = self._slots, 0
        waiting: deque[list[list[int]]] = deque()
        for number, frame in enumerate(frames):
            while free == 0 or (self._moving and shown <= number) or self._channel.waiting():
                header, _ = self._channel.receive()
                if header["do"] == "stop":
                    self._channel.send({"done": True})
                    return
                if header["do"] == "free":
                    free += 1
                else:
                    waiting.append(header["pictures"])
                    shown += 1
            if waiting:
                self._show(waiting.popleft())
            slot = number % self._slots
            self.paint(lottie, frame, self._base + slot * self._frame_bytes)
            free -= 1
            self._channel.send({"frame": frame, "slot": slot})
        while True:  # the parent takes what is left, then says stop
            header, _ = self._channel.receive()
            if header["do"] == "stop":
                self._channel.send({"done": True})
                return

    def _show(self, pictures: list[list[int]]) -> None:
        """Takes the pixels of the moving pictures that change with the next frame."""
        for number, slot in pictures:
            moving, begin = self._moving[number]
            size = len(moving.pixels)
            ctypes.memmove(moving.pixels, self._base + begin + slot * size, size)

    def paint(self, lottie: Lottie, frame: float, address: int) -> None:
        """Draws one frame; a seam for fault tests."""
        lottie.draw(frame, address)


def main(painter: type[Painter] = Painter) -> None:
    """Serves on stdin and stdout until the parent closes them."""
    write_fd = os.dup(1)
    os.dup2(2, 1)  # whatever the library prints must not enter the protocol
    with contextlib.suppress(Closed):
        painter(int(sys.argv[1]), Channel(0, write_fd)).serve()


if __name__ == "__main__":
    main()
