"""A user's files in pages: by folder, kind, use and state; searched by name; sorted; with a cursor that stays true."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from flatrender.access.permissions import Principal
from flatrender.core.errors import InvalidInput
from flatrender.media import views
from flatrender.media.models import Media, MediaKind, SoundUse

Json = dict[str, Any]
# Name -> what is compared, and whether the largest comes first.
SORTS: dict[str, tuple[Any, bool]] = {
    "newest": (col(Media.created_at), True),
    "oldest": (col(Media.created_at), False),
    "name": (func.lower(col(Media.name)), False),
    "largest": (col(Media.size), True),
    "longest": (func.coalesce(col(Media.duration), 0.0), True),
}


def browse(
    session: Session,
    principal: Principal,
    *,
    kind: str | None = None,
    use: str | None = None,
    folder: str | None = None,
    state: str | None = None,
    search: str = "",
    sort: str = "newest",
    limit: int = 60,
    offset: int = 0,
    cursor: str | None = None,
) -> Json:
    """`{"items", "total", "next"}`; `next` is the cursor of the page after, None at the end.

    `folder`: an id, `root` for what lies in none; None: wherever it lies. Raises InvalidInput for a bad cursor.
    """
    kind, use = (MediaKind.AUDIO, use or SoundUse.MUSIC) if kind == SoundUse.MUSIC else (kind, use)
    query = select(Media).where(col(Media.user_id) == principal.user_id, col(Media.deleted_at).is_(None))
    for column, value in ((Media.kind, kind), (Media.use, use), (Media.state, state)):
        if value is not None:
            query = query.where(col(column) == value)
    if folder is not None:
        query = query.where(col(Media.folder_id).is_(None) if folder == "root" else col(Media.folder_id) == folder)
    for word in search.split()[:8]:
        query = query.where(func.lower(col(Media.name)).contains(word.lower(), autoescape=True))
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    compared, down = SORTS[sort]
    if cursor is not None:
        query = query.where(_after(compared, down, *_read(cursor, sort)))
    order = (compared.desc(), col(Media.id).desc()) if down else (compared.asc(), col(Media.id).asc())
    rows = session.exec(query.order_by(*order).limit(limit + 1).offset(offset)).all()
    page = rows[:limit]
    return {
        "items": [views.to_dict(row) for row in page],
        "total": total,
        "next": _cursor(page[-1], sort) if len(rows) > limit else None,
    }


def _after(value: ColumnElement[Any], down: bool, last: Any, last_id: str) -> ColumnElement[bool]:
    ids = col(Media.id)
    further, tied = (value < last, ids < last_id) if down else (value > last, ids > last_id)
    return or_(further, and_(value == last, tied))


def _cursor(row: Media, sort: str) -> str:
    value = {
        "name": row.name.lower(),
        "largest": row.size,
        "longest": row.duration or 0.0,
    }.get(sort, row.created_at.isoformat())
    return base64.urlsafe_b64encode(json.dumps([sort, value, row.id]).encode()).decode().rstrip("=")


def _read(cursor: str, sort: str) -> tuple[Any, str]:
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        of, value, last_id = found
        if of != sort:
            raise ValueError(of)
        if sort in {"newest", "oldest"}:
            value = datetime.fromisoformat(value)
            if value.tzinfo is None:
                raise ValueError(value)
            value = value.astimezone(UTC)
        elif not isinstance(value, str if sort == "name" else int | float):
            raise TypeError(value)
        if (isinstance(value, int | float) and not abs(value) < 2**63) or "\0" in f"{value}{last_id}":
            raise ValueError(value)
        return value, str(last_id)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        raise InvalidInput("That page is not of this list; begin at its first one.", field="cursor") from None
