"""A newer job of the same project path ends the earlier one: on SQLite and PostgreSQL, one sender and many at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import Conflict, InvalidInput
from flatrender.renders import service, superseding
from flatrender.renders.models import RenderJob
from tests.renders.job_life import OTHER, STRANGER, USER, Studio
from tests.renders.job_life import studio as studio

PATH = "/Jobs/مستند/film.aep"


def alive(studio: Studio) -> list[str]:
    with studio.database.system_session(read_only=True) as session:
        query = select(RenderJob.id).where(col(RenderJob.state) != "CANCELLED", ~col(RenderJob.cancel_requested))
        return list(session.exec(query).all())


def test_a_waiting_job_ends_at_once_and_a_running_one_when_its_node_sees_it(studio: Studio) -> None:
    waiting = studio.submit(supersede_key=PATH)
    running = studio.submit(OTHER, supersede_key=PATH)
    assert studio.state(waiting) == "CANCELLED"
    task = studio.claim("validate")
    newest = studio.submit(supersede_key=PATH)
    assert studio.state(running) == "VALIDATING"
    assert studio.job(running).cancel_requested
    assert not studio.done(task, plan=studio.plan(), warnings=[])  # it can no longer complete
    assert studio.state(running) == "CANCELLED"
    assert alive(studio) == [newest]
    assert any("a newer job for the same project" in line for line in studio.messages(running))
    assert [event["job_id"] for event in studio.events("render.cancelled")] == [waiting, running]


def test_other_paths_other_tenants_and_jobs_without_a_path_go_on(studio: Studio) -> None:
    jobs = [
        studio.submit(supersede_key=PATH),
        studio.submit(supersede_key=PATH + "x"),
        studio.submit(STRANGER, supersede_key=PATH),
        studio.submit(),
        studio.submit(),
    ]
    assert sorted(alive(studio)) == sorted(jobs)


def test_a_retry_ends_no_newer_job(studio: Studio) -> None:
    first = studio.submit(supersede_key=PATH)
    second = studio.submit(supersede_key=PATH)
    with (
        studio.database.tenant_session(DEFAULT_TENANT) as session,
        pytest.raises(Conflict, match="A newer job for the same project"),
    ):
        service.retry(session, USER, first)
    assert alive(studio) == [second]
    studio.cancel(second)
    with studio.database.tenant_session(DEFAULT_TENANT) as session:
        again = service.retry(session, USER, first).id
    assert alive(studio) == [again]


def test_many_senders_at_once_leave_one(studio: Studio) -> None:
    with ThreadPoolExecutor(12) as pool:
        jobs = list(pool.map(lambda _: studio.submit(supersede_key=PATH), range(36)))
    assert len(set(jobs)) == 36
    assert len(alive(studio)) == 1
    assert len(studio.events("render.cancelled")) == 35


def test_the_table_itself_takes_no_second_one(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.submit(supersede_key=PATH)
    monkeypatch.setattr(superseding, "make_way", lambda *_: [])
    with pytest.raises(IntegrityError):
        studio.submit(supersede_key=PATH)


def test_a_path_that_is_too_long_is_refused(studio: Studio) -> None:
    studio.submit(supersede_key="م" * 512)
    for key in ("", "م" * 513):
        with pytest.raises(InvalidInput, match="1 to 1024 bytes"):
            studio.submit(supersede_key=key)
