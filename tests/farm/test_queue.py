"""Claim, fence, retry, cancel, boost, stop: on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, database_now
from flatrender.core.ids import new_id
from flatrender.farm import claims, log, nodes, reaper, service
from flatrender.farm.models import FarmSwitch, Node, Task, TaskAttempt
from flatrender.farm.ripples import TaskChange, on_task_change
from flatrender.farm.service import NewTask
from flatrender.farm.states import TaskEvent, TaskState
from tests.farm.conftest import Farm
from tests.installation import OTHER_TENANT


def give_up(farm: Farm, task: Task, event: TaskEvent, reason: str = "it broke") -> TaskState | None:
    with farm.database.system_session() as session:
        return service.give_up(session, task.id, task.epoch, event, reason=reason)


def complete(farm: Farm, task: Task) -> bool:
    with farm.database.system_session() as session:
        return service.complete(session, task.id, task.epoch, {"ok": True})


def expire(farm: Farm, task_id: str) -> None:
    """Lets a lease run out without waiting for it."""
    with farm.database.system_session() as session:
        past = database_now(session) - timedelta(seconds=1)
        session.execute(update(Task).where(col(Task.id) == task_id).values(lease_until=past))


def be_claimable(farm: Farm, task_id: str) -> None:
    with farm.database.system_session() as session:
        session.execute(update(Task).where(col(Task.id) == task_id).values(not_before=None))


def reap(farm: Farm) -> reaper.Reaped:
    return reaper.reap(farm.database, lease_seconds=30)


def test_priority_then_order_of_submission(farm: Farm) -> None:
    node = farm.node()
    low, first, second, high = (farm.enqueue(priority=priority)[0] for priority in (10, 50, 50, 90))
    order = [task.id for _ in range(4) if (task := farm.claim(node))]
    assert order == [high, first, second, low]
    assert farm.claim(node) is None


def test_a_claim_looks_beyond_the_best_when_others_are_claiming_all_of_them(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    if farm.database.is_sqlite:
        return  # one claim at a time there
    monkeypatch.setattr(claims, "CANDIDATES", 1)  # so that it looks on twice: at four, at sixteen
    monkeypatch.setattr(claims, "_question", claims._question.__wrapped__)  # which keeps that number
    node = farm.node()
    best = [farm.enqueue(priority=90)[0] for _ in range(5)]
    [last] = farm.enqueue(priority=10)
    with farm.database.system_session() as other:
        held = select(Task).where(col(Task.id).in_(best)).with_for_update()
        assert len(other.exec(held).all()) == 5
        task = farm.claim(node)
        assert task is not None
        assert task.id == last
        assert farm.claim(node) is None


def test_a_claim_sets_epoch_node_and_lease_from_the_database_clock(farm: Farm) -> None:
    clock.use(lambda: clock._system() + timedelta(minutes=10))  # the process's clock is wrong
    try:
        [task_id] = farm.enqueue()
        farm.node()
        task = farm.claim(lease=30)
    finally:
        clock.use(None)
    assert task is not None
    assert (task.id, task.epoch, task.node_id, task.state) == (task_id, 1, "n1", TaskState.CLAIMED)
    assert task.lease_until is not None
    assert abs((task.lease_until - clock.now()).total_seconds() - 30) < 5


def test_only_engines_that_the_node_offers(farm: Farm) -> None:
    farm.node("n1", engines=("ffmpeg",))
    farm.node("n2", engines=("native",))
    farm.enqueue(NewTask("test", engine="native"))
    assert farm.claim("n1") is None
    assert farm.claim("n2") is not None


def test_a_task_waits_for_its_blockers(farm: Farm) -> None:
    farm.node()
    one, two = NewTask("test"), NewTask("test")
    last = NewTask("test", after=(one.id, two.id))
    farm.enqueue(last, one, two)
    first = farm.claim()
    second = farm.claim()
    assert first is not None
    assert second is not None
    assert {first.id, second.id} == {one.id, two.id}
    assert farm.claim() is None
    assert complete(farm, first)
    assert farm.claim() is None
    assert complete(farm, second)
    third = farm.claim()
    assert third is not None
    assert third.id == last.id


def test_a_failed_blocker_cancels_what_waits_for_it(farm: Farm) -> None:
    farm.node()
    one = NewTask("test", name="one")
    last = NewTask("test", after=(one.id,))
    farm.enqueue(one, last)
    task = farm.claim()
    assert task is not None
    give_up(farm, task, TaskEvent.REFUSE)
    assert farm.task(last.id).state == TaskState.CANCELLED
    assert farm.task(last.id).error == "one did not finish"


def test_a_stale_epoch_changes_no_row(farm: Farm) -> None:
    farm.node("n1")
    farm.node("n2")
    farm.enqueue()
    stale = farm.claim("n1")
    assert stale is not None
    expire(farm, stale.id)
    assert reap(farm).leases == 1
    fresh = farm.claim("n2")
    assert fresh is not None
    assert (fresh.id, fresh.epoch) == (stale.id, 2)
    before = farm.task(stale.id).model_dump()
    with farm.database.system_session() as session:
        assert not service.renew(session, stale.id, stale.epoch, lease_seconds=30)
        assert not service.report(session, stale.id, stale.epoch, 0.9, note="stale")
        assert not service.complete(session, stale.id, stale.epoch, {"stale": True})
        assert service.give_up(session, stale.id, stale.epoch, TaskEvent.CRASH, reason="stale") is None
        assert service.wanted(session, {stale.id: stale.epoch}) == {}
    assert farm.task(stale.id).model_dump() == before
    assert complete(farm, fresh)
    assert farm.task(stale.id).result == {"ok": True}


def test_renewing_keeps_the_lease(farm: Farm) -> None:
    farm.node()
    farm.enqueue()
    task = farm.claim(lease=30)
    assert task is not None
    expire(farm, task.id)
    with farm.database.system_session() as session:
        assert service.renew(session, task.id, task.epoch, lease_seconds=30)
    assert reap(farm).leases == 0
    assert farm.task(task.id).state == TaskState.CLAIMED


def test_crashes_are_tried_on_another_node_and_three_times_at_most(farm: Farm) -> None:
    farm.node("n1")
    farm.node("n2")
    [task_id] = farm.enqueue()
    task = farm.claim("n1")
    assert task is not None
    assert give_up(farm, task, TaskEvent.CRASH) is TaskState.WAITING
    assert farm.claim("n2") is None  # it waits a second first
    be_claimable(farm, task_id)
    for not_here, here in (("n1", "n2"), ("n2", "n1")):
        assert farm.claim(not_here) is None  # it crashed there last, and there is another
        task = farm.claim(here)
        assert task is not None
        assert give_up(farm, task, TaskEvent.CRASH) is TaskState.WAITING
        be_claimable(farm, task_id)
    task = farm.claim("n2")
    assert task is not None
    assert give_up(farm, task, TaskEvent.CRASH, "no more") is TaskState.FAILED
    found = farm.task(task_id)
    assert (found.crashes, found.lost_leases, found.error) == (4, 0, "no more")


def test_the_avoided_node_gets_it_back_when_the_other_goes(farm: Farm) -> None:
    farm.node("n1")
    farm.node("n2")
    [task_id] = farm.enqueue()
    task = farm.claim("n1")
    assert task is not None
    give_up(farm, task, TaskEvent.CRASH)
    be_claimable(farm, task_id)
    assert farm.claim("n1") is None
    with farm.database.system_session() as session:
        nodes.sign_off(session, "n2", "n2-1")
    assert reap(farm).freed == 1
    assert farm.claim("n1") is not None


def test_lost_leases_are_counted_apart(farm: Farm) -> None:
    farm.node()
    [task_id] = farm.enqueue()
    for _ in range(6):
        task = farm.claim()
        assert task is not None
        expire(farm, task_id)
        reap(farm)
    found = farm.task(task_id)
    assert (found.state, found.lost_leases, found.crashes, found.epoch) == (TaskState.FAILED, 6, 0, 6)
    with farm.database.system_session(read_only=True) as session:
        outcomes = session.exec(select(TaskAttempt.outcome).where(col(TaskAttempt.task_id) == task_id)).all()
    assert outcomes == [TaskEvent.LEASE_LOST] * 6


def test_not_ready_waits_and_gives_up_after_ten_tries(farm: Farm) -> None:
    farm.node()
    [task_id] = farm.enqueue()
    for number in range(10):
        task = farm.claim()
        assert task is not None, number
        give_up(farm, task, TaskEvent.NOT_READY, "file is still growing")
        assert farm.claim() is None
        be_claimable(farm, task_id)
    found = farm.task(task_id)
    assert (found.state, found.error) == (TaskState.FAILED, "file is still growing")


def test_boost_counts_up_to_the_claim(farm: Farm) -> None:
    farm.node()
    farm.enqueue(owner="a", priority=50)
    [boosted] = farm.enqueue(owner="b", priority=50)
    with farm.database.system_session() as session:
        assert service.set_priority(session, "b", 90) == 1
    task = farm.claim()
    assert task is not None
    assert task.id == boosted
    with farm.database.system_session() as session:
        assert service.set_priority(session, "b", 10) == 0  # claimed: too late
    assert farm.task(boosted).priority == 90


def test_cancel_of_a_waiting_and_of_a_running_task(farm: Farm) -> None:
    farm.node()
    first, second = farm.enqueue(NewTask("test"), NewTask("test"))
    running = farm.claim()
    assert running is not None
    with farm.database.system_session() as session:
        assert service.cancel_owner(session, "job", reason="not wanted") == 1
        assert service.cancel_owner(session, "job", reason="again") == 1
    assert farm.task(second).state == TaskState.CANCELLED
    with farm.database.system_session(read_only=True) as session:
        assert service.wanted(session, {first: running.epoch}) == {first: True}
    assert not complete(farm, running)  # a cancel committed first: never done
    assert farm.task(first).state == TaskState.CANCELLED
    assert farm.task(first).result is None


def test_a_cancelled_task_of_a_dead_node_is_reaped(farm: Farm) -> None:
    farm.node()
    [task_id] = farm.enqueue()
    assert farm.claim() is not None
    with farm.database.system_session() as session:
        service.cancel_owner(session, "job", reason="not wanted")
    expire(farm, task_id)
    reap(farm)
    assert farm.task(task_id).state == TaskState.CANCELLED


def test_emergency_stop_fences_off_everything_that_runs(farm: Farm) -> None:
    farm.node()
    running_id, waiting_id = farm.enqueue(NewTask("test"), NewTask("test"))
    running = farm.claim()
    assert running is not None
    with farm.database.system_session() as session:
        assert service.emergency_stop(session, reason="smoke") == 1
    assert farm.task(running_id).state == TaskState.CANCELLED
    assert farm.task(waiting_id).state == TaskState.WAITING
    assert not complete(farm, running)
    assert farm.claim() is None
    with farm.database.system_session() as session:
        service.resume(session)
    task = farm.claim()
    assert task is not None
    assert (task.id, task.generation) == (waiting_id, 1)


def test_a_claim_made_while_the_stop_was_committed_is_ended_by_the_reaper(farm: Farm) -> None:
    farm.node()
    [task_id] = farm.enqueue()
    task = farm.claim()
    assert task is not None
    with farm.database.system_session() as session:  # the stop did not see this claim yet
        session.add(FarmSwitch(generation=1, stopped=True))
    with farm.database.system_session() as session:
        assert not service.renew(session, task.id, task.epoch, lease_seconds=30)
        assert not service.complete(session, task.id, task.epoch, {})
    assert reap(farm).stopped == 1
    assert farm.task(task_id).state == TaskState.CANCELLED


def test_a_draining_or_unhealthy_node_claims_nothing(farm: Farm) -> None:
    farm.node()
    farm.enqueue()
    with farm.database.system_session() as session:
        nodes.drain(session, "n1")
    assert farm.claim() is None
    with farm.database.system_session() as session:
        nodes.drain(session, "n1", False)
        nodes.heartbeat(session, "n1", "n1-1", {}, "the disk is full")
    assert farm.claim() is None
    with farm.database.system_session() as session:
        nodes.heartbeat(session, "n1", "n1-1", {}, None)
    assert farm.claim() is not None


def test_a_silent_node_goes_off_line(farm: Farm) -> None:
    farm.node()
    with farm.database.system_session() as session:
        past = database_now(session) - timedelta(minutes=5)
        session.execute(update(Node).values(last_seen=past))
    assert reap(farm).nodes == 1
    with farm.database.system_session() as session:
        assert not nodes.get(session, "n1").online


def test_a_restarted_node_loses_what_it_held_at_once(farm: Farm) -> None:
    farm.node()
    [task_id] = farm.enqueue()
    task = farm.claim()
    assert task is not None
    assert reaper.forsake(farm.database, "n1") == 1
    with farm.database.system_session() as session:
        assert nodes.heartbeat(session, "n1", "another process", {}, None) is None
    found = farm.task(task_id)
    assert (found.state, found.lost_leases) == (TaskState.WAITING, 1)


def test_tenants_take_turns_by_weight_of_their_work(farm: Farm) -> None:
    farm.node()
    for _ in range(8):
        farm.enqueue(tenant=DEFAULT_TENANT, owner="a")
    for _ in range(8):
        farm.enqueue(NewTask("test", weight=2.0), tenant=OTHER_TENANT, owner="b")
    order = "".join("a" if (task := farm.claim()) and task.tenant_id == DEFAULT_TENANT else "b" for _ in range(9))
    assert order.count("a") == 6  # its tasks are half as long: twice the turns
    assert order.count("b") == 3


def test_an_idle_tenant_saves_up_no_turns(farm: Farm) -> None:
    farm.node()
    farm.enqueue(tenant=OTHER_TENANT, owner="b")
    assert farm.claim() is not None
    for _ in range(12):
        farm.enqueue(tenant=DEFAULT_TENANT, owner="a")
    for _ in range(6):
        assert farm.claim() is not None
    for _ in range(6):
        farm.enqueue(tenant=OTHER_TENANT, owner="b")
    order = "".join("a" if (task := farm.claim()) and task.tenant_id == DEFAULT_TENANT else "b" for _ in range(8))
    assert order.count("a") == 4
    assert order.count("b") == 4


def test_ripples_run_in_the_same_transaction(farm: Farm) -> None:
    farm.node()
    heard: list[tuple[str, TaskChange]] = []
    kind = new_id()

    @on_task_change(kind)
    def listen(session: object, task: Task, change: TaskChange) -> None:
        heard.append((task.id, change))
        if task.name == "refuses" and change.after is TaskState.DONE:
            raise RuntimeError("no")

    [task_id] = farm.enqueue(NewTask(kind, name="refuses"))
    task = farm.claim()
    assert task is not None
    with pytest.raises(RuntimeError, match="no"):
        complete(farm, task)
    assert farm.task(task_id).state == TaskState.CLAIMED
    assert [change.after for _, change in heard] == [TaskState.CLAIMED, TaskState.DONE]


def test_progress_reaches_the_row_and_the_ripple(farm: Farm) -> None:
    farm.node()
    heard: list[float] = []
    kind = new_id()

    @on_task_change(kind)
    def listen(session: object, task: Task, change: TaskChange) -> None:
        if change.event is TaskEvent.PROGRESS:
            heard.append(task.progress)

    farm.enqueue(NewTask(kind))
    task = farm.claim()
    assert task is not None
    with farm.database.system_session() as session:
        assert service.report(session, task.id, task.epoch, 0.25, note="frame 10 of 40", frame=10, frames=40)
    found = farm.task(task.id)
    assert (found.progress, found.note, found.frame, found.frames) == (0.25, "frame 10 of 40", 10, 40)
    assert heard == [0.25]


def test_the_log_tells_what_happened(farm: Farm) -> None:
    farm.node()
    farm.enqueue(NewTask("test", name="Scene 1"))
    task = farm.claim()
    assert task is not None
    give_up(farm, task, TaskEvent.CRASH, "the renderer died")
    with farm.database.system_session() as session:
        lines = log.lines(session, "job")
    assert lines[-1].message == "Scene 1: retry 1 of 3: the renderer died"
    assert lines[-1].level == "warning"


def test_depth(farm: Farm) -> None:
    farm.node(slots=3)
    farm.enqueue(NewTask("test"), NewTask("test"))
    assert farm.claim() is not None
    with farm.database.system_session(read_only=True) as session:
        depth = service.depth(session)
    assert (depth["waiting"], depth["running"], depth["nodes"], depth["slots"]) == (1, 1, 1, 3)
    assert depth["stopped"] is False


def test_what_is_done_already_is_not_waited_for(farm: Farm) -> None:
    farm.node()
    done, failed = farm.enqueue(NewTask("test"), NewTask("test"))
    for event in (None, TaskEvent.REFUSE):
        task = farm.claim()
        assert task is not None
        with farm.database.system_session() as session:
            if event is None:
                assert service.complete(session, task.id, task.epoch, {})
            else:
                service.give_up(session, task.id, task.epoch, event, reason="it cannot be")
    [after_done] = farm.enqueue(NewTask("test", after=(done,)), owner="next")
    [after_failed] = farm.enqueue(NewTask("test", after=(done, failed)), owner="last")
    claimed = farm.claim()
    assert claimed is not None
    assert claimed.id == after_done
    assert farm.task(after_failed).state == TaskState.CANCELLED
