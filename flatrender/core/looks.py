"""Looks: single statements that only read, with every request, on connections of their own outside of a transaction;
and what is said where the database does not answer."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection

from flatrender.core.errors import FlatRenderError, NoSpace, Unavailable
from flatrender.core.plain import Statement, driver_errors

REST_SECONDS = 2.0  # a connection that was used just now still lives
MOST_KEPT = 5  # connections: the others are for everybody


class Looks:
    """Connections of an engine that are kept for looks, on the driver's own cursor."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._is_sqlite = engine, engine.dialect.name == "sqlite"
        self._kept: list[tuple[PoolProxiedConnection, float]] = []  # and since when each rests

    def look(self, statement: Statement, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of a statement that only reads. Its connection is kept for the next one."""
        raw = self._connection()
        try:
            driver: Any = raw.dbapi_connection
            row: tuple[Any, ...] | None
            if self._is_sqlite:
                row = driver.execute(statement.sqlite, values).fetchone()
            else:
                found = statement.prepared.rows(driver, values)
                row = found[0] if found else None
        except driver_errors() as error:
            raw.invalidate()
            raise explained(error) from error
        except BaseException:
            raw.invalidate()
            raise
        if len(self._kept) < MOST_KEPT:
            self._kept.append((raw, time.monotonic()))
        else:
            if not self._is_sqlite:
                driver.autocommit = False
            raw.close()
        return row

    def end(self) -> None:
        """Closes what is kept."""
        with suppress(IndexError):  # none is left: other threads may do the same
            while True:
                self._kept.pop()[0].invalidate()

    def _connection(self) -> PoolProxiedConnection:
        try:
            raw, rests_since = self._kept.pop()
        except IndexError:
            raw, rests_since = self._autocommitting(), time.monotonic()
        if not self._is_sqlite and time.monotonic() - rests_since > REST_SECONDS:
            try:
                raw.dbapi_connection.execute("SELECT 1")  # type: ignore[union-attr]  # the driver's own
            except psycopg.Error:  # nor do the others live
                raw.invalidate()
                self.end()
                return self._autocommitting()
        return raw

    def _autocommitting(self) -> PoolProxiedConnection:
        try:
            raw = self._engine.raw_connection()
        except OperationalError as error:
            raise explained(error.orig) from error
        except PoolTimeout as error:
            raise all_taken() from error
        except driver_errors() as error:  # a connection of the driver's own is not explained by SQLAlchemy
            raise explained(error) from error
        if not self._is_sqlite:
            driver: Any = raw.dbapi_connection
            driver.autocommit = True
        return raw


def all_taken() -> FlatRenderError:
    """Every connection of the pool is in use."""
    return Unavailable("The database has no connection left; try again in a moment.")


def explained(error: object) -> FlatRenderError:
    """What is said of an error of the driver's."""
    said = str(error).lower()
    if "disk is full" in said or "no space" in said:
        return NoSpace("The disk of the database is full; free some space and try again.")
    if "no such table" in said:
        return Unavailable(
            "No studio runs here, its database is not set up; start it with `flatrender up`, or name the studio's own "
            "in DATABASE_URL or FLATRENDER_DATA."
        )
    return Unavailable("The database did not answer; try again in a moment.")
