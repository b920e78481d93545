"""The gallery's questions: which templates there are, on which shelves, with which words."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Float, bindparam, cast, func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, delete, select

from flatrender.access.permissions import TEMPLATES, Principal
from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.core.names import one_line
from flatrender.core.ready import AnySelect, Ready, among
from flatrender.templates.definitions import poster_url, preview_url, tag_names
from flatrender.templates.facts import ASPECTS, aspect_of
from flatrender.templates.models import Category, Tag, Template, TemplateScene, TemplateState, TemplateTag

Json = dict[str, Any]
SORTS = ("newest", "name", "duration")
MAX_TAGS = 20


class Line(NamedTuple):
    """The columns of a template that its card is made of, read without the rest of it."""

    id: str
    name: str
    name_fa: str
    state: str
    kind: str
    language: str
    category_id: str | None
    width: int
    height: int
    rate_num: int
    rate_den: int
    frames: int
    poster_key: str | None
    preview_key: str | None
    dominant_color: str | None
    published_at: datetime | None
    updated_at: datetime


_LINE = [getattr(Template, name) for name in Line._fields]
_ORDERS: dict[str, Any] = {
    "newest": func.coalesce(col(Template.published_at), col(Template.created_at)).desc(),
    "name": func.lower(col(Template.name)),
    "duration": cast(col(Template.frames), Float) * col(Template.rate_den) / col(Template.rate_num),
}
_SCENES = Ready(  # how many each template has
    sa_select(col(TemplateScene.template_id), func.count())
    .where(among(col(TemplateScene.template_id), "templates"), col(TemplateScene.enabled), ~col(TemplateScene.gone))
    .group_by(col(TemplateScene.template_id))
)
_ON_SHELF: Any = (
    sa_select(func.count())
    .where(col(Template.category_id) == col(Category.id), col(Template.state) == TemplateState.PUBLISHED)
    .scalar_subquery()
)
_SHOWN_OF_SHELF: Any = (Category.id, Category.key, Category.name, Category.name_fa, _ON_SHELF)
_SHELVES = Ready(sa_select(*_SHOWN_OF_SHELF).order_by(col(Category.position), col(Category.name)))


def browse(
    session: Session,
    principal: Principal | None,
    *,
    query: str = "",
    category: str | None = None,
    tag: str | None = None,
    aspect: str | None = None,
    language: str | None = None,
    state: str = TemplateState.PUBLISHED,
    sort: str = "newest",
    limit: int = 60,
    offset: int = 0,
) -> Json:
    """Cards of the gallery: `{"items", "total"}`. Everyone sees published templates, designers also `draft`,
    `archived` and `all`. `category` and `tag` by key or id; every word of `query` must occur in a name, a tag, the
    description or the category."""
    if state != TemplateState.PUBLISHED:
        if principal is None or not principal.can(TEMPLATES):
            state = TemplateState.PUBLISHED
        elif state not in [*TemplateState, "all"]:
            raise InvalidInput("A state is draft, published, archived or all.", field="state")
    if sort not in SORTS:
        raise InvalidInput(f"Sort by {', '.join(SORTS)}.", field="sort")
    conditions = _conditions(query, category, tag, aspect, language)
    of_state = {} if state == "all" else {"state": state}
    place = {"most": limit, "skipped": offset}
    if conditions:
        counting, page = _statements(conditions, bool(of_state), sort)
        total = session.execute(counting, of_state).scalar_one()
        rows = [Line(*row) for row in session.execute(page, {**of_state, **place})]
    else:
        counted, shown = _of_all(bool(of_state), sort)
        [(total,)] = counted.rows(session, **of_state)
        rows = [Line(*row) for row in shown.rows(session, **of_state, **place)]
    return {"items": _cards(session, rows), "total": total}


def _statements(conditions: Sequence[ColumnElement[bool]], of_state: bool, sort: str) -> tuple[AnySelect, AnySelect]:
    """How many there are, and a page of them."""
    if of_state:
        conditions = (*conditions, col(Template.state) == bindparam("state"))
    page = sa_select(*_LINE).where(*conditions).order_by(_ORDERS[sort], col(Template.id))
    return (
        sa_select(func.count(col(Template.id))).where(*conditions),
        page.limit(bindparam("most")).offset(bindparam("skipped")),
    )


@cache
def _of_all(of_state: bool, sort: str) -> tuple[Ready, Ready]:
    """The same, where nothing is looked for."""
    counting, page = _statements((), of_state, sort)
    return Ready(counting), Ready(page)


def _cards(session: Session, rows: Sequence[Line]) -> list[Json]:
    ids = [row.id for row in rows]
    tags = tag_names(session, ids)
    shelves = {row["id"]: row for row in categories(session)}
    counts: dict[str, int] = dict(_SCENES.rows(session, templates=ids))
    return [
        {
            "id": row.id,
            "name": row.name,
            "name_fa": row.name_fa,
            "state": row.state,
            "kind": row.kind,
            "language": row.language,
            "category": shelves.get(row.category_id or ""),
            "tags": list(tags.get(row.id, ())),
            "size": [row.width, row.height],
            "aspect": aspect_of(row.width, row.height),
            "duration": round(row.frames * row.rate_den / row.rate_num, 3),
            "scenes": counts.get(row.id, 0),
            "poster": poster_url(row.id, row.poster_key),
            "preview": preview_url(row.id, row.preview_key),
            "dominant_color": row.dominant_color,
            "published_at": row.published_at.isoformat() if row.published_at else None,
            "updated_at": row.updated_at.isoformat(),
        }
        for row in rows
    ]


def published(session: Session, ids: Sequence[str]) -> set[str]:
    """Which of these are in the gallery."""
    query = select(Template.id).where(col(Template.id).in_(ids), col(Template.state) == TemplateState.PUBLISHED)
    return set(session.exec(query))


def categories(session: Session) -> list[Json]:
    """The shelves in order, with the number of published templates on each."""
    names = ("id", "key", "name", "name_fa", "templates")
    return [dict(zip(names, row, strict=True)) for row in _SHELVES.rows(session)]


def add_category(session: Session, principal: Principal, name: str, name_fa: str = "", key: str = "") -> Json:
    """A new shelf at the end. Raises Conflict when its key is taken."""
    principal.require(TEMPLATES)
    name = _name(name)
    key = key or slug(name)
    if session.exec(select(Category.id).where(col(Category.key) == key)).first() is not None:
        raise Conflict(f"There is a category {key!r} already.", field="name")
    position = session.execute(select(func.count()).select_from(Category)).scalar_one()
    row = Category(key=key, name=name, name_fa=name_fa.strip()[:120], position=position)
    session.add(row)
    session.flush()
    return {"id": row.id, "key": row.key, "name": row.name, "name_fa": row.name_fa, "templates": 0}


def edit_category(
    session: Session,
    principal: Principal,
    category_id: str,
    *,
    name: str | None = None,
    name_fa: str | None = None,
    position: int | None = None,
) -> None:
    """Renames or moves a shelf."""
    principal.require(TEMPLATES)
    row = _category(session, category_id)
    if name is not None:
        row.name = _name(name)
    if name_fa is not None:
        row.name_fa = name_fa.strip()[:120]
    session.add(row)
    session.flush()
    if position is not None:
        rows = list(session.exec(select(Category).order_by(col(Category.position), col(Category.name))))
        rows.remove(row)
        rows.insert(max(0, min(position, len(rows))), row)
        for index, other in enumerate(rows):
            other.position = index
            session.add(other)


def remove_category(session: Session, principal: Principal, category_id: str) -> None:
    """Deletes a shelf; its templates stand on none."""
    principal.require(TEMPLATES)
    row = _category(session, category_id)
    for template in session.exec(select(Template).where(col(Template.category_id) == row.id)):
        template.category_id = None
        session.add(template)
    session.flush()
    session.delete(row)


def tags(session: Session) -> list[Json]:
    """The words in use by published templates, most used first: `[{"key", "name", "templates"}]`."""
    query = (
        select(col(Tag.key), col(Tag.name), func.count())
        .join(TemplateTag, col(TemplateTag.tag_id) == col(Tag.id))
        .join(Template, col(Template.id) == col(TemplateTag.template_id))
        .where(col(Template.state) == TemplateState.PUBLISHED)
        .group_by(col(Tag.key), col(Tag.name))
        .order_by(func.count().desc(), col(Tag.key))
    )
    return [{"key": key, "name": name, "templates": count} for key, name, count in session.execute(query)]


def set_tags(session: Session, template: Template, names: object) -> None:
    """Gives the template these words and no others."""
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise InvalidInput("Tags are a list of words.", field="tags")
    wanted: dict[str, str] = {}
    for name in names:
        word = one_line(name)[:60]
        if word:
            wanted.setdefault(fold(word), word)
    if len(wanted) > MAX_TAGS:
        raise InvalidInput(f"A template has at most {MAX_TAGS} tags.", field="tags")
    known = {tag.key: tag for tag in session.exec(select(Tag).where(col(Tag.key).in_(list(wanted))))}
    for key, name in wanted.items():
        if key not in known:
            known[key] = Tag(key=key, name=name)
            session.add(known[key])
    session.flush()
    session.execute(delete(TemplateTag).where(col(TemplateTag.template_id) == template.id))
    session.add_all(TemplateTag(template_id=template.id, tag_id=known[key].id) for key in wanted)
    session.flush()


def slug(name: str) -> str:
    """A key out of a name: `Lower thirds` is `lower-thirds`; Persian letters stay."""
    return re.sub(r"[^\w]+", "-", fold(name)).strip("-")[:60] or "category"


def fold(text: str) -> str:
    """A text as it is compared: compatibility forms and case folded, Arabic kaf and yeh as Persian ones."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded.replace("ي", "ی").replace("ك", "ک").replace("\u200c", " ")[:60]


def _conditions(
    query: str, category: str | None, tag: str | None, aspect: str | None, language: str | None
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if category:
        shelf = select(Category.id).where(or_(col(Category.key) == category, col(Category.id) == category))
        found.append(col(Template.category_id).in_(shelf))
    if tag:
        found.append(col(Template.id).in_(_tagged(col(Tag.key) == fold(tag))))
    if aspect:
        if aspect not in ASPECTS:
            raise InvalidInput(f"Shapes are {', '.join(ASPECTS)}.", field="aspect")
        ratio = ASPECTS[aspect]
        width, height = col(Template.width), cast(col(Template.height), Float)
        found.append(width.between(height * ratio * 0.98, height * ratio * 1.02))
    if language:
        found.append(col(Template.language) == language)
    for word in fold(query).split()[:8]:
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        shelves = select(Category.id).where(
            or_(
                func.lower(col(Category.name)).like(pattern, escape="\\"),
                col(Category.name_fa).like(pattern, escape="\\"),
            )
        )
        found.append(
            or_(
                func.lower(col(Template.name)).like(pattern, escape="\\"),
                col(Template.name_fa).like(pattern, escape="\\"),
                func.lower(col(Template.description)).like(pattern, escape="\\"),
                col(Template.category_id).in_(shelves),
                col(Template.id).in_(_tagged(col(Tag.key).like(pattern, escape="\\"))),
            )
        )
    return found


def _tagged(condition: ColumnElement[bool]) -> Any:
    return select(TemplateTag.template_id).join(Tag, col(Tag.id) == col(TemplateTag.tag_id)).where(condition)


def _category(session: Session, category_id: str) -> Category:
    row = session.exec(select(Category).where(col(Category.id) == category_id)).first()
    if row is None:
        raise NotFound("There is no such category.")
    return row


def _name(name: str) -> str:
    if not name.strip() or len(name) > 120:
        raise InvalidInput("A category needs a name of at most 120 characters.", field="name")
    return name.strip()
