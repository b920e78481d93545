"""How nodes felt over time, month by month (`core.months`): a heartbeat never fails for a missing partition."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, Session, SQLModel, col, select

from flatrender.core import months
from flatrender.core.db import UtcDateTime
from flatrender.farm.models import table

EVERY = timedelta(seconds=30)
KEPT = 3  # months


class NodeHealth(SQLModel, table=True):
    """What psutil measured on a node at a moment."""

    __tablename__ = "farm_node_health"
    __table_args__ = (months.BY_MONTH,)

    node_id: str = Field(primary_key=True, max_length=32)
    at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    cpu_percent: float = Field(default=0.0)
    memory_percent: float = Field(default=0.0)
    disk_free_bytes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    process_bytes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


months.with_rest(table(NodeHealth))


def note(session: Session, node_id: str, at: datetime, health: dict[str, Any]) -> None:
    """Adds a row."""
    session.add(
        NodeHealth(
            node_id=node_id,
            at=at,
            **{name: health.get(name, 0) for name in NodeHealth.model_fields if name not in {"node_id", "at"}},
        )
    )


def history(session: Session, node_id: str, since: datetime, limit: int = 3000) -> list[NodeHealth]:
    """A node's latest rows since a time, in order; of more than `limit` the oldest are left out."""
    query = select(NodeHealth).where(col(NodeHealth.node_id) == node_id, col(NodeHealth.at) >= since)
    latest = session.exec(query.order_by(col(NodeHealth.at).desc()).limit(limit)).all()
    return list(reversed(latest))


def keep(session: Session, now: datetime) -> int:
    """Makes the months to come, drops the old ones; how many tables or rows changed."""
    return months.keep(session, table(NodeHealth), now, KEPT)
