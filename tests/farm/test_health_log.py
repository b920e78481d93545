"""Node health over time: rows from heartbeats, months as partitions where the database is PostgreSQL."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from flatrender.core import months
from flatrender.core.db import database_now
from flatrender.farm import health_log
from tests.farm.conftest import Farm

HEALTH = {"cpu_percent": 12.5, "memory_percent": 40.0, "disk_free_bytes": 5 << 40, "process_bytes": 1 << 30, "more": 1}


def partitions(farm: Farm) -> set[str]:
    with farm.database.system_session(read_only=True) as session:
        return months.partitions(session, "farm_node_health")


def test_rows_come_back_in_order(farm: Farm) -> None:
    with farm.database.system_session() as session:
        now = database_now(session)
        for minutes in (2, 1, 90):
            health_log.note(session, "n1", now - timedelta(minutes=minutes), HEALTH)
    with farm.database.system_session(read_only=True) as session:
        rows = health_log.history(session, "n1", now - timedelta(hours=1))
    assert [row.at for row in rows] == [now - timedelta(minutes=2), now - timedelta(minutes=1)]
    assert (rows[0].cpu_percent, rows[0].disk_free_bytes) == (12.5, 5 << 40)
    with farm.database.system_session(read_only=True) as session:
        latest = health_log.history(session, "n1", now - timedelta(hours=2), limit=2)
    assert [row.at for row in latest] == [now - timedelta(minutes=2), now - timedelta(minutes=1)]


def test_housekeeping_makes_the_months_and_drops_the_old_ones(farm: Farm) -> None:
    autumn, winter = datetime(2026, 11, 26, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
    with farm.database.system_session() as session:
        health_log.note(session, "n1", autumn, HEALTH)  # before there is a partition for it
    with farm.database.system_session() as session:
        health_log.keep(session, autumn)
        health_log.note(session, "n1", autumn + timedelta(days=40), HEALTH)
    if not farm.database.is_sqlite:
        made = {f"farm_node_health_{month}" for month in ("202611", "202612", "202701")}
        assert partitions(farm) == {months.rest("farm_node_health"), *made}
        with farm.database.system_session() as session:
            assert session.execute(text("SELECT count(*) FROM farm_node_health_202611")).scalar_one() == 1
            assert session.execute(text("SELECT count(*) FROM farm_node_health_rest")).scalar_one() == 0
    with farm.database.system_session() as session:
        assert health_log.keep(session, autumn) == 0  # there is nothing more to do
        health_log.keep(session, winter)
    with farm.database.system_session(read_only=True) as session:
        assert [row.at.month for row in health_log.history(session, "n1", datetime(2020, 1, 1, tzinfo=UTC))] == [1]
    if not farm.database.is_sqlite:
        assert "farm_node_health_202611" not in partitions(farm)
