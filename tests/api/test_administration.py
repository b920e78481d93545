"""The administrator's page over REST: the overview, updates refused while renders run, engines restarted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from flatrender.access.models import Role
from flatrender.api import administration
from flatrender.core import bus, update
from flatrender.core.checkout import Versions
from flatrender.core.db import Database
from flatrender.core.outbox import OutboxEvent
from flatrender.farm import nodes, updating
from flatrender.farm import service as farm
from flatrender.farm.states import TaskEvent
from flatrender.settings import get_settings
from tests.api.test_renders import job_of

SignedIn = Callable[..., TestClient]
PATHS = ("/api/v1/farm/overview", "/api/v1/farm/update", "/api/system/update/check")


def node(database: Database) -> None:
    with database.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "node-1", "t", "i", "1", 1, 1, {"native": {}}))


def test_it_is_for_those_who_run_the_farm(client: TestClient, signed_in: SignedIn) -> None:
    for role, status in ((None, 401), (Role.MEMBER, 403), (Role.ADMIN, 403)):
        browser = client if role is None else signed_in(role)
        for path in PATHS:
            assert browser.get(path).status_code == status, path
        for path in ("/api/v1/farm/update", "/api/v1/farm/restart-engines", "/api/system/update/execute"):
            assert browser.post(path).status_code == status, path


def test_the_overview(installation: Database, signed_in: SignedIn) -> None:
    admin = signed_in(Role.PLATFORM_ADMIN)
    node(installation)
    failed = job_of(installation, "platform_admin@example.com")
    with installation.system_session() as session:
        task = farm.claim(session, "n1", lease_seconds=30)
        assert task is not None
    with installation.system_session() as session:
        farm.give_up(session, task.id, task.epoch, TaskEvent.REFUSE, reason="The template “X” is gone.", code="gone")
    job_of(installation, "platform_admin@example.com")
    told = admin.get("/api/v1/farm/overview?hours=6").json()
    assert (told["health"]["queueDepth"], told["health"]["nodes"], told["update"]) == (1, 1, None)
    assert len(told["depth"]) == 96
    assert (told["depth"][0]["waiting"], told["depth"][-1]["waiting"]) == (0, 1)
    [group] = told["errors"]
    assert (group["cause"], group["code"], group["count"]) == ("The template “X” is gone.", "gone", 1)
    assert group["jobs"][0]["id"] == failed
    assert admin.get("/api/v1/farm/overview?hours=0").status_code == 422


def test_an_update_is_refused_while_something_renders(
    installation: Database, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(update.SUPERVISED, "1")
    data: Path = get_settings().data_dir
    (data / "run").mkdir(parents=True, exist_ok=True)
    admin = signed_in(Role.PLATFORM_ADMIN)
    node(installation)
    job_of(installation, "platform_admin@example.com")
    with installation.system_session() as session:
        task = farm.claim(session, "n1", lease_seconds=30)
        assert task is not None
    refused = admin.post("/api/system/update/execute")
    assert (refused.status_code, refused.json()["code"]) == (409, "renders-run")
    assert not update.requested(data)
    assert not admin.get("/api/v1/farm").json()["stopped"]
    with installation.system_session() as session:
        farm.give_up(session, task.id, task.epoch, TaskEvent.REFUSE, reason="x", code="x")
    asked = admin.post("/api/system/update/execute")
    assert (asked.status_code, asked.json()["status"], asked.json()["latest"]["step"]) == (
        202,
        "requested",
        "requested",
    )
    assert update.requested(data)
    assert admin.get("/api/v1/farm").json()["stopped"]  # nothing more is claimed until it is over
    assert admin.post("/api/v1/farm/update").json()["code"] == "updating"
    with installation.system_session() as session:
        updating.finish(session, data)  # the supervisor is still at it
        assert farm.depth(session)["stopped"]
    update.note(data, "restarting", "abc1234")
    with installation.system_session() as session:
        updating.finish(session, data)
    assert not admin.get("/api/v1/farm").json()["stopped"]
    state = update.state(data)
    assert state is not None
    assert state["step"] == "done"


def test_a_failed_update_lets_the_farm_go_on_and_is_told(installation: Database) -> None:
    data = get_settings().data_dir
    with installation.system_session() as session:
        farm.pause(session, reason="update: Ada")
    update.note(data, "failed", "No way forward.")
    with installation.system_session() as session:
        updating.finish(session, data)
        assert not farm.depth(session)["stopped"]
        events = session.exec(select(OutboxEvent)).all()
    assert [event.payload["message"] for event in events] == ["The update failed: No way forward."]
    with installation.system_session() as session:  # a person's pause stays
        farm.pause(session, reason="holiday")
        updating.finish(session, data)
        assert farm.depth(session)["stopped"]


def test_without_a_supervisor_it_says_what_to_do(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(update.SUPERVISED, raising=False)
    answer = signed_in(Role.PLATFORM_ADMIN).post("/api/system/update/execute")
    assert (answer.status_code, answer.json()["code"]) == (409, "not-supervised")
    assert "git pull" in answer.json()["detail"]


def test_the_check_tells_both_versions(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    class Newer:
        def check(self) -> Versions:
            return Versions("abc1234", "def5678", ("Faster",))

    monkeypatch.setattr(administration, "Checkout", Newer)
    told = signed_in(Role.PLATFORM_ADMIN).get("/api/system/update/check").json()
    assert (told["availableVersion"], told["updateAvailable"], told["changes"]) == ("def5678", True, ["Faster"])
    assert told["currentVersion"].endswith("(abc1234)")


def test_engines_are_restarted_on_every_node(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(bus, "publish", lambda topic, payload, *also: heard.append((topic, payload["kind"])))
    assert signed_in(Role.PLATFORM_ADMIN).post("/api/v1/farm/restart-engines").status_code == 200
    assert ("nodes", "restart-engines") in heard
