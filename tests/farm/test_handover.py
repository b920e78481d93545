"""A node ends its task and takes the next one in one transaction: both, or neither, with every guard of either."""

import threading
import time
from collections.abc import Callable

import pytest
from sqlmodel import Session, col, select

from flatrender.core.db import DEFAULT_TENANT, STATEMENT_MS, on_commit
from flatrender.core.errors import Unavailable
from flatrender.core.ids import new_id
from flatrender.core.plain import Plain, Statement
from flatrender.farm import handover, leases, nodes, reaper, service, tokens
from flatrender.farm.models import Claimed, LicenceLimit, Task, TaskAttempt, TenantShare
from flatrender.farm.ripples import TaskChange, on_claim, on_task_change
from flatrender.farm.service import NewTask
from flatrender.farm.states import TaskState
from tests.deadline import until
from tests.farm.conftest import Farm, someone_waits
from tests.installation import OTHER_TENANT

_LOCK = Statement("SELECT 1", "SELECT 1 FROM farm_task WHERE owner_id = 'held' FOR UPDATE")


def begun(farm: Farm, *new: NewTask) -> Task:
    """The first of these tasks, claimed."""
    farm.node()
    farm.enqueue(*new or (NewTask("test"), NewTask("test")))
    task = farm.claim()
    assert task is not None
    return task


def finish(farm: Farm, task: Task | Claimed, epoch: int | None = None) -> tuple[bool, Claimed | None]:
    with farm.database.plain() as plain:
        return handover.finish_and_take(plain, "n1", task.id, epoch or task.epoch, {"ok": True}, lease_seconds=30)


def attempts(farm: Farm, task_id: str) -> list[str]:
    with farm.database.system_session(read_only=True) as session:
        return list(session.exec(select(TaskAttempt.outcome).where(col(TaskAttempt.task_id) == task_id)).all())


def test_the_best_task_of_that_moment_is_taken(farm: Farm) -> None:
    first = begun(farm, NewTask("test"))
    [second] = farm.enqueue(owner="b")
    [boosted] = farm.enqueue(owner="c")
    with farm.database.system_session() as session:
        service.set_priority(session, "c", 90)
    kept, task = finish(farm, first)
    assert kept
    assert task is not None
    assert (task.id, task.epoch, task.node_id) == (boosted, 1, "n1")
    found = farm.task(boosted)
    assert (found.state, found.epoch, found.node_id) == (TaskState.CLAIMED, 1, "n1")
    assert found.claimed_at is not None
    assert found.lease_until is not None
    assert (found.lease_until - found.claimed_at).total_seconds() == pytest.approx(30, abs=0.1)
    done = farm.task(first.id)
    assert (done.state, done.result, attempts(farm, first.id)) == (TaskState.DONE, {"ok": True}, ["complete"])
    kept, task = finish(farm, task)
    assert task is not None
    assert task.id == second
    assert finish(farm, task) == (True, None)  # the queue is empty
    assert farm.task(second).state == TaskState.DONE


def test_who_is_fenced_off_or_cancelled_takes_nothing(farm: Farm) -> None:
    first = begun(farm)
    assert finish(farm, first, epoch=7) == (False, None)
    assert farm.task(first.id).state == TaskState.CLAIMED
    [second] = farm.enqueue(owner="other")
    with farm.database.system_session() as session:
        service.cancel_owner(session, "job", reason="not wanted")
    assert finish(farm, first) == (False, None)
    assert (farm.task(first.id).state, farm.task(first.id).result) == (TaskState.CANCELLED, None)
    assert farm.task(second).state == TaskState.WAITING
    assert finish(farm, first) == (False, None)  # what has ended absorbs


def drained(session: Session, token_id: str) -> None:
    nodes.drain(session, "n1")


def unhealthy(session: Session, token_id: str) -> None:
    nodes.heartbeat(session, "n1", "n1-1", {}, "the disk is full")


def revoked(session: Session, token_id: str) -> None:
    tokens.revoke(session, token_id)


def paused(session: Session, token_id: str) -> None:
    service.pause(session, reason="smoke")


@pytest.mark.parametrize("happens", [drained, unhealthy, revoked, paused])
def test_a_node_that_may_not_claim_ends_its_task_and_takes_none(
    farm: Farm, happens: Callable[[Session, str], None]
) -> None:
    with farm.database.system_session() as session:
        row, token = tokens.make(session, "n1")
    with farm.database.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "n1", "test", "n1-1", "1", 1, 1, {"native": "1"}, token=token))
    first, second = farm.enqueue(NewTask("test"), NewTask("test"))
    task = farm.claim()
    assert task is not None
    with farm.database.system_session() as session:
        happens(session, row.id)
    assert finish(farm, task) == (True, None)
    assert (farm.task(first).state, farm.task(second).state) == (TaskState.DONE, TaskState.WAITING)


def test_an_emergency_stop_leaves_neither(farm: Farm) -> None:
    first = begun(farm)
    with farm.database.system_session() as session:
        service.emergency_stop(session, reason="smoke")
    assert finish(farm, first) == (False, None)
    states = [task.state for task in (farm.task(first.id), *waiting(farm))]
    assert states == [TaskState.CANCELLED, TaskState.WAITING]


def waiting(farm: Farm) -> list[Task]:
    with farm.database.system_session(read_only=True) as session:
        return list(session.exec(select(Task).where(col(Task.state) == TaskState.WAITING)).all())


def test_what_waited_for_the_ended_task_is_taken_at_once(farm: Farm) -> None:
    one = NewTask("test")
    last = NewTask("test", after=(one.id,))
    first = begun(farm, last, one)
    kept, task = finish(farm, first)
    assert kept
    assert task is not None
    assert (first.id, task.id) == (one.id, last.id)


def test_the_licence_that_is_given_back_is_free_and_one_that_others_hold_is_not(farm: Farm) -> None:
    with farm.database.system_session() as session:
        session.add(LicenceLimit(name="plugin", most=1))
    licensed = [NewTask("test", licences=("plugin",)) for _ in range(3)]
    first = begun(farm, *licensed)
    kept, second = finish(farm, first)
    assert kept
    assert second is not None
    farm.node("n2")
    farm.enqueue(NewTask("test"), priority=90)
    other = farm.claim("n2")
    assert other is not None
    with farm.database.plain() as plain:
        ended = handover.finish_and_take(plain, "n2", other.id, other.epoch, {}, lease_seconds=30)
    assert ended == (True, None)
    assert finish(farm, second)[1] is not None


def test_tenants_take_turns(farm: Farm) -> None:
    farm.node()
    for tenant, owner in ((DEFAULT_TENANT, "a"), (OTHER_TENANT, "b")):
        for _ in range(4):
            farm.enqueue(tenant=tenant, owner=owner)
    task: Task | Claimed | None = farm.claim()
    order = []
    while task is not None:
        order.append(task.owner_id)
        task = finish(farm, task)[1]
    assert (order.count("a"), order.count("b"), "aaa" in "".join(order)) == (4, 4, False)
    with farm.database.system_session(read_only=True) as session:
        shares = {share.tenant_id: share.vtime for share in session.exec(select(TenantShare)).all()}
    assert shares[DEFAULT_TENANT] == shares[OTHER_TENANT] == 4.0


def test_both_or_neither(farm: Farm) -> None:
    first = begun(farm)

    def dies_before_the_commit() -> None:
        with farm.database.plain() as plain:
            kept, task = handover.finish_and_take(plain, "n1", first.id, first.epoch, {}, lease_seconds=30)
            assert kept
            assert task is not None
            raise KeyError

    with pytest.raises(KeyError):
        dies_before_the_commit()
    assert (farm.task(first.id).state, [task.epoch for task in waiting(farm)]) == (TaskState.CLAIMED, [0])
    assert attempts(farm, first.id) == []
    with farm.database.plain() as plain:
        assert not leases.was_completed(plain, first.id, first.epoch)
    kept, second = finish(farm, first)
    assert kept
    assert second is not None
    assert attempts(farm, first.id) == ["complete"]
    with farm.database.plain() as plain:
        assert leases.was_completed(plain, first.id, first.epoch)
        assert not leases.was_completed(plain, second.id, second.epoch)
    assert reaper.forsake(farm.database, "n1") == 1  # the node dies after the commit: what it took goes back
    assert (farm.task(first.id).state, farm.task(second.id).state) == (TaskState.DONE, TaskState.WAITING)


def test_a_claim_that_fails_keeps_no_completion_from_being_written_alone(farm: Farm) -> None:
    broken, told = new_id(), list[str]()

    @on_claim(broken)
    def fails(plain: Plain, task: Claimed) -> None:
        raise RuntimeError("its job is broken")

    @on_task_change(ended := new_id())
    def hears(session: Session, task: Task, change: TaskChange) -> None:
        on_commit(session, lambda: told.append(change.after))

    first = begun(farm, NewTask(ended))
    told.clear()
    farm.enqueue(NewTask(broken), owner="b")
    with pytest.raises(RuntimeError, match="its job is broken"):
        finish(farm, first)
    assert (farm.task(first.id).state, told) == (TaskState.CLAIMED, [])  # nobody hears of what was undone
    with farm.database.plain() as plain:
        assert leases.complete(plain, first.id, first.epoch, {})
        assert told == []
    assert (farm.task(first.id).state, told) == (TaskState.DONE, [TaskState.DONE])


def test_listeners_of_both_halves_see_each_others_rows(farm: Farm) -> None:
    kind = new_id()
    heard: list[tuple[str, str, str]] = []

    @on_task_change(kind)
    def follow(session: Session, task: Task, change: TaskChange) -> None:
        heard.append((task.id, change.after, task.state))
        if change.after is TaskState.DONE and task.name == "plan":
            service.enqueue(session, task.tenant_id, task.owner_id, [NewTask(kind, name="scene")])
            nodes.get(session, "n1").name = "another name"  # not written yet

    first = begun(farm, NewTask(kind, name="plan"))
    heard.clear()
    kept, task = finish(farm, first)
    assert kept
    assert task is not None
    assert (task.name, task.node_name) == ("scene", "another name")
    assert heard == [(first.id, "DONE", "DONE"), (task.id, "CLAIMED", "CLAIMED")]
    assert farm.task(task.id).state == TaskState.CLAIMED


def test_the_claim_waits_for_nobodys_lock(farm: Farm) -> None:
    if farm.database.is_sqlite:
        return  # one writer at a time there
    kind = new_id()

    @on_claim(kind)
    def lock(plain: Plain, task: Claimed) -> None:
        plain.rows(_LOCK)

    first = begun(farm, NewTask("test"))
    farm.enqueue(owner="held", priority=10)
    farm.enqueue(NewTask(kind), owner="b")
    with farm.database.system_session() as other:
        assert other.exec(select(Task).where(col(Task.owner_id) == "held").with_for_update()).all()
        began = time.monotonic()
        with pytest.raises(Unavailable):
            finish(farm, first)
        assert time.monotonic() - began < STATEMENT_MS / 2000  # not because a statement takes no longer
        with farm.database.plain() as plain:
            assert leases.complete(plain, first.id, first.epoch, {})
    waited = threading.Event()

    def patiently() -> None:
        assert farm.claim() is not None
        waited.set()

    with farm.database.system_session() as other:
        assert other.exec(select(Task).where(col(Task.owner_id) == "held").with_for_update()).all()
        claiming = threading.Thread(target=patiently)
        claiming.start()
        until(lambda: someone_waits(farm), what="a claim that waits for the lock")
        assert not waited.wait(4 * handover.PATIENCE_MS / 1000)
        assert someone_waits(farm)  # a claim alone has more patience
    claiming.join(10)
    assert waited.is_set()
