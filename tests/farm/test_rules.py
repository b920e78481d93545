"""Pools, tags, licences, the block list, requeue, not_before, tokens, engines that nobody has: on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select, update

from flatrender.access import audit
from flatrender.core.db import DEFAULT_TENANT, database_now
from flatrender.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from flatrender.core.outbox import OutboxEvent
from flatrender.farm import blockers, log, nodes, operations, reaper, service, tokens, unserved
from flatrender.farm.lanes import Needs
from flatrender.farm.models import Node, Task, TaskAttempt
from flatrender.farm.service import NewTask
from flatrender.farm.states import TaskEvent, TaskState
from tests.farm.conftest import Farm
from tests.farm.test_queue import be_claimable, complete, give_up

RITA = audit.machine(DEFAULT_TENANT)


def register(farm: Farm, node_id: str, **changes: object) -> None:
    info = nodes.NodeInfo(
        **{
            "id": node_id,
            "name": f"node {node_id}",
            "host": "test",
            "instance": f"{node_id}-1",
            "version": "1",
            "pid": 1,
            "slots": 1,
            "engines": {"native": "1", "aerender": "1"},
            **changes,
        }
    )
    with farm.database.system_session() as session:
        nodes.register(session, info)


@pytest.mark.parametrize(
    "needs",
    [
        Needs(),
        Needs("aerender", "film"),
        Needs("aerender", "", ("gpu", "studio-b")),
        Needs("aerender", "film", ("gpu",), ("aerender", "trapcode")),
        Needs("nexrender", "", (), ("x",)),
    ],
)
def test_a_lane_says_all_that_a_task_needs(needs: Needs) -> None:
    assert Needs.of(needs.lane) == needs


@pytest.mark.parametrize(
    "needs", [Needs("a b"), Needs("x", "p@q"), Needs("x", "", ("#",)), Needs("x", tags=("a",) * 9)]
)
def test_names_that_would_break_a_lane_are_refused(needs: Needs) -> None:
    with pytest.raises(InvalidInput):
        _ = needs.lane


def test_pools_and_tags(farm: Farm) -> None:
    register(farm, "plain")
    register(farm, "film", pools=("film",), tags=("gpu", "big"))
    [pooled] = farm.enqueue(NewTask("test", pool="film"), priority=60)
    [tagged] = farm.enqueue(NewTask("test", tags=("gpu",)), priority=55)
    [both] = farm.enqueue(NewTask("test", pool="film", tags=("gpu", "tape")))
    [free] = farm.enqueue()
    task = farm.claim("plain")
    assert task is not None
    assert task.id == free
    assert farm.claim("plain") is None
    got = [task.id for _ in range(3) if (task := farm.claim("film"))]
    assert got == [pooled, tagged]
    assert farm.task(both).state == TaskState.WAITING


def test_licences_are_never_exceeded(farm: Farm) -> None:
    for number in range(4):
        register(farm, f"n{number}", slots=4)
    with farm.database.system_session() as session:
        operations.set_limit(session, RITA, "aerender", 2)
    licensed = farm.enqueue(*(NewTask("test", licences=("aerender",)) for _ in range(8)), priority=90)
    [plain] = farm.enqueue()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: farm.claim(f"n{number % 4}"), range(8)))
    claimed = [task.id for task in found if task]
    assert plain in claimed  # the lane beside it goes on
    assert len(set(claimed) & set(licensed)) == 2  # of the first ones; who locks which is chance
    assert len(claimed) == 3
    done = next(task for task in found if task and task.id != plain)
    assert complete(farm, done)
    assert farm.claim("n0") is not None
    assert farm.claim("n0") is None
    with farm.database.system_session() as session:
        operations.set_limit(session, RITA, "aerender", None)
    assert farm.claim("n0") is not None


def test_a_limit_that_is_none(farm: Farm) -> None:
    with farm.database.system_session() as session:
        for name, most in (("a b", 1), ("a", -1), ("a", 10**9)):
            with pytest.raises(InvalidInput):
                operations.set_limit(session, RITA, name, most)


def test_a_task_is_not_claimed_before_its_time(farm: Farm) -> None:
    farm.node()
    with farm.database.system_session(read_only=True) as session:
        later = database_now(session) + timedelta(hours=1)
    [late] = farm.enqueue(NewTask("test", not_before=later), priority=90)
    [now] = farm.enqueue()
    task = farm.claim()
    assert task is not None
    assert task.id == now
    assert farm.claim() is None
    be_claimable(farm, late)
    assert farm.claim() is not None


def crash_on(farm: Farm, node_id: str, owner: str) -> None:
    farm.enqueue(NewTask("test", tags=(node_id,)), owner=owner)
    task = farm.claim(node_id)
    assert task is not None
    give_up(farm, task, TaskEvent.CRASH)


def test_a_node_that_fails_for_several_owners_is_blocked_and_forgiven(farm: Farm) -> None:
    register(farm, "n1", tags=("n1",))
    register(farm, "n2", tags=("n1",))
    for owner in ("a", "a", "b"):
        crash_on(farm, "n1", owner)
    farm.enqueue(owner="x")
    assert farm.claim("n1") is not None  # two owners only
    crash_on(farm, "n1", "c")
    [other] = farm.enqueue(owner="y")
    [elsewhere] = farm.enqueue(NewTask("test", engine="aerender"), owner="z")
    task = farm.claim("n1")
    assert task is not None
    assert task.id == elsewhere  # the other engine goes on
    assert farm.claim("n1") is None
    with farm.database.system_session() as session:
        assert any("gets no more native tasks for 10 minutes" in line.message for line in log.lines(session, "c"))
        operations.forgive(session, RITA, "n1")
    task = farm.claim("n1")
    assert task is not None
    assert task.id == other


def test_time_and_success_forgive_as_well(farm: Farm) -> None:
    register(farm, "n1", tags=("n1",))
    register(farm, "n2", tags=("n1",))
    for owner in ("a", "b", "c"):
        crash_on(farm, "n1", owner)
    farm.enqueue(owner="x")
    assert farm.claim("n1") is None
    with farm.database.system_session() as session:
        node = nodes.get(session, "n1")
        past = (database_now(session) - timedelta(seconds=1)).isoformat()
        node.failing = {"native": {**node.failing["native"], "until": past}}
        session.add(node)
    task = farm.claim("n1")
    assert task is not None
    assert complete(farm, task)
    with farm.database.system_session(read_only=True) as session:
        assert nodes.get(session, "n1").failing == {}


def test_a_crash_after_the_time_counts_as_the_first(farm: Farm) -> None:
    register(farm, "n1", tags=("n1",))
    register(farm, "n2", tags=("n1",))
    for owner in ("a", "b", "c"):
        crash_on(farm, "n1", owner)
    with farm.database.system_session() as session:
        node = nodes.get(session, "n1")
        past = (database_now(session) - timedelta(seconds=1)).isoformat()
        node.failing = {"native": {**node.failing["native"], "until": past}}
        session.add(node)
    crash_on(farm, "n1", "d")
    with farm.database.system_session(read_only=True) as session:
        assert nodes.get(session, "n1").failing == {"native": {"owners": ["d"], "until": None}}
    farm.enqueue(owner="x")
    assert farm.claim("n1") is not None


def test_a_blocked_node_works_again_once_it_is_the_only_one(farm: Farm) -> None:
    farm.node("n1")
    farm.node("n2")
    for owner in "abc":
        farm.enqueue(owner=owner)
        task = farm.claim("n1")
        assert task is not None
        with farm.database.system_session() as session:
            service.give_up(session, task.id, task.epoch, TaskEvent.CRASH, reason="it crashed")
            service.cancel_owner(session, owner, reason="enough")
    farm.enqueue(owner="d")
    assert farm.claim("n1") is None
    with farm.database.system_session() as session:
        nodes.sign_off(session, "n2", "n2-1")
    assert look(farm).unserved == 0
    assert farm.claim("n1") is not None


def test_the_only_node_is_never_blocked(farm: Farm) -> None:
    register(farm, "n1", tags=("n1",))
    for owner in ("a", "b", "c", "d"):
        crash_on(farm, "n1", owner)
    farm.enqueue(owner="x")
    assert farm.claim("n1") is not None


def test_requeue_takes_a_task_from_its_node(farm: Farm) -> None:
    farm.node("n1")
    farm.node("n2")
    [task_id] = farm.enqueue()
    task = farm.claim("n1")
    assert task is not None
    with farm.database.system_session() as session:
        operations.requeue(session, RITA, task_id)
    found = farm.task(task_id)
    assert (found.state, found.crashes, found.lost_leases) == (TaskState.WAITING, 0, 0)
    assert not complete(farm, task)  # its node is fenced off
    assert farm.claim("n1") is None
    again = farm.claim("n2")
    assert again is not None
    assert again.epoch == 2
    assert complete(farm, again)
    with farm.database.system_session() as session:
        with pytest.raises(Conflict, match="has ended"):
            operations.requeue(session, RITA, task_id)
        with pytest.raises(NotFound):
            operations.requeue(session, RITA, "0" * 32)
        outcomes = session.exec(select(TaskAttempt.outcome).where(col(TaskAttempt.task_id) == task_id)).all()
    assert outcomes == [TaskEvent.REQUEUE, TaskEvent.COMPLETE]


def test_a_revoked_token_stops_its_node(farm: Farm) -> None:
    with farm.database.system_session() as session:
        row, token = tokens.make(session, "studio b")
    register(farm, "n1", token=token)
    farm.enqueue(NewTask("test"), NewTask("test"))
    task = farm.claim("n1")
    assert task is not None
    with farm.database.system_session() as session:
        assert service.renew(session, task.id, task.epoch, lease_seconds=30)
        tokens.revoke(session, row.id)
    assert farm.claim("n1") is None
    with farm.database.system_session() as session:
        assert not service.renew(session, task.id, task.epoch, lease_seconds=30)
        assert service.wanted(session, {task.id: task.epoch}) == {}
        node = nodes.heartbeat(session, "n1", "n1-1", {}, None)
        assert node is not None
        assert not node.healthy
    with pytest.raises(Forbidden, match="revoked"):
        register(farm, "n1", token=token)
    with pytest.raises(Forbidden, match="does not know"):
        register(farm, "n1", token="frn_guess")


def test_a_node_does_not_get_rid_of_its_token_by_leaving_it_out(farm: Farm) -> None:
    with farm.database.system_session() as session:
        row, token = tokens.make(session, "n1")
    register(farm, "n1", token=token)
    register(farm, "n1")
    farm.enqueue()
    with farm.database.system_session() as session:
        tokens.revoke(session, row.id)
    assert farm.claim("n1") is None
    with pytest.raises(Forbidden, match="revoked"):
        register(farm, "n1")
    with farm.database.system_session() as session:
        _, another = tokens.make(session, "n1")
    register(farm, "n1", token=another)
    assert farm.claim("n1") is not None


def test_a_farm_that_asks_for_tokens(farm: Farm) -> None:
    farm.node("n1")
    farm.enqueue()
    with farm.database.system_session() as session:
        service.switch(session).tokens_required = True
    assert farm.claim("n1") is None
    with farm.database.system_session() as session:
        held = nodes.get(session, "n1")
        nodes.heartbeat(session, "n1", held.instance, {}, None)
        assert held.problem == "It has no token, and nodes need one here: it gets no work until it shows one."
    with pytest.raises(Forbidden, match="asks its nodes for a token"):
        farm.node("n2")
    with farm.database.system_session() as session:
        _, token = tokens.make(session, "n2")
    register(farm, "n2", token=token)
    assert farm.claim("n2") is not None


def look(farm: Farm, seconds: float | None = None) -> reaper.Reaped:
    return reaper.reap(farm.database, lease_seconds=30, give_up_seconds=seconds)


def test_an_engine_that_no_node_offers_is_said_and_waited_for(farm: Farm) -> None:
    farm.node()
    [task_id] = farm.enqueue(NewTask("test", engine="melt", tags=("gpu",)))
    assert look(farm).unserved == 1
    assert look(farm).unserved == 0  # it is said once
    assert farm.task(task_id).note == "No node on line with gpu offers the engine melt"
    register(farm, "n2", engines={"melt": "1"}, tags=("gpu",))
    task = farm.claim("n2")
    assert task is not None
    assert task.note == ""


def test_an_engine_that_no_node_offers_fails_the_task_where_that_is_set(farm: Farm) -> None:
    farm.node()
    [task_id] = farm.enqueue(NewTask("test", engine="melt"))
    assert look(farm, 60).unserved == 1
    assert farm.task(task_id).state == TaskState.WAITING
    age(farm, task_id)
    look(farm, 60)
    found = farm.task(task_id)
    assert (found.state, found.error_code) == (TaskState.FAILED, "no-node")
    assert found.error == "No node on line offers the engine melt."


def test_a_night_does_not_fail_because_its_node_rests(farm: Farm) -> None:
    """Tasks that waited behind others for long: the only node drains, is unwell, leaves for a moment."""
    farm.node("n1")
    [task_id] = farm.enqueue()
    age(farm, task_id)
    resting = "No node that takes work now offers the engine native"
    with farm.database.system_session() as session:
        nodes.drain(session, "n1")
    assert look(farm, 60).unserved == 1
    assert (farm.task(task_id).state, farm.task(task_id).note) == (TaskState.WAITING, resting)
    with farm.database.system_session() as session:
        nodes.drain(session, "n1", False)
    assert look(farm, 60).unserved == 1
    assert farm.task(task_id).note == "", "it is taken back"
    with farm.database.system_session() as session:
        nodes.heartbeat(session, "n1", "n1-1", {}, "No space: only 3 MB are free.")
    look(farm, 60)
    assert (farm.task(task_id).state, farm.task(task_id).note) == (TaskState.WAITING, resting)
    with farm.database.system_session() as session:
        nodes.sign_off(session, "n1", "n1-1")
    look(farm, 60)
    found = farm.task(task_id)
    assert (found.state, found.note) == (TaskState.WAITING, "No node on line offers the engine native")
    with farm.database.system_session() as session:  # for longer than is waited
        nodes.get(session, "n1").last_seen = database_now(session) - timedelta(minutes=2)
    look(farm, 60)
    assert (farm.task(task_id).state, farm.task(task_id).error_code) == (TaskState.FAILED, "no-node")


def test_a_task_that_may_not_begin_yet_waits_for_no_node(farm: Farm) -> None:
    with farm.database.system_session() as session:
        later = database_now(session) + timedelta(hours=1)
    [task_id] = farm.enqueue(NewTask("test", not_before=later))
    age(farm, task_id)
    assert look(farm, 60).unserved == 0
    assert farm.task(task_id).state == TaskState.WAITING


@pytest.fixture
def read(farm: Farm) -> Iterator[list[str]]:
    """What was asked of waiting tasks, by their notes."""
    found: list[str] = []

    def hear(connection: object, cursor: object, statement: str, *_: object) -> None:
        if "farm_task.note" in statement and "'WAITING'" in statement and "avoid" not in statement:
            found.append(statement)

    event.listen(farm.database.engine, "before_cursor_execute", hear)
    yield found
    event.remove(farm.database.engine, "before_cursor_execute", hear)


def test_what_waits_is_read_only_when_something_has_changed(
    farm: Farm, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    farm.node()
    [task_id] = farm.enqueue()
    look(farm, 60)
    assert read == [], "in a new lane nobody has been told anything"
    with farm.database.system_session() as session:
        nodes.drain(session, "n1")
    assert look(farm, 60).unserved == 1
    [second] = farm.enqueue(owner="b")
    monkeypatch.setattr(unserved, "LOOK_SECONDS", 60.0)
    read.clear()
    assert look(farm).unserved == 0
    assert read == [], "whichever node looks, not all the time"
    monkeypatch.setattr(unserved, "LOOK_SECONDS", 0.0)
    assert look(farm).unserved == 1
    assert farm.task(second).note == farm.task(task_id).note != ""
    with farm.database.system_session() as session:
        nodes.drain(session, "n1", False)
    monkeypatch.setattr(unserved, "LOOK_SECONDS", 60.0)
    assert look(farm).unserved == 2, "a change is told at once"
    look(farm)
    read.clear()
    assert look(farm, 60).unserved == 0
    assert read == []


@pytest.mark.parametrize("farm", ["sqlite"], indirect=True)
def test_who_heals_a_well_farm_reads_no_tasks_but_by_an_index_of_few(farm: Farm) -> None:
    farm.node()
    farm.enqueue()
    asked: list[tuple[str, Any]] = []

    def hear(connection: object, cursor: object, statement: str, values: Any, *_: object) -> None:
        if "FROM farm_task" in statement:
            asked.append((statement, values))

    event.listen(farm.database.engine, "before_cursor_execute", hear)
    look(farm, 60)
    event.remove(farm.database.engine, "before_cursor_execute", hear)
    with farm.database.engine.connect() as connection:
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", values).all() for said, values in asked]
    indexes = {plan.split(" INDEX ")[-1].split()[0] for [(*_, plan)] in plans}
    assert indexes == {"ix_farm_task_lease", "ix_farm_task_avoiding"}


def test_those_who_wait_are_told_in_rounds(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unserved, "LOOK_SECONDS", 60.0)
    monkeypatch.setattr(unserved, "BATCH", 2)
    for owner in "abcde":
        farm.enqueue(owner=owner)
    assert [look(farm).unserved for _ in range(4)] == [2, 2, 1, 0]
    farm.node()
    assert [look(farm).unserved for _ in range(4)] == [2, 2, 1, 0]


def test_needs_with_long_names_are_told_as_far_as_a_note_goes(farm: Farm) -> None:
    [task_id] = farm.enqueue(NewTask("test", tags=tuple(letter * 40 for letter in "abcdefgh")))
    assert [look(farm).unserved for _ in range(2)] == [1, 0]
    assert len(farm.task(task_id).note) == 200


def age(farm: Farm, task_id: str) -> None:
    with farm.database.system_session() as session:
        past = database_now(session) - timedelta(minutes=2)
        session.execute(update(Task).where(col(Task.id) == task_id).values(created_at=past, waits_since=past))


def test_what_was_freed_or_came_back_just_now_has_not_waited_in_vain(farm: Farm) -> None:
    """A scene that rendered for hours, and a composition behind it whose only node was switched off meanwhile."""
    farm.node("n1", engines=("native",))
    scene = NewTask("test")
    [first, behind] = farm.enqueue(scene, NewTask("test", engine="ffmpeg", after=(scene.id,)))
    held = blockers_only(farm)
    task = farm.claim("n1")
    assert task is not None
    for task_id in (first, behind, held):
        age(farm, task_id)
    with farm.database.system_session() as session:
        assert service.complete(session, first, task.epoch, {})
        blockers.release(session, "project")
    look(farm, 60)
    no_node = "No node on line offers the engine ffmpeg"
    assert [(farm.task(each).state, farm.task(each).note) for each in (behind, held)] == [("WAITING", no_node)] * 2
    register(farm, "n2", engines={"ffmpeg": "1"})
    back = farm.claim("n2")
    assert back is not None
    age(farm, back.id)
    with farm.database.system_session() as session:
        service.give_up(session, back.id, back.epoch, TaskEvent.RELEASE, reason="its node is shutting down")
        nodes.sign_off(session, "n2", "n2-1")
        nodes.get(session, "n2").last_seen = database_now(session) - timedelta(minutes=2)
    look(farm, 60)
    assert farm.task(back.id).state == TaskState.WAITING
    age(farm, back.id)
    look(farm, 60)
    assert farm.task(back.id).state == TaskState.FAILED


def blockers_only(farm: Farm) -> str:
    """A task that waits for what is no task."""
    [held] = farm.enqueue(NewTask("test", engine="ffmpeg", after=("project",)), owner="other")
    return held


def test_last_words_are_kept_with_the_attempt(farm: Farm) -> None:
    farm.node()
    farm.enqueue()
    task = farm.claim()
    assert task is not None
    with farm.database.system_session() as session:
        said = "x" * 10_000 + "segmentation fault"
        service.give_up(session, task.id, task.epoch, TaskEvent.CRASH, reason="it died", last_words=said)
    with farm.database.system_session(read_only=True) as session:
        [words] = session.exec(select(TaskAttempt.last_words)).all()
    assert words is not None
    assert words.endswith("segmentation fault")
    assert len(words) == 4000


def test_shares(farm: Farm) -> None:
    def weight(session: Session) -> None:
        operations.set_share(session, RITA, "t1", 3.0)
        with pytest.raises(InvalidInput):
            operations.set_share(session, RITA, "t1", 0)

    farm.node()
    with farm.database.system_session() as session:
        weight(session)
    for _ in range(8):
        farm.enqueue(tenant="t1", owner="a")
        farm.enqueue(tenant="t2", owner="b")
    order = "".join("a" if (task := farm.claim()) and task.tenant_id == "t1" else "b" for _ in range(8))
    assert order.count("a") == 6


def test_nodes_tell_pools_tags_and_what_fails_there(farm: Farm) -> None:
    register(farm, "n1", pools=("film",), tags=("gpu",))
    with farm.database.system_session(read_only=True) as session:
        told = nodes.as_dict(session.exec(select(Node)).one())
    assert (told["pools"], told["tags"], told["failing"]) == (["film"], ["gpu"], {})


def test_a_node_that_is_unwell_is_told_once_whoever_says_it(farm: Farm) -> None:
    """Its keeper measures what the thread of a task has just met."""
    farm.node("n1")
    at_once = Barrier(4)

    def say(number: int) -> None:
        at_once.wait(20)
        with farm.database.system_session() as session:
            nodes.heartbeat(session, "n1", "n1-1", {}, f"No space: only {number} MB are free.")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(say, range(4)))
    with farm.database.system_session(read_only=True) as session:
        told = session.exec(select(OutboxEvent).where(col(OutboxEvent.kind) == "system.error")).all()
    assert len(told) == 1
