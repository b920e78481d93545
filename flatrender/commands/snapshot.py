"""`flatrender snapshot PATH --comp NAME --frame N… --out DIR`: frames of a composition as PNG."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flatrender.commands import destination, here
from flatrender.commands.selection import add_values_argument, choose_composition, engine_values, say_notes
from flatrender.core.errors import InvalidInput, ProcessFailed

if TYPE_CHECKING:
    from flatrender.aftereffects.project import Project
    from flatrender.aftereffects.raster.rasteriser import Rasteriser


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="an .aep, a .zip bundle or a folder")
    parser.add_argument("--project", metavar="NAME", help="which .aep of a bundle that holds several")
    parser.add_argument("--comp", metavar="NAME", required=True, help="the composition, by name or '#id'")
    parser.add_argument(
        "--frame", metavar="N", type=_frame, action="append", required=True, dest="frames", help="counted from time 0"
    )
    parser.add_argument("--background", metavar="#RRGGBB", help="draw on this colour; transparent without it")
    parser.add_argument("--width", metavar="PIXELS", type=int, help="scale to this width, the height follows")
    add_values_argument(parser)
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for DIR/<frame, 6 digits>.png")
    here.add_folder(parser)


def _frame(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        said = f"takes the number of one frame, not “{word}”; give it once for each: --frame 0 --frame 3"
        raise argparse.ArgumentTypeError(said) from None


def run(arguments: argparse.Namespace) -> int:
    """Writes one PNG per frame, each whole or not at all. Exit status 2 for bad input."""
    here.look_into_folder(arguments)
    from flatrender.aftereffects.inline import opened
    from flatrender.aftereffects.raster.rasteriser import Rasteriser, parse_color

    if arguments.background is not None:
        parse_color(arguments.background)
    rasteriser = Rasteriser(1)
    try:
        rasteriser.warm()
        with opened(arguments.path, arguments.project) as project:
            _draw(arguments, project, rasteriser)
    finally:
        rasteriser.close()
    return 0


def _draw(arguments: argparse.Namespace, project: "Project", rasteriser: "Rasteriser") -> None:
    from flatrender.aftereffects import moving
    from flatrender.aftereffects.client import png

    out = destination.folder(arguments.out)
    report = project.report(survey=False)
    composition = choose_composition(report, arguments.comp)
    frames = sorted(set(arguments.frames))
    outside = [frame for frame in frames if not 0 <= frame < composition.frames]
    if outside:
        raise InvalidInput(
            f"“{composition.name}” has frames 0 to {composition.frames - 1}; {outside[0]} is outside.", field="frame"
        )
    if arguments.width is not None and not 0 < arguments.width <= 16_384:
        raise InvalidInput("--width takes 1 to 16384 pixels.", field="width")
    values = engine_values(report, arguments.values)
    lottie, tracks, told = project.moving(composition.id, values)
    width = arguments.width or composition.width
    size = (width, max(1, round(width * composition.height / composition.width)))
    try:
        own = [*filter(None, project.files.values())]
        destination.writable_folder(out, [f"{frame:06d}.png" for frame in frames], own)
        with destination.said(out), moving.opened(tracks, width / composition.width) as films:
            drawn = rasteriser.frames(lottie, *size, frames, arguments.background, films)
            for frame, pixels in zip(frames, drawn, strict=True):
                path = out / f"{frame:06d}.png"
                with destination.whole(path) as half:
                    half.write_bytes(png(pixels, size, arguments.background is not None))
                print(f"{path}  frame {frame} of “{composition.name}”, {size[0]} × {size[1]}", flush=True)
        say_notes(project.report(), composition.id, values, told)
    except ProcessFailed as error:
        raise rasteriser.blamed(error, lottie, *size) from None
