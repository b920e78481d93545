"""How nodes felt over time. On PostgreSQL the table is partitioned by month: old months go in one piece.

Housekeeping makes the partitions of the months to come and drops those that are old. Rows that no month takes wait in
`farm_node_health_rest` until theirs is made, so that a heartbeat never fails for a missing partition.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import DDL, BigInteger, Column, delete, event, text
from sqlmodel import Field, Session, SQLModel, col, select

from flatrender.core.db import UtcDateTime
from flatrender.farm.models import table

EVERY = timedelta(seconds=30)
AHEAD, KEPT = 2, 3  # months
REST = "farm_node_health_rest"


class NodeHealth(SQLModel, table=True):
    """What psutil measured on a node at a moment."""

    __tablename__ = "farm_node_health"
    __table_args__ = ({"postgresql_partition_by": "RANGE (at)"},)

    node_id: str = Field(primary_key=True, max_length=32)
    at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    cpu_percent: float = Field(default=0.0)
    memory_percent: float = Field(default=0.0)
    disk_free_bytes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    process_bytes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


make_rest = DDL(f"CREATE TABLE {REST} PARTITION OF farm_node_health DEFAULT")  # type: ignore[no-untyped-call]
event.listen(table(NodeHealth), "after_create", make_rest.execute_if(dialect="postgresql"))


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
    """Makes the partitions of this month and the next ones, removes what is old; how many tables or rows changed."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    oldest = _months_on(first, -KEPT)
    if session.get_bind().dialect.name != "postgresql":
        gone = session.execute(delete(NodeHealth).where(col(NodeHealth.at) < oldest))
        return int(gone.rowcount)  # type: ignore[attr-defined]
    partitions = set(session.execute(text(_PARTITIONS)).scalars())
    changed = 0
    for ahead in range(AHEAD + 1):
        begin, end = _months_on(first, ahead), _months_on(first, ahead + 1)
        if (name := _name(begin)) not in partitions:
            _make(session, name, begin, end)
            changed += 1
    for name in sorted(partitions - {REST}):
        if name < _name(oldest):
            session.execute(text(f"DROP TABLE {name}"))
            changed += 1
    return changed


_PARTITIONS = """
SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = 'farm_node_health'::regclass
"""


def _make(session: Session, name: str, begin: datetime, end: datetime) -> None:
    """Rows of that month that were waiting move in before the partition is attached."""
    month = f"at >= '{begin.isoformat()}' AND at < '{end.isoformat()}'"
    for statement in (
        f"CREATE TABLE {name} (LIKE farm_node_health INCLUDING ALL)",
        f"WITH moved AS (DELETE FROM {REST} WHERE {month} RETURNING *) INSERT INTO {name} SELECT * FROM moved",  # noqa: S608 - our own names and dates
        f"ALTER TABLE farm_node_health ATTACH PARTITION {name} "
        f"FOR VALUES FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')",
    ):
        session.execute(text(statement))


def _name(month: datetime) -> str:
    return f"farm_node_health_{month:%Y%m}"


def _months_on(month: datetime, number: int) -> datetime:
    index = month.year * 12 + month.month - 1 + number
    return month.replace(year=index // 12, month=index % 12 + 1)
