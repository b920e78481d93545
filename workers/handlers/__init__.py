"""Task handlers by kind. A handler takes a `TaskContext`, does the work, and returns the task's result as JSON.

Handlers are idempotent: a task may be run again after a crash, and then finds its finished output or makes it anew.
They may import engines and domains; nobody imports them but the agent, on the first task of their kind.
"""

from importlib import import_module

from flatrender.core.errors import NotFound
from workers.outcomes import Handler

# Kind -> module with a function `run(context) -> result`.
MODULES = {
    "validate": "workers.handlers.validate",
    "frames": "workers.handlers.frames",
    "scene": "workers.handlers.scene",
    "compose": "workers.handlers.compose",
    "ingest": "workers.handlers.ingest",
    "preview": "workers.handlers.preview",
    "snapshot": "workers.handlers.snapshot",
    "validate-project": "workers.handlers.validate_project",
    "render-project": "workers.handlers.render_project",
}


def find(kind: str) -> Handler:
    """The handler of a kind. Raises NotFound."""
    module = MODULES.get(kind)
    if module is None:
        raise NotFound(f"This node has no handler for tasks of the kind “{kind}”.")
    handler: Handler = import_module(module).run
    return handler
