"""The first page after the sign-in: figures, last projects, and what to begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from flatrender.access import rules
from flatrender.access.permissions import Principal
from flatrender.renders import overview
from flatrender.ui.state import catalog, saved
from flatrender.ui.state.cards import ProjectCard, TemplateCard
from flatrender.ui.state.session import Caller

OFFERED = 6  # templates to begin with


@dataclass(frozen=True)
class Figures:
    """What the line below the greeting says. Storage in bytes, and in percent of what may be kept."""

    projects: int = 0
    films: int = 0
    used: int = 0
    limit: int = 0
    percent: int = 0


class HomeState(Caller, rx.State):
    """What the page shows; the renders follow the event stream by themselves from there."""

    loaded: bool = False
    me: str = ""
    name: str = ""
    figures: Figures = Figures()
    projects: list[ProjectCard] = []
    renders: list[dict[str, Any]] = []
    posters: dict[str, str] = {}
    templates: list[TemplateCard] = []

    @rx.event
    async def load(self) -> None:
        """Reads everything; nothing without an account (the page then leads to the sign-in)."""
        principal = await self._principal()
        if principal is None:
            return
        language = self._language()

        def read(session: Session, user: Principal) -> tuple[Mapping[str, Any], list[ProjectCard], list[TemplateCard]]:
            found = overview.overview(session, user)
            offered = catalog.gallery(session, language).cards[:OFFERED]
            return found, saved.cards(session, user, found["projects"]), offered

        found, self.projects, self.templates = await self._ask(read, read_only=True)
        self.me, self.name = principal.user_id, principal.name
        self.posters = {card.id: card.poster for card in self.projects}
        self.figures = figures_of(found["figures"])
        hidden = rules.hidden(principal.limits, "renders")
        jobs = [*found["running"], *found["ended"]]
        self.renders = [{key: value for key, value in job.items() if key not in hidden} for job in jobs]
        self.loaded = True

    @rx.event
    def notice(self, text: str) -> EventSpec:
        """Shows what an act came to."""
        return rx.toast(text)


def figures_of(found: Mapping[str, Any]) -> Figures:
    """The figures of an overview as the page says them."""
    used, limit = found["storage"]["used"], found["storage"]["limit"]
    percent = min(100, round(100 * used / limit)) if limit else 100
    return Figures(found["projects"], found["films_this_month"], used, limit, percent)
