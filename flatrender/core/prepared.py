"""Prepared statements of PostgreSQL, run on libpq itself: what is asked with every request.

The driver makes the parts of a cursor anew for each statement, and waits in Python for what libpq waits for itself:
half of the time that a small statement takes. Values and rows are still the driver's to write and read.
"""

import re
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import adapt, errors, pq
from psycopg._preparing import PrepareManager

_NAMED = re.compile(r"%%|%\((\w+)\)s")


class Manager(PrepareManager):
    """The driver's own of a connection, which also knows what is prepared here. The driver tells the server to forget
    all after a transaction or a savepoint was taken back, for what was prepared in it may name what is no more."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        super().__init__()
        self.transformer = adapt.Transformer(connection)
        self.names: dict[Prepared, bytes] = {}
        self.made = 0

    def clear(self) -> bool:
        """As the driver does."""
        if self.names:
            self.names.clear()
            super().clear()
            self._to_flush.clear()
            self._to_flush.append(None)
            return True
        return super().clear()

    def forget(self, server: pq.abc.PGconn) -> None:
        """Forgets all that is prepared, here and at the server; outside of a transaction."""
        self.clear()
        self._to_flush.clear()
        server.exec_(b"DEALLOCATE ALL")


def outdated(error: object) -> bool:
    """Whether a statement was prepared before its columns changed, as by an update's migration."""
    return isinstance(error, errors.FeatureNotSupported) and error.diag.source_function == "RevalidateCachedQuery"


class Prepared:
    """A statement with `%(name)s` for values, as the driver has it. What each value is, its place there says."""

    def __init__(self, sql: str) -> None:
        self._order: list[str] = []
        self._text = _NAMED.sub(self._place, sql).encode()
        self._formats = [adapt.PyFormat.TEXT] * len(self._order)

    def _place(self, found: "re.Match[str]") -> str:
        name = found[1]
        if name is None:
            return "%"
        if name not in self._order:
            self._order.append(name)
        return f"${self._order.index(name) + 1}"

    def rows(self, connection: "psycopg.Connection[Any]", values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows. The transaction has begun, or the connection is one without. Raises psycopg.Error."""
        known, server = connection._prepared, connection.pgconn
        assert isinstance(known, Manager), "a connection of core.db"
        write = known.transformer
        given: Any = write.dump_sequence([values[name] for name in self._order], self._formats)
        name = known.names.get(self) or self._prepare(known, server)
        result = server.exec_prepared(name, given)
        if result.status != pq.ExecStatus.TUPLES_OK:
            error = _error(server, result)
            if not outdated(error) or server.transaction_status != pq.TransactionStatus.IDLE:
                raise error
            known.forget(server)
            result = server.exec_prepared(self._prepare(known, server), given)
            if result.status != pq.ExecStatus.TUPLES_OK:
                raise _error(server, result)
        write.set_pgresult(result)
        return write.load_rows(0, result.ntuples, tuple)

    def _prepare(self, known: Manager, server: pq.abc.PGconn) -> bytes:
        name = f"ready_{known.made}".encode()
        result = server.prepare(name, self._text)
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise _error(server, result)
        known.made += 1
        known.names[self] = name
        return name


def _error(server: pq.abc.PGconn, result: pq.abc.PGresult) -> psycopg.Error:
    if server.status == pq.ConnStatus.BAD:
        return psycopg.OperationalError(result.get_error_message())
    return errors.error_from_result(result)
