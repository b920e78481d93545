"""Prepared statements of PostgreSQL, run on libpq itself: what is asked with every request.

The driver makes the parts of a cursor anew for each statement, and waits in Python for what libpq waits for itself:
half of the time that a small statement takes. Values and rows are still the driver's to write and read.
"""

import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import abc, adapt, errors, pq, waiting
from psycopg._preparing import PrepareManager

AWAKE = 0.0005 if hasattr(os, "sched_yield") and (os.cpu_count() or 1) > 1 else 0.0  # Windows cannot offer its core
"""Seconds for which the answer to a message is waited for without sleep: to fall asleep and be woken takes as long as a
small statement. Whoever did so in vain `VAIN` times running sleeps for the next `PAUSES` seconds, then twice as long:
the server is far, or needs the very core on which we would wait. One slow answer does not say so: the first one after
a rest is slow as well."""
VAIN, PAUSES = 6, (0.05, 1.0)
CROWDED = 0.00003  # seconds without our core, offered to whoever waits for it, that say that somebody did
_NAMED = re.compile(r"%%|%\((\w+)\)s")


class Manager(PrepareManager):
    """The driver's own of a connection, which also knows what is prepared here. The driver tells the server to forget
    all after a transaction or a savepoint was taken back, for what was prepared in it may name what is no more."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        super().__init__()
        self.transformer = adapt.Transformer(connection)
        self.names: dict[Prepared, bytes] = {}
        self.made = 0
        self.under_way = 0  # messages whose answers nobody has read
        self.asleep_until = 0.0  # when answers are waited for awake again
        self.pause, self.vain = PAUSES[0], 0

    def clear(self) -> bool:
        """As the driver does."""
        if self.names:
            self.names.clear()
            super().clear()
            self._to_flush.clear()
            self._to_flush.append(None)
            return True
        return super().clear()

    def waited(self, until: float, *, in_vain: bool) -> None:
        """What a wait for an answer, awake and over at `until`, says of the next ones."""
        if not in_vain:
            self.pause, self.vain = PAUSES[0], 0
            return
        self.vain += 1
        if self.vain >= VAIN:
            self.asleep_until = until + self.pause
            self.pause = min(2 * self.pause, PAUSES[1])

    def name(self, statement: "Prepared") -> bytes:
        """The name that a statement gets."""
        name = self.names[statement] = f"ready_{self.made}".encode()
        self.made += 1
        return name

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
        """All rows. The transaction begins with it, where none has and the connection is not one without. Raises
        psycopg.Error."""
        known, server = _manager(connection), connection.pgconn
        if _begins(connection):
            return send(connection, [(self, values)]).rows()
        write = known.transformer
        given = self._given(write, values)
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

    def _given(self, write: abc.Transformer, values: Mapping[str, Any]) -> Any:
        return write.dump_sequence([values[name] for name in self._order], self._formats)

    def _prepare(self, known: Manager, server: pq.abc.PGconn) -> bytes:
        name = known.name(self)
        result = server.prepare(name, self._text)
        if result.status != pq.ExecStatus.COMMAND_OK:
            del known.names[self]
            raise _error(server, result)
        return name


_BEGIN, COMMIT = Prepared("BEGIN"), Prepared("COMMIT")


class Answer:
    """What the last statement of a message returned."""

    __slots__ = ("_read", "_result")

    def __init__(self, read: abc.Transformer, result: pq.abc.PGresult) -> None:
        self._read, self._result = read, result

    def rows(self) -> list[tuple[Any, ...]]:
        """All rows; none of a statement without any."""
        self._read.set_pgresult(self._result)
        return self._read.load_rows(0, self._result.ntuples, tuple)

    def changed(self) -> int:
        """How many rows it changed."""
        return self._result.command_tuples or 0


Batch = Sequence[tuple[Prepared, Mapping[str, Any]]]


def start(connection: "psycopg.Connection[Any]", batch: Batch) -> None:
    """Hands statements to the server, which runs them while we go on; what becomes of them is told by the next `send`.
    Until then nobody else may use the connection."""
    _hand_over(connection, batch)
    connection.pgconn.pipeline_sync()  # what does not go through now goes with the next
    _manager(connection).under_way += 1


def send(connection: "psycopg.Connection[Any]", batch: Batch, *, awake: bool = False, ahead: Batch = ()) -> Answer:
    """Runs statements in their order, all of them in one message, with which the transaction begins where none has;
    those behind one that fails are not run. Raises psycopg.Error for it.

    `awake`: the answer is waited for without sleep, for a while: for whoever has nothing else to do on this core.
    `ahead`: more of them, in the same message. The server runs them while we go on with the answer; what becomes of
    them is told by the next `send`. Until then nobody else may use the connection."""
    known, server = _manager(connection), connection.pgconn
    awaited: int | None = _hand_over(connection, batch)
    before, known.under_way = known.under_way, int(bool(ahead))
    if ahead:
        server.send_flush_request()
        _hand_over(connection, ahead)
    else:
        awaited = None
    try:
        server.pipeline_sync()  # behind `ahead` as well: else the server never says that it is idle in a transaction
        began = time.perf_counter()
        awake = awake and began >= known.asleep_until
        answers = _results(server, began + AWAKE if awake else 0.0, before, awaited)
        results, slept = waiting.wait(answers, server.socket, _INTERVAL)
        if awake:
            known.waited(time.perf_counter(), in_vain=slept)
    except BaseException:  # answers are still on their way: nobody else must take them for theirs
        server.finish()
        raise
    if server.status == pq.ConnStatus.BAD:
        raise _error(server, results[-1]) if results else psycopg.OperationalError("the connection is lost")
    if not ahead:
        server.exit_pipeline_mode()
    for result in results:
        if result.status == pq.ExecStatus.PIPELINE_ABORTED:  # by an error that somebody swallowed
            raise failed_before()
        if result.status not in _FINE:  # what was to be prepared behind it is forgotten with the rollback
            raise _error(server, result)
    if batch and batch[-1][0] is COMMIT and results[-1].command_status == b"ROLLBACK":
        raise failed_before()
    return Answer(known.transformer, results[-1])


def failed_before() -> psycopg.Error:
    """What a commit is told where a statement before it failed and somebody swallowed the error: the server takes such
    a transaction back without an error."""
    return errors.InFailedSqlTransaction("the transaction had failed, and was taken back instead of committed")


def has_begun(connection: "psycopg.Connection[Any]") -> bool:
    """Whether a transaction is open. Raises psycopg.Error where it has failed."""
    status = connection.pgconn.transaction_status
    if status == pq.TransactionStatus.INERROR:
        raise failed_before()
    return status == pq.TransactionStatus.INTRANS


def _hand_over(connection: "psycopg.Connection[Any]", batch: Batch) -> int:
    """How many answers there will be."""
    known, server = _manager(connection), connection.pgconn
    write = known.transformer
    message = [(statement, statement._given(write, values)) for statement, values in batch]
    if server.pipeline_status == pq.PipelineStatus.OFF:
        if _begins(connection):
            message.insert(0, (_BEGIN, None))
        server.enter_pipeline_mode()
    answers = len(message)
    for statement, given in message:
        if (name := known.names.get(statement)) is None:
            name = known.name(statement)
            server.send_prepare(name, statement._text)
            answers += 1
        server.send_query_prepared(name, given)
    return answers


def _begins(connection: "psycopg.Connection[Any]") -> bool:
    """Whether a statement needs BEGIN before it."""
    return connection.pgconn.transaction_status == pq.TransactionStatus.IDLE and not connection.autocommit


def _results(
    server: pq.abc.PGconn, awake_until: float, before: int, most: int | None
) -> abc.PQGen[tuple[list[pq.abc.PGresult], bool]]:
    """The answers to what was sent, all or the first so many, and whether they took longer than until then or somebody
    else had the core. `before`: behind those of so many messages that were under way."""
    while server.flush():
        ready = yield waiting.WAIT_RW
        if ready & waiting.READY_R:
            server.consume_input()
    found: list[pq.abc.PGresult] = []
    while True:
        while server.is_busy():
            now = time.perf_counter()
            if now > awake_until:
                awake_until = 0.0
                yield waiting.WAIT_R
            else:
                os.sched_yield()
                if time.perf_counter() - now > CROWDED:
                    awake_until = 0.0
            server.consume_input()
        result = server.get_result()
        if result is None:  # the end of one statement's answer
            if server.status == pq.ConnStatus.BAD or (not before and len(found) == most):
                return found, not awake_until
        elif result.status == pq.ExecStatus.PIPELINE_SYNC:
            if not before:
                return found, not awake_until
            before -= 1
            if not before and most is not None:
                most += len(found)
        else:
            found.append(result)


_FINE = frozenset({pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK})
_INTERVAL = 0.1  # seconds until signals are looked at, as the driver does


def _manager(connection: "psycopg.Connection[Any]") -> Manager:
    known = connection._prepared
    assert isinstance(known, Manager), "a connection of core.db"
    return known


def _error(server: pq.abc.PGconn, result: pq.abc.PGresult) -> psycopg.Error:
    if server.status == pq.ConnStatus.BAD:
        return psycopg.OperationalError(result.get_error_message())
    return errors.error_from_result(result)
