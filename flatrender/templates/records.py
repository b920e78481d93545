"""Rows of the catalogue, and the one place that says "this template changed"."""

from typing import Any, TypeVar

from sqlmodel import Session, col, select

from flatrender.access import rules
from flatrender.core import bus, clock
from flatrender.core.db import on_commit
from flatrender.core.errors import NotFound
from flatrender.templates.facts import size_of
from flatrender.templates.models import ColorPreset, SharedColor, Template, TemplateElement, TemplateFont, TemplateScene

Json = dict[str, Any]
Part = TypeVar("Part", TemplateScene, TemplateElement, SharedColor, ColorPreset, TemplateFont)


def get_template(session: Session, template_id: str, *, lock: bool = False) -> Template:
    """The template of the session's tenant. Raises NotFound."""
    query = select(Template).where(col(Template.id) == template_id)
    if lock:
        query = query.with_for_update()
    template = session.exec(query).first()
    if template is None:
        raise NotFound("There is no such template.")
    rules.require_seen(template)
    return template


def part_of(session: Session, table: type[Part], template_id: str, row_id: str, what: str) -> Part:
    """The row of `table` with this id, when it belongs to the template. Raises NotFound, which calls it `what`."""
    query = select(table).where(col(table.id) == row_id, col(table.template_id) == template_id)
    row = session.exec(query).first()
    if row is None:
        raise NotFound(f"The template has no such {what}.")
    return row


def get_scene(session: Session, template_id: str, scene_id: str) -> TemplateScene:
    """A scene of the template. Raises NotFound."""
    return part_of(session, TemplateScene, template_id, scene_id, "scene")


def all_rows(
    session: Session, template_id: str
) -> tuple[list[TemplateScene], list[TemplateElement], list[SharedColor]]:
    """Scenes, elements and shared colours, those switched off and gone as well, in order."""
    scenes = session.exec(
        select(TemplateScene)
        .where(col(TemplateScene.template_id) == template_id)
        .order_by(col(TemplateScene.position), col(TemplateScene.id))
    ).all()
    elements = session.exec(
        select(TemplateElement)
        .where(col(TemplateElement.template_id) == template_id)
        .order_by(col(TemplateElement.position), col(TemplateElement.id))
    ).all()
    colors = session.exec(
        select(SharedColor)
        .where(col(SharedColor.template_id) == template_id)
        .order_by(col(SharedColor.position), col(SharedColor.id))
    ).all()
    return list(scenes), list(elements), list(colors)


def refresh(session: Session, template: Template) -> None:
    """Size, rate and length of the template from its scenes."""
    scenes = [row.facts for row in all_rows(session, template.id)[0] if row.enabled and not row.gone]
    template.width, template.height, template.rate_num, template.rate_den = size_of(scenes)
    rate = template.rate_num / template.rate_den
    template.frames = sum(round(facts["frames"] * rate * facts["rate"][1] / facts["rate"][0]) for facts in scenes)
    session.add(template)


def touch(session: Session, template: Template) -> None:
    """A designer changed the template: a new revision; whoever looks at it is told after the commit."""
    template.revision += 1
    template.updated_at = clock.now()
    session.add(template)
    session.flush()
    session.info["changed_templates"] = True
    announce(session, template)


def announce(session: Session, template: Template) -> None:
    """Tells open pages of the tenant that a template has news."""
    payload = {"kind": "template", "id": template.id, "revision": template.revision, "state": template.state}
    topic = f"tenant:{template.tenant_id}"
    on_commit(session, lambda: bus.publish(topic, payload))
