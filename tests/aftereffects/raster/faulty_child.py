"""A drawing child that fails at frame 3 in the way argv names: segfault, kill, hang, memory, exit, refuse; "layer":
with a segmentation fault where anything in the Lottie is named "the fault"; "at rest, exit" and "at rest, hang": while
it gets ready to fill.
"""

import ctypes
import os
import signal
import sys
import threading

from flatrender.aftereffects.raster.child import Painter, main
from flatrender.aftereffects.raster.thorvg import DrawingFailed, Lottie

FAULT = sys.argv.pop(1)


class FaultyPainter(Painter):
    harmless = False

    def _load(self, header: dict[str, object], payload: bytes) -> None:
        self.harmless = FAULT == "layer" and b"the fault" not in payload
        super()._load(header, payload)

    def paint(self, lottie: Lottie, frame: float, address: int) -> None:
        if frame == 3 and not self.harmless and not FAULT.startswith("at rest"):
            fail()
        super().paint(lottie, frame, address)

    def rest(self) -> None:
        if FAULT.startswith("at rest"):
            fail()
        super().rest()


def fail() -> None:
    match FAULT.removeprefix("at rest, "):
        case "segfault" | "layer":
            ctypes.string_at(0)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            threading.Event().wait()
        case "memory":
            hoard = []
            while True:
                hoard.append(bytearray(64 * 1024 * 1024))
        case "exit":
            os._exit(3)
        case "refuse":
            raise DrawingFailed("a fault for a test")


if __name__ == "__main__":
    main(FaultyPainter)
