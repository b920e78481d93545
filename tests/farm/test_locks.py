"""On PostgreSQL nobody waits in a circle: a keeper renews its node's leases in one transaction, in the order of `seq`;
who heals or stops the farm holds several owners' tasks.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, update

from flatrender.core.db import STATEMENT_MS, database_now
from flatrender.farm import leases, reaper, service
from flatrender.farm.models import Node, Task
from flatrender.farm.states import TaskState
from tests.farm.conftest import Farm

Act = Callable[[], object]
pytestmark = pytest.mark.parametrize("farm", ["postgres"], indirect=True)  # SQLite has one writer at a time


def meanwhile(farm: Farm, mine: list[Task], act: Act) -> object:
    """What `act` says that begins when a keeper has renewed the first of two leases, and ends before or after it."""
    half, results = threading.Event(), []

    def other() -> None:
        assert half.wait(10)
        results.append(act())

    thread = threading.Thread(target=other)
    thread.start()
    with farm.database.plain() as plain:
        assert leases.renew(plain, mine[0].id, mine[0].epoch, lease_seconds=30)
        half.set()
        thread.join(0.5)  # it waits for the lease, or has what it needs
        leases.renew(plain, mine[1].id, mine[1].epoch, lease_seconds=30)
    thread.join(20)
    assert not thread.is_alive()
    return results[0] if results else None


@pytest.fixture
def two(farm: Farm) -> list[Task]:
    """What n1 holds of two owners, whose names come in another order than their tasks; n2 holds the rest of them."""
    for node in ("n1", "n2"):
        farm.node(node)
    for owner in ("b", "a"):
        farm.enqueue(service.NewTask("test"), service.NewTask("test"), owner=owner)
    found = [farm.claim(node) for node in ("n1", "n2", "n1", "n2")]
    return [task for task in found if task is not None and task.node_id == "n1"]


def test_a_reaper_and_a_keeper(farm: Farm, two: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaper, "PATIENCE_MS", 10_000)
    with farm.database.system_session() as session:
        past = database_now(session) - timedelta(seconds=5)
        session.execute(update(Task).where(col(Task.node_id) == "n2").values(lease_until=past))
    assert meanwhile(farm, two, lambda: reaper.reap(farm.database, lease_seconds=30).leases) == 2
    assert [farm.task(task.id).state for task in two] == [TaskState.CLAIMED, TaskState.CLAIMED]


def test_a_reaper_passes_those_who_stay_locked(farm: Farm, two: list[Task]) -> None:
    """As a node leaves them that was cut off, or stopped, within a transaction."""
    [behind] = farm.enqueue(owner="c")
    assert farm.claim("n2") is not None
    with farm.database.system_session() as session:
        past = database_now(session) - timedelta(minutes=5)
        session.execute(update(Task).where(col(Task.state) == "CLAIMED").values(lease_until=past))
        session.execute(update(Node).where(col(Node.id) == "n1").values(last_seen=past))
    began = time.monotonic()
    with farm.database.plain() as plain:
        assert all(leases.renew(plain, task.id, task.epoch, lease_seconds=-60) for task in two)
        reaped = reaper.reap(farm.database, lease_seconds=30)
    assert time.monotonic() - began < STATEMENT_MS / 1000, "it waits for nobody until the database gives up"
    assert (reaped.leases, reaped.nodes) == (1, 1)
    assert farm.task(behind).state == TaskState.WAITING
    assert reaper.reap(farm.database, lease_seconds=30).leases == 4


def test_an_emergency_stop_and_a_keeper(farm: Farm, two: list[Task]) -> None:
    def stop() -> int:
        with farm.database.system_session() as session:
            return service.emergency_stop(session, reason="smoke")

    assert meanwhile(farm, two, stop) == 4
    with farm.database.system_session() as session:
        assert service.depth(session)["running"] == 0


def test_an_emergency_stop_holds_though_somebody_does_not_let_go(
    farm: Farm, two: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PATIENCE_MS", 50)
    with farm.database.plain() as plain:
        assert leases.renew(plain, two[0].id, two[0].epoch, lease_seconds=30)
        with farm.database.system_session() as session:
            assert service.emergency_stop(session, reason="smoke") == 0
    with farm.database.system_session() as session:
        assert service.depth(session)["stopped"]
        assert not service.renew(session, two[0].id, two[0].epoch, lease_seconds=30), "nothing claimed before holds"
    assert reaper.reap(farm.database, lease_seconds=30).stopped == 4
