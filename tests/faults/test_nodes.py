"""Faults of node processes: killed, stopped, told to end; on SQLite and PostgreSQL."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
from sqlmodel import col, select

from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.storage import get_storage
from flatrender.farm import service as farm
from flatrender.farm.models import Task, TaskAttempt
from flatrender.renders import service
from flatrender.renders.models import Export, RenderJob
from tests.deadline import until
from tests.faults.conftest import LEASE, PATIENT, TICK, Farm, gone
from tests.faults.pauses import paused_processes
from tests.renders.job_life import ADMIN, USER

AT_ONCE, ROUNDS = 5, 4  # a task loses its lease five times at most
PATIENCE = 20.0


@contextmanager
def within(nodes: Farm, began: float, seconds: float) -> Iterator[None]:
    """What is waited for comes within so many seconds from `began`, but for those in which the machine had the nodes
    stand ready."""
    pids = [child.pid for child in nodes.nodes.values()]
    before = paused_processes(*pids)
    yield
    took, pauses = time.monotonic() - began, paused_processes(*pids) - before
    assert took - pauses <= seconds, f"it took {took:.2f} s, of which the nodes were paused for {pauses:.2f} s"


def test_sigkill_of_a_worker_mid_render(farm_of_processes: Farm) -> None:
    """Fault 1, 20 times: claimed again within lease + tick + 2 s of the kill, no orphan renderer, one completion."""
    nodes = farm_of_processes
    nodes.hold(True)
    nodes.start(*(f"n{number}" for number in range(AT_ONCE)))
    jobs = [nodes.submit() for _ in range(AT_ONCE)]

    def running(than: dict[str, int]) -> list[Task] | None:
        """Every job's task, when each was claimed again since `than`."""
        found = [task for job_id in jobs if (task := nodes.running(job_id)) and task.epoch > than.get(job_id, 0)]
        return found if len(found) == AT_ONCE else None

    def rendering(than: dict[str, int]) -> tuple[list[Task], list[psutil.Process]] | None:
        """The same with their renderers. On a busy machine a task may go to another node before it has one."""
        held = running(than) or []
        renderers = [renderer for task in held if (renderer := nodes.renderer(task.node_id or ""))]
        return (held, renderers) if len(renderers) == AT_ONCE else None

    before: dict[str, int] = {}
    for turn in range(ROUNDS):
        held, renderers = until(lambda before=before: rendering(before), 20, "every renderer")
        nodes.start(*(f"n{number}-{turn}" for number in range(AT_ONCE)))  # there is nothing for them yet
        before = {task.owner_id: task.epoch for task in held}
        killed_at = time.monotonic()
        for node_id in {task.node_id or "" for task in held}:  # on a busy machine one may have come to hold two
            nodes.kill(node_id)
        with within(nodes, killed_at, LEASE + TICK + 2):
            until(lambda before=before: running(before), PATIENCE, "other claims")
        assert all(gone(renderer) for renderer in renderers)
    nodes.hold(False)
    for job_id in jobs:
        nodes.is_job(job_id, "COMPLETED")
        scene = next(task for task in nodes.tasks(job_id) if task.kind == "scene")
        assert ROUNDS <= scene.lost_leases <= ROUNDS + 1  # a busy machine may lose one more
        assert scene.crashes == 0


def test_sigstop_past_the_lease_then_sigcont(farm_of_processes: Farm) -> None:
    """Fault 2: who is stopped while it renders ends its renderer; who is stopped with its film stored, before it could
    say so, changes no row, and its film is dropped."""
    nodes = farm_of_processes
    nodes.mode("hold-compose")
    nodes.start("n1", "n2")
    film = nodes.submit()
    finisher = until(lambda: nodes.running(film, "compose"))
    stored = f"exports/{finisher.id}.{finisher.epoch}.mp4"
    until(lambda: get_storage().exists(stored), what="the stale film")
    nodes.hold(True)  # of both kinds: the finisher goes on waiting
    part = nodes.submit()
    renders = until(lambda: nodes.running(part))
    stale = until(lambda: (found := nodes.renderer(renders.node_id or "")) and not gone(found) and found)
    stopped = [task.node_id or "" for task in (finisher, renders)]
    nodes.start("n3", "n4")
    for node_id in stopped:
        nodes.stop(node_id)

    def again(task: Task) -> Task | None:
        found = nodes.running(task.owner_id, task.kind)
        return found if found and found.epoch > task.epoch else None

    others = [until(lambda task=task: again(task), PATIENCE) for task in (finisher, renders)]
    assert {task.node_id for task in others} == {"n3", "n4"}
    nodes.hold(False)  # the stopped ones would now finish at once as well; they are late
    for job_id in (film, part):
        nodes.is_job(job_id, "COMPLETED")
    before = rows(nodes, film, part)
    assert not gone(stale)
    assert get_storage().exists(stored)
    for node_id in ("n3", "n4"):
        nodes.kill(node_id)
    for node_id in stopped:
        nodes.signal(node_id, signal.SIGCONT)
    until(lambda: gone(stale), PATIENCE, "the stale renderer's end")
    until(lambda: not get_storage().exists(stored), PATIENCE, "the stale film's end")
    after = [nodes.submit(), nodes.submit()]  # by the nodes that were stopped: their slots are free, their ends told
    for job_id in after:
        nodes.is_job(job_id, "COMPLETED")
    assert rows(nodes, film, part) == before
    for second in others:
        [task] = [task for task in nodes.tasks(second.owner_id) if task.id == second.id]
        assert (task.state, task.node_id, task.epoch) == ("DONE", second.node_id, second.epoch)


def rows(nodes: Farm, *job_ids: str) -> list[dict[str, Any]]:
    """All that is written of these jobs, their tasks, their attempts and their films."""
    with nodes.database.system_session(read_only=True) as session:
        found = [
            *session.exec(select(RenderJob).where(col(RenderJob.id).in_(job_ids))),
            *session.exec(select(Task).where(col(Task.owner_id).in_(job_ids))),
            *session.exec(select(TaskAttempt).where(col(TaskAttempt.owner_id).in_(job_ids))),
            *session.exec(select(Export).where(col(Export.job_id).in_(job_ids))),
        ]
        return sorted((row.model_dump(mode="json") for row in found), key=str)


def test_cancel_and_emergency_stop_kill_the_renderer(farm_of_processes: Farm) -> None:
    """Fault 14: the renderer is dead within 2 s, nothing completes afterwards."""
    nodes = farm_of_processes
    nodes.hold(True)
    nodes.start("n1")
    for how in ("cancel", "stop"):
        job_id = nodes.submit()
        until(lambda job_id=job_id: nodes.running(job_id))
        renderer = until(lambda: (found := nodes.renderer("n1")) and not gone(found) and found)
        asked_at = time.monotonic()
        if how == "cancel":
            with nodes.database.tenant_session(DEFAULT_TENANT) as session:
                service.cancel(session, USER, job_id)
        else:
            with nodes.database.system_session() as session:
                assert farm.emergency_stop(session, reason=f"test by {ADMIN.name}") == 1
        with within(nodes, asked_at, 2):
            until(lambda renderer=renderer: gone(renderer), PATIENCE, "the renderer's end")
        nodes.is_job(job_id, "CANCELLED")
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
    nodes.is_job(validating, "CANCELLED")
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
