"""Statements that are put together once and run on the driver's own cursor, for what most requests ask.

To put a statement of the ORM together, to find out that it was compiled before, and to read its rows as the ORM does
takes several times as long as the database needs for it. One of these is compiled with its first use, with the criteria
of a tenant session in it, and runs in the session's transaction, which is the tenant's on PostgreSQL as well. What
others have to say about statements (roles that see their own rows alone) is asked each time.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from weakref import WeakSet

from sqlalchemy import ARRAY, Boolean, Column, Float, Select, String, Table, Update, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError, NotSupportedError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session, SQLModel

from flatrender.core import walls
from flatrender.core.db import EVERY_TABLE, may_write
from flatrender.core.prepared import Prepared, outdated

Row = tuple[Any, ...]
AnySelect = Select[*tuple[Any, ...]]
WATCHING: list[Callable[[], bool]] = []
"""Who changes statements on their way, and whether they do now: then the session runs them as any other."""
_TENANT = "tenant_of_session"
_CRITERION = with_loader_criteria(  # as core.db's, for whichever tenant the session is
    EVERY_TABLE, lambda entity: entity.tenant_id == bindparam("tenant_of_session", type_=String()), include_aliases=True
)
_FLOAT = 701  # PostgreSQL's number of the type
_NAMED = sqlite.dialect(paramstyle="named")


class CrossTenantRead(RuntimeError):
    """A program error: a statement would read another tenant's rows in a session of one."""


class Several(TypeDecorator[list[str]]):
    """A list of texts as one value, for `among`."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(String()) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class among(FunctionElement[bool]):
    """Whether a text is one of `bindparam(name)`: IN, with as many values as may come."""

    inherit_cache = True
    type = Boolean()

    def __init__(self, column: Any, name: str) -> None:
        super().__init__(column, bindparam(name, type_=Several()))


@compiles(among)
def _among_rows(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(part, **how) for part in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({values})))"  # noqa: S608 - no value: its place


@compiles(among, "postgresql")
def _among_array(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(part, **how) for part in element.clauses)
    return f"({column} = ANY ({values}))"


class Ready:
    """A select of columns, or an update that returns columns, with `bindparam` for values."""

    every: ClassVar[WeakSet["Ready"]] = WeakSet()

    def __init__(self, statement: AnySelect | Update) -> None:
        self.statement = statement
        self._made: dict[tuple[str, bool], _Made] = {}
        self.every.add(self)

    def rows(self, session: Session, **values: Any) -> list[Row]:
        """All rows. What the session has not written yet is written first."""
        if watched():
            return [tuple(row) for row in session.execute(self.statement, values)]
        if session.autoflush:
            session.flush()
        connection, tenant_id = session.connection(), session.info["tenant_id"]
        made = self.made(connection.dialect, scoped=tenant_id is not None)
        given = {**values, _TENANT: tenant_id} if tenant_id is not None else values
        try:
            return made.run(connection, given)
        except NotSupportedError as error:
            if tenant_id is None or not outdated(error.orig) or may_write(session):
                raise
            # What has only read loses nothing by another transaction.
            walls.begin_again(connection.connection.dbapi_connection, tenant_id)
            return made.run(connection, given)

    def row(self, session: Session, **values: Any) -> Row | None:
        """The first row."""
        found = self.rows(session, **values)
        return found[0] if found else None

    def made(self, dialect: Dialect, *, scoped: bool) -> "_Made":
        """The statement in the words of a database, for sessions of a tenant or over all tenants."""
        key = dialect.name, scoped
        if (found := self._made.get(key)) is None:
            statement = self.statement.options(_CRITERION) if scoped else self.statement
            found = _Made(statement, dialect)
            if scoped:
                _check(statement, found.sql)
            self._made[key] = found
        return found


def watched() -> bool:
    """Whether somebody looks at what is written and read here: roles of a site's own know rows of the ORM alone."""
    return any(watches() for watches in WATCHING)


def _check(statement: AnySelect | Update, sql: str) -> None:
    """Raises CrossTenantRead unless the tenant is asked for of each table that has one: wherever it stands, by the name
    that it has there, in the select or update that reads it."""
    parts = list(visitors.iterate(statement))
    tables = {part for part in parts if isinstance(part, Table)}
    tables |= {part.table for part in parts if isinstance(part, Column) and isinstance(part.table, Table)}
    tables |= set(SQLModel.metadata.tables.values())  # what is named in words alone
    for table in tables:
        if "tenant_id" not in table.columns:
            continue
        read = re.compile(rf'(?<![\w.:])(?<!%\()"?{table.name}\b"?(?!\s*[.(])(?:\s+AS\s+"?(\w+))?', re.IGNORECASE)
        for part in _selects(sql):
            for name in {found[1] or table.name for found in read.finditer(part)}:
                if not re.search(rf"\b{name}\.tenant_id = \S+{_TENANT}\b", part):
                    raise CrossTenantRead(f"{table.name} is read as {name} without its tenant: {sql}")


def _selects(sql: str) -> list[str]:
    """A statement and the selects within it, each without those within itself."""
    found: list[str] = []
    outer: list[list[str] | None] = []  # None: of a pair of brackets that holds no select
    own: list[str] = []
    for piece in re.split(r"(\(\s*(?:SELECT|WITH)\b|[()])", sql):
        if piece == "(":
            outer.append(None)
        elif piece.startswith("("):
            outer.append(own)
            own = []
        elif piece == ")" and (around := outer.pop()) is not None:
            found.append("".join(own))
            own = around
        own.append(piece)
    found.append("".join(own))
    return [part for each in found for part in re.split(r"\b(?:UNION|INTERSECT|EXCEPT)\b", each)]


class _Made:
    """A statement in the words of one database."""

    def __init__(self, statement: AnySelect | Update, dialect: Dialect) -> None:
        worded = _NAMED if dialect.name == "sqlite" else dialect
        compiled = statement.compile(dialect=worded)
        assert isinstance(compiled, SQLCompiler)
        assert not compiled.update_prefetch, "values that SQLAlchemy would make"
        self.sql = compiled.string
        self._values: dict[str, Any] = dict(compiled.params)
        writers: Mapping[str, Any] = compiled._bind_processors
        self._writers = dict(writers)
        kinds: list[TypeEngine[Any]] = [column.type for column in compiled._result_columns]
        readers = [kind._cached_result_processor(worded, _FLOAT if isinstance(kind, Float) else None) for kind in kinds]
        self._readers = [(place, reader) for place, reader in enumerate(readers) if reader is not None]
        self._prepared = Prepared(self.sql) if dialect.name == "postgresql" else None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        given = {**self._values, **values}
        for name, write in self._writers.items():
            given[name] = write(given[name])
        raw: Any = connection.connection.dbapi_connection
        dialect = connection.dialect
        try:
            found: list[Row]
            if self._prepared is not None:
                found = self._prepared.rows(raw, given)
            else:
                found = raw.execute(self.sql, given).fetchall()
        except dialect.loaded_dbapi.Error as error:
            if dialect.is_disconnect(error, raw, None):
                connection.invalidate(error)
            raise DBAPIError.instance(self.sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error
        return [self._read(row) for row in found] if self._readers else found

    def _read(self, row: Row) -> Row:
        values = list(row)
        for place, read in self._readers:
            values[place] = read(values[place])
        return tuple(values)
