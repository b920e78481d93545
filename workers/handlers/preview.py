"""`preview`: a template's moving preview and poster for the gallery."""

from typing import Any

from flatrender.templates import previews
from workers.context import TaskContext


def run(context: TaskContext) -> dict[str, Any]:
    """What the templates' own module makes: `{"poster_key", "preview_key", "dominant_color"}`."""
    return dict(
        previews.produce(
            context.tenant_id,
            context.payload["template_id"],
            on_progress=lambda fraction, *_: context.progress(0.99 * fraction, "preview"),
            cancelled=context.cancelled,
        )
    )
