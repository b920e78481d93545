"""The tenant: a reseller, or the default site."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from flatrender.core import clock
from flatrender.core.db import UtcDateTime
from flatrender.core.ids import new_id


class Tenant(SQLModel, table=True):
    """One site. Every row of a `TenantOwned` table names one."""

    __tablename__ = "tenant"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    slug: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=120)
    host: str | None = Field(default=None, max_length=253, unique=True)
    language: str = Field(default="en", max_length=8)
    sign_up: bool = Field(default=True)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
