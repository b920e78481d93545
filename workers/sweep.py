"""Stored files that no row names any more: they go when they are so old that nobody can be about to name them.

Whoever drops a row leaves its bytes to this: at that very moment somebody else may keep the same ones. Whoever keeps
bytes writes them anew, so that they are young until their row is there.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from flatrender.access.models import User
from flatrender.core.db import Database
from flatrender.core.storage import get_storage
from flatrender.media import faces, site_fonts, site_pictures
from flatrender.media.models import Media
from flatrender.renders.models import Export, RenderJob, SceneFilm
from flatrender.templates.models import Bundle, Template, TemplateFont, TemplateScan, TemplateScene
from flatrender.tenants.models import Tenant

# Asked with keys: those of them that rows name.
Named = Callable[[Session, Sequence[str]], set[str]]
BATCH = 2000  # keys asked about at once: few passes over a table, and the memory of none


def unnamed(database: Database, folder: str, age: timedelta) -> int:
    """Removes the files of a folder in the storage that are older than `age` and that no row names; how many."""
    storage, before = get_storage(), time.time() - age.total_seconds()
    old = (file.key for file in storage.files(folder) if file.at < before)
    removed = 0
    while keys := list(islice(old, BATCH)):
        with database.system_session(read_only=True) as session:
            kept = NAMED[folder](session, keys)
        removed += sum(storage.delete_old(key, before) for key in keys if key not in kept)
    return removed


def aged(folder: str, age: timedelta) -> int:
    """Removes the files of a folder that are older than `age`, whoever names them; how many."""
    storage, before = get_storage(), time.time() - age.total_seconds()
    return sum(storage.delete_old(file.key, before) for file in storage.files(folder) if file.at < before)


def _by(*columns: Any) -> Named:
    def named(session: Session, keys: Sequence[str]) -> set[str]:
        return {key for column in columns for key in session.execute(select(column).where(column.in_(keys))).scalars()}

    return named


def _media(session: Session, keys: Sequence[str]) -> set[str]:
    """Peaks lie beside their key, a file for each level."""
    whole = _by(col(Media.key), col(Media.thumbnail_key), col(Media.proxy_key), col(Media.sprite_key))
    levels = {key: key.rpartition(".")[0] for key in keys}
    peaks = _by(col(Media.peaks_key))(session, list(set(levels.values())))
    return whole(session, keys) | {key for key, stem in levels.items() if stem in peaks}


def _brand(session: Session, keys: Sequence[str]) -> set[str]:
    """Logo, icon, first page's picture and fonts of the sites whose ids the keys hold."""
    owners = {key.split("/")[1] for key in keys}
    shown: set[str] = set()
    for site in session.execute(select(Tenant).where(col(Tenant.id).in_(owners))).scalars():
        pictures = {"logo": site.logo, "icon": site.icon, "landing": site.landing_picture}
        shown |= {site_pictures.key(site.id, digest, kind) for kind, digest in pictures.items() if digest}
        shown |= {site_fonts.key(site.id, font["digest"]) for font in site.fonts.values()}
    return shown & set(keys)


NAMED: dict[str, Named] = {
    "media": _media,
    "brand": _brand,
    faces.FOLDER: _by(col(User.picture_key)),
    "bundles": _by(col(Bundle.key)),
    "templates": _by(col(Template.poster_key), col(Template.preview_key), col(TemplateScene.picture_key)),
    "scans": _by(col(TemplateScan.report_key)),
    "fonts": _by(col(TemplateFont.key)),
    "exports": _by(col(Export.key)),
    "scenes": _by(col(SceneFilm.key)),
    "renders": _by(col(RenderJob.picture_key)),
}
