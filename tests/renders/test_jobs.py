"""Jobs follow their tasks, in one transaction, with one event: on SQLite and PostgreSQL, without rendering anything."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select, update

from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.core.bus import get_bus
from flatrender.core.db import DEFAULT_TENANT, Database, database_now
from flatrender.core.errors import Conflict, Forbidden, NotFound
from flatrender.core.outbox import OutboxEvent
from flatrender.core.storage import get_storage
from flatrender.farm import log, nodes, reaper
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.farm.states import TaskEvent, TaskState
from flatrender.renders import service, writer
from flatrender.renders.models import Export, RenderJob, SceneFilm
from flatrender.renders.planner import SceneUse, Source, content_hash, plan
from flatrender.renders.states import JobState
from tests.deadline import until
from tests.installation import OTHER_TENANT, installed

USER = Principal("u" * 32, DEFAULT_TENANT, Role.USER, "user@example.com", "Sara")
OTHER = Principal("o" * 32, DEFAULT_TENANT, Role.USER, "other@example.com", "Omid")
TENANT_ADMIN = Principal("t" * 32, DEFAULT_TENANT, Role.TENANT_ADMIN, "admin@example.com", "Tara")
ADMIN = Principal("a" * 32, DEFAULT_TENANT, Role.PLATFORM_ADMIN, "root@example.com", "Rita")
STRANGER = Principal("s" * 32, OTHER_TENANT, Role.TENANT_ADMIN, "x@other.test", "Xerxes")

SOURCE = Source("0" * 32, "bundles/x", "native+1", (640, 360), (25, 1), None)
SCENES = [SceneUse(f"c{n}", f"s{n}", f"Part {n}", n, 50, 50 * n - 50, {}) for n in (1, 2, 3)]


class Studio:
    """A job's life in shorthand: each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.heard: list[tuple[str, dict[str, Any]]] = []
        info = nodes.NodeInfo("n1", "node-1", "test", "i1", "1", 1, 4, {"native": {}, "ffmpeg": {}})
        with database.system_session() as session:
            nodes.register(session, info)

    def submit(self, principal: Principal = USER, **changes: Any) -> str:
        job = RenderJob(
            tenant_id=principal.tenant_id,
            user_id=principal.user_id,
            user_name=principal.name,
            title="Teaser",
            document={"version": 1},
            **changes,
        )
        with self.database.tenant_session(principal.tenant_id) as session:
            writer.opened(session, job)
        return job.id

    def claim(self, kind: str | None = None) -> Task:
        with self.database.system_session() as session:
            task = farm.claim(session, "n1", lease_seconds=30)
        assert task is not None
        assert kind is None or task.kind == kind
        return task

    def done(self, task: Task, **result: Any) -> bool:
        with self.database.system_session() as session:
            return farm.complete(session, task.id, task.epoch, result)

    def give_up(self, task: Task, event: TaskEvent, reason: str = "it broke") -> TaskState | None:
        with self.database.system_session() as session:
            return farm.give_up(session, task.id, task.epoch, event, reason=reason, code="test")

    def plan(self, cached: int = 0) -> dict[str, Any]:
        hashes = [content_hash(SOURCE, scene) for scene in SCENES[:cached]]
        return plan(SOURCE, SCENES, cached=hashes).to_dict()

    def validated(self, principal: Principal = USER, cached: int = 0) -> str:
        job_id = self.submit(principal)
        assert self.done(self.claim("validate"), plan=self.plan(cached), warnings=["The font X is missing."])
        return job_id

    def scene_result(self, task: Task, **changes: Any) -> dict[str, Any]:
        return {
            "hash": task.payload["film"],
            "key": f"scenes/{task.payload['film']}.mp4",
            "frames": 50,
            "width": 640,
            "height": 360,
            "bytes": 1000,
            "seconds": 2.5,
            "warnings": [],
            "cached": False,
            **changes,
        }

    def film_result(self) -> dict[str, Any]:
        film = {
            "key": "exports/film.mp4",
            "name": "Teaser.mp4",
            "format": "mp4",
            "bytes": 5000,
            "sha256": "f" * 64,
            "frames": 150,
            "duration": 6.0,
            "width": 640,
            "height": 360,
            "video_codec": "h264",
            "audio_codec": "aac",
        }
        return {"exports": [film]}

    def finish(self) -> None:
        for _ in SCENES:
            task = self.claim("scene")
            assert self.done(task, **self.scene_result(task))
        assert self.done(self.claim("compose"), **self.film_result())

    def job(self, job_id: str) -> RenderJob:
        with self.database.system_session() as session:
            job = session.get(RenderJob, job_id)
            assert job is not None
            return job

    def tasks(self, job_id: str) -> list[Task]:
        with self.database.system_session(read_only=True) as session:
            return farm.tasks_of(session, job_id)

    def state(self, job_id: str) -> str:
        return self.job(job_id).state

    def events(self, kind: str) -> list[dict[str, Any]]:
        with self.database.system_session() as session:
            rows = session.exec(select(OutboxEvent).where(col(OutboxEvent.kind) == kind)).all()
            return [row.payload for row in rows]

    def messages(self, job_id: str) -> list[str]:
        with self.database.system_session() as session:
            return [line.message for line in log.lines(session, job_id)]

    def cancel(self, job_id: str, principal: Principal = USER) -> None:
        with self.database.tenant_session(principal.tenant_id) as session:
            service.cancel(session, principal, job_id)


@pytest.fixture(params=["sqlite", "postgres"])
def studio(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    environment = {}
    if request.param == "postgres":
        environment["DATABASE_URL"] = request.getfixturevalue("filled_postgres_url")
    with installed(tmp_path / "data", monkeypatch, **environment) as database:
        yield Studio(database)


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
        ("Part 1", True),
        ("Part 2", True),
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


def test_not_ready_goes_back_to_pending(studio: Studio) -> None:
    job_id = studio.submit()
    studio.give_up(studio.claim("validate"), TaskEvent.NOT_READY, "still growing")
    assert studio.state(job_id) == JobState.PENDING


@pytest.mark.parametrize("at", list(JobState))
def test_cancel_in_each_state(studio: Studio, at: JobState) -> None:
    job_id = studio.submit()
    running: Task | None = None
    if at is JobState.VALIDATING:
        running = studio.claim("validate")
    elif at is not JobState.PENDING and at is not JobState.CANCELLED:
        check = studio.claim("validate")
        if at is JobState.FAILED:
            studio.give_up(check, TaskEvent.REFUSE)
        else:
            studio.done(check, plan=studio.plan())
        if at is JobState.RENDERING:
            running = studio.claim("scene")
        elif at is JobState.COMPLETED:
            studio.finish()
    elif at is JobState.CANCELLED:
        studio.cancel(job_id)
    assert studio.state(job_id) == at
    if at in {JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED}:
        with pytest.raises(Conflict):
            studio.cancel(job_id)
        assert studio.state(job_id) == at
        return
    studio.cancel(job_id)
    if running is None:
        assert studio.state(job_id) == JobState.CANCELLED
    else:
        assert studio.state(job_id) == at
        assert studio.job(job_id).cancel_requested
        assert not studio.done(running, plan=studio.plan())
        assert studio.state(job_id) == JobState.CANCELLED
    assert len(studio.events("render.cancelled")) == 1
    assert studio.events("render.completed") == []
    with studio.database.system_session() as session:
        assert farm.claim(session, "n1", lease_seconds=30) is None


def test_a_cancelled_job_of_a_dead_node_is_reaped(studio: Studio) -> None:
    job_id = studio.validated()
    task = studio.claim("scene")
    studio.cancel(job_id)
    with studio.database.system_session() as session:
        past = database_now(session) - timedelta(seconds=1)
        session.execute(update(Task).where(col(Task.id) == task.id).values(lease_until=past))
    with studio.database.system_session() as session:
        reaper.reap(session, lease_seconds=30)
    assert studio.state(job_id) == JobState.CANCELLED


def test_emergency_stop_cancels_running_jobs_and_keeps_the_queue(studio: Studio) -> None:
    running_id = studio.validated()
    task = studio.claim("scene")
    waiting_id = studio.submit()
    with studio.database.system_session() as session:
        assert farm.emergency_stop(session, reason="smoke") == 1
    assert studio.state(running_id) == JobState.CANCELLED
    assert studio.state(waiting_id) == JobState.PENDING
    assert not studio.done(task, **studio.scene_result(task))
    with studio.database.system_session() as session:
        farm.resume(session)
    assert studio.claim("validate").owner_id == waiting_id


def test_boost_reorders_until_the_claim_and_is_for_who_runs_the_farm(studio: Studio) -> None:
    first, second = studio.submit(), studio.submit()
    for principal in (USER, TENANT_ADMIN):
        with pytest.raises(Forbidden), studio.database.tenant_session(DEFAULT_TENANT) as session:
            service.boost(session, principal, second)
    with studio.database.system_session() as session:
        service.boost(session, ADMIN, second, 90)
    check = studio.claim("validate")
    assert check.owner_id == second
    assert studio.job(second).priority == 90
    studio.done(check, plan=studio.plan())
    assert studio.claim().owner_id == second  # its render tasks have inherited the priority
    with pytest.raises(Conflict), studio.database.system_session() as session:
        service.boost(session, ADMIN, second, 10)
    assert "Priority 50 → 90 by Rita" in studio.messages(second)
    assert studio.job(first).priority == 50


@pytest.mark.parametrize("priority", [-1, 101])
def test_priorities_have_limits(studio: Studio, priority: int) -> None:
    job_id = studio.submit()
    with pytest.raises(Conflict), studio.database.system_session() as session:
        service.boost(session, ADMIN, job_id, priority)


def test_a_boost_does_not_survive_a_users_retry(studio: Studio) -> None:
    job_id = studio.submit()
    with studio.database.system_session() as session:
        service.boost(session, ADMIN, job_id)
    studio.cancel(job_id)
    for principal, priority in ((USER, 50), (ADMIN, 80)):
        with studio.database.system_session() as session:
            again = service.retry(session, principal, job_id)
            assert [task.priority for task in farm.tasks_of(session, again.id)] == [priority]
        assert again.priority == priority


def test_a_retry_is_a_new_row(studio: Studio) -> None:
    job_id = studio.submit()
    with pytest.raises(Conflict), studio.database.tenant_session(DEFAULT_TENANT) as session:
        service.retry(session, USER, job_id)
    studio.give_up(studio.claim("validate"), TaskEvent.REFUSE, "gone")
    with studio.database.tenant_session(DEFAULT_TENANT) as session:
        again = service.retry(session, USER, job_id)
    assert (again.retry_of, again.state, again.document) == (job_id, JobState.PENDING, {"version": 1})
    assert studio.state(job_id) == JobState.FAILED


def test_who_may_see_a_job(studio: Studio) -> None:
    job_id = studio.submit()
    for principal, sees in ((USER, True), (OTHER, False), (TENANT_ADMIN, True), (STRANGER, False), (ADMIN, True)):
        with studio.database.system_session() as session:
            if sees:
                assert service.find(session, principal, job_id).id == job_id
            else:
                with pytest.raises(NotFound):
                    service.find(session, principal, job_id)
    with studio.database.tenant_session(OTHER_TENANT) as session, pytest.raises(NotFound):
        service.find(session, STRANGER, job_id)


def test_delete_removes_everything_of_an_ended_job(studio: Studio) -> None:
    job_id = studio.validated()
    with pytest.raises(Conflict), studio.database.tenant_session(DEFAULT_TENANT) as session:
        service.delete(session, USER, job_id)
    studio.finish()
    get_storage().put_bytes(b"film", "exports/film.mp4")
    with studio.database.tenant_session(DEFAULT_TENANT) as session:
        service.delete(session, USER, job_id)
    assert not get_storage().exists("exports/film.mp4")
    with studio.database.system_session() as session:
        assert session.get(RenderJob, job_id) is None
        assert farm.tasks_of(session, job_id) == []
        assert log.lines(session, job_id) == []
        assert session.exec(select(Export)).all() == []
        assert len(session.exec(select(SceneFilm)).all()) == 3  # the cache outlives the job


def test_listeners_hear_one_row_per_transaction_with_its_steps(studio: Studio) -> None:
    heard: list[tuple[str, dict[str, Any]]] = []
    get_bus().publish = lambda topic, payload: heard.append((topic, payload))  # type: ignore[method-assign]
    job_id = studio.validated()
    rows = [payload for topic, payload in heard if topic == f"tenant:{DEFAULT_TENANT}" and payload["kind"] == "job"]
    assert [row["job"]["state"] for row in rows] == ["PENDING", "VALIDATING", "QUEUED"]
    assert all(row["job"]["id"] == job_id for row in rows)
    assert [step["state"] for step in rows[-1]["steps"]] == ["DONE"]
    assert [topic for topic, payload in heard if payload["kind"] == "job"].count("farm") == 3


def test_rows_submitted_are_the_sum_over_the_states(studio: Studio) -> None:
    from flatrender.renders import listing

    for _ in range(3):
        studio.submit()
    studio.give_up(studio.claim(), TaskEvent.REFUSE)
    studio.cancel(studio.submit())
    with studio.database.tenant_session(DEFAULT_TENANT) as session:
        page = listing.browse(session, USER)
    assert sum(page["counts"].values()) == page["total"] == 4
    assert page["counts"] == {"PENDING": 2, "FAILED": 1, "CANCELLED": 1}


@pytest.mark.parametrize("sort", ["-created", "created", "-priority", "state", "title", "node", "-node", "user"])
def test_pages_hold_every_job_once(studio: Studio, sort: str) -> None:
    from flatrender.renders import listing

    for number in range(7):
        studio.submit(priority=50 + number % 3)
    studio.claim()
    seen: list[str] = []
    cursor = None
    while True:
        with studio.database.tenant_session(DEFAULT_TENANT) as session:
            page = listing.browse(session, USER, sort=sort, cursor=cursor, limit=2)
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


def test_filters(studio: Studio) -> None:
    from flatrender.renders import listing

    mine = studio.submit()
    studio.submit(OTHER)

    def ids(principal: Principal, **wanted: Any) -> list[str]:
        with studio.database.tenant_session(DEFAULT_TENANT) as session:
            return [row["id"] for row in listing.browse(session, principal, listing.JobFilter(**wanted))["items"]]

    assert ids(USER) == [mine]
    assert len(ids(TENANT_ADMIN)) == 2
    assert ids(TENANT_ADMIN, user_id=USER.user_id) == [mine]
    assert ids(TENANT_ADMIN, query="sara") == [mine]
    assert ids(TENANT_ADMIN, query="%") == []
    assert ids(TENANT_ADMIN, states=["COMPLETED"]) == []
    assert ids(TENANT_ADMIN, query=mine[:12]) != []
    assert ids(STRANGER) == []


def test_a_job_goes_where_and_when_its_sender_wants_it(studio: Studio) -> None:
    with studio.database.system_session(read_only=True) as session:
        later = database_now(session) + timedelta(hours=1)
    place = service.Place(later, "film", ("gpu",))
    with pytest.raises(Forbidden):
        place.options(USER)
    job_id = studio.submit(ADMIN, options=place.options(ADMIN))
    [task] = studio.tasks(job_id)
    assert (task.lane, task.not_before) == ("native@film#gpu", later)
    with studio.database.system_session() as session:
        assert farm.claim(session, "n1", lease_seconds=30) is None  # neither here nor now
        info = nodes.NodeInfo(
            "n1", "n1", "test", "i1", "1", 1, 4, {"native": {}, "ffmpeg": {}}, {}, ("film",), ("gpu",)
        )
        nodes.register(session, info)
        session.execute(update(Task).values(not_before=None))
    assert studio.done(studio.claim("validate"), plan=studio.plan(), warnings=[])
    assert {task.lane.partition("@")[2] for task in studio.tasks(job_id)} == {"film#gpu"}


def test_a_cancel_that_waits_for_the_end_of_the_check_ends_what_the_check_began(studio: Studio) -> None:
    if studio.database.is_sqlite:
        return  # one writes at a time there
    job_id = studio.submit()
    task = studio.claim("validate")
    with ThreadPoolExecutor(1) as pool, studio.database.system_session() as session:
        assert farm.complete(session, task.id, task.epoch, {"plan": studio.plan(), "warnings": []})
        session.flush()
        cancelled = pool.submit(studio.cancel, job_id)
        until(lambda: _waits_for_a_lock(studio.database), 10, "the cancel at the lock")
        session.commit()
        cancelled.result(10)
    assert studio.state(job_id) == JobState.CANCELLED


def _waits_for_a_lock(database: Database) -> bool:
    with database.engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())
