"""Every table belongs to a tenant or says why not; only named modules see over all tenants; no SQL slips by."""

import ast
import re
from pathlib import Path

from sqlmodel import SQLModel

import flatrender.schema  # noqa: F401 - loads every table
from flatrender.core.db import TenantOwned

ROOT = Path(__file__).resolve().parents[1]

# Tables without a tenant column of their own, and why.
SHARED_TABLES = {
    "tenant": "the root itself",
    "bus_message": "a nudge between processes, kept for a minute",
    "sign_in_try": "counted before it is known who asks; keys are hashed with the tenant",
    "farm_node": "nodes render for all tenants",
    "feature_switch": "what the house offers on every site",
    "farm_switch": "the emergency stop of the whole farm",
    "farm_tenant_share": "one row per tenant: its place in the farm's fairness",
    "farm_lane": "a combination of needs of tasks; names nobody",
    "farm_licence_limit": "licences are the farm's",
    "farm_node_health": "nodes render for all tenants",
    "farm_node_token": "nodes render for all tenants",
    "farm_task_blocker": "an edge between two tasks; both carry the tenant",
}

# Modules that may open a session over all tenants, and what for.
SYSTEM_SESSIONS = {
    "flatrender/core/bus.py": "the bus's own table",
    "flatrender/core/db.py": "defines it",
    "flatrender/core/plain.py": "names it",
    "flatrender/access/service.py": "sign-in and sign-up: before it is known who asks",
    "flatrender/access/accounts.py": "links of letters: before it is known who asks; counted tries",
    "flatrender/access/keys.py": "the owner of an API key: before it is known who asks",
    "flatrender/access/requests.py": "writes the request log of all sites at once",
    "flatrender/access/arriving.py": "whose account a provider vouches for",
    "flatrender/api/openid.py": "counts those who leave for a provider and come back",
    "flatrender/api/auth.py": "opens and ends sessions",
    "flatrender/api/dependencies.py": "the tenant of a host, the user of a cookie",
    "flatrender/api/health.py": "asks whether the database answers",
    "flatrender/api/farm.py": "nodes and switches of the farm",
    "flatrender/api/metrics.py": "the farm in figures, for those who run it",
    "flatrender/commands/node_token.py": "the farm's nodes",
    "flatrender/commands/nodes.py": "the farm's nodes",
    "flatrender/commands/desk.py": "jobs and projects of all sites, by whoever has the machine; a job is its owner's",
    "flatrender/api/render_manager.py": "jobs of all tenants, for platform administrators",
    "flatrender/api/sites.py": "sites themselves, for those who run the house; which site a domain leads to",
    "flatrender/tenants/domains.py": "which other site had proven a domain",
    "flatrender/commands/tenant.py": "sites, by whoever has the machine",
    "flatrender/ui/gate.py": "whether a host leads to a site",
    "flatrender/commands/user.py": "accounts, by whoever has the machine",
    "flatrender/commands/prepare.py": "set-up: default tenant, first administrator",
    "flatrender/api/renders.py": "jobs of all tenants, for platform administrators",
    "flatrender/farm/updating.py": "the farm's switch",
    "flatrender/farm/reaper.py": "the farm's tasks, one owner at a time",
    "flatrender/media/upkeep.py": "cleanup schedules, the trash and late ingests of all tenants",
    "flatrender/notifications/courier.py": "delivers events of all tenants",
    "flatrender/ui/look.py": "the look of a host's tenant",
    "flatrender/ui/state/session.py": "the tenant of a host, the user of a cookie",
    "workers/agent.py": "the farm's tasks",
    "workers/context.py": "the farm's tasks",
    "workers/endings.py": "the farm's tasks",
    "workers/files.py": "are the files of any tenant here",
    "workers/outcomes.py": "the farm's tasks",
    "workers/housekeeping.py": "removes what is old, of all tenants",
    "workers/sweep.py": "removes files that no row of any tenant names",
}


# Modules with SQL of their own, which no session scopes, and how its rows stay with their tenant.
TEXTUAL_SQL = {
    "flatrender/farm/service.py": "locks; reads no table",
    "flatrender/access/service.py": "who a session is of: before it is known who asks",
    "flatrender/api/health.py": "reads no table",
    "flatrender/core/bus.py": "the bus's own table",
    "flatrender/core/db.py": "locks, clocks and the tenant's name for row security; reads no table",
    "flatrender/core/looks.py": "runs what the modules named here have written",
    "flatrender/core/migrate.py": "migrations",
    "flatrender/core/months.py": "partitions",
    "flatrender/core/outbox.py": "writes events with the tenant they name",
    "flatrender/farm/claims.py": "tasks of all tenants, for nodes",
    "flatrender/farm/leases.py": "a claimed task by its id and epoch, for its node",
    "flatrender/farm/log.py": "writes lines with their task's tenant",
    "flatrender/farm/models.py": "indexes",
    "flatrender/notifications/models.py": "indexes",
    "flatrender/projects/models.py": "indexes",
    "flatrender/renders/claiming.py": "the job of a claimed task by its id, for its node",
    "flatrender/renders/models.py": "indexes",
    "flatrender/tenants/models.py": "indexes",
    "workers/housekeeping.py": "a lock; reads no table",
}


def _tables(base: type[SQLModel]) -> list[type[SQLModel]]:
    found = [child for child in base.__subclasses__() if "__table__" in vars(child)]
    return found + [table for child in base.__subclasses__() for table in _tables(child)]


def _sources() -> list[Path]:
    return [path for top in ("flatrender", "workers") for path in sorted((ROOT / top).rglob("*.py"))]


def test_every_table_is_a_tenants_or_says_why_not() -> None:
    tables = {table.__tablename__: table for table in _tables(SQLModel) if not table.__table__.info.get("test_only")}
    shared = {name for name, table in tables.items() if not issubclass(table, TenantOwned)}
    assert shared == set(SHARED_TABLES)


def test_every_tenants_table_has_the_tenant_in_its_key_or_an_index() -> None:
    for table in _tables(TenantOwned):
        columns = table.__table__
        led = [next(iter(index.columns)).name for index in columns.indexes if len(index.columns)]
        assert "tenant_id" in led or columns.primary_key.columns.keys()[:1] == ["tenant_id"], table.__tablename__
        assert not columns.columns["tenant_id"].nullable, table.__tablename__


def test_only_named_modules_see_over_all_tenants() -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in _sources()
        if re.search(r"\bsystem_session\(|\.plain\(", path.read_text("utf-8"))
    }
    assert users == set(SYSTEM_SESSIONS), "named without need, or without a name"


def test_textual_sql_stands_in_named_modules_alone() -> None:
    """Only statements of the ORM are scoped: `text(…)`, `core.plain` and a driver's own pass the tenant by."""
    assert {str(path.relative_to(ROOT)) for path in _sources() if _writes_sql(path)} == set(TEXTUAL_SQL)


def _writes_sql(path: Path) -> bool:
    names = set[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
    return bool(names & {"sqlalchemy.text", "flatrender.core.plain.Statement", "exec_driver_sql"})
