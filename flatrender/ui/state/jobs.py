"""The state of the job pages: who looks, and what they may do. Rows come over REST and the event stream."""

import reflex as rx
from reflex.event import EventSpec

from flatrender.access import service as access
from flatrender.access.permissions import FARM, JOBS_TENANT
from flatrender.ui.state.session import Caller


class JobsState(Caller, rx.State):
    """What the job table needs to know of the person in front of it."""

    may_boost: bool = False
    sees_all: bool = False
    users: list[dict[str, str]] = []

    @rx.event
    async def load(self) -> None:
        """Reads the person's rights, and for administrators whose jobs there may be."""
        principal = await self._principal()
        self.may_boost = principal is not None and principal.can(FARM)
        self.sees_all = principal is not None and principal.can(JOBS_TENANT)
        self.users = await self._people() if self.sees_all else []

    @rx.event
    def notice(self, text: str) -> EventSpec:
        """Shows what an act came to."""
        return rx.toast(text)

    async def _people(self) -> list[dict[str, str]]:
        return await self._ask(lambda session, user: access.people(session), permission=JOBS_TENANT, read_only=True)
