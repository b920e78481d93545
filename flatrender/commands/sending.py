"""`flatrender jobs send PROJECT`: a project of the studio is sent to its nodes; with `--out` its film is waited for and
written. `flatrender jobs download ID`: the film of a job that has ended.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from flatrender.commands import destination, here
from flatrender.commands.desk import Desk
from flatrender.core.errors import Conflict, InvalidInput, NotFound, RateLimited, Unavailable
from flatrender.film import presets
from flatrender.renders.states import FARM_STOPPED

Json = dict[str, Any]
LOOK_SECONDS = 0.5
LOST_SECONDS = 60.0  # for so long a studio that is waited for may be silent
LONGEST_REST = 60.0
TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    parser.add_argument("project", metavar="PROJECT", help="its id, as in its address in the studio, or its name")
    parser.add_argument(
        "--format", metavar="NAME", help=f"{', '.join(presets.PRESETS)}; without it as FILE ends, else mp4"
    )
    parser.add_argument("--draft", action="store_true", help="small and fast")
    parser.add_argument("--wait", action="store_true", help="wait until it is finished")
    parser.add_argument("--out", metavar="FILE", help="wait, and write the film here")


def send(desk: Desk, arguments: argparse.Namespace) -> int:
    """Sends it. Exit status 1 when it was waited for and there is no film."""
    out = None if arguments.out is None else destination.file(arguments.out)
    preset = chosen_preset(arguments.format, out)
    row = desk.send(arguments.project, preset.name, arguments.draft)
    if arguments.wait or out is not None:
        row = _ended(desk, row)
        if row["state"] != "COMPLETED":
            here.warn(f"{row['state'].lower()}: {row['error'] or row['note']}")
        elif out is not None:
            _write(desk, desk.show(row["id"]), preset, out)
    if arguments.json:
        here.say_json(row)
    else:
        print(here.printable(f"{row['id']}  {row['state']}  {row['title']}"))
    return 1 if row["state"] in {"FAILED", "CANCELLED"} else 0


def download(desk: Desk, arguments: argparse.Namespace) -> int:
    """Writes the film of a job that has ended. Raises Conflict for one that has none."""
    out = destination.file(arguments.out)
    preset = chosen_preset(arguments.format, out)
    job = desk.show(arguments.id)
    if job["state"] != "COMPLETED":
        raise Conflict(f"The job has no film: it is {job['state'].lower()}.", code="no-film")
    film = _write(desk, job, preset, out)
    if arguments.json:
        here.say_json(film)
    return 0


def chosen_preset(name: str | None, out: Path | None) -> presets.Preset:
    """The preset asked for, else the one that FILE ends as, else mp4. Raises InvalidInput, also for a FILE that says
    something else or cannot be."""
    ending = out.suffix.lower() if out else ""
    if name is None and ending:
        name = next((each.name for each in presets.PRESETS.values() if each.suffix == ending), None)
        if name is None:
            endings = ", ".join(dict.fromkeys(each.suffix for each in presets.PRESETS.values()))
            raise InvalidInput(f"Films are not written as {ending}; choose {endings}.", field="out")
    preset = presets.find(name or "mp4")
    if out is not None and ending != preset.suffix:
        raise InvalidInput(f"The format {preset.name} is written as a {preset.suffix} file.", field="out")
    if out is not None:
        destination.writable_file(out, make_folder=False)
    return preset


def _ended(desk: Desk, row: Json) -> Json:
    """Waits for the end, with progress on stderr; the job goes on when Ctrl+C ends the waiting."""
    from flatrender.commands.render import ProgressLine

    progress, noted = ProgressLine(sys.stderr), ""
    heard = time.monotonic()
    try:
        while row["state"] not in TERMINAL:
            waits = row["state"] != "RENDERING" or row["note"] == FARM_STOPPED
            if waits and row["note"] != noted:  # why it waits
                noted = row["note"]
                progress.end()
                print(noted or "It goes on.", file=sys.stderr)
            progress(row["progress"], row["state"].lower())
            rest = LOOK_SECONDS
            try:
                row, heard = desk.again(row), time.monotonic()
            except RateLimited as error:
                rest = min(float(str(error.details.get("retry_after", 1))), LONGEST_REST)
            except Unavailable:
                if time.monotonic() - heard > LOST_SECONDS:
                    raise
            time.sleep(rest)
        return row
    except (KeyboardInterrupt, Unavailable):
        print(f"\nIt goes on without you: flatrender jobs show {row['id']}{desk.where}", file=sys.stderr)
        raise
    finally:
        progress.end()


def _write(desk: Desk, job: Json, preset: presets.Preset, out: Path) -> Json:
    """Writes the film in one step: what is there under its name is whole. Raises NotFound for one of another kind."""
    films = job.get("exports") or []
    film = next((each for each in films if each["format"] == preset.name), None)
    if films and film is None:
        kinds = ", ".join(dict.fromkeys(each["format"] for each in films))
        raise NotFound(f"The job has no film as {preset.name}; choose with --format from {kinds}.", code="no-film")
    with destination.whole(out, then="the film is kept in the studio") as half:
        desk.save(job["id"], film["id"] if film else None, half)
    if film is None:
        print(f"{out}: {out.stat().st_size} bytes", file=sys.stderr)
        return {}
    size = f"{film['width']} × {film['height']}, " if film["width"] else ""
    print(f"{out}: {size}{film['frames']} frames, {film['duration']:.2f} s", file=sys.stderr)
    return dict(film)
