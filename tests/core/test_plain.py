"""Plain transactions: all or nothing, whatever is on its way to the server when something fails."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from flatrender.core import prepared, process
from flatrender.core.db import Database
from flatrender.core.errors import Unavailable
from flatrender.core.plain import Plain, Statement
from tests.deadline import until

MAKE = Statement("CREATE TABLE test_word (id INTEGER PRIMARY KEY, said TEXT NOT NULL)")
WRITE = Statement("INSERT INTO test_word (id, said) VALUES (:id, :said)")
FIND = Statement("SELECT id, said FROM test_word ORDER BY id")
CHANGE = Statement("UPDATE test_word SET said = :said WHERE id > :id")
COUNT = Statement("SELECT count(*) FROM test_word")


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with the table."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('plain') / 'test.db'}"
        else:
            url = stack.enter_context(request.getfixturevalue("postgres_server").database())
        database = Database(url)
        with database.plain() as plain:
            plain.change(MAKE)
        database.dispose()
        yield url


@pytest.fixture
def database(made: str) -> Iterator[Database]:
    database = Database(made)
    yield database
    with database.plain() as plain:
        plain.change(Statement("DELETE FROM test_word"))
    database.dispose()


def found(database: Database) -> list[tuple[Any, ...]]:
    with database.plain() as plain:
        return plain.rows(FIND)


def test_what_is_written_is_there_for_the_next_question_and_for_a_session(database: Database) -> None:
    with database.plain() as plain:
        plain.write(WRITE, {"id": 1, "said": "سلام :x %s 100%"})
        assert plain.rows(FIND) == [(1, "سلام :x %s 100%")]
        plain.write(WRITE, {"id": 2, "said": "b"})
        assert len(plain.rows(FIND, ahead=[(WRITE, {"id": 3, "said": "c"})])) == 2
        assert plain.change(CHANGE, {"id": 1, "said": "d"}) == 2
        assert plain.row(COUNT, ahead=[(WRITE, {"id": 4, "said": "e"})]) == (3,)
        plain.write(WRITE, {"id": 0, "said": "0"})
        plain.go_on()
        plain.write(WRITE, {"id": -1, "said": "-"})
        plain.go_on()
        assert plain.row(COUNT, ahead=[(CHANGE, {"id": 3, "said": "e"})]) == (6,)
        assert plain.change(Statement("DELETE FROM test_word WHERE id < 1")) == 2
        rows = plain.session.connection().exec_driver_sql(FIND.sqlite)
        assert [said for _, said in rows][1:] == ["d", "d", "e"]
        plain.write(WRITE, {"id": 5, "said": "f"})
        assert plain.row(COUNT) == (5,)
        assert plain.row(COUNT, ahead=[(WRITE, {"id": 6, "said": "g"})]) == (5,)  # while a session may ask at any time
        assert plain.session.connection().exec_driver_sql(COUNT.sqlite).scalar() == 6
    assert [said for _, said in found(database)][3:] == ["e", "f", "g"]
    with database.plain() as plain:
        assert plain.row(COUNT, ahead=[(WRITE, {"id": 7, "said": "h"})]) == (6,)
    assert found(database)[6:] == [(7, "h")]
    with database.plain():
        pass


def test_each_question_gets_its_own_answer_whatever_is_under_way(database: Database) -> None:
    with database.plain() as plain:
        for number in range(3):
            written = {"id": number, "said": "a"}
            assert plain.row(COUNT, ahead=[(WRITE, written)]) == (number,)
        plain.write(WRITE, {"id": 3, "said": "b"})
        assert plain.row(COUNT, ahead=[(WRITE, {"id": 4, "said": "c"})]) == (4,)
    assert [number for number, _ in found(database)] == [0, 1, 2, 3, 4]


def test_the_server_knows_that_it_waits_for_us(database: Database) -> None:
    """Only then does its limit for idle transactions free what a node that was cut off has locked."""
    if database.is_sqlite:
        return
    state = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
    with database.plain() as plain, database.engine.connect() as other:
        [(pid,)] = plain.rows(Statement("SELECT pg_backend_pid()"), ahead=[(WRITE, {"id": 1, "said": "a"})])
        idle = other.execution_options(isolation_level="AUTOCOMMIT")
        until(lambda: idle.execute(state, {"pid": pid}).scalar() == "idle in transaction", what="that it waits")


def fails(plain: Plain) -> None:
    raise KeyError


def asks(plain: Plain) -> None:
    plain.write(WRITE, {"id": 1, "said": None})
    plain.rows(FIND)


def asks_later(plain: Plain) -> None:
    plain.rows(FIND, ahead=[(WRITE, {"id": 1, "said": None})])
    plain.write(WRITE, {"id": 2, "said": "b"})
    plain.rows(FIND)


def asks_with_more_ahead(plain: Plain) -> None:
    plain.write(WRITE, {"id": 1, "said": None})
    plain.rows(FIND, ahead=[(WRITE, {"id": 2, "said": "b"})])


def commits(plain: Plain) -> None:
    plain.rows(FIND, ahead=[(WRITE, {"id": 1, "said": None})])


def goes_on(plain: Plain) -> None:
    plain.write(WRITE, {"id": 1, "said": None})
    plain.go_on()
    plain.rows(FIND, ahead=[(WRITE, {"id": 2, "said": "b"})])


def lends(plain: Plain) -> None:
    plain.write(WRITE, {"id": 1, "said": None})
    assert plain.session


def test_the_transaction_of_a_session_is_undone_with_it(database: Database) -> None:
    with pytest.raises(KeyError), database.system_session() as session:
        Plain.of(session).write(WRITE, {"id": 1, "said": "a"})  # the first that the session does
        raise KeyError
    assert found(database) == []


@pytest.mark.parametrize("how", [fails, asks, asks_later, asks_with_more_ahead, commits, goes_on, lends])
def test_nothing_stays_of_what_failed(database: Database, how: Callable[[Plain], None]) -> None:
    told: list[str] = []
    for _ in range(2):  # on a connection that has prepared nothing, and on another
        with pytest.raises(Exception, match=r"^$|said|KeyError") as failure, database.plain() as plain:
            plain.after.append(lambda: told.append("committed"))
            plain.rows(FIND, ahead=[(WRITE, {"id": 9, "said": "a"})])
            how(plain)
        assert not isinstance(failure.value, Unavailable) or how is not fails
        assert (found(database), told) == ([], [])
    with database.plain() as plain:
        plain.rows(FIND, ahead=[(WRITE, {"id": 1, "said": "a"})])
    assert found(database) == [(1, "a")]


def test_nobody_takes_anothers_answer_for_theirs(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    if database.is_sqlite:
        return  # which has answered when the call returns

    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    with database.plain() as plain:
        plain.rows(FIND)
        before = plain._driver
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt), database.plain() as plain:
        patch.setattr(prepared, "_results", interrupted)
        plain.write(WRITE, {"id": 1, "said": "a"})
        plain.rows(COUNT)
    assert before.closed
    with pytest.raises((KeyboardInterrupt, OperationalError)), database.system_session() as session:
        patch.setattr(prepared, "_results", interrupted)
        try:
            Plain.of(session).write(WRITE, {"id": 1, "said": "a"})
        finally:
            patch.undo()
    for _ in range(2):
        with database.system_session() as session:
            assert Plain.of(session).rows(FIND) == []
    assert found(database) == []


def test_a_table_that_changed_meanwhile_is_told_and_the_next_time_known(database: Database) -> None:
    everything = Statement("SELECT * FROM test_word")
    with database.plain() as plain:
        plain.rows(everything)
    other = Database(database.url)
    with other.plain() as plain:
        plain.change(Statement("ALTER TABLE test_word ADD COLUMN at TEXT"))
    other.dispose()
    if not database.is_sqlite:
        with pytest.raises(Unavailable, match="changed just now"), database.plain() as plain:
            plain.rows(everything)
    with database.plain() as plain:
        assert plain.rows(everything) == []


def test_a_value_that_no_text_can_be_is_refused(database: Database) -> None:
    if database.is_sqlite:
        return  # which takes it
    with pytest.raises(psycopg.DataError), database.plain() as plain:
        plain.write(WRITE, {"id": 1, "said": "a\0b"})
    assert found(database) == []


@pytest.mark.parametrize("crowded", [False, True])
def test_who_answers_at_once_is_waited_for_awake_where_nobody_wants_the_core(
    database: Database, monkeypatch: pytest.MonkeyPatch, crowded: bool
) -> None:
    if database.is_sqlite:
        return
    monkeypatch.setattr(prepared, "AWAKE", 60.0)
    monkeypatch.setattr(prepared, "CROWDED", -1.0 if crowded else 60.0)
    with database.plain() as plain:
        vain = plain._driver._prepared.vain
        assert [plain.row(COUNT) for _ in range(3)] == [(0,)] * 3
        assert plain._driver._prepared.vain == (vain + 3 if crowded else 0)


def test_where_no_core_can_be_offered_everything_is_waited_for_asleep() -> None:
    """As on Windows, which has no `sched_yield`."""
    words = "import os; del os.sched_yield; from flatrender.core import prepared; print(prepared.AWAKE)"
    assert process.run([sys.executable, "-c", words], limits=process.Limits(60)).stdout.split() == [b"0.0"]


def test_who_waited_awake_in_vain_again_and_again_sleeps_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "PAUSES", (1.0, 3.0))
    known = prepared.Manager.__new__(prepared.Manager)
    known.asleep_until, known.pause, known.vain = 0.0, 1.0, 0
    for moment in range(prepared.VAIN - 1):
        known.waited(float(moment), in_vain=True)
        assert known.asleep_until == 0.0
    asleep_until = []
    for at in (10.0, 20.0, 30.0, 40.0):
        known.waited(at, in_vain=True)
        asleep_until.append(known.asleep_until)
    assert asleep_until == [11.0, 22.0, 33.0, 43.0]
    known.waited(50.0, in_vain=False)
    for moment in range(51, 51 + prepared.VAIN):
        known.waited(float(moment), in_vain=True)
    assert known.asleep_until == 50.0 + prepared.VAIN + 1.0


def test_a_session_that_nobody_asked_anything_commits_all_the_same(database: Database) -> None:
    with database.plain() as plain:
        plain.write(WRITE, {"id": 1, "said": "a"})
        assert plain.session
    other = Database(database.url)  # the connection is kept: another one sees what is committed
    assert found(other) == [(1, "a")]
    other.dispose()


@pytest.mark.parametrize("lent", [False, True])
def test_a_commit_that_took_all_back_is_no_commit(database: Database, lent: bool) -> None:
    if database.is_sqlite:
        return  # where the other statements stay
    told: list[str] = []
    with pytest.raises(psycopg.errors.InFailedSqlTransaction), database.plain() as plain:
        plain.after.append(lambda: told.append("committed"))
        plain.write(WRITE, {"id": 9, "said": "a"})
        if lent:
            plain.session.connection()
        with pytest.raises(psycopg.IntegrityError):
            plain.change(WRITE, {"id": 1, "said": None})
    assert (found(database), told) == ([], [])


def test_a_session_says_that_the_database_is_away_whoever_asked_in_it(database: Database) -> None:
    if database.is_sqlite:
        return
    with pytest.raises(Unavailable), database.system_session() as session:
        plain = Plain.of(session)
        [(number,)] = plain.rows(Statement("SELECT pg_backend_pid()"))
        with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
        plain.rows(FIND)
    with database.system_session() as session:
        assert Plain.of(session).rows(FIND) == []
