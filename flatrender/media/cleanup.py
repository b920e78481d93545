"""Cleanup by schedule: files that nobody has used for some days go, and that is shown days before it happens.

A file's day counts from the latest of: it came, it was last seen in use. Once it is due its deletion is announced
(`delete_at`), at least `NOTICE` ahead; a file that is kept or comes into use is struck off again. Nothing in use is
ever deleted, and what was deleted can be had back for a day.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from flatrender.access.permissions import Principal
from flatrender.core import clock
from flatrender.core.errors import InvalidInput
from flatrender.media import quotas, service, uses, views
from flatrender.media.models import Media, MediaPolicy, MediaState

Json = dict[str, Any]
NOTICE = timedelta(days=3)
AHEAD = timedelta(days=30)  # what is shown of what will happen
SHORTEST, LONGEST = 7, 3650  # days


def plan(session: Session, principal: Principal, *, days: int | None = None) -> Json:
    """The user's schedule and what it will delete in the next month, soonest first.

    `days`: as it would be with another schedule. `{"days", "notice_days", "items": [{"media", "delete_at"}], "bytes"}`.
    """
    own = quotas.policy(session, principal.user_id)
    chosen = days if days is not None else own.cleanup_days if own else None
    found: list[tuple[datetime, Media]] = []
    if chosen is not None:
        now = clock.now()
        used = {use.media_id for use in uses.every(session, principal.user_id)}
        found = [(at, media) for media in _files(session, principal.user_id) if (at := _due(media, chosen, used, now))]
        found = sorted((pair for pair in found if pair[0] <= now + AHEAD), key=lambda pair: (pair[0], pair[1].id))
    return {
        "days": own.cleanup_days if own else None,
        "notice_days": NOTICE.days,
        "items": [{"media": views.to_dict(media), "delete_at": at.isoformat()} for at, media in found[:200]],
        "files": len(found),
        "bytes": sum(media.size for _, media in found),
    }


def set_schedule(session: Session, principal: Principal, days: int | None) -> Json:
    """Unused files go after so many days; None: never. What is due is announced at once. Answers `plan`."""
    if days is not None and not SHORTEST <= days <= LONGEST:
        raise InvalidInput(f"Give a number of days from {SHORTEST} to {LONGEST}, or none for never.", field="days")
    row = quotas.own_policy(session, principal.user_id)
    row.cleanup_days = days
    session.add(row)
    session.flush()
    for media in _files(session, principal.user_id):
        if media.delete_at is not None:
            _announce(session, media, None)
    if days is not None:
        run(session, row)
    return plan(session, principal)


def run(session: Session, policy: MediaPolicy) -> int:
    """One pass over a user's files: notes what is in use, announces what is due, deletes what was announced.

    How many were deleted. The session is the tenant's.
    """
    now = clock.now()
    used = {use.media_id for use in uses.every(session, policy.user_id)}
    gone = 0
    for media in _files(session, policy.user_id):
        if media.id in used:
            media.used_at = now
            session.add(media)
        at = _due(media, policy.cleanup_days, used, now)
        if at is None or at > now + NOTICE:
            _announce(session, media, None)
        elif media.delete_at is None:
            _announce(session, media, max(at, now + NOTICE))
        elif media.delete_at <= now:
            service.put_away(session, media)
            gone += 1
    return gone


def _due(media: Media, days: int | None, used: set[str], now: datetime) -> datetime | None:
    """When the file would go; None: not at all."""
    if days is None or media.kept or media.id in used or media.state in {MediaState.WAITING, MediaState.WORKING}:
        return None
    if media.delete_at is not None:
        return media.delete_at
    return max(max(media.created_at, media.used_at or media.created_at) + timedelta(days=days), now + NOTICE)


def _announce(session: Session, media: Media, at: datetime | None) -> None:
    if media.delete_at == at:
        return
    media.delete_at = at
    session.add(media)
    session.flush()
    views.publish(session, media)


def _files(session: Session, user_id: str) -> list[Media]:
    query = select(Media).where(col(Media.user_id) == user_id, col(Media.deleted_at).is_(None))
    return list(session.exec(query).all())
