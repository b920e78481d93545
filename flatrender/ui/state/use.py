"""Using a template: a project is made of it and the studio opened."""

from collections.abc import AsyncIterator

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.projects import service as projects
from flatrender.templates import definitions
from flatrender.ui.state import catalog
from flatrender.ui.state.session import Caller, to_sign_in


class UseState(Caller, rx.State):
    """Which template is being made into a project."""

    busy: str = ""

    @rx.event
    async def use(self, template_id: str) -> AsyncIterator[EventSpec | None]:
        """Makes a project and opens it; leads to the sign-in page first where that is needed."""
        if await self._principal() is None:
            yield to_sign_in(f"/templates/{template_id}")
            return
        self.busy = template_id
        yield None
        language = self._language()
        try:
            project = await self._ask(lambda session, user: _create(session, user, template_id, language))
        finally:
            self.busy = ""
        yield rx.redirect(f"/studio/{project}")


def _create(session: Session, user: Principal, template_id: str, language: str) -> str:
    name = catalog.localised(definitions.get(session, template_id), language)
    return str(projects.create(session, user, template_id, name=name)["id"])
