"""Reads the catalogue for pages: services' answers made into cards."""

from dataclasses import dataclass, field

from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.ui.state.cards import CategoryCard, ProjectCard, TemplateCard


@dataclass(frozen=True)
class Gallery:
    """The gallery as asked for. `total` counts all published templates."""

    cards: list[TemplateCard] = field(default_factory=list)
    categories: list[CategoryCard] = field(default_factory=list)
    total: int = 0


def gallery(session: Session, language: str, *, query: str = "", category: str = "", shape: str = "") -> Gallery:
    """The published templates that match."""
    return Gallery()


def projects(session: Session, user: Principal, language: str) -> list[ProjectCard]:
    """The user's projects, the last edited first."""
    return []
