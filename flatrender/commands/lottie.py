"""`flatrender lottie PATH --comp NAME [--set K=V]… --out FILE`: a composition as Lottie."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from flatrender.commands import destination, here
from flatrender.commands.selection import add_values_argument, choose_composition, engine_values, say_notes
from flatrender.core.errors import InvalidInput

if TYPE_CHECKING:
    from flatrender.aftereffects.project import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="an .aep, a .zip bundle or a folder")
    parser.add_argument("--project", metavar="NAME", help="which .aep of a bundle that holds several")
    parser.add_argument("--comp", metavar="NAME", required=True, help="the composition, by name or '#id'")
    add_values_argument(parser)
    parser.add_argument(
        "--max-image-side", metavar="PIXELS", type=int, help="scale larger pictures down, for a preview"
    )
    parser.add_argument("--out", metavar="FILE", required=True, help="the .json to write")
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the file whole or not at all. Exit status 2 for bad input."""
    here.look_into_folder(arguments)
    from flatrender.aftereffects.inline import opened

    if arguments.max_image_side is not None and arguments.max_image_side < 1:
        raise InvalidInput("--max-image-side takes 1 or more pixels.", field="max-image-side")
    out = destination.file(arguments.out)
    if out.suffix.lower() not in {".json", ""}:
        raise InvalidInput(f"{out.name} should end in .json.", field="out")
    with opened(arguments.path, arguments.project) as project:
        _write(arguments, project, out)
    return 0


def _write(arguments: argparse.Namespace, project: "Project", out: Path) -> None:
    report = project.report(survey=False)
    composition = choose_composition(report, arguments.comp)
    values = engine_values(report, arguments.values)
    own = [arguments.path, *filter(None, project.files.values())]
    destination.writable_file(out, make_folder=False, own=own)
    told: list[str] = []
    lottie = project.lottie(composition.id, values, max_image_side=arguments.max_image_side, notes=told)
    with destination.whole(out) as half:
        half.write_text(json.dumps(lottie, ensure_ascii=False, separators=(",", ":")), "utf-8")
    say_notes(project.report(), composition.id, values, told)
    print(f"{out}  “{composition.name}” as Lottie, {out.stat().st_size:,} bytes")
