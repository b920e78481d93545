"""How much a user and a tenant may keep. Counted are the files as they were sent, also deleted ones until they are gone
for good, and uploads that are under way."""

import time
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Connection, Engine, func
from sqlmodel import Session, col, select

from flatrender.access import audit, rules
from flatrender.access.audit import Act
from flatrender.access.models import User
from flatrender.access.permissions import JOBS_TENANT, SITE, SITES, Principal
from flatrender.core import clock
from flatrender.core.db import put
from flatrender.core.errors import InvalidInput, NotFound, TooLarge
from flatrender.core.ids import new_id
from flatrender.media.formats import say_bytes
from flatrender.media.models import Media, MediaPolicy, MediaUpload
from flatrender.settings import get_settings
from flatrender.tenants import features, usage

Json = dict[str, Any]
MOST_PEOPLE = 2000  # as many as the page of people shows
_KEPT = col(Media.key) != ""  # refused files have no bytes
_COMING = col(MediaUpload.media_id).is_(None)
_REMEMBERED = 60.0  # seconds that a sum of all of a site's files serves the note on its pages
_sums: WeakKeyDictionary[Engine | Connection, dict[str, tuple[float, int]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Room:
    """Bytes used and allowed."""

    used: int
    limit: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


def check_room(session: Session, principal: Principal, size: int, name: str, *, least: bool = False) -> None:
    """Raises Forbidden where uploads are switched off, TooLarge (`over-quota`) when `size` more bytes would be more
    than the user or the tenant may keep. `least`: it may be more than `size`.

    In a session that writes, the answer holds until its end: others who ask wait.
    """
    features.require(session, principal.tenant_id, features.UPLOADS)
    policy(session, "", lock=True)
    takes = f"{name} takes {'more than ' if least else ''}{say_bytes(size)}"
    own, all_ = room_of_user(session, principal.user_id), room_of_tenant(session)
    if size > own.left:
        raise TooLarge(
            f"{takes}, but only {say_bytes(own.left)} of your {say_bytes(own.limit)} are free; "
            "delete files that you no longer need; their room is free a day later.",
            code="over-quota",
            field="file",
            left=own.left,
        )
    if size > all_.left:
        raise TooLarge(
            f"{takes}, but this site has only {say_bytes(all_.left)} left for files; ask its administrator for room.",
            code="over-quota",
            field="file",
            left=all_.left,
        )


def room_of_user(session: Session, user_id: str) -> Room:
    """The user's own room."""
    own = policy(session, user_id)
    limit = own.quota_bytes if own and own.quota_bytes is not None else get_settings().user_quota_bytes
    return Room(_used(session, user_id), limit)


def room_of_tenant(session: Session) -> Room:
    """The room of all users of the session's tenant together."""
    limit = _limit_of_tenant(session)
    with rules.lifted():  # what others keep counts, whoever may see it
        return Room(_used(session, None), limit)


def full(session: Session, tenant_id: str) -> bool:
    """Whether a site's room is used up, as of a minute ago at most: each page asks, and it adds up all files. Takes a
    session of the site."""
    known = _sums.setdefault(session.get_bind(), {})
    until, used = known.get(tenant_id, (0.0, 0))
    if until > time.monotonic():
        return used >= _limit_of_tenant(session)
    room = room_of_tenant(session)
    known[tenant_id] = time.monotonic() + _REMEMBERED, room.used
    return room.left == 0


def _limit_of_tenant(session: Session) -> int:
    every = policy(session, "")
    return every.quota_bytes if every and every.quota_bytes is not None else get_settings().tenant_quota_bytes


def of_site(session: Session) -> Json:
    """The room of all together as pages and programs see it: `{"used", "limit", "warning", "set", "usual"}`. `set`: the
    limit that was set, null where that of the settings, `usual`, counts."""
    every, room = policy(session, ""), room_of_tenant(session)
    return {
        "used": room.used,
        "limit": room.limit,
        "warning": room.used >= room.limit * usage.WARN_AT,
        "set": every.quota_bytes if every else None,
        "usual": get_settings().tenant_quota_bytes,
    }


def meter(session: Session, principal: Principal) -> Json:
    """What is shown: `{"used", "limit", "files", "max_file", "tenant": {"used", "limit"}}`, in bytes; `sets`: whether
    they may say how much others keep."""
    own, all_ = room_of_user(session, principal.user_id), room_of_tenant(session)
    files = session.execute(
        select(func.count())
        .select_from(Media)
        .where(_KEPT, col(Media.deleted_at).is_(None), col(Media.user_id) == principal.user_id)
    ).scalar_one()
    return {
        "used": own.used,
        "limit": min(own.limit, own.used + all_.left),
        "files": files,
        "max_file": get_settings().max_media_bytes,
        "tenant": {"used": all_.used, "limit": all_.limit} if principal.can(JOBS_TENANT) else None,
        "sets": principal.can(SITE),
    }


def overview(session: Session, principal: Principal) -> Json:
    """For administrators: who keeps how much and may keep how much, those who keep most first. `set`: the limit that
    was set for somebody (of the site: for all together), null where that of the settings, `usual`, counts; `sets`:
    whether the site's may be set by who asks."""
    principal.require(SITE)
    settings = get_settings()
    limits = {row.user_id: row.quota_bytes for row in session.exec(select(MediaPolicy))}
    kept = select(col(Media.user_id), func.sum(Media.size)).where(_KEPT).group_by(col(Media.user_id))
    coming = select(col(MediaUpload.user_id), func.sum(MediaUpload.size)).where(_COMING, _not_ended())
    used: dict[str, int] = {}
    for user_id, size in (*session.execute(kept), *session.execute(coming.group_by(col(MediaUpload.user_id)))):
        used[user_id] = used.get(user_id, 0) + int(size)
    people = session.exec(select(User).order_by(col(User.name), col(User.id)).limit(MOST_PEOPLE)).all()
    items = [
        {
            "user_id": user.id,
            "name": user.name,
            "email": user.email,
            "used": used.get(user.id, 0),
            "set": limits.get(user.id),
        }
        for user in people
    ]
    return {
        "site": {
            "used": sum(used.values()),
            "set": limits.get(""),
            "usual": settings.tenant_quota_bytes,
            "sets": principal.can(SITES),
        },
        "usual": settings.user_quota_bytes,
        "items": sorted(items, key=lambda item: -item["used"]),
    }


def set_quota(session: Session, principal: Principal, user_id: str, limit: int | None) -> None:
    """Sets what a user (or, with an empty id, the whole tenant) may keep; None: the settings' again.

    A site's administrators share out its room; how large that is, is for those who run the house.
    """
    principal.require(SITE if user_id else SITES)
    if limit is not None and limit < 0:
        raise InvalidInput("A quota is a number of bytes from 0 up.", field="limit")
    email = session.exec(select(User.email).where(col(User.id) == user_id)).first() if user_id else ""
    if email is None:
        raise NotFound("There is no such account.")
    row = own_policy(session, user_id)
    if row.quota_bytes != limit:
        audit.note(session, principal, Act.QUOTA_SET, user_id, email, limit=[row.quota_bytes, limit])
    row.quota_bytes = limit
    session.add(row)
    if not user_id:
        session.flush()
        _tell(session)


def _tell(session: Session) -> None:
    """A new limit of a site is told at once where its files come near it; else the site is told anew when they do."""
    tenant_id, room = session.info["tenant_id"], room_of_tenant(session)
    if room.used < room.limit * usage.WARN_AT:
        usage.warn_anew(session, tenant_id, ["warned"], since=usage.today() - usage.WARN_AGAIN)
    usage.measure(session, tenant_id, room.used, room.limit)


def policy(session: Session, user_id: str, *, lock: bool = False) -> MediaPolicy | None:
    """The row of a user, or of the tenant (an empty id). `lock`: made where there is none, and locked."""
    if lock:
        own_policy(session, user_id)
    query = select(MediaPolicy).where(col(MediaPolicy.user_id) == user_id)
    return session.exec(query.with_for_update() if lock else query).first()


def own_policy(session: Session, user_id: str) -> MediaPolicy:
    """The row of a user or the tenant, made where there is none."""
    row = policy(session, user_id)
    if row is None:
        new = {"id": new_id(), "tenant_id": session.info["tenant_id"], "user_id": user_id}
        put(session, MediaPolicy, new, ["tenant_id", "user_id"])
        row = session.exec(select(MediaPolicy).where(col(MediaPolicy.user_id) == user_id)).one()
    return row


def _used(session: Session, user_id: str | None) -> int:
    files = select(func.coalesce(func.sum(Media.size), 0)).where(_KEPT)
    coming = select(func.coalesce(func.sum(MediaUpload.size), 0)).where(_COMING, _not_ended())
    if user_id is not None:
        files = files.where(col(Media.user_id) == user_id)
        coming = coming.where(col(MediaUpload.user_id) == user_id)
    return int(session.execute(files).scalar_one()) + int(session.execute(coming).scalar_one())


def _not_ended() -> ColumnElement[bool]:
    return col(MediaUpload.expires_at) > clock.now()
