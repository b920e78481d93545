"""Files as JSON: the answers of the API and the patches of the event stream."""

from typing import Any

from sqlmodel import Session

from flatrender.core import bus
from flatrender.core.db import on_commit
from flatrender.media.models import Media, MediaKind, MediaState

Json = dict[str, Any]


def to_dict(media: Media) -> Json:
    """The JSON form of a file. Lengths in seconds, sizes in bytes or pixels, times in ISO 8601."""
    base = f"/api/v1/media/{media.id}"
    proxy = f"{base}/proxy" if media.proxy_key else None
    rate = media.rate
    return {
        "id": media.id,
        "kind": media.kind,
        "use": media.use or None,
        "name": media.name,
        "size": media.size,
        "content_type": media.content_type,
        "sha256": media.sha256,
        "folder_id": media.folder_id,
        "state": media.state,
        "progress": round(media.progress, 4),
        "problem": media.problem,
        "problem_code": media.problem_code,
        "can_retry": media.state == MediaState.FAILED and bool(media.key),
        "notes": media.notes,
        "width": media.width,
        "height": media.height,
        "duration": media.duration,
        "rate": [rate.num, rate.den] if rate else None,
        "frames": media.frames,
        "has_audio": media.has_audio,
        "has_alpha": media.has_alpha,
        "repeats": media.repeats,
        "url": f"{base}/file",
        "proxy": proxy,
        "play": f"{base}/file" if _shows_holes(media) or proxy is None else proxy,
        "thumbnail": f"{base}/thumbnail" if media.thumbnail_key else None,
        "sprite": {"url": f"{base}/sprite", **media.sprite} if media.sprite_key and media.sprite else None,
        "peaks": {"url": f"{base}/peaks", "levels": media.peaks} if media.peaks_key and media.peaks else None,
        "kept": media.kept,
        "delete_at": media.delete_at.isoformat() if media.delete_at else None,
        "created_at": media.created_at.isoformat(),
    }


def _shows_holes(media: Media) -> bool:
    """Whether browsers play the film itself and show what lies beneath it. Of frames that last unequally long the proxy
    alone tells which is which; it is seen through where it is not too long."""
    even = all(note["code"] != "vfr" for note in media.notes or ())
    return media.kind == MediaKind.VIDEO and media.has_alpha and media.content_type == "video/webm" and even


def publish(session: Session, media: Media) -> None:
    """Tells its owner's browsers, after the commit, what the file is now."""
    payload = {"kind": "media", "user_id": media.user_id, "media": to_dict(media)}
    on_commit(session, lambda: bus.publish(f"user:{media.user_id}", payload))


def publish_gone(session: Session, media: Media) -> None:
    """Tells its owner's browsers, after the commit, that the file is no longer there."""
    payload = {"kind": "media.gone", "user_id": media.user_id, "id": media.id}
    on_commit(session, lambda: bus.publish(f"user:{payload['user_id']}", payload))
