"""What people are told on the page itself, live in the bell, and by letter and on Slack where they wish so.

The courier writes it with the event, in one transaction, so once. A listener hears only that there is news
(`notifications`), and asks for it: what is shown is always what is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.access import roles, rules
from flatrender.access.accounts import JOINED, me
from flatrender.access.helping import HELPED
from flatrender.access.models import User
from flatrender.access.permissions import PERMISSIONS, SITE, Principal
from flatrender.core import bus, clock
from flatrender.core.db import DEFAULT_TENANT, on_commit
from flatrender.core.errors import InvalidInput
from flatrender.core.outbox import OutboxEvent
from flatrender.core.ready import Ready
from flatrender.notifications.models import Notification
from flatrender.settings import Settings
from flatrender.templates.service import PUBLISHED
from flatrender.tenants import domains, usage

Json = dict[str, Any]
NEWS = "notifications"  # what the bus carries
PAGE, EMAIL, SLACK = "page", "email", "slack"
MOST = 100  # of one page; as many are counted as unread
MOST_TOLD = 1000  # people of one event
_ADMINISTRATORS = [role for role, permissions in PERMISSIONS.items() if SITE in permissions]


class Kind(StrEnum):
    """What there is to be told, named after its event."""

    FINISHED = "render.completed"
    FAILED = "render.failed"
    TEMPLATE = PUBLISHED
    DOMAIN = domains.LOST
    HELPED = HELPED
    JOINED = JOINED
    QUOTA = usage.WARNING


OF_ADMINISTRATORS = frozenset({Kind.DOMAIN, Kind.JOINED, Kind.QUOTA})
# Unless somebody chose otherwise. On Slack only those are told of anything who gave their id there.
BY_DEFAULT = {
    PAGE: frozenset(Kind),
    EMAIL: frozenset({Kind.DOMAIN, Kind.QUOTA}),
    SLACK: frozenset({Kind.FINISHED, Kind.FAILED}),
}
# What is kept of an event: what its sentence names and where it leads.
_ABOUT: Mapping[str, Sequence[str]] = {
    Kind.FINISHED: ("job_id", "title"),
    Kind.FAILED: ("job_id", "title", "error_code"),
    Kind.TEMPLATE: ("template_id", "name"),
    Kind.DOMAIN: ("name",),
    Kind.HELPED: ("name", "reason"),
    Kind.JOINED: ("user_id", "name"),
    Kind.QUOTA: ("of", "used", "limit"),
}
_A_FILM = {"en": "Film", "fa": "فیلم"}
_PLACES = {
    Kind.FINISHED: "/jobs/{job_id}",
    Kind.FAILED: "/jobs/{job_id}",
    Kind.TEMPLATE: "/templates/{template_id}",
    Kind.DOMAIN: "/site",
    Kind.HELPED: "/profile",
    Kind.JOINED: "/people",
    Kind.QUOTA: "/usage",
}


@dataclass(frozen=True)
class Choice:
    """Whether a kind is told on the page, by letter and on Slack; None leaves the last one as it is."""

    kind: Kind
    page: bool
    email: bool
    slack: bool | None = None


def concerned(session: Session, event: OutboxEvent) -> Sequence[User]:
    """The people whom an event concerns, whatever they chose. Takes a system session."""
    if event.kind not in _ABOUT:
        return ()
    query = select(User).where(col(User.tenant_id) == event.tenant_id, col(User.active))
    match event.kind:
        case Kind.FINISHED | Kind.FAILED | Kind.HELPED:
            query = query.where(col(User.id) == event.payload["user_id"])
        case Kind.TEMPLATE:
            query = query.where(col(User.id) != event.payload["by"])
        case _:
            query = query.where(col(User.role).in_(_ADMINISTRATORS))
    return session.scalars(query.order_by(col(User.id)).limit(MOST_TOLD)).all()


def seen(session: Session, event: OutboxEvent, user: User) -> Json:
    """What an event tells somebody: without what a role of the site's own hides from them. A film whose title is hidden
    is called one in their language. Takes a system session."""
    limit = roles.limit_of(session, user.tenant_id, user.custom_role_id)
    if limit is None or not event.kind.startswith("render."):
        return event.payload
    hidden = rules.hidden([limit], "renders")
    title = {"title": _A_FILM["fa" if user.language == "fa" else "en"]} if "title" in hidden else {}
    error = {"error": None, "error_code": None} if "error" in hidden else {}
    return {**event.payload, **title, **error}


def about(session: Session, event: OutboxEvent, user: User) -> Json:
    """What an event's sentence names to somebody."""
    told = seen(session, event, user)
    return {name: told.get(name) for name in _ABOUT[event.kind]}


def place(kind: str, told: Mapping[str, Any]) -> str:
    """The page that a notification leads to."""
    return _PLACES[Kind(kind)].format_map(told)


def wants(user: User, kind: str, channel: str) -> bool:
    """Whether somebody is told of a kind on a channel."""
    chosen = user.notify.get(kind, {}).get(channel)
    return kind in BY_DEFAULT[channel] if chosen is None else bool(chosen)


def tell(session: Session, event: OutboxEvent) -> None:
    """Writes an event down for all whom it concerns and who wish so. Takes a system session."""
    for user in concerned(session, event):
        if wants(user, event.kind, PAGE):
            told = about(session, event, user)
            session.add(Notification(tenant_id=event.tenant_id, user_id=user.id, kind=event.kind, about=told))
            _announce(session, user.id)


class Entry(NamedTuple):
    """The columns of a notification that programs get."""

    id: str
    kind: str
    about: dict[str, Any]
    read_at: datetime | None
    created_at: datetime


_MINE = col(Notification.user_id) == bindparam("user")
_COLUMNS = [getattr(Notification, name) for name in Entry._fields]
_NEWEST = sa_select(*_COLUMNS).where(_MINE).order_by(col(Notification.id).desc()).limit(bindparam("most"))
_PAGE, _AFTER = Ready(_NEWEST), Ready(_NEWEST.where(col(Notification.id) < bindparam("after")))
_WAITING = sa_select(col(Notification.id)).where(_MINE, col(Notification.read_at).is_(None)).limit(MOST).subquery()
_UNREAD = Ready(sa_select(func.count()).select_from(_WAITING))


def page(session: Session, principal: Principal, *, after: str = "", limit: int = 20) -> list[Entry]:
    """The caller's own, newest first; `after`: the last of the page before. Takes a tenant session."""
    values = {"user": principal.user_id, "most": min(limit, MOST)}
    found = _AFTER.rows(session, **values, after=after) if after else _PAGE.rows(session, **values)
    return [Entry(*row) for row in found]


def unread(session: Session, principal: Principal) -> int:
    """How many the caller has not read, counted up to `MOST`."""
    [(number,)] = _UNREAD.rows(session, user=principal.user_id)
    return int(number)


def read(session: Session, principal: Principal, ids: Sequence[str] | None = None) -> None:
    """Marks the caller's own as read: these, or all. Other ids are nobody's business and change nothing."""
    mine = update(Notification).where(
        col(Notification.user_id) == principal.user_id, col(Notification.read_at).is_(None)
    )
    if ids is not None:
        mine = mine.where(col(Notification.id).in_(ids))
    session.execute(mine.values(read_at=clock.now()))
    _announce(session, principal.user_id)


def choices(session: Session, principal: Principal) -> list[Choice]:
    """What the caller may be told, and what they chose. Takes a tenant session."""
    user = me(session, principal)
    return [Choice(kind, *(wants(user, kind, each) for each in (PAGE, EMAIL, SLACK))) for kind in _offered(principal)]


def choose(session: Session, principal: Principal, wanted: Sequence[Choice]) -> None:
    """Keeps what is given; other kinds stay as they are. Raises InvalidInput for a kind that is not the caller's."""
    offered = set(_offered(principal))
    if any(choice.kind not in offered for choice in wanted):
        raise InvalidInput("There is no such kind of notification.", field="items", code="no-kind")
    user = me(session, principal)
    user.notify = {**user.notify, **{choice.kind: _kept(user, choice) for choice in wanted}}
    session.add(user)
    session.flush()


def _kept(user: User, choice: Choice) -> dict[str, bool]:
    slack = {} if choice.slack is None else {SLACK: choice.slack}
    return {**user.notify.get(choice.kind, {}), PAGE: choice.page, EMAIL: choice.email, **slack}


def slack_for(tenant_id: str, settings: Settings) -> bool:
    """Whether people of a site can be told things on Slack. The workspace is the house's own: nobody of another site
    writes to its members by entering their ids."""
    return bool(settings.manager.slack_token) and tenant_id == DEFAULT_TENANT


def view(row: Entry) -> Json:
    """A notification as programs get it."""
    return {**row._asdict(), "href": place(row.kind, row.about)}


def _offered(principal: Principal) -> Iterator[Kind]:
    runs_site = SITE in PERMISSIONS.get(principal.role, ())
    return (kind for kind in Kind if runs_site or kind not in OF_ADMINISTRATORS)


def _announce(session: Session, user_id: str) -> None:
    news = {"kind": NEWS, "user_id": user_id}
    on_commit(session, lambda: bus.publish(f"user:{user_id}", news))
