"""The state of the designer's pages: notices. Templates come and go over REST."""

import reflex as rx
from reflex.event import EventSpec

from flatrender.access.permissions import TEMPLATES
from flatrender.ui.state.session import Caller


class DesignerState(Caller, rx.State):
    """Who looks, and what they are told."""

    allowed: bool = False
    known: bool = False

    @rx.event
    async def load(self) -> None:
        """Whether the person may publish templates."""
        principal = await self._principal()
        self.allowed = principal is not None and principal.can(TEMPLATES)
        self.known = True

    @rx.event
    def notice(self, text: str) -> EventSpec:
        """Shows what a change came to."""
        return rx.toast(text)
