"""Sign-up, sign-in, sessions: what finds out the tenant and the user, and so works over all tenants."""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

from sqlalchemy import delete, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flatrender.access import passwords
from flatrender.access.models import Role, SignInTry, User, UserSession
from flatrender.access.permissions import Principal
from flatrender.core import clock
from flatrender.core.db import Database
from flatrender.core.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn, RateLimited
from flatrender.settings import get_settings
from flatrender.tenants.models import Tenant

FIRST_ADMIN_EMAIL = "admin@flatrender.localhost"
# In TRIES_WINDOW: for one account from one address, for one account from anywhere, from one address.
TRIES_PER_ACCOUNT = 10
TRIES_PER_ACCOUNT_ANYWHERE = 100
TRIES_PER_ADDRESS = 50
SIGN_UPS_PER_ADDRESS = 20
TRIES_WINDOW = timedelta(minutes=15)
_EMAIL = re.compile(r"[^@\s<>\"',;:\\]{1,64}@[^@\s<>\"',;:\\]{1,180}\.[^@\s<>\"',;:\\.]{2,24}")


def clean_email(text: str) -> str:
    """An address in lower case. Raises InvalidInput when it cannot be one."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise InvalidInput("Enter an e-mail address such as name@example.com.", field="email", code="email-invalid")
    return email


def sign_up(
    database: Database, tenant: Tenant, *, email: str, password: str, name: str, address: str, language: str = "en"
) -> User:
    """A new user of `tenant`, in transactions of its own.

    Raises Forbidden when sign-up is off, Conflict for an address that is taken, RateLimited for too many at once.
    """
    if not (tenant.sign_up and get_settings().sign_up):
        raise Forbidden("Sign-up is closed here; ask an administrator for an account.", code="sign-up-closed")
    if tenant.sign_up_domains and clean_email(email).rpartition("@")[2] not in tenant.sign_up_domains:
        raise Forbidden("This site is for people of certain organisations; use your address there.", code="not-invited")
    with database.system_session() as session:
        _count_try(session, _key("sign-up", tenant.id, address), SIGN_UPS_PER_ADDRESS)
    user = new_user(tenant.id, email=email, password=password, name=name, language=language)
    with database.system_session() as session:
        return _add(session, user)


def create_user(
    session: Session,
    tenant_id: str,
    *,
    email: str,
    password: str,
    name: str,
    role: Role = Role.USER,
    language: str = "en",
) -> User:
    """A new user with a role. Raises InvalidInput beside the field, Conflict for an address that is taken."""
    return _add(session, new_user(tenant_id, email=email, password=password, name=name, role=role, language=language))


def new_user(
    tenant_id: str, *, email: str, password: str, name: str, role: Role = Role.USER, language: str = "en"
) -> User:
    """A user that is in no database yet; its password is hashed here, outside of any transaction."""
    address = clean_email(email)
    passwords.check_new(password)
    full_name = " ".join(name.split()) or address.split("@")[0]
    if len(full_name) > 120:
        raise InvalidInput("Use a name of at most 120 characters.", field="name")
    return User(
        tenant_id=tenant_id,
        email=address,
        name=full_name,
        password_hash=passwords.hash_password(password),
        role=role,
        language=language,
    )


def _add(session: Session, user: User) -> User:
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise Conflict("This address has an account already; sign in instead.", field="email", code="taken") from None
    return user


def sign_in(database: Database, tenant: Tenant, *, email: str, password: str, address: str, agent: str) -> str:
    """Checks a password and opens a session; returns its token for the cookie.

    In transactions of its own: the try is counted before the password is looked at, so that many at once are counted
    too, and the slow hash holds no lock. Raises NotSignedIn with one sentence for every wrong pair, RateLimited.
    """
    key = email.strip().lower()[:254]
    with database.system_session() as session:
        tries = [
            _count_try(session, _key("account-from", tenant.id, f"{key}\0{address}"), TRIES_PER_ACCOUNT),
            _count_try(session, _key("account", tenant.id, key), TRIES_PER_ACCOUNT_ANYWHERE),
            _count_try(session, _key("address", tenant.id, address), TRIES_PER_ADDRESS),
        ]
        user = session.exec(select(User).where(User.tenant_id == tenant.id, User.email == key)).first()
        stored = user.password_hash if user else None
    right = passwords.verify(stored, password)
    if not right or user is None or not user.active:
        raise NotSignedIn("The e-mail address or the password is wrong.", field="password", code="wrong-password")
    renewed = passwords.hash_password(password) if passwords.outdated(user.password_hash) else None
    with database.system_session() as session:
        session.execute(delete(SignInTry).where(col(SignInTry.id).in_(tries)))
        if renewed is not None:
            session.execute(update(User).where(col(User.id) == user.id).values(password_hash=renewed))
        return open_session(session, user, address=address, agent=agent)


def open_session(session: Session, user: User, *, address: str, agent: str) -> str:
    """A new session of `user`; returns its token, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            tenant_id=user.tenant_id,
            user_id=user.id,
            token_hash=_hash(token),
            expires_at=clock.now() + timedelta(days=get_settings().session_days),
            address=address[:64],
            agent=agent[:200],
        )
    )
    session.flush()
    return token


def authenticate(session: Session, token: str | None) -> Principal | None:
    """The user behind a session token, or None."""
    if not token or len(token) > 100:
        return None
    query = (
        select(User, UserSession)
        .join(UserSession, col(UserSession.user_id) == col(User.id))
        .join(Tenant, col(Tenant.id) == col(User.tenant_id))
        .where(UserSession.token_hash == _hash(token), UserSession.expires_at > clock.now(), col(User.active))
        .where(col(Tenant.suspended_at).is_(None))
    )
    row = session.exec(query).first()
    if row is None:
        return None
    user, opened = row
    return Principal(
        user_id=user.id,
        tenant_id=user.tenant_id,
        role=user.role,
        email=user.email,
        name=user.name,
        language=user.language,
        theme=user.theme,
        session_id=opened.id,
    )


def sign_out(session: Session, token: str | None) -> None:
    """Ends the session of `token`, where there is one."""
    if token:
        session.execute(delete(UserSession).where(col(UserSession.token_hash) == _hash(token)))


def set_preferences(
    session: Session, principal: Principal, *, language: str | None = None, theme: str | None = None
) -> None:
    """Keeps the user's language (`en`, `fa`) and theme (`light`, `dark`, or empty for the page's own)."""
    user = session.get(User, principal.user_id)
    if user is None:
        raise NotSignedIn("Sign in again.")
    if language is not None:
        if language not in {"en", "fa"}:
            raise InvalidInput("Choose English or Persian.", field="language")
        user.language = language
    if theme is not None:
        if theme not in {"", "light", "dark"}:
            raise InvalidInput("Choose a light or a dark theme.", field="theme")
        user.theme = theme


def change_account(
    session: Session, tenant_id: str, email: str, *, role: str | None = None, new_password: bool = False
) -> tuple[User, str | None]:
    """Gives an account a role or a generated password, which ends its sessions. Raises NotFound."""
    user = session.exec(select(User).where(User.tenant_id == tenant_id, User.email == clean_email(email))).first()
    if user is None:
        raise NotFound(f"There is no account with the address {email}; it is made by signing up.")
    if role is not None:
        user.role = Role(role)
    password = None
    if new_password:
        password = secrets.token_urlsafe(12)
        user.password_hash = passwords.hash_password(password)
        session.execute(delete(UserSession).where(col(UserSession.user_id) == user.id))
    session.add(user)
    session.flush()
    return user, password


def people(session: Session) -> list[dict[str, str]]:
    """The tenant's users by name: `[{"id", "name"}]`. Takes a tenant session."""
    users = session.exec(select(User).order_by(col(User.name))).all()
    return [{"id": user.id, "name": user.name} for user in users]


def counts(session: Session) -> dict[str, int]:
    """How many accounts each tenant has. Takes a system session."""
    return dict(session.exec(select(User.tenant_id, func.count()).group_by(col(User.tenant_id))).all())


def create_admin(session: Session, tenant_id: str, email: str, *, language: str = "en") -> tuple[str, str]:
    """An account that runs the site, with a generated password; both. Raises InvalidInput, Conflict."""
    password = secrets.token_urlsafe(12)
    try:
        user = create_user(
            session, tenant_id, email=email, password=password, name="", role=Role.TENANT_ADMIN, language=language
        )
    except (InvalidInput, Conflict) as error:
        error.field = "admin_email"
        raise
    return user.email, password


def ensure_first_admin(session: Session, tenant_id: str, *, email: str | None, password: str | None) -> str | None:
    """Makes the first platform admin when there is none; returns the generated password if one was generated."""
    query = select(func.count()).select_from(User).where(User.role == Role.PLATFORM_ADMIN)
    if session.scalars(query).one():
        return None
    chosen = password or secrets.token_urlsafe(12)
    create_user(
        session,
        tenant_id,
        email=email or FIRST_ADMIN_EMAIL,
        password=chosen,
        name="Administrator",
        role=Role.PLATFORM_ADMIN,
    )
    return None if password else chosen


def _count_try(session: Session, key: str, most: int) -> int:
    """Counts a try under `key`; its id. Raises RateLimited when there were `most` in the window already."""
    since = clock.now() - TRIES_WINDOW
    session.execute(delete(SignInTry).where(col(SignInTry.at) < since))
    tries = session.exec(select(func.count()).select_from(SignInTry).where(SignInTry.key == key)).one()
    if tries >= most:
        minutes = int(TRIES_WINDOW.total_seconds() // 60)
        raise RateLimited(f"Too many tries; wait {minutes} minutes and try again.", retry_after=minutes * 60)
    row = SignInTry(key=key)
    session.add(row)
    session.flush()
    return int(row.id or 0)


def _key(kind: str, tenant_id: str, value: str) -> str:
    secret = get_settings().secret_key.encode()
    return hmac.new(secret, f"{kind}\0{tenant_id}\0{value}".encode(), hashlib.sha256).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
