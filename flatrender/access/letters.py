"""Links in e-mails that prove who somebody is: to verify an address, choose a new password, accept an invitation.

A link's secret is an HMAC of its row's id under the installation's key: whoever reads the database, a backup or the
queue of messages can make none. Each works once, for one purpose, until it expires or the account's password or
address changes.
"""

import hashlib
import hmac
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlmodel import Session, col, select

from flatrender.access.models import AccountLetter, User
from flatrender.core import clock
from flatrender.core.errors import InvalidInput
from flatrender.core.ids import is_id
from flatrender.core.outbox import record
from flatrender.settings import get_settings


class Purpose(StrEnum):
    """What a link is for."""

    VERIFY = "verify"
    RESET = "reset"
    INVITE = "invite"
    CHANGE_EMAIL = "change_email"
    TAKEN = "taken"  # tells an owner that somebody tried to sign up with their address; its link leads to the reset


HOLDS = {
    Purpose.VERIFY: timedelta(days=3),
    Purpose.RESET: timedelta(hours=1),
    Purpose.INVITE: timedelta(days=7),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.TAKEN: timedelta(hours=1),
}
EVENT = "account.letter"


class Alert(StrEnum):
    """What somebody is told by a letter in any case, so that they see what they have not done themselves."""

    PASSWORD = "password"  # noqa: S105 - what was changed
    EMAIL = "email"
    FACTOR_OFF = "factor_off"


ALERT = "account.alert"


def ask(
    session: Session, tenant_id: str, purpose: Purpose, email: str, *, to: str = "", language: str = "en", by: str = ""
) -> None:
    """Asks for a letter to the account of `email` (its new address `to`; `by`: who invites). The same work whether
    there is one or not: the account is looked up by whoever writes the letter."""
    told = {"purpose": purpose, "email": email, "to": to or email, "language": language, "by": by}
    record(session, EVENT, told, tenant_id=tenant_id, topic="letters")


def warn(session: Session, user: User, what: Alert, to: str = "") -> None:
    """Asks for a letter, without a link that proves anything, about what became of an account. `to`: where its letters
    went before."""
    told = {"user_id": user.id, "what": what, "to": to or user.email}
    record(session, ALERT, told, tenant_id=user.tenant_id, topic="letters")


def issue(session: Session, user: User, purpose: Purpose, to: str, by: str = "") -> str:
    """A letter's row; its id. Earlier ones of the same purpose end."""
    session.execute(
        update(AccountLetter)
        .where(col(AccountLetter.user_id) == user.id, col(AccountLetter.purpose) == purpose)
        .where(col(AccountLetter.used_at).is_(None))
        .values(used_at=clock.now())
    )
    row = AccountLetter(
        tenant_id=user.tenant_id,
        user_id=user.id,
        purpose=purpose,
        email=to,
        password_mark=_mark(user),
        by=by,
        expires_at=clock.now() + HOLDS[purpose],
    )
    session.add(row)
    session.flush()
    return row.id


def secret(letter_id: str) -> str:
    """What the link of a letter says."""
    signed = hmac.new(get_settings().secret_key.encode(), f"letter\0{letter_id}".encode(), hashlib.sha256).hexdigest()
    return f"{letter_id}.{signed}"


def invites(session: Session, user: User) -> bool:
    """Whether an invitation waits for somebody."""
    query = select(AccountLetter.id).where(
        col(AccountLetter.user_id) == user.id,
        col(AccountLetter.purpose) == Purpose.INVITE,
        col(AccountLetter.used_at).is_(None),
        col(AccountLetter.expires_at) > clock.now(),
    )
    return session.exec(query).first() is not None


def open_(session: Session, tenant_id: str, given: str, purposes: tuple[Purpose, ...]) -> tuple[User, AccountLetter]:
    """Uses a link up; its user and row. Raises InvalidInput for one that is wrong, used, expired or another site's."""
    user, letter = look(session, tenant_id, given, purposes, lock=True)
    letter.used_at = clock.now()
    session.add(letter)
    return user, letter


def look(
    session: Session, tenant_id: str, given: str, purposes: tuple[Purpose, ...], *, lock: bool = False
) -> tuple[User, AccountLetter]:
    """As `open_`, but the link stays good. `lock`: nobody else uses it meanwhile."""
    letter_id = given.partition(".")[0]
    if not is_id(letter_id) or not hmac.compare_digest(secret(letter_id).encode(), given.encode("utf-8", "replace")):
        raise _dead()
    query = (
        select(AccountLetter, User)
        .join(User, col(User.id) == col(AccountLetter.user_id))
        .where(col(AccountLetter.id) == letter_id, col(AccountLetter.tenant_id) == tenant_id)
        .where(col(AccountLetter.purpose).in_(purposes), col(AccountLetter.used_at).is_(None), col(User.active))
    )
    row = session.exec(query.with_for_update() if lock else query).first()
    if row is None or row[0].expires_at <= clock.now() or row[0].password_mark != _mark(row[1]):
        raise _dead()
    letter, user = row
    # Who can read the letters to an address that the account had opens it no more.
    if letter.email != user.email and letter.purpose != Purpose.CHANGE_EMAIL:
        raise _dead()
    return user, letter


def _mark(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:16]


def _dead() -> InvalidInput:
    return InvalidInput("This link has been used or has expired; ask for a new one.", field="token", code="dead-link")
