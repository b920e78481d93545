"""The table of messages that are on their way."""

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
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    event_id: int
    channel: str = Field(max_length=16)  # webhook, slack
    target: str = Field(sa_column=Column(Text, nullable=False))  # an address, a Slack user or channel
    payload: dict[str, Any] = Field(sa_type=JsonDict)
    state: str = Field(default=DeliveryState.WAITING, max_length=8)
    tries: int = Field(default=0)
    next_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    error: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
