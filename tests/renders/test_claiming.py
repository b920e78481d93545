"""A claim writes its job in plain SQL, and says to listeners what stands in the tables."""

import time
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from flatrender.core import bus, clock
from flatrender.core.db import STATEMENT_MS, on_commit
from flatrender.core.errors import Unavailable
from flatrender.farm import handover, service
from flatrender.farm.states import TaskEvent
from flatrender.renders import views, writer
from flatrender.renders.models import RenderJob
from tests.renders.job_life import Studio, studio

__all__ = ["studio"]


def test_listeners_are_told_what_was_written(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, dict[str, Any]]] = []
    job_id = studio.validated()
    heard = bus.LocalBus()
    heard.listen(lambda topic, payload: said.append((topic, payload)))
    monkeypatch.setattr(bus, "get_bus", lambda: heard)
    task = studio.claim("scene")
    job = studio.job(job_id)
    [claimed] = [step for step in studio.tasks(job_id) if step.id == task.id]
    told = {"kind": "job", "job": {**views.row(job), "took_seconds": 0.0}, "steps": [views.step(claimed, "node-1")]}
    rows = [
        (topic, {**payload, "job": {**payload["job"], "took_seconds": 0.0}})
        for topic, payload in said
        if payload["kind"] == "job"
    ]
    assert rows == [(f"tenant:{job.tenant_id}", told), ("farm", told)]
    assert (job.node_name, job.note, job.state) == ("node-1", task.name, "RENDERING")
    assert job.started_at is not None


def test_that_a_job_has_begun_is_told_once(studio: Studio) -> None:
    job_id = studio.validated(cached=2)
    task = studio.claim("scene")
    studio.give_up(task, TaskEvent.RELEASE)
    assert studio.state(job_id) == "QUEUED"
    again = studio.claim("scene")
    assert (again.id, studio.state(job_id)) == (task.id, "RENDERING")
    assert [event["state"] for event in studio.events("render.started")] == ["RENDERING"]
    assert studio.messages(job_id)[-1] == f"{task.name}: started on node-1"


def test_a_job_that_waits_for_its_turn_names_no_time_that_is_left(studio: Studio) -> None:
    job_id = studio.validated(cached=1)
    first = studio.claim("scene")
    shown = views.row(studio.job(job_id))
    assert (shown["waits"], shown["seconds_left"] is None) == (False, False)
    assert studio.done(first, **studio.scene_result(first))
    shown = views.row(studio.job(job_id))
    assert (shown["state"], shown["waits"], shown["seconds_left"]) == ("RENDERING", True, None)
    second = studio.claim("scene")
    assert not views.row(studio.job(job_id))["waits"]
    assert studio.done(second, **studio.scene_result(second))
    studio.claim("compose")
    assert views.row(studio.job(job_id))["seconds_left"] is not None


def test_a_job_whose_task_ends_as_the_next_begins_is_told_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, Any]] = []
    job_id = studio.validated(cached=1)
    first = studio.claim("scene")
    heard = bus.LocalBus()
    heard.listen(lambda topic, payload: said.append(payload) if topic == "farm" and payload["kind"] == "job" else None)
    monkeypatch.setattr(bus, "get_bus", lambda: heard)
    with studio.database.plain() as plain:
        kept, second = handover.finish_and_take(
            plain, "n1", first.id, first.epoch, studio.scene_result(first), lease_seconds=30
        )
        assert (kept, said) == (True, [])  # nobody hears of it before the commit
    assert second is not None
    job = studio.job(job_id)
    assert (job.state, job.note, job.node_name) == ("RENDERING", second.name, "node-1")
    assert job.seconds_left is not None  # as the claim wrote it, not as the completion did before
    told = {"kind": "job", "job": {**views.row(job), "took_seconds": 0.0}}
    [message] = said
    steps = {step["id"]: step for step in message.pop("steps")}
    message["job"]["took_seconds"] = 0.0
    assert message == told
    assert {step_id: step["state"] for step_id, step in steps.items()} == {first.id: "DONE", second.id: "CLAIMED"}
    [claimed] = [step for step in studio.tasks(job_id) if step.id == second.id]
    assert steps[second.id] == views.step(claimed, "node-1")


def test_what_is_told_late_of_a_job_is_known_to_be_older(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message goes out behind its commit: the end of the same task may overtake a node's progress there."""
    heard: list[dict[str, Any]] = []
    local = bus.LocalBus()

    def listen(topic: str, payload: dict[str, Any]) -> None:
        if (topic, payload["kind"]) == ("farm", "job"):
            heard.append(payload["job"])

    local.listen(listen)
    monkeypatch.setattr(bus, "get_bus", lambda: local)
    job_id = studio.validated(cached=3)
    with studio.database.system_session() as session:  # by another machine, whose clock is ahead
        job = session.exec(select(RenderJob).where(col(RenderJob.id) == job_id)).one()
        job.updated_at = clock.now() + timedelta(minutes=1)
        session.add(job)
    ahead = studio.job(job_id).updated_at
    heard.clear()
    task = studio.claim("compose")
    with studio.database.system_session() as session:
        on_commit(session, lambda: studio.done(task, **studio.film_result()) and None)
        assert service.report(session, task.id, task.epoch, 1.0, note="storing")
    assert [row["state"] for row in heard] == ["RENDERING", "COMPLETED", "RENDERING"]
    claimed, ended, late = (row["updated_at"] for row in heard)
    assert ahead.isoformat() < claimed < late < ended
    assert studio.job(job_id).updated_at.isoformat() == ended
    with studio.database.system_session() as session:
        job = session.exec(select(RenderJob).where(col(RenderJob.id) == job_id)).one()
        writer.prioritised(session, job, 70, "Rita")
    assert heard[-1]["updated_at"] > ended


def test_two_nodes_that_change_jobs_do_not_wait_for_each_other(studio: Studio) -> None:
    if studio.database.is_sqlite:
        return  # one writer at a time there
    studio.validated(cached=2)
    first = studio.claim("scene")
    other_job = studio.submit()
    with studio.database.system_session() as session:
        assert service.set_priority(session, other_job, 90) == 1
    with studio.database.system_session() as other:
        assert other.exec(select(RenderJob).where(col(RenderJob.id) == other_job).with_for_update()).one()
        began, result = time.monotonic(), studio.scene_result(first)
        with pytest.raises(Unavailable), studio.database.plain() as plain:
            handover.finish_and_take(plain, "n1", first.id, first.epoch, result, lease_seconds=30)
        assert time.monotonic() - began < STATEMENT_MS / 2000  # not because a statement takes no longer
        assert studio.done(first, **studio.scene_result(first))
