"""The tenant (a reseller, or the default site), the domains under which it answers, and what it uses."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from flatrender.core import clock
from flatrender.core.db import JsonDict, TenantOwned, UtcDateTime
from flatrender.core.ids import new_id


class Tenant(SQLModel, table=True):
    """One site. Every row of a `TenantOwned` table names one.

    `brand` is what `tenants.brand` reads, `fonts` what `tenants.typefaces`, `landing` and `legal` what `tenants.pages`.
    `logo`, `icon` and `landing_picture` are the SHA-256 of pictures in the storage, empty where there is none.
    `sender_…`, `reply_to`: see `tenants.senders`. `sign_up_domains`: only addresses of these may sign up; empty: any.
    `credit`: whether pages say what they are made with. `month_…`: what it may use in a month (see `tenants.limits`).
    """

    __tablename__ = "tenant"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    slug: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=120)
    language: str = Field(default="en", max_length=8)
    languages: list[str] = Field(default_factory=lambda: ["en", "fa"], sa_type=JsonDict)
    sign_up: bool = Field(default=True)
    sign_up_domains: list[str] = Field(default_factory=list, sa_type=JsonDict)
    brand: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    logo: str = Field(default="", max_length=64)
    icon: str = Field(default="", max_length=64)
    fonts: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    credit: bool = Field(default=False)
    features_off: list[str] = Field(default_factory=list, sa_type=JsonDict)  # see tenants.features
    terms_url: str = Field(default="", max_length=500)
    privacy_url: str = Field(default="", max_length=500)
    sender_name: str = Field(default="", max_length=100)
    sender_address: str = Field(default="", max_length=254)
    reply_to: str = Field(default="", max_length=254)
    landing: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    landing_picture: str = Field(default="", max_length=64)
    legal: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    suspended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    suspended_reason: str = Field(default="", max_length=300)
    month_films: int = Field(default=0)
    month_film_minutes: int = Field(default=0)
    month_calls: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class FeatureSwitch(SQLModel, table=True):
    """A feature that the house offers, or does not, on any site (see `tenants.features`)."""

    __tablename__ = "feature_switch"

    name: str = Field(primary_key=True, max_length=40)
    off: bool = Field(default=True)


_PROVEN = text("proven_at IS NOT NULL")


class TenantDomain(TenantOwned, table=True):
    """A host name that a tenant claims. It leads to the site once a DNS record has proven it, and a name is proven by
    one tenant alone; a claim that nobody proved keeps nobody else from proving theirs."""

    __tablename__ = "tenant_domain"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        Index("ix_tenant_domain_proven", "name", unique=True, sqlite_where=_PROVEN, postgresql_where=_PROVEN),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    name: str = Field(max_length=253)
    token: str = Field(max_length=64)
    main: bool = Field(default=False)
    proven_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class UsageDay(TenantOwned, table=True):
    """What a site used on a day (see `tenants.usage`). `day` as 2026-11-26; `storage` as it was measured last;
    `warned`: whether it was too much; `…_warned`, `…_used_up`: whether administrators were told on it that four fifths,
    or all, of that for the month are used."""

    __tablename__ = "usage_day"

    tenant_id: str = Field(primary_key=True, max_length=32)
    day: str = Field(primary_key=True, max_length=10)
    films: int = Field(default=0)
    film_seconds: float = Field(default=0.0)
    calls: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    storage: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    warned: bool = Field(default=False)
    films_warned: bool = Field(default=False)
    film_minutes_warned: bool = Field(default=False)
    calls_warned: bool = Field(default=False)
    films_used_up: bool = Field(default=False)
    film_minutes_used_up: bool = Field(default=False)
    calls_used_up: bool = Field(default=False)
