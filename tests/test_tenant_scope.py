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
    "flatrender/api/events.py": "the farm's stream for platform administrators",
    "flatrender/api/farm.py": "nodes and switches of the farm",
    "flatrender/api/metrics.py": "the farm in figures, for those who run it",
    "flatrender/commands/node_token.py": "the farm's nodes",
    "flatrender/commands/nodes.py": "the farm's nodes",
    "flatrender/commands/jobs.py": "jobs of all sites, by whoever has the machine",
    "flatrender/commands/sending.py": "projects of all sites, by whoever has the machine; the job is its owner's",
    "flatrender/api/render_manager.py": "jobs of all tenants, for platform administrators",
    "flatrender/api/sites.py": "sites themselves, for those who run the house; which site a domain leads to",
    "flatrender/tenants/domains.py": "which other site had proven a domain",
    "flatrender/commands/tenant.py": "sites, by whoever has the machine",
    "flatrender/ui/gate.py": "whether a host leads to a site",
    "flatrender/commands/user.py": "accounts, by whoever has the machine",
    "flatrender/commands/prepare.py": "set-up: default tenant, first administrator",
    "flatrender/api/renders.py": "jobs of all tenants, for platform administrators",
    "flatrender/media/upkeep.py": "cleanup schedules, the trash and late ingests of all tenants",
    "flatrender/notifications/courier.py": "delivers events of all tenants",
    "flatrender/templates/seed.py": "set-up: the demo templates",
    "flatrender/ui/look.py": "the look of a host's tenant",
    "flatrender/ui/state/session.py": "the tenant of a host, the user of a cookie",
    "workers/agent.py": "the farm's tasks",
    "workers/context.py": "the farm's tasks",
    "workers/housekeeping.py": "removes what is old, of all tenants",
    "workers/node.py": "the farm's nodes",
    "workers/sweep.py": "removes files that no row of any tenant names",
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
    assert users <= set(SYSTEM_SESSIONS), sorted(users - set(SYSTEM_SESSIONS))


def test_no_textual_sql_outside_the_core_and_the_farm() -> None:
    """Only ORM statements are scoped; `text(…)` statements and Core tables would pass the tenant by."""
    core = {"flatrender/core/db.py", "flatrender/core/migrate.py", "flatrender/core/months.py"}
    allowed = core | {"flatrender/api/health.py"}
    offenders = []
    for path in _sources():
        name = str(path.relative_to(ROOT))
        if name in allowed or name.startswith(("flatrender/farm/", "workers/")):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                executes = node.func.attr in {"execute", "exec", "scalars", "scalar", "exec_driver_sql"}
                if node.func.attr == "exec_driver_sql":
                    offenders.append(f"{name}:{node.lineno}")
                if executes and node.args and isinstance(node.args[0], ast.Call):
                    called = node.args[0].func
                    if isinstance(called, ast.Name) and called.id == "text":
                        offenders.append(f"{name}:{node.lineno}")
    assert offenders == []
