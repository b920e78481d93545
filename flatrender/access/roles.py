"""A site's own roles: made by its administrators, given to people and to API keys.

A role of this kind gives some of the permissions that there are beside those of administrators, and says with `rules`
(see `access.rules`) what may be done with which things. A person who has one keeps the built-in role of a customer; an
API key may do what its owner and its own role both allow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from flatrender.access import audit, rules
from flatrender.access.audit import Act
from flatrender.access.models import ApiKey, CustomRole, User
from flatrender.access.permissions import GRANTABLE, Principal
from flatrender.access.rules import Limit
from flatrender.core.db import alone
from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.core.names import one_line

MOST = 50


@dataclass(frozen=True)
class Wish:
    """What a role is to be; None stays as it is."""

    name: str | None = None
    permissions: Sequence[str] | None = None
    rules: Mapping[str, Any] | None = None


def listed(session: Session) -> list[tuple[CustomRole, int]]:
    """The site's roles by name, with how many people have each. Takes a tenant session."""
    counted = select(User.custom_role_id, func.count()).group_by(col(User.custom_role_id))
    people = dict(session.exec(counted).all())
    return [(role, people.get(role.id, 0)) for role in session.exec(select(CustomRole).order_by(col(CustomRole.name)))]


def create(session: Session, principal: Principal, wish: Wish) -> CustomRole:
    """A new role. Raises InvalidInput beside the field, Conflict for a name that is taken or too many."""
    alone(session, f"roles {principal.tenant_id}")
    if session.scalars(select(func.count()).select_from(CustomRole)).one() >= MOST:
        raise Conflict(f"A site has at most {MOST} roles of its own.", code="too-many-roles")
    role = CustomRole(name="")
    _apply(session, role, Wish(wish.name or "", wish.permissions or (), wish.rules or {}))
    session.add(role)
    session.flush()
    audit.note(session, principal, Act.ROLE_MADE, role.id, role.name, permissions=role.permissions, rules=role.rules)
    return role


def change(session: Session, principal: Principal, role_id: str, wish: Wish) -> CustomRole:
    """Changes what is given; it holds for whoever has the role from their next request on."""
    alone(session, f"roles {principal.tenant_id}")
    role = get(session, role_id)
    before = _said(role)
    _apply(session, role, wish)
    session.add(role)
    session.flush()
    after = _said(role)
    if changed := audit.changes(before, after):
        audit.note(session, principal, Act.ROLE_CHANGED, role.id, role.name, **changed)
    return role


def remove(session: Session, principal: Principal, role_id: str) -> None:
    """Takes a role away that nobody has. Raises NotFound, Conflict."""
    alone(session, f"roles {principal.tenant_id}")
    role = get(session, role_id)
    people = session.exec(select(User.id).where(col(User.custom_role_id) == role.id)).first()
    bounds = (col(ApiKey.custom_role_id) == role.id) | (col(ApiKey.owner_role_id) == role.id)
    if people or session.exec(select(ApiKey.id).where(bounds, col(ApiKey.revoked_at).is_(None))).first():
        raise Conflict("Somebody has this role, or an API key; give them another one first.", code="role-in-use")
    session.delete(role)
    audit.note(session, principal, Act.ROLE_REMOVED, role.id, role.name)


def get(session: Session, role_id: str) -> CustomRole:
    """A role of the site. Raises NotFound."""
    role = session.exec(select(CustomRole).where(col(CustomRole.id) == role_id)).first()
    if role is None:
        raise NotFound("There is no such role.", code="no-role")
    return role


def chosen(session: Session, tenant_id: str, role_id: str) -> str:
    """A role's id to give to somebody; nobody removes it meanwhile. Raises NotFound."""
    alone(session, f"roles {tenant_id}")
    return get(session, role_id).id


def limit_of(session: Session, tenant_id: str, role_id: str) -> Limit | None:
    """How a role limits, None without one. Takes any session; a role that is gone allows nothing."""
    if not role_id:
        return None
    query = select(CustomRole).where(col(CustomRole.id) == role_id, col(CustomRole.tenant_id) == tenant_id)
    role = session.exec(query).first()
    if role is None:
        return Limit("", frozenset())
    return Limit(role.name, frozenset(role.permissions) & GRANTABLE, rules.read(role.rules))


def view(role: CustomRole, people: int | None = None) -> dict[str, Any]:
    """A role as programs get it."""
    return {"id": role.id, **_said(role), "people": people, "created_at": role.created_at}


def _said(role: CustomRole) -> dict[str, Any]:
    return {"name": role.name, "permissions": role.permissions, "rules": role.rules}


def _apply(session: Session, role: CustomRole, wish: Wish) -> None:
    if wish.name is not None:
        name = one_line(wish.name)
        if not 1 <= len(name) <= 60:
            raise InvalidInput("Give the role a name of at most 60 characters.", field="name", code="role-name")
        same = (func.lower(col(CustomRole.name)) == name.lower(), col(CustomRole.id) != role.id)
        if session.exec(select(CustomRole.id).where(*same)).first():
            raise Conflict("There is a role of this name already.", field="name", code="role-taken")
        role.name = name
    if wish.permissions is not None:
        if not wish.permissions or not set(wish.permissions) <= GRANTABLE:
            said = f"A role opens at least one of these, and nothing else: {', '.join(sorted(GRANTABLE))}."
            raise InvalidInput(said, field="permissions", code="role-permissions")
        role.permissions = sorted(set(wish.permissions))
    if wish.rules is not None:
        role.rules = {name: rule.to_dict() for name, rule in rules.read(wish.rules)}
