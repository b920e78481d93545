"""`flatrender jobs send PROJECT`: a project of the studio is sent to its nodes, as its owner would; with `--out` its
film is waited for and written.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flatrender.commands import here
from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.film import presets

if TYPE_CHECKING:
    from sqlmodel import Session

    from flatrender.access.permissions import Principal
    from flatrender.projects.models import Project
    from flatrender.renders.models import RenderJob

LOOK_SECONDS = 0.5
MOST_NAMED = 5  # projects of one name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    parser.add_argument("project", metavar="PROJECT", help="its id, as in its address in the studio, or its name")
    parser.add_argument(
        "--format", metavar="NAME", help=f"{', '.join(presets.PRESETS)}; without it as FILE ends, else mp4"
    )
    parser.add_argument("--draft", action="store_true", help="small and fast")
    parser.add_argument("--wait", action="store_true", help="wait until it is finished")
    parser.add_argument("--out", metavar="FILE", type=Path, help="wait, and write the film here")


def send(arguments: argparse.Namespace) -> int:
    """Sends it. Exit status 1 when it was waited for and there is no film."""
    from flatrender.core.db import get_database
    from flatrender.renders import service, views
    from flatrender.renders.wishes import ExportWish, wish

    wanted = wish([ExportWish(chosen_preset(arguments.format, arguments.out).name)], draft=arguments.draft)
    database = get_database()
    with database.system_session(read_only=True) as session:
        project, me = _project(session, arguments.project)
    with database.tenant_session(me.tenant_id) as session:
        row = views.row(service.submit(session, me, project.id, wanted=wanted))
    here.leave()
    if arguments.wait or arguments.out:
        job = _ended(row["id"])
        row = views.row(job)
        if job.state != "COMPLETED":
            print(f"flatrender: {row['state'].lower()}: {row['error'] or row['note']}", file=sys.stderr)
        elif arguments.out:
            _write(me, row["id"], arguments.out)
    if arguments.json:
        here.say_json(row)
    else:
        print(f"{row['id']}  {row['state']}  {row['title']}")
    return 1 if row["state"] in {"FAILED", "CANCELLED"} else 0


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
    if out is not None and not out.absolute().parent.is_dir():
        raise InvalidInput(f"There is no folder {out.parent}; make it first.", field="out")
    return preset


def _project(session: "Session", wanted: str) -> "tuple[Project, Principal]":
    """The project and its owner, by id or by name. Raises NotFound, Conflict for several of one name."""
    from sqlmodel import col, func, or_, select

    from flatrender.access.models import User
    from flatrender.access.permissions import Principal
    from flatrender.projects.models import Project

    named = func.lower(col(Project.name)) == wanted.strip().lower()
    query = select(Project, User).join(User, col(User.id) == col(Project.user_id))
    query = query.where(or_(col(Project.id) == wanted, named)).order_by(col(Project.updated_at).desc())
    found = session.exec(query.limit(MOST_NAMED)).all()
    if not found:
        raise NotFound(f"There is no project “{wanted}”; give its name, or the id in its address in the studio.")
    if len(found) > 1:
        ids = ", ".join(f"{project.id} of {owner.name}" for project, owner in found)
        raise Conflict(f"Several projects have this name; give the id of one: {ids}.")
    project, owner = found[0]
    return project, Principal.of(owner)


def _ended(job_id: str) -> "RenderJob":
    """Waits for the end, with progress on stderr; the job goes on when Ctrl+C ends the waiting."""
    from flatrender.commands.render import ProgressLine
    from flatrender.core.db import get_database
    from flatrender.renders import service
    from flatrender.renders.states import TERMINAL, JobState

    progress, noted = ProgressLine(sys.stderr), ""
    try:
        while True:
            with get_database().system_session(read_only=True) as session:
                job = service.find(session, here.administrator(), job_id)
            if JobState(job.state) in TERMINAL:
                return job
            if job.note != noted and job.state != JobState.RENDERING:  # why it waits
                noted = job.note
                progress.end()
                print(noted, file=sys.stderr)
            progress(job.progress, job.state.lower())
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        print(f"\nIt goes on without you: flatrender jobs show {job_id}", file=sys.stderr)
        raise
    finally:
        progress.end()


def _write(me: "Principal", job_id: str, out: Path) -> None:
    """Writes the film in one step: what is there under its name is whole."""
    from flatrender.core.db import get_database
    from flatrender.core.storage import get_storage
    from flatrender.renders import service

    with get_storage().hold():
        with get_database().tenant_session(me.tenant_id, read_only=True) as session:
            film: Any = service.download(session, me, job_id)
        fresh = out.with_name(f".{out.name}.part")
        try:
            shutil.copyfile(film.path, fresh)
            fresh.replace(out)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise InvalidInput(f"{out} cannot be written ({error.strerror}); the film is kept in the studio.") from None
    size = f"{film.export['width']} × {film.export['height']}, " if film.export["width"] else ""
    print(f"{out}: {size}{film.export['frames']} frames, {film.export['duration']:.2f} s", file=sys.stderr)
