"""Draws Lottie frames in children of ours that may crash, hang or eat memory without harm to this process.

Frames come through shared memory: the child draws ahead into a few slots while the caller still writes an earlier frame
to the encoder, and no pixel is copied on the way. A caller that waits for frames more than it works on them gets a
second child, where the machine has a processor for it.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import flatrender
from flatrender.aftereffects.raster.feed import MovingPicture
from flatrender.aftereffects.raster.member import Work
from flatrender.aftereffects.raster.pool import Pool
from flatrender.aftereffects.raster.team import Team
from flatrender.core.errors import InvalidInput, ProcessFailed, TooLarge
from flatrender.core.process import Limits

GIB: Final = 1024**3
MAX_SIDE: Final = 16_384
MAX_PIXELS: Final = 8192 * 8192
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


class Rasteriser:
    """Draws in a pool of children. Thread-safe; several drawings run at once up to `size`.

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
        self.pool = Pool(size, self._command, self._limits, child_environment)

    @property
    def started(self) -> int:
        """How many processes were started so far."""
        return self.pool.started

    def warm(self) -> None:
        """Starts a child if none is idle and does not wait: it gets ready while the caller does other things."""
        self.pool.warm()

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
        with self.pool.place:
            work = Work(data, width, height, numbers, color, pictures, planar)
            team = Team(self.pool, work, self.frame_seconds)
            try:
                yield from team.draw()
            except GeneratorExit:  # the caller has enough: the children stay warm if they answer
                team.end(stopped=True)
                raise
            except BaseException:
                team.close()
                raise
            team.end()

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
        from flatrender.aftereffects.raster.culprit import culprit  # nothing is to be blamed as a rule

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
            name = culprit(json.loads(lottie) if isinstance(lottie, bytes) else dict(lottie), fails)
        except RecursionError:  # nested too deeply to be taken apart
            return error
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
        self.pool.close()


def parse_color(text: str) -> list[int]:
    """`#RRGGBB` as three numbers 0 to 255. Raises InvalidInput."""
    match = re.fullmatch(r"#?([0-9A-Fa-f]{6})", text.strip())
    if not match:
        raise InvalidInput(f"{text!r} is no colour; write it as #RRGGBB.", field="background")
    return list(bytes.fromhex(match[1]))
