"""Reads the catalogue for pages: services' answers made into cards."""

from dataclasses import dataclass, field

from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.core.errors import NotFound
from flatrender.ui.state.cards import CategoryCard, ProjectCard, TemplateCard, TemplatePage


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


def template(session: Session, template_id: str, language: str) -> TemplatePage:
    """A published template. Raises NotFound."""
    raise NotFound("No such template.")


def start(session: Session, user: Principal, template_id: str) -> str:
    """A new project of a template; returns its id."""
    raise NotFound("No such template.")


def rename(session: Session, user: Principal, project_id: str, name: str) -> None:
    """Gives a project a new name."""
    raise NotFound("No such project.")


def duplicate(session: Session, user: Principal, project_id: str, name: str) -> None:
    """Copies a project."""
    raise NotFound("No such project.")


def archive(session: Session, user: Principal, project_id: str) -> None:
    """Takes a project out of sight."""
    raise NotFound("No such project.")


def restore(session: Session, user: Principal, project_id: str) -> None:
    """Brings an archived project back."""
    raise NotFound("No such project.")
