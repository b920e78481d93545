"""Uploads in pieces: begun, added to, gone on with, finished or forgotten. `api.tus` speaks the protocol.

What was received lies in a file named after the upload's id (never after anything a client says), outside the storage;
its length is the offset, so that a process that dies in the middle of a piece loses nothing that was written.
"""

import asyncio
import base64
import errno
import hashlib
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, ParamSpec

from sqlalchemy import func
from sqlmodel import Session, col, select

from flatrender.access import rules
from flatrender.access.permissions import Principal
from flatrender.core import clock
from flatrender.core.db import get_database, on_commit
from flatrender.core.digest import file_sha256
from flatrender.core.errors import BadFile, Conflict, InvalidInput, NoSpace, NotFound, RateLimited, TooLarge
from flatrender.core.storage import check_disk, get_storage
from flatrender.media import formats, quotas, service, writer
from flatrender.media.models import Media, MediaKind, MediaUpload, SoundUse
from flatrender.settings import get_settings
from flatrender.tenants import features

Json = dict[str, Any]
P = ParamSpec("P")
LIFETIME = timedelta(days=1)  # since the last piece
MOST_OPEN = 100  # of one user
CHECKSUMS = ("sha256", "sha1", "md5")


class BadChecksum(InvalidInput):
    """A piece is not what its checksum says; nothing of it was kept."""

    code = "checksum"
    status = 460  # tus 1.0.0, checksum extension


class Gone(NotFound):
    """The upload was forgotten: too long without a piece."""

    code = "upload-expired"
    status = 410


class Busy(Conflict):
    """Another request is adding to it at this moment."""

    code = "upload-busy"
    status = 423


def begin(
    session: Session, principal: Principal, size: int, file_name: str, *, use: str = "", folder_id: str | None = None
) -> MediaUpload:
    """A new upload of `size` bytes. Raises before any is sent: TooLarge (also `over-quota`), NoSpace, RateLimited, and
    Forbidden where the caller's role makes no files."""
    rules.require("media", rules.CREATE)
    name = formats.clean_name(file_name)
    limit = get_settings().max_media_bytes
    if size <= 0:
        raise BadFile(f"{name} is empty.", field="file")
    if size > limit:
        raise formats.too_large(name, limit)
    if formats.guess(name) is MediaKind.IMAGE and size > formats.MAX_IMAGE_BYTES:
        raise formats.too_large(name, formats.MAX_IMAGE_BYTES)
    upload = MediaUpload(
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        name=name,
        size=size,
        use=service.checked_use(use),
        folder_id=service.own_folder(session, principal.user_id, folder_id),
        expires_at=clock.now() + LIFETIME,
    )
    if upload.use == SoundUse.VOICE:
        features.require(session, principal.tenant_id, features.VOICE_OVER)
    quotas.check_room(session, principal, size, name)
    if _count(session, principal.user_id) >= MOST_OPEN:
        raise RateLimited(f"{MOST_OPEN} uploads are under way; finish or cancel some first.", retry_after=60)
    _folder().mkdir(parents=True, exist_ok=True)
    forget_parts()
    check_disk(_folder(), size)
    session.add(upload)
    session.flush()
    part(upload.id).touch(exist_ok=False)
    return upload


def check_coming(principal: Principal, size: int) -> None:
    """Raises TooLarge (`over-quota`), and Forbidden as `begin` does, before a file of at least `size` bytes is received
    in one go. In a transaction of its own; whoever keeps the file asks again."""
    rules.require("media", rules.CREATE)
    with get_database().tenant_session(principal.tenant_id) as session:
        quotas.check_room(session, principal, size, "The file", least=True)


def get(session: Session, principal: Principal, upload_id: str) -> MediaUpload:
    """The caller's upload. Raises NotFound, or Gone."""
    upload = session.exec(
        select(MediaUpload).where(col(MediaUpload.id) == upload_id, col(MediaUpload.user_id) == principal.user_id)
    ).first()
    if upload is None:
        raise NotFound("There is no such upload.")
    if upload.media_id is None and (upload.expires_at <= clock.now() or not part(upload.id).is_file()):
        raise Gone(f"{upload.name} waited too long for its rest; upload it again.")
    return upload


def find(principal: Principal, upload_id: str) -> MediaUpload:
    """As `get`, in a transaction of its own."""
    with get_database().tenant_session(principal.tenant_id, read_only=True) as session:
        return get(session, principal, upload_id)


def unfinished(session: Session, principal: Principal) -> list[MediaUpload]:
    """The caller's uploads that can be gone on with, oldest first."""
    query = select(MediaUpload).where(
        col(MediaUpload.user_id) == principal.user_id,
        col(MediaUpload.media_id).is_(None),
        col(MediaUpload.expires_at) > clock.now(),
    )
    return [row for row in session.exec(query.order_by(col(MediaUpload.created_at))) if part(row.id).is_file()]


def offset(upload: MediaUpload) -> int:
    """Bytes received."""
    return upload.size if upload.media_id is not None else part(upload.id).stat().st_size


async def append(upload: MediaUpload, at: int, pieces: AsyncIterator[bytes], *, checksum: str | None = None) -> int:
    """Adds what `pieces` brings at offset `at`; the new offset. What was written stays when they break off.

    Raises Conflict at another offset, Busy, TooLarge over the announced size, BadChecksum (then nothing of the piece
    stays), NoSpace.
    """
    digest = _Checksum(checksum) if checksum else None
    with _held(part(upload.id)) as descriptor:
        end = os.fstat(descriptor).st_size
        if end != at:
            raise Conflict(f"The upload stands at {end}, not at {at}.", code="offset", offset=end)
        try:
            async for piece in pieces:
                if not piece:
                    continue
                if end + len(piece) > upload.size:
                    raise TooLarge(f"{upload.name} is longer than it was announced to be.", field="file")
                await _in_thread(_write, descriptor, piece, digest)
                end += len(piece)
            if digest is not None and not digest.matches():
                raise BadChecksum("A piece was damaged on its way; it is sent again.")
        except (BadChecksum, TooLarge):
            os.ftruncate(descriptor, at)
            raise
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise NoSpace("There is no space left for uploads; free some and try again.") from error
            raise
    return end


def note(principal: Principal, upload_id: str) -> None:
    """After a piece: how far it is, and that it lives on. In a transaction of its own."""
    with get_database().tenant_session(principal.tenant_id) as session:
        upload = get(session, principal, upload_id)
        upload.received = offset(upload)
        upload.expires_at = clock.now() + LIFETIME
        session.add(upload)


def finish(principal: Principal, upload_id: str) -> str:
    """The upload is whole: it becomes a file, and its ingest a task. The file's id; the same when asked again.

    The same bytes as a file of the user's give that one. Slow (hashes it all), in transactions of its own.
    """
    upload = find(principal, upload_id)
    if upload.media_id is not None:
        return upload.media_id
    path = part(upload.id)
    with _held(path):
        sha256 = file_sha256(path)
        key = f"{formats.base_key(principal.tenant_id, sha256)}.original"
        with get_database().tenant_session(principal.tenant_id, read_only=True) as session:
            known = service.find_bytes(session, principal.user_id, sha256)
            had = known is not None and bool(known.key)
        if not had:  # before the transaction that writes: gigabytes may take long, and others want to write as well
            get_storage().link_file(path, key)
        with get_database().tenant_session(principal.tenant_id) as session:
            upload = get(session, principal, upload_id)
            known = service.find_bytes(session, principal.user_id, sha256)
            if known is not None and known.key:
                media = service.had_again(session, known)
            elif had:  # purged at this very moment, with its bytes unnamed
                raise Busy("The same file is being removed at this moment; try again.")
            else:
                media = _begun(upload, known, sha256, key)
                session.add(media)
                session.flush()
                writer.request(session, media)
            upload.media_id, upload.received = media.id, upload.size
            upload.expires_at = clock.now() + LIFETIME
            session.add(upload)
            on_commit(session, lambda: path.unlink(missing_ok=True))
            return media.id


def cancel(session: Session, principal: Principal, upload_id: str) -> None:
    """Forgets an upload and what was received of it; a finished one leaves its file."""
    upload = get(session, principal, upload_id)
    session.delete(upload)
    part(upload.id).unlink(missing_ok=True)


def forget_expired(session: Session, *, limit: int) -> int:
    """Removes uploads that waited too long; for housekeeping. How many."""
    old = session.exec(select(MediaUpload).where(col(MediaUpload.expires_at) <= clock.now()).limit(limit)).all()
    for upload in old:
        part(upload.id).unlink(missing_ok=True)
        session.delete(upload)
    return len(old)


def forget_parts() -> int:
    """Removes parts of this machine that nobody has added to for two lifetimes: no row can go on with them; how many.

    Nodes forget the rows, but the parts lie where the web process runs.
    """
    old, gone = time.time() - 2 * LIFETIME.total_seconds(), 0
    for path in _folder().glob("*.part"):
        with suppress(OSError):
            if path.stat().st_mtime < old:
                path.unlink()
                gone += 1
    return gone


def to_dict(upload: MediaUpload) -> Json:
    """The JSON form of an upload under way."""
    return {
        "id": upload.id,
        "url": f"/api/v1/media/uploads/{upload.id}",
        "name": upload.name,
        "use": upload.use or None,
        "folder_id": upload.folder_id,
        "size": upload.size,
        "offset": offset(upload),
        "media_id": upload.media_id,
        "created_at": upload.created_at.isoformat(),
        "expires_at": upload.expires_at.isoformat(),
    }


def part(upload_id: str) -> Path:
    """Where what was received of an upload lies; the id is one of ours."""
    return _folder() / f"{upload_id}.part"


def _folder() -> Path:
    return get_settings().data_dir / "incoming"


def _begun(upload: MediaUpload, before: Media | None, sha256: str, key: str) -> Media:
    """The row of a file that nothing is known of yet; one whose bytes were refused before is used again."""
    guessed = formats.guess(upload.name)
    media = before or Media(
        tenant_id=upload.tenant_id, user_id=upload.user_id, sha256=sha256, size=upload.size, kind="", name="", key="",
        content_type="",
    )  # fmt: skip
    media.kind, media.name, media.key = guessed, upload.name, key
    media.content_type = formats.film_type(upload.name)
    media.use = upload.use if guessed is not MediaKind.IMAGE else ""
    media.folder_id, media.deleted_at = upload.folder_id, None
    return media


def _count(session: Session, user_id: str) -> int:
    query = select(func.count()).select_from(MediaUpload).where(
        col(MediaUpload.user_id) == user_id, col(MediaUpload.media_id).is_(None)
    )  # fmt: skip
    return int(session.execute(query).scalar_one())


class _Checksum:
    """`sha1 <base64>` of the checksum extension."""

    def __init__(self, header: str) -> None:
        name, _, given = header.partition(" ")
        if name not in CHECKSUMS:
            raise InvalidInput(f"A checksum is one of {', '.join(CHECKSUMS)}.", code="checksum-algorithm")
        try:
            self._wanted = base64.b64decode(given, validate=True)
        except ValueError:
            raise InvalidInput("The checksum is no base64.", code="checksum-algorithm") from None
        self._hash = hashlib.new(name, usedforsecurity=False)

    def take(self, piece: bytes) -> None:
        self._hash.update(piece)

    def matches(self) -> bool:
        return self._hash.digest() == self._wanted


async def _in_thread(call: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """As `asyncio.to_thread`, but ends no sooner than the thread: a cancelled request would close the file, and the
    thread would write on into whatever gets its number next."""
    work = asyncio.ensure_future(asyncio.to_thread(call, *args, **kwargs))
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    failed = work.exception()
    if cancelled is not None:
        raise cancelled
    if failed is not None:
        raise failed


def _write(descriptor: int, piece: bytes, digest: _Checksum | None) -> None:
    if digest is not None:
        digest.take(piece)
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


@contextmanager
def _held(path: Path) -> Iterator[int]:
    """The received part, open for adding and this request's alone. Raises Busy, Gone."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
    except FileNotFoundError:
        raise Gone("The upload is no longer there; upload the file again.") from None
    try:
        if not _lock(descriptor):
            raise Busy("Another request is adding to this upload.")
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: the offset alone keeps two requests apart
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
