"""The state of the administrator's page: who looks. Numbers come over REST."""

import reflex as rx
from reflex.event import EventSpec

from flatrender.access.permissions import FARM
from flatrender.ui.state.session import Caller


class AdminState(Caller, rx.State):
    """Whether the person in front of the page runs the farm."""

    known: bool = False
    allowed: bool = False

    @rx.event
    async def load(self) -> None:
        """Reads the person's rights."""
        principal = await self._principal()
        self.allowed = principal is not None and principal.can(FARM)
        self.known = True

    @rx.event
    def notice(self, text: str) -> EventSpec:
        """Shows what an act came to."""
        return rx.toast(text)
