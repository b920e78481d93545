"""The tables of messages that are on their way, and of the webhooks that sites have set up."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, Text, text
from sqlmodel import Field

from flatrender.core import clock
from flatrender.core.db import JsonDict, TenantOwned, UtcDateTime
from flatrender.core.ids import new_id


class DeliveryState(StrEnum):
    """Where a message is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


_WAITING = text("state = 'waiting'")


class Delivery(TenantOwned, table=True):
    """One message to one place. `id` is its idempotency key; `next_at` also holds the lease of whoever sends it now."""

    __tablename__ = "notification_delivery"
    __table_args__ = (
        Index("ix_notification_delivery_due", "next_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_notification_delivery_age", "created_at"),
        Index("ix_notification_delivery_endpoint", "endpoint_id", "event_id", "id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    event_id: int
    channel: str = Field(max_length=16)  # webhook, slack, email, endpoint
    endpoint_id: str = Field(default="", max_length=32)
    target: str = Field(sa_column=Column(Text, nullable=False))  # an address, a Slack user or channel
    payload: dict[str, Any] = Field(sa_type=JsonDict)
    state: str = Field(default=DeliveryState.WAITING, max_length=8)
    tries: int = Field(default=0)
    next_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    error: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class Notification(TenantOwned, table=True):
    """What somebody is told on the page itself (see `notifications.inbox`). `about`: what the sentence names."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_user", "user_id", "id"),
        Index("ix_notification_created_at", "created_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(foreign_key="user_account.id", max_length=32, ondelete="CASCADE")
    kind: str = Field(max_length=40)
    about: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class WebhookEndpoint(TenantOwned, table=True):
    """Where events of a site are posted (see `notifications.webhooks`). Secrets are sealed; the previous one signs as
    well until `previous_until`. `failures`: in a row; it is not asked before `next_at`, nor while a message is out
    (`lent_until`, which is afterwards when it was asked last)."""

    __tablename__ = "webhook_endpoint"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    name: str = Field(default="", max_length=80)
    url: str = Field(max_length=2000)
    events: list[str] = Field(default_factory=list, sa_type=JsonDict)
    secret: str = Field(sa_column=Column(Text, nullable=False))
    previous_secret: str = Field(default="", sa_column=Column(Text, nullable=False))
    previous_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    active: bool = Field(default=True)
    failures: int = Field(default=0)
    next_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    lent_until: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    tested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
