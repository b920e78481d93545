"""What to hand to the engine for a template."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from flatrender.core.errors import NotFound
from flatrender.core.storage import get_storage
from flatrender.templates.models import Bundle, Template


@dataclass(frozen=True)
class EngineSource:
    """A bundle: its storage key, its md5 (changes when fonts are added), and a path on this machine."""

    key: str
    md5: str
    path: Path


def source(session: Session, template_id: str) -> EngineSource:
    """The template's bundle, with the designer's fonts in it. Raises NotFound."""
    query = (
        select(Bundle).join(Template, col(Template.bundle_id) == col(Bundle.id)).where(col(Template.id) == template_id)
    )
    bundle = session.exec(query).first()
    if bundle is None:
        raise NotFound("There is no such template.")
    return EngineSource(bundle.key, bundle.md5, get_storage().local_path(bundle.key))


def engine_path(session: Session, template_id: str) -> Path:
    """The path alone."""
    return source(session, template_id).path
