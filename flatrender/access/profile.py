"""What a user says of themselves: the macOS accounts they work under, and who they are on Slack."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.models import MacUsername, User
from flatrender.access.permissions import JOBS_TENANT, Principal
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from flatrender.settings import get_settings
from flatrender.tenants import features
from flatrender.tenants.models import Tenant

MOST_NAMES = 20
# macOS short names: letters, digits, dots, hyphens, underscores; e-mail-like ones come from directory services.
_NAME = re.compile(r"[\w][\w.@-]{0,63}")
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{5,24}")


def of(session: Session, principal: Principal) -> dict[str, Any]:
    """The caller's own: `{"id", "email", "name", "role", "mac_usernames", "slack_id"}`."""
    user = _me(session, principal)
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "mac_usernames": mac_usernames(session, user.id),
        "slack_id": user.slack_id,
    }


def mac_usernames(session: Session, user_id: str) -> list[str]:
    """A user's macOS accounts by name."""
    query = select(MacUsername.name).where(col(MacUsername.user_id) == user_id).order_by(col(MacUsername.name))
    return list(session.exec(query).all())


def mac_view(session: Session, principal: Principal) -> dict[str, Any]:
    """The caller's macOS accounts: `{"items", "on", "ask"}`. `on`: whether After Effects projects are rendered for
    people of this site, which is the house's own; `ask`: whether to ask for a name, which they could claim."""
    names = mac_usernames(session, principal.user_id)
    configured = get_settings().manager.dropbox_path is not None
    on = configured and principal.tenant_id == DEFAULT_TENANT
    on = on and features.is_on(session, principal.tenant_id, features.RENDER_MANAGER)
    return {"items": names, "on": on, "ask": on and not names and _may_claim(session, principal)}


def set_mac_usernames(session: Session, principal: Principal, names: Sequence[str]) -> None:
    """Replaces the list. Raises InvalidInput naming the one that cannot be, Conflict for another user's, Forbidden.

    Ownership is not verified, but a name leads to one user alone: a render must not end up with somebody else. Hence
    only administrators claim names while anybody may sign up; everybody may give theirs up.
    """
    wanted = list(dict.fromkeys(clean_mac_username(name) for name in names))
    if len(wanted) > MOST_NAMES:
        raise InvalidInput(f"Give at most {MOST_NAMES} macOS usernames.", field="macUsernames")
    user = _me(session, principal)
    before = mac_usernames(session, user.id)
    if set(wanted) - set(before) and not _may_claim(session, principal):
        raise Forbidden(
            "While anybody may sign up, nobody can claim a macOS username; ask an administrator to close the sign-up.",
            code="sign-up-open",
        )
    taken = select(MacUsername.name).where(col(MacUsername.name).in_(wanted), col(MacUsername.user_id) != user.id)
    session.execute(delete(MacUsername).where(col(MacUsername.user_id) == user.id))
    try:
        with session.begin_nested():
            session.add_all(MacUsername(tenant_id=user.tenant_id, name=name, user_id=user.id) for name in wanted)
    except IntegrityError:
        other = session.exec(taken).first()
        said = f"“{other}” is another user's macOS username already."
        raise Conflict(said, field="macUsernames", code="taken") from None
    _note(session, principal, user, mac_usernames=(before, sorted(wanted)))


def clean_mac_username(name: str) -> str:
    """A macOS username in lower case. Raises InvalidInput."""
    text = name.strip().lower()
    if not _NAME.fullmatch(text):
        raise InvalidInput(f"“{name[:64]}” is no macOS username, the name of a home folder.", field="macUsernames")
    return text


def set_slack_id(session: Session, principal: Principal, slack_id: str, *, field: str = "slackId") -> None:
    """Keeps the Slack user id; an empty one ends the messages. Raises InvalidInput for `field`."""
    text = slack_id.strip().upper()
    if text and not _SLACK_ID.fullmatch(text):
        raise InvalidInput(
            "A Slack member ID looks like U012ABCDEF; it is in Slack's profile menu, “Copy member ID”.", field=field
        )
    user = _me(session, principal)
    before, user.slack_id = user.slack_id, text
    session.add(user)
    session.flush()
    _note(session, principal, user, slack_id=(before, text))


def user_of_mac(session: Session, name: str) -> User:
    """The active user who works under a macOS account. Raises InvalidInput when there is none."""
    query = (
        select(User)
        .join(MacUsername, col(MacUsername.user_id) == col(User.id))
        .where(col(MacUsername.name) == clean_mac_username(name), col(User.active))
    )
    user = session.exec(query).first()
    if user is None:
        raise InvalidInput(
            f"Nobody has the macOS username “{name.strip()[:64]}”; its user adds it to their profile.",
            field="macUsername",
            code="unknown-mac-username",
        )
    return user


def _may_claim(session: Session, principal: Principal) -> bool:
    return principal.can(JOBS_TENANT) or not _sign_up_open(session, principal)


def _sign_up_open(session: Session, principal: Principal) -> bool:
    tenant = session.get(Tenant, principal.tenant_id)
    open_here = tenant is not None and tenant.sign_up and get_settings().sign_up
    return open_here and features.is_on(session, principal.tenant_id, features.SIGN_UP)


def _note(session: Session, principal: Principal, user: User, **changed: tuple[Any, Any]) -> None:
    """Tells the audit log of what changed, if anything did."""
    told = audit.changes(*({name: pair[side] for name, pair in changed.items()} for side in (0, 1)))
    if told:
        audit.note(session, principal, Act.ACCOUNT_CHANGED, user.id, user.email, **told)


def _me(session: Session, principal: Principal) -> User:
    user = session.exec(select(User).where(col(User.id) == principal.user_id)).first()
    if user is None:
        raise NotFound("This account is gone.")
    return user
