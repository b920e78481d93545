"""Draws Lottie frames in children of ours that may crash, hang or eat memory without harm to this process.

Frames come through shared memory: the child draws ahead into a few slots while the caller still writes an earlier frame
to the encoder, and no pixel is copied on the way.
"""

import contextlib
import json
import mmap
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Lock
from typing import Any, Final, Protocol

import flatrender
from flatrender.aftereffects.messages import Channel, Closed, TimedOut
from flatrender.core.errors import InvalidInput, ProcessFailed, TooLarge
from flatrender.core.process import PIPE, Child, Limits, TimeoutExpired

GIB: Final = 1024**3
MAX_SIDE: Final = 16_384
MAX_PIXELS: Final = 8192 * 8192
SLOTS: Final = 4
"""Frames that a child may be ahead of the caller."""
AHEAD: Final = 2
"""Frames for which moving pictures are decoded before they are drawn."""
MOST_MOVING_BYTES: Final = GIB
KEPT_BYTES: Final = SLOTS * 3840 * 2160 * 4
"""Of its shared memory; a child that drew larger frames ends after them."""
WARM_CHILDREN: Final = 2
"""How many idle children are kept; more run while more is drawn."""

CHILD_COMMAND: Final = (sys.executable, "-P", "-m", "flatrender.aftereffects.raster.child")


def child_environment() -> dict[str, str]:
    """The environment of our own Python children: this package importable, no secrets, one thread per library."""
    root = str(Path(flatrender.__file__).resolve().parent.parent)
    system = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "WINDIR", "XDG_DATA_HOME")
    kept = (*system, "FLATRENDER_DATA", "FLATRENDER_BUNDLE_CACHE")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    return env | {"PYTHONPATH": root, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class MovingPicture(Protocol):
    """A picture of a Lottie that shows another thing at other frames: R, G, B, A, multiplied by alpha.

    `address`: as the Lottie names it. `at(frame)`: the number of what it shows, None where it is not seen.
    `read(number, target)` writes that.
    """

    @property
    def address(self) -> str: ...

    @property
    def size(self) -> tuple[int, int]: ...

    def at(self, frame: float) -> int | None: ...

    def read(self, number: int, target: memoryview) -> None: ...


class _Feed:
    """Hands the drawing child what its moving pictures show, a few frames ahead of what it draws."""

    def __init__(self, pictures: Sequence[MovingPicture], numbers: list[float], begin: int) -> None:
        self._pictures, self._numbers = pictures, numbers
        sizes = [picture.size[0] * picture.size[1] * 4 for picture in pictures]
        self._places = [begin + AHEAD * sum(sizes[:number]) for number in range(len(sizes))]
        self._sizes = sizes
        self._shown: list[int | None] = [None] * len(pictures)
        self._fed = 0
        self.bytes = AHEAD * sum(sizes)

    def listing(self) -> list[list[str | int]]:
        return [
            [picture.address, *picture.size, place] for picture, place in zip(self._pictures, self._places, strict=True)
        ]

    def fill(self, channel: Channel, memory: memoryview, drawn: int) -> None:
        """Decodes for the frames up to `AHEAD` behind the `drawn` ones."""
        while self._pictures and self._fed < min(drawn + AHEAD, len(self._numbers)):
            slot, changed = self._fed % AHEAD, []
            for index, picture in enumerate(self._pictures):
                number = picture.at(self._numbers[self._fed])
                if number is None or number == self._shown[index]:
                    continue
                begin = self._places[index] + slot * self._sizes[index]
                picture.read(number, memory[begin : begin + self._sizes[index]])
                self._shown[index] = number
                changed.append([index, slot])
            channel.send({"do": "show", "pictures": changed})
            self._fed += 1


class _Drawer:
    """One child process and the memory shared with it."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self._fd = _shared_file()
        self._memory: mmap.mmap | None = None
        self._size = 0
        self.child = Child(
            [*command, str(self._fd)],
            limits=limits,
            env=child_environment(),
            stdin=PIPE,
            stdout=PIPE,
            keep_stderr=4096,
            pass_fds=(self._fd,),
        )
        popen = self.child.popen
        assert popen.stdin is not None
        assert popen.stdout is not None
        self.channel = Channel(popen.stdout.fileno(), popen.stdin.fileno())

    def view(self, size: int) -> memoryview:
        """The shared memory, at least `size` bytes. A frame still held by a caller keeps its own mapping alive."""
        if self._memory is None or self._size < size:
            os.ftruncate(self._fd, size)
            self._memory = mmap.mmap(self._fd, size)
            self._size = size
        return memoryview(self._memory)

    def why(self, frame: float | None, error: Exception) -> ProcessFailed:
        """Ends the child and says how it failed, and at which frame."""
        hung = isinstance(error, TimedOut)
        if not hung:  # it closed its pipe: let it end by itself, so that the reason is its own
            try:
                self.child.wait(2)
            except TimeoutExpired:
                hung = True
        code = self.child.kill()
        words = self.child.last_words()
        where = "before the first frame" if frame is None else f"at frame {frame:g}"
        if hung or self.child.timed_out:
            how = "took too long"
        elif code == -signal.SIGXCPU:
            how = "used up its processor time"
        elif code < 0:
            how = f"crashed ({signal.Signals(-code).name})"
        else:
            how = f"ended with status {code}"
        self.close()
        return ProcessFailed(
            f"The renderer {how} {where}; this composition cannot be drawn as it is.",
            code="renderer-failed",
            frame=frame,
            log=words,
        )

    @property
    def is_large(self) -> bool:
        """Whether its shared memory, which only grows, is more than a warm child may hold."""
        return self._size > KEPT_BYTES

    def rest(self, seconds: float) -> bool:
        """Stops a drawing in the middle; whether the child is ready for the next one."""
        try:
            self.channel.send({"do": "stop"})
            while not self.channel.receive(seconds)[0].get("done"):
                pass
        except (Closed, TimedOut):
            return False
        return True

    def close(self) -> None:
        self.child.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class Rasteriser:
    """A pool of drawing children, started when needed and kept warm. Thread-safe; several drawings run at once up to
    `size`.

    `frame_seconds`: how long one frame may take. `limits`: of each child (memory; processor time is not limited, as a
    warm child lives long). A child that fails is replaced at the next use.
    """

    def __init__(
        self,
        size: int = 2,
        *,
        frame_seconds: float = 30.0,
        limits: Limits | None = None,
        command: Sequence[str] = CHILD_COMMAND,
    ) -> None:
        self._frame_seconds = frame_seconds
        self._limits = limits or Limits(memory_bytes=4 * GIB)
        self._command = tuple(command)
        self._places = BoundedSemaphore(size)
        self._idle: SimpleQueue[_Drawer] = SimpleQueue()
        self._lock = Lock()
        self._closed = False
        self.started = 0
        """How many processes were started so far."""

    def warm(self) -> None:
        """Starts a child if none is idle and does not wait: it gets ready while the caller does other things."""
        if self._closed or not self._places.acquire(blocking=False):
            return
        try:
            if self._idle.empty():
                self._give_back(self._start())
        finally:
            self._places.release()

    def frames(
        self,
        lottie: bytes | Mapping[str, Any],
        width: int,
        height: int,
        frame_numbers: Iterable[float],
        background: str | None = None,
        pictures: Sequence[MovingPicture] = (),
    ) -> Iterator[memoryview]:
        """Yields each frame as `width * height * 4` bytes R, G, B, A (straight alpha), rows from the top.

        Frames count from the composition's time 0. A Lottie of another shape is fitted and centred. `background` is
        `#RRGGBB`, None for transparent. `pictures`: those that move. **A view is valid until the next one is asked
        for**: write it away or copy it. Raises ProcessFailed (with `details["frame"]`) when the child crashes, hangs
        or cannot read the Lottie.
        """
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE) or width * height > MAX_PIXELS:
            raise TooLarge(f"A picture of {width} x {height} pixels cannot be drawn; use up to {MAX_SIDE} a side.")
        color = parse_color(background) if background is not None else None
        data = lottie if isinstance(lottie, bytes) else json.dumps(lottie, separators=(",", ":")).encode()
        numbers = list(frame_numbers)
        if not numbers:
            return
        with self._places:
            drawer = self._take()
            try:
                yield from self._draw(drawer, data, width, height, numbers, color, pictures)
            except GeneratorExit:  # the caller has enough: the child stays warm if it answers
                if not drawer.rest(self._frame_seconds):
                    drawer.close()
                    raise
                self._give_back(drawer)
                raise
            except BaseException:
                drawer.close()
                raise
            self._give_back(drawer)

    def picture(
        self, lottie: bytes | Mapping[str, Any], width: int, height: int, frame: float, background: str | None = None
    ) -> bytes:
        """One frame, copied."""
        for view in self.frames(lottie, width, height, [frame], background):
            return bytes(view)
        raise AssertionError("one frame was asked for")

    def close(self) -> None:
        """Ends the idle children; those at work end when their iterator does."""
        with self._lock:
            self._closed = True
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _draw(
        self,
        drawer: _Drawer,
        data: bytes,
        width: int,
        height: int,
        numbers: list[float],
        color: list[int] | None,
        pictures: Sequence[MovingPicture],
    ) -> Iterator[memoryview]:
        size = width * height * 4
        slots = min(SLOTS, len(numbers))
        feed = _Feed(pictures, numbers, size * slots)
        if feed.bytes > MOST_MOVING_BYTES:
            raise TooLarge("The films in this composition are too many or too large to be drawn at once.")
        memory = drawer.view(size * slots + feed.bytes)
        channel = drawer.channel
        at: float | None = None
        shape = {"width": width, "height": height, "slots": slots, "bytes": size * slots + feed.bytes}
        try:
            channel.send({"do": "load", **shape, "background": color, "pictures": feed.listing()}, data)
            self._answer(channel)
            channel.send({"do": "draw", "frames": numbers})
            for drawn, number in enumerate(numbers):
                at = number
                feed.fill(channel, memory, drawn)
                header = self._answer(channel)
                start = int(header["slot"]) * size
                yield memory[start : start + size]
                with contextlib.suppress(Closed):  # frames drawn before a crash are still to be read
                    channel.send({"do": "free"})
            channel.send({"do": "stop"})
            self._answer(channel)
        except (Closed, TimedOut) as error:
            raise drawer.why(at, error) from None
        except _Refused as error:
            where = "" if at is None else f" at frame {at:g}"
            raise ProcessFailed(
                f"The renderer could not draw this composition{where}: {error}.", code="renderer-failed", frame=at
            ) from None

    def _answer(self, channel: Channel) -> dict[str, Any]:
        header, _ = channel.receive(self._frame_seconds)
        if "error" in header:
            raise _Refused(str(header["error"]))
        return header

    def _take(self) -> _Drawer:
        while True:
            try:
                drawer = self._idle.get_nowait()
            except Empty:
                break
            if drawer.child.alive:
                return drawer
            drawer.close()
        return self._start()

    def _start(self) -> _Drawer:
        with self._lock:
            self.started += 1
        return _Drawer(self._command, self._limits)

    def _give_back(self, drawer: _Drawer) -> None:
        with self._lock:
            if not self._closed and not drawer.is_large and self._idle.qsize() < WARM_CHILDREN:
                self._idle.put(drawer)
                return
        drawer.close()


class _Refused(Exception):
    """The child answered with an error of its own and lives on."""


def parse_color(text: str) -> list[int]:
    """`#RRGGBB` as three numbers 0 to 255. Raises InvalidInput."""
    match = re.fullmatch(r"#?([0-9A-Fa-f]{6})", text.strip())
    if not match:
        raise InvalidInput(f"{text!r} is no colour; write it as #RRGGBB.", field="background")
    return list(bytes.fromhex(match[1]))


def _shared_file() -> int:
    """Anonymous shared memory: a memfd, else an unlinked temporary file."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("flatrender-frames", os.MFD_CLOEXEC)
    handle, name = tempfile.mkstemp(prefix="flatrender-frames-")
    os.unlink(name)
    return handle
