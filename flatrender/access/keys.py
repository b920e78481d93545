"""API keys: how programs act for a user, with no more rights than they need.

A key is a secret of 256 bits, shown once; only its SHA-256 is kept. It may do what its scopes, its role and its owner's
role all allow, that of now and that of when it was made: it does not grow with its owner. A scope is a permission of
`KEY_SCOPES` (`projects`), or to look alone (`projects:read`).
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from flatrender.access import audit, roles
from flatrender.access.audit import Act
from flatrender.access.models import ApiKey, ReplacedSecret, Role, User
from flatrender.access.permissions import KEY_SCOPES, PERMISSIONS, SITE, Principal
from flatrender.core import clock
from flatrender.core.db import Database
from flatrender.core.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn
from flatrender.core.names import one_line
from flatrender.tenants import limits, usage

PREFIX = "fr_"
SHOWN = 10  # characters of a key that lists show
MOST_KEYS = 50  # of one user
LONGEST_GRACE = timedelta(days=7)
READ = ":read"
_TOUCH = timedelta(minutes=1)  # the last use is noted no more often
_LOOK = timedelta(seconds=10)  # between two looks at what a site has left of its calls
_calls: Counter[str] = Counter()  # of this process's sites, not written yet
_seen: dict[str, tuple[datetime, limits.Share]] = {}  # when it was looked at, and what is written of a site's calls
_STRENGTH = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True)
class Wish:
    """A key to make. `scopes` empty: all that the role may do. `role` empty: as its owner. `expires_at` None: never."""

    name: str
    scopes: tuple[str, ...] = ()
    role: str = ""
    custom_role_id: str = ""
    expires_at: datetime | None = None


def create(session: Session, principal: Principal, wish: Wish) -> tuple[ApiKey, str]:
    """A new key of the caller, and the secret, which is kept nowhere. Takes a tenant session.

    Raises Forbidden for a role above the caller's, InvalidInput beside the field, Conflict for too many keys.
    """
    name = one_line(wish.name)
    if not 1 <= len(name) <= 80:
        raise InvalidInput("Say in at most 80 characters what the key is for.", field="name", code="key-name")
    role = Role(wish.role or principal.role)
    if _STRENGTH[role] > _STRENGTH[Role(principal.role)]:
        raise Forbidden("A key cannot do more than you.", field="role")
    own = select(User.custom_role_id).where(col(User.id) == principal.user_id)
    owner_role_id = session.exec(own).one() if principal.given is not None else ""
    # A role of the site's own may give more than the built-in one beside it, which therefore bounds only keys that were
    # given it by name. The own one then bounds the key for good.
    kept_role = str(role) if wish.role or not owner_role_id else ""
    allowed = PERMISSIONS[role] & principal.permissions if kept_role else principal.permissions
    if wish.custom_role_id:
        roles.chosen(session, principal.tenant_id, wish.custom_role_id)
    for scope in wish.scopes:
        if scope.removesuffix(READ) not in allowed.intersection(KEY_SCOPES):
            raise InvalidInput(f"Your role gives a key no scope “{scope[:40]}”.", field="scopes", code="unknown-scope")
    if wish.expires_at is not None and wish.expires_at <= clock.now():
        raise InvalidInput("The key would have expired already.", field="expires_at", code="in-the-past")
    mine = select(func.count()).select_from(ApiKey).where(col(ApiKey.user_id) == principal.user_id)
    if session.scalars(mine.where(col(ApiKey.revoked_at).is_(None))).one() >= MOST_KEYS:
        raise Conflict(f"You have {MOST_KEYS} keys; revoke one first.", code="too-many-keys")
    secret = _secret()
    key = ApiKey(
        user_id=principal.user_id,
        name=name,
        role=kept_role,
        owner_role_id=owner_role_id,
        custom_role_id=wish.custom_role_id,
        scopes=sorted(set(wish.scopes)),
        expires_at=wish.expires_at,
        shown=secret[:SHOWN],
        secret_hash=_hash(secret),
    )
    session.add(key)
    session.flush()
    audit.note(session, principal, Act.KEY_MADE, key.id, name, scopes=key.scopes, role=key.role)
    return key, secret


def listed(session: Session, principal: Principal) -> list[tuple[ApiKey, User]]:
    """The caller's keys with their owners, newest first; for administrators of the site, everybody's."""
    query = select(ApiKey, User).join(User, col(User.id) == col(ApiKey.user_id)).order_by(col(ApiKey.id).desc())
    if not principal.can(SITE):
        query = query.where(col(ApiKey.user_id) == principal.user_id)
    return list(session.exec(query.limit(500)).all())


def owner(session: Session, key: ApiKey) -> User:
    """For whom a key acts."""
    return session.exec(select(User).where(col(User.id) == key.user_id)).one()


def rotate(session: Session, principal: Principal, key_id: str, grace: timedelta) -> tuple[ApiKey, str]:
    """A new secret for a key; the one before holds for `grace`, earlier ones for theirs. Raises NotFound, Conflict
    for a revoked key."""
    key = _own(session, principal, key_id)
    if key.user_id != principal.user_id:
        raise Forbidden("Only its owner gets a key's secret; revoke it instead.")
    if key.revoked_at is not None:
        raise Conflict("This key was revoked; make a new one.", code="key-revoked")
    secret = _secret()
    until = clock.now() + min(grace, LONGEST_GRACE)
    session.add(ReplacedSecret(secret_hash=key.secret_hash, key_id=key.id, until=until))
    key.secret_hash, key.shown, key.rotated_at = _hash(secret), secret[:SHOWN], clock.now()
    session.add(key)
    session.flush()
    audit.note(session, principal, Act.KEY_ROTATED, key.id, key.name)
    return key, secret


def revoke(session: Session, principal: Principal, key_id: str) -> ApiKey:
    """Ends a key at once, for good. Raises NotFound."""
    key = _own(session, principal, key_id)
    key.revoked_at = key.revoked_at or clock.now()
    session.add(key)
    session.flush()
    audit.note(session, principal, Act.KEY_REVOKED, key.id, key.name)
    return key


def authenticate(
    database: Database, secret: str, tenant_id: str, *, reading: bool, address: str, first: bool = True
) -> Principal:
    """Whom a key acts for, on the site of a request; notes its use. Takes a system session of its own.

    `reading`: whether the request only looks; `first`: whether it is not counted yet; it is one call, however
    often it asks. Raises NotSignedIn with the reason, Forbidden (`over-quota`) where the site has used up its calls of
    the month.
    """
    digest = _hash(secret[:200])
    with database.system_session(read_only=True) as session:
        query = select(ApiKey, User).join(User, col(User.id) == col(ApiKey.user_id))
        row, until = session.exec(query.where(col(ApiKey.secret_hash) == digest)).first(), None
        if row is None and (replaced := session.get(ReplacedSecret, digest)) is not None:
            row, until = session.exec(query.where(col(ApiKey.id) == replaced.key_id)).first(), replaced.until
        own = row[1].custom_role_id if row else ""
        beside = {row[0].custom_role_id, row[0].owner_role_id} - {own} if row else ()
        given, *narrowed = [roles.limit_of(session, tenant_id, role_id) for role_id in (own, *sorted(beside))]
    now = clock.now()
    if row is None:
        raise NotSignedIn("This API key is not known here.", code="wrong-key")
    key, user = row
    if key.tenant_id != tenant_id:
        raise NotSignedIn(
            "This API key is another site's: ask at that site's address, or name it in X-App.",
            code="key-of-another-site",
        )
    if key.revoked_at is not None or not user.active:
        raise NotSignedIn("This API key was revoked.", code="key-revoked")
    if until is not None and until <= now:
        raise NotSignedIn("This API key was replaced by a newer one.", code="key-replaced")
    if key.expires_at is not None and key.expires_at <= now:
        raise NotSignedIn(f"This API key expired on {key.expires_at:%d %B %Y}; make a new one.", code="key-expired")
    if first:
        _check_calls(database, tenant_id, now)
        count(tenant_id)
        _tell_step(database, tenant_id)
    if key.last_used_at is None or now - key.last_used_at > _TOUCH:
        with _written(database, tenant_id) as session:
            kept = session.exec(select(ApiKey).where(col(ApiKey.id) == key.id)).first()
            if kept is not None:
                kept.last_used_at, kept.last_address = now, address[:64]
                session.add(kept)
    return Principal.of(
        user,
        role=min(Role(key.role or user.role), Role(user.role), key=_STRENGTH.__getitem__),
        key_role=key.role,
        given=given,
        narrowed=tuple(limit for limit in narrowed if limit is not None),
        key_id=key.id,
        address=address,
        scopes=_effective(key.scopes, reading),
    )


def count(tenant_id: str) -> None:
    """Counts a call of a program; it is written with the next note of a key's use, or when a site is to be warned."""
    _calls[tenant_id] += 1


def _check_calls(database: Database, tenant_id: str, now: datetime) -> None:
    looked, share = _seen.get(tenant_id) or (now - _LOOK, None)
    if share is None or not timedelta(0) <= now - looked < _LOOK:
        with database.tenant_session(tenant_id, read_only=True) as session:
            share = limits.shares(session, tenant_id)[limits.CALLS]
        _seen[tenant_id] = now, share
    if not share.limit or share.used + _calls[tenant_id] < share.limit:
        return
    if not share.over:  # others, and the page of usage, are to see it
        with _written(database, tenant_id):
            pass
    raise limits.over_calls(share.limit)


def _tell_step(database: Database, tenant_id: str) -> None:
    """Writes the calls when one more of them brings the site so far that it is warned: then, not a minute later. Else
    it costs nothing: the share is the one that was looked at."""
    _, share = _seen.get(tenant_id) or (None, None)  # written meanwhile by another thread: it has told
    if share is None or not share.limit:
        return
    if limits.Share(share.used + _calls[tenant_id], share.limit).step > share.step:
        with _written(database, tenant_id):
            pass


def write_calls(database: Database) -> None:
    """Writes the calls that this process has counted since; at its end."""
    for tenant_id in list(_calls):
        with _written(database, tenant_id):
            pass


@contextmanager
def _written(database: Database, tenant_id: str) -> Iterator[Session]:
    """A session of a site that writes its calls; where that fails they wait for the next time."""
    calls = _calls.pop(tenant_id, 0)
    try:
        with database.tenant_session(tenant_id) as session:
            usage.add(session, tenant_id, calls=calls)
            limits.measure(session, tenant_id)
            yield session
        _seen.pop(tenant_id, None)
    except BaseException:
        _calls[tenant_id] += calls
        raise


def _effective(scopes: Iterable[str], reading: bool) -> frozenset[str] | None:
    named = tuple(scopes)
    if not named:
        return None
    return frozenset(scope.removesuffix(READ) for scope in named if reading or not scope.endswith(READ))


def _own(session: Session, principal: Principal, key_id: str) -> ApiKey:
    query = select(ApiKey).where(col(ApiKey.id) == key_id)
    if not principal.can(SITE):
        query = query.where(col(ApiKey.user_id) == principal.user_id)
    key = session.exec(query).first()
    if key is None:
        raise NotFound("There is no such key.")
    return key


def _secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
