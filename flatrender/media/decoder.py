"""The child that decodes a stranger's picture: limited in memory and time, so that no picture can harm the studio.

Runs as a program: `python -m flatrender.media.decoder normalise PATH NAME OUT THUMBNAIL`, `… shrink PATH NAME OUT WIDTH
HEIGHT`, `… square PATH NAME OUT SIDE` or `… unfold PATH NAME OUT`, and answers with one line of JSON:
`{"picture": {…}}`, `{"error": {…}}` or `{"errno": N}`.
"""

import errno
import json
import sys
from dataclasses import asdict
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final

from flatrender.aftereffects.client import rebuild
from flatrender.aftereffects.raster.rasteriser import GIB, child_environment
from flatrender.aftereffects.server import describe
from flatrender.core.errors import FlatRenderError, NoSpace, ProcessFailed, TooLarge
from flatrender.core.process import Limits, run
from flatrender.media import pictures

LIMITS: Final = Limits(wall_seconds=120, cpu_seconds=60, memory_bytes=2 * GIB)
COMMAND: Final = (sys.executable, "-P", "-m", "flatrender.media.decoder")
_AT_ONCE = BoundedSemaphore(2)


def normalise(path: Path, name: str, out: Path, thumbnail: Path, limits: Limits = LIMITS) -> pictures.Picture:
    """`pictures.normalise` in a limited child, two at once.

    Raises the same errors; TooLarge also when it needs more memory or time than the child may use, NoSpace when the
    disk is full, ProcessFailed when the child crashed.
    """
    return _asked(name, ["normalise", str(path.resolve()), name, str(out.resolve()), str(thumbnail.resolve())], limits)


def shrink(path: Path, name: str, out: Path, size: tuple[int, int], limits: Limits = LIMITS) -> pictures.Picture:
    """`pictures.shrink` in such a child. Raises as `normalise`."""
    return _asked(name, ["shrink", str(path.resolve()), name, str(out.resolve()), *map(str, size)], limits)


def square(path: Path, name: str, out: Path, side: int, limits: Limits = LIMITS) -> pictures.Picture:
    """`pictures.square` in such a child. Raises as `normalise`."""
    return _asked(name, ["square", str(path.resolve()), name, str(out.resolve()), str(side)], limits)


def unfold(path: Path, name: str, out: Path, limits: Limits = LIMITS) -> pictures.Picture:
    """`pictures.unfold` in such a child. Raises as `normalise`."""
    return _asked(name, ["unfold", str(path.resolve()), name, str(out.resolve())], limits)


def _asked(name: str, arguments: list[str], limits: Limits) -> pictures.Picture:
    with _AT_ONCE:
        ended = run(
            [*COMMAND, *arguments],
            limits=limits,
            env=child_environment(),
            max_output=1 << 20,
        )
    try:
        answer: dict[str, Any] = json.loads(ended.stdout)
    except ValueError:
        if ended.reason == "timeout":
            raise _too_much(name) from None
        raise ProcessFailed(
            f"{name} could not be decoded; export it again, or use another picture.",
            code="decoder-failed",
            log=ended.stderr.decode("utf-8", "replace")[-4000:],
        ) from None
    if answer.get("errno") in {errno.ENOSPC, errno.EDQUOT}:
        raise NoSpace(f"There is no space left for {name}; free some and try again.")
    if "errno" in answer:
        raise OSError(answer["errno"], answer["strerror"])
    if "error" in answer:
        raise rebuild(answer["error"])
    return pictures.Picture(**answer["picture"])


def _too_much(name: str) -> TooLarge:
    return TooLarge(f"{name} takes more memory or time to decode than a picture may; make it smaller.", field="file")


def main(arguments: list[str]) -> dict[str, Any]:
    """One picture; its answer."""
    what, path, name, out, *more = arguments
    try:
        if what == "shrink":
            made = pictures.shrink(Path(path), name, Path(out), (int(more[0]), int(more[1])))
        elif what == "square":
            made = pictures.square(Path(path), name, Path(out), int(more[0]))
        elif what == "unfold":
            made = pictures.unfold(Path(path), name, Path(out))
        else:
            made = pictures.normalise(Path(path), name, Path(out), Path(more[0]))
        return {"picture": asdict(made)}
    except MemoryError:
        return {"error": describe(_too_much(name))}
    except FlatRenderError as error:
        return {"error": describe(error)}
    except OSError as error:
        return {"errno": error.errno, "strerror": error.strerror}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
