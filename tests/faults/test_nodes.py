"""Faults of node processes: killed, stopped, told to end; on SQLite and PostgreSQL."""

import signal

from flatrender.core.db import DEFAULT_TENANT
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.renders import service
from tests.deadline import until
from tests.faults.conftest import LEASE, PATIENT, TICK, Farm, gone
from tests.renders.job_life import ADMIN, USER

AT_ONCE, ROUNDS = 5, 4  # a task loses its lease five times at most


def test_sigkill_of_a_worker_mid_render(farm_of_processes: Farm) -> None:
    """Fault 1, 20 times: back in the queue within lease + tick + 2 s, no orphan renderer, one completion each."""
    nodes = farm_of_processes
    nodes.hold(True)
    nodes.start(*(f"n{number}" for number in range(AT_ONCE)))
    jobs = [nodes.submit() for _ in range(AT_ONCE)]

    def running(than: dict[str, int]) -> list[Task] | None:
        """Every job's task, when each was claimed again since `than`."""
        found = [task for job_id in jobs if (task := nodes.running(job_id)) and task.epoch > than.get(job_id, 0)]
        return found if len(found) == AT_ONCE else None

    held = until(lambda: running({}), 20, "every claim")
    for turn in range(ROUNDS):
        renderers = [until(lambda node=task.node_id: nodes.renderer(node)) for task in held]
        for node_id in {task.node_id or "" for task in held}:  # on a busy machine one may have come to hold two
            nodes.kill(node_id)
        nodes.start(*(f"n{number}-{turn}" for number in range(AT_ONCE)))
        before = {task.owner_id: task.epoch for task in held}
        held = until(lambda before=before: running(before), LEASE + TICK + 2, "other claims")
        assert all(gone(renderer) for renderer in renderers)
    nodes.hold(False)
    for job_id in jobs:
        nodes.is_job(job_id, "COMPLETED")
        scene = next(task for task in nodes.tasks(job_id) if task.kind == "scene")
        assert ROUNDS <= scene.lost_leases <= ROUNDS + 1  # a busy machine may lose one more
        assert scene.crashes == 0


def test_sigstop_past_the_lease_then_sigcont(farm_of_processes: Farm) -> None:
    """Fault 2: the stale finisher changes no row."""
    nodes = farm_of_processes
    nodes.hold(True)
    nodes.start("n1", "n2")
    job_id = nodes.submit()
    first = until(lambda: nodes.running(job_id))
    assert first.node_id is not None
    stale = until(lambda: nodes.renderer(first.node_id or ""))
    nodes.stop(first.node_id)
    second = until(lambda: (found := nodes.running(job_id)) and found.epoch > first.epoch and found, LEASE + TICK + 2)
    assert second.node_id != first.node_id
    nodes.hold(False)  # both would now finish at once; the stopped one is late
    nodes.is_job(job_id, "COMPLETED")
    before = [task.model_dump() for task in nodes.tasks(job_id)]
    assert not gone(stale)
    assert second.node_id is not None
    nodes.kill(second.node_id)
    nodes.signal(first.node_id, signal.SIGCONT)
    until(lambda: gone(stale), 5, "the stale renderer's end")
    nodes.is_job(nodes.submit(), "COMPLETED")  # by the node that was stopped: its only slot is free, its end was told
    assert [task.model_dump() for task in nodes.tasks(job_id)] == before
    scene = next(task for task in nodes.tasks(job_id) if task.kind == "scene")
    assert scene.result is not None
    assert scene.result["by"] == f"{second.node_id} in epoch {second.epoch}"


def test_cancel_and_emergency_stop_kill_the_renderer(farm_of_processes: Farm) -> None:
    """Fault 14: the renderer is dead within 2 s, nothing completes afterwards."""
    nodes = farm_of_processes
    nodes.hold(True)
    nodes.start("n1")
    for how in ("cancel", "stop"):
        job_id = nodes.submit()
        until(lambda job_id=job_id: nodes.running(job_id))
        renderer = until(lambda: (found := nodes.renderer("n1")) and not gone(found) and found)
        if how == "cancel":
            with nodes.database.tenant_session(DEFAULT_TENANT) as session:
                service.cancel(session, USER, job_id)
        else:
            with nodes.database.system_session() as session:
                assert farm.emergency_stop(session, reason=f"test by {ADMIN.name}") == 1
        until(lambda renderer=renderer: gone(renderer), 2, "the renderer's end")
        nodes.is_job(job_id, "CANCELLED", 2)
    nodes.hold(False)
    waiting = nodes.submit()
    with nodes.database.system_session() as session:
        farm.resume(session)
    nodes.is_job(waiting, "COMPLETED")


def test_cancel_in_each_state_before_rendering(farm_of_processes: Farm) -> None:
    """Fault 14: PENDING, VALIDATING, QUEUED; nothing completes afterwards."""
    nodes = farm_of_processes

    def cancel(job_id: str) -> None:
        with nodes.database.tenant_session(DEFAULT_TENANT) as session:
            service.cancel(session, USER, job_id)

    pending = nodes.submit()
    cancel(pending)
    assert nodes.job(pending).state == "CANCELLED"
    nodes.mode("hold-validate")
    nodes.start("n1")
    validating = nodes.submit()
    nodes.is_job(validating, "VALIDATING")
    cancel(validating)
    nodes.is_job(validating, "CANCELLED", 3)
    queued = nodes.submit()
    nodes.is_job(queued, "VALIDATING")
    with nodes.database.system_session() as session:
        farm.pause(session, reason="nothing more")
    nodes.mode("")
    nodes.is_job(queued, "QUEUED")
    cancel(queued)
    assert nodes.job(queued).state == "CANCELLED"
    with nodes.database.system_session() as session:
        farm.resume(session)
    nodes.is_job(nodes.submit(), "COMPLETED")
    assert {nodes.job(job_id).state for job_id in (pending, validating, queued)} == {"CANCELLED"}


def test_sigterm_gives_the_task_back_at_once(farm_of_processes: Farm) -> None:
    nodes = farm_of_processes
    nodes.hold(True)
    nodes.start("n1", "n2")
    job_id = nodes.submit()
    first = until(lambda: nodes.running(job_id))
    assert first.node_id is not None
    nodes.signal(first.node_id, signal.SIGTERM)
    until(lambda: (found := nodes.running(job_id)) and found.node_id != first.node_id)
    nodes.hold(False)
    nodes.is_job(job_id, "COMPLETED")
    scene = next(task for task in nodes.tasks(job_id) if task.kind == "scene")
    assert (scene.lost_leases, scene.crashes, scene.epoch) == (0, 0, 2)


def test_several_processes_never_claim_the_same_task(farm_of_processes: Farm) -> None:
    nodes = farm_of_processes
    names = ("n1", "n2", "n3", "n4")
    with nodes.database.tenant_session(DEFAULT_TENANT) as session:
        farm.enqueue(session, DEFAULT_TENANT, "many", [farm.NewTask("quick") for _ in range(120)])
    nodes.start(*names, **PATIENT)
    until(lambda: all(task.state == "DONE" for task in nodes.tasks("many")), 40, "the end of all tasks")
    tasks = nodes.tasks("many")
    assert {task.epoch for task in tasks} == {1}
    assert len({(task.result or {}).get("by") for task in tasks}) > 1
