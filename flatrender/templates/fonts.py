"""Fonts that a template's file asks for and that were not found: uploaded by the designer, or replaced by choice; and
those that customers may choose for a text.

Either way a font file goes into the template's derived bundle, under the PostScript name that is asked for. The engine
finds it there as it finds any font of a bundle, and a node needs nothing else.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from sqlmodel import Session, col, select

from flatrender.access.permissions import TEMPLATES, Principal
from flatrender.aftereffects.client import scanning_client
from flatrender.aftereffects.report import ProjectReport
from flatrender.aftereffects.text import FontLibrary, default_library
from flatrender.aftereffects.text.faces import Face
from flatrender.aftereffects.text.given import named
from flatrender.core.db import get_database
from flatrender.core.errors import InvalidInput, TooLarge
from flatrender.core.storage import get_storage
from flatrender.templates import bundles
from flatrender.templates.models import Bundle, FontState, Template, TemplateElement, TemplateFont, TemplateScan
from flatrender.templates.records import get_template, part_of, touch

log = logging.getLogger(__name__)
Json = dict[str, Any]
T = TypeVar("T")
MAX_FONT_BYTES = 32_000_000
_LONGEST_NAME = 160  # that is kept; OpenType allows 63


def note_missing(session: Session, template: Template, report: ProjectReport) -> None:
    """Keeps the list of missing fonts as the report has it; what the designer decided stays."""
    rows = {
        row.postscript_name: row
        for row in session.exec(select(TemplateFont).where(col(TemplateFont.template_id) == template.id))
    }
    missing = {use.postscript_name[:_LONGEST_NAME]: use for use in report.fonts if not use.found}
    for name, use in missing.items():
        row = rows.pop(name, None) or TemplateFont(template_id=template.id, postscript_name=name)
        row.family, row.style = (use.family or "")[:160], (use.style or "")[:120]
        row.substitute, row.layers = (use.substitute or "")[:160], list(use.layers)
        session.add(row)
    for row in rows.values():
        session.delete(row)
    session.flush()


def rows_of(session: Session, template_id: str) -> list[TemplateFont]:
    """The template's missing fonts, by name."""
    query = select(TemplateFont).where(col(TemplateFont.template_id) == template_id)
    return list(session.exec(query.order_by(col(TemplateFont.postscript_name))))


def to_dict(row: TemplateFont) -> Json:
    """The JSON form of a missing font."""
    return {
        "id": row.id,
        "postscript_name": row.postscript_name,
        "family": row.family,
        "style": row.style,
        "state": row.state,
        "substitute": row.substitute,
        "replacement": row.replacement,
        "layers": row.layers,
    }


def available() -> list[Json]:
    """Fonts that may stand in for a missing one: `{"postscript_name", "family", "style", "weight", "italic"}`."""
    found: dict[str, Json] = {}
    for face in _library().faces():
        found.setdefault(
            face.postscript_name,
            {
                "postscript_name": face.postscript_name,
                "family": face.family,
                "style": face.style,
                "weight": face.weight,
                "italic": face.italic,
            },
        )
    return sorted(found.values(), key=lambda face: (face["family"].casefold(), face["weight"], face["italic"]))


def upload(principal: Principal, template_id: str, font_id: str, path: Path, file_name: str) -> Json:
    """Takes a font file for a missing font. It need not carry that name: it will be used under it.

    Slow (the bundle is packed anew) and in transactions of its own. Raises BadFile for what is no font, TooLarge.
    """
    principal.require(TEMPLATES)
    if path.stat().st_size > MAX_FONT_BYTES:
        raise TooLarge(
            f"{file_name} is larger than the {MAX_FONT_BYTES // 10**6} MB that a font may have.", field="file"
        )
    with get_database().tenant_session(principal.tenant_id, read_only=True) as session:
        wanted = part_of(session, TemplateFont, template_id, font_id, "missing font").postscript_name
    own_name, font = scanning_client().font(path, file_name, wanted)
    return _decide(principal, template_id, font_id, FontState.UPLOADED, own_name, _store(principal.tenant_id, font))


def replace(principal: Principal, template_id: str, font_id: str, postscript_name: str) -> Json:
    """Lets another font, one of `available`, stand in for a missing one. Raises InvalidInput for an unknown one."""
    principal.require(TEMPLATES)
    face = next((face for face in _library().faces() if face.postscript_name == postscript_name), None)
    if face is None:
        raise InvalidInput(f"There is no font {postscript_name!r} here; choose one from the list.", field="replacement")
    with get_database().tenant_session(principal.tenant_id, read_only=True) as session:
        wanted = part_of(session, TemplateFont, template_id, font_id, "missing font").postscript_name
    key = _store(principal.tenant_id, _from_face(face, wanted))
    return _decide(principal, template_id, font_id, FontState.REPLACED, postscript_name, key)


def reset(principal: Principal, template_id: str, font_id: str) -> Json:
    """Takes the decision about a font back."""
    principal.require(TEMPLATES)
    return _decide(principal, template_id, font_id, FontState.MISSING, "", None)


def packed_with(tenant_id: str, template_id: str, change: Callable[[Session, Template], T]) -> T:
    """Runs `change` on the locked template and gives it the bundle that follows, as `packing` does; its answer."""

    def changed(session: Session) -> tuple[Template, T]:
        template = get_template(session, template_id, lock=True)
        return template, change(session, template)

    return packing(tenant_id, changed)


def packing(tenant_id: str, work: Callable[[Session], tuple[Template, T]]) -> T:
    """Makes what the engine is given together with the work that asks for it, in one transaction: the scan's bundle, or
    one packed from it with the chosen project, the fonts for missing ones and those that customers may choose. `work`
    returns the template and the answer.

    Packing takes seconds, so it is done between transactions: `work` runs again until nobody has decided otherwise
    meanwhile, and must leave nothing behind that a rollback does not take back.
    """
    packed: _Packed | None = None
    while True:
        try:
            with get_database().tenant_session(tenant_id) as session:
                template, answer = work(session)
                _give(session, template, packed)
                return answer
        except _NotPacked as missing:
            packed = _Packed(missing.wanted, _made(tenant_id, missing.wanted))


@dataclass(frozen=True)
class _Wanted:
    """What the engine is to be given. `added`: file name and key; `offered`: PostScript names of the installation's."""

    source: str
    kind: str
    project: str
    added: tuple[tuple[str, str], ...]
    offered: tuple[str, ...]


@dataclass(frozen=True)
class _Packed:
    wanted: _Wanted
    stored: bundles.Stored


class _NotPacked(Exception):
    """What is wanted now was not packed yet; the transaction is taken back."""

    def __init__(self, wanted: _Wanted) -> None:
        super().__init__(wanted)
        self.wanted = wanted


def _give(session: Session, template: Template, packed: _Packed | None) -> None:
    session.flush()
    scan = session.exec(select(TemplateScan).where(col(TemplateScan.id) == (template.scan_id or ""))).one()
    bundle = session.exec(select(Bundle).where(col(Bundle.id) == scan.bundle_id)).one()
    added = tuple(
        (f"{_file_name(row.postscript_name)}.{row.key.rsplit('.', 1)[-1]}", row.key)
        for row in rows_of(session, template.id)
        if row.key
    )
    wanted = _Wanted(bundle.key, bundle.kind, scan.project, added, _offered(session, template.id))
    given = bundle
    if wanted.added or wanted.offered or wanted.project:
        if packed is None or packed.wanted != wanted:
            raise _NotPacked(wanted)
        given = bundles.record(session, packed.stored)
    old_id, template.bundle_id = template.bundle_id, given.id
    session.add(template)
    if old_id != given.id:
        bundles.drop_unused(session, {old_id})


def _made(tenant_id: str, wanted: _Wanted) -> bundles.Stored:
    storage = get_storage()
    with bundles.workplace() as folder:
        out = folder / "bundle.zip"
        added = {name: storage.local_path(key) for name, key in wanted.added}
        faces = {face.postscript_name: face for face in (_library().faces() if wanted.offered else ())}
        for offered in wanted.offered:
            font = _from_face(faces[offered], offered)
            name = f"{_file_name(offered)}.{_suffix(font)}"
            (folder / name).write_bytes(font)
            added.setdefault(name, folder / name)
        bundles.derive(storage.local_path(wanted.source), wanted.kind, out, project=wanted.project, fonts=added)
        return bundles.store(tenant_id, out, "zip")


def _offered(session: Session, template_id: str) -> tuple[str, ...]:
    """The fonts that the template's texts let a customer choose, as far as they are this installation's: others lie in
    the bundle already."""
    query = select(TemplateElement).where(col(TemplateElement.template_id) == template_id, ~col(TemplateElement.gone))
    names = {name for row in session.exec(query) for name in (row.manual.get("limits") or {}).get("fonts") or ()}
    return tuple(sorted(names & {face.postscript_name for face in (_library().faces() if names else ())}))


def _suffix(font: bytes) -> str:
    return "otf" if font.startswith(b"OTTO") else "ttf"


def _store(tenant_id: str, font: bytes) -> str:
    key = f"fonts/{tenant_id}/{hashlib.sha256(font).hexdigest()}.{_suffix(font)}"
    get_storage().put_bytes(font, key)
    return key


def _decide(
    principal: Principal, template_id: str, font_id: str, state: FontState, replacement: str, key: str | None
) -> Json:
    """Keeps what stands for a missing font together with the bundle that holds it."""

    def change(session: Session, template: Template) -> Json:
        row = part_of(session, TemplateFont, template_id, font_id, "missing font")
        row.state, row.replacement, row.key = state, replacement, key
        session.add(row)
        touch(session, template)
        return to_dict(row)

    return packed_with(principal.tenant_id, template_id, change)


@lru_cache(maxsize=16)  # an instance takes seconds; who offers one more font does not wait for the others again
def _from_face(face: Face, postscript_name: str) -> bytes:
    """A font of the installation under another name; of a variable one the instance that is meant."""
    number = face.index if face.path.lower().endswith(("ttc", "otc")) else -1
    with TTFont(face.path, fontNumber=number) as font:
        if face.coordinates and "fvar" in font:
            instancer.instantiateVariableFont(font, dict(face.coordinates), inplace=True)
        return named(font, postscript_name)


@lru_cache(maxsize=1)
def _library() -> FontLibrary:
    return default_library()


def _file_name(postscript_name: str) -> str:
    """A name for the font's file that is no other font's, whatever script the font is named in."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", postscript_name):
        return postscript_name
    digest = hashlib.sha256(postscript_name.encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', postscript_name)[:60].strip('-') or 'font'}-{digest}"
