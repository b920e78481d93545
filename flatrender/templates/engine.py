"""What to hand to the engine for a template."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlmodel import Session, col, select

from flatrender.aftereffects.revision import FontName, engine_revision, fonts_revision
from flatrender.core.errors import NotFound
from flatrender.core.storage import get_storage
from flatrender.templates.models import Bundle, Template, TemplateScan


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
    return of(bundle)


def of(bundle: Bundle) -> EngineSource:
    """A bundle that was read already. Raises NotFound where the storage has lost its file."""
    try:
        path = get_storage().local_path(bundle.key)
    except NotFound as error:
        said = (
            "The template's files are no longer on the server; ask the people of this site to upload it again. What "
            "you have edited is kept."
        )
        raise NotFound(said, code="bundle-gone") from error
    return EngineSource(bundle.key, bundle.md5, path)


def revision(session: Session, template_id: str) -> str:
    """Of all besides bundle and values that decides the template's pixels: the engine, and fonts outside the bundle."""
    query = (
        select(TemplateScan.report_key)
        .join(Template, col(Template.scan_id) == col(TemplateScan.id))
        .where(col(Template.id) == template_id)
    )
    report_key = session.exec(query).first()
    names = _font_names(report_key) if report_key is not None else ()
    return f"{engine_revision()}+{fonts_revision(names)}"


@lru_cache(maxsize=1024)
def _font_names(report_key: str) -> tuple[FontName, ...]:
    """The fonts that a scan's texts ask for; a scan never changes."""
    report = json.loads(get_storage().local_path(report_key).read_text("utf-8"))
    return tuple((use["postscript_name"], use["family"] or "", use["style"] or "") for use in report["fonts"])
