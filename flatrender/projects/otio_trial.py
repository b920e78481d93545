"""The child in which a stranger's timeline is read first: the library ends the process where a file is crafted for it.

Runs as a program, `python -m flatrender.projects.otio_trial` with the file as input, and ends well unless it is ended.
"""

import sys
from typing import Final

from flatrender.aftereffects.raster.rasteriser import GIB, child_environment
from flatrender.core.errors import BadFile, FlatRenderError
from flatrender.core.process import Limits, run
from flatrender.projects import otio_file, otio_import

LIMITS: Final = Limits(wall_seconds=120, cpu_seconds=60, memory_bytes=2 * GIB)
COMMAND: Final = (sys.executable, "-P", "-m", "flatrender.projects.otio_trial")


def check(data: bytes) -> None:
    """Raises BadFile for a file that this process would not outlive. What else is wrong with it, its reader says."""
    ended = run(COMMAND, limits=LIMITS, input=data, env=child_environment(), max_output=1 << 16)
    if ended.returncode != 0:
        raise BadFile("This OpenTimelineIO file cannot be read.", field="file")


def main(data: bytes) -> None:
    """All that is done with a file before its parts are looked at one by one."""
    try:
        timeline = otio_file.parse(data)
        otio_import.template_of(timeline)
        otio_import.wanted(timeline)
    except FlatRenderError:
        pass


if __name__ == "__main__":
    main(sys.stdin.buffer.read())
