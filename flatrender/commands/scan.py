"""`flatrender scan PATH [--json]`: what a project holds, read without After Effects."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flatrender.aftereffects.report import ProjectReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="an .aep, a .zip bundle or a folder")
    parser.add_argument("--project", metavar="NAME", help="which .aep of a bundle that holds several")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Prints the report; exit status 2 and one sentence for a file that cannot be read."""
    from flatrender.aftereffects.project import open_project

    report = open_project(arguments.path, project=arguments.project).report()
    if arguments.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    else:
        _print(report)
    return 0


def _print(report: "ProjectReport") -> None:
    print(f"{report.file_name}  After Effects {report.app_version}")
    for composition in report.compositions:
        print(
            f"\n{composition.name}  #{composition.id}  {composition.width} × {composition.height}  "
            f"{composition.frame_rate:g} fps  {composition.duration:.2f} s"
        )
        for layer in composition.layers:
            hidden = "" if layer.enabled else "  (hidden)"
            text = f"  “{' / '.join(layer.text.splitlines())}”" if layer.text else ""
            print(f"  {layer.index:3d}  {layer.type:10s} {layer.name}{text}{hidden}")
    for font in report.fonts:
        state = "found" if font.found else f"missing, {font.substitute} stands in"
        print(f"\nfont {font.postscript_name}: {state}", end="")
    for footage in report.footage:
        print(f"\nfootage {footage.name}: {'missing' if footage.missing else footage.path}", end="")
    for capability in report.capabilities:
        if capability.status != "supported":
            place = f"{capability.layer}: {capability.property}" if capability.layer else capability.property
            print(f"\n{capability.status} #{capability.composition_id} {place}: {capability.note}", end="")
    for warning in report.warnings:
        print(f"\nwarning: {warning}", end="")
    print()
