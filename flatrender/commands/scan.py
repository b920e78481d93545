"""`flatrender scan PATH [--json]`: what a project holds, read without After Effects."""

import argparse
import json
import shlex
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flatrender.commands.here import add_folder, look_into_folder, say

if TYPE_CHECKING:
    from flatrender.aftereffects.report import ProjectReport
    from flatrender.templates.convention import ElementOutline, TemplateOutline

# What of an element's outline is for people and programs; the rest says where it lies in the file.
_ELEMENT = ("key", "name", "kind", "default", "direction", "hidden", "group", "width", "height", "addresses")

_SHOWN = 300  # characters of a text; --json has the whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="an .aep, a .zip bundle or a folder")
    parser.add_argument("--project", metavar="NAME", help="which .aep of a bundle that holds several")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the report; exit status 2 and one sentence for a file that cannot be read."""
    look_into_folder(arguments)
    from flatrender.aftereffects.inline import opened
    from flatrender.templates import convention

    with opened(arguments.path, arguments.project) as project:
        report = project.report()
    outline = convention.read(report)
    if arguments.json:
        print(json.dumps({**report.to_dict(), **_outline(outline)}, ensure_ascii=False, indent=1))
    else:
        _print(report, outline)
    return 0


def _outline(outline: "TemplateOutline") -> dict[str, Any]:
    """What customers may edit: `kind`, `scenes` with their `elements`, `controls`, `shared_colors`."""
    return {
        "kind": outline.kind,
        "scenes": [
            {
                "key": scene.key,
                "name": scene.name,
                "composition_id": scene.composition_id,
                "elements": [_element(element) for element in scene.elements],
            }
            for scene in outline.scenes
        ],
        "controls": [_element(element) for element in outline.controls],
        "shared_colors": [asdict(color) for color in outline.shared_colors],
    }


def _element(element: "ElementOutline") -> dict[str, Any]:
    data = {name: getattr(element, name) for name in _ELEMENT}
    if element.options:
        data["options"] = [{"value": value, "name": name} for value, name in element.options]
    return data


def _word(key: str, value: str) -> str:
    """As a shell takes it for one word."""
    return f"{key}={value}" if shlex.quote(key) == key else shlex.quote(f"{key}={value}")


def _quoted(text: str) -> str:
    """A text on one line in quotation marks; of a long one the beginning and how long it is."""
    line = " / ".join(text[: _SHOWN * 2].splitlines())
    if len(text) <= _SHOWN:
        return f"“{line}”"
    return f"“{line[:_SHOWN]}…” ({len(text):,} characters)"


def _print(report: "ProjectReport", outline: "TemplateOutline") -> None:
    from flatrender.aftereffects.report import MISSING_FONT
    from flatrender.templates import unread

    say(f"{report.file_name}  After Effects {report.app_version}  {outline.kind} template")
    if not report.compositions:
        say("It holds no composition: there is nothing to render or to edit.")
    held = Counter(key for scene in outline.scenes for key in {element.key for element in scene.elements})
    for scene in outline.scenes:
        say(f"\nscene {scene.key}" + (f"  “{scene.name}”" if scene.name != scene.key else ""))
        for element in scene.elements:
            default = _quoted(element.default) if element.default else ""
            layers = f"  (in {len(element.addresses)} layers)" if len(element.addresses) > 1 else ""
            word = _word(f"{scene.key}/{element.key}" if held[element.key] > 1 else element.key, "…")
            say(f"    --set {word}  {element.kind}  {element.name}" + (f"  {default}" if default else "") + layers)
    for key, count in held.items():
        if count > 1:
            names = ", ".join(scene.key for scene in outline.scenes if key in (one.key for one in scene.elements))
            say(f"\nin {count} scenes at once --set {_word(key, '…')}  {names}", end="")
    if max(held.values(), default=0) > 1:
        say("")
    for control in outline.controls:
        say(f"\ncontrol --set {_word(control.key, '…')}  {control.kind}  {control.name}  “{control.default}”", end="")
    for color in outline.shared_colors:
        say(f"\nshared colour --set {_word(color.key, color.value)}  {color.name}", end="")
    say("")
    for composition in report.compositions:
        say(
            f"\n{composition.name}  #{composition.id}  {composition.width} × {composition.height}  "
            f"{composition.frame_rate:g} fps  {composition.duration:.2f} s"
        )
        for layer in composition.layers:
            hidden = "" if layer.enabled else "  (hidden)"
            text = f"  {_quoted(layer.text)}" if layer.text else ""
            say(f"  {layer.index:3d}  {layer.type:10s} {layer.name}{text}{hidden}")
    for font in report.fonts:
        state = "found" if font.found else f"missing, {font.standing_in} stands in"
        say(f"\nfont {font.postscript_name}: {state}", end="")
    for footage in report.footage:
        place = "missing" if footage.missing else footage.path or "a placeholder without a file"
        say(f"\nfootage {footage.name}: {place}", end="")
    called = {composition.id: composition.name for composition in report.compositions}
    for capability in report.capabilities:
        if capability.status != "supported" and capability.feature != MISSING_FONT:  # told above, once for all layers
            parts = (called.get(capability.composition_id, ""), capability.layer, capability.property)
            place = " / ".join(part for part in parts if part)
            say(f"\n{capability.status} #{capability.composition_id} {place}: {capability.note}", end="")
    for warning in (*report.warnings, *unread.warnings(report, outline)):
        say(f"\nwarning: {warning}", end="")
    say("")
