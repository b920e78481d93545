"""The invariants see what they are there for: a farm that breaks one is made by hand."""

from collections import Counter

import pytest
from sqlmodel import col, delete, select, update

from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.outbox import OutboxEvent
from flatrender.farm import nodes, service
from flatrender.farm.models import LicenceLimit, Task, TaskAttempt, TenantShare
from flatrender.notifications import courier, webhooks
from flatrender.notifications.models import Delivery
from flatrender.settings import get_settings
from tests.faults.invariants import assert_fair, assert_invariants, assert_limits, crowded


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


def test_a_limit_that_is_exceeded_is_named(installation: Database) -> None:
    with installation.system_session() as session:
        session.add(LicenceLimit(name="plugin", most=1))
        nodes.register(session, nodes.NodeInfo("n1", "n1", "test", "n1-1", "1", 1, 2, {"native": "1"}))
        service.enqueue(
            session, DEFAULT_TENANT, "owner", [service.NewTask("test", licences=("plugin",)) for _ in range(2)]
        )
        assert service.claim(session, "n1", lease_seconds=30) is not None
        assert service.claim(session, "n1", lease_seconds=30) is None
    assert_limits(installation)
    with installation.system_session() as session:
        session.execute(update(LicenceLimit).values(most=0))
    with pytest.raises(AssertionError, match="plugin"):
        assert_limits(installation)


def test_shares_are_by_weight(installation: Database) -> None:
    with installation.system_session() as session:
        session.add_all([TenantShare(tenant_id="a" * 32, weight=1.0), TenantShare(tenant_id="b" * 32, weight=2.0)])
    assert_fair(installation, {"a" * 32: 95, "b" * 32: 205})
    with pytest.raises(AssertionError):
        assert_fair(installation, {"a" * 32: 115, "b" * 32: 185})
    with pytest.raises(AssertionError):
        assert_fair(installation, Counter({"b" * 32: 300}))


def test_an_event_is_one_message_to_each_who_wants_it(installation: Database) -> None:
    with installation.tenant_session(DEFAULT_TENANT) as session:
        wish = {"name": "site", "url": "https://example.com/told", "events": ["render.submitted"]}
        endpoint_id = webhooks.create(session, wish).endpoint.id
    with installation.system_session() as session:
        event = OutboxEvent(tenant_id=DEFAULT_TENANT, kind="render.submitted", payload={"job_id": "x"})
        session.add(event)
    assert_invariants(installation)  # it is still to be handed over
    with installation.system_session() as session:
        assert courier.fan_out(session, get_settings()) == 1
    assert_invariants(installation)
    with installation.system_session() as session:
        [sent] = session.exec(select(Delivery)).all()
        again = {**sent.model_dump(), "id": "another key"}
        session.add(Delivery(**again))
    with pytest.raises(AssertionError, match=endpoint_id):
        assert_invariants(installation)
    with installation.system_session() as session:
        session.execute(delete(Delivery))
    with pytest.raises(AssertionError, match=endpoint_id):
        assert_invariants(installation)
    with installation.system_session() as session:
        session.add(Delivery(**{**again, "state": "failed", "tries": 1}))
    with pytest.raises(AssertionError, match="failed"):
        assert_invariants(installation)
