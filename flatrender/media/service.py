"""Customers' own files. Private: every read goes through here, scoped to tenant and owner."""

import contextlib
import logging
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from flatrender.access import accounts
from flatrender.access.permissions import JOBS_TENANT, Principal
from flatrender.core import clock
from flatrender.core.db import get_database
from flatrender.core.digest import file_sha256
from flatrender.core.errors import BadFile, FlatRenderError, InvalidInput, NotFound, TooLarge
from flatrender.core.storage import get_storage
from flatrender.farm import service as farm
from flatrender.farm.states import LIVE, TaskState
from flatrender.film.probe import FilmInfo, probe
from flatrender.media import ingest, pictures, quotas, uses, views, writer
from flatrender.media.formats import base_key, clean_name, too_large
from flatrender.media.models import Media, MediaFolder, MediaKind, MediaState, SoundUse
from flatrender.settings import get_settings

log = logging.getLogger(__name__)
Json = dict[str, Any]
to_dict = views.to_dict
MAX_MUSIC_SECONDS = ingest.MAX_SECONDS
MUSIC_TYPES = {
    "mp3": "audio/mpeg",
    "aac": "audio/mp4",
    "alac": "audio/mp4",
    "flac": "audio/flac",
    "vorbis": "audio/ogg",
    "opus": "audio/ogg",
}
TRASH = timedelta(days=1)  # a deleted file can be had back for so long


def add(principal: Principal, path: Path, file_name: str, *, kind: str | None = None) -> Json:
    """Checks the picture or music at `path` and keeps it; the same bytes again give the row that is there.

    Pictures are ready at once, of one that moves the first is kept; a sound may be used at once, its peaks follow. Slow
    (decoding, probing) and in transactions of its own: call it in a thread. `path` stays the caller's.

    Raises:
        BadFile: it is no picture and no music that can be read.
        TooLarge: it is over a limit, or over what the user may keep.
        InvalidInput: an unknown kind.
    """
    if kind not in {None, MediaKind.IMAGE, MediaKind.AUDIO, SoundUse.MUSIC}:
        raise InvalidInput("A file is an image or music.", field="kind")
    name = clean_name(file_name)
    size = path.stat().st_size
    if size == 0:
        raise BadFile(f"{name} is empty.", field="file")
    if size > get_settings().max_media_bytes:
        raise too_large(name, get_settings().max_media_bytes)
    sha256 = file_sha256(path)
    with get_database().tenant_session(principal.tenant_id) as session:
        known = find_bytes(session, principal.user_id, sha256)
        fits = known is not None and (kind is None or (known.kind == MediaKind.IMAGE) == (kind == "image"))
        if known is not None and known.key and (fits or pictures.moves(path)):  # a picture that moves is a film here
            return to_dict(had_again(session, known))
        quotas.check_room(session, principal, size, name)
    with tempfile.TemporaryDirectory(prefix="flatrender-media-") as folder:
        facts: Json
        if kind == MediaKind.IMAGE or (kind is None and pictures.is_picture(path)):
            base = base_key(principal.tenant_id, sha256)
            facts = ingest.picture_facts(path, name, size, base, Path(folder))
            facts |= {"state": MediaState.READY, "progress": 1.0, "ingest": writer.VERSION}
        else:
            facts = _music(principal, path, name, sha256, "no music" if kind else "neither a picture nor music")
    with get_database().tenant_session(principal.tenant_id) as session:
        accounts.me(session, principal, keep=True)  # which may have been deleted while this came
        again = find_bytes(session, principal.user_id, sha256)  # two tabs may have sent it at once
        if again is not None and again.key:
            return to_dict(had_again(session, again))
        quotas.check_room(session, principal, size, name)  # meanwhile others may have taken it
        media = again or Media(
            tenant_id=principal.tenant_id, user_id=principal.user_id, name=name, sha256=sha256, size=size, **facts
        )
        for column, value in facts.items():
            setattr(media, column, value)
        media.deleted_at = media.problem = media.problem_code = None
        _keep(session, media)
        return to_dict(media)


def get(session: Session, principal: Principal, media_id: str, *, deleted: bool = False) -> Media:
    """The file, when it is the caller's (or the caller sees the tenant's jobs). Raises NotFound."""
    media = session.exec(select(Media).where(col(Media.id) == media_id)).first()
    if media is None or (media.user_id != principal.user_id and not principal.can(JOBS_TENANT)):
        raise NotFound("There is no such file.")
    if (media.deleted_at is not None) != deleted:
        raise NotFound("There is no such file." if not deleted else "That file is not deleted.")
    return media


def find(session: Session, media_id: str) -> Media | None:
    """The file in the session's tenant; for rendering, which has no user at hand."""
    return session.exec(select(Media).where(col(Media.id) == media_id, col(Media.deleted_at).is_(None))).first()


def find_bytes(session: Session, user_id: str, sha256: str) -> Media | None:
    """The user's row of these bytes, deleted or not."""
    return session.exec(select(Media).where(col(Media.user_id) == user_id, col(Media.sha256) == sha256)).first()


def local_path(session: Session, media_id: str) -> Path:
    """A path to read the file from. Raises NotFound."""
    media = find(session, media_id)
    if media is None or not media.key:
        raise NotFound("A file that the project uses was deleted; choose another one.", code="media-gone")
    return get_storage().local_path(media.key)


def facts(session: Session, principal: Principal, media_id: str) -> Json:
    """A file with who uses it, and the seconds that its ingest still takes at the pace so far."""
    media = get(session, principal, media_id)
    found = [{"kind": use.kind, "id": use.id, "name": use.name} for use in uses.of(session, media)]
    return {**to_dict(media), "uses": found}


def change(session: Session, principal: Principal, media_id: str, given: Json) -> Json:
    """Renames, files, marks or keeps a file. `given`: any of `name`, `folder_id`, `use`, `kept`."""
    media = get(session, principal, media_id)
    if "name" in given:
        media.name = clean_name(given["name"] or "") if (given["name"] or "").strip() else media.name
    if "folder_id" in given:
        media.folder_id = own_folder(session, media.user_id, given["folder_id"])
    if "use" in given:
        media.use = checked_use(given["use"])
    if "kept" in given:
        media.kept = bool(given["kept"])
        media.delete_at = None if media.kept else media.delete_at
    session.add(media)
    session.flush()
    views.publish(session, media)
    return to_dict(media)


def delete(session: Session, principal: Principal, media_id: str) -> None:
    """Deletes the file; `restore` takes it back within a day. Raises Conflict while a project or a render uses it."""
    media = get(session, principal, media_id)
    uses.check_unused(session, media)
    put_away(session, media)


def put_away(session: Session, media: Media) -> None:
    """Marks the file deleted; housekeeping removes it for good after `TRASH`."""
    media.deleted_at, media.delete_at = clock.now(), None
    farm.cancel_owner(session, media.id, reason="the file was deleted")
    session.add(media)
    session.flush()
    views.publish_gone(session, media)


def restore(session: Session, principal: Principal, media_id: str) -> Json:
    """Takes a deletion back; its room was kept for it."""
    media = get(session, principal, media_id, deleted=True)
    return to_dict(had_again(session, media))


def restore_several(session: Session, principal: Principal, ids: Sequence[str]) -> Json:
    """The same for several: `{"items", "failed"}`. One that is gone for good keeps the others from nothing."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Json] = {}
    for media_id in sorted(wanted):  # one order for all: two requests would otherwise wait for each other's rows
        with contextlib.suppress(NotFound):
            found[media_id] = restore(session, principal, media_id)
    return {
        "items": [found[media_id] for media_id in wanted if media_id in found],
        "failed": [media_id for media_id in wanted if media_id not in found],
    }


def retry(session: Session, principal: Principal, media_id: str) -> Json:
    """Sends a file through ingest once more, when that failed for a reason that may pass."""
    media = get(session, principal, media_id)
    if media.state != MediaState.FAILED or not media.key:
        raise InvalidInput("Reading this file again would give the same; upload it anew.", code="no-retry")
    writer.request(session, media)
    return to_dict(media)


def purge(session: Session, media: Media) -> bool:
    """Removes the row for good, False while its ingest still runs. Housekeeping sweeps files that no row names."""
    tasks = farm.tasks_of(session, media.id)
    if any(TaskState(task.state) in LIVE for task in tasks):
        farm.cancel_owner(session, media.id, reason="the file was deleted")
        return False
    farm.forget_owner(session, media.id)
    session.delete(media)
    return True


def checked_use(use: str | None) -> str:
    """What a sound is for, as it is kept. Raises InvalidInput."""
    if use and use not in list(SoundUse):
        raise InvalidInput("A sound is for music, voice or sfx.", field="use")
    return use or ""


def own_folder(session: Session, user_id: str, folder_id: str | None) -> str | None:
    """The id, when the folder is the user's; None for the top. Raises NotFound."""
    if folder_id in {None, "", "root"}:
        return None
    found = session.exec(
        select(MediaFolder.id).where(col(MediaFolder.id) == folder_id, col(MediaFolder.user_id) == user_id)
    ).first()
    if found is None:
        raise NotFound("There is no such folder.", field="folder_id")
    return found


def _keep(session: Session, media: Media) -> None:
    """Writes the row; a file that is read is told, another one is read."""
    session.add(media)
    session.flush()
    if media.state == MediaState.READY:
        views.publish(session, media)
    else:
        writer.request(session, media)


def had_again(session: Session, media: Media) -> Media:
    """A row that is had again: no longer deleted, and read again where that was broken off."""
    if media.deleted_at is not None:
        media.deleted_at, media.delete_at = None, None
        if media.folder_id and session.get(MediaFolder, media.folder_id) is None:
            media.folder_id = None
        _keep(session, media)
    return media


def _music(principal: Principal, path: Path, name: str, sha256: str, otherwise: str) -> Json:
    """What is kept of a sound. `otherwise`: what a file is that cannot be read, for the sentence."""
    try:
        info = probe(path)
    except FlatRenderError as error:
        if error.status >= 500:
            log.warning("probing an upload failed: %s", error.message)
        raise BadFile(f"{name} is {otherwise} that can be read.", field="file") from error
    content_type = _music_type(info)
    if content_type is None:
        raise BadFile(f"{name} holds no sound that can be used; use an MP3, M4A, WAV, FLAC or OGG file.", field="file")
    seconds = info.audio_duration or info.duration
    if seconds <= 0:
        raise BadFile(f"{name} holds no sound: it lasts no time.", field="file")
    if seconds > MAX_MUSIC_SECONDS:
        raise TooLarge(f"{name} lasts {seconds / 3600:.1f} hours; music may last three.", field="file")
    key = f"{base_key(principal.tenant_id, sha256)}.original"
    get_storage().put_file(path, key)
    return {
        "kind": MediaKind.AUDIO,
        "use": SoundUse.MUSIC,
        "key": key,
        "content_type": content_type,
        "duration": round(seconds, 3),
        "has_audio": True,
    }


def _music_type(info: FilmInfo) -> str | None:
    if info.audio_codec is None or (info.video_codec is not None and info.frames > 1):
        return None
    if info.audio_codec.startswith("pcm_"):
        return "audio/wav"
    return MUSIC_TYPES.get(info.audio_codec)
