"""The farm by hand over REST: clear, requeue, forgive, limits, shares, node tokens."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from flatrender.access.models import Role
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import nodes
from flatrender.farm import service as farm
from flatrender.farm.states import TaskEvent
from flatrender.renders import clearing
from tests.api.test_renders import job_of

SignedIn = Callable[..., TestClient]


def claim(database: Database) -> str:
    with database.system_session() as session:
        task = farm.claim(session, "n1", lease_seconds=30)
        assert task is not None
        return task.id


def node(database: Database) -> None:
    with database.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "node-1", "test", "i1", "1", 1, 2, {"native": {}}))


def test_all_of_it_is_for_platform_admins(signed_in: SignedIn) -> None:
    browser = signed_in(Role.ADMIN)
    calls = [
        ("POST", "farm/clear-queue"),
        ("POST", "tasks/x/requeue"),
        ("POST", "nodes/x/forgive"),
        ("GET", "farm/limits"),
        ("PUT", "farm/limits/x"),
        ("PUT", "farm/shares/x"),
        ("GET", "node-tokens"),
        ("POST", "node-tokens"),
        ("DELETE", "node-tokens/x"),
    ]
    for method, path in calls:
        assert browser.request(method, f"/api/v1/{path}", json={"name": "x", "weight": 1}).status_code == 403, path


def test_the_queue_is_cleared_and_what_runs_goes_on(
    installation: Database, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, admin = signed_in(), signed_in(Role.PLATFORM_ADMIN)
    node(installation)
    running = job_of(installation)
    claim(installation)
    waiting = [job_of(installation) for _ in range(5)]
    monkeypatch.setattr(clearing, "BATCH", 2)
    assert admin.post("/api/v1/farm/clear-queue").json() == {"cancelled": len(waiting)}
    counts = user.get("/api/v1/renders").json()["counts"]
    assert counts == {"VALIDATING": 1, "CANCELLED": len(waiting)}
    assert user.get(f"/api/v1/renders/{running}").json()["state"] == "VALIDATING"


def test_a_task_is_requeued(installation: Database, signed_in: SignedIn) -> None:
    signed_in()
    admin = signed_in(Role.PLATFORM_ADMIN)
    node(installation)
    job = job_of(installation)
    task = claim(installation)
    assert admin.post(f"/api/v1/tasks/{task}/requeue").json() == {"id": task, "state": "WAITING"}
    assert admin.get(f"/api/v1/renders/{job}").json()["state"] == "PENDING"
    lines = admin.get(f"/api/v1/renders/{job}/log").json()["lines"]
    assert lines[-1]["message"] == "Check and plan: back in the queue: by platform_admin"
    again = claim(installation)
    with installation.system_session() as session:
        farm.give_up(session, again, 2, TaskEvent.REFUSE, reason="no")
    assert admin.post(f"/api/v1/tasks/{task}/requeue").status_code == 409
    assert admin.post("/api/v1/tasks/unknown/requeue").status_code == 404


def test_limits_and_shares(signed_in: SignedIn) -> None:
    admin = signed_in(Role.PLATFORM_ADMIN)
    assert admin.put("/api/v1/farm/limits/aerender", json={"most": 2}).json() == {"aerender": 2}
    assert admin.put("/api/v1/farm/limits/a b", json={"most": 2}).status_code == 422
    assert admin.put("/api/v1/farm/limits/aerender", json={"most": -1}).status_code == 422
    assert admin.put("/api/v1/farm/limits/aerender", json={"most": None}).json() == {}
    assert admin.put(f"/api/v1/farm/shares/{DEFAULT_TENANT}", json={"weight": 2.5}).status_code == 204
    assert admin.put(f"/api/v1/farm/shares/{DEFAULT_TENANT}", json={"weight": 0}).status_code == 422


def test_a_priority_that_is_no_number(installation: Database, signed_in: SignedIn) -> None:
    signed_in()
    admin = signed_in(Role.PLATFORM_ADMIN)
    job = job_of(installation)
    answer = admin.post(f"/api/v1/renders/{job}/boost", json={"priority": "abc"})
    assert answer.status_code == 422
    assert "priority" in answer.text
    assert admin.get(f"/api/v1/renders/{job}").json()["priority"] == 50


def test_tokens_are_shown_once_and_revoked(installation: Database, signed_in: SignedIn) -> None:
    admin = signed_in(Role.PLATFORM_ADMIN)
    made = admin.post("/api/v1/node-tokens", json={"name": "studio b"}).json()
    assert made["token"].startswith("frn_")
    [told] = admin.get("/api/v1/node-tokens").json()["items"]
    assert told == {key: value for key, value in made.items() if key != "token"}
    assert admin.delete(f"/api/v1/node-tokens/{made['id']}").json()["revoked_at"] is not None
    assert admin.delete("/api/v1/node-tokens/none").status_code == 404
    node(installation)
    assert admin.post("/api/v1/nodes/n1/forgive").json()["failing"] == {}
