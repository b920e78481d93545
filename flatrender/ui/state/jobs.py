"""The state of the job pages: who looks, and what they may do. Rows come over REST and the event stream."""

import reflex as rx
from reflex.event import EventSpec

from flatrender.access import rules
from flatrender.access import service as access
from flatrender.access.permissions import FARM, JOBS_TENANT, SITES, Principal
from flatrender.tenants import service as tenants
from flatrender.ui.state.session import Caller


class JobsState(Caller, rx.State):
    """What the job table needs to know of the person in front of it."""

    may_boost: bool = False
    sees_all: bool = False
    users: list[dict[str, str]] = []
    sites: list[dict[str, str]] = []

    @rx.event
    async def load(self) -> None:
        """Reads the person's rights, and for administrators whose jobs there may be."""
        principal = await self._principal()
        self.may_boost = principal is not None and principal.can(FARM)
        self.sees_all = principal is not None and principal.can(JOBS_TENANT)
        hidden = rules.hidden(principal.limits, "renders") if principal is not None else ()
        self.users = await self._people() if self.sees_all and "user" not in hidden else []
        self.sites = await self._every_site(principal)

    @rx.event
    def notice(self, text: str) -> EventSpec:
        """Shows what an act came to."""
        return rx.toast(text)

    async def _every_site(self, principal: Principal | None) -> list[dict[str, str]]:
        """The sites whose jobs stand here, for those to whom it is more than their own."""
        if principal is None or not (principal.can(FARM) and principal.can(SITES)):
            return []
        return await self._ask(
            lambda session, user: [{"id": each.id, "name": each.name} for each in tenants.every(session)],
            read_only=True,
            of_all=True,
        )

    async def _people(self) -> list[dict[str, str]]:
        return await self._ask(lambda session, user: access.people(session), permission=JOBS_TENANT, read_only=True)
