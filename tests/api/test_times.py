"""Days and moments at the edge of the calendar are refused in a sentence; without a zone they are meant in UTC."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from flatrender.access.models import Role
from flatrender.api.times import Moment
from tests.api.conftest import SignedIn


def test_the_edge_of_the_calendar_is_refused(signed_in: SignedIn) -> None:
    boss = signed_in(Role.ADMIN)
    for path, field in (
        ("usage?until=0001-01-05", "until"),
        ("usage?since=9999-12-31", "since"),
        ("audit?since=0001-01-01T00:00:00%2B14:00", "since"),
        ("audit/export?until=9999-12-31T23:59:59-14:00", "until"),
        ("renders?since=0001-01-01T00:00:00", "since"),
    ):
        answer = boss.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["field"]) == (422, field), path
        assert answer.json()["detail"] == f"{field}: give a date between the years 1970 and 2999."
    key = boss.post("/api/v1/keys", json={"name": "Batch", "expires_at": "9999-12-31T23:59:59-14:00"})
    assert (key.status_code, key.json()["field"]) == (422, "expires_at")


@pytest.mark.parametrize("written", ["2026-11-26T12:00:00", "2026-11-26T12:00:00Z", "2026-11-26T13:30:00+01:30"])
def test_a_moment_has_a_zone(written: str) -> None:
    assert TypeAdapter(Moment).validate_python(written) == datetime(2026, 11, 26, 12, tzinfo=UTC)
