"""Jobs that wait for other jobs: on SQLite and PostgreSQL, without rendering anything."""

import pytest

from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.farm import service as farm
from flatrender.farm.states import TaskEvent
from flatrender.renders import service, waiting
from flatrender.renders.models import RenderJob
from flatrender.renders.states import JobState
from tests.renders.job_life import STRANGER, USER, Studio, studio

__all__ = ["studio"]


def after(studio: Studio, *ids: str) -> str:
    return studio.submit(options={"after": list(ids)})


def claimable(studio: Studio) -> bool:
    with studio.database.system_session() as session:
        found = farm.claim(session, "n1", lease_seconds=30) is not None
        session.rollback()
        return found


def finish(studio: Studio) -> None:
    """The only job that can begin is rendered."""
    assert studio.done(studio.claim("validate"), plan=studio.plan(cached=3), warnings=[])
    assert studio.done(studio.claim("compose"), exports=[])


def test_a_job_begins_when_those_that_it_waits_for_are_done(studio: Studio) -> None:
    first = studio.submit()
    second = after(studio, first)
    third = after(studio, first, second)
    assert studio.job(third).note == "waits for 2 other jobs"
    finish(studio)
    assert studio.job(first).state == JobState.COMPLETED
    assert (studio.job(second).note, studio.job(third).note) == ("", "waits for another job")
    finish(studio)
    assert studio.job(second).state == JobState.COMPLETED
    finish(studio)
    assert studio.job(third).state == JobState.COMPLETED
    assert not claimable(studio)
    after(studio, first)
    assert claimable(studio)  # it waits for nothing any more


def test_jobs_fail_and_are_cancelled_with_those_that_they_wait_for(studio: Studio) -> None:
    first = studio.submit()
    second = after(studio, first)
    third = after(studio, second)
    studio.give_up(studio.claim("validate"), TaskEvent.REFUSE, "damaged")
    assert [studio.job(each).state for each in (first, second, third)] == [JobState.FAILED] * 3
    assert studio.job(second).error == "It was to wait for “Teaser”, which failed."
    assert studio.job(second).error_code == "dependency-failed"
    with pytest.raises(Conflict, match="failed; nothing can wait for it"):
        after(studio, second)
    first = studio.submit()
    chain = [first]
    for _ in range(8):
        chain.append(after(studio, chain[-1]))
    studio.cancel(first)
    assert {studio.job(each).state for each in chain} == {JobState.CANCELLED}
    assert not claimable(studio)


def test_a_retry_waits_for_those_that_are_still_worked_on(studio: Studio) -> None:
    first, other = studio.submit(), studio.submit()
    second = after(studio, first, other)
    studio.cancel(first)
    with studio.database.tenant_session(USER.tenant_id) as session:
        again = service.retry(session, USER, second)
    assert (again.note, again.options["after"]) == ("waits for another job", [other])


def test_what_a_job_waits_for_is_changed_until_it_begins_and_never_a_circle(studio: Studio) -> None:
    first = studio.submit()
    second = after(studio, first)
    third = after(studio, second)

    def wait_for(job_id: str, *others: str) -> RenderJob:
        with studio.database.tenant_session(USER.tenant_id) as session:
            return service.wait_for(session, USER, job_id, others)

    for circle in ((first, third), (first, first), (second, third)):
        with pytest.raises(Conflict, match="wait for one another for ever"):
            wait_for(*circle)
    assert wait_for(third, first).note == "waits for another job"
    assert wait_for(second).note == ""
    assert wait_for(first, second).note == "waits for another job"  # no longer a circle
    finish(studio)
    assert studio.job(second).state == JobState.COMPLETED
    with pytest.raises(Conflict, match="can no longer wait"):
        wait_for(second, studio.submit())
    with studio.database.system_session(read_only=True) as session:
        assert waiting.as_json(session, studio.job(first)) == [{"id": second, "title": "Teaser", "state": "COMPLETED"}]


def test_jobs_that_cannot_be_waited_for(studio: Studio) -> None:
    first = studio.submit()
    with studio.database.tenant_session(STRANGER.tenant_id) as session:
        mine = studio.submit(STRANGER)
        with pytest.raises(NotFound):
            service.wait_for(session, STRANGER, mine, [first])
    with pytest.raises(InvalidInput, match="at most 50"):
        waiting.check([str(number) for number in range(51)])
