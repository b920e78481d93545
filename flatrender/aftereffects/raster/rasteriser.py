"""Draws Lottie frames in children of ours that may crash, hang or eat memory without harm to this process.

Frames come through shared memory: the child draws ahead into a few slots while the caller still writes an earlier frame
to the encoder, and no pixel is copied on the way. A caller that waits for frames more than it works on them gets a
second child, where the machine has a processor for it.
"""

import contextlib
import json
import mmap
import os
import re
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Any, Final, Protocol

import flatrender
from flatrender.aftereffects.messages import Channel, Closed, TimedOut
from flatrender.aftereffects.raster.culprit import culprit
from flatrender.core.errors import InvalidInput, ProcessFailed, TooLarge
from flatrender.core.process import PIPE, Child, Limits, TimeoutExpired

GIB: Final = 1024**3
MAX_SIDE: Final = 16_384
MAX_PIXELS: Final = 8192 * 8192
PLANAR_SLOTS: Final = 4
"""Frames that a child may be ahead of the caller, as planes."""
SLOTS: Final = 2
"""The same of whole pixels: while one is looked at the next is drawn. More of them than the processor's cache holds are
slower to draw, by half for plain ones."""
AHEAD: Final = 2
"""Frames for which moving pictures are decoded before they are drawn."""
MANY_FRAMES: Final = 24
"""From so many on it is worth some frames' time to make the drawing of each lighter, where there is a background: what
is drawn once has lost the colour of what hardly covers."""
MOST_MOVING_BYTES: Final = GIB
HELP_WAITED: Final = 0.15
"""Seconds that a caller waits for frames until a second child is worth its start, which takes as long; twice as many
must lie ahead."""
ENCODED_HELP_WAITED: Final = 1.5
"""The same where an encoder follows. It takes its first fifty frames as fast as they come, and mostly waits for none
after that: then the processors are its own, and a second child would only take turns with it."""
WARM_HELP_WAITED: Final = 0.05
"""The same where one is idle."""
HELP_AT_ONCE: Final = 100
"""For so many frames an idle one helps from the first on, where no encoder takes its processor."""
WAITING_SHARE: Final = 0.5
"""Of the time since the first frame must have gone so."""
KEPT_BYTES: Final = 4 * 3840 * 2160 * 4
"""Of its shared memory; a child that drew larger frames ends after them."""
WARM_CHILDREN: Final = 2
"""How many idle children are kept; more run while more is drawn."""
SEARCH_SECONDS: Final = 20.0
"""How long the layer is looked for on which a drawing failed, and of that for one try at most `SEARCH_TRY`."""
SEARCH_TRY: Final = 5.0
LONGEST_NAME: Final = 80

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

    def fill(self, memory: memoryview) -> list[list[int]]:
        """Decodes for the next frame; returns the pictures that change with it, and their slots."""
        slot, changed = self._fed % AHEAD, []
        for index, picture in enumerate(self._pictures):
            number = picture.at(self._numbers[self._fed])
            if number is None or number == self._shown[index]:
                continue
            begin = self._places[index] + slot * self._sizes[index]
            picture.read(number, memory[begin : begin + self._sizes[index]])
            self._shown[index] = number
            changed.append([index, slot])
        self._fed += 1
        return changed


class _Drawer:
    """One child process and the memory shared with it."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self._fd = _shared_file()
        self._memory: mmap.mmap | None = None
        self._size = 0
        self.is_plain = False
        """Whether what it loaded last is of plain outlines."""
        self.fills = False
        """Whether it is ready to fill such, in half of ThorVG's time."""
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
        if code == -signal.SIGKILL and not hung and not self.child.timed_out:  # no fault of what it drew
            self.close()
            return ProcessFailed(
                f"The renderer was ended from outside {where}, as it is where the memory runs out; try again.",
                frame=frame,
                log=words,
            )
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

    def rest(self) -> None:
        """While nobody waits it gets ready to fill, if what it has drawn could have been filled."""
        if self.is_plain and not self.fills:
            self.fills = True
            with contextlib.suppress(Closed):  # whoever takes it next will notice
                self.channel.send({"do": "rest"})

    def stop(self, seconds: float) -> bool:
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
        self.frame_seconds = frame_seconds
        self._limits = limits or Limits(memory_bytes=4 * GIB)
        self._command = tuple(command)
        self._places = BoundedSemaphore(size)
        self._idle: SimpleQueue[_Drawer] = SimpleQueue()
        self._lock = Lock()
        self._closed = False
        self.may_fill = True
        """Whether its children get ready to fill; not once one has ended of it."""
        self.started = 0
        """How many processes were started so far."""

    def warm(self) -> None:
        """Starts a child if none is idle and does not wait: it gets ready while the caller does other things."""
        if self._closed or not self._places.acquire(blocking=False):
            return
        try:
            if self._idle.empty():
                self.give_back(self.start())
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
        *,
        planar: bool = False,
    ) -> Iterator[memoryview]:
        """Yields each frame as `width * height * 4` bytes R, G, B, A (straight alpha), rows from the top; `planar` as
        Y, Cb and Cr (see `planes`), for which both sides must be even and a background given.

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
        assert not planar or (color is not None and width % 2 == height % 2 == 0)
        if not numbers:
            return
        with self._places:
            team = _Team(self, _Work(data, width, height, numbers, color, pictures, planar))
            try:
                yield from team.draw()
            except GeneratorExit:  # the caller has enough: the children stay warm if they answer
                team.end(stopped=True)
                raise
            except BaseException:
                team.close()
                raise
            team.end()

    def enter(self) -> bool:
        """Takes another place, if one is free at once; `leave` gives it back."""
        return not self._closed and self._places.acquire(blocking=False)

    def leave(self) -> None:
        self._places.release()

    def picture(
        self, lottie: bytes | Mapping[str, Any], width: int, height: int, frame: float, background: str | None = None
    ) -> bytes:
        """One frame, copied."""
        for view in self.frames(lottie, width, height, [frame], background):
            return bytes(view)
        raise AssertionError("one frame was asked for")

    def blamed(self, error: ProcessFailed, lottie: bytes | Mapping[str, Any], width: int, height: int) -> ProcessFailed:
        """The error of a drawing with the layer's name in it, where one layer alone makes it fail."""
        if error.code != "renderer-failed":
            return error
        document = json.loads(lottie) if isinstance(lottie, bytes) else dict(lottie)
        frame = float(str(error.details.get("frame") or 0))
        seconds = min(self.frame_seconds, SEARCH_TRY)
        trial = Rasteriser(1, frame_seconds=seconds, limits=self._limits, command=self._command)
        end = time.monotonic() + SEARCH_SECONDS

        def fails(part: dict[str, Any]) -> bool:
            if time.monotonic() > end:
                return False
            try:
                trial.picture(part, width, height, frame)
            except ProcessFailed:
                return True
            return False

        try:
            name = culprit(document, fails)
        finally:
            trial.close()
        if name is None:
            return error
        words = error.message.replace("this composition", f"the layer “{name[:LONGEST_NAME]}”", 1)
        told = ProcessFailed(words, code=error.code)
        told.details = {**error.details, "layer": name}
        return told

    def close(self) -> None:
        """Ends the idle children; those at work end when their iterator does."""
        with self._lock:
            self._closed = True
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def take(self) -> _Drawer:
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

    @property
    def has_idle(self) -> bool:
        """Whether a child is warm and has nothing to do."""
        return not self._idle.empty()

    def start(self) -> _Drawer:
        """A new child; for who holds a place."""
        with self._lock:
            self.started += 1
        return _Drawer(self._command, self._limits)

    def give_back(self, drawer: _Drawer) -> None:
        """Keeps the child warm, or ends it where enough are."""
        with self._lock:
            if not self._closed and not drawer.is_large and self._idle.qsize() < WARM_CHILDREN:
                if self.may_fill:
                    drawer.rest()
                self._idle.put(drawer)
                return
        drawer.close()


@dataclass(frozen=True)
class _Work:
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


class _Member:
    """A child that has loaded the Lottie, and which of its slots are free."""

    def __init__(self, drawer: _Drawer, work: _Work, feed: "_Feed", seconds: float) -> None:
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
            raise _Refused(str(header["error"]))
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


class _Team:
    """The children that draw one run of frames: one, or two where the caller would only wait for one."""

    def __init__(self, rasteriser: "Rasteriser", work: _Work) -> None:
        self._feed = _Feed(work.pictures, work.numbers, work.frame_bytes * work.slots)
        if self._feed.bytes > MOST_MOVING_BYTES:
            raise TooLarge("The films in this composition are too many or too large to be drawn at once.")
        self._rasteriser = rasteriser
        self._drawers = [rasteriser.take()]
        self._work = replace(work, fill=self._drawers[0].fills)
        self._members: list[_Member] = []
        self._asked: deque[tuple[_Member, int]] = deque()
        self._help: _Help | None = None
        self._waited = 0.0
        self._since = 0.0

    def draw(self) -> Iterator[memoryview]:
        numbers = self._work.numbers
        at: float | None = None
        asked_of: _Drawer | None = None
        next_one = 0
        alone = self._work.planar or self._work.pictures
        if len(numbers) >= HELP_AT_ONCE and not alone and self._rasteriser.has_idle:
            self._get_help()
        try:
            self._members.append(self._first())
            for done, number in enumerate(numbers):
                at = number
                next_one = self._ask(next_one, done)
                member, slot = self._asked.popleft()
                asked_of = member.drawer
                before = time.monotonic()
                member.answer()
                self._watch(before, done)
                yield member.view(slot)
                member.free.append(slot)
        except (Closed, TimedOut) as error:
            raise (asked_of or self._drawers[0]).why(at, error) from None
        except _Refused as error:
            where = "" if at is None else f" at frame {at:g}"
            raise ProcessFailed(
                f"The renderer could not draw this composition{where}: {error}.", code="renderer-failed", frame=at
            ) from None

    def _first(self) -> "_Member":
        drawer = self._drawers[0]
        try:
            return _Member(drawer, self._work, self._feed, self._rasteriser.frame_seconds)
        except (Closed, TimedOut):
            if not drawer.fills:
                raise
        # It ended or hangs while it gets ready, which is no fault of what is to be drawn.
        drawer.close()
        self._rasteriser.may_fill = False
        self._work = replace(self._work, fill=False)
        self._drawers[0] = self._rasteriser.start()
        return _Member(self._drawers[0], self._work, self._feed, self._rasteriser.frame_seconds)

    def _ask(self, next_one: int, done: int) -> int:
        """Has frames drawn as far ahead as there is room; returns the first that is still to be asked for."""
        if self._help is not None and (helping := self._help.take(fills=self._members[0].fills)) is not None:
            self._members.append(helping)
            self._drawers.append(helping.drawer)
        moving, numbers = bool(self._work.pictures), self._work.numbers
        end = min(len(numbers), done + AHEAD) if moving else len(numbers)
        while next_one < end:
            member = max(self._members, key=lambda one: len(one.free))
            if not member.free:
                break
            show = self._feed.fill(member.memory) if moving else []
            self._asked.append((member, member.ask(numbers[next_one], show)))
            next_one += 1
        return next_one

    def _watch(self, before: float, done: int) -> None:
        """Asks for help when drawing is what the caller waits for."""
        now = time.monotonic()
        if done == 0:
            self._since = now
            return
        self._waited += now - before
        left = (now - self._since) / done * (len(self._work.numbers) - done)
        usual = ENCODED_HELP_WAITED if self._work.planar else HELP_WAITED
        enough = min(usual, WARM_HELP_WAITED) if self._rasteriser.has_idle and not self._work.planar else usual
        waits = self._waited > enough and self._waited > WAITING_SHARE * (now - self._since)
        if self._help is None and waits and left > 2 * enough and not self._work.pictures:
            self._get_help()

    def _get_help(self) -> None:
        self._help = _Help(self._rasteriser, self._work, self._feed)

    def end(self, *, stopped: bool = False) -> None:
        """Gives the children back; `stopped` in the middle, where those that do not answer are ended."""
        self._leave_help()
        for drawer in self._drawers:
            if stopped and not drawer.stop(self._rasteriser.frame_seconds):
                drawer.close()
            else:
                self._rasteriser.give_back(drawer)

    def close(self) -> None:
        """Ends the children."""
        self._leave_help()
        for drawer in self._drawers:
            drawer.close()

    def _leave_help(self) -> None:
        if self._help is not None:
            self._help.leave()


class _Help:
    """A second child that gets ready in a thread, while the first one draws on."""

    def __init__(self, rasteriser: "Rasteriser", work: _Work, feed: "_Feed") -> None:
        self._member: _Member | None = None
        self._ready = Event()
        self._rasteriser = rasteriser
        self._held = processors() > 1 and rasteriser.enter()
        if self._held:
            self._thread = Thread(target=self._get, args=(work, feed), name="drawing help", daemon=True)
            self._thread.start()

    def _get(self, work: _Work, feed: "_Feed") -> None:
        # Whatever fails here, the first child draws everything and says what is wrong.
        with contextlib.suppress(Exception):
            drawer = self._rasteriser.take()
            try:
                self._member = _Member(drawer, work, feed, self._rasteriser.frame_seconds)
            except BaseException:
                drawer.close()
                raise
            self._ready.set()

    def take(self, *, fills: bool) -> _Member | None:
        """The child once it is ready, if it draws in the same way."""
        if not self._ready.is_set() or self._member is None or self._member.fills != fills:
            return None
        member, self._member = self._member, None
        return member

    def leave(self) -> None:
        """Its place is free again; a child that came too late goes back."""
        if not self._held:
            return
        self._thread.join()
        if self._member is not None:
            self._rasteriser.give_back(self._member.drawer)
        self._rasteriser.leave()


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
