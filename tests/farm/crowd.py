"""A crowded queue: many jobs, each with its validate task, inserted in bulk."""

from datetime import timedelta

from sqlalchemy import insert, text

from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.ids import new_id
from flatrender.farm import claims
from flatrender.farm.lanes import open_lanes
from flatrender.farm.models import Task, table
from flatrender.renders.models import RenderJob

BATCH = 5000


def tenants(number: int) -> list[str]:
    """The default tenant and others, without rows of their own."""
    return [DEFAULT_TENANT, *(f"{index:032x}" for index in range(0xA0, 0xA0 + number - 1))]


def fill(
    database: Database, jobs: int, *, of: int = 10, owner: str = "u" * 32, same_priority: bool = False
) -> list[str]:
    """Puts `jobs` waiting jobs of `of` tenants into the queue, of three priorities or one; their ids, oldest first."""
    began, names, ids = clock.now() - timedelta(hours=1), tenants(of), [new_id() for _ in range(jobs)]
    job = RenderJob(tenant_id="", user_id=owner, user_name="Sara", title="Film", document={}).model_dump()
    task = Task(owner_id="", kind="validate", name="Check and plan").model_dump(exclude={"seq"})
    for start in range(0, jobs, BATCH):
        rows, tasks = [], []
        for number, job_id in enumerate(ids[start : start + BATCH], start):
            at = began + timedelta(milliseconds=number)
            same: dict[str, object] = {
                "tenant_id": names[number % of],
                "priority": 50 + (0 if same_priority else number % 3),
            }
            same["created_at"] = at
            rows.append({**job, **same, "id": job_id, "title": f"Film {number}", "updated_at": at})
            tasks.append({**task, **same, "id": new_id(), "owner_id": job_id, "payload": {"job_id": job_id}})
        with database.engine.begin() as connection:
            connection.execute(insert(table(RenderJob)), rows)
            connection.execute(insert(table(Task)), tasks)
    with database.system_session() as session:
        for tenant in names:
            claims.admit(session, tenant)
        open_lanes(session, ["native"])
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    return ids
