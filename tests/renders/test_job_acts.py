"""What people do with jobs: cancel, boost, try again, delete, stop all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from flatrender.core.db import DEFAULT_TENANT, Database, database_now
from flatrender.core.errors import Conflict, Forbidden, InvalidInput
from flatrender.core.storage import get_storage
from flatrender.farm import log, nodes, reaper
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.farm.states import TaskEvent
from flatrender.renders import service
from flatrender.renders.models import Export, RenderJob, SceneFilm
from flatrender.renders.states import JobState
from tests.deadline import until
from tests.renders.job_life import ADMIN, SITE_ADMIN, USER, Studio, studio

__all__ = ["studio"]


def _waits_for_a_lock(database: Database) -> bool:
    with database.engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())


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
    reaper.reap(studio.database, lease_seconds=30)
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
    for principal in (USER, SITE_ADMIN):
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
    with pytest.raises(InvalidInput), studio.database.system_session() as session:
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
