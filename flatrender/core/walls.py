"""The second wall between tenants: PostgreSQL's row-level security, beneath the criteria that sessions add themselves.

A tenant session names its tenant in a setting of its transaction; the policy of each table lets that tenant's rows pass
alone, whatever a statement says. Where the setting is not named (system sessions, the farm, migrations, backups) all
rows pass. It holds for every role but superusers, also for the owner of the tables.
"""

from typing import Any

import psycopg
from psycopg import pq

from flatrender.core.errors import Unavailable

SETTING = "flatrender.tenant"
_NAMED = f"coalesce(current_setting('{SETTING}', true), '')"


def raised(table: str) -> tuple[str, ...]:
    """The statements that put a table of tenants behind the wall. Migrations write them out, so that they stay what
    they were; `tests/test_row_security.py` compares what stands in a migrated database with these."""
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant_wall ON {table} USING ({_NAMED} IN ('', tenant_id))",
    )


def begin(connection: "psycopg.Connection[Any]", tenant_id: str) -> None:
    """Names the tenant in the connection's transaction, which begins with it where none has: in one message, for it is
    sent with every transaction of a tenant. Raises OperationalError."""
    server = connection.pgconn
    name = pq.Escaping(server).escape_literal(tenant_id.encode())
    starts = b"BEGIN; " if server.transaction_status == pq.TransactionStatus.IDLE else b""
    answer = server.exec_(starts + f"SET LOCAL {SETTING} = ".encode() + name)
    if answer.status != pq.ExecStatus.COMMAND_OK:
        raise psycopg.OperationalError(answer.get_error_message())


def end(connection: Any) -> None:
    """Ends a transaction that has only read. The driver's own way would forget what is prepared on the connection."""
    server = connection.pgconn
    if server.transaction_status == pq.TransactionStatus.INTRANS:
        server.exec_(b"ROLLBACK")


def begin_again(connection: Any, tenant_id: str) -> None:
    """Another transaction of the tenant in place of one that has failed, with nothing prepared. Raises
    OperationalError."""
    server = connection.pgconn
    server.exec_(b"ROLLBACK")
    connection._prepared.forget(server)
    begin(connection, tenant_id)


def stands(url: str) -> bool:
    """Whether the wall binds the role of a PostgreSQL address: superusers pass every policy. Raises Unavailable."""
    try:
        with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), connect_timeout=5) as connection:
            query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            row = connection.execute(query).fetchone()
    except psycopg.Error:
        raise Unavailable("The database does not answer.") from None
    return row is not None and not row[0]


def razed(table: str) -> tuple[str, ...]:
    """The way back."""
    return (
        f"DROP POLICY tenant_wall ON {table}",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    )
