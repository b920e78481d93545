"""Helping: an administrator acts as one of the site's people for a while, with a reason that they are told.

The administrator's own session says as whom it acts, and until when: whoever signs out, or loses the rights, acts as
nobody else any more. Never upwards: only as somebody whose role may less. Passwords, keys and ways to sign in are not
theirs to touch meanwhile (`api.dependencies.person`), and each change is noted with both names.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from flatrender.access import audit, roles
from flatrender.access.audit import Act
from flatrender.access.models import AuditEntry, User, UserSession
from flatrender.access.permissions import PERMISSIONS, Helper, Principal
from flatrender.core import clock, outbox
from flatrender.core.db import Database
from flatrender.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from flatrender.core.names import one_line

LASTS = timedelta(minutes=30)
NOTED_AGAIN = timedelta(minutes=1)  # the same address is noted once in that time: a keystroke is a request
HELPED = "account.helped"  # an event


def begin(session: Session, me: Principal, user_id: str, reason: str) -> datetime:
    """Makes the caller's session act as a user; until when. Takes a tenant session.

    Raises NotFound, Conflict for oneself, Forbidden for a role that may as much, InvalidInput without a reason.
    """
    user = session.exec(select(User).where(col(User.id) == user_id, col(User.active))).first()
    if user is None:
        raise NotFound("There is no such account.")
    if user.id == me.user_id:
        raise Conflict("You are yourself already.", code="help-yourself")
    if not _below(user.role, me.role):
        raise Forbidden("You can act only as somebody who may do less than you.", code="not-upwards")
    why = one_line(reason)[:200]
    if not why:
        raise InvalidInput("Say why; they are told.", field="reason", code="help-reason")
    opened = _session(session, me)
    opened.helping_id, opened.helping_until = user.id, clock.now() + LASTS
    session.add(opened)
    audit.note(session, me, Act.HELPING_BEGAN, user.id, user.email, reason=why)
    told = {"user_id": user.id, "name": me.name, "reason": why}
    outbox.record(session, HELPED, told, tenant_id=user.tenant_id, topic="letters")
    session.flush()
    return opened.helping_until


def end(session: Session, me: Principal) -> None:
    """Makes the session its owner's again. Takes a tenant session."""
    if me.helper is None:
        return
    opened = _session(session, me)
    opened.helping_id, opened.helping_until = "", None
    session.add(opened)
    audit.note(session, me, Act.HELPING_ENDED, me.user_id, me.email)


def principal(session: Session, helper: User, opened: UserSession) -> Principal | None:
    """As whom a session acts now; None where its time is over, or the rights or the account are gone."""
    if opened.helping_until is None or opened.helping_until <= clock.now():
        return None
    query = select(User).where(
        col(User.id) == opened.helping_id, col(User.tenant_id) == helper.tenant_id, col(User.active)
    )
    user = session.exec(query).first()
    if user is None or not _below(user.role, helper.role):
        return None
    return Principal.of(
        user,
        session_id=opened.id,
        given=roles.limit_of(session, user.tenant_id, user.custom_role_id),
        helper=Helper(helper.id, helper.name, helper.email, opened.helping_until),
    )


def note(database: Database, me: Principal, what: str) -> None:
    """Notes that something is about to be changed in somebody's name, in a transaction of its own."""
    assert me.helper is not None, "only of those who help"
    recent = select(AuditEntry.id).where(
        col(AuditEntry.at) > clock.now() - NOTED_AGAIN,
        col(AuditEntry.act) == Act.HELPED,
        col(AuditEntry.actor_id) == me.helper.user_id,
        col(AuditEntry.for_id) == me.user_id,
        col(AuditEntry.label) == what[:300],
    )
    with database.tenant_session(me.tenant_id) as session:
        if session.exec(recent).first() is None:
            audit.note(session, me, Act.HELPED, me.user_id, what)


def _below(role: str, other: str) -> bool:
    """Whether a role may less than another."""
    return PERMISSIONS.get(role, frozenset()) < PERMISSIONS.get(other, frozenset())


def _session(session: Session, me: Principal) -> UserSession:
    opened = session.exec(select(UserSession).where(col(UserSession.id) == me.session_id)).first()
    if opened is None:
        raise NotFound("This session has ended.")
    return opened
