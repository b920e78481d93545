"""`flatrender bind PATH --set K=V… --out FILE.aep`: the customer's values written into a copy of the project."""

import argparse
from pathlib import Path

from flatrender.commands import destination, here
from flatrender.commands.collecting import collect
from flatrender.commands.selection import add_values_argument, engine_values
from flatrender.core.errors import InvalidInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="an .aep, a .zip bundle or a folder")
    parser.add_argument("--project", metavar="NAME", help="which .aep of a bundle that holds several")
    add_values_argument(parser)
    parser.add_argument("--out", metavar="FILE.aep", required=True, help="the project to write")
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the project, its footage beside it, and says what is not as given; never over what is there. Exit status 2
    for bad input."""
    here.look_into_folder(arguments)
    from flatrender.aftereffects.project import open_project

    if not arguments.values:
        raise InvalidInput("Give at least one --set KEY=VALUE.", field="set")
    out = destination.file(arguments.out)
    project = open_project(arguments.path, project=arguments.project)
    values = engine_values(project.report(survey=False), arguments.values)
    if out.suffix.lower() != ".aep":
        raise InvalidInput(f"{out.name} should end in .aep.", field="out")
    destination.new_file(out)
    with destination.whole(out, new=True) as half:
        told_of = project.save(values, half, out.name)
    beside = collect(project, out)
    count = len(arguments.values)
    told = "1 value" if count == 1 else f"{count} values"
    print(f"{out}  {told} written into a copy of {arguments.path.name}")
    for path in beside:
        here.say(f"{path}  copied beside it")
    for note in told_of:
        here.warn(note)
    return 0
