"""`ingest`: an upload is read: what it is, its proxy, pictures and peaks."""

from typing import Any

from flatrender.media import ingest
from workers.context import TaskContext


def run(context: TaskContext) -> dict[str, Any]:
    """What the media's own module found: the columns of the file's row."""
    return ingest.produce(
        context.tenant_id,
        context.payload["media_id"],
        context.scratch,
        context.progress,
        context.cancelled,
    )
