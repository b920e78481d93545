"""What a site uses, by day in UTC: films, their minutes, calls of programs, room for files.

Films are counted by the courier with their event, in one transaction, so once. Calls are those with API keys, and about
right: each process adds them up and writes them when it notes a key's use, at most once a minute, and at its end; what
a killed process had not written is not counted.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from flatrender.core import clock, outbox
from flatrender.core.db import alone, put
from flatrender.tenants.models import UsageDay

WARN_AT = 0.8  # of the room that a site has
WARN_AGAIN = timedelta(days=7)
WARNING = "quota.warning"
LONGEST = 400  # days of one question
MONTHLY = ("films", "film_minutes", "calls")  # of what there are limits (see `tenants.limits`)
_NOT_WARNED = {"warned": False} | {f"{name}_{step}": False for name in MONTHLY for step in ("warned", "used_up")}


def add(session: Session, tenant_id: str, *, films: int = 0, film_seconds: float = 0.0, calls: int = 0) -> None:
    """Adds to today; many at once lose nothing."""
    row = {"films": films, "film_seconds": film_seconds, "calls": calls}
    _upsert(session, tenant_id, row, {name: getattr(UsageDay, name) + value for name, value in row.items()})


def measure(session: Session, tenant_id: str, used: int, limit: int) -> None:
    """Notes how much room is used; records `quota.warning` from four fifths on, once in a week."""
    _upsert(session, tenant_id, {"storage": used}, {"storage": used})
    if not limit or used < limit * WARN_AT:
        return
    if warn_once(session, tenant_id, "warned", since=today() - WARN_AGAIN + timedelta(days=1)):
        outbox.record(session, WARNING, {"used": used, "limit": limit}, tenant_id=tenant_id)


def warn_once(session: Session, tenant_id: str, column: str, *, since: date) -> bool:
    """Notes that a site is warned of what `column` says; False: it was since that day. Several may find so at once: the
    next one waits until this is committed."""
    recent = select(UsageDay.day).where(
        col(UsageDay.tenant_id) == tenant_id, col(getattr(UsageDay, column)), col(UsageDay.day) >= since.isoformat()
    )
    if session.scalars(recent).first() is not None:
        return False
    add(session, tenant_id)  # who counts holds the day's row: that first, then the site, else two wait for each other
    alone(session, f"warned {tenant_id}")
    if session.scalars(recent).first() is not None:
        return False
    _upsert(session, tenant_id, {column: True}, {column: True})
    return True


def warn_anew(session: Session, tenant_id: str, columns: Sequence[str], *, since: date) -> None:
    """What `columns` say is so no more, as with a higher limit: when it is so again, the site is warned again."""
    if not columns:
        return
    anew = update(UsageDay).where(col(UsageDay.tenant_id) == tenant_id, col(UsageDay.day) >= since.isoformat())
    session.execute(anew.values(dict.fromkeys(columns, False)))


def days(session: Session, since: date, until: date) -> Sequence[UsageDay]:
    """The days on which something was used, oldest first. Takes a tenant session."""
    query = select(UsageDay).where(col(UsageDay.day) >= since.isoformat(), col(UsageDay.day) <= until.isoformat())
    return session.scalars(query.order_by(col(UsageDay.day)).limit(LONGEST)).all()


def today() -> date:
    """The day that is counted now."""
    return clock.now().date()


def _upsert(session: Session, tenant_id: str, row: dict[str, Any], change: dict[str, Any]) -> None:
    empty = {"films": 0, "film_seconds": 0.0, "calls": 0, "storage": 0}
    values = {**empty, **_NOT_WARNED, **row, "tenant_id": tenant_id, "day": today().isoformat()}
    put(session, UsageDay, values, ["tenant_id", "day"], change)
