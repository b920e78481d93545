"""The outbox: what happened, written in the transaction in which it happened, delivered at least once afterwards."""

from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Field, Session

from flatrender.core import bus, clock
from flatrender.core.db import JsonDict, TenantOwned, UtcDateTime, on_commit
from flatrender.core.plain import Plain, Statement


class OutboxEvent(TenantOwned, table=True):
    """One event. `delivered_at` is set when it was handed to every channel that listens (see notifications.courier)."""

    __tablename__ = "outbox"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=80, index=True)
    payload: dict[str, Any] = Field(sa_type=JsonDict)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime, index=True)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def record(session: Session, kind: str, payload: dict[str, Any], *, tenant_id: str, topic: str | None = None) -> None:
    """Records an event with the session's other changes; after the commit it goes to the bus under `topic`.

    The default topic is the tenant's: `tenant:<id>`.
    """
    session.add(OutboxEvent(tenant_id=tenant_id, kind=kind, payload=payload))
    on_commit(session, lambda: bus.publish(topic or f"tenant:{tenant_id}", {"kind": kind, **payload}))


_RECORD = Statement(
    "INSERT INTO outbox (tenant_id, kind, payload, created_at) VALUES (:tenant, :kind, :payload, {now})",
    "INSERT INTO outbox (tenant_id, kind, payload, created_at) VALUES (:tenant, :kind, CAST(:payload AS jsonb), {now})",
)


def record_plainly(plain: Plain, kind: str, payload: dict[str, Any], *, tenant_id: str) -> None:
    """The same in plain SQL, under the tenant's topic."""
    plain.write(_RECORD, {"tenant": tenant_id, "kind": kind, "payload": orjson.dumps(payload).decode()})
    bus.publish_with(plain, {"kind": kind, **payload}, f"tenant:{tenant_id}")
