"""A claim writes its job in plain SQL, and says to listeners what stands in the tables."""

from typing import Any

import pytest

from flatrender.core import bus
from flatrender.farm.states import TaskEvent
from flatrender.renders import views
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
