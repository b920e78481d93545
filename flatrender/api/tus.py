"""Resumable uploads by the tus protocol 1.0.0: creation, termination, expiration, checksum (https://tus.io/protocols).

A browser's upload goes on where it broke off, also after a reload. Every request is checked as any other: who asks,
whose upload it is, how much room is left. Why no library does this: docs/decisions (resumable uploads).
"""

import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import suppress
from email.utils import format_datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from flatrender.api.cleaning import clean_text
from flatrender.api.dependencies import Customer, TenantDb, TenantDbReader
from flatrender.api.description import takes
from flatrender.api.guard import PIECES
from flatrender.api.routes import Route
from flatrender.api.slow import FILES
from flatrender.core.errors import InvalidInput, TooLarge
from flatrender.media import uploads
from flatrender.media.models import MediaUpload
from flatrender.settings import get_settings

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration,checksum"
MAX_METADATA = 4096
router = APIRouter(route_class=Route, prefix="/media/uploads", tags=["Uploads"])
Json = dict[str, Any]
Resumable = Annotated[str | None, Header(alias="Tus-Resumable", json_schema_extra={"enum": [VERSION]})]
Bytes = {"pattern": "^[0-9]{1,15}$"}  # said, but looked at here: with a sentence of its own


class WrongVersion(InvalidInput):
    """The client speaks another version of the protocol."""

    code = "tus-version"
    status = 412


class WrongType(InvalidInput):
    """A piece came as something else than bytes at an offset."""

    code = "tus-content-type"
    status = 415


@router.options("", status_code=204)
def abilities() -> Response:
    """What this server can do, and how large a file may be."""
    return Response(
        status_code=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(get_settings().max_media_bytes),
            "Tus-Checksum-Algorithm": ",".join(uploads.CHECKSUMS),
        },
    )


@router.get("")
def unfinished(me: Customer, session: TenantDbReader) -> Json:
    """The user's uploads that wait for their rest."""
    return {"items": [uploads.to_dict(row) for row in uploads.unfinished(session, me)]}


@router.post("", status_code=201, response_class=Response)
def create(
    me: Customer,
    session: TenantDb,
    tus_resumable: Resumable = None,
    upload_length: Annotated[str, Header(alias="Upload-Length", json_schema_extra=Bytes)] = "",
    upload_metadata: Annotated[str, Header(alias="Upload-Metadata")] = "",
) -> Response:
    """Begins an upload. Metadata: `filename`; where wanted `use` (music, voice, sfx) and `folder` (an id)."""
    _check_version(tus_resumable)
    given = metadata(upload_metadata)
    upload = uploads.begin(
        session,
        me,
        _whole(upload_length, "Upload-Length"),
        given.get("filename", ""),
        use=given.get("use", ""),
        folder_id=given.get("folder") or None,
    )
    return _answer(201, upload, {"Location": f"/api/v1/media/uploads/{upload.id}", "Upload-Offset": "0"})


@router.head("/{upload_id}", response_class=Response)
async def head(upload_id: str, me: Customer, tus_resumable: Resumable = None) -> Response:
    """How much was received. Where that is all, and the process died before it was a file, it becomes one now."""
    _check_version(tus_resumable)
    upload = await run_in_threadpool(uploads.find, me, upload_id)
    media_id, received = upload.media_id, uploads.offset(upload)
    if media_id is None and received == upload.size:
        with suppress(uploads.Busy):  # the request that sent the last piece is at it
            media_id = await FILES.run(me.user_id, uploads.finish, me, upload_id)
    said = {"Upload-Offset": str(received), "Upload-Length": str(upload.size)}
    if media_id is not None:
        said["Upload-Media"] = media_id
    return _answer(200, upload, said)


@router.patch("/{upload_id}", status_code=204, openapi_extra=takes(PIECES))
async def patch(
    upload_id: str,
    me: Customer,
    request: Request,
    tus_resumable: Resumable = None,
    upload_offset: Annotated[str, Header(alias="Upload-Offset", json_schema_extra=Bytes)] = "",
    upload_checksum: Annotated[str | None, Header(alias="Upload-Checksum")] = None,
) -> Response:
    """Adds a piece. The last one answers `Upload-Media`: the id of the file that it became."""
    _check_version(tus_resumable)
    if request.headers.get("content-type", "") != PIECES:
        raise WrongType(f"Send pieces as {PIECES}.")
    upload = await run_in_threadpool(uploads.find, me, upload_id)
    at = _whole(upload_offset, "Upload-Offset")
    end = upload.size
    if upload.media_id is None:
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and at + int(declared) > upload.size:
            raise TooLarge(f"{upload.name} is longer than it was announced to be.", field="file")
        end = await uploads.append(upload, at, _body(request), checksum=upload_checksum)
        await run_in_threadpool(uploads.note, me, upload_id)
    said = {"Upload-Offset": str(end)}
    if end == upload.size:
        said["Upload-Media"] = await FILES.run(me.user_id, uploads.finish, me, upload_id)
    return _answer(204, upload, said)


@router.delete("/{upload_id}", status_code=204)
def terminate(upload_id: str, me: Customer, session: TenantDb, tus_resumable: Resumable = None) -> Response:
    """Forgets an upload."""
    _check_version(tus_resumable)
    uploads.cancel(session, me, upload_id)
    return Response(status_code=204, headers={"Tus-Resumable": VERSION})


def metadata(header: str) -> dict[str, str]:
    """`Upload-Metadata`: pairs of key and base64, between commas. Raises InvalidInput."""
    if len(header) > MAX_METADATA:
        raise TooLarge("What is said about the file is too long.", field="Upload-Metadata")
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = clean_text(base64.b64decode(value, validate=True).decode("utf-8", "replace"))
        except (binascii.Error, ValueError):
            raise InvalidInput("What is said about the file is no base64.", field="Upload-Metadata") from None
    return found


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect:
        return  # what came before stays


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise InvalidInput(f"{name} is a number of bytes.", field=name)
    return int(text)


def _check_version(given: str | None) -> None:
    if given != VERSION:
        raise WrongVersion(f"This server speaks tus {VERSION}; send Tus-Resumable: {VERSION}.")


def _answer(status: int, upload: MediaUpload, more: dict[str, str]) -> Response:
    headers = {
        "Tus-Resumable": VERSION,
        "Cache-Control": "no-store",
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
        **more,
    }
    return Response(status_code=status, headers=headers)
