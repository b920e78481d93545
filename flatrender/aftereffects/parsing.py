"""py_aep behind guards: strangers' bytes in, a parsed application or one clear sentence out."""

import struct
from pathlib import Path
from typing import Any

import py_aep
from py_aep.binary.utils import ChunkNotFoundError
from py_aep.models.items import composition as composition_model
from py_aep.parsers import project as project_parser
from py_aep.parsers import specialized_properties

from flatrender.aftereffects import old_projects
from flatrender.aftereffects.text_data import TextDataParser
from flatrender.core.errors import BadFile

_MAGIC = (b"RIFX", b"RIFF")
_plain_render_queue: Any = vars(project_parser)["parse_render_queue"]


def _guarded_render_queue(root_chunks: Any, project: Any) -> Any:
    """The render queue; None for projects older than CC 2018, whose item list py_aep 0.18.2 cannot read."""
    try:
        return _plain_render_queue(root_chunks, project)
    except AttributeError:
        return None


_plain_essential_graphics: Any = vars(composition_model)["parse_essential_graphics"]


def _guarded_essential_graphics(child_chunks: Any) -> Any:
    """A composition's Essential Graphics; None in old projects, which keep an empty shell of them without its name."""
    try:
        return _plain_essential_graphics(child_chunks)
    except ChunkNotFoundError:
        return None


vars(project_parser)["parse_render_queue"] = _guarded_render_queue
vars(composition_model)["parse_essential_graphics"] = _guarded_essential_graphics
vars(specialized_properties)["CosParser"] = TextDataParser
old_projects.install()


def parse(path: Path) -> py_aep.Application:
    """Parses the project at `path`.

    Raises:
        BadFile: the file is no After Effects project, is cut off, or is written in a way that is not understood.
    """
    name = path.name
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise BadFile(f"{name} cannot be read: {error.strerror or error}.") from None
    if len(head) < 12 or head[:4] not in _MAGIC or head[8:12] != b"Egg!":
        raise BadFile(
            f"{name} is not an After Effects project (.aep); save the project from After Effects and try again."
        )
    declared = struct.unpack(">I" if head[:4] == b"RIFX" else "<I", head[4:8])[0] + 8
    if size < declared:
        raise BadFile(f"{name} is cut off ({size} of {declared} bytes are there); copy or upload it again.")
    try:
        return py_aep.parse(path, platform="windows")
    except RecursionError:
        raise BadFile(f"{name} is nested too deeply to be read.") from None
    except MemoryError:
        raise BadFile(f"{name} needs too much memory to be read.") from None
    except Exception as error:
        raise BadFile(
            f"{name} is damaged or was written in a way that is not understood; open it in After Effects, save it "
            "again and retry.",
            parser=f"{type(error).__name__}: {str(error)[:200]}",
        ) from error
