"""`scene`: one scene film into the scene cache, unless it is there already."""

from typing import Any

from flatrender.core.storage import get_storage
from flatrender.renders import resolving
from flatrender.renders.planner import Film, Plan
from workers.context import TaskContext
from workers.engines.base import SceneRequest, scene_engine
from workers.handlers import jobs


def run(context: TaskContext) -> dict[str, Any]:
    """The film with the payload's hash, rendered or found: `{"hash", "key", "frames", …, "cached", "warnings"}`."""
    job = jobs.load(context)
    plan = jobs.planned(job)
    film = plan.film(context.payload["film"])
    # Another job may have rendered it since this one was planned, or this task has been here before.
    found = jobs.cached_film(context.database, context.tenant_id, film.content_hash)
    if found is not None:
        return found
    return render(context, job, plan, film)


def render(context: TaskContext, job: jobs.Job, plan: Plan, film: Film) -> dict[str, Any]:
    """Renders and stores a scene film."""
    storage = get_storage()
    suffix = ".mov" if film.alpha else ".mp4"  # transparency needs another codec: ProRes 4444

    def tell(fraction: float, doing: str) -> None:
        frame = min(film.frames, round(fraction * film.frames))
        note = f"frame {frame} of {film.frames}" if doing == "rendering" else doing
        context.progress(0.98 * fraction, note, frame=frame, frames=film.frames)

    made = scene_engine(context.engine if context.kind == "scene" else "native").render_scene(
        SceneRequest(
            project=jobs.bundle(plan.source.bundle_key, plan.source.bundle_md5),
            composition_id=film.composition_id,
            values=resolving.local_values(film.values),
            out=context.scratch / f"{film.content_hash[:16]}{suffix}",
            frames=film.frames,
            size=film.size,
            format="mov" if film.alpha else "scene",
            alpha=film.alpha,
        ),
        tell,
        context.cancelled,
    )
    context.check()
    key = jobs.film_key(context.tenant_id, film.content_hash, suffix)
    storage.put_file(made.path, key)
    return {
        "hash": film.content_hash,
        "key": key,
        "frames": made.info.frames,
        "width": made.info.width,
        "height": made.info.height,
        "bytes": storage.size(key),
        "seconds": round(made.seconds, 3),
        "warnings": [f"{film.name}: {warning}" for warning in made.warnings],
        "picture_key": jobs.keep_picture(context, job, made.path, made.info.frames),
        "cached": False,
    }
