"""Customers' own files: pictures and music. Private: every read goes through here, scoped to tenant and owner."""

import hashlib
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from flatrender.access.permissions import JOBS_TENANT, Principal
from flatrender.core.db import get_database, on_commit
from flatrender.core.errors import BadFile, Conflict, FlatRenderError, InvalidInput, NotFound, TooLarge
from flatrender.core.storage import get_storage
from flatrender.film.probe import FilmInfo, probe
from flatrender.media import decoder, pictures
from flatrender.media.models import Media, MediaKind
from flatrender.settings import get_settings

log = logging.getLogger(__name__)
Json = dict[str, Any]
MAX_IMAGE_BYTES = 64 * 1024**2
MAX_MUSIC_SECONDS = 2 * 3600
MUSIC_TYPES = {
    "mp3": "audio/mpeg",
    "aac": "audio/mp4",
    "alac": "audio/mp4",
    "flac": "audio/flac",
    "vorbis": "audio/ogg",
    "opus": "audio/ogg",
}
_SUFFIXES = {"audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/flac": "flac", "audio/ogg": "ogg", "audio/wav": "wav"}

# Asked before a file is deleted: who uses it, as words in the sentence below, or None; or a Conflict of its own. Owners
# of documents register here.
UsageCheck = Callable[[Session, Media], str | None]
_usage_checks: list[UsageCheck] = []


def on_use_check(check: UsageCheck) -> UsageCheck:
    """Registers `check`, which says who still uses a file."""
    _usage_checks.append(check)
    return check


def add(principal: Principal, path: Path, file_name: str, *, kind: str | None = None) -> Json:
    """Checks the file at `path` and keeps it; the same bytes again give the row that is there.

    Slow (decoding, probing) and in transactions of its own: call it in a thread. `path` stays the caller's.

    Raises:
        BadFile: it is no picture and no music that can be read.
        TooLarge: it is over a limit.
        InvalidInput: an unknown kind.
    """
    if kind is not None and kind not in list(MediaKind):
        raise InvalidInput("A file is an image or music.", field="kind")
    name = clean_name(file_name)
    size = path.stat().st_size
    if size == 0:
        raise BadFile(f"{name} is empty.", field="file")
    if size > get_settings().max_media_bytes:
        raise too_large(name, get_settings().max_media_bytes)
    sha256 = file_sha256(path)
    with get_database().tenant_session(principal.tenant_id, read_only=True) as session:
        known = _find(session, principal.user_id, sha256)
        if known is not None and (kind is None or known.kind == kind):
            return to_dict(known)
    with tempfile.TemporaryDirectory(prefix="flatrender-media-") as folder:
        if kind == MediaKind.IMAGE or (kind is None and pictures.is_picture(path)):
            media = _image(principal, path, name, size, sha256, Path(folder))
        else:
            media = _music(principal, path, name, size, sha256)
    with get_database().tenant_session(principal.tenant_id) as session:
        again = _find(session, principal.user_id, sha256)  # two tabs may have sent it at once
        if again is not None:
            return to_dict(again)
        session.add(media)
        session.flush()
        return to_dict(media)


def browse(
    session: Session, principal: Principal, *, kind: str | None = None, limit: int = 60, offset: int = 0
) -> Json:
    """The user's files, newest first: `{"items", "total"}`."""
    query = select(Media).where(col(Media.user_id) == principal.user_id)
    if kind is not None:
        query = query.where(col(Media.kind) == kind)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = session.exec(query.order_by(col(Media.created_at).desc(), col(Media.id).desc()).limit(limit).offset(offset))
    return {"items": [to_dict(row) for row in rows], "total": total}


def get(session: Session, principal: Principal, media_id: str) -> Media:
    """The file, when it is the caller's (or the caller sees the tenant's jobs). Raises NotFound."""
    media = session.exec(select(Media).where(col(Media.id) == media_id)).first()
    if media is None or (media.user_id != principal.user_id and not principal.can(JOBS_TENANT)):
        raise NotFound("There is no such file.")
    return media


def find(session: Session, media_id: str) -> Media | None:
    """The file in the session's tenant; for rendering, which has no user at hand."""
    return session.exec(select(Media).where(col(Media.id) == media_id)).first()


def local_path(session: Session, media_id: str) -> Path:
    """A path to read the file from. Raises NotFound."""
    media = find(session, media_id)
    if media is None:
        raise NotFound("A file that the project uses was deleted; choose another one.", code="media-gone")
    return get_storage().local_path(media.key)


def delete(session: Session, principal: Principal, media_id: str) -> None:
    """Deletes the file. Raises Conflict while a project or a render job uses it."""
    media = get(session, principal, media_id)
    for check in _usage_checks:
        if (user := check(session, media)) is not None:
            raise Conflict(f"{media.name} is used in {user}; take it out there first.", code="media-in-use")
    session.delete(media)
    session.flush()
    shared = session.exec(select(Media.id).where(col(Media.key) == media.key)).first()
    if shared is None:
        keys = [media.key, *([media.thumbnail_key] if media.thumbnail_key else [])]
        on_commit(session, lambda: _forget(keys))


def to_dict(media: Media) -> Json:
    """The JSON form of a file."""
    return {
        "id": media.id,
        "kind": media.kind,
        "name": media.name,
        "size": media.size,
        "content_type": media.content_type,
        "width": media.width,
        "height": media.height,
        "duration": media.duration,
        "url": f"/api/v1/media/{media.id}/file",
        "thumbnail": f"/api/v1/media/{media.id}/thumbnail" if media.thumbnail_key else None,
        "created_at": media.created_at.isoformat(),
    }


def clean_name(file_name: str) -> str:
    """A file's name for people: no folders, no control characters, at most 200 characters."""
    name = "".join(c for c in file_name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip()
    if len(name) > 200:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[: 190 - len(suffix)]}{dot}{suffix}" if dot and len(suffix) < 12 else name[:200]
    return name or "file"


def file_sha256(path: Path) -> str:
    """The content's SHA-256 as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def too_large(name: str, limit: int) -> TooLarge:
    """The error for a file over `limit` bytes."""
    return TooLarge(f"{name} is larger than the {say_bytes(limit)} that may be uploaded.", field="file", limit=limit)


def say_bytes(size: int) -> str:
    """For people: `64 MB`, `1.5 GB`."""
    for unit, factor in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"


def _find(session: Session, user_id: str, sha256: str) -> Media | None:
    return session.exec(select(Media).where(col(Media.user_id) == user_id, col(Media.sha256) == sha256)).first()


def _image(principal: Principal, path: Path, name: str, size: int, sha256: str, folder: Path) -> Media:
    if size > MAX_IMAGE_BYTES:
        raise too_large(name, MAX_IMAGE_BYTES)
    upright, small = folder / "picture", folder / "thumbnail"
    picture = decoder.normalise(path, name, upright, small)
    base = _base(principal.tenant_id, sha256)
    key, thumbnail_key = f"{base}.{picture.suffix}", f"{base}.thumbnail.webp"
    storage = get_storage()
    storage.put_file(upright, key)
    storage.put_file(small, thumbnail_key)
    return Media(
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        kind=MediaKind.IMAGE,
        name=name,
        sha256=sha256,
        size=size,
        key=key,
        content_type=picture.content_type,
        width=picture.width,
        height=picture.height,
        thumbnail_key=thumbnail_key,
    )


def _music(principal: Principal, path: Path, name: str, size: int, sha256: str) -> Media:
    try:
        info = probe(path)
    except FlatRenderError as error:
        if error.status >= 500:
            log.warning("probing an upload failed: %s", error.message)
        raise BadFile(f"{name} is neither a picture nor music that can be read.", field="file") from error
    content_type = _music_type(info)
    if content_type is None:
        raise BadFile(f"{name} holds no sound that can be used; use an MP3, M4A, WAV, FLAC or OGG file.", field="file")
    seconds = info.audio_duration or info.duration
    if seconds <= 0:
        raise BadFile(f"{name} holds no sound: it lasts no time.", field="file")
    if seconds > MAX_MUSIC_SECONDS:
        raise TooLarge(f"{name} lasts {seconds / 3600:.1f} hours; music may last two.", field="file")
    key = f"{_base(principal.tenant_id, sha256)}.{_SUFFIXES[content_type]}"
    get_storage().put_file(path, key)
    return Media(
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        kind=MediaKind.MUSIC,
        name=name,
        sha256=sha256,
        size=size,
        key=key,
        content_type=content_type,
        duration=round(seconds, 3),
    )


def _music_type(info: FilmInfo) -> str | None:
    if info.audio_codec is None or (info.video_codec is not None and info.frames > 1):
        return None
    if info.audio_codec.startswith("pcm_"):
        return "audio/wav"
    return MUSIC_TYPES.get(info.audio_codec)


def _base(tenant_id: str, sha256: str) -> str:
    return f"media/{tenant_id}/{sha256[:2]}/{sha256}"


def _forget(keys: list[str]) -> None:
    for key in keys:
        get_storage().delete(key)
