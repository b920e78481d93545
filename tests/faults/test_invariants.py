"""The invariants see what they are there for: a farm that breaks one is made by hand."""

import pytest
from sqlmodel import col, select, update

from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import nodes, service
from flatrender.farm.models import Task, TaskAttempt
from tests.faults.invariants import assert_invariants, crowded


def claimed(database: Database) -> Task:
    """A task of its own, claimed by the node n1."""
    with database.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "n1", "test", "n1-1", "1", 1, 1, {"native": "1"}))
        service.enqueue(session, DEFAULT_TENANT, "owner", [service.NewTask("test")])
        task = service.claim(session, "n1", lease_seconds=30)
        assert task is not None
        return task


def test_an_end_has_one_attempt_of_its_own_epoch(installation: Database) -> None:
    task = claimed(installation)
    with installation.system_session() as session:
        assert service.complete(session, task.id, task.epoch, {})
    assert_invariants(installation)
    of_task = col(TaskAttempt.task_id) == task.id
    for wrong in ({"epoch": 0}, {"outcome": "release"}):
        with installation.system_session() as session:
            session.execute(update(TaskAttempt).where(of_task).values(**wrong))
        with pytest.raises(AssertionError, match=task.id):
            assert_invariants(installation)
        with installation.system_session() as session:
            session.execute(update(TaskAttempt).where(of_task).values(epoch=1, outcome="complete"))
    assert_invariants(installation)
    with installation.system_session() as session:
        found = session.exec(select(Task).where(col(Task.id) == task.id)).one()
        found.state, found.finished_at = "WAITING", None
    with pytest.raises(AssertionError, match=task.id):
        assert_invariants(installation)


def test_a_node_that_holds_more_than_its_slots_is_named(installation: Database) -> None:
    claimed(installation)
    assert crowded(installation, {"n1": 1, "n2": 1}) == {}
    with installation.system_session() as session:
        service.enqueue(session, DEFAULT_TENANT, "owner", [service.NewTask("test")])
        assert service.claim(session, "n1", lease_seconds=30) is not None
    assert crowded(installation, {"n1": 1, "n2": 1}) == {"n1": 2}
