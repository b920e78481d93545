"""The list of jobs: who sees what, pages, filters."""

from typing import Any

import pytest

from flatrender.access.permissions import Principal
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import NotFound
from flatrender.farm.states import TaskEvent
from flatrender.renders import service
from tests.installation import OTHER_TENANT
from tests.renders.job_life import ADMIN, OTHER, SITE_ADMIN, STRANGER, USER, Studio, studio

__all__ = ["studio"]


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
    assert len(ids(SITE_ADMIN)) == 2
    assert ids(SITE_ADMIN, user_id=USER.user_id) == [mine]
    assert ids(SITE_ADMIN, query="sara") == [mine]
    assert ids(SITE_ADMIN, query="%") == []
    assert ids(SITE_ADMIN, states=["COMPLETED"]) == []
    assert ids(SITE_ADMIN, query=mine[:12]) != []
    assert ids(STRANGER) == []


def test_who_may_see_a_job(studio: Studio) -> None:
    job_id = studio.submit()
    for principal, sees in ((USER, True), (OTHER, False), (SITE_ADMIN, True), (STRANGER, False), (ADMIN, True)):
        with studio.database.system_session() as session:
            if sees:
                assert service.find(session, principal, job_id).id == job_id
            else:
                with pytest.raises(NotFound):
                    service.find(session, principal, job_id)
    with studio.database.tenant_session(OTHER_TENANT) as session, pytest.raises(NotFound):
        service.find(session, STRANGER, job_id)
