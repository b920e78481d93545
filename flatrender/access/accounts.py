"""What people do with their account outside of signing in: verify, reset, change, be invited; their open sessions."""

import secrets
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flatrender.access import audit, letters, passwords, tries
from flatrender.access.audit import Act
from flatrender.access.letters import Purpose
from flatrender.access.models import Role, User, UserSession
from flatrender.access.permissions import OWNERS, SITES, Principal
from flatrender.access.service import LANGUAGES, clean_email, create_user, new_user
from flatrender.core import clock, outbox
from flatrender.core.db import Database
from flatrender.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from flatrender.core.names import one_line
from flatrender.settings import get_settings
from flatrender.tenants.models import Tenant

MAILS_PER_ADDRESS = 20  # of one network address, in the window of `tries`
MAILS_PER_ACCOUNT = 5
INVITATIONS = 100  # of one site: its letters go through the house's mail server
JOINED = "account.joined"  # an event: somebody accepted an invitation


def forgot(database: Database, tenant: Tenant, *, email: str, address: str, language: str) -> None:
    """Asks for a link to a new password. Says the same, and does the same work, whether or not there is an account.

    Raises Conflict where no mail server is set, InvalidInput, RateLimited.
    """
    need_mail()
    wanted = clean_email(email)
    with database.system_session() as session:
        tries.count(session, tries.key("mail-from", tenant.id, tries.network(address)), MAILS_PER_ADDRESS)
        tries.count(session, tries.key("mail-to", tenant.id, wanted), MAILS_PER_ACCOUNT)
        letters.ask(session, tenant.id, Purpose.RESET, wanted, language=language)


def choose_password(
    database: Database,
    tenant: Tenant,
    token: str,
    password: str,
    name: str = "",
    *,
    address: str = "",
    language: str = "",
) -> Purpose:
    """A new password by a link (reset or invitation); all sessions end. `language`: of the browser, for the letters to
    somebody who was invited. Returns what the link was for; raises InvalidInput."""
    passwords.check_new(password)
    hashed = passwords.hash_password(password)  # outside of the transaction: it is slow on purpose
    with database.system_session() as session:
        purposes = (Purpose.RESET, Purpose.INVITE, Purpose.TAKEN)
        user, letter = letters.open_(session, tenant.id, token, purposes)
        user.password_hash = hashed
        user.email_verified_at = user.email_verified_at or clock.now()  # the letter arrived there
        user.name = one_line(name)[:120] or user.name
        session.add(user)
        end_sessions(session, user.id)
        audit.note_user(session, user, Act.PASSWORD_CHANGED, address, by="link")
        if letter.purpose != Purpose.INVITE:
            letters.warn(session, user, letters.Alert.PASSWORD)
        if letter.purpose == Purpose.INVITE:
            user.language = language if language in LANGUAGES else user.language
            joined(session, user)
        return Purpose(letter.purpose)


def joined(session: Session, user: User) -> None:
    """Tells the site's administrators that somebody has come who was invited."""
    told = {"user_id": user.id, "name": user.name}
    outbox.record(session, JOINED, told, tenant_id=user.tenant_id, topic="letters")


def invited(session: Session, tenant_id: str, token: str) -> tuple[User, str]:
    """Whose account an invitation's link opens, and who invites. The link stays good. Raises InvalidInput."""
    user, letter = letters.look(session, tenant_id, token, (Purpose.INVITE,))
    return user, letter.by


def confirm(database: Database, tenant: Tenant, token: str, *, address: str = "") -> Purpose:
    """Confirms an address by its link: the account's own, or the new one that it changes to.

    Returns what the link was for; raises InvalidInput, Conflict when the new address has got an account meanwhile.
    """
    with database.system_session() as session:
        user, letter = letters.open_(session, tenant.id, token, (Purpose.VERIFY, Purpose.CHANGE_EMAIL))
        was: dict[str, str] = {}
        user.email_verified_at = clock.now()
        session.add(user)
        if letter.purpose == Purpose.CHANGE_EMAIL:
            was = {"was": user.email}
            try:
                with session.begin_nested():
                    user.email = letter.email
            except IntegrityError:
                raise Conflict("This address has an account already.", field="email", code="taken") from None
            letters.warn(session, user, letters.Alert.EMAIL, to=was["was"])
        audit.note_user(session, user, Act.EMAIL_CONFIRMED, address, **was)
        return Purpose(letter.purpose)


def change_password(database: Database, principal: Principal, *, old: str, new: str) -> None:
    """Another password; other sessions end. Raises InvalidInput beside the field, RateLimited for guessing."""
    passwords.check_new(new)
    prove(database, principal, old, "old_password")
    hashed = passwords.hash_password(new)
    with database.tenant_session(principal.tenant_id) as session:
        user = me(session, principal)
        user.password_hash = hashed
        session.add(user)
        end_sessions(session, user.id, but=principal.session_id)
        audit.note(session, principal, Act.PASSWORD_CHANGED, user.id, user.email)
        letters.warn(session, user, letters.Alert.PASSWORD)


def change_email(database: Database, principal: Principal, *, email: str, password: str) -> None:
    """Sends a link to the new address; the account keeps the old one until it is opened. Raises as `change_password`.

    Says nothing about whether the new address has an account: that is found out by opening the link.
    """
    need_mail()
    wanted = clean_email(email)
    prove(database, principal, password, "password")
    with database.system_session() as session:
        tries.count(session, tries.key("mail-to", principal.tenant_id, wanted), MAILS_PER_ACCOUNT)
        letters.ask(
            session, principal.tenant_id, Purpose.CHANGE_EMAIL, principal.email, to=wanted, language=principal.language
        )


def invite(session: Session, principal: Principal, *, email: str, name: str, role: str | None) -> User:
    """A new account of the caller's site, whose owner chooses the password by a link. One that nobody has come to yet
    is invited again: links and passwords of before end; without a `role` theirs stays. Takes a tenant session.

    Raises Forbidden for a role above the caller's, Conflict (also without a mail server), InvalidInput, RateLimited.
    """
    if get_settings().smtp_url is None:
        raise Conflict(
            "This studio sends no e-mail: let them sign up and give them their role here, or set a mail server.",
            code="no-mail-to-invite",
        )
    waiting = select(User).where(
        col(User.email) == clean_email(email), col(User.email_verified_at).is_(None), col(User.active)
    )
    before = session.exec(waiting.with_for_update()).first()
    had = before.role if before else Role.MEMBER
    given, own = {role or had, had}, before.custom_role_id if before else ""
    if principal.key_id and (given != {Role.MEMBER} or (role and own)):
        raise Forbidden("An API key gives and takes no role; sign in.", code="not-for-keys")
    if Role.PLATFORM_ADMIN in given and not principal.can(SITES):
        raise Forbidden("Only those who run the house give that role.", field="role")
    if Role.OWNER in given and not principal.can(OWNERS):
        raise Forbidden("Only an owner of this site gives that role.", field="role", code="owners-alone")
    tries.count(session, tries.key("invitation", principal.tenant_id, ""), INVITATIONS)
    wanted: dict[str, Any] = {
        "email": email,
        "password": secrets.token_urlsafe(32),
        "name": name or (before.name if before else ""),
        "role": Role(role or had),
        "language": principal.language,  # until they come: their browser says theirs
    }
    if before is None:
        user = create_user(session, principal.tenant_id, **wanted)
        user.email_verified_at = None
    else:
        user, anew = before, new_user(principal.tenant_id, **wanted)
        user.password_hash, user.name, user.role = anew.password_hash, anew.name, anew.role
        user.custom_role_id = "" if role else own  # one of the site's own would stand in its place
    session.add(user)
    audit.note(session, principal, Act.ACCOUNT_INVITED, user.id, user.email, role=user.role)
    letters.ask(
        session, principal.tenant_id, Purpose.INVITE, user.email, language=principal.language, by=principal.name
    )
    return user


def sessions(session: Session, principal: Principal) -> list[dict[str, Any]]:
    """The person's open sessions, newest first. Takes a tenant session."""
    query = (
        select(UserSession)
        .where(col(UserSession.user_id) == principal.user_id, col(UserSession.expires_at) > clock.now())
        .order_by(col(UserSession.created_at).desc())
    )
    return [
        {
            "id": each.id,
            "created_at": each.created_at,
            "expires_at": each.expires_at,
            "address": each.address,
            "agent": each.agent,
            "current": each.id == principal.session_id,
        }
        for each in session.exec(query.limit(100)).all()
    ]


def end_session(session: Session, principal: Principal, session_id: str) -> None:
    """Ends one of the person's sessions. Raises NotFound."""
    query = select(UserSession).where(col(UserSession.id) == session_id, col(UserSession.user_id) == principal.user_id)
    found = session.exec(query).first()
    if found is None:
        raise NotFound("There is no such session.")
    session.delete(found)
    audit.note(session, principal, Act.SIGNED_OUT, found.id, found.agent)


def end_sessions(session: Session, user_id: str, *, but: str = "") -> None:
    """Ends a person's sessions, all but one."""
    session.execute(delete(UserSession).where(col(UserSession.user_id) == user_id, col(UserSession.id) != but))


def need_mail() -> None:
    """Raises Conflict where no mail server is set."""
    if get_settings().smtp_url is None:
        raise Conflict("This studio sends no e-mail; ask its administrator.", code="no-mail")


def prove(database: Database, principal: Principal, password: str, field: str = "password") -> None:
    """Raises InvalidInput beside `field` unless it is the person's password, RateLimited for guessing.

    Where a provider vouched for them just now nothing more is asked: many of its people have no password here.
    """
    if principal.vouched:
        return
    with database.system_session() as session:
        # By itself: whoever guesses at the door keeps nobody who is in from choosing another password.
        counted = tries.count(session, tries.key("proof", principal.tenant_id, principal.user_id), tries.PER_ACCOUNT)
    with database.tenant_session(principal.tenant_id, read_only=True) as session:
        stored = me(session, principal).password_hash
    if passwords.verify(stored, password):
        with database.system_session() as session:
            tries.take_back(session, [counted])
        return
    if principal.provider:
        raise InvalidInput(
            f"Sign in with {principal.provider} again and do this within five minutes, or give your password here.",
            field=field,
            code="sign-in-again",
        )
    raise InvalidInput("This is not your password.", field=field, code="wrong-own-password")


def me(session: Session, principal: Principal, *, keep: bool = False) -> User:
    """The person's account. Takes a tenant session; raises NotFound. `keep`: it is not deleted before the commit."""
    query = select(User).where(col(User.id) == principal.user_id)
    user = session.exec(query.with_for_update(read=True, key_share=True) if keep else query).first()
    if user is None:
        raise NotFound("This account is gone.")
    return user
