"""The state of a studio page: what the editor opens with. Edits themselves go over REST."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from flatrender.core.errors import FlatRenderError, NotFound
from flatrender.projects import service as projects
from flatrender.ui.state.session import Caller


class StudioState(Caller, rx.State):
    """One project, as it was when the page opened."""

    given: dict[str, Any] = {}
    ready: bool = False
    problem: str = ""

    @rx.event
    async def load(self) -> EventSpec | None:
        """Opens the project of the address."""
        self.ready, self.problem = False, ""
        if await self._principal() is None:
            return self._to_sign_in()
        try:
            self.given = await self._open()
        except NotFound:
            self.problem = "missing"
        except FlatRenderError as error:
            self.problem = error.message
        else:
            self.ready = True
        return None

    @rx.event
    async def rename(self, name: str) -> None:
        """Keeps the project's new name."""
        project_id = self._project_id()
        await self._ask(lambda session, user: projects.rename(session, user, project_id, name))

    @rx.event
    def notice(self, text: str) -> EventSpec:
        """Shows what the editor has to say."""
        return rx.toast(text)

    async def _open(self) -> dict[str, Any]:
        project_id = self._project_id()
        return await self._ask(lambda session, user: projects.open_project(session, user, project_id), read_only=True)

    def _project_id(self) -> str:
        return self.router.url.path.rstrip("/").rsplit("/", 1)[-1]
