"""Reads what a template lets a customer edit: the designer's edits over the facts, switched-on parts alone.

Reading one costs a handful of queries, so definitions are kept by template and revision: every change that a designer
makes raises the revision, and what is kept can never be stale.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.core.errors import NotFound
from flatrender.core.ready import Ready, among
from flatrender.core.timing import Rate
from flatrender.templates.convention import ElementOutline, SharedColorOutline
from flatrender.templates.definition import Color, Definition, Element, Preset, Scene
from flatrender.templates.facts import element_outline
from flatrender.templates.models import (
    Category,
    ColorPreset,
    SharedColor,
    Tag,
    Template,
    TemplateElement,
    TemplateScene,
    TemplateTag,
)

KEPT = 256


# Mostly a definition is known, and what tells so is a quarter of the row.
_OF_KEY: Any = (Template.tenant_id, Template.id, Template.revision, Template.poster_key, Template.preview_key)
_TAGS = Ready(
    sa_select(col(TemplateTag.template_id), col(Tag.name))
    .join(Tag, col(Tag.id) == col(TemplateTag.tag_id))
    .where(among(col(TemplateTag.template_id), "templates"))
    .order_by(col(Tag.key))
)
_TOLD = Ready(sa_select(*_OF_KEY).where(col(Template.id) == bindparam("template")))
Key = tuple[str, str, int, str]
_kept: OrderedDict[Key, Definition] = OrderedDict()
_lock = threading.Lock()


def get(session: Session, template_id: str) -> Definition:
    """The definition of a template of the session's tenant. Raises NotFound."""
    told = _TOLD.row(session, template=template_id)
    if told is None:
        raise NotFound("There is no such template.")
    if (found := _known(_key(*told))) is not None:
        return found
    template = session.exec(select(Template).where(col(Template.id) == template_id)).first()
    if template is None:
        raise NotFound("There is no such template.")
    return of(session, template)


def _key(tenant_id: str, template_id: str, revision: int, poster: str | None, preview: str | None) -> Key:
    return tenant_id, template_id, revision, f"{poster} {preview}"


def _known(key: Key) -> Definition | None:
    with _lock:
        if (found := _kept.get(key)) is not None:
            _kept.move_to_end(key)
        return found


def of(session: Session, template: Template) -> Definition:
    """The definition of a template that was read already."""
    key = _key(template.tenant_id, template.id, template.revision, template.poster_key, template.preview_key)
    if (found := _known(key)) is not None:
        return found
    made = _read(session, template)
    # Inside a transaction that is changing the template, what is read may yet be rolled back.
    if not session.info.get("changed_templates"):
        with _lock:
            _kept[key] = made
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return made


def poster_url(template_id: str, key: str | None) -> str | None:
    """Where the poster is read; the address changes with the picture."""
    return _versioned(f"/api/v1/templates/{template_id}/poster", key)


def preview_url(template_id: str, key: str | None) -> str | None:
    """Where the preview film is read."""
    return _versioned(f"/api/v1/templates/{template_id}/preview", key)


def picture_url(scene: TemplateScene) -> str | None:
    """Where a scene's picture is read."""
    return _versioned(f"/api/v1/templates/{scene.template_id}/scenes/{scene.id}/picture", scene.picture_key)


def element_picture_url(element: TemplateElement, bundle_id: str) -> str | None:
    """Where the file's own picture of an image element is read; the address changes with the file."""
    if element.facts.get("kind") != "image":
        return None
    return f"/api/v1/templates/{element.template_id}/elements/{element.id}/picture?v={bundle_id[-8:]}"


def effective(row: TemplateScene | TemplateElement | SharedColor, field: str, default: Any = None) -> Any:
    """The designer's value of a field, else the scan's, else `default`."""
    value = row.manual.get(field)
    if value is None:
        value = row.facts.get(field)
    return default if value is None else value


def limits_of(element: TemplateElement) -> dict[str, Any]:
    """The designer's limits; a number has the ends of the file's slider where none are set."""
    ends = dict(zip(("min", "max"), element.facts.get("bounds") or (), strict=False))
    return ends | (element.manual.get("limits") or {})


def lengths(scene: TemplateScene) -> tuple[int, int]:
    """Shortest and longest use of a scene, in frames. Without a limit any part of it may be used.

    A limit that was set for a longer file ends with the scene.
    """
    frames = int(scene.facts.get("frames") or 1)
    shortest, longest = int(scene.manual.get("min_frames") or 1), int(scene.manual.get("max_frames") or frames)
    return min(shortest, frames), min(longest, frames)


def cover_frame(scene: TemplateScene) -> int:
    """The frame that stands for the scene: the designer's, else the one that shows most, else one past the middle."""
    frames = int(scene.facts.get("frames") or 1)
    for frame in (scene.manual.get("cover_frame"), scene.best_frame):
        if frame is not None:
            return min(int(frame), max(0, frames - 1))  # a newer file may be shorter
    return frames * 3 // 5


def _read(session: Session, template: Template) -> Definition:
    scenes = session.exec(
        select(TemplateScene)
        .where(col(TemplateScene.template_id) == template.id, col(TemplateScene.enabled), ~col(TemplateScene.gone))
        .order_by(col(TemplateScene.position), col(TemplateScene.id))
    ).all()
    elements = session.exec(
        select(TemplateElement)
        .where(col(TemplateElement.template_id) == template.id, ~col(TemplateElement.gone))
        .order_by(col(TemplateElement.position), col(TemplateElement.id))
    ).all()
    colors = session.exec(
        select(SharedColor)
        .where(col(SharedColor.template_id) == template.id, col(SharedColor.enabled), ~col(SharedColor.gone))
        .order_by(col(SharedColor.position), col(SharedColor.id))
    ).all()
    presets = session.exec(
        select(ColorPreset)
        .where(col(ColorPreset.template_id) == template.id)
        .order_by(col(ColorPreset.position), col(ColorPreset.id))
    ).all()
    scene_keys = {scene.id: scene.key for scene in scenes}
    outlines = {
        f"{scene_keys[e.scene_id]}/{e.key}": element_outline(e.key, e.facts)
        for e in elements
        if e.scene_id in scene_keys
    }
    # An element that follows a shared colour is edited there.
    following = {name for color in colors for name in color.manual.get("elements", ())}
    keys = {color.key for color in colors}
    return Definition(
        id=template.id,
        tenant_id=template.tenant_id,
        revision=template.revision,
        name=template.name,
        name_fa=template.name_fa,
        description=template.description,
        description_fa=template.description_fa,
        kind=template.kind,
        state=template.state,
        width=template.width,
        height=template.height,
        rate=Rate(template.rate_num, template.rate_den),
        frames=template.frames,
        bundle_id=template.bundle_id,
        scan_id=template.scan_id or "",
        category=_category(session, template.category_id),
        tags=tag_names(session, [template.id]).get(template.id, ()),
        poster=poster_url(template.id, template.poster_key),
        preview=preview_url(template.id, template.preview_key),
        dominant_color=template.dominant_color,
        scenes=tuple(
            _scene(
                scene,
                tuple(
                    _element(e, template.bundle_id)
                    for e in elements
                    if e.scene_id == scene.id and e.enabled and f"{scene.key}/{e.key}" not in following
                ),
            )
            for scene in scenes
        ),
        colors=tuple(_color(color, outlines) for color in colors),
        presets=tuple(
            Preset(p.id, p.name, p.name_fa, p.group, {k: v for k, v in p.colors.items() if k in keys}) for p in presets
        ),
    )


def tag_names(session: Session, template_ids: list[str]) -> dict[str, tuple[str, ...]]:
    """The tags of templates, by template id, in alphabetical order."""
    names: dict[str, tuple[str, ...]] = {}
    for template_id, name in _TAGS.rows(session, templates=template_ids):
        names[template_id] = (*names.get(template_id, ()), name)
    return names


def _category(session: Session, category_id: str | None) -> dict[str, str] | None:
    if category_id is None:
        return None
    row = session.exec(select(Category).where(col(Category.id) == category_id)).first()
    return {"id": row.id, "key": row.key, "name": row.name, "name_fa": row.name_fa} if row else None


def _scene(scene: TemplateScene, elements: tuple[Element, ...]) -> Scene:
    facts = scene.facts
    shortest, longest = lengths(scene)
    return Scene(
        id=scene.id,
        key=scene.key,
        name=effective(scene, "name", scene.key),
        name_fa=effective(scene, "name_fa", ""),
        group=effective(scene, "group", ""),
        composition_id=int(facts["composition_id"]),
        width=int(facts["width"]),
        height=int(facts["height"]),
        rate=Rate(*facts["rate"]),
        frames=int(facts["frames"]),
        min_frames=shortest,
        max_frames=longest,
        cover_frame=cover_frame(scene),
        background=facts.get("background") or "#000000",
        picture=picture_url(scene),
        elements=elements,
    )


def _element(element: TemplateElement, bundle_id: str) -> Element:
    facts = element.facts
    return Element(
        id=element.id,
        key=element.key,
        name=effective(element, "name", element.key),
        name_fa=effective(element, "name_fa", ""),
        kind=facts["kind"],
        group=effective(element, "group", ""),
        default=effective(element, "default"),
        direction=effective(element, "direction", "auto"),
        limits=limits_of(element),
        choices=tuple(facts.get("choices") or ()),
        width=facts.get("width"),
        height=facts.get("height"),
        box=tuple(element.box) if element.box else None,
        outline=element_outline(element.key, facts),
        overridden=element.manual.get("default") is not None,
        fixed_direction=element.manual.get("direction"),
        picture=element_picture_url(element, bundle_id),
    )


def _color(color: SharedColor, outlines: Mapping[str, ElementOutline]) -> Color:
    name, value = effective(color, "name", color.key), effective(color, "value", "#000000")
    return Color(
        id=color.id,
        key=color.key,
        name=name,
        name_fa=effective(color, "name_fa", ""),
        group=effective(color, "group", ""),
        value=value,
        outline=SharedColorOutline(color.key, name, value, tuple(color.facts.get("addresses", ()))),
        followers=tuple(outlines[key] for key in color.manual.get("elements", ()) if key in outlines),
        overridden=color.manual.get("value") is not None,
    )


def _versioned(address: str, key: str | None) -> str | None:
    # Keys of pictures end in a hash of what they show.
    return f"{address}?v={key.rsplit('/', 1)[-1].rsplit('.', 1)[0][-8:]}" if key else None
