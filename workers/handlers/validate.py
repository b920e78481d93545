"""`validate`: is everything there that the job needs, and what is there to do? Its result is the plan."""

import shutil
from typing import Any

from flatrender.core.errors import NoSpace, NotFound
from flatrender.core.storage import get_storage
from flatrender.renders import resolving
from flatrender.renders.planner import Plan
from flatrender.settings import get_settings
from workers.context import TaskContext
from workers.handlers import jobs

# A scene film of the intermediate format takes about a quarter of a byte per pixel, the finished film much less.
BYTES_PER_PIXEL = 0.25
SPARE_BYTES = 64 * 1024**2


def run(context: TaskContext) -> dict[str, Any]:
    """Checks and plans. `{"plan", "warnings"}`."""
    job = jobs.load(context)
    if job.template_id is None:
        raise NotFound("The template of this project is gone.", code="template-gone")
    with context.database.tenant_session(context.tenant_id, read_only=True) as session:
        resolved = resolving.resolve(session, job.document, job.template_id)
        plan = resolving.make_plan(session, resolved)
    context.check()
    storage = get_storage()
    if not storage.exists(plan.source.bundle_key):
        raise NotFound("The files of the template are no longer there; upload it again.", code="bundle-gone")
    for music in plan.music:
        if not storage.exists(music.key):
            raise NotFound("The music of the project was deleted; choose another one.", code="media-gone")
    check_space(plan)
    return {"plan": plan.to_dict(), "warnings": [*resolved.notes, *_of_cached(context, plan)]}


def _of_cached(context: TaskContext, plan: Plan) -> list[str]:
    """What was told when the films in the cache were rendered holds for this job as well."""
    said: list[str] = []
    for film in plan.films:
        found = jobs.cached_film(context.database, context.tenant_id, film.content_hash) if film.cached else None
        said += found["warnings"] if found else []
    return list(dict.fromkeys(said))


def check_space(plan: Plan) -> None:
    """Raises NoSpace when the films would not fit on the disk."""
    width, height = plan.source.size
    frames = sum(film.frames for film in plan.to_render) + plan.frames
    needed = int(frames * width * height * BYTES_PER_PIXEL) + SPARE_BYTES
    free = shutil.disk_usage(get_settings().data_dir).free
    if free < needed:
        raise NoSpace(
            f"No space: the films need about {needed // 1024**2} MB and {free // 1024**2} MB are free; "
            "free some and try again."
        )
