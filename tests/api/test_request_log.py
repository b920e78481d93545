"""The request log: every answered request of a site, written in batches, seen by its administrators alone."""

import threading
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from flatrender.access import requests
from flatrender.access.keys import write_calls
from flatrender.access.models import Role
from flatrender.api import limits
from flatrender.core import months
from flatrender.core.db import Database
from flatrender.core.errors import Unavailable
from flatrender.settings import get_settings
from tests.api.conftest import SignedIn, forget_callers, one_api
from tests.farm.conftest import Farm, farm
from tests.installation import OTHER_TENANT

__all__ = ["farm"]


@pytest.fixture(autouse=True)
def waiting(installation: Database, monkeypatch: pytest.MonkeyPatch) -> requests.Waiting:
    """A list of its own, written when the test says so."""
    own = requests.Waiting(every=3600)
    monkeypatch.setattr(requests, "waiting", own)
    return own


def test_what_was_asked_is_told_to_the_sites_administrators(
    signed_in: SignedIn, installation: Database, waiting: requests.Waiting
) -> None:
    boss, user = signed_in(Role.ADMIN), signed_in()
    other = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    secret = boss.post("/api/v1/keys", json={"name": "Batch"}).json()
    user.get("/api/v1/projects/nothing?token=secret-in-a-query")
    user.get("/api/v1/requests")
    boss.get("/api/v1/projects", headers={"Authorization": f"Bearer {secret['secret']}"})
    other.get("/api/v1/usage")
    assert waiting.write(installation) > 5
    seen = boss.get("/api/v1/requests?q=projects").json()["items"]
    assert [(each["method"], each["path"], each["status"]) for each in seen] == [
        ("GET", "/api/v1/projects", 200),
        ("GET", "/api/v1/projects/nothing", 404),
    ]
    assert (seen[0]["key_id"], seen[1]["key_id"]) == (secret["id"], "")
    assert seen[1]["route"].endswith("/projects/{project_id}") and seen[1]["bytes"] > 0
    assert "secret-in-a-query" not in boss.get("/api/v1/requests").text
    refused = boss.get("/api/v1/requests?ending=refused").json()["items"]
    assert {each["status"] for each in refused} == {403, 404}
    assert "usage" not in boss.get("/api/v1/requests").text, "that was another site's"
    first = boss.get("/api/v1/requests?limit=1").json()
    second = boss.get(f"/api/v1/requests?limit=1&after={first['next']}").json()
    assert first["items"][0]["id"] > second["items"][0]["id"]
    assert user.get("/api/v1/requests").status_code == 403


def test_what_is_refused_for_its_number_is_told_as_well(
    signed_in: SignedIn, installation: Database, waiting: requests.Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = signed_in(Role.ADMIN)
    key = boss.post("/api/v1/keys", json={"name": "Batch"}).json()
    write_calls(installation)
    before = sum(day["calls"] for day in boss.get("/api/v1/usage").json()["items"])
    monkeypatch.setenv("FLATRENDER_REQUESTS_PER_MINUTE", "20")
    get_settings.cache_clear()
    forget_callers(one_api())
    monkeypatch.setattr(limits, "NOTED", 2)
    program = TestClient(boss.app, boss.base_url, headers={"Authorization": f"Bearer {key['secret']}"})
    stranger = TestClient(boss.app, boss.base_url)
    assert [program.get("/api/v1/projects").status_code for _ in range(24)] == [200] * 20 + [429] * 4
    assert [stranger.get("/api/v1/auth/openid").status_code for _ in range(6)] == [200] * 4 + [429] * 2
    nowhere = {"Host": "never.seen.example"}
    assert stranger.get("/api/v1/auth/openid", headers=nowhere).status_code == 429
    waiting.write(installation)
    write_calls(installation)
    forget_callers(one_api())
    seen = boss.get("/api/v1/requests?ending=refused").json()["items"]
    assert [(each["path"], each["status"], each["key_id"]) for each in seen] == [
        *[("/api/v1/auth/openid", 429, "")] * 2,
        *[("/api/v1/projects", 429, key["id"])] * 2,  # a flood fills no log
    ]
    assert sum(day["calls"] for day in boss.get("/api/v1/usage").json()["items"]) == before + 22


def entry(**more: object) -> dict[str, object]:
    plain = {"method": "GET", "route": "/x", "path": "/x", "status": 200, "milliseconds": 1, "bytes": 1}
    return {"tenant_id": "t", **plain, "user_id": "", "key_id": "", "address": "", **more}


def test_what_cannot_be_written_waits_and_never_grows_for_ever(
    installation: Database, waiting: requests.Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MOST_WRITTEN", 2)
    for number in range(5):
        waiting.add(**entry(status=number))

    def away(self: Database, **how: object) -> None:
        raise Unavailable("The database did not answer.")

    with monkeypatch.context() as broken, pytest.raises(Unavailable):
        broken.setattr(Database, "system_session", away)
        waiting.write(installation)
    assert [each["status"] for each in waiting._entries] == [0, 1, 2, 3, 4]
    assert waiting.write(installation) == 5
    assert waiting._entries.maxlen == requests.MOST_WAITING
    assert sum(thread.name == "request log" for thread in threading.enumerate()) >= 1
    waiting.end(installation)


def test_old_months_go(farm: Farm, waiting: requests.Waiting) -> None:
    database = farm.database
    autumn, winter = datetime(2026, 11, 26, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
    waiting.add(**entry(at=autumn))
    waiting.write(database)
    with database.system_session() as session:
        requests.keep(session, autumn)
        assert requests.keep(session, autumn) == 0
        if not database.is_sqlite:
            assert "request_log_202611" in months.partitions(session, "request_log")
            assert session.execute(text("SELECT count(*) FROM request_log_202611")).scalar_one() == 1
        requests.keep(session, winter)
        assert session.execute(text("SELECT count(*) FROM request_log")).scalar_one() == 0
