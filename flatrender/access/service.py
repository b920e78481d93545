"""Sign-up, sign-in, sessions: what finds out the tenant and the user, and so works over all tenants."""

import hashlib
import re
import secrets
from datetime import timedelta

from sqlalchemy import String, bindparam, delete, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flatrender.access import audit, helping, letters, passwords, refusals, roles, second_factor, tries
from flatrender.access.audit import Act
from flatrender.access.models import Role, User, UserSession
from flatrender.access.permissions import Principal, picture_at
from flatrender.core import clock
from flatrender.core.db import Database
from flatrender.core.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn, RateLimited
from flatrender.core.names import one_line
from flatrender.core.plain import Statement, moment
from flatrender.core.ready import Ready
from flatrender.settings import get_settings
from flatrender.tenants import features
from flatrender.tenants.models import Tenant

MAILS_PER_SIGN_UP = 5  # to one address, in the window of `tries`
VOUCHED = timedelta(minutes=5)  # after signing in by a provider nothing else is asked to prove who it is
FIRST_ADMIN_EMAIL = "admin@flatrender.localhost"
LANGUAGES = ("en", "fa")  # that people read
# Asked in every request: to put it together took as long as to run it.
_SIGNED_IN = (
    select(User, UserSession, Tenant)
    .join(UserSession, col(UserSession.user_id) == col(User.id))
    .join(Tenant, col(Tenant.id) == col(User.tenant_id))
    .where(col(UserSession.token_hash) == bindparam("token"), col(UserSession.expires_at) > bindparam("now"))
    .where(col(User.active), col(Tenant.suspended_at).is_(None))
)
# The same on the driver's own cursor, for those who are themselves and have a built-in role: to read three rows as
# objects takes five times as long.
_PLAINLY_SIGNED_IN = Statement(
    "SELECT u.id, u.tenant_id, u.role, u.email, u.name, u.language, u.theme, u.picture_key,"
    " s.id, s.provider, s.created_at, s.expires_at, t.slug"
    " FROM user_session s JOIN user_account u ON u.id = s.user_id JOIN tenant t ON t.id = u.tenant_id"
    " WHERE s.token_hash = :token AND u.active AND t.suspended_at IS NULL"
    " AND s.helping_id = '' AND u.custom_role_id = ''"
)
_CHOSEN = Ready(
    update(User)
    .where(col(User.id) == bindparam("user"))
    .values(
        {
            name: func.coalesce(bindparam(f"new_{name}", type_=String()), getattr(User, name))
            for name in ("language", "theme", "name")
        }
    )
    .returning(col(User.id))
)
# Without what means something in a letter's head (RFC 5322, 3.2.3): what stands in brackets there is nobody's address.
_MEANT = r"@\s<>()\[\]\"',;:\\"
_EMAIL = re.compile(rf"[^{_MEANT}]{{1,64}}@[^{_MEANT}]{{1,180}}\.[^{_MEANT}.]{{2,24}}")


def clean_email(text: str) -> str:
    """An address in lower case. Raises InvalidInput when it cannot be one."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise InvalidInput("Enter an e-mail address such as name@example.com.", field="email", code="email-invalid")
    return email


def sign_up(
    database: Database, tenant: Tenant, *, email: str, password: str, name: str, address: str, language: str = "en"
) -> User | None:
    """A new user of `tenant`, in transactions of its own; None where a letter tells how to go on.

    Raises Forbidden when sign-up is off, RateLimited for too many at once; without a mail server Conflict for an
    address that is taken.
    """
    if not (tenant.sign_up and get_settings().sign_up):
        raise Forbidden("Sign-up is closed here; ask an administrator for an account.", code="sign-up-closed")
    if tenant.sign_up_domains and clean_email(email).rpartition("@")[2] not in tenant.sign_up_domains:
        raise Forbidden("This site is for people of certain organisations; use your address there.", code="not-invited")
    with database.system_session() as session:
        if not features.is_on(session, tenant.id, features.SIGN_UP):
            raise Forbidden("Sign-up is closed here; ask an administrator for an account.", code="sign-up-closed")
        tries.count(session, tries.key("sign-up", tenant.id, tries.network(address)), tries.SIGN_UPS_PER_ADDRESS)
    user = new_user(tenant.id, email=email, password=password, name=name, language=language)
    if get_settings().smtp_url is not None:
        _sign_up_by_mail(database, user, address)
        return None
    user.email_verified_at = clock.now()  # nothing could prove it: there is no mail
    with database.system_session() as session:
        return _add(session, user, address)


def _sign_up_by_mail(database: Database, user: User, address: str) -> None:
    """The account waits for its address to be confirmed. One that has an account gets a letter that says so: whoever
    signs up learns nothing."""
    with database.system_session() as session:
        tries.count(session, tries.key("mail-to", user.tenant_id, user.email), MAILS_PER_SIGN_UP)
        try:
            _add(session, user, address)
            purpose = letters.Purpose.VERIFY
        except Conflict:
            purpose = letters.Purpose.TAKEN
        letters.ask(session, user.tenant_id, purpose, user.email, language=user.language)


def create_user(
    session: Session,
    tenant_id: str,
    *,
    email: str,
    password: str,
    name: str,
    role: Role = Role.MEMBER,
    language: str = "en",
) -> User:
    """A new user with a role. Raises InvalidInput beside the field, Conflict for an address that is taken."""
    user = new_user(tenant_id, email=email, password=password, name=name, role=role, language=language)
    user.email_verified_at = clock.now()  # made by somebody who answers for it
    return _add(session, user)


def new_user(
    tenant_id: str, *, email: str, password: str, name: str, role: Role = Role.MEMBER, language: str = "en"
) -> User:
    """A user that is in no database yet; its password is hashed here, outside of any transaction."""
    address = clean_email(email)
    passwords.check_new(password)
    full_name = one_line(name) or address.split("@")[0]
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


def _add(session: Session, user: User, address: str | None = None) -> User:
    """`address`: where somebody is who makes their own account."""
    try:
        with session.begin_nested():
            session.add(user)
            if address is not None:
                audit.note_user(session, user, Act.ACCOUNT_MADE, address)
    except IntegrityError:
        raise Conflict("This address has an account already; sign in instead.", field="email", code="taken") from None
    return user


def sign_in(
    database: Database, tenant: Tenant, *, email: str, password: str, address: str, agent: str, code: str = ""
) -> str:
    """Checks a password, and a `code` of the second factor where that is on, and opens a session; returns its token.

    In transactions of its own: the try is counted before the password is looked at, so that many at once are counted
    too, and the slow hash holds no lock. Raises NotSignedIn with one sentence for every wrong pair, RateLimited; both
    are noted.
    """
    key = email.strip().lower()[:254]
    try:
        return _sign_in(database, tenant, key, password, address=address, agent=agent, code=code)
    except (NotSignedIn, RateLimited) as error:
        account = key if _EMAIL.fullmatch(key) else ""
        refusals.note(database, tenant.id, error, account=account, address=address)
        raise


def _sign_in(
    database: Database, tenant: Tenant, key: str, password: str, *, address: str, agent: str, code: str
) -> str:
    network = tries.network(address)
    with database.system_session() as session:
        counted = [
            tries.count(session, tries.key("account-from", tenant.id, f"{key}\0{network}"), tries.PER_ACCOUNT),
            tries.count(session, tries.key("account", tenant.id, key), tries.PER_ACCOUNT_ANYWHERE),
            tries.count(session, tries.key("address", tenant.id, network), tries.PER_ADDRESS),
        ]
        user = session.exec(select(User).where(User.tenant_id == tenant.id, User.email == key)).first()
        stored = user.password_hash if user else None
    right = passwords.verify(stored, password)
    if not right or user is None or not user.active:
        raise NotSignedIn("The e-mail address or the password is wrong.", field="password", code="wrong-password")
    if user.email_verified_at is None and get_settings().smtp_url is not None:
        with database.system_session() as session:
            tries.count(session, tries.key("mail-to", tenant.id, user.email), MAILS_PER_SIGN_UP)
            letters.ask(session, tenant.id, letters.Purpose.VERIFY, user.email, language=user.language)
        raise NotSignedIn("Confirm your address first: we have sent the link again.", code="not-verified")
    if user.second_factor:
        _check_code(database, user.id, code)
    renewed = passwords.hash_password(password) if passwords.outdated(user.password_hash) else None
    with database.system_session() as session:
        tries.take_back(session, counted)
        if renewed is not None:
            session.execute(update(User).where(col(User.id) == user.id).values(password_hash=renewed))
        return open_session(session, user, address=address, agent=agent)


def _check_code(database: Database, user_id: str, code: str) -> None:
    if not code.strip():
        raise NotSignedIn(
            "Enter the code of your authenticator app, or a recovery code.", field="code", code="second-factor"
        )
    with database.system_session() as session:
        user = session.exec(select(User).where(col(User.id) == user_id).with_for_update()).first()
        if user is None or not second_factor.accept(session, user, code):
            raise NotSignedIn("This code does not fit.", field="code", code="wrong-code")


def open_session(session: Session, user: User, *, address: str, agent: str, provider: str = "") -> str:
    """A new session of `user` (a `provider` may have vouched for them); its token, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            tenant_id=user.tenant_id,
            user_id=user.id,
            token_hash=_hash(token),
            expires_at=clock.now() + timedelta(days=get_settings().session_days),
            address=address[:64],
            agent=agent[:200],
            provider=provider,
        )
    )
    how = {"provider": provider} if provider else {}
    audit.note_user(session, user, Act.SIGNED_IN, address, agent=agent[:200], **how)
    session.flush()
    return token


def authenticate(session: Session, token: str | None) -> Principal | None:
    """The user behind a session token, or None."""
    found = authenticated(session, token)
    return found[0] if found else None


def authenticated(session: Session, token: str | None) -> tuple[Principal, Tenant] | None:
    """The user behind a session token and the user's site, or None. One question to the database."""
    if not token or len(token) > 100:
        return None
    row = session.exec(_SIGNED_IN, params={"token": _hash(token), "now": clock.now()}).first()
    if row is None:
        return None
    user, opened, tenant = row
    if opened.helping_id and (helped := helping.principal(session, user, opened)) is not None:
        return helped, tenant
    principal = Principal.of(
        user,
        session_id=opened.id,
        given=roles.limit_of(session, user.tenant_id, user.custom_role_id),
        provider=opened.provider,
        vouched=bool(opened.provider) and clock.now() - opened.created_at < VOUCHED,
    )
    return principal, tenant


def signed_in(database: Database, token: str | None) -> tuple[Principal, str] | None:
    """Who `authenticated` finds, and the short name of their site, where they are themselves and have a built-in role;
    None says nothing of others."""
    if not token or len(token) > 100:
        return None
    row = database.look(_PLAINLY_SIGNED_IN, {"token": _hash(token)})
    if row is None:
        return None
    user_id, tenant_id, role, email, name, language, theme, picture, opened, provider, since, until, slug = row
    now = clock.now()
    if moment(until) <= now:
        return None
    principal = Principal(
        user_id,
        tenant_id,
        role,
        email,
        name,
        language=language,
        theme=theme,
        picture=picture_at(user_id, picture),
        session_id=opened,
        provider=provider,
        vouched=bool(provider) and now - moment(since) < VOUCHED,
    )
    return principal, slug


def sign_out(session: Session, token: str | None, *, address: str = "") -> None:
    """Ends the session of `token`, where there is one."""
    if not token:
        return
    query = select(User, UserSession).join(UserSession, col(UserSession.user_id) == col(User.id))
    row = session.exec(query.where(col(UserSession.token_hash) == _hash(token))).first()
    if row is not None:
        user, ended = row
        session.delete(ended)
        audit.note(session, Principal.of(user, address=address), Act.SIGNED_OUT, ended.id, ended.agent)


def set_preferences(
    session: Session,
    principal: Principal,
    *,
    language: str | None = None,
    theme: str | None = None,
    name: str | None = None,
) -> None:
    """Keeps the user's language (`en`, `fa`), theme (`light`, `dark`, or empty for the page's own) and name."""
    if language is not None and language not in LANGUAGES:
        raise InvalidInput("Choose English or Persian.", field="language")
    if theme not in {None, "", "light", "dark"}:
        raise InvalidInput("Choose a light or a dark theme.", field="theme")
    if name is not None:
        name = one_line(name)
        if not 1 <= len(name) <= 120:
            raise InvalidInput("Use a name of at most 120 characters.", field="name")
    if _CHOSEN.row(session, user=principal.user_id, new_language=language, new_theme=theme, new_name=name) is None:
        raise NotSignedIn("Sign in again.")
    if name is not None and name != principal.name:
        audit.note(
            session, principal, Act.ACCOUNT_CHANGED, principal.user_id, principal.email, name=[principal.name, name]
        )


def change_account(
    session: Session,
    tenant_id: str,
    email: str,
    *,
    role: str | None = None,
    new_password: bool = False,
    no_second_factor: bool = False,
) -> tuple[User, str | None]:
    """Gives an account a role or a generated password, which ends its sessions, or takes its second factor away; for
    whoever has the machine. Raises NotFound."""
    user = session.exec(select(User).where(User.tenant_id == tenant_id, User.email == clean_email(email))).first()
    if user is None:
        raise NotFound(f"There is no account with the address {email}; it is made by signing up.")
    machine = audit.machine(tenant_id)
    if role is not None and (role != user.role or user.custom_role_id):
        audit.note(session, machine, Act.ACCOUNT_CHANGED, user.id, user.email, role=[user.role, role])
        user.role, user.custom_role_id = Role(role), ""  # one of the site's own would stand in its place
    if no_second_factor and user.second_factor:
        second_factor.turn_off(session, user)
        audit.note(session, machine, Act.FACTOR_OFF, user.id, user.email)
        letters.warn(session, user, letters.Alert.FACTOR_OFF)
    password = None
    if new_password:
        password = secrets.token_urlsafe(12)
        user.password_hash = passwords.hash_password(password)
        session.execute(delete(UserSession).where(col(UserSession.user_id) == user.id))
        audit.note(session, machine, Act.PASSWORD_CHANGED, user.id, user.email)
        letters.warn(session, user, letters.Alert.PASSWORD)
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
    """The account of a site's owner, with a generated password; both. Raises InvalidInput, Conflict."""
    password = secrets.token_urlsafe(12)
    try:
        user = create_user(
            session, tenant_id, email=email, password=password, name="", role=Role.OWNER, language=language
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


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
