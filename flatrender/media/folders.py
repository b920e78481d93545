"""Folders of a user's files: a tree of bounded depth, names unique among siblings."""

from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from flatrender.access.permissions import Principal
from flatrender.core.db import alone
from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.core.names import one_line, printable
from flatrender.media import service, uses, views
from flatrender.media.models import Media, MediaFolder, MediaUpload

Json = dict[str, Any]
MOST = 500  # of one user
DEEPEST = 8


def every(session: Session, principal: Principal) -> list[Json]:
    """The user's folders by name: `{"id", "name", "parent_id", "files", "bytes"}`, files counted in it alone."""
    kept = select(col(Media.folder_id), func.count(), func.coalesce(func.sum(Media.size), 0)).where(
        col(Media.user_id) == principal.user_id, col(Media.deleted_at).is_(None)
    )
    counts = {folder: (files, int(size)) for folder, files, size in session.execute(kept.group_by(Media.folder_id))}
    rows = sorted(_rows(session, principal.user_id), key=lambda row: row.name.lower())
    return [_to_dict(row, *counts.get(row.id, (0, 0))) for row in rows]


def create(session: Session, principal: Principal, name: str, parent_id: str | None) -> Json:
    """A new folder. Raises InvalidInput (no name, too deep, too many), Conflict (the name is taken), NotFound."""
    rows = _rows(session, principal.user_id)
    if len(rows) >= MOST:
        raise InvalidInput(f"You have {MOST} folders already; delete some first.", field="name")
    parent = service.own_folder(session, principal.user_id, parent_id)
    row = MediaFolder(tenant_id=principal.tenant_id, user_id=principal.user_id, parent_id=parent, name=_name(name))
    _check_place(rows, row, parent)
    session.add(row)
    session.flush()
    return _to_dict(row, 0, 0)


def change(session: Session, principal: Principal, folder_id: str, given: Json) -> Json:
    """Renames and moves a folder. `given`: `name`, `parent_id`. Raises as `create`, and for a move into itself."""
    alone(session, f"{principal.user_id}/folders")  # two moves at once could put each into the other
    row = _get(session, principal, folder_id)
    rows = _rows(session, principal.user_id)
    if given.get("name") is not None:
        row.name = _name(given["name"])
    parent = row.parent_id
    if "parent_id" in given:
        parent = service.own_folder(session, principal.user_id, given["parent_id"])
    _check_place(rows, row, parent)
    row.parent_id = parent
    session.add(row)
    session.flush()
    return next(one for one in every(session, principal) if one["id"] == row.id)


def delete(session: Session, principal: Principal, folder_id: str, *, with_files: bool) -> Json:
    """Deletes a folder and those in it; the files go up to its parent, or are deleted as well.

    Files in use are never deleted: they go up. `{"deleted", "moved"}`, how many, and `{"gone": [id]}`, which were
    deleted: each can be taken back by itself.
    """
    row = _get(session, principal, folder_id)
    ids = _below(_rows(session, principal.user_id), row.id)
    files = session.exec(
        select(Media).where(col(Media.folder_id).in_(ids), col(Media.user_id) == principal.user_id)
    ).all()
    used = {use.media_id for use in uses.every(session, principal.user_id)} if with_files else set()
    gone: list[str] = []
    for media in files:
        media.folder_id = row.parent_id
        session.add(media)
        if media.deleted_at is not None:
            continue
        if with_files and media.id not in used:
            service.put_away(session, media)
            gone.append(media.id)
        else:
            views.publish(session, media)
    session.execute(update(MediaUpload).where(col(MediaUpload.folder_id).in_(ids)).values(folder_id=row.parent_id))
    for one in _rows(session, principal.user_id):
        if one.id in ids:
            session.delete(one)
    session.flush()
    return {"deleted": len(gone), "moved": sum(media.deleted_at is None for media in files), "gone": gone}


def _check_place(rows: list[MediaFolder], row: MediaFolder, parent: str | None) -> None:
    by_id = {one.id: one for one in rows}
    if parent is not None and parent in _below(rows, row.id):
        raise InvalidInput("A folder cannot lie in itself.", field="parent_id")
    if any(one.parent_id == parent and one.id != row.id and one.name.lower() == row.name.lower() for one in rows):
        raise Conflict(f"There is a folder “{row.name}” already.", code="folder-exists", field="name")
    depth, at = _height(rows, row.id), parent
    while at is not None and at in by_id and depth <= DEEPEST:
        depth, at = depth + 1, by_id[at].parent_id
    if depth > DEEPEST:
        raise InvalidInput(f"Folders may lie {DEEPEST} deep.", field="parent_id")


def _below(rows: list[MediaFolder], folder_id: str) -> set[str]:
    """The folder and all in it."""
    found, new = {folder_id}, {folder_id}
    while new:
        new = {row.id for row in rows if row.parent_id in new} - found
        found |= new
    return found


def _height(rows: list[MediaFolder], folder_id: str) -> int:
    height, level = 0, {folder_id}
    while level and height <= DEEPEST:
        height, level = height + 1, {row.id for row in rows if row.parent_id in level}
    return height


def _rows(session: Session, user_id: str) -> list[MediaFolder]:
    return list(session.exec(select(MediaFolder).where(col(MediaFolder.user_id) == user_id)).all())


def _get(session: Session, principal: Principal, folder_id: str) -> MediaFolder:
    row = session.exec(
        select(MediaFolder).where(col(MediaFolder.id) == folder_id, col(MediaFolder.user_id) == principal.user_id)
    ).first()
    if row is None:
        raise NotFound("There is no such folder.")
    return row


def _name(given: str) -> str:
    name = one_line(printable(given))[:120]
    if not name:
        raise InvalidInput("Give the folder a name.", field="name")
    return name


def _to_dict(row: MediaFolder, files: int, size: int) -> Json:
    return {"id": row.id, "name": row.name, "parent_id": row.parent_id, "files": files, "bytes": size}
