"""Customers' own pictures and music: upload, list, read (with ranges), delete."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from flatrender.api.cleaning import Position
from flatrender.api.dependencies import Customer, TenantDb, TenantDbReader
from flatrender.api.uploads import received
from flatrender.core.errors import NotFound
from flatrender.core.storage import get_storage
from flatrender.media import service as media
from flatrender.settings import get_settings

router = APIRouter(prefix="/media", tags=["Media"])
Json = dict[str, Any]
# Content never changes under an id, but whoever loses the right to it must not find it in a shared cache.
PRIVATE = {"Cache-Control": "private, max-age=31536000, immutable"}


@router.get("")
def browse(
    me: Customer,
    session: TenantDbReader,
    kind: Annotated[str | None, Query(pattern="^(image|music)$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 60,
    offset: Position = 0,
) -> Json:
    """The user's files, newest first."""
    return media.browse(session, me, kind=kind, limit=limit, offset=offset)


@router.post("", status_code=201)
async def add(request: Request, me: Customer) -> Json:
    """Keeps a picture or a piece of music (multipart: `file`; `kind`, image or music, where it must be that)."""
    async with received(request, get_settings().max_media_bytes) as upload:
        kind = upload.fields.get("kind") or None
        return await run_in_threadpool(media.add, me, upload.file(), upload.file_name, kind=kind)


@router.get("/{media_id}")
def show(media_id: str, me: Customer, session: TenantDbReader) -> Json:
    """One file's facts."""
    return media.to_dict(media.get(session, me, media_id))


@router.get("/{media_id}/file")
def read(media_id: str, me: Customer, session: TenantDbReader) -> FileResponse:
    """The file itself; answers ranges."""
    row = media.get(session, me, media_id)
    path = get_storage().local_path(row.key)
    return FileResponse(
        path, media_type=row.content_type, filename=row.name, content_disposition_type="inline", headers=PRIVATE
    )


@router.get("/{media_id}/thumbnail")
def thumbnail(media_id: str, me: Customer, session: TenantDbReader) -> FileResponse:
    """A small WebP of a picture."""
    row = media.get(session, me, media_id)
    if row.thumbnail_key is None:
        raise NotFound("This file has no picture.")
    return FileResponse(get_storage().local_path(row.thumbnail_key), media_type="image/webp", headers=PRIVATE)


@router.delete("/{media_id}", status_code=204)
def delete(media_id: str, me: Customer, session: TenantDb) -> Response:
    """Deletes a file that no project uses."""
    media.delete(session, me, media_id)
    return Response(status_code=204)
