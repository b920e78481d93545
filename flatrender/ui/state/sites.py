"""The state of the sites' pages: who looks. Sites come and go over REST."""

import reflex as rx
from reflex.event import EventSpec

from flatrender.access.permissions import SITE, SITES
from flatrender.ui.state.session import Caller


class SitesState(Caller, rx.State):
    """Whether the person in front of the page runs this site, or the house."""

    known: bool = False
    runs_site: bool = False
    runs_house: bool = False

    @rx.event
    async def load(self) -> None:
        """Reads the person's rights."""
        principal = await self._principal()
        self.runs_site = principal is not None and principal.can(SITE)
        self.runs_house = principal is not None and principal.can(SITES)
        self.known = True

    @rx.event
    def notice(self, text: str) -> EventSpec:
        """Shows what an act came to."""
        return rx.toast(text)
