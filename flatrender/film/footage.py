"""Single frames of a film by their number, for whoever draws them into another picture: an open decoder per use.

FFmpeg decodes in a limited child, as it does a stranger's file everywhere. Read in order, a frame is decoded once and
written straight into the caller's memory; what is held here does not grow with the film's length. Read backwards, the
frames before the wanted one are decoded a stretch at a time and kept until they are asked for.
"""

import contextlib
import os
import re
import select
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from flatrender.core.errors import BadFile, ProcessFailed
from flatrender.core.process import DEVNULL, PIPE, Child, Limits
from flatrender.film import argv
from flatrender.film.arrange import arrange
from flatrender.film.ffmpeg import failure, find_ffmpeg
from flatrender.film.header import Header, look
from flatrender.film.picture import PATIENCE
from flatrender.film.spec import Fit, Place

Alpha = Literal["straight", "premultiplied", "ignored"]

LIMITS: Final = Limits(memory_bytes=4 << 30)
STALL_SECONDS: Final = 60.0
"""FFmpeg gave nothing for this long: it hangs."""
_SKIPPED: Final = 50  # frames that are sooner decoded for nothing than sought
_KEPT_BYTES: Final = 64 << 20  # of frames decoded on the way to an earlier one
_SCALER: Final = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
_NUMBER: Final = re.compile(r"(\d{1,9})(\.\w+)$")


@dataclass(frozen=True)
class Footage:
    """A film, or a sequence of numbered pictures named by its first, as it is to be shown.

    `rate`: how many frames a second of it has; films of another rhythm show the frame that stands on screen at that
    moment. `size`: of the pictures that are given. `fit`: how the film fills them. `alpha`: how its transparency is
    read; `inverted`: what is opaque is not.
    """

    path: Path
    rate: Fraction
    size: tuple[int, int]
    fit: Fit = field(default_factory=lambda: Fit("stretch"))
    alpha: Alpha = "straight"
    inverted: bool = False
    sequence: bool = False

    @property
    def frame_bytes(self) -> int:
        return self.size[0] * self.size[1] * 4


def decode(footage: Footage, header: Header, first: int, *, stands: bool = True) -> list[str]:
    """FFmpeg's words: frames `first` … to stdout as R, G, B, A bytes, multiplied by alpha. `stands`: the last one does
    as long as one reads.
    """
    rate = f"{footage.rate.numerator}/{footage.rate.denominator}"
    words, steps = ["-hide_banner", "-nostdin", "-loglevel", "error"], []
    if footage.sequence:
        pattern, start = numbered(footage.path)
        words += ["-protocol_whitelist", "file", "-f", "image2", "-framerate", rate]
        words += ["-start_number", str(start + first), "-i", f"file:{pattern}"]
    else:
        words += ["-c:v", header.decoder] if header.decoder else []
        sought = first if header.indexed else 0
        if sought:
            words += ["-noaccurate_seek", "-ss", argv.seconds_of(sought / footage.rate)]
        words += [*argv.SAFE_INPUT, "-i", argv.file(footage.path)]
        patience = round(float(PATIENCE / footage.rate) * 1e6)
        steps.append(f"settb=AVTB,setpts=PTS-{patience},fps={rate}:round=up:start_time=0")
        if first > sought:
            steps.append(f"trim=start_frame={first - sought}")
    if stands:
        steps.append("tpad=stop_mode=clone:stop=-1")
    steps += _pixels(footage, header)
    return [*words, "-map", "0:V:0", "-an", "-vf", ",".join(steps), "-f", "rawvideo", "-pix_fmt", "rgba", "pipe:1"]


def _pixels(footage: Footage, header: Header) -> Iterator[str]:
    width, height = footage.size
    arranged = arrange(footage.fit, Place(), (header.width, header.height), footage.size)
    x, y, part_width, part_height = (round(number) for number in arranged.part)
    if header.stretched:  # to square pixels
        yield f"scale={header.width}:{header.height}:{_SCALER}"
    if (x, y, part_width, part_height) != (0, 0, header.width, header.height):
        yield f"crop={max(part_width, 1)}:{max(part_height, 1)}:{max(x, 0)}:{max(y, 0)}:exact=1"
    matrix = f":in_color_matrix={header.matrix}" if header.matrix else ""
    yield f"scale={arranged.size[0]}:{arranged.size[1]}:{_SCALER}{matrix}"
    if header.alpha and footage.alpha != "ignored":
        yield "format=gbrap"
        if footage.inverted:
            yield "lutrgb=a=negval"
        if footage.alpha == "straight":
            yield "premultiply=inplace=1"
    else:
        yield "format=rgb24"
    yield "format=rgba"
    if arranged.size != footage.size:
        yield f"pad={width}:{height}:{arranged.x}:{arranged.y}:color=black@0"


def numbered(path: Path) -> tuple[str, int]:
    """FFmpeg's pattern for a sequence of pictures named by one of them, and that one's number. Raises BadFile."""
    found = _NUMBER.search(path.name)
    if found is None:
        raise BadFile(f"{path.name} has no number: it is no picture of a sequence.")
    stem = str(path.absolute())[: -len(found[0])].replace("%", "%%")
    return f"{stem}%0{len(found[1])}d{found[2]}", int(found[1])


class FootageReader:
    """Gives frames of one footage. Not thread-safe. `close` ends the decoder."""

    def __init__(self, footage: Footage) -> None:
        self.footage = footage
        self._header: Header | None = None
        self._child: Child | None = None
        self._next = 0
        self._kept: dict[int, bytes] = {}
        self._count: int | None = None  # how many frames it has, once it was read to its end

    def read(self, number: int, target: memoryview) -> None:
        """Writes frame `number` into `target` (`frame_bytes` long). Behind the last frame that one stands.

        Raises NotFound, BadFile, ProcessFailed.
        """
        number = number if self._count is None else min(number, self._count - 1)
        kept = self._kept.get(number)
        if kept is not None:
            target[:] = kept
            return
        backwards = self._child is not None and number < self._next
        if self._child is None or backwards or number > self._next + _SKIPPED:
            room = max(1, _KEPT_BYTES // self.footage.frame_bytes) if backwards else 1
            self._kept.clear()
            self._open(max(0, number - room + 1))
        while self._next <= number and self._take(target):
            if backwards:
                self._kept[self._next - 1] = bytes(target)

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None

    def __enter__(self) -> "FootageReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self, first: int, *, stands: bool = True) -> None:
        self.close()
        if self._header is None:
            self._header = look(self.footage.path)
            if not self._header.has_picture:
                raise BadFile(f"{self.footage.path.name} has no picture.")
        words = decode(self.footage, self._header, first, stands=stands)
        self._child = Child(
            [find_ffmpeg(), *words], limits=LIMITS, stdin=DEVNULL, stdout=PIPE, keep_stderr=8192, bufsize=0
        )
        self._next = first

    def _take(self, target: memoryview) -> bool:
        """The next frame; where it was sought behind the end, the last one and False."""
        if self._fill(target):
            self._next += 1
            return True
        self._ended()
        self._open(0, stands=False)
        while self._fill(target):
            self._next += 1
        self._ended()
        if not self._next:
            raise BadFile(f"{self.footage.path.name} has no frame that can be read.")
        self._count, self._kept = self._next, {self._next - 1: bytes(target)}
        return False

    def _fill(self, target: memoryview) -> bool:
        """Reads a whole frame; False when the film has ended before it."""
        if self._child is None or self._child.popen.stdout is None:
            return False
        descriptor, view = self._child.popen.stdout.fileno(), memoryview(target).cast("B")
        deadline = time.monotonic() + STALL_SECONDS
        while view:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                self.close()
                raise ProcessFailed(f"FFmpeg gave no frame of {self.footage.path.name} for {STALL_SECONDS:.0f} s.")
            taken = os.readv(descriptor, [view])
            if not taken:
                return False
            view = view[taken:]
        if self.footage.alpha == "premultiplied":
            import numpy as np  # a twentieth of a second, which a scene without films does not wait

            pixels = np.frombuffer(target, np.uint8).reshape(-1, 4)
            # Colours that are brighter than their alpha allows would run over where they are blended.
            np.minimum(pixels[:, :3], pixels[:, 3:], out=pixels[:, :3])
        return True

    def _ended(self) -> None:
        """Looks at how FFmpeg ended. Raises what went wrong with it."""
        assert self._child is not None
        with contextlib.suppress(Exception):
            self._child.wait(5)
        code, words = self._child.kill(), self._child.last_words()
        self.close()
        if code < 0:
            raise failure(code, words, f"reading {self.footage.path.name}")
