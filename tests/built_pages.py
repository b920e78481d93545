"""The pages that the tests' studios show: built once, by whoever comes first."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flatrender.core import process
from flatrender.ui.build import build_command, is_built

LIMITS = process.Limits(wall_seconds=600)


@contextmanager
def building(folder: Path) -> Iterator[None]:
    """Whoever comes second waits until the first has built them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(folder: Path) -> bool:
    """Builds them there unless they are built; whether they are now."""
    with building(folder):
        return is_built(folder) or process.run(build_command(folder), limits=LIMITS).returncode == 0
