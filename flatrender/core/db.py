"""The database: one engine, two kinds of session, and columns that mean the same on SQLite and PostgreSQL.

`tenant_session(tenant)` sees and writes only its tenant's rows of `TenantOwned` tables: the criteria are added to every
ORM select, update and delete, and a row of another tenant cannot be flushed; PostgreSQL looks after it as well (see
`core.walls`). `system_session()` sees all; only sign-in,
the farm, housekeeping and set-up use it. Services receive a session and never commit: leaving the context does.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import orjson
import psycopg
from sqlalchemy import JSON, DateTime, column, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError, NotSupportedError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import ORMExecuteState, SessionTransaction, UOWTransaction, with_loader_criteria
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, Session, SQLModel

from flatrender.core import walls
from flatrender.core.errors import FlatRenderError, Unavailable
from flatrender.core.looks import REST_SECONDS, Looks, all_taken, explained
from flatrender.core.plain import Plain, Statement, driver_errors
from flatrender.core.prepared import Manager, outdated
from flatrender.settings import get_settings

log = logging.getLogger(__name__)
DEFAULT_TENANT = "00000000000000000000000000000001"
MOST_SPARE = 5  # connections kept for plain transactions: the others are for everybody
STATEMENT_MS = 20_000  # as long as SQLite waits for its lock
UNANSWERED_MS = 15_000

# Named constraints: Alembic can only alter on SQLite what has a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times in the database are aware; use core.clock.now()")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonDict(TypeDecorator[Any]):
    """A JSON document (object or list): JSONB on PostgreSQL, JSON text on SQLite. Assign a new value to change it."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())


class TenantOwned(SQLModel):
    """Base of every table whose rows belong to a tenant. A tenant session fills `tenant_id` and filters on it."""

    tenant_id: str = Field(default="", max_length=32, index=True, nullable=False)


class CrossTenantWrite(FlatRenderError):
    """A program error: a tenant session was asked to write another tenant's row."""

    code = "cross-tenant-write"


class Database:
    """An engine for `url` and the sessions on it."""

    def __init__(self, url: str, *, echo: bool = False) -> None:
        if url.startswith("postgresql://"):
            url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
        self.url = url
        self._spare: list[PoolProxiedConnection] = []  # of plain transactions
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite and (path := url.removeprefix("sqlite:///")) not in {"", ":memory:"}:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.engine = create_engine(url, echo=echo, **self._arguments())
        self._looks = Looks(self.engine)
        # A plain read does not take SQLite's write lock.
        self._reader = self.engine.execution_options(sqlite_begin="BEGIN")
        # Reads of a system session are one statement mostly: a transaction around it is asked for and ended each time.
        self._looker = self._reader if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine, "connect", _prepare_postgres)
            event.listen(self.engine, "checkout", _wake)
            event.listen(self.engine, "checkin", _rest)

    def _arguments(self) -> dict[str, Any]:
        if self.is_sqlite:
            arguments: dict[str, Any] = {"connect_args": {"timeout": 20, "check_same_thread": False}}
            if not self.url.endswith((":memory:", "sqlite://")):
                arguments |= {"pool_size": 10, "max_overflow": 20, "pool_timeout": 20}
            return arguments
        # Nothing waits for ever: neither for a lock, nor for a server that the network has lost.
        connect: dict[str, Any] = {"connect_timeout": 5, "tcp_user_timeout": UNANSWERED_MS}
        if "options=" not in self.url:
            connect["options"] = f"-c statement_timeout={STATEMENT_MS} -c jit=off"
        connect["cursor_factory"] = _Cursor
        return {
            "json_deserializer": orjson.loads,
            "pool_size": 10,
            "max_overflow": 20,
            "pool_timeout": 10,
            "connect_args": connect,
        }

    @contextmanager
    def tenant_session(self, tenant_id: str, *, read_only: bool = False) -> Iterator[Session]:
        """A session that sees only `tenant_id`'s rows; commits on leaving, rolls back on an error."""
        if not tenant_id:
            raise ValueError("a tenant session needs a tenant")
        with self._session(read_only, tenant_id) as session:
            yield session

    @contextmanager
    def system_session(self, *, read_only: bool = False) -> Iterator[Session]:
        """A session over all tenants, for the farm, sign-in, housekeeping and set-up."""
        with self._session(read_only, None) as session:
            yield session

    @contextmanager
    def _session(self, read_only: bool, tenant_id: str | None) -> Iterator[Session]:
        reader = self._reader if tenant_id is not None else self._looker
        # Nothing that is read for a look is written by accident: there may be no transaction to take it back.
        session = Session(reader if read_only else self.engine, expire_on_commit=False, autoflush=not read_only)
        session.info["tenant_id"] = tenant_id
        session.info["read_only"] = read_only
        try:
            yield session
            if read_only:
                session.expunge_all()  # what was read stays readable after the session
                self._end_reading(session)
                session.rollback()
            else:
                session.commit()
        except OperationalError as error:
            session.rollback()
            raise explained(error.orig) from error
        except PoolTimeout as error:
            session.rollback()
            raise all_taken() from error
        except driver_errors() as error:  # of a plain transaction in this one: SQLAlchemy has not seen it
            with suppress(OperationalError):  # the connection may be gone: the pool learns it here
                session.rollback()
            raise explained(error) from error
        except NotSupportedError as error:
            session.rollback()  # which forgets what is prepared
            if outdated(error.orig):
                raise Unavailable("The database was changed just now; try again.") from error
            raise
        except BaseException:
            if read_only:  # as where what was looked for is not there
                self._end_reading(session)
            session.rollback()
            raise
        finally:
            session.close()
        if not read_only:
            _tell(session.info.pop("on_commit", ()))

    def _end_reading(self, session: Session) -> None:
        """Ends a tenant's transaction that has only read, past the driver: it keeps what is prepared."""
        if session.info["tenant_id"] is None or self.is_sqlite or not session.in_transaction() or not session.is_active:
            return
        connection = session.connection()
        if not connection.invalidated:
            walls.end(connection.connection.dbapi_connection)

    @contextmanager
    def plain(self) -> Iterator[Plain]:
        """A transaction over all tenants on the driver's own cursor (see core.plain), for the farm's busiest calls.

        Its connection is kept for the next one, and not asked beforehand whether it still lives: the first call after
        the database was away raises Unavailable.
        """
        raw = None
        try:
            raw = self._kept() or self._fresh()
            driver: Any = raw.dbapi_connection
            plain = Plain(driver, self.is_sqlite, partial(self._lent, raw), [])
            if self.is_sqlite:  # on PostgreSQL it begins with the first question
                driver.execute("BEGIN IMMEDIATE")
            yield plain
            plain.commit()
            if len(self._spare) < MOST_SPARE:
                self._spare.append(raw)
                raw = None
        except OperationalError as error:
            raise explained(error.orig) from error
        except PoolTimeout as error:
            raise all_taken() from error
        except driver_errors() as error:
            raise explained(error) from error
        except psycopg.NotSupportedError as error:
            if outdated(error):
                raise Unavailable("The database was changed just now; try again.") from error
            raise
        finally:
            if raw is not None:  # what was not committed is undone; more than are kept go back
                if self.is_sqlite:
                    raw.close()
                else:
                    raw.invalidate()
        if plain.lent is not None:
            plain.lent.expunge_all()
            _tell(plain.lent.info.pop("on_commit", ()))
        _tell(plain.after)

    def look(self, statement: Statement, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of a statement over all tenants that only reads, outside of a transaction (see core.looks)."""
        return self._looks.look(statement, values)

    def _kept(self) -> PoolProxiedConnection | None:
        try:
            return self._spare.pop()
        except IndexError:  # none is there, or another thread was quicker
            return None

    def _fresh(self) -> PoolProxiedConnection:
        """A connection for plain transactions alone. On PostgreSQL each statement is planned once: to plan a claim
        takes longer than to run it."""
        raw = self.engine.raw_connection()
        if not self.is_sqlite:
            driver: Any = raw.dbapi_connection
            driver.execute("SET plan_cache_mode = force_generic_plan")
            driver.commit()
        return raw

    def _lent(self, raw: PoolProxiedConnection) -> Session:
        """A session in the transaction that has begun on `raw`; its commit is that transaction's."""
        connection = Connection(self.engine, connection=raw).execution_options(sqlite_begin="")
        session = Session(connection, expire_on_commit=False)
        session.info.update(tenant_id=None, read_only=False)
        return session

    def dispose(self) -> None:
        """Closes all connections."""
        while (raw := self._kept()) is not None:
            raw.close()
        self._looks.end()
        self.engine.dispose()


class _Cursor(psycopg.Cursor[Any]):
    """The driver's, which says of its columns what SQLAlchemy asks for, their names and types, and no more: to say all
    that there is took as long as to read the rows."""

    @property
    def description(self) -> Any:
        """As PEP 249 has it."""
        found = self.pgresult
        if found is None or not found.nfields:
            return None
        names = [found.fname(number) or b"" for number in range(found.nfields)]
        return [(name.decode(), found.ftype(number), None, None, None, None, None) for number, name in enumerate(names)]


def _tell(calls: Iterable[Callable[[], None]]) -> None:
    for call in calls:
        try:
            call()
        except Exception:  # what was committed stays true, whoever could not be told
            log.exception("a call after the commit failed")


def on_commit(session: Session, call: Callable[[], None]) -> None:
    """Runs `call` after the session has committed; never when it rolled back."""
    session.info.setdefault("on_commit", []).append(call)


def may_write(session: Session) -> bool:
    """False in a session opened with `read_only`: what it changes would be lost."""
    return not session.info.get("read_only", False)


def alone(session: Session, name: str) -> None:
    """Until the commit nobody else does what has this name. SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def put(
    session: Session,
    model: type[SQLModel],
    row: Mapping[str, Any],
    key: Sequence[str],
    change: Mapping[str, Any] | None = None,
) -> None:
    """Inserts a row; one that is there under the same `key` is changed, or left as it is. Many at once lose nothing.

    Goes through the connection: the row names its tenant itself.
    """
    connection, table = session.connection(), model.__table__  # type: ignore[attr-defined]
    new = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table).values(row)
    if change is None:
        connection.execute(new.on_conflict_do_nothing(index_elements=key))
    else:
        connection.execute(new.on_conflict_do_update(index_elements=key, set_=change))


def database_now(session: Session) -> datetime:
    """The database's own clock: leases compare with it, so that a node's wrong clock does no harm."""
    if session.get_bind().dialect.name == "postgresql":
        value: datetime = session.connection().execute(text("SELECT clock_timestamp()")).scalar_one()
        return value.astimezone(UTC)
    stamp: str = session.connection().execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


@lru_cache(maxsize=1)
def get_database() -> Database:
    """The process's database, from the settings."""
    return Database(get_settings().database_url)


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we write BEGIN ourselves
    connection.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own knows ASCII alone
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=20000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_postgres(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    driver: Any = connection
    driver._prepared = Manager(driver)


def _wake(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
    """A connection that has rested is asked whether it still lives; else the pool makes all of them anew."""
    if time.monotonic() - record.info.get("rests_since", 0.0) > REST_SECONDS:
        driver: Any = connection
        try:
            driver.execute("SELECT 1")
            driver.rollback()
        except psycopg.Error as error:
            raise InvalidatePoolError from error


def _rest(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that first reads and then writes fails at once when another wrote in between.
    if begin := connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE"):
        connection.exec_driver_sql(begin)


@event.listens_for(Session, "after_begin")
def _name_tenant(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """The second wall (core.walls): until its end the transaction is this tenant's."""
    tenant_id = session.info.get("tenant_id")
    if tenant_id is not None and not transaction.nested and connection.dialect.name == "postgresql":
        driver: Any = connection.connection.dbapi_connection
        walls.begin(driver, tenant_id)


@event.listens_for(Session, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    tenant_id = state.session.info.get("tenant_id")
    if tenant_id is None or state.is_column_load or state.is_relationship_load:
        return
    if state.is_select or state.is_update or state.is_delete:
        state.statement = state.statement.options(_criterion(tenant_id))


class _EveryTable:
    """All tables of tenants, as SQLAlchemy asks of a base: which classes there are, and which column the criterion
    reads while it is made. SQLModel's base does not show its columns."""

    tenant_id: Any = column("tenant_id")

    def __subclasses__(self) -> list[type[TenantOwned]]:
        return TenantOwned.__subclasses__()


EVERY_TABLE: Any = _EveryTable()


@lru_cache(maxsize=4096)
def _criterion(tenant_id: str) -> ExecutableOption:
    # One for all tables: with one for each, that alone was a quarter of a request. A lambda, because it is resolved
    # against each table, and against aliases as well, also where they are joined.
    return with_loader_criteria(EVERY_TABLE, lambda entity: entity.tenant_id == tenant_id, include_aliases=True)


@event.listens_for(Session, "before_flush")
def _guard(session: Session, context: UOWTransaction, instances: object) -> None:
    tenant_id = session.info.get("tenant_id")
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, TenantOwned):
            continue
        if not row.tenant_id and tenant_id:
            row.tenant_id = tenant_id
        if not row.tenant_id or (tenant_id and row.tenant_id != tenant_id):
            raise CrossTenantWrite(f"a {type(row).__name__} of tenant {row.tenant_id!r} in a session of {tenant_id!r}")
