"""The engine without its children: for a command that ends with the one file its caller named.

Such a file is its caller's own, and `scan` and `snapshot` read it in their own process too: a child would have to start
Python and load the engine once more before the first frame. Drawing stays in a child.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from flatrender.aftereffects.client import EngineClient
from flatrender.core.errors import FlatRenderError, ProcessFailed

if TYPE_CHECKING:
    from flatrender.aftereffects.project import Project


@contextmanager
def opened(path: Path, project: str | None = None) -> "Iterator[Project]":
    """The project, read by an earlier command or now; then it is kept for the next command (`kept_graphs`).

    `project`: as of `open_project`, which says what it raises.
    """
    from flatrender.aftereffects.kept_graphs import KeptGraphs
    from flatrender.aftereffects.project import open_project

    kept = KeptGraphs()
    found = open_project(path, project=project, kept=kept)
    yield found
    kept.keep(found.bundle.project, found.graph)


class InlineClient(EngineClient):
    """An `EngineClient` that parses in this process, one request at a time; `started` stays 0.

    `project`: which .aep of a bundle that holds several (see `bundle.open_bundle`).
    """

    def __init__(self, project: str | None = None) -> None:
        super().__init__(1)
        self._project = project
        self._one = Lock()
        self._opened: Any = None
        self._kept: Any = None

    def _ask(self, request: dict[str, Any]) -> tuple[Any, bytes]:
        with self._one:
            if self._opened is None:
                gc.disable()  # what is imported and opened stays: looking for garbage costs a tenth of the time
                from flatrender.aftereffects.kept_graphs import KeptGraphs
                from flatrender.aftereffects.project import open_project
                from flatrender.aftereffects.server import Projects

                self._kept = KeptGraphs()
                self._opened = Projects(partial(open_project, project=self._project, kept=self._kept))
            from flatrender.aftereffects.server import answer

            path = Path(request["path"]) if "path" in request else None
            try:
                answered = answer(self._opened, request, path)
                if path is not None and request["do"] == "scan" and request.get("survey", True):
                    project = self._opened.get(path)  # all of it is read by now
                    self._kept.keep(project.bundle.project, project.graph)
                return answered
            except FlatRenderError:
                raise
            except Exception as error:
                raise ProcessFailed(
                    f"The engine could not work on {path.name if path else 'this'} ({type(error).__name__}: {error}); "
                    "report it with the project.",
                    code="engine-fault",
                ) from error

    def close(self, *, at_once: bool = False) -> None:
        """Ends the drawing child. What was opened is left to the end of the process: Python would take a tenth of a
        second to look through it for cycles.
        """
        super().close(at_once=at_once)
        self._opened = None
        gc.freeze()
        gc.enable()
