"""Using a template: a project is made of it and the studio opened."""

from collections.abc import AsyncIterator

import reflex as rx
from reflex.event import EventSpec

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
        try:
            project = await self._ask(lambda session, user: catalog.start(session, user, template_id))
        finally:
            self.busy = ""
        yield rx.redirect(f"/studio/{project}")
