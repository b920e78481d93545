"""The second wall: with the first one taken away, PostgreSQL still shows a tenant its own rows alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Boolean, Column, DateTime, Float, Integer, Table, delete, event, insert, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session, SQLModel

import flatrender.schema  # noqa: F401 - loads every table
from flatrender.access import requests
from flatrender.commands.components import site_wall
from flatrender.core import db, months, ready, walls
from flatrender.core.backup import backup, restore
from flatrender.core.db import Database, JsonDict, TenantOwned, UtcDateTime
from flatrender.core.migrate import upgrade
from flatrender.core.ready import Ready
from tests.servers import PostgresServer

OWN, FOREIGN = "a" * 32, "b" * 32
OWNER = "walled"  # of the tables, as in a real installation: no superuser


def _tables(base: type[SQLModel]) -> Iterator[Table]:
    for child in base.__subclasses__():
        if "__table__" in vars(child) and not child.__table__.info.get("test_only"):
            yield child.__table__
        yield from _tables(child)


TABLES = sorted(_tables(TenantOwned), key=lambda table: table.name)


@pytest.fixture(scope="module")
def walled(postgres_server: PostgresServer) -> Iterator[Database]:
    """A migrated database with a row of each of two tenants in every table."""
    with postgres_server.database(OWNER) as url:
        database = Database(url)
        upgrade(database)
        _keep_months(database)
        name = str(database.engine.url.database)
        # Foreign keys are not what is asked here.
        with psycopg.connect(postgres_server.at(name)) as connection:
            connection.execute("SET session_replication_role = replica")
            for table in TABLES:
                for tenant in (OWN, FOREIGN):
                    row = _row(table, tenant, tenant)
                    names, places = ", ".join(f'"{key}"' for key in row), ", ".join(["%s"] * len(row))
                    insert_it = f"INSERT INTO {table.name} ({names}) VALUES ({places})"
                    connection.execute(insert_it, [*row.values()])  # type: ignore[arg-type]
                    if _by_month(table):  # the rest has some as well
                        row |= {"id": f"{tenant[1:]}0", "at": datetime(2001, 1, 1, tzinfo=UTC)}
                        connection.execute(insert_it, [*row.values()])  # type: ignore[arg-type]
        yield database
        database.dispose()


def test_the_rest_is_behind_the_wall_before_any_housekeeping(postgres_server: PostgresServer) -> None:
    """Of a fresh installation, and of one of before that has kept house."""
    behind = text("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = 'request_log_rest'")
    for kept in (False, True):
        with postgres_server.database(OWNER) as url:
            database = Database(url)
            upgrade(database, "0030")
            if kept:
                _keep_months(database)
            upgrade(database)
            with database.system_session(read_only=True) as session:
                assert session.scalar(behind)
            database.dispose()


def _keep_months(database: Database) -> None:
    with database.system_session() as session:
        requests.keep(session, datetime.now(UTC))


def _by_month(table: Table) -> bool:
    return bool(table.kwargs.get("postgresql_partition_by"))


def _partitions(database: Database) -> set[str]:
    """Of the tables of tenants."""
    with database.system_session(read_only=True) as session:
        return {name for table in TABLES if _by_month(table) for name in months.partitions(session, table.name)}


def _row(table: Table, tenant: str, mark: str) -> dict[str, Any]:
    """The least that a table takes; the same mark everywhere, so that rows lead to each other."""
    return {
        column.name: tenant if column.name == "tenant_id" else _value(column, mark)
        for column in table.columns
        if not column.nullable and not _counted(table, column)
    }


def _counted(table: Table, column: Column[Any]) -> bool:
    """Whether the database gives the number."""
    return [*table.primary_key.columns] == [column] and isinstance(column.type, Integer)


def _value(column: Column[Any], mark: str) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | Float):
        return 1
    if isinstance(kind, DateTime | UtcDateTime):
        return datetime.now(UTC)
    if isinstance(kind, JsonDict):
        return "{}"
    return mark[: getattr(kind, "length", None) or 40]


@contextmanager
def without_the_first_wall() -> Iterator[None]:
    taken = (("do_orm_execute", db._scope), ("before_flush", db._guard))
    for name, listener in taken:
        event.remove(Session, name, listener)
    try:
        yield
    finally:
        for name, listener in taken:
            event.listen(Session, name, listener)


def test_every_table_of_tenants_is_behind_the_wall(walled: Database) -> None:
    query = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    with walled.system_session(read_only=True) as session:
        behind = set(session.scalars(query))
    assert behind == {table.name for table in TABLES} | _partitions(walled), (
        "a new table's migration does what core.walls.raised says"
    )


def test_the_migrated_wall_is_the_one_that_is_described(walled: Database) -> None:
    query = text("SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies ORDER BY 1")
    with walled.system_session() as session:
        migrated = session.execute(query).all()
        for table in TABLES:
            for statement in (*walls.razed(table.name), *walls.raised(table.name)):
                session.execute(text(statement))
        assert migrated == session.execute(query).all()
        session.rollback()
    own = {row.tablename for row in migrated} - _partitions(walled)
    assert sorted(own) == [table.name for table in TABLES]


def test_partitions_that_are_asked_by_their_own_names_are_behind_the_wall(walled: Database) -> None:
    filled = set()
    for name in _partitions(walled):
        asked = text(f"SELECT tenant_id FROM {name}")
        with walled.system_session(read_only=True) as session:
            there = set(session.scalars(asked))
        with walled.tenant_session(OWN, read_only=True) as session:
            assert set(session.scalars(asked)) == there & {OWN}, name
        if there == {OWN, FOREIGN}:
            filled.add(name)
    assert {"request_log_rest", f"request_log_{datetime.now(UTC):%Y%m}"} <= filled


def test_without_the_first_wall_nothing_is_seen_or_changed(walled: Database) -> None:
    with without_the_first_wall():
        for table in TABLES:
            tenants = select(table.c.tenant_id)
            with walled.system_session(read_only=True) as session:
                assert set(session.scalars(tenants)) == {OWN, FOREIGN}, f"{table.name}: both are there"
            with walled.tenant_session(OWN) as session:
                assert set(session.scalars(tenants)) == {OWN}, table.name
                assert set(session.scalars(text(f"SELECT tenant_id FROM {table.name}"))) == {OWN}, table.name
                other = {"tenant_id": FOREIGN}
                assert session.execute(update(table).where(table.c.tenant_id == FOREIGN).values(other)).rowcount == 0
                assert session.execute(delete(table).where(table.c.tenant_id == FOREIGN)).rowcount == 0
                for refused in (update(table).values(other), insert(table).values(_row(table, FOREIGN, "c" * 32))):
                    with pytest.raises(ProgrammingError, match="row-level security"), session.begin_nested():
                        session.execute(refused)
                assert session.execute(update(table).values(tenant_id=OWN)).rowcount == 1 + _by_month(table), table.name


def test_statements_that_are_ready_are_behind_the_wall(walled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "_check", lambda *_: None)  # bare tables have no criterion: that is their first wall
    for table in TABLES:
        tenants = Ready(select(table.c.tenant_id))
        with walled.system_session(read_only=True) as session:
            assert set(tenants.rows(session)) == {(OWN,), (FOREIGN,)}, f"{table.name}: both are there"
        with walled.tenant_session(OWN) as session:
            assert set(tenants.rows(session)) == {(OWN,)}, table.name
            changed = Ready(
                update(table).where(table.c.tenant_id == FOREIGN).values(tenant_id=OWN).returning(table.c.tenant_id)
            )
            assert changed.rows(session) == [], table.name


def test_the_doctor_says_whom_it_binds(walled: Database, postgres_server: PostgresServer) -> None:
    assert [finding.state for finding in site_wall(walled.url)] == ["ok"]
    [superuser] = site_wall(postgres_server.at(str(walled.engine.url.database)))
    assert superuser.state == "optional" and "superuser" in superuser.advice
    assert site_wall("sqlite:///x") == []
    assert [finding.state for finding in site_wall("postgresql://nobody@127.0.0.1:9/x")] == ["missing"]


def test_the_next_transaction_of_a_connection_is_nobodys(walled: Database) -> None:
    with walled.tenant_session(OWN) as session:
        session.execute(text("SELECT 1"))
    with walled.system_session(read_only=True) as session:
        assert session.scalar(text("SELECT current_setting('flatrender.tenant', true)")) in {"", None}


def test_a_backup_by_the_owner_is_whole_and_brings_the_wall_back(walled: Database, tmp_path: Path) -> None:
    made = backup(walled.url, tmp_path / "copy.backup")
    assert made.counts["user_account"] == made.counts["project"] == 2
    walled.dispose()
    restore(walled.url, tmp_path / "copy.backup", force=True)
    _keep_months(walled)
    test_every_table_of_tenants_is_behind_the_wall(walled)
    with without_the_first_wall(), walled.tenant_session(OWN, read_only=True) as session:
        assert set(session.scalars(text("SELECT tenant_id FROM user_account"))) == {OWN}
