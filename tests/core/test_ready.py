"""Statements that are put together once: whose rows they find, in both databases, and what becomes of failures."""

import hashlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg._connection_base import BaseConnection
from psycopg._preparing import PrepareManager
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.exc import DataError
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

import flatrender.api.app  # noqa: F401 - loads every statement
from flatrender.core import ready
from flatrender.core.db import Database, JsonDict, TenantOwned, UtcDateTime
from flatrender.core.errors import NotFound, Unavailable
from flatrender.core.ready import CrossTenantRead, Ready, among
from flatrender.projects import listing as projects
from flatrender.renders import listing as renders
from flatrender.templates import catalogue
from tests.servers import END_THE_OTHERS, PostgresServer

A, B = "a" * 32, "b" * 32
AT = datetime(2026, 11, 27, 12, 0, 1, 5, tzinfo=UTC)


class Leaf(TenantOwned, table=True):
    __tablename__ = "test_leaf"
    __table_args__ = {"info": {"test_only": True}}

    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    parts: dict[str, int] = Field(sa_type=JsonDict)
    size: float = 0.5


_ALL: Any = (Leaf.id, Leaf.at, Leaf.parts, Leaf.size)
ALL = Ready(select(*_ALL).order_by(col(Leaf.id)))
SOME = Ready(
    select(col(Leaf.id)).where(among(col(Leaf.id), "ids"), col(Leaf.at) <= bindparam("now", type_=UtcDateTime))
)
MOVED = Ready(update(Leaf).where(col(Leaf.id) == bindparam("leaf")).values(at=bindparam("now")).returning(col(Leaf.id)))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    else:
        database = Database(request.getfixturevalue("postgres_url"))
    SQLModel.metadata.tables["test_leaf"].create(database.engine)
    for tenant in (A, B):
        with database.tenant_session(tenant) as session:
            session.add(Leaf(id=tenant[0], at=AT, parts={"n": 1}))
    yield database
    database.dispose()


def test_a_tenants_session_finds_and_changes_its_own_rows_alone(database: Database) -> None:
    with database.tenant_session(A, read_only=True) as session:
        assert ALL.rows(session) == [("a", AT, {"n": 1}, 0.5)]
        assert SOME.rows(session, ids=["a", "b", "c"], now=AT) == [("a",)]
        assert SOME.rows(session, ids=[], now=AT) == []
    with database.tenant_session(A) as session:
        later = AT.replace(year=2027)
        assert MOVED.row(session, leaf="b", now=later) is None
        assert MOVED.row(session, leaf="a", now=later) == ("a",)
    with database.system_session(read_only=True) as session:
        assert [(name, at.year) for name, at, *_ in ALL.rows(session)] == [("a", 2027), ("b", 2026)]


def test_an_update_over_all_tenants_is_taken_back_with_all_that_fails(database: Database) -> None:
    later = AT.replace(year=2030)
    with pytest.raises(ZeroDivisionError), database.system_session() as session:
        assert MOVED.row(session, leaf="a", now=later) == ("a",)
        raise ZeroDivisionError
    with database.system_session() as session:
        assert MOVED.row(session, leaf="b", now=later) == ("b",)
    with database.system_session(read_only=True) as session:
        assert [(name, at.year) for name, at, *_ in ALL.rows(session)] == [("a", 2026), ("b", 2030)]


def test_what_is_not_there_makes_nobody_forget_what_is_prepared(postgres_url: str) -> None:
    database = Database(postgres_url)
    SQLModel.metadata.tables["test_leaf"].create(database.engine)
    for failure in (None, NotFound("No such leaf.")):
        with suppress(NotFound), database.tenant_session(A, read_only=True) as session:
            assert ALL.rows(session) == []
            if failure is not None:
                raise failure
        with database.tenant_session(A, read_only=True) as session:
            driver: Any = session.connection().connection.dbapi_connection
            assert len(driver._prepared.names) == 1
    database.dispose()


def test_the_driver_keeps_what_it_prepares_as_it_did() -> None:
    """`core.prepared.Manager` stands in the place of a private part of the driver."""
    parts = "".join(map(inspect.getsource, (PrepareManager, BaseConnection._rollback_gen)))
    digest = hashlib.sha256(parts.encode()).hexdigest()[:16]
    assert digest == "9407e09e16f85a24", (
        "This psycopg keeps its prepared statements, or ends transactions, in another way: read PrepareManager and "
        "_rollback_gen, change core.prepared.Manager and core.walls where they need it, and note the new digest here."
    )


def test_what_is_not_written_yet_is_seen_and_what_fails_is_taken_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.tenant_session(A) as session:
        session.add(Leaf(id="new", at=AT, parts={}))
        assert [name for name, *_ in ALL.rows(session)] == ["a", "new"]
        assert MOVED.row(session, leaf="a", now=AT.replace(year=2030)) is not None
        raise ZeroDivisionError
    with database.tenant_session(A, read_only=True) as session:
        assert ALL.rows(session) == [("a", AT, {"n": 1}, 0.5)]


def test_a_statement_without_its_tenant_is_refused(database: Database) -> None:
    """Criteria are added to what knows the model, not to its bare table, nor to another name of it."""
    table = SQLModel.metadata.tables["test_leaf"]
    other = table.alias("x")
    ids = col(Leaf.id)
    for bare in (
        select(table.c.id),
        select(func.count()).select_from(table),
        select(ids, other.c.id),
        select(ids).join(other, other.c.size == col(Leaf.size)),
        select(ids, table.alias().c.id),
        select(ids).where(ids.in_(select(other.c.id))),
        select(ids).where(select(other.c.id).where(other.c.id == ids).exists()),
        select(ids, select(other.c.id).scalar_subquery()),
        select(ids).where(ids.in_(select(text("id")).select_from(text("test_leaf")))),
        select(ids).select_from(Leaf, select(table.c.id).subquery("inner")),
        select(ids).where(ids.in_(select(other.c.id).where(other.c.tenant_id == bindparam("mine")))),
        update(Leaf).where(ids.in_(select(other.c.id))).values(size=1.0).returning(ids),
    ):
        with pytest.raises(CrossTenantRead), database.tenant_session(A) as session:
            Ready(bare).rows(session, mine=B)


def test_a_table_may_be_read_by_several_names_of_its_model(database: Database) -> None:
    other, ids = aliased(Leaf), col(Leaf.id)
    for fine in (
        select(ids, col(other.id)).join(other, col(other.size) == col(Leaf.size)),
        select(ids, col(other.id)).outerjoin(other, col(other.size) == col(Leaf.size)),
        select(ids, select(func.max(col(other.id))).scalar_subquery()),
        select(ids, ids).where(ids.in_(select(col(other.id)))),
    ):
        with database.tenant_session(A, read_only=True) as session:
            assert Ready(fine).rows(session) == [("a", "a")]


def test_every_statement_asks_for_the_tenant_of_each_of_its_tables(database: Database) -> None:
    for words, known, sort in ((0, False, "recent"), (3, True, "name")):
        projects._asked(words, known, known, sort)
        catalogue._of_all(known, sort if known else "newest")
    for sees in ("all", "site", "own"):
        renders._of_all(sees, True, "node", True)
    found = list(Ready.every)
    assert len(found) > 20
    for each in found:
        each.made(database.engine.dialect, scoped=True)


def test_roles_that_look_at_statements_see_these(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Callable[[], bool]] = [lambda: True]
    monkeypatch.setattr(ready, "WATCHING", asked)
    monkeypatch.setattr(ready._Made, "run", lambda *_: pytest.fail("went its own way"))
    with database.tenant_session(A) as session:
        assert ALL.rows(session) == [("a", AT, {"n": 1}, 0.5)]
        assert SOME.rows(session, ids=["a", "b"], now=AT) == [("a",)]
        assert MOVED.row(session, leaf="b", now=AT) is None


def test_a_value_that_cannot_be_is_an_error_of_data(postgres_url: str) -> None:
    database = Database(postgres_url)
    SQLModel.metadata.tables["test_leaf"].create(database.engine)
    with pytest.raises(DataError), database.tenant_session(A) as session:
        SOME.rows(session, ids=["\0"], now=AT)
    database.dispose()


def test_a_lost_connection_is_told_and_another_one_taken(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        database = Database(url)
        SQLModel.metadata.tables["test_leaf"].create(database.engine)
        with pytest.raises(Unavailable), database.tenant_session(A) as session:
            ALL.rows(session)
            with psycopg.connect(url, autocommit=True) as other:
                other.execute(END_THE_OTHERS)
            ALL.rows(session)
        with database.tenant_session(A) as session:
            assert ALL.rows(session) == []
        database.dispose()


def test_what_is_prepared_lasts_and_what_the_server_has_forgotten_is_prepared_anew(postgres_url: str) -> None:
    database = Database(postgres_url)
    SQLModel.metadata.tables["test_leaf"].create(database.engine)
    names = text(
        "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'ready%' AND statement LIKE '%test_leaf%'"
    )
    for _ in range(3):
        with database.tenant_session(A, read_only=True) as session:
            assert ALL.rows(session) == []
            assert session.execute(names).scalar_one() == 1
    with database.tenant_session(A) as session:
        for number in range(3):
            with pytest.raises(ZeroDivisionError), session.begin_nested():
                session.add(Leaf(id=f"{number}", at=AT, parts={}))
                assert len(ALL.rows(session)) == 1
                raise ZeroDivisionError
            assert ALL.rows(session) == []
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), database.tenant_session(A) as session:
            assert ALL.rows(session) == []
            raise ZeroDivisionError
    with database.tenant_session(A) as session:
        assert ALL.rows(session) == []
    database.dispose()


def test_a_statement_whose_columns_have_changed_is_prepared_anew(postgres_server: PostgresServer) -> None:
    """As by an update's migration: who reads does not notice, who has written is asked to try again."""
    with postgres_server.database() as url:
        database = Database(url)
        SQLModel.metadata.tables["test_leaf"].create(database.engine)
        for tenant in (A, B):
            with database.tenant_session(tenant) as session:
                session.add(Leaf(id=tenant[0], at=AT, parts={}))

        def names(*, tenant: str | None, read_only: bool) -> list[str]:
            opened = (
                database.tenant_session(tenant, read_only=read_only)
                if tenant
                else database.system_session(read_only=read_only)
            )
            with opened as session:
                return [name for name, *_ in ALL.rows(session)]

        def changes(length: int) -> None:
            with psycopg.connect(url, autocommit=True) as other:
                other.execute(f"ALTER TABLE test_leaf ALTER COLUMN id TYPE varchar({length})")  # type: ignore[arg-type]

        assert names(tenant=A, read_only=True) == ["a"]
        changes(100)
        with database.tenant_session(A, read_only=True) as session:
            assert session.execute(text("SELECT count(*) FROM test_leaf")).scalar_one() == 2  # in words: no criterion
            for _ in range(2):
                assert [name for name, *_ in ALL.rows(session)] == ["a"]
                walled = session.execute(text("SELECT current_setting('flatrender.tenant')")).scalar_one()
                assert walled == A, "the transaction is the tenant's again"
        assert names(tenant=B, read_only=True) == ["b"]
        assert names(tenant=None, read_only=True) == ["a", "b"]
        changes(200)
        assert names(tenant=None, read_only=True) == ["a", "b"]
        assert names(tenant=A, read_only=False) == ["a"]
        changes(300)
        with pytest.raises(Unavailable, match="try again"):
            names(tenant=A, read_only=False)
        assert names(tenant=A, read_only=False) == ["a"]
        database.dispose()
