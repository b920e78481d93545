"""The people of a site, as its administrators see them."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.access import audit, roles
from flatrender.access.accounts import end_sessions
from flatrender.access.audit import Act
from flatrender.access.models import Role, User
from flatrender.access.permissions import OWNERS, PERMISSIONS, SITE, SITES, Principal, picture_at
from flatrender.core.db import alone
from flatrender.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from flatrender.core.names import one_line
from flatrender.core.ready import Ready


class Line(NamedTuple):
    """The columns of an account that its entry in the list is made of, read without the rest of it."""

    id: str
    email: str
    name: str
    role: str
    custom_role_id: str
    active: bool
    email_verified_at: datetime | None
    second_factor: bool
    picture_key: str
    created_at: datetime


_COLUMNS = [getattr(User, name) for name in Line._fields]
_LISTED = Ready(sa_select(*_COLUMNS).order_by(col(User.name), col(User.id)).limit(2000))


def listed(session: Session, principal: Principal) -> list[dict[str, Any]]:
    """All accounts by name. Takes a tenant session."""
    return [view(Line(*row), principal) for row in _LISTED.rows(session)]


def change(
    session: Session,
    principal: Principal,
    user_id: str,
    *,
    role: str | None = None,
    active: bool | None = None,
    name: str | None = None,
    custom_role_id: str | None = None,
) -> User:
    """Changes what is given. A role of the site's own takes the place of the built-in one, a built-in one of the site's
    own. Who becomes an owner, or one of those who run the house, signs in again. Raises NotFound; Conflict for oneself
    (nobody locks themselves out); Forbidden for the role or the account of those who run the house, and of the site's
    owners unless one of them asks."""
    if custom_role_id:
        role = Role.MEMBER
    if role is not None or active is not None or custom_role_id is not None:
        alone(session, administrators(principal.tenant_id))
        # Two who take the role from each other: the first one keeps it.
        own = session.exec(select(User.role).where(col(User.id) == principal.user_id, col(User.active))).first()
        if SITE not in PERMISSIONS.get(own or "", frozenset()):
            raise Forbidden("Your account may not do this any more.")
    user = session.exec(select(User).where(col(User.id) == user_id)).first()
    if user is None:
        raise NotFound("There is no such account.")
    if user.id == principal.user_id and not (role is None and active is None and custom_role_id is None):
        raise Conflict("Somebody else changes your own role, so that nobody locks themselves out.", code="yourself")
    if Role.PLATFORM_ADMIN in {user.role, role} and not principal.can(SITES):
        raise Forbidden("Only those who run the house change that.")
    if Role.OWNER in {user.role, role} and not principal.can(OWNERS):
        raise Forbidden("Only an owner of this site changes that.", code="owners-alone")
    before = _said(session, user)
    if name is not None:
        user.name = one_line(name)
        if not user.name:
            raise InvalidInput("Give a name.", field="name")
    if role is not None:
        if role != user.role and role in {Role.OWNER, Role.PLATFORM_ADMIN}:
            # One may have been opened by a provider that opens no account of theirs: they sign in anew.
            end_sessions(session, user.id)
        user.role = Role(role)
        user.custom_role_id = ""
    if custom_role_id is not None:
        user.custom_role_id = custom_role_id and roles.chosen(session, principal.tenant_id, custom_role_id)
    if active is not None:
        user.active = active
        if not active:
            end_sessions(session, user.id)
    session.add(user)
    session.flush()
    after = _said(session, user)
    if changed := audit.changes(before, after):
        audit.note(session, principal, Act.ACCOUNT_CHANGED, user.id, user.email, **changed)
    return user


def _said(session: Session, user: User) -> dict[str, Any]:
    own = roles.limit_of(session, user.tenant_id, user.custom_role_id)
    return {"name": user.name, "role": user.role, "active": user.active, "own_role": own.name if own else ""}


def administrators(tenant_id: str) -> str:
    """The name under which those who take an administrator away are alone (`core.db.alone`), so that one stays."""
    return f"administrators {tenant_id}"


def view(user: User | Line, principal: Principal) -> dict[str, Any]:
    """An account in the list."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "custom_role_id": user.custom_role_id,
        "active": user.active,
        "verified": user.email_verified_at is not None,
        "second_factor": user.second_factor,
        "picture": picture_at(user.id, user.picture_key),
        "you": user.id == principal.user_id,
        "created_at": user.created_at,
    }
