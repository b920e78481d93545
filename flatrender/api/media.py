"""Customers' own files: upload in one go, list, read (with ranges), change, delete and have back.

Large files come in pieces: api/tus.py. Folders, quotas and cleanup: api/library.py.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from flatrender.api.cleaning import Position
from flatrender.api.dependencies import Customer, TenantDb, TenantDbReader
from flatrender.api.description import gives, takes_form
from flatrender.api.files import File
from flatrender.api.routes import Route
from flatrender.api.slow import FILES
from flatrender.api.uploads import least_size, received
from flatrender.core.errors import NotFound
from flatrender.core.storage import get_storage
from flatrender.media import formats, listing, uploads
from flatrender.media import service as media
from flatrender.settings import get_settings

router = APIRouter(route_class=Route, prefix="/media", tags=["Media"])
Json = dict[str, Any]
# Content never changes under an id, but whoever loses the right to it must not find it in a shared cache.
PRIVATE = {"Cache-Control": "private, max-age=31536000, immutable"}
# What an ingest makes may be made anew by a later version of it.
DERIVED = {"Cache-Control": "private, max-age=3600"}


class Change(BaseModel):
    """What of a file is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=255)
    folder_id: str | None = Field(default=None, max_length=32)
    use: Literal["music", "voice", "sfx", ""] | None = None
    kept: bool | None = None


class Several(BaseModel):
    """Files by their ids."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[str, Field(max_length=32)]] = Field(min_length=1, max_length=1000)


@router.get("")
def browse(
    me: Customer,
    session: TenantDbReader,
    kind: Literal["image", "video", "audio", "music"] | None = None,
    use: Literal["music", "voice", "sfx", ""] | None = None,
    folder: Annotated[str | None, Query(max_length=32, description="An id, or `root`")] = None,
    state: Literal["waiting", "working", "ready", "failed"] | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
    sort: Literal["newest", "oldest", "name", "largest", "longest"] = "newest",
    limit: Annotated[int, Query(ge=1, le=200)] = 60,
    offset: Position = 0,
    cursor: Annotated[str | None, Query(max_length=800)] = None,
) -> Json:
    """The user's files."""
    return listing.browse(
        session,
        me,
        kind=kind,
        use=use,
        folder=folder,
        state=state,
        search=q,
        sort=sort,
        limit=limit,
        offset=offset,
        cursor=cursor,
    )


@router.post("", status_code=201, openapi_extra=takes_form("kind"))
async def add(request: Request, me: Customer) -> Json:
    """Keeps a picture or a piece of music (multipart: `file`; `kind`, image or music, where it must be that)."""
    await run_in_threadpool(uploads.check_coming, me, least_size(request))
    async with received(request, get_settings().max_media_bytes) as upload:
        kind = upload.fields.get("kind") or None
        return await FILES.run(me.user_id, media.add, me, upload.file(), upload.file_name, kind=kind)


@router.post("/restore")
def restore_several(given: Several, me: Customer, session: TenantDb) -> Json:
    """Takes the deletions of several files back, each by itself: `{"items": [facts], "failed": [id]}`."""
    return media.restore_several(session, me, given.ids)


@router.get("/{media_id}")
def show(media_id: str, me: Customer, session: TenantDbReader) -> Json:
    """One file's facts, and who uses it."""
    return media.facts(session, me, media_id)


@router.patch("/{media_id}")
def change(media_id: str, given: Change, me: Customer, session: TenantDb) -> Json:
    """Renames a file, files it in a folder (null: in none), says what it is for, keeps it from being cleaned up."""
    return media.change(session, me, media_id, given.model_dump(exclude_unset=True))


@router.delete("/{media_id}", status_code=204)
def delete(media_id: str, me: Customer, session: TenantDb) -> Response:
    """Deletes a file that no project uses; it can be had back for a day."""
    media.delete(session, me, media_id)
    return Response(status_code=204)


@router.post("/{media_id}/restore")
def restore(media_id: str, me: Customer, session: TenantDb) -> Json:
    """Takes a deletion back."""
    return media.restore(session, me, media_id)


@router.post("/{media_id}/retry")
def retry(media_id: str, me: Customer, session: TenantDb) -> Json:
    """Reads a file once more whose reading failed for a reason that may have passed."""
    return media.retry(session, me, media_id)


@router.get(
    "/{media_id}/file",
    response_class=File,
    responses=gives("image/*", "video/*", "audio/*", "application/octet-stream", ranges=True),
)
def read(media_id: str, me: Customer, session: TenantDbReader) -> File:
    """The file itself; answers ranges."""
    row = media.get(session, me, media_id)
    return File(
        _path(row.key),
        media_type=row.content_type,
        filename=formats.stored_name(row.name, row.content_type),
        content_disposition_type="inline",
        headers=PRIVATE,
    )


@router.get(
    "/{media_id}/proxy", response_class=File, responses=gives("video/mp4", "video/webm", "audio/mp4", ranges=True)
)
def proxy(media_id: str, me: Customer, session: TenantDbReader) -> File:
    """What a preview plays: a film as H.264 of 540 lines at a constant rate, as VP9 where one sees through it; a sound
    that every browser plays."""
    row = media.get(session, me, media_id)
    film = "video/webm" if (row.proxy_key or "").endswith(".webm") else "video/mp4"
    kind = film if row.kind == "video" else "audio/mp4"
    return File(_path(row.proxy_key), media_type=kind, headers=DERIVED)


@router.get("/{media_id}/thumbnail", response_class=File, responses=gives("image/webp", ranges=True))
def thumbnail(media_id: str, me: Customer, session: TenantDbReader) -> File:
    """A small WebP of a picture or a film."""
    row = media.get(session, me, media_id)
    return File(_path(row.thumbnail_key), media_type="image/webp", headers=DERIVED)


@router.get("/{media_id}/sprite", response_class=File, responses=gives("image/webp", ranges=True))
def sprite(media_id: str, me: Customer, session: TenantDbReader) -> File:
    """Pictures of a film in one WebP, row by row; `sprite` of its facts says how many, how large, how far apart."""
    row = media.get(session, me, media_id)
    return File(_path(row.sprite_key), media_type="image/webp", headers=DERIVED)


@router.get("/{media_id}/peaks", response_class=File, responses=gives("application/octet-stream", ranges=True))
def peaks(media_id: str, me: Customer, session: TenantDbReader, level: Annotated[int, Query(ge=0, le=1)] = 0) -> File:
    """Peaks of a sound at a zoom level (0: 100 a second, 1: 10); the form is told in docs/api.md."""
    row = media.get(session, me, media_id)
    return File(
        _path(row.peaks_key and f"{row.peaks_key}.{level}"), media_type="application/octet-stream", headers=DERIVED
    )


def _path(key: str | None) -> Path:
    if not key:
        raise NotFound("This file has no such part, or not yet.", code="no-part")
    return get_storage().local_path(key)
