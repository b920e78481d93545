"""Users, their sessions, and tries to sign in."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from flatrender.core import clock
from flatrender.core.db import JsonDict, TenantOwned, UtcDateTime
from flatrender.core.ids import new_id


class Role(StrEnum):
    """What a user may do: see `access.permissions`. From the least to the most: each may what those before it may."""

    MEMBER = "member"
    DESIGNER = "designer"
    ADMIN = "admin"
    OWNER = "owner"
    PLATFORM_ADMIN = "platform_admin"


class User(TenantOwned, table=True):
    """A person in one tenant; `email` is stored in lower case and unique within it."""

    __tablename__ = "user_account"
    __table_args__ = (UniqueConstraint("tenant_id", "email"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    email: str = Field(max_length=254)
    name: str = Field(max_length=120)
    password_hash: str = Field(max_length=255)
    role: str = Field(default=Role.MEMBER, max_length=20)
    language: str = Field(default="en", max_length=8)
    theme: str = Field(default="", max_length=8)
    active: bool = Field(default=True)
    email_verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    second_factor: bool = Field(default=False)
    totp_secret: str = Field(default="", max_length=200)  # encrypted; see access.second_factor
    totp_step: int = Field(default=0, sa_type=BigInteger)  # of the last code that was taken
    slack_id: str = Field(default="", max_length=32)  # whom Slack's direct messages go to; empty: none are sent
    custom_role_id: str = Field(default="", max_length=32)  # a role of the site's own; see access.roles
    picture_key: str = Field(default="", max_length=200)  # in the storage, empty for none; see media.faces
    notify: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)  # what they chose; see notifications.inbox
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class CustomRole(TenantOwned, table=True):
    """A role of a site's own (see `access.roles`). `rules` by kind of thing: `{"may", "own", "fixed"}`."""

    __tablename__ = "custom_role"
    __table_args__ = (UniqueConstraint("tenant_id", "name", name="uq_custom_role_name"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    name: str = Field(max_length=60)
    permissions: list[str] = Field(default_factory=list, sa_type=JsonDict)
    rules: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class MacUsername(TenantOwned, table=True):
    """A macOS account that a user works under, as the user says it; nobody verifies that. `name` in lower case."""

    __tablename__ = "user_mac_username"
    __table_args__ = (Index("ix_user_mac_username_user", "user_id"),)

    tenant_id: str = Field(primary_key=True, max_length=32)
    name: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(foreign_key="user_account.id", max_length=32, ondelete="CASCADE")


class UserSession(TenantOwned, table=True):
    """A signed-in browser. Only the hash of its token is kept. `provider`: the name of the one that vouched for who
    signed in; empty: a password did."""

    __tablename__ = "user_session"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(foreign_key="user_account.id", index=True, max_length=32, ondelete="CASCADE")
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    address: str = Field(default="", max_length=64)
    agent: str = Field(default="", max_length=200)
    provider: str = Field(default="", max_length=40)
    helping_id: str = Field(default="", max_length=32)  # as whom its owner acts until then; see access.helping
    helping_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiKey(TenantOwned, table=True):
    """How a program acts for a user (see `access.keys`). `shown`: the secret's first characters, for lists."""

    __tablename__ = "api_key"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(foreign_key="user_account.id", index=True, max_length=32, ondelete="CASCADE")
    name: str = Field(max_length=80)
    role: str = Field(max_length=20)  # a built-in one; empty: what `owner_role_id` gives
    owner_role_id: str = Field(default="", max_length=32)  # the site's own role that its owner had when it was made
    custom_role_id: str = Field(default="", max_length=32)  # a role of the site's own, beside the owner's
    scopes: list[str] = Field(default_factory=list, sa_type=JsonDict)
    shown: str = Field(max_length=16)
    secret_hash: str = Field(max_length=64, unique=True)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rotated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_address: str = Field(default="", max_length=64)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class ReplacedSecret(TenantOwned, table=True):
    """A secret that a key had before a rotation. It still holds until then; later it is known as replaced."""

    __tablename__ = "api_key_replaced"

    secret_hash: str = Field(primary_key=True, max_length=64)
    key_id: str = Field(foreign_key="api_key.id", index=True, max_length=32, ondelete="CASCADE")
    until: datetime = Field(sa_type=UtcDateTime)


class KeptAnswer(TenantOwned, table=True):
    """What a request with an idempotency key was answered; `status` is empty while it runs. Kept for a day."""

    __tablename__ = "kept_answer"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "key", name="uq_kept_answer_key"),
        Index("ix_kept_answer_created_at", "created_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(max_length=32)
    key: str = Field(max_length=100)
    digest: str = Field(max_length=64)
    status: int | None = Field(default=None)
    body: Any = Field(default=None, sa_column=Column(JsonDict, nullable=True))
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class AccountLetter(TenantOwned, table=True):
    """A link that proves who somebody is (see `access.letters`). `password_mark`: it ends with the password;
    `by`: who invites."""

    __tablename__ = "account_letter"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(foreign_key="user_account.id", index=True, max_length=32, ondelete="CASCADE")
    purpose: str = Field(max_length=16)
    email: str = Field(max_length=254)
    password_mark: str = Field(max_length=16)
    by: str = Field(default="", max_length=120)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class RecoveryCode(TenantOwned, table=True):
    """A code for when the authenticator app is lost; hashed, gone when used."""

    __tablename__ = "recovery_code"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(foreign_key="user_account.id", index=True, max_length=32, ondelete="CASCADE")
    code_hash: str = Field(max_length=64)


class IdentityProvider(TenantOwned, table=True):
    """Where people of a site have another account that signs them in (see `access.openid`). `secret` is sealed;
    `domains`: companies whose people alone may come, empty: everybody's; `makes_accounts`: also who has none yet;
    `house`: set up by those who run the house, whose own accounts nobody else's provider opens; `owners`: set up by who
    may make owners of the site, whose accounts no administrator's provider opens."""

    __tablename__ = "identity_provider"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    name: str = Field(max_length=40)
    issuer: str = Field(max_length=500)
    client_id: str = Field(max_length=300)
    secret: str = Field(sa_column=Column(Text, nullable=False))
    domains: list[str] = Field(default_factory=list, sa_type=JsonDict)
    makes_accounts: bool = Field(default=True)
    house: bool = Field(default=False)
    owners: bool = Field(default=False)
    active: bool = Field(default=True)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class Identity(TenantOwned, table=True):
    """An account elsewhere that belongs to a user here. `subject`: what the provider calls it, never an address."""

    __tablename__ = "user_identity"
    __table_args__ = (UniqueConstraint("provider_id", "subject", name="uq_user_identity_subject"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    provider_id: str = Field(foreign_key="identity_provider.id", max_length=32, ondelete="CASCADE")
    user_id: str = Field(foreign_key="user_account.id", index=True, max_length=32, ondelete="CASCADE")
    subject: str = Field(max_length=255)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class AuditEntry(TenantOwned, table=True):
    """What somebody did (see `access.audit`). `actor`, `actor_email`, `label`: what they were called then; `key_id`: by
    which program; `address`: of the network; `for_id`, `for_name`: as whom, where an administrator
    helped somebody. Without an `actor_id` it was done on the machine itself."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_tenant_id_id", "tenant_id", "id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime, index=True)
    act: str = Field(max_length=40)
    actor_id: str = Field(max_length=32)
    actor: str = Field(max_length=400)
    actor_email: str = Field(default="", max_length=254)
    key_id: str = Field(default="", max_length=32)
    address: str = Field(default="", max_length=64)
    target: str = Field(default="", max_length=64)
    label: str = Field(default="", max_length=300)
    for_id: str = Field(default="", max_length=32)
    for_name: str = Field(default="", max_length=400)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)


class SignInTry(SQLModel, table=True):
    """A failed try to sign in, until housekeeping finds it older than the limit looks back. `key` is a hash of account
    or address."""

    __tablename__ = "sign_in_try"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=64, index=True)
    at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime, index=True)
