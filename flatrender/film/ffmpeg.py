"""The FFmpeg program: which one, which version, and how a run of it ends.

There is no ffprobe beside the wheel's binary, so nothing here or in `probe` needs one.
"""

import contextlib
import os
import re
import select
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from flatrender.core.errors import BadFile, Conflict, FlatRenderError, NoSpace, ProcessFailed, Unavailable
from flatrender.core.process import DEVNULL, PIPE, Child, Limits, run

# Debian 12 has 5.1: nothing newer is used.
OLDEST = (5, 1)
_NEEDED_ENCODERS = ("libx264", "libvpx-vp9", "prores_ks", "aac", "gif", "png")
_LOG_BYTES = 32 * 1024
_POLL_SECONDS = 0.1


class Cancelled(Conflict):
    """The work was stopped because the caller's `cancelled()` said so."""

    code = "cancelled"

    def __init__(
        self, message: str = "Stopped on request.", *, code: str | None = None, field: str | None = None
    ) -> None:
        super().__init__(message, code=code, field=field)


@lru_cache(maxsize=1)
def find_ffmpeg() -> Path:
    """The FFmpeg to use: `FLATRENDER_FFMPEG`, else the system's when new and complete enough, else the wheel's.

    Raises Unavailable with what to do. The answer is kept for the life of the process.
    """
    given = os.environ.get("FLATRENDER_FFMPEG")
    if given:
        problem = _problem(Path(given))
        if problem:
            raise Unavailable(f"FLATRENDER_FFMPEG names {given}, which {problem}; unset it or name another.")
        return Path(given)
    system = shutil.which("ffmpeg")
    if system and not _problem(Path(system)):
        return Path(system)
    packaged = _packaged()
    if packaged is not None:
        return packaged
    with contextlib.suppress(ImportError, RuntimeError, OSError):
        import imageio_ffmpeg

        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    raise Unavailable("FFmpeg was not found; `pip install imageio-ffmpeg` or install Debian's ffmpeg.")


def _packaged() -> Path | None:
    """The wheel's own program, without loading the package: that runs the program once, 30 ms before every film."""
    found = find_spec("imageio_ffmpeg") if "IMAGEIO_FFMPEG_EXE" not in os.environ else None
    if found is None or found.origin is None:
        return None
    programs = sorted(Path(found.origin).with_name("binaries").glob("ffmpeg-*"))
    return programs[0] if len(programs) == 1 and os.access(programs[0], os.X_OK) else None


def _problem(program: Path) -> str | None:
    """Why this FFmpeg will not do, or None."""
    try:
        found = version(program)
        encoders = run([program, "-hide_banner", "-encoders"], limits=Limits(wall_seconds=20)).stdout.decode()
    except FlatRenderError:
        return "does not run"
    numbers = re.match(r"n?(\d+)\.(\d+)", found)
    # A build from the middle of development has a hash for a version: newer than any release that matters here.
    if numbers and (int(numbers[1]), int(numbers[2])) < OLDEST:
        return f"is version {found}, older than {OLDEST[0]}.{OLDEST[1]}"
    missing = [name for name in _NEEDED_ENCODERS if not re.search(rf"^ [V A][^ ]* +{re.escape(name)} ", encoders, re.M)]
    return f"cannot encode {', '.join(missing)}" if missing else None


@lru_cache(maxsize=8)
def version(program: Path | None = None) -> str:
    """What FFmpeg calls itself: `7.1.1`, `n9.0.2-17-g2a571b6068`. Raises Unavailable when it does not run."""
    program = program or find_ffmpeg()
    done = run([program, "-hide_banner", "-version"], limits=Limits(wall_seconds=20))
    found = re.match(rb"ffmpeg version (\S+)", done.stdout)
    if done.returncode or not found:
        raise Unavailable(f"{program} does not run; reinstall imageio-ffmpeg or Debian's ffmpeg.")
    return found[1].decode()


def failure(returncode: int, log: str, doing: str) -> FlatRenderError:
    """The error behind a bad end. `log`: FFmpeg's stderr; `doing`: "making the film", for the sentence."""
    log = log[-_LOG_BYTES:]
    full = ("No space left on device", "File too large", "Disk quota exceeded")
    if any(words in log for words in full) or returncode == -getattr(signal, "SIGXFSZ", 0) != 0:
        return NoSpace(
            f"The disk is full: {doing} stopped. Free some space and try again.", log=log, returncode=returncode
        )
    if returncode < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-returncode).name
            return ProcessFailed(
                f"FFmpeg was ended by {name} while {doing}; try again.", log=log, returncode=returncode
            )
    said = last_line(log)
    return ProcessFailed(f"FFmpeg failed while {doing}{': ' + said if said else ''}.", log=log, returncode=returncode)


def last_line(log: str) -> str:
    """The line of a log that tells most: the last one that names a problem, else the last."""
    lines = [re.sub(r"^\[[^\]]*\] ", "", line.strip()) for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"(?i)error|invalid|fail|no such|unable|cannot|not found", line)]
    return (telling or lines or [""])[-1][:300].rstrip(".")


def run_ffmpeg(
    argv: Sequence[str],
    *,
    doing: str,
    frames: int | None = None,
    seconds: float | None = None,
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Runs an FFmpeg command line (which carries `-progress pipe:1`) to its end; returns its log.

    `frames`: how many the film will have, for `on_progress(fraction)`; `seconds`: how long a sound will be. Asks
    `cancelled()` ten times a second.
    Raises Cancelled, NoSpace or ProcessFailed (its last words in `details["log"]`).
    """
    with Child(
        [find_ffmpeg(), *argv], limits=limits, cwd=cwd, env=env, stdin=DEVNULL, stdout=PIPE, keep_stderr=_LOG_BYTES
    ) as child:
        assert child.popen.stdout is not None
        descriptor = child.popen.stdout.fileno()
        progress, ready = Progress(frames, seconds), select.select
        while True:
            if cancelled and cancelled():
                raise Cancelled
            if os.name == "posix" and not ready([descriptor], [], [], _POLL_SECONDS)[0]:
                continue
            part = os.read(descriptor, 65536)
            if not part:
                break
            if progress.feed(part) and on_progress:
                on_progress(progress.fraction)
        returncode = child.wait()
        log = child.last_words()
        if child.timed_out:
            raise ProcessFailed(f"FFmpeg took too long while {doing}; try again.", log=log)
    if returncode:
        raise failure(returncode, log, doing)
    return log


def run_quick(argv: Sequence[str], *, doing: str, limits: Limits | None = None) -> bytes:
    """Runs a short FFmpeg command line and returns its stdout. Raises BadFile for a bad input, else as `run_ffmpeg`."""
    done = run([find_ffmpeg(), *argv], limits=limits or Limits(wall_seconds=120, cpu_seconds=240))
    log = done.stderr.decode("utf-8", "replace")
    if done.reason == "timeout":
        raise ProcessFailed(f"FFmpeg took too long while {doing}; try again.", log=log)
    if done.reason == "exit" and done.returncode and "Error opening input" in log:
        raise BadFile(f"This is no film, sound or picture that FFmpeg can read ({last_line(log)}).", log=log)
    if done.returncode:
        raise failure(done.returncode, log, doing)
    return done.stdout


class Progress:
    """Reads what `-progress` writes: lines of `key=value`, each block ended by `progress=continue` or `end`."""

    def __init__(self, frames: int | None, seconds: float | None = None) -> None:
        self._wanted, self._seconds = frames, seconds
        self._rest = b""
        self.frame = 0
        self.time = 0.0
        self.fraction = 0.0

    def feed(self, part: bytes) -> bool:
        """Takes some output; True when a block ended in it."""
        *lines, self._rest = (self._rest + part).split(b"\n")
        ended = False
        for line in lines:
            key, _, value = line.strip().partition(b"=")
            if key == b"frame":
                with contextlib.suppress(ValueError):
                    self.frame = int(value)
            elif key == b"out_time_us":  # a sound has no frames; at its beginning it has no time either
                with contextlib.suppress(ValueError):
                    self.time = int(value) / 1e6
            elif key == b"progress":
                ended = True
                done = self.frame / self._wanted if self._wanted else 0.0
                done = self.time / self._seconds if self._seconds else done
                self.fraction = 1.0 if value == b"end" else max(self.fraction, min(done, 1.0))
        return ended
