"""Tenant sessions see and write only their own rows; times and JSON come back as they went in."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, exists, func, text, update
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, select

from flatrender.core import db, looks
from flatrender.core.db import (
    CrossTenantWrite,
    Database,
    JsonDict,
    TenantOwned,
    UtcDateTime,
    database_now,
    on_commit,
    put,
)
from flatrender.core.errors import Unavailable
from flatrender.core.plain import Statement
from tests.servers import END_THE_OTHERS

A, B = "a" * 32, "b" * 32


class Note(TenantOwned, table=True):
    __tablename__ = "test_note"
    __table_args__ = {"info": {"test_only": True}}

    id: str = Field(primary_key=True)
    data: dict[str, int] = Field(default_factory=dict, sa_type=JsonDict)
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    SQLModel.metadata.tables["test_note"].create(database.engine)
    for tenant in (A, B):
        with database.tenant_session(tenant) as session:
            session.add(Note(id=tenant[0], data={"n": 1}, at=datetime(2026, 1, 2, tzinfo=UTC)))
    return database


def test_select_get_update_and_delete_stay_inside_the_tenant(database: Database) -> None:
    with database.tenant_session(A) as session:
        assert [note.id for note in session.scalars(select(Note))] == ["a"]
        assert session.get(Note, "b") is None
        session.execute(update(Note).values(data={"n": 2}))
        session.execute(delete(Note).where(Note.id == "b"))
    with database.system_session() as session:
        assert {note.id: note.data["n"] for note in session.scalars(select(Note))} == {"a": 2, "b": 1}


def test_columns_counts_joins_subqueries_and_exists_stay_inside_the_tenant(database: Database) -> None:
    other = aliased(Note)
    with database.tenant_session(A, read_only=True) as session:
        assert session.scalars(select(Note.id)).all() == ["a"]
        assert session.scalars(select(func.count()).select_from(Note)).one() == 1
        assert session.scalars(select(func.count(Note.id))).one() == 1
        assert session.execute(select(Note.id, other.id).join(other, other.id != Note.id)).all() == []
        assert session.scalars(select(Note.id).where(Note.id.in_(select(other.id)))).all() == ["a"]
        found = select(Note.id).union_all(select(other.id))
        assert sorted(session.scalars(found)) == ["a", "a"]
        assert session.scalars(select(func.count()).select_from(select(other.id).subquery())).one() == 1
        assert session.scalars(select(exists().where(other.id == "b"))).one() is False


def test_a_row_is_given_its_tenant_and_another_tenants_row_is_refused(database: Database) -> None:
    with database.tenant_session(A) as session:
        note = Note(id="new")
        session.add(note)
        session.flush()
        assert note.tenant_id == A
    with pytest.raises(CrossTenantWrite), database.tenant_session(A) as session:
        session.add(Note(id="stolen", tenant_id=B))


def test_a_system_session_must_name_the_tenant_it_writes_for(database: Database) -> None:
    with pytest.raises(CrossTenantWrite), database.system_session() as session:
        session.add(Note(id="nobody"))


def test_times_come_back_aware_and_the_databases_clock_is_utc(database: Database) -> None:
    with database.tenant_session(A, read_only=True) as session:
        note = session.get(Note, "a")
        assert note is not None
        assert note.at == datetime(2026, 1, 2, tzinfo=UTC)
        assert abs((database_now(session) - datetime.now(UTC)).total_seconds()) < 5


def test_calls_after_the_commit_run_only_when_it_happened(database: Database) -> None:
    heard: list[str] = []
    with database.tenant_session(A) as session:
        on_commit(session, lambda: heard.append("first"))
        assert heard == []
    with pytest.raises(RuntimeError), database.tenant_session(A) as session:
        on_commit(session, lambda: heard.append("never"))
        raise RuntimeError
    assert heard == ["first"]


def test_postgresql_is_waited_for_no_longer_than_a_lease_lasts(postgres_url: str) -> None:
    database = Database(postgres_url)
    try:
        with database.engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "20s"
            raw: Any = connection.connection.driver_connection
            assert raw.info.get_parameters()["tcp_user_timeout"] == "15000"
        with pytest.raises(Unavailable), database.system_session() as session:
            session.execute(text("SET LOCAL statement_timeout = 50"))
            session.execute(text("SELECT pg_sleep(10)"))
    finally:
        database.dispose()


@pytest.mark.parametrize("rest", [0.0, 3600.0])
def test_connections_that_died_are_made_anew(postgres_url: str, monkeypatch: pytest.MonkeyPatch, rest: float) -> None:
    """Those that have rested before they are used; of others one is the last to hear of it."""
    monkeypatch.setattr(db, "REST_SECONDS", rest)
    database = Database(postgres_url)

    def ask() -> int:
        with database.system_session(read_only=True) as session:
            return int(session.execute(text("SELECT 1")).scalar_one())

    with database.system_session(), database.engine.connect() as one, database.engine.connect() as two:
        numbers = [each.execute(text("SELECT pg_backend_pid()")).scalar_one() for each in (one, two)]
    with psycopg.connect(postgres_url) as other:
        for number in numbers:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (number,))
    if rest:
        with pytest.raises(Unavailable):
            ask()
    assert [ask() for _ in range(3)] == [1, 1, 1]
    database.dispose()


def test_a_look_writes_nothing(postgres_url: str) -> None:
    database = Database(postgres_url)
    SQLModel.metadata.tables["test_note"].create(database.engine)
    with database.system_session() as session:
        session.add(Note(id="x", tenant_id=A))
    with database.system_session(read_only=True) as session:
        session.exec(select(Note)).one().data = {"n": 5}
        assert session.exec(select(Note.data)).one() == {}
    with database.system_session(read_only=True) as session:
        assert session.exec(select(Note.data)).one() == {}
    database.dispose()


def test_a_kept_connection_that_another_thread_took_is_made_anew(database: Database) -> None:
    class Taken(list[Any]):
        def __len__(self) -> int:
            return 1  # as it was a moment ago

    database._spare = Taken()
    with database.plain() as plain:
        assert plain.row(Statement("SELECT 1"), {}) == (1,)
    database.dispose()


def test_a_row_is_put_once_or_changed(database: Database) -> None:
    row = {"id": "c", "tenant_id": A, "data": {"n": 1}}
    with database.system_session() as session:
        put(session, Note, row, ["id"])
        put(session, Note, {**row, "data": {"n": 2}}, ["id"])
        assert session.exec(select(Note).where(Note.id == "c")).one().data == {"n": 1}
        session.expire_all()
        put(session, Note, row, ["id"], {"data": {"n": 3}})
        assert session.exec(select(Note).where(Note.id == "c")).one().data == {"n": 3}


def test_many_looks_at_once_keep_few_connections_from_others(postgres_url: str) -> None:
    database = Database(postgres_url)
    with ThreadPoolExecutor(25) as pool:
        slow = Statement("SELECT pg_sleep(0.1)")
        assert len([*pool.map(lambda _: database.look(slow, {}), range(25))]) == 25
    assert len(database._looks._kept) == looks.MOST_KEPT
    with ExitStack() as stack:
        for _ in range(25):
            session = stack.enter_context(database.system_session())
            session.execute(text("SELECT 1"))
    database.dispose()


class Emptied(list[Any]):
    """Says that there is something, which another thread takes first."""

    def __bool__(self) -> bool:
        return True


def test_a_look_outlives_the_databases_going_away(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection is kept; one that died is made anew once it has rested, and is none of the pool's meanwhile."""
    database, asked = Database(postgres_url), Statement("SELECT pg_backend_pid(), :word")
    first = database.look(asked, {"word": "a"})
    assert first is not None and database.look(asked, {"word": "b"}) == (first[0], "b")
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(END_THE_OTHERS)
    with pytest.raises(Unavailable):
        database.look(asked, {"word": "c"})
    second = database.look(asked, {"word": "d"})
    assert second is not None and second[0] != first[0]
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(END_THE_OTHERS)
    monkeypatch.setattr(looks, "REST_SECONDS", 0.0)
    monkeypatch.setattr(database._looks, "_kept", Emptied(database._looks._kept))
    assert database.look(asked, {"word": "e"}) is not None
    with psycopg.connect(postgres_url) as other:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert other.execute(query).fetchone() == (1,)
    database.dispose()


def test_many_plain_transactions_at_once_keep_few_connections_from_others(postgres_url: str) -> None:
    database = Database(postgres_url)

    def work(_: int) -> None:
        with database.plain() as plain:
            plain.row(Statement("SELECT pg_sleep(0.1)"), {})

    with ThreadPoolExecutor(25) as pool:
        list(pool.map(work, range(25)))
    assert len(database._spare) == db.MOST_SPARE
    assert database.engine.pool.checkedout() == db.MOST_SPARE  # type: ignore[attr-defined]
    database.dispose()


def test_without_a_connection_left_it_is_to_be_tried_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = database.engine.pool
    monkeypatch.setattr(pool, "_timeout", 0.01)
    held = [pool.connect() for _ in range(30)]
    with pytest.raises(Unavailable, match="no connection left"), database.system_session() as session:
        session.execute(text("SELECT 1"))
    with pytest.raises(Unavailable, match="no connection left"), database.plain():
        pass
    with pytest.raises(Unavailable, match="no connection left"):
        database.look(Statement("SELECT 1"), {})
    for connection in held:
        connection.close()
    assert database.look(Statement("SELECT 1"), {}) == (1,)
