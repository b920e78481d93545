"""`validate-project`: is the project whole on this machine, and what is in it?"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flatrender.aftereffects.client import default_client
from flatrender.core.errors import BadFile, FlatRenderError, NotFound, ProcessFailed
from flatrender.renders.manager import files, paths
from workers.context import NotReady, TaskContext
from workers.handlers import dropbox

now: Callable[[], float] = time.time  # the clock that stamped the files is this machine's; tests set another


def run(context: TaskContext) -> dict[str, Any]:
    """Waits until the file is old and steady enough: `{"facts", "warnings"}`. Not yet there: tried again."""
    work = dropbox.load(context)

    def wait(seconds: float) -> None:
        context.wait(seconds)
        context.check()

    ready, seen = files.look(work.project, work.render.saved_at, now=now, wait=wait)
    if not ready.ready or seen is None:
        raise NotReady(f"{work.project.name}: {ready.reason}")
    for place in work.order.files:
        if not paths.located(work.root, place).is_file():
            raise NotReady(f"{'/'.join(place)} is not in the Dropbox folder yet")
    facts: dict[str, Any] = {"bytes": seen.size, "modified_at": files.time_of(seen.modified), "synced": True}
    found, warnings = _inside(work.project, work.order.composition, context.check)
    return {"facts": {**facts, **found}, "warnings": warnings}


def _inside(project: Path, composition: str, check: Callable[[], None]) -> tuple[dict[str, Any], list[str]]:
    """What our own reader finds; After Effects may read what we cannot. Raises NotFound for a missing composition."""
    try:
        report = default_client().scan(project, survey=False)
    except (BadFile, ProcessFailed) as error:
        check()  # an engine that was ended with its node says nothing of the project
        return {}, [f"The project cannot be read here ({_short(error)}); After Effects is asked without knowing it."]
    check()
    for each in report.compositions:
        if each.name == composition:
            first, end = (round(seconds * each.frame_rate) for seconds in each.work_area)
            facts = {
                "width": each.width,
                "height": each.height,
                "frames": max(1, end - first),
                "frame_rate": each.frame_rate,
                "app_version": report.app_version,
            }
            fonts = [f"The font {font.postscript_name} was not found by us." for font in report.fonts if not font.found]
            missing = [f"The {item.kind} {item.name} was not found by us." for item in report.footage if item.missing]
            return facts, [*fonts, *missing][:20]
    names = ", ".join(f"“{each.name}”" for each in report.compositions[:8])
    raise NotFound(
        f"The project has no composition “{composition}”; it has {names or 'none'}.", code="missing-composition"
    )


def _short(error: FlatRenderError) -> str:
    return error.message.rstrip(".")[:160]
