"""`validate`: is everything there that the job needs, and what is there to do? Its result is the plan."""

import shutil
from typing import Any

from flatrender.core.errors import NoSpace, NotFound
from flatrender.core.storage import get_storage
from flatrender.core.timing import Rate
from flatrender.film import presets
from flatrender.renders import resolving
from flatrender.renders.planner import Plan
from flatrender.renders.wishes import Wish
from flatrender.settings import get_settings
from workers import files
from workers.context import TaskContext
from workers.handlers import jobs

# A scene film of the intermediate format takes about a quarter of a byte per pixel, the finished film much less.
BYTES_PER_PIXEL = 0.25
SPARE_BYTES = 64 * 1024**2
CAREFUL = 3  # times what demos take: pictures of a camera may


def run(context: TaskContext) -> dict[str, Any]:
    """Checks and plans. `{"plan", "warnings"}`."""
    try:
        return _planned(context)
    except NotFound as error:
        raise files.explain(context.database, error) from error


def _planned(context: TaskContext) -> dict[str, Any]:
    job = jobs.load(context)
    if job.template_id is None:
        raise NotFound("The template of this project is gone.", code="template-gone")
    with context.database.tenant_session(context.tenant_id, read_only=True) as session:
        resolved = resolving.resolve(session, job.document, job.template_id)
        plan = resolving.make_plan(session, resolved, Wish.from_dict(job.options))
    context.check()
    storage = get_storage()
    if not storage.exists(plan.source.bundle_key):
        raise NotFound("The files of the template are no longer there; upload it again.", code="bundle-gone")
    for key in sorted(plan.layers.keys):
        if not storage.exists(key):
            raise NotFound("A file that the project uses was deleted; choose another one.", code="media-gone")
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
    rate = Rate(*plan.source.rate)
    pixels = sum(film.frames * film.size[0] * film.size[1] for film in plan.to_render)
    written = 0
    for composition in plan.compositions:
        version = composition.version
        pixels += plan.frames * version.size[0] * version.size[1]
        written += sum(
            presets.estimate_bytes(presets.find(name), size, plan.frames, rate) for name, size in version.exports
        )
    needed = int(pixels * BYTES_PER_PIXEL) + CAREFUL * written + SPARE_BYTES
    free = shutil.disk_usage(get_settings().data_dir).free
    if free < needed:
        raise NoSpace(
            f"No space: the films need about {needed // 10**6} MB and {free // 10**6} MB are free; "
            "free some and try again."
        )
