"""`frames`: a range of a scene's frames as a film of its own; its scene's task joins them."""

from typing import Any

from workers.context import TaskContext
from workers.handlers import jobs, scene


def run(context: TaskContext) -> dict[str, Any]:
    """The range's film, rendered or found: `{"key", "cached"}`."""
    job = jobs.load(context)
    plan = jobs.planned(job)
    film = plan.film(context.payload["film"])
    first, count = context.payload["first"], context.payload["count"]
    if jobs.cached_film(context.database, context.tenant_id, film.content_hash) is not None:
        return {"key": None, "cached": True}  # another job has rendered the whole scene meanwhile
    key, cached, warnings = scene.part(context, plan, film, first, count)
    return {"key": key, "cached": cached, "warnings": warnings}
