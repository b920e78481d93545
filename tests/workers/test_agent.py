"""The agent: claims, runs, renews, and ends what must end."""

import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, update

from flatrender.core.db import database_now
from flatrender.core.errors import InvalidInput, NoSpace, ProcessFailed, Unavailable
from flatrender.farm import handover, leases, log, nodes, operations, service, tokens
from flatrender.farm.models import Claimed, Task
from flatrender.farm.states import TaskEvent, TaskState
from tests.deadline import until
from tests.renders.job_life import ADMIN
from tests.workers.conftest import Node
from workers import agent as agent_module
from workers import health
from workers.agent import Agent
from workers.context import NotReady, StopReason, TaskContext
from workers.node import identity

PATIENCE = 5.0  # seconds that a busy machine may take longer; the leases and the ticks of these tests are others


def hold(context: TaskContext) -> dict[str, object]:
    """A handler that works until it is told to end."""
    while not context.wait(0.05):
        pass
    context.check()
    raise AssertionError("check() raises")


def test_runs_all_there_is_in_order_and_stops(node: Node) -> None:
    first, second = node.enqueue("first", "second")
    agent = node.agent()
    agent.start()
    until(node.is_in(second, TaskState.DONE))
    assert node.ran == ["first", "second"]
    assert node.task(first).result == {"ran": "first"}
    agent.stop()
    with node.database.system_session() as session:
        assert not nodes.get(session, "n1").online


def test_no_more_at_once_than_slots(node: Node) -> None:
    most, now, lock = 0, 0, threading.Lock()
    both = threading.Event()

    def count(context: TaskContext) -> dict[str, object]:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
            if most == 2:
                both.set()
        assert both.wait(20)
        with lock:
            now -= 1
        return {}

    node.handlers["test"] = count
    tasks = node.enqueue(*"abcdef")
    node.agent(slots=2).start()
    for task_id in tasks:
        until(node.is_in(task_id, TaskState.DONE))
    assert most == 2


def test_a_lease_is_renewed_while_it_runs(node: Node) -> None:
    released = threading.Event()
    node.handlers["test"] = lambda context: {"released": released.wait(20)}
    [task_id] = node.enqueue("long")
    node.agent(lease_seconds=3.0).start()
    first = until(lambda: node.task(task_id).lease_until)
    assert first is not None
    until(lambda: (node.task(task_id).lease_until or first) > first + timedelta(seconds=0.5))
    released.set()
    until(node.is_in(task_id, TaskState.DONE))
    assert node.task(task_id).epoch == 1


def test_a_hanging_database_does_not_keep_a_task_beyond_its_lease(node: Node) -> None:
    """The small form of fault 4: the renderer ends within the lease though every call to the database hangs."""
    began, ended = threading.Event(), threading.Event()

    def render(context: TaskContext) -> dict[str, object]:
        began.set()
        while not context.wait(0.02):
            context.progress(0.5, "frame 5 of 10")  # may not wait for the database either
        ended.set()
        context.check()
        raise AssertionError("check() raises")

    node.handlers["test"] = render
    node.enqueue("held")
    node.agent(lease_seconds=1.2).start()
    assert began.wait(20)
    blocker = sqlite3.connect(node.database.url.removeprefix("sqlite:///"), isolation_level=None)
    try:
        blocker.execute("BEGIN IMMEDIATE")
        assert ended.wait(1.2 + PATIENCE), "the task outlived its lease"
    finally:
        blocker.rollback()
        blocker.close()


def test_a_cancel_is_seen_within_a_second(node: Node) -> None:
    assert agent_module.NOTICE_SECONDS <= 1
    node.handlers["test"] = hold
    [task_id] = node.enqueue("held")
    node.agent(lease_seconds=30.0).start()
    until(node.is_in(task_id, TaskState.CLAIMED))
    with node.database.system_session() as session:
        assert service.cancel_owner(session, "job", reason="not wanted") == 1
    until(node.is_in(task_id, TaskState.CANCELLED), seconds=1 + PATIENCE)


def test_emergency_stop_ends_what_runs(node: Node) -> None:
    stopped = threading.Event()

    def held(context: TaskContext) -> dict[str, object]:
        while not context.wait(0.05):
            pass
        stopped.set()
        assert context.stop_reason is StopReason.LOST
        return {"late": True}

    node.handlers["test"] = held
    [task_id] = node.enqueue("held")
    node.agent().start()
    until(node.is_in(task_id, TaskState.CLAIMED))
    with node.database.system_session() as session:
        service.emergency_stop(session, reason="test")
    assert stopped.wait(1 + PATIENCE)
    assert node.state(task_id) == TaskState.CANCELLED
    assert node.task(task_id).result is None


def test_a_claim_lost_to_another_is_dropped(node: Node) -> None:
    node.handlers["test"] = hold
    [task_id] = node.enqueue("held")
    agent = node.agent(lease_seconds=30.0, tick_seconds=0.1)
    agent.start()
    until(node.is_in(task_id, TaskState.CLAIMED))
    with node.database.system_session() as session:
        session.execute(update(Task).where(col(Task.id) == task_id).values(epoch=7, node_id="other"))
    until(lambda: not agent.running)
    found = node.task(task_id)
    assert (found.state, found.epoch, found.crashes) == (TaskState.CLAIMED, 7, 0)


def test_a_stalled_handler_is_ended_and_tried_again(node: Node) -> None:
    node.handlers["test"] = hold
    [task_id] = node.enqueue("stuck", stall_seconds=0.2)
    node.agent(lease_seconds=30.0).start()
    until(lambda: node.task(task_id).crashes == 1)
    assert node.task(task_id).error_code == "stalled"
    assert "no progress" in (node.task(task_id).error or "")


@pytest.mark.parametrize(
    ("error", "state", "code", "crashes"),
    [
        (
            InvalidInput("There is no element “titel”."),
            TaskState.FAILED,
            "invalid-input",
            0,
        ),
        (ProcessFailed("FFmpeg was killed.", log="frame= 10\nout of memory"), TaskState.WAITING, "process-failed", 1),
        (RuntimeError("boom"), TaskState.WAITING, "crash", 1),
        (NotReady("The file is still growing."), TaskState.WAITING, "not-ready", 0),
        (NoSpace("There is no space left for files; free some and try again."), TaskState.FAILED, "no-space", 0),
    ],
)
def test_how_errors_end_a_task(node: Node, error: Exception, state: TaskState, code: str, crashes: int) -> None:
    def fail(context: TaskContext) -> dict[str, object]:
        raise error

    node.handlers["test"] = fail
    [task_id] = node.enqueue("fails")
    agent = node.agent()
    agent.start()
    found = until(lambda: (seen := node.task(task_id)).error and seen)
    assert (found.state, found.error_code, found.crashes) == (state, code, crashes)
    assert str(error) in (found.error or "")


def test_no_space_is_tried_on_another_node_first(node: Node) -> None:
    def full(context: TaskContext) -> dict[str, object]:
        if context.node_id == "n1":
            raise NoSpace("There is no space left for files; free some and try again.")
        return {}

    node.handlers["test"] = full
    node.agent("n1").start()
    [task_id] = node.enqueue("big")
    until(node.is_in(task_id, TaskState.FAILED))
    node.agent("n2").start()
    (second,) = node.enqueue("big too")
    until(node.is_in(second, TaskState.DONE))


def test_a_full_disk_is_no_refusal_while_nobody_knows_of_other_nodes(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    able = nodes.able

    def away_at_first(*said: Any, **how: Any) -> Any:
        asked.append("able")
        if len(asked) == 1:
            raise Unavailable("The database did not answer; try again in a moment.")
        return able(*said, **how)

    def full(context: TaskContext) -> dict[str, object]:
        monkeypatch.setattr(nodes, "able", away_at_first)
        raise NoSpace("There is no space left for files; free some and try again.")

    node.handlers["test"] = full
    [task_id] = node.enqueue("big")
    node.agent().start()
    until(lambda: node.task(task_id).crashes == 1)
    assert asked, "it was asked where else the task can run"


def test_a_task_that_is_put_back_while_it_runs_is_kept_by_its_second_claim(node: Node) -> None:
    """The end of the first claim, on the same node, may not take the second one out of its care."""
    began, ended, released = threading.Event(), threading.Event(), threading.Event()

    def render(context: TaskContext) -> dict[str, object]:
        if context.epoch == 1:
            assert began.wait(10), "the second claim"
            ended.set()
            context.check()
        began.set()
        while not context.wait(0.02) and not released.is_set():
            pass
        context.check()
        return {"epoch": context.epoch}

    node.handlers["test"] = render
    [task_id] = node.enqueue("long")
    node.agent(slots=2, lease_seconds=1.5).start()
    until(node.is_in(task_id, TaskState.CLAIMED))
    with node.database.system_session() as session:
        operations.requeue(session, ADMIN, task_id)
    assert ended.wait(10)
    first = node.task(task_id).lease_until
    assert first is not None
    until(lambda: (node.task(task_id).lease_until or first) > first + timedelta(seconds=1.6))
    released.set()
    until(node.is_in(task_id, TaskState.DONE))
    assert node.task(task_id).result == {"epoch": 2}


def test_an_end_that_cannot_be_written_is_told(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that the database refuses is refused again: nobody waits for the lease to run out, six times over."""
    dropped: list[int] = []

    def make(context: TaskContext) -> dict[str, object]:
        context.on_drop(lambda: dropped.append(context.epoch))
        return {"text": "a\0b"}

    complete = leases.complete

    def refuses(plain: Any, task_id: str, epoch: int, result: dict[str, Any]) -> bool:
        if epoch == 1:
            raise ValueError("no such text")
        return complete(plain, task_id, epoch, result)

    node.handlers["test"] = make
    monkeypatch.setattr(leases, "complete", refuses)
    [task_id] = node.enqueue("one")
    node.agent(lease_seconds=30.0).start()
    until(node.is_in(task_id, TaskState.DONE), 10)
    found = node.task(task_id)
    assert (found.epoch, found.crashes, dropped) == (2, 1, [1])
    assert found.result == {"text": "ab"}, "PostgreSQL keeps no NUL"
    with node.database.system_session(read_only=True) as session:
        said = [line.message for line in log.lines(session, "job")]
    assert any("its end could not be written: ValueError" in line for line in said), said


def test_the_log_holds_the_last_words_of_the_renderer(node: Node) -> None:
    def fail(context: TaskContext) -> dict[str, object]:
        raise ProcessFailed("FFmpeg was killed.", log="frame= 10\nout of memory")

    node.handlers["test"] = fail
    [task_id] = node.enqueue("Scene 1")
    node.agent().start()
    until(lambda: node.task(task_id).crashes)
    with node.database.system_session() as session:
        lines = [line.message for line in log.lines(session, "job")]
    assert "Scene 1: retry 1 of 3: FFmpeg was killed. (out of memory)" in lines


def test_finished_too_fast_is_a_crash_unless_it_was_there_already(node: Node) -> None:
    node.handlers["test"] = lambda context: {"cached": context.name == "found"}
    found, made = node.enqueue("found", "made", min_seconds=30.0)
    node.agent().start()
    until(node.is_in(found, TaskState.DONE))
    until(lambda: node.task(made).crashes)
    assert node.task(made).error == "finished too fast: within 30 seconds"
    assert node.task(made).error_code == "too-fast"


def test_a_revoked_token_ends_what_the_node_runs(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    with node.database.system_session() as session:
        row, token = tokens.make(session, "n1")
    ended = threading.Event()

    def hold(context: TaskContext) -> dict[str, object]:
        while not context.wait(0.02):
            pass
        ended.set()
        context.check()
        raise AssertionError("check() raises")

    node.handlers["test"] = hold
    [task_id] = node.enqueue("held")
    agent = node.agent(token=token)
    agent.start()
    until(node.is_in(task_id, TaskState.CLAIMED))
    with node.database.system_session() as session:
        tokens.revoke(session, row.id)
    assert ended.wait(1 + PATIENCE)
    until(node.is_in(task_id, TaskState.WAITING))  # its lease ran out; this node does not get it again
    until(lambda: not agent.running)
    refusal = "node n1: Its token was revoked: it gets no work until it shows another one."
    until(lambda: refusal in caplog.messages)
    for _ in range(2):  # heartbeats
        agent._beat(0.0)
    assert caplog.messages.count(refusal) == 1


def test_progress_is_written_and_scratch_is_removed(node: Node) -> None:
    seen: list[Path] = []
    go = threading.Event()

    def work(context: TaskContext) -> dict[str, object]:
        seen.append(context.scratch)
        (context.scratch / "frame.png").write_bytes(b"x")
        context.progress(0.4, "frame 4 of 10", frame=4, frames=10)
        assert go.wait(10)
        return {}

    node.handlers["test"] = work
    [task_id] = node.enqueue("work")
    node.agent().start()
    until(lambda: node.task(task_id).progress == 0.4)
    assert node.task(task_id).note == "frame 4 of 10"
    assert seen[0].name == f"{task_id}.1"
    go.set()
    until(node.is_in(task_id, TaskState.DONE))
    until(lambda: not seen[0].exists())


def test_stopping_gives_running_tasks_back_uncounted(node: Node) -> None:
    node.handlers["test"] = hold
    [task_id] = node.enqueue("held")
    agent = node.agent(lease_seconds=30.0)
    agent.start()
    until(node.is_in(task_id, TaskState.CLAIMED))
    agent.stop()
    found = node.task(task_id)
    assert (found.state, found.crashes, found.lost_leases) == (TaskState.WAITING, 0, 0)


def test_stopping_gives_back_what_waits_for_an_engine(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_module, "NOTICE_SECONDS", 0.05)
    answered = threading.Event()

    def ask(context: TaskContext) -> dict[str, object]:
        assert answered.wait(20)  # deaf to its context, as a request to an engine is
        raise ProcessFailed("The engine crashed (SIGKILL) and was restarted.")

    node.handlers["test"] = ask
    [task_id] = node.enqueue("asking")
    agent = node.agent(lease_seconds=30.0)
    agent._fresh_engines = answered.set
    agent.start()
    until(node.is_in(task_id, TaskState.CLAIMED))
    agent.stop()
    found = node.task(task_id)
    assert (found.state, found.crashes, found.lost_leases) == (TaskState.WAITING, 0, 0)


class Handovers:
    """What an agent takes with the end of a task: names, None for nothing. `after`: is called before the commit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken: list[str | None] = []
        self.after: Callable[[], None] = lambda: None
        self._really = handover.finish_and_take
        monkeypatch.setattr(handover, "finish_and_take", self)

    def __call__(self, *words: Any, **named: Any) -> tuple[bool, Claimed | None]:
        kept, task = self._really(*words, **named)
        self.taken.append(task.name if task else None)
        self.after()
        return kept, task


@pytest.fixture
def handovers(monkeypatch: pytest.MonkeyPatch) -> Handovers:
    return Handovers(monkeypatch)


def test_the_next_task_is_taken_with_the_end_of_this_one(node: Node, handovers: Handovers) -> None:
    tasks = node.enqueue("first", "second", "third")
    node.agent().start()
    for task_id in tasks:
        until(node.is_in(task_id, TaskState.DONE))
    until(lambda: len(handovers.taken) == 3)
    assert (node.ran, handovers.taken) == (["first", "second", "third"], ["second", "third", None])
    assert [node.task(task_id).epoch for task_id in tasks] == [1, 1, 1]


def busy(node: Node) -> tuple[Agent, str, str, threading.Event]:
    """A node that runs its first task until the event, and a second one that waits."""
    go = threading.Event()
    node.handlers["test"] = lambda context: {"released": go.wait(10)}
    first, second = node.enqueue("first", "second")
    agent = node.agent()
    agent.start()
    until(node.is_in(first, TaskState.CLAIMED))
    return agent, first, second, go


def test_a_node_that_closes_takes_nothing_with_the_end(node: Node, handovers: Handovers) -> None:
    agent, first, second, go = busy(node)
    agent.drain()
    go.set()
    until(node.is_in(first, TaskState.DONE))
    agent.stop()
    assert (node.state(second), handovers.taken) == (TaskState.WAITING, [])


def test_what_was_taken_while_the_node_was_stopped_is_given_back(node: Node, handovers: Handovers) -> None:
    first, second = node.enqueue("first", "second")
    agent = node.agent(lease_seconds=30.0)

    def stopped() -> None:
        agent._closing.set()
        agent._ending = True

    handovers.after = stopped
    agent.start()
    until(node.is_in(first, TaskState.DONE))
    agent.stop()
    found = node.task(second)
    assert (found.state, found.epoch, found.crashes, found.lost_leases) == (TaskState.WAITING, 1, 0, 0)
    assert (node.ran, handovers.taken) == (["first"], ["second"])


def test_an_end_whose_claim_fails_is_written_alone(node: Node, handovers: Handovers) -> None:
    first, second = node.enqueue("first", "second")

    def fails() -> None:
        handovers.after = lambda: None
        raise RuntimeError("the claim is broken")

    handovers.after = fails
    node.agent().start()
    for task_id in (first, second):
        until(node.is_in(task_id, TaskState.DONE))
    assert node.ran == ["first", "second"]
    assert [node.task(task_id).epoch for task_id in (first, second)] == [1, 1]


def test_an_end_that_was_committed_unheard_keeps_its_output(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: list[str] = []

    def make(context: TaskContext) -> dict[str, object]:
        context.on_drop(lambda: dropped.append(context.name))
        return {}

    node.handlers["test"] = make
    first, second = node.enqueue("first", "second")
    agent = node.agent(lease_seconds=30.0)
    finish, unheard = agent._endings._finish_and_take, [True]

    def breaks(context: TaskContext, result: dict[str, Any]) -> tuple[bool, Any]:
        ended = finish(context, result)
        return (False, None) if unheard and unheard.pop() else ended

    monkeypatch.setattr(agent._endings, "_finish_and_take", breaks)
    agent.start()
    until(node.is_in(second, TaskState.CLAIMED))  # unheard, too: its lease runs out
    with node.database.system_session() as session:
        past = database_now(session) - timedelta(seconds=1)
        session.execute(update(Task).where(col(Task.id) == second).values(lease_until=past))
    until(node.is_in(second, TaskState.DONE))
    assert (node.task(first).epoch, dropped) == (1, [])
    assert node.task(second).lost_leases == 1


def test_a_draining_node_ends_its_task_and_takes_no_other(node: Node) -> None:
    agent, first, second, go = busy(node)
    with node.database.system_session() as session:
        nodes.drain(session, "n1")
    go.set()
    until(node.is_in(first, TaskState.DONE))
    until(lambda: agent.tick() is not None)
    until(lambda: not agent.running)
    assert node.state(second) == TaskState.WAITING
    with node.database.system_session() as session:
        nodes.drain(session, "n1", False)
    until(node.is_in(second, TaskState.DONE))


def test_a_second_process_of_a_node_takes_over(node: Node) -> None:
    node.handlers["test"] = hold
    [task_id] = node.enqueue("held")
    old = node.agent(lease_seconds=0.6)
    old.start()
    until(node.is_in(task_id, TaskState.CLAIMED))
    node.handlers["test"] = lambda context: {"new": True}
    node.agent(lease_seconds=0.6).start()
    until(node.is_in(task_id, TaskState.DONE))
    until(lambda: old.kick() is None)
    assert node.task(task_id).result == {"new": True}


def test_another_nodes_lost_lease_is_reaped_by_the_tick(node: Node) -> None:
    [task_id] = node.enqueue("lost")
    dead = node.agent("dead")
    with node.database.system_session() as session:
        nodes.register(session, nodes.NodeInfo("dead", "dead", "test", dead.instance, "1", 1, 1, {"native": {}}, {}))
    with node.database.system_session() as session:
        assert service.claim(session, "dead", lease_seconds=30) is not None
    with node.database.system_session() as session:
        past = database_now(session) - timedelta(seconds=1)
        session.execute(update(Task).where(col(Task.id) == task_id).values(lease_until=past))
    node.agent("n1").start()
    until(node.is_in(task_id, TaskState.DONE))
    assert node.task(task_id).lost_leases == 1


def test_a_stumble_of_the_tick_does_not_end_the_keeper(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = node.agent("n1")
    reap, stumbled = agent._reap, threading.Event()

    def stumbles_once() -> None:
        if stumbled.is_set():
            return reap()
        stumbled.set()
        raise RuntimeError("nobody expected this")

    monkeypatch.setattr(agent, "_reap", stumbles_once)
    agent.start()
    until(stumbled.is_set)
    [task_id] = node.enqueue("later")
    until(node.is_in(task_id, TaskState.DONE))


def test_a_node_keeps_its_leases_while_a_reaper_waits(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = node.agent(lease_seconds=0.6)
    waits, let_go, reaps = threading.Event(), threading.Event(), []
    node.handlers["test"] = lambda context: {"waited": let_go.wait(20)}

    def hangs() -> None:  # as one does that meets locked rows
        reaps.append(threading.current_thread())
        waits.set()
        assert let_go.wait(20)

    monkeypatch.setattr(agent, "_reap", hangs)
    try:
        agent.start()
        assert waits.wait(10)
        [first] = node.enqueue("first")
        agent.kick()
        leases: set[object] = set()
        until(lambda: leases.add(node.task(first).lease_until) or len(leases) > 4)
        assert (len(reaps), node.task(first).epoch) == (1, 1)
    finally:
        let_go.set()
    until(node.is_in(first, TaskState.DONE))


def test_a_full_disk_makes_the_node_unhealthy(tmp_path: Path) -> None:
    measured = health.measure(tmp_path)
    assert measured["disk_free_bytes"] > 0
    assert 0 <= measured["cpu_percent"] <= 100
    assert health.problem({**measured, "disk_free_bytes": 1024}) == ("No space: only 0 MB are free on the node's disk.")
    assert health.problem({**measured, "disk_free_bytes": 10**12}) is None


def test_a_node_keeps_its_id_and_two_at_once_differ(tmp_path: Path) -> None:
    with identity(tmp_path, "mac 07") as first, identity(tmp_path, "mac 07") as second:
        assert first != second
    with identity(tmp_path, "mac 07") as again:
        assert again == first


def test_an_end_is_written_once(node: Node) -> None:
    [task_id] = node.enqueue("once")
    node.agent().start()
    until(node.is_in(task_id, TaskState.DONE))
    with node.database.system_session() as session:
        assert not service.complete(session, task_id, 1, {"again": True})
        assert service.give_up(session, task_id, 1, TaskEvent.CRASH, reason="late") is None
    assert node.task(task_id).result == {"ran": "once"}


def test_engines_are_restarted_and_what_they_rendered_begins_anew(node: Node) -> None:
    fresh = threading.Event()
    rounds: list[int] = []

    def handle(context: TaskContext) -> dict[str, object]:
        rounds.append(context.epoch)
        if len(rounds) == 1:
            assert context.wait(20)
            context.check()
        return {}

    node.handlers["test"] = handle
    agent = node.agent()
    agent._fresh_engines = fresh.set
    agent.start()
    [task_id] = node.enqueue("one")
    until(lambda: rounds, what="the first round")
    agent.restart_engines()
    assert fresh.is_set()
    until(node.is_in(task_id, "DONE"))
    assert (node.task(task_id).crashes, rounds) == (0, [1, 2])


def test_nothing_is_claimed_until_the_engines_are_fresh(node: Node) -> None:
    fresh, early = threading.Event(), threading.Event()

    def handle(context: TaskContext) -> dict[str, object]:
        if context.epoch == 1:
            while not context.wait(0.02):
                pass
            if context.name == "slow":  # the other slot is free before this one
                until(node.is_in(first, TaskState.WAITING))
                assert agent.kick() is None
                early.wait(0.3)
            context.check()
        if not fresh.is_set():
            early.set()
        return {}

    node.handlers["test"] = handle
    agent = node.agent(slots=2)
    agent._fresh_engines = fresh.set
    first, second = node.enqueue("quick", "slow")
    agent.start()
    until(lambda: len(agent.running) == 2)
    agent.restart_engines()
    for task_id in (first, second):
        until(node.is_in(task_id, TaskState.DONE))
    assert not early.is_set()
    assert [node.task(task_id).crashes for task_id in (first, second)] == [0, 0]
