"""A farm on each database, with nodes and tasks to play with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import nodes, service, unserved
from flatrender.farm.models import Task
from tests.installation import installed

LEASE = 30.0


class Farm:
    """Shorthand for tests: each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def node(self, node_id: str = "n1", *, engines: tuple[str, ...] = ("native", "ffmpeg"), slots: int = 1) -> str:
        info = nodes.NodeInfo(
            id=node_id,
            name=f"node {node_id}",
            host="test",
            instance=f"{node_id}-1",
            version="1",
            pid=1,
            slots=slots,
            engines=dict.fromkeys(engines, "1"),
        )
        with self.database.system_session() as session:
            nodes.register(session, info)
        return node_id

    def enqueue(
        self, *new: service.NewTask, owner: str = "job", tenant: str = DEFAULT_TENANT, priority: int = 50
    ) -> list[str]:
        with self.database.tenant_session(tenant) as session:
            tasks = service.enqueue(session, tenant, owner, new or (service.NewTask("test"),), priority=priority)
            return [task.id for task in tasks]

    def claim(self, node_id: str = "n1", *, lease: float = LEASE) -> Task | None:
        with self.database.system_session() as session:
            return service.claim(session, node_id, lease_seconds=lease)

    def task(self, task_id: str) -> Task:
        with self.database.system_session(read_only=True) as session:
            task = service.get_task(session, task_id)
            session.expunge_all()
            return task


@pytest.fixture(params=["sqlite", "postgres"])
def farm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Farm]:
    environment = {}
    monkeypatch.setattr(unserved, "LOOK_SECONDS", 0.0)
    if request.param == "postgres":
        environment["DATABASE_URL"] = request.getfixturevalue("filled_postgres_url")
    with installed(tmp_path / "data", monkeypatch, **environment) as database:
        yield Farm(database)


def someone_waits(farm: Farm) -> bool:
    """Whether a connection of this database waits for a lock that another holds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with farm.database.engine.connect() as connection:
        return bool(connection.execute(text(waiting)).scalar_one())
