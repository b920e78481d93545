"""The first page's answer: one's own projects, renders and figures, nobody else's."""

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.renders import listing
from flatrender.renders.models import Export
from tests.api.conftest import SignedIn
from tests.api.test_renders import finish, job_of, user_id
from tests.installation import OTHER_TENANT


def _home(browser: TestClient) -> dict:
    answer = browser.get("/api/v1/home")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_it_asks_for_a_session(client: TestClient) -> None:
    assert client.get("/api/v1/home").status_code == 401


def test_a_new_account_has_nothing_and_is_told_so(signed_in: SignedIn) -> None:
    found = _home(signed_in())
    assert (found["projects"], found["running"], found["ended"]) == ([], [], [])
    figures = found["figures"]
    assert (figures["projects"], figures["archived"], figures["films_this_month"]) == (0, 0, 0)
    assert figures["storage"]["used"] == 0
    assert figures["storage"]["limit"] > 0


def test_renders_stand_where_they_belong_and_a_film_counts_once(installation: Database, signed_in: SignedIn) -> None:
    user = signed_in()
    done = job_of(installation)
    finish(installation)  # a film and its sound: two files of one job
    waiting = job_of(installation)
    cancelled = job_of(installation)
    assert user.post(f"/api/v1/renders/{cancelled}/cancel").status_code == 200
    found = _home(user)
    assert [job["id"] for job in found["running"]] == [waiting]
    assert [job["id"] for job in found["ended"]] == [done]
    assert found["figures"]["films_this_month"] == 1


def test_films_of_last_month_do_not_count(installation: Database, signed_in: SignedIn) -> None:
    user = signed_in()
    job_of(installation)
    finish(installation)
    with installation.tenant_session(DEFAULT_TENANT) as session:
        for film in session.exec(select(Export)):
            film.created_at = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
            session.add(film)
    try:
        clock.use(lambda: datetime(2026, 1, 31, 23, 59, 59, 9, tzinfo=UTC))
        # Sessions last weeks: the one of a moment ago is good in January too.
        assert _home(user)["figures"]["films_this_month"] == 1
        clock.use(lambda: datetime(2026, 2, 1, tzinfo=UTC))
        assert _home(user)["figures"]["films_this_month"] == 0
    finally:
        clock.use(None)


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN, Role.PLATFORM_ADMIN])
def test_nobody_elses_work_is_on_it(installation: Database, signed_in: SignedIn, role: Role) -> None:
    signed_in(email="sara@example.com")
    signed_in(email="north@example.com", tenant=OTHER_TENANT)
    job_of(installation, "sara@example.com")
    job_of(installation, "north@example.com", tenant=OTHER_TENANT)
    found = _home(signed_in(role, email="me@example.com"))
    assert (found["running"], found["ended"], found["figures"]["films_this_month"]) == ([], [], 0)


def test_the_newest_job_of_each_project(installation: Database, signed_in: SignedIn) -> None:
    signed_in(email="sara@example.com")
    signed_in(email="reza@example.com")
    sara = Principal(user_id(installation, "sara@example.com"), DEFAULT_TENANT, Role.MEMBER, "sara@example.com", "Sara")
    job_of(installation, "sara@example.com", project_id="a" * 32)
    newer = job_of(installation, "sara@example.com", project_id="a" * 32)
    other = job_of(installation, "sara@example.com", project_id="b" * 32)
    job_of(installation, "reza@example.com", project_id="a" * 32)
    with installation.tenant_session(DEFAULT_TENANT) as session:
        found = listing.newest(session, sara, ["a" * 32, "b" * 32, "c" * 32])
        assert {project: job["id"] for project, job in found.items()} == {"a" * 32: newer, "b" * 32: other}
        assert listing.newest(session, sara, []) == {}
    with installation.tenant_session(OTHER_TENANT) as session:
        assert listing.newest(session, sara, ["a" * 32]) == {}
