"""Plain SQL for the few statements that run thousands of times a minute: a transaction on the driver's own cursor.

Building, running and reading such a statement through the ORM takes longer than the database needs for it. A plain
transaction can lend a session of the same transaction, made only when somebody asks for it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlmodel import Session

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


class Plain:
    """One transaction. `Database.plain()` makes one; `Plain.of(session)` is that of a session."""

    __slots__ = ("_driver", "_execute", "_lend", "_unsent", "after", "is_sqlite", "lent")

    def __init__(
        self, connection: Any, is_sqlite: bool, lend: Callable[[], Session], after: list[Callable[[], None]]
    ) -> None:
        self._driver = connection
        self._execute = connection.execute
        self._unsent: list[tuple[str, Mapping[str, Any]]] = []
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
        plain.lent = session  # whose commit sends nothing of ours
        return plain

    @property
    def session(self) -> Session:
        """A session of this transaction."""
        self._send()
        if self.lent is None:
            self.lent = self._lend()
        return self.lent

    def rows(self, statement: Statement, values: Mapping[str, Any] = {}) -> list[tuple[Any, ...]]:
        """All rows that a statement returns."""
        self._send()
        found: list[tuple[Any, ...]] = self._execute(
            statement.sqlite if self.is_sqlite else statement.postgres, values
        ).fetchall()
        return found

    def row(self, statement: Statement, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The only row that a statement returns, if it does."""
        found: list[tuple[Any, ...]] = self.rows(statement, values)  # to its end: only then RETURNING has changed all
        return found[0] if found else None

    def change(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """Runs a statement that returns nothing; how many rows it changed."""
        self._send()
        return int(self._execute(statement.sqlite if self.is_sqlite else statement.postgres, values).rowcount)

    def write(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Runs a statement of which nobody asks what it did: in its order, at the latest with the commit. PostgreSQL
        gets those that follow each other, and the commit behind them, in one message."""
        if self.is_sqlite or self.lent is not None:
            self._execute(statement.sqlite if self.is_sqlite else statement.postgres, values)
        else:
            self._unsent.append((statement.postgres, values))

    def commit(self) -> None:
        """Ends the transaction; where a session was lent, its commit does."""
        if not self._unsent:
            self._driver.commit()
            return
        with self._driver.pipeline():
            self._send()
            self._driver.commit()

    def _send(self) -> None:
        for statement, values in self._unsent:
            self._execute(statement, values)
        self._unsent.clear()


def moment(stored: str | datetime) -> datetime:
    """A time as a driver gives it, in UTC. SQLite keeps it as text without a zone."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored.astimezone(UTC)


@lru_cache(maxsize=1)
def driver_errors() -> tuple[type[Exception], ...]:
    """What the drivers raise when the database does not answer."""
    import sqlite3

    import psycopg

    return (sqlite3.OperationalError, psycopg.OperationalError)
