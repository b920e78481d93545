"""Templates from upload to gallery: create, describe, publish, archive, delete.

Editing what a scan found is in `review.py`, the second scan in `scanning.py`, fonts in `fonts.py`, the gallery's
queries in `catalogue.py`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, delete, select

from flatrender.access.permissions import TEMPLATES, Principal
from flatrender.core import clock, outbox
from flatrender.core.db import on_commit
from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.core.storage import get_storage
from flatrender.templates import background, bundles, catalogue, definitions, fonts, pictures, previews, scanning
from flatrender.templates.definition import Definition
from flatrender.templates.models import (
    Category,
    ColorPreset,
    SharedColor,
    Template,
    TemplateElement,
    TemplateFont,
    TemplateScan,
    TemplateScene,
    TemplateState,
    TemplateTag,
)
from flatrender.templates.readiness import require_ready
from flatrender.templates.records import all_rows, announce, get_template, touch

Json = dict[str, Any]
# Asked before a template is deleted: the sentence that says who uses it, or None. Owners of documents register here.
UsageCheck = Callable[[Session, Template], str | None]
_usage_checks: list[UsageCheck] = []
PUBLISHED = "template.published"  # an event: for the first time; demos are not told of
_TEXTS = {"name": 160, "name_fa": 160, "description": 4000, "description_fa": 4000, "language": 8}


def on_use_check(check: UsageCheck) -> UsageCheck:
    """Registers `check`, which says who still uses a template."""
    _usage_checks.append(check)
    return check


def create(
    principal: Principal,
    path: Path,
    file_name: str,
    *,
    name: str | None = None,
    project: str | None = None,
    demo: str | None = None,
    draw: bool = True,
) -> str:
    """Makes a draft of an uploaded .aep or .zip; the template's id. Its scene pictures follow in the background.

    Slow (the file is scanned) and in transactions of its own: call it in a thread. `path` stays the caller's; nothing
    is kept of a file that cannot be read. Raises what `scanning.prepare` raises.
    """
    principal.require(TEMPLATES)
    prepared = scanning.prepare(principal.tenant_id, path, file_name, project)

    def made(session: Session) -> tuple[Template, str]:
        template = Template(
            name=(name or "").strip()[:160] or _name_from(prepared.project or file_name),
            created_by=principal.user_id,
            bundle_id=bundles.record(session, prepared.stored).id,
            demo=demo,
        )
        session.add(template)
        session.flush()
        scan = scanning.record(session, template, prepared, merged=True)
        scanning.fill(session, template, scan, prepared.reading.report)
        announce(session, template)
        return template, template.id

    template_id = fonts.packing(principal.tenant_id, made)
    if draw:
        draw_soon(principal.tenant_id, template_id)
    return template_id


def draw_soon(tenant_id: str, template_id: str) -> None:
    """Draws the scenes' pictures that are missing or out of date, in the background."""
    background.submit(partial(pictures.make, tenant_id, template_id))


def edit(session: Session, principal: Principal, template_id: str, changes: Mapping[str, Any]) -> None:
    """Changes a template's words and place in the gallery: name, name_fa, description, description_fa, language,
    category (id or null), tags (list of words), cover {scene, frame} or null."""
    principal.require(TEMPLATES)
    template = get_template(session, template_id, lock=True)
    for field, value in changes.items():
        if field in _TEXTS:
            if not isinstance(value, str) or len(value) > _TEXTS[field]:
                raise InvalidInput(f"{field} is a text of at most {_TEXTS[field]} characters.", field=field)
            if field == "name" and not value.strip():
                raise InvalidInput("A template needs a name.", field="name")
            setattr(template, field, value.strip())
        elif field == "category":
            template.category_id = _category(session, value)
        elif field == "tags":
            catalogue.set_tags(session, template, value)
        elif field == "cover":
            _set_cover(session, template, value)
        else:
            raise InvalidInput(f"A template has no field {field!r} that can be edited.", field=field)
    touch(session, template)
    if "cover" in changes and TemplateState(template.state) is TemplateState.PUBLISHED:
        previews.request(session, template_id)


def publish(session: Session, principal: Principal, template_id: str) -> None:
    """Puts the template into the gallery; its poster and moving preview are asked of the farm.

    Raises Conflict (`not-ready`, with `problems`) naming what is missing.
    """
    principal.require(TEMPLATES)
    template = get_template(session, template_id, lock=True)
    require_ready(session, template)
    template.state = TemplateState.PUBLISHED
    if template.published_at is None:
        template.published_at = clock.now()
        if template.demo is None:  # those come with the house
            told = {"template_id": template.id, "name": template.name, "by": principal.user_id}
            outbox.record(session, PUBLISHED, told, tenant_id=template.tenant_id, topic="letters")
    touch(session, template)
    previews.request(session, template_id)


def unpublish(session: Session, principal: Principal, template_id: str) -> None:
    """Takes the template out of the gallery; it is a draft again. Projects made from it go on."""
    _move(session, principal, template_id, TemplateState.DRAFT)


def archive(session: Session, principal: Principal, template_id: str) -> None:
    """Puts the template away; projects made from it go on."""
    _move(session, principal, template_id, TemplateState.ARCHIVED)


def remove(session: Session, principal: Principal, template_id: str) -> str:
    """Deletes the template with its files; its name. Raises Conflict while projects use it: archive it then."""
    principal.require(TEMPLATES)
    template = get_template(session, template_id, lock=True)
    for check in _usage_checks:
        if (user := check(session, template)) is not None:
            raise Conflict(f"{template.name} is used by {user}; archive it instead.", code="template-in-use")
    scans = session.exec(select(TemplateScan).where(col(TemplateScan.template_id) == template_id)).all()
    scenes = all_rows(session, template_id)[0]
    keys = [scan.report_key for scan in scans]
    keys += [key for key in (template.poster_key, template.preview_key) if key]
    keys += [scene.picture_key for scene in scenes if scene.picture_key]
    unused = {scan.bundle_id for scan in scans} | {template.bundle_id}
    owned = (TemplateTag, TemplateElement, TemplateScene, SharedColor, ColorPreset, TemplateFont, TemplateScan)
    for table in owned:
        session.execute(delete(table).where(col(table.template_id) == template_id))
    announce(session, template)
    session.delete(template)
    bundles.drop_unused(session, unused)
    for key in keys:
        on_commit(session, partial(get_storage().delete, key))
    return template.name


def readable(session: Session, principal: Principal | None, template_id: str) -> Definition:
    """The template as this person may see it: drafts and archived ones only by designers. Raises NotFound."""
    found = definitions.get(session, template_id)
    if found.state != TemplateState.PUBLISHED and not (principal and principal.can(TEMPLATES)):
        raise NotFound("There is no such template.")
    return found


def _move(session: Session, principal: Principal, template_id: str, state: TemplateState) -> None:
    principal.require(TEMPLATES)
    template = get_template(session, template_id, lock=True)
    template.state = state
    touch(session, template)


def _category(session: Session, value: object) -> str | None:
    if value is None or value == "":
        return None
    row = session.exec(
        select(Category).where((col(Category.id) == str(value)) | (col(Category.key) == str(value)))
    ).first()
    if row is None:
        raise InvalidInput("There is no such category.", field="category")
    return row.id


def _set_cover(session: Session, template: Template, value: object) -> None:
    if value is None:
        template.cover_scene = template.cover_frame = None
        return
    if not isinstance(value, Mapping):
        raise InvalidInput("A cover is a scene and a frame.", field="cover")
    scenes = {scene.key: scene for scene in all_rows(session, template.id)[0] if not scene.gone}
    scene = scenes.get(str(value.get("scene")))
    if scene is None:
        raise InvalidInput("The cover's scene is not in this template.", field="cover")
    frame = value.get("frame")
    last = int(scene.facts["frames"]) - 1
    if frame is not None and (isinstance(frame, bool) or not isinstance(frame, int) or not 0 <= frame <= last):
        raise InvalidInput(f"A frame of this scene lies between 0 and {last}.", field="cover")
    template.cover_scene, template.cover_frame = scene.key, frame


def _name_from(file_name: str) -> str:
    stem = file_name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    words = stem.replace("_", " ").replace("-", " ").split()
    name = " ".join(words)
    return (name[:1].upper() + name[1:])[:160] or "Template"
