"""Jobs follow their tasks, in one transaction, with one event."""

from typing import Any

import pytest
from sqlmodel import select, update

from flatrender.core import bus
from flatrender.core.db import DEFAULT_TENANT
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.farm.states import TaskEvent, TaskState
from flatrender.renders import service, views
from flatrender.renders.models import Export, SceneFilm
from flatrender.renders.states import JobState
from tests.renders.job_life import SCENES, USER, Studio, studio

__all__ = ["studio"]


def test_a_whole_life(studio: Studio) -> None:
    job_id = studio.submit()
    assert studio.state(job_id) == JobState.PENDING
    check = studio.claim("validate")
    assert studio.state(job_id) == JobState.VALIDATING
    assert studio.done(check, plan=studio.plan(), warnings=["The font X is missing."])
    assert studio.state(job_id) == JobState.QUEUED
    first = studio.claim("scene")
    assert studio.state(job_id) == JobState.RENDERING
    assert studio.done(first, **studio.scene_result(first))
    for _ in SCENES[1:]:
        task = studio.claim("scene")
        assert studio.done(task, **studio.scene_result(task))
    assert studio.done(studio.claim("compose"), **studio.film_result())
    job = studio.job(job_id)
    assert (job.state, job.progress, job.scenes, job.scenes_cached) == (JobState.COMPLETED, 1.0, 3, 0)
    assert job.started_at is not None
    assert job.finished_at is not None
    assert [event["job_id"] for event in studio.events("render.completed")] == [job_id]
    lines = studio.messages(job_id)
    assert lines[0] == "Sent by Sara"
    assert "The font X is missing." in lines
    assert any(line.startswith("3 of 3 scenes to render, about ") for line in lines)
    assert lines[-1] == "The film is finished"
    with studio.database.tenant_session(DEFAULT_TENANT) as session:
        assert session.exec(select(Export.sha256)).all() == ["f" * 64]
        assert len(session.exec(select(SceneFilm.content_hash)).all()) == 3


def test_cached_scenes_get_no_task(studio: Studio) -> None:
    job_id = studio.validated(cached=2)
    task = studio.claim("scene")
    assert task.name == "Scene 3, Part 3"
    assert studio.done(task, **studio.scene_result(task))
    assert studio.done(studio.claim("compose"), **studio.film_result())
    assert studio.state(job_id) == JobState.COMPLETED
    with studio.database.tenant_session(DEFAULT_TENANT) as session:
        detail = service.detail(session, USER, job_id)
    assert [(step["name"], step["cached"]) for step in detail["steps"]] == [
        ("Check and plan", False),
        ("Scene 1, Part 1", True),
        ("Scene 2, Part 2", True),
        ("Scene 3, Part 3", False),
        ("Compose", False),
    ]


def test_everything_cached_only_composes(studio: Studio) -> None:
    job_id = studio.validated(cached=3)
    assert studio.done(studio.claim("compose"), **studio.film_result())
    assert studio.state(job_id) == JobState.COMPLETED


def test_progress_is_weighted_and_counts_down(studio: Studio) -> None:
    job_id = studio.validated()
    task = studio.claim("scene")
    with studio.database.system_session() as session:
        farm.report(session, task.id, task.epoch, 0.5, note="frame 25 of 50", frame=25, frames=50)
    job = studio.job(job_id)
    assert 0.1 < job.progress < 0.2  # half of one of three scenes, and the composition is still to come
    assert job.seconds_left is not None
    assert job.seconds_left > 0
    assert job.note == "Scene 1, Part 1, frame 25 of 50"


def test_a_crash_queues_it_again_and_four_fail_it(studio: Studio) -> None:
    job_id = studio.validated()
    for number in range(1, 4):
        task = studio.claim("scene")
        assert studio.state(job_id) == JobState.RENDERING
        assert studio.give_up(task, TaskEvent.CRASH, "FFmpeg was killed") is TaskState.WAITING
        assert studio.job(job_id).retries == number
        assert studio.state(job_id) == JobState.QUEUED
        with studio.database.system_session() as session:
            session.execute(update(Task).values(not_before=None))
    assert studio.give_up(studio.claim("scene"), TaskEvent.CRASH, "FFmpeg was killed") is TaskState.FAILED
    job = studio.job(job_id)
    assert (job.state, job.error) == (JobState.FAILED, "FFmpeg was killed")
    assert len(studio.events("render.failed")) == 1
    with studio.database.system_session() as session:
        states = {task.state for task in farm.tasks_of(session, job_id)}
        assert farm.claim(session, "n1", lease_seconds=30) is None
    assert states == {TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED}


def test_a_failure_ends_what_runs_beside_it(studio: Studio) -> None:
    job_id = studio.validated()
    one, two = studio.claim("scene"), studio.claim("scene")
    assert studio.give_up(one, TaskEvent.REFUSE, "The composition is gone") is TaskState.FAILED
    assert studio.state(job_id) == JobState.FAILED
    with studio.database.system_session() as session:
        assert farm.wanted(session, {two.id: two.epoch}) == {two.id: True}
    assert not studio.done(two, **studio.scene_result(two))
    assert studio.state(job_id) == JobState.FAILED
    assert studio.job(job_id).error == "The composition is gone"


def test_not_ready_goes_back_to_pending_and_says_what_it_waits_for(studio: Studio) -> None:
    job_id = studio.submit()
    studio.give_up(studio.claim("validate"), TaskEvent.NOT_READY, "still growing")
    job = studio.job(job_id)
    assert (job.state, job.note) == (JobState.PENDING, "still growing")
    row = views.row(job)
    assert (row["node"], row["took_seconds"]) == (None, None), "nobody works on it, whoever looked"


def test_listeners_hear_one_row_per_transaction_with_its_steps(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, dict[str, Any]]] = []
    local = bus.LocalBus()
    local.listen(lambda topic, payload: heard.append((topic, payload)))
    monkeypatch.setattr(bus, "get_bus", lambda: local)
    job_id = studio.validated()
    rows = [payload for topic, payload in heard if topic == f"tenant:{DEFAULT_TENANT}" and payload["kind"] == "job"]
    assert [row["job"]["state"] for row in rows] == ["PENDING", "VALIDATING", "QUEUED"]
    assert all(row["job"]["id"] == job_id for row in rows)
    assert [step["state"] for step in rows[-1]["steps"]] == ["DONE"]
    assert [topic for topic, payload in heard if payload["kind"] == "job"].count("farm") == 3
