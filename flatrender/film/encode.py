"""Frames in, a finished film out: FFmpeg fed through a pipe while the renderer draws on.

The renderer draws ahead into shared memory in its own process (`aftereffects.raster`), FFmpeg encodes in its own, so
this process only hands each frame's memory to the kernel: no copy is made here and no thread is needed for the two to
overlap. What FFmpeg writes has a temporary name until it is probed and found complete.
"""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

from flatrender.core.errors import FlatRenderError, InvalidInput, ProcessFailed
from flatrender.core.ids import new_id
from flatrender.core.process import PIPE, Child, Limits, TimeoutExpired
from flatrender.core.timing import Rate
from flatrender.film import argv
from flatrender.film.ffmpeg import Cancelled, Progress, failure, find_ffmpeg, run_ffmpeg
from flatrender.film.formats import Format, find
from flatrender.film.pipe import FramePipe
from flatrender.film.probe import Expected, FilmInfo, verify

Frame = bytes | bytearray | memoryview

# Every frame is a new block of eight megabytes for FFmpeg: glibc's malloc is told to keep them, not to give each back
# to the kernel and have the next one zeroed (a quarter of the kernel's time in FFmpeg).
_KEEP_MEMORY: Final = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "1073741824"}
# FFmpeg took nothing for this long: it hangs.
STALL_SECONDS: Final = 120.0
_LOG_BYTES: Final = 32 * 1024
_TURN_SECONDS: Final = 0.2


def temporary(out: Path) -> Path:
    """Where `out` is written until it is complete: beside it, with a name of its own, ending in `.tmp`."""
    return out.with_name(f"{out.name}.{new_id()[-8:]}.tmp")


def put_in_place(made: Path, out: Path) -> None:
    """Renames a finished film, or a folder of pictures, to its name; an older one of the same kind is replaced."""
    check_place(out, folder=made.is_dir())
    if made.is_dir() and out.is_dir():
        shutil.rmtree(out)
    os.replace(made, out)


def check_place(out: Path, *, folder: bool) -> None:
    """Raises InvalidInput where something is that a film, or a folder of pictures, does not replace."""
    if folder and out.is_dir():
        others = [entry.name for entry in out.iterdir() if entry.suffix != ".png" or not entry.stem.isdigit()]
        if others:
            raise InvalidInput(f"The folder {out.name} holds other things ({others[0]}); name another.", field="out")
    elif out.exists() and out.is_dir() != folder:
        raise InvalidInput(f"{out.name} is there already and is of another kind; name another.", field="out")


def discard(path: Path) -> None:
    """Removes a temporary film or folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def takes_planes(format: str, width: int, height: int) -> bool:
    """Whether frames can be given as Y, Cb, Cr: opaque films of 4:2:0 that need no doubled row or column."""
    return find(format).even and width % 2 == height % 2 == 0


class Encoder:
    """One film being made of raw frames. A context manager: a clean end finishes the film, an error leaves nothing.

        with Encoder(out, 1920, 1080, Rate(30), "mp4", frames=150) as encoder:
            for frame in frames:
                encoder.write(frame)
        encoder.info                       # probed: complete

    `width`, `height` in pixels and `frame`s of `width * height * 4` bytes R, G, B, A, straight alpha, rows from the
    top. `format`: mp4, webm, mov, gif, png (then `out` is a folder) or scene. `opaque`: the renderer has drawn a
    background, alpha need not be looked at (faster). `planar`: frames are Y, Cb, Cr as the film will have them
    (`takes_planes` tells where that can be; BT.709, limited range). `alpha`: keep transparency, where the format can;
    otherwise transparent pixels lie over `background` (#RRGGBB). `frames`: how many will come (checked at the end).
    `first`: number of the first picture of a PNG sequence. `cancelled`: asked while waiting; True raises Cancelled.

    Raises InvalidInput (wrong frame), NoSpace, ProcessFailed (FFmpeg's last words in `details["log"]`), Cancelled.
    Not thread-safe.
    """

    def __init__(
        self,
        out: Path,
        width: int,
        height: int,
        rate: Rate,
        format: str = "mp4",
        *,
        opaque: bool = False,
        alpha: bool = False,
        background: str = "#000000",
        frames: int | None = None,
        first: int = 0,
        threads: int | None = None,
        planar: bool = False,
        cancelled: Callable[[], bool] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.out = out
        self.format: Format = find(format)
        self.width, self.height, self.rate = width, height, rate
        self.alpha = alpha and self.format.alpha
        self.written = 0
        self.info: FilmInfo | None = None
        self._frame_bytes = width * height * 3 // 2 if planar else width * height * 4
        self._expected_frames = frames
        self._cancelled = cancelled
        self._made = temporary(out)
        self._child: Child | None = None
        if not (0 < width <= 16_384 and 0 < height <= 16_384):
            raise InvalidInput(f"A film of {width} by {height} pixels cannot be made.", field="size")
        out.parent.mkdir(parents=True, exist_ok=True)
        if self.format.name == "png":
            self._made.mkdir()
        # A GIF's first pass is a lossless film.
        self._target = self._made.with_suffix(".frames.tmp") if self.format.name == "gif" else self._made
        words = argv.encode(
            self._target,
            width,
            height,
            rate,
            self.format,
            opaque=opaque,
            alpha=self.alpha,
            background=background,
            first=first,
            threads=threads,
            planar=planar,
        )
        try:
            self._child = Child(
                [find_ffmpeg(), *words],
                limits=limits,
                env={**os.environ, **_KEEP_MEMORY},
                stdin=PIPE,
                stdout=PIPE,
                keep_stderr=_LOG_BYTES,
                bufsize=0,
            )
        except FlatRenderError:
            self.abort()
            raise
        assert self._child.popen.stdin is not None
        assert self._child.popen.stdout is not None
        self._pipe = FramePipe(self._child.popen.stdin.fileno(), self._waiting)
        self._taken_at = time.monotonic()
        self.progress = Progress(frames)
        threading.Thread(
            target=self._follow, args=(self._child.popen.stdout.fileno(),), name="encoder", daemon=True
        ).start()

    def _follow(self, descriptor: int) -> None:
        with contextlib.suppress(OSError):
            while part := os.read(descriptor, 4096):
                self.progress.feed(part)

    def write(self, frame: Frame) -> None:
        """Hands one frame to FFmpeg; when it returns the memory may be used again."""
        view = memoryview(frame).cast("B")
        if len(view) != self._frame_bytes:
            raise InvalidInput(f"A frame has {len(view)} bytes instead of {self._frame_bytes}.")
        self._taken_at = time.monotonic()
        try:
            self._pipe.write(view)
        except OSError as error:
            raise self._ended(error) from None
        self.written += 1

    def _waiting(self) -> None:
        if self._cancelled and self._cancelled():
            raise Cancelled
        if time.monotonic() - self._taken_at > STALL_SECONDS:
            raise ProcessFailed(f"FFmpeg took no frame for {STALL_SECONDS:.0f} seconds; try again.", log=self._log())

    def _log(self) -> str:
        return self._child.last_words() if self._child else ""

    def _ended(self, error: OSError | None) -> FlatRenderError:
        """FFmpeg ended before it should: why."""
        assert self._child is not None
        with contextlib.suppress(TimeoutExpired):
            self._child.wait(10)
        returncode = self._child.kill()
        return failure(returncode, self._child.last_words() or str(error or ""), "making the film")

    def finish(self) -> FilmInfo:
        """Ends the film, checks that it is complete, and gives it its name. Called by the end of the `with`."""
        assert self._child is not None
        child = self._child
        assert child.popen.stdin is not None
        child.popen.stdin.close()
        since = time.monotonic()
        while True:
            try:
                returncode = child.wait(_TURN_SECONDS)
                break
            except TimeoutExpired:
                if self._cancelled and self._cancelled():
                    raise Cancelled from None
                if time.monotonic() - since > 10 * STALL_SECONDS:
                    raise ProcessFailed("FFmpeg did not end; try again.", log=self._log()) from None
        if returncode:
            raise failure(returncode, child.last_words(), "making the film")
        child.close()
        if self._expected_frames is not None and self.written != self._expected_frames:
            raise ProcessFailed(
                f"The renderer gave {self.written} frames instead of {self._expected_frames}; the film is not complete."
            )
        if self.format.name == "gif":
            self._make_gif()
        self.info = verify(self._made, self._expected())
        put_in_place(self._made, self.out)
        return self.info

    def _make_gif(self) -> None:
        palette = self._made.with_suffix(".palette.tmp")
        try:
            doing = "making the GIF"
            run_ffmpeg(argv.gif_palette(self._target, palette), doing=doing, cancelled=self._cancelled)
            run_ffmpeg(argv.gif(self._target, palette, self._made, self.rate), doing=doing, cancelled=self._cancelled)
        finally:
            discard(palette)
            discard(self._target)

    def _expected(self) -> Expected:
        even = self.format.even
        timed = self.format.name not in ("png", "gif")
        fast_gif = self.format.name == "gif" and float(self.rate) > 50
        return Expected(
            frames=None if fast_gif else self.written,
            rate=self.rate if timed else None,
            width=self.width + (self.width % 2 if even else 0),
            height=self.height + (self.height % 2 if even else 0),
            video_codec=self.format.codec,
            has_alpha=self.alpha if self.format.name in ("webm", "mov") else None,
        )

    def abort(self) -> None:
        """Ends FFmpeg at once and removes what it wrote."""
        if self._child is not None:
            self._child.close()
        discard(self._made)
        if self._target != self._made:
            discard(self._target)

    def __enter__(self) -> "Encoder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.abort()
            return
        try:
            self.finish()
        except BaseException:
            self.abort()
            raise
