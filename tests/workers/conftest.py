"""An agent on a fresh installation, with handlers of the test's own."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import service
from flatrender.farm.models import Task
from tests.installation import installed
from workers.agent import Agent, NodeSettings
from workers.context import TaskContext
from workers.outcomes import Handler


class Node:
    """An agent, and what its handlers do by task name."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.agents: list[Agent] = []
        self.handlers: dict[str, Handler] = {"test": lambda context: {"ran": context.name}}
        self.ran: list[str] = []
        self._lock = threading.Lock()

    def agent(self, node_id: str = "n1", **changes: Any) -> Agent:
        folder = self.folder / node_id
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "id": node_id,
            "name": node_id,
            "host": "test",
            "folder": folder,
            "slots": 1,
            "lease_seconds": 2.0,
            "tick_seconds": 0.1,
            "engines": {"native": {}},
            **changes,
        }
        agent = Agent(self.database, NodeSettings(**settings), self._find)
        self.agents.append(agent)
        return agent

    def _find(self, kind: str) -> Handler:
        def run(context: TaskContext) -> dict[str, Any]:
            with self._lock:
                self.ran.append(context.name)
            return self.handlers[kind](context)

        return run

    def enqueue(self, *names: str, kind: str = "test", owner: str = "job", **changes: Any) -> list[str]:
        new = [service.NewTask(kind, name=name, **changes) for name in names]
        with self.database.tenant_session(DEFAULT_TENANT) as session:
            return [task.id for task in service.enqueue(session, DEFAULT_TENANT, owner, new)]

    def task(self, task_id: str) -> Task:
        with self.database.system_session(read_only=True) as session:
            task = service.get_task(session, task_id)
            session.expunge_all()
            return task

    def state(self, task_id: str) -> str:
        return self.task(task_id).state

    def is_in(self, task_id: str, *states: str) -> Callable[[], bool]:
        return lambda: self.state(task_id) in states


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    with installed(tmp_path / "data", monkeypatch) as database:
        found = Node(database, tmp_path / "nodes")
        yield found
        for agent in found.agents:
            agent.stop()
