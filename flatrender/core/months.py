"""Tables that grow for ever, month by month: on PostgreSQL partitions, of which old ones go in one piece.

Housekeeping makes the partitions of the months to come and drops those that are old. Rows that no month takes wait in
the table's `…_rest` until theirs is made, so that nothing fails for a missing partition. On SQLite it is one table,
from which old rows are deleted. The column with the time is called `at`.
"""

from datetime import datetime

from sqlalchemy import DDL, Table, column, delete, event, text
from sqlmodel import Session

from flatrender.core import walls

AHEAD = 2  # months
BY_MONTH = {"postgresql_partition_by": "RANGE (at)"}
"""The table argument of such a table."""


def rest(table: str) -> str:
    """Where rows wait that no month takes."""
    return f"{table}_rest"


def with_rest(table: Table) -> None:
    """Makes the table's rest with it."""
    made = DDL(f"CREATE TABLE {rest(table.name)} PARTITION OF {table.name} DEFAULT")  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", made.execute_if(dialect="postgresql"))


def partitions(session: Session, table: str) -> set[str]:
    """The names of a table's partitions, the rest among them."""
    query = (
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
        "WHERE inhparent = CAST(:name AS regclass)"
    )
    return set(session.execute(text(query), {"name": table}).scalars())


def keep(session: Session, table: Table, now: datetime, kept: int) -> int:
    """Makes the partitions of this month and the next ones, removes what is older than `kept` months; how many tables
    or rows changed. Takes a system session."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    oldest = _months_on(first, -kept)
    if session.get_bind().dialect.name != "postgresql":
        gone = session.execute(delete(table).where(column("at", table.c.at.type) < oldest))
        return int(gone.rowcount)  # type: ignore[attr-defined]
    there = partitions(session, table.name)
    changed = 0
    for ahead in range(AHEAD + 1):
        begin, end = _months_on(first, ahead), _months_on(first, ahead + 1)
        if (name := _name(table, begin)) not in there:
            _make(session, table.name, name, begin, end)
            changed += 1
    for name in sorted(there - {rest(table.name)}):
        if name < _name(table, oldest):
            session.execute(text(f"DROP TABLE {name}"))
            changed += 1
    return changed + _wall_up(session, table.name)


def _wall_up(session: Session, table: str) -> int:
    """Puts a table's partitions behind the wall that it is behind itself (`core.walls`): who asks for one by its own
    name passes the table's by. How many were not."""
    query = (
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
        "JOIN pg_class parent ON parent.oid = inhparent "
        "WHERE inhparent = CAST(:name AS regclass) AND parent.relrowsecurity AND NOT child.relrowsecurity"
    )
    bare = list(session.execute(text(query), {"name": table}).scalars())
    for name in bare:
        for statement in walls.raised(name):
            session.execute(text(statement))
    return len(bare)


def _make(session: Session, table: str, name: str, begin: datetime, end: datetime) -> None:
    """Rows of that month that were waiting move in before the partition is attached."""
    month = f"at >= '{begin.isoformat()}' AND at < '{end.isoformat()}'"
    for statement in (
        f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)",
        f"WITH moved AS (DELETE FROM {rest(table)} WHERE {month} RETURNING *) INSERT INTO {name} SELECT * FROM moved",  # noqa: S608 - our own names and dates
        f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')",
    ):
        session.execute(text(statement))


def _name(table: Table, month: datetime) -> str:
    return f"{table.name}_{month:%Y%m}"


def _months_on(month: datetime, number: int) -> datetime:
    index = month.year * 12 + month.month - 1 + number
    return month.replace(year=index // 12, month=index % 12 + 1)
