"""`flatrender render PATH [--comp NAME] [--set K=V]… --out FILE`: a film of a composition, probed and complete."""

import argparse
import gc
import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from flatrender.commands import destination, here
from flatrender.commands.selection import add_values_argument, choose_composition, engine_values
from flatrender.core.errors import InvalidInput
from flatrender.film.formats import CHOICES, find

if TYPE_CHECKING:
    from flatrender.aftereffects.client import EngineClient
    from flatrender.aftereffects.report import ProjectReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="an .aep, a .zip bundle or a folder")
    parser.add_argument("--project", metavar="NAME", help="which .aep of a bundle that holds several")
    parser.add_argument(
        "--comp",
        metavar="NAME",
        help="the composition, by name or '#id' (needed where a project of several follows no convention); without it "
        "the template's film or scenes",
    )
    parser.add_argument("--engine", metavar="NAME", default="native", help="native (default), aerender or nexrender")
    parser.add_argument("--format", metavar="NAME", help=f"{', '.join(CHOICES)}; without it as FILE ends, else mp4")
    parser.add_argument("--frames", metavar="A-B", help="only frames A to B, both included, counted from time 0")
    parser.add_argument("--alpha", action="store_true", help="keep transparency (webm, mov, gif, png)")
    parser.add_argument("--background", metavar="#RRGGBB", help="under transparent parts; the composition's without it")
    add_values_argument(parser)
    parser.add_argument("--out", metavar="FILE", required=True, help="the film (for png a folder)")
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Renders with progress on stderr. Returns 0 only for a probed, complete film."""
    here.look_into_folder(arguments)
    kind = chosen_format(arguments.format, Path(arguments.out))
    arguments.out = destination.folder(arguments.out) if kind == "png" else destination.file(arguments.out)
    if arguments.alpha and not find(kind).alpha:
        able = ", ".join(name for name in CHOICES if find(name).alpha)
        raise InvalidInput(f"A film as {kind} has no transparency: --alpha goes with {able}.", field="alpha")
    first, frames = frame_range(arguments.frames)

    gc.disable()  # what is loaded stays; `InlineClient.close` turns it on again
    from flatrender.aftereffects.inline import InlineClient

    client = InlineClient(arguments.project)
    client.rasteriser.warm()  # the drawing child starts while the rest is loaded here
    try:
        return _render(arguments, client, kind, first, frames)
    finally:
        client.close()


def _render(arguments: argparse.Namespace, client: "EngineClient", kind: str, first: int, frames: int | None) -> int:
    from workers.engines.base import SceneRequest, scene_engine
    from workers.engines.native import NativeEngine

    engine = NativeEngine(client) if arguments.engine == NativeEngine.name else scene_engine(arguments.engine)
    if isinstance(engine, NativeEngine):
        engine.prepare()
    elif arguments.project is not None:
        raise InvalidInput(f"The engine “{engine.name}” takes one project; give it the .aep.", field="project")
    # Elements' keys and the template's scenes are read from the layers; a named composition is found without them.
    by_name = arguments.comp is not None and not arguments.values
    report = client.scan(arguments.path, survey=False, layers=not by_name)
    compositions = chosen_compositions(report, arguments.comp)
    values = engine_values(report, arguments.values)
    request = SceneRequest(
        project=arguments.path,
        composition_id=compositions[0],
        values=values,
        out=arguments.out,
        first=first,
        frames=frames,
        format=kind,
        alpha=arguments.alpha,
        background=arguments.background,
        sound=True,
    )
    if len(compositions) > 1 and arguments.frames:
        raise InvalidInput("--frames goes with one composition; name it with --comp.", field="frames")
    own = _own_files(arguments.path, client, values) if os.path.exists(arguments.out) else []
    if kind == "png":
        destination.replaceable_folder(arguments.out, own)
    else:
        destination.writable_file(arguments.out, own=own)
    progress = ProgressLine(sys.stderr)
    try:
        if len(compositions) == 1:
            result = engine.render_scene(request, progress, lambda: False)
        elif isinstance(engine, NativeEngine):
            result = engine.render_sequence(request, compositions, progress, lambda: False)
        else:
            raise InvalidInput(f"The engine “{engine.name}” renders one composition; name it with --comp.")
    finally:
        progress.end()
    for warning in result.warnings:
        here.warn(warning)
    info = result.info
    frame_word = "frame" if info.frames == 1 else "frames"
    length = f"{info.duration:.2f} s, " if info.duration else ""
    names = {composition.id: composition.name for composition in report.compositions}
    made = ", ".join(f"“{names[composition]}”" for composition in compositions)
    here.say(
        f"{arguments.out}: {made}, {info.width} × {info.height}, {info.frames} {frame_word}, {length}"
        f"{info.video_codec}; made in {result.seconds:.1f} s",
        sys.stderr,
    )
    return 0


def _own_files(path: Path, client: "EngineClient", values: Mapping[str, Mapping[str, Any]]) -> list[Path]:
    """What is read of a project: its file or archive, its footage, and the customer's pictures, films and sounds."""
    root = path if path.is_dir() else path.parent
    footage = client.scan(path, survey=False).footage
    given = [Path(value["path"]) for value in values.values() if "path" in value]
    return [path, *(root / use.path for use in footage if use.path and not use.missing), *given]


def chosen_format(wanted: str | None, out: Path) -> str:
    """The format asked for, else the one the file's name ends in, mp4 where it has no ending. Raises InvalidInput:
    nothing is written under a name that says something else."""
    ending = out.suffix.lower().lstrip(".")
    if wanted is None:
        if ending and ending not in CHOICES:
            raise InvalidInput(
                f"Films are not written as .{ending}; let the name end in {', '.join(CHOICES)}, or give --format.",
                field="format",
            )
        return ending or "mp4"
    if wanted not in CHOICES:
        raise InvalidInput(f"There is no format “{wanted}”; choose {', '.join(CHOICES)}.", field="format")
    if ending in CHOICES and ending != wanted:
        raise InvalidInput(
            f"--format {wanted} and a name that ends in .{ending} do not go together; change one of the two.",
            field="format",
        )
    return wanted


def frame_range(wanted: str | None) -> tuple[int, int | None]:
    """`A-B` as the first frame and the number of frames; None for all. Raises InvalidInput."""
    if wanted is None:
        return 0, None
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", wanted)
    if not found or int(found[2] or found[1]) < int(found[1]):
        raise InvalidInput(f"--frames takes A-B, such as 0-149, not “{wanted}”.", field="frames")
    return int(found[1]), int(found[2] or found[1]) - int(found[1]) + 1


def chosen_compositions(report: "ProjectReport", wanted: str | None) -> list[int]:
    """The compositions that make the film: the one named, the template's film, its scenes in order, or the only one.

    Raises InvalidInput listing them when it is not clear which is meant.
    """
    if wanted is not None:
        return [choose_composition(report, wanted).id]
    from flatrender.templates import convention

    outline = convention.read(report)
    if outline.final_composition_id is not None:
        return [outline.final_composition_id]
    if outline.kind == "flexible" and outline.scenes:
        return [scene.composition_id for scene in outline.scenes]
    if not report.compositions:
        raise InvalidInput(f"{report.file_name} holds no composition; there is nothing to render.", field="path")
    top = [composition for composition in report.compositions if not composition.used_in]
    if len(top) == 1:
        return [top[0].id]
    names = ", ".join(f"“{composition.name}” (#{composition.id})" for composition in top or report.compositions)
    raise InvalidInput(f"{report.file_name} has several compositions: {names}; choose one with --comp.", field="comp")


class ProgressLine:
    """`rendering  42 %  7 s left` on one line of a terminal; one line per tenth where it is none."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._began = time.monotonic()
        self._shown = -1
        self._last = 0.0

    def __call__(self, fraction: float, step: str) -> None:
        percent = int(100 * fraction)
        now = time.monotonic()
        if self._terminal:
            if percent == self._shown or (now - self._last < 0.1 and fraction < 1):
                return
        elif percent // 10 == self._shown // 10 and self._shown >= 0:
            return
        self._shown, self._last = percent, now
        known = 0.02 < fraction < 1  # before that it would count the start
        left = f"  {self.left(fraction, now - self._began)} left" if known else ""
        line = f"{step} {percent:3d} %{left}"
        self._stream.write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")
        self._stream.flush()

    @staticmethod
    def left(fraction: float, seconds: float) -> str:
        """The time still to wait when `fraction` took `seconds`."""
        rest = round(seconds / fraction * (1 - fraction))
        return f"{rest} s" if rest < 60 else f"{rest // 60} min {rest % 60} s"

    def end(self) -> None:
        """Leaves the line."""
        if self._terminal and self._shown >= 0:
            self._stream.write("\n")
