"""Plain SQL for the few statements that run thousands of times a minute: a transaction on the driver's own cursor.

Building, running and reading such a statement through the ORM takes longer than the database needs for it. A plain
transaction can lend a session of the same transaction, made only when somebody asks for it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlmodel import Session

from flatrender.core import prepared
from flatrender.core.prepared import Prepared

_NAME, _WORD = re.compile(r"(?<!:):([a-z_]+)"), re.compile(r"\{([a-z_]+)\}")


class Statement:
    """A statement with `:name` for values, in SQLite's words and in PostgreSQL's where they differ.

    `{now}` is the database's clock, `{later}` the moment `:seconds` after it; `{name}` any of `parts`, which several
    statements have in common.
    """

    def __init__(self, sqlite: str, postgres: str | None = None, **parts: str) -> None:
        self.sqlite = _filled(sqlite, {**parts, **_SQLITE})
        self.postgres = _NAME.sub(r"%(\1)s", _filled(postgres or sqlite, {**parts, **_POSTGRES}).replace("%", "%%"))
        self.prepared = Prepared(self.postgres)


# SQLite keeps times as text with six digits after the second; its own clock has three.
_SQLITE = {
    "now": "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    "later": "strftime('%Y-%m-%d %H:%M:%f000', 'now', :seconds || ' seconds')",
}
_POSTGRES = {"now": "clock_timestamp()", "later": "clock_timestamp() + make_interval(secs => :seconds)"}


def _filled(text: str, words: Mapping[str, str]) -> str:
    while (filled := _WORD.sub(lambda found: words[found[1]], text)) != text:
        text = filled
    return text


Written = tuple[Statement, Mapping[str, Any]]


class Plain:
    """One transaction. `Database.plain()` makes one; `Plain.of(session)` is that of a session.

    On PostgreSQL its statements are prepared ones, and each question takes along what nobody asks about.
    """

    __slots__ = (
        "_asked",
        "_borrowed",
        "_driver",
        "_execute",
        "_lend",
        "_started",
        "_unsent",
        "after",
        "is_sqlite",
        "lent",
    )

    def __init__(
        self, connection: Any, is_sqlite: bool, lend: Callable[[], Session], after: list[Callable[[], None]]
    ) -> None:
        self._driver = connection
        self._execute = connection.execute
        self._unsent: list[tuple[Prepared, Mapping[str, Any]]] = []
        self._started = self._asked = self._borrowed = False
        self.is_sqlite = is_sqlite
        self._lend = lend
        self.lent: Session | None = None  # the session, where somebody asked for it
        self.after = after  # what is called after the commit, and never when it was rolled back

    @classmethod
    def of(cls, session: Session) -> "Plain":
        """The session's transaction. What the session has not written yet is written first; rows that it has read are
        read again when they are needed."""
        session.flush()
        session.expire_all()
        driver = session.connection().connection.dbapi_connection
        after = session.info.setdefault("on_commit", [])
        plain = cls(driver, session.get_bind().dialect.name == "sqlite", lambda: session, after)
        plain.lent, plain._borrowed = session, True  # whose owner uses it as well, and ends it
        return plain

    @property
    def session(self) -> Session:
        """A session of this transaction."""
        self.catch_up()
        if self.lent is None:
            self.lent = self._lend()
        return self.lent

    def rows(
        self, statement: Statement, values: Mapping[str, Any] = {}, *, ahead: Sequence[Written] = ()
    ) -> list[tuple[Any, ...]]:
        """All rows that a statement returns. `ahead`: what is written after it whatever they are: PostgreSQL gets it in
        the same message, and goes on with it while we make up the rest."""
        if self.is_sqlite:
            found: list[tuple[Any, ...]] = self._execute(statement.sqlite, values).fetchall()
            for written in ahead:
                self.write(*written)
            return found
        return self._ask(statement, values, ahead).rows()

    def row(
        self, statement: Statement, values: Mapping[str, Any] = {}, *, ahead: Sequence[Written] = ()
    ) -> tuple[Any, ...] | None:
        """The only row that a statement returns, if it does. `ahead`: as for `rows`."""
        found = self.rows(statement, values, ahead=ahead)  # to its end: only then RETURNING has changed all
        return found[0] if found else None

    def change(self, statement: Statement, values: Mapping[str, Any] = {}) -> int:
        """Runs a statement that returns nothing; how many rows it changed."""
        if self.is_sqlite:
            return int(self._execute(statement.sqlite, values).rowcount)
        return self._ask(statement, values).changed()

    def write(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Runs a statement of which nobody asks what it did: in its order, at the latest with the commit. PostgreSQL
        gets it in one message with the next question or the commit."""
        if self.is_sqlite:
            self._execute(statement.sqlite, values)
        elif self._borrowed:
            self._ask(statement, values)
        else:
            self._unsent.append((statement.prepared, values))

    def stored(self, at: datetime) -> str | datetime:
        """A time as the driver takes it; see `moment`."""
        return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if self.is_sqlite else at

    def go_on(self) -> None:
        """PostgreSQL begins with what was written so far, while we make up the rest."""
        if self._unsent and self.lent is None:
            prepared.start(self._driver, self._unsent)
            self._unsent = []
            self._started = self._asked = True

    def catch_up(self) -> None:
        """What was written so far is there for the session as well."""
        if self._unsent or self._started:
            self._send()

    def commit(self) -> None:
        """Ends the transaction."""
        if self.lent is not None:
            session = self.session
            if not self.is_sqlite:
                prepared.has_begun(self._driver)  # the driver's own commit does not say that it took all back
            session.commit()  # which ends nothing where nobody asked the session for anything
        if self.is_sqlite:
            self._driver.commit()
        elif self._unsent or (self._asked if self.lent is None else prepared.has_begun(self._driver)):
            self._unsent.append((prepared.COMMIT, {}))
            self._send()

    def _ask(self, statement: Statement, values: Mapping[str, Any], ahead: Sequence[Written] = ()) -> prepared.Answer:
        self._unsent.append((statement.prepared, values))
        if self.lent is None:
            return self._send(ahead)
        answer = self._send()  # the session may ask something at any time: nothing is under way meanwhile
        for written in ahead:
            self.write(*written)
        return answer

    def _send(self, ahead: Sequence[Written] = ()) -> prepared.Answer:
        unsent, self._unsent, self._started, self._asked = self._unsent, [], bool(ahead), True
        following = [(statement.prepared, values) for statement, values in ahead]
        return prepared.send(self._driver, unsent, awake=True, ahead=following)


def moment(stored: str | datetime) -> datetime:
    """A time as a driver gives it, in UTC. SQLite keeps it as text without a zone."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored.astimezone(UTC)


@lru_cache(maxsize=1)
def driver_errors() -> tuple[type[Exception], ...]:
    """What the drivers raise when the database does not answer."""
    import sqlite3

    import psycopg

    return (sqlite3.OperationalError, psycopg.OperationalError)
