"""Whose account it is that an identity provider vouches for: known by its identity, by its verified address, or new."""

import secrets
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flatrender.access import accounts, audit, letters, passwords, service
from flatrender.access.audit import Act
from flatrender.access.models import ApiKey, Identity, IdentityProvider, Role, User, UserSession
from flatrender.access.openid import Arrival
from flatrender.core import clock
from flatrender.core.db import Database
from flatrender.core.errors import Conflict, Forbidden, NotSignedIn
from flatrender.core.names import one_line
from flatrender.settings import get_settings
from flatrender.tenants import features
from flatrender.tenants.models import Tenant


def sign_in(
    database: Database,
    tenant: Tenant,
    provider: IdentityProvider,
    who: Arrival,
    *,
    address: str,
    agent: str,
    language: str,
) -> str:
    """Opens a session for whom the provider vouches; its token. In a transaction of its own.

    Raises Forbidden where no account is made for them, NotSignedIn for one that is closed.
    """
    nobody = passwords.hash_password(secrets.token_urlsafe(32))  # outside of the transaction: it is slow on purpose
    try:
        with database.system_session() as session:
            user = _known(session, provider, who) or _linked(session, tenant, provider, who, nobody, address)
            if user is None:
                user = _new(session, tenant, provider, who, nobody, language, address)
            if user.role == Role.PLATFORM_ADMIN and not provider.house:
                raise Forbidden("Those who run the house do not sign in with this.", code="no-account")
            if user.role == Role.OWNER and not (provider.house or provider.owners):
                # Its maker may do less than an owner, and it says of anybody what it likes.
                raise Forbidden("Owners of this site do not sign in with this.", code="no-account")
            if not user.active:
                raise NotSignedIn("This account is closed; ask an administrator.", code="account-closed")
            return service.open_session(session, user, address=address, agent=agent, provider=provider.name)
    except IntegrityError:  # two arrived at once; the other one was first
        raise Conflict("Somebody signs in with this account right now; try again.", code="provider-stale") from None


def _known(session: Session, provider: IdentityProvider, who: Arrival) -> User | None:
    query = (
        select(User)
        .join(Identity, col(Identity.user_id) == col(User.id))
        .where(col(Identity.provider_id) == provider.id, col(Identity.subject) == who.subject)
    )
    return session.exec(query).first()


def _linked(
    session: Session, tenant: Tenant, provider: IdentityProvider, who: Arrival, nobody: str, address: str
) -> User | None:
    query = select(User).where(col(User.tenant_id) == tenant.id, col(User.email) == who.email)
    user = session.exec(query.with_for_update()).first()
    if user is None:
        return None
    ended: dict[str, Any] = {}
    if not _proven(user):
        # Whoever made it with this address may be somebody else, who waits for its owner to come: nothing of theirs
        # opens it any more.
        sessions = session.execute(delete(UserSession).where(col(UserSession.user_id) == user.id))
        keys = session.execute(delete(ApiKey).where(col(ApiKey.user_id) == user.id))
        ended = {
            "password": True,
            "second_factor": user.second_factor,
            "sessions": int(sessions.rowcount),  # type: ignore[attr-defined]  # a DELETE's answer has it
            "keys": int(keys.rowcount),  # type: ignore[attr-defined]  # a DELETE's answer has it
        }
        user.password_hash, user.second_factor, user.totp_secret = nobody, False, ""
        if letters.invites(session, user):
            accounts.joined(session, user)
    user.email_verified_at = user.email_verified_at or clock.now()
    _link(session, provider, who, user)
    audit.note_user(
        session, user, Act.IDENTITY_LINKED, address, provider=provider.name, subject=who.subject, ended=ended
    )
    return user


def _proven(user: User) -> bool:
    """Whether somebody has shown that the address is theirs: by a letter, or an administrator answers for them."""
    return user.email_verified_at is not None and (get_settings().smtp_url is not None or user.role != Role.MEMBER)


def _new(
    session: Session, tenant: Tenant, provider: IdentityProvider, who: Arrival, nobody: str, language: str, address: str
) -> User:
    anybody = tenant.sign_up and get_settings().sign_up and not tenant.sign_up_domains
    here = anybody or who.email.rpartition("@")[2] in (provider.domains or tenant.sign_up_domains)
    here = here and features.is_on(session, tenant.id, features.SIGN_UP)
    if not provider.makes_accounts or not here:
        raise Forbidden("You have no account here; ask an administrator for one.", code="no-account")
    user = User(
        tenant_id=tenant.id,
        email=service.clean_email(who.email),
        name=one_line(who.name)[:120] or who.email.partition("@")[0],
        password_hash=nobody,
        role=Role.MEMBER,
        language=language,
        email_verified_at=clock.now(),
    )
    session.add(user)
    session.flush()
    audit.note_user(session, user, Act.ACCOUNT_MADE, address, provider=provider.name)
    _link(session, provider, who, user)
    return user


def _link(session: Session, provider: IdentityProvider, who: Arrival, user: User) -> None:
    session.add(Identity(tenant_id=user.tenant_id, provider_id=provider.id, user_id=user.id, subject=who.subject))
    session.flush()
