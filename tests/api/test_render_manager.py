"""The render manager over REST: its eleven routes, its names, and what it refuses."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from flatrender.access.models import Role
from flatrender.core.db import Database
from flatrender.farm import nodes, reaper
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.farm.states import TaskEvent
from flatrender.renders.models import RenderJob
from flatrender.settings import get_settings
from tests.installation import installed

TOKEN, OTHER = "bravo-token-0123456789abcdef", "plugin-token-0123456789abcde"
SignedIn = Callable[..., TestClient]
CONFIG = {"template": {"src": "file:///x", "composition": "Film", "outputModule": "H.264", "outputExt": "mp4"}}


@pytest.fixture
def dropbox(tmp_path: Path) -> Path:
    folder = tmp_path / "Dropbox"
    (folder / "Ads").mkdir(parents=True)
    project = folder / "Ads" / "Promo.aep"
    project.write_bytes(b"RIFX")
    os.utime(project, (time.time() - 100, time.time() - 100))
    return folder


@pytest.fixture
def installation(tmp_path: Path, dropbox: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    names = {
        "DROPBOX_PATH": str(dropbox),
        "API_TOKEN_BRAVO": TOKEN,
        "API_TOKEN_PLUGIN": OTHER,
        "FLATRENDER_SIGN_UP": "off",
    }
    with installed(tmp_path / "data", monkeypatch, **names) as database:
        yield database


class Manager:
    """A client with a token, and the person whose macOS name it sends."""

    def __init__(self, http: TestClient, person: TestClient, dropbox: Path) -> None:
        self.http, self.person, self.dropbox = http, person, dropbox
        self.headers = {"X-API-Token": TOKEN}

    def body(self, **changes: Any) -> dict[str, Any]:
        return {
            "projectPath": str(self.dropbox / "Ads" / "Promo.aep"),
            "timestamp": "2026-05-01T12:00:00Z",
            "macUsername": "Alice",
            "nexrenderConfig": CONFIG,
            **changes,
        }

    def post(self, **changes: Any) -> Any:
        return self.http.post("/api/jobs", json=self.body(**changes), headers=self.headers)

    def get(self, job_id: str, tail: str = "") -> Any:
        return self.http.get(f"/api/jobs/{job_id}{tail}", headers=self.headers)


@pytest.fixture
def manager(installation: Database, signed_in: SignedIn, client: TestClient, dropbox: Path) -> Manager:
    person = signed_in(Role.MEMBER, email="alice@example.com")
    assert person.put("/api/user/mac-usernames", json=["alice"]).status_code == 200
    return Manager(client, person, dropbox)


def register(database: Database, engine: str = "nexrender", node: str = "n1") -> None:
    with database.system_session() as session:
        nodes.register(session, nodes.NodeInfo(node, node, "test", "i", "1", 1, 1, {engine: {}}))


def claim(database: Database) -> Task:
    with database.system_session() as session:
        task = farm.claim(session, "n1", lease_seconds=30)
        assert task is not None
        return task


def complete(database: Database, **result: Any) -> None:
    task = claim(database)
    with database.system_session() as session:
        assert farm.complete(session, task.id, task.epoch, result)


def test_a_job_from_submission_to_download(manager: Manager, installation: Database, dropbox: Path) -> None:
    register(installation)
    sent = manager.post()
    assert sent.status_code == 201, sent.text
    job_id = sent.json()["id"]
    assert sent.json() == {"id": job_id, "status": "PENDING", "statusUrl": f"http://testserver/api/jobs/{job_id}"}
    assert sent.headers["Location"] == sent.json()["statusUrl"]
    assert manager.get(job_id).json()["status"] == "PENDING"
    task = claim(installation)
    assert manager.get(job_id).json()["status"] == "VALIDATING"
    with installation.system_session() as session:
        assert farm.complete(session, task.id, task.epoch, {"facts": {"frames": 10}, "warnings": ["A font is away."]})
    assert manager.get(job_id).json()["status"] == "QUEUED"
    task = claim(installation)
    with installation.system_session() as session:
        farm.report(session, task.id, task.epoch, 0.47)
    told = manager.get(job_id).json()
    assert (told["status"], told["progress"], told["outputUrl"]) == ("RENDERING", 47, None)
    early = manager.get(job_id, "/download")
    assert (early.status_code, early.json()["code"]) == (404, "no-film")
    (dropbox / "Renders").mkdir()
    (dropbox / "Renders" / "نوروز Film.mp4").write_bytes(bytes(range(200)))
    with installation.system_session() as session:
        result = {"place": "Renders/نوروز Film.mp4", "bytes": 200, "sha256": "0" * 64, "frames": 10, "warnings": []}
        assert farm.complete(session, task.id, task.epoch, result)
    told = manager.get(job_id).json()
    assert (told["status"], told["progress"]) == ("COMPLETED", 100)
    assert told["outputUrl"] == f"http://testserver/api/jobs/{job_id}/download"
    assert any("A font is away." in line for line in told["logs"])
    assert "logs" not in manager.get(job_id, "?logs=false").json()
    film = manager.http.get(told["outputUrl"], headers={**manager.headers, "Range": "bytes=10-19"})
    assert (film.status_code, film.content, film.headers["content-type"]) == (206, bytes(range(10, 20)), "video/mp4")
    detail = manager.person.get(f"/api/v1/renders/{job_id}").json()
    assert detail["configuration"] == CONFIG
    assert detail["submission"]["client"] == "bravo"
    assert detail["output"]["path"] == str(dropbox / "Renders" / "نوروز Film.mp4")
    assert manager.person.get(f"/api/v1/renders/{job_id}/download").content == bytes(range(200))
    (dropbox / "Renders" / "نوروز Film.mp4").unlink()
    assert manager.get(job_id, "/download").json()["code"] == "file-gone"


def test_clients_are_known_by_their_token(manager: Manager) -> None:
    job_id = manager.post().json()["id"]
    for headers, code in (({}, "not-signed-in"), ({"X-API-Token": "wrong"}, "wrong-token")):
        for path in ("/api/jobs", f"/api/jobs/{job_id}", f"/api/jobs/{job_id}/download"):
            call = manager.http.post if path == "/api/jobs" else manager.http.get
            answer = call(path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, code), path
    assert manager.http.get(f"/api/jobs/{job_id}", headers={"X-API-Token": OTHER}).status_code == 404
    # A panel inside After Effects sends an Origin of its own; a token is what no page can send by accident.
    panel = {**manager.headers, "Origin": "null"}
    assert manager.http.post("/api/jobs", json=manager.body(), headers=panel).status_code == 201


def test_tokens_are_nowhere_in_settings_or_answers(manager: Manager, caplog: pytest.LogCaptureFixture) -> None:
    job = manager.post().json()
    settings = get_settings()
    assert TOKEN not in repr(settings) + str(dict(settings.manager.tokens)) + manager.get(job["id"]).text + caplog.text


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"projectPath": "/etc/passwd.aep"}, "projectPath", "outside-root"),
    ({"projectPath": "/Users/alice/Dropbox/../x.aep"}, "projectPath", "outside-root"),
    ({"projectPath": r"\\server\share\x.aep"}, "projectPath", "outside-root"),
    ({"projectPath": "/Users/alice/Dropbox/x.mp4"}, "projectPath", "invalid-input"),
    ({"macUsername": "mallory"}, "macUsername", "unknown-mac-username"),
    ({"macUsername": "a b"}, "macUsernames", "invalid-input"),
    ({"priority": "abc"}, "priority", "invalid-input"),
    ({"priority": 101}, "priority", "invalid-input"),
    ({"priority": True}, "priority", "invalid-input"),
    ({"timestamp": "yesterday"}, "timestamp", "invalid-input"),
    ({"timestamp": "2199-01-01T00:00:00Z"}, "timestamp", "invalid-input"),
    ({"callbackUrl": "http://127.0.0.1:9/x"}, "callbackUrl", "private-address"),
    ({"callbackUrl": "http://[::ffff:10.0.0.1]/"}, "callbackUrl", "private-address"),
    ({"callbackUrl": "javascript:alert(1)"}, "callbackUrl", "link-invalid"),
    ({"nexrenderConfig": {"template": {}}}, "nexrenderConfig.template.composition", "invalid-input"),
    ({"nexrenderConfig": "x"}, "nexrenderConfig", "invalid-input"),
]


def test_bad_input_gets_one_sentence_and_makes_nothing(manager: Manager, installation: Database) -> None:
    for changes, field, code in BAD:
        answer = manager.post(**changes)
        told = answer.json()
        assert (answer.status_code, told["field"], told["code"]) == (422, field, code), changes
    with installation.system_session() as session:
        assert session.exec(select(RenderJob.id)).all() == []


def test_a_name_server_that_is_away_refuses_no_job(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*words: object, **more: object) -> list[object]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", away)
    assert manager.post(callbackUrl="https://bravo.example/rendered").status_code == 201


def test_a_newer_job_for_the_same_project_ends_the_earlier(manager: Manager) -> None:
    first = manager.post().json()["id"]
    other = manager.post(projectPath="/Users/alice/Dropbox/Ads/Other.aep").json()["id"]
    second = manager.post(projectPath="/Users/alice/Dropbox/ads/PROMO.aep").json()["id"]
    assert [manager.get(job).json()["status"] for job in (first, other, second)] == ["CANCELLED", "PENDING", "PENDING"]


def test_an_older_save_ends_no_newer_one(manager: Manager) -> None:
    newer = manager.post(timestamp="2026-05-01T12:00:05Z").json()["id"]
    late = manager.post(timestamp="2026-05-01T12:00:00Z")
    assert (late.status_code, late.json()["code"]) == (409, "older-save")
    assert manager.get(newer).json()["status"] == "PENDING"
    assert manager.post(timestamp="2026-05-01T12:00:05Z").status_code == 201  # the same save again is another wish


def test_a_file_that_does_not_come_fails_after_ten_tries(
    manager: Manager, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flatrender.farm import states, writer

    monkeypatch.setattr(writer, "limits", states.Limits(ready_wait=0.0))
    register(installation)
    job_id = manager.post().json()["id"]
    for _ in range(10):
        task = claim(installation)
        with installation.system_session() as session:
            farm.give_up(session, task.id, task.epoch, TaskEvent.NOT_READY, reason="not there yet")
    told = manager.get(job_id).json()
    assert (told["status"], told["error"]) == ("FAILED", "not there yet")


def test_one_project_renders_at_a_time_until_another_limit_is_chosen(
    manager: Manager, installation: Database, signed_in: SignedIn
) -> None:
    with installation.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "n1", "test", "i", "1", 1, 4, {"nexrender": {}}))
    for name in ("A", "B"):
        assert manager.post(projectPath=f"/Users/alice/Dropbox/{name}.aep").status_code == 201
    for _ in range(2):
        complete(installation, facts={"frames": 10})
    assert claim(installation).kind == "render-project"
    with installation.system_session() as session:
        assert farm.claim(session, "n1", lease_seconds=30) is None
    admin = signed_in(Role.PLATFORM_ADMIN)
    assert admin.put("/api/v1/farm/limits/after-effects", json={"most": 2}).json() == {"after-effects": 2}
    manager.post(projectPath="/Users/alice/Dropbox/C.aep")  # leaves what was chosen
    assert claim(installation).kind in {"render-project", "validate-project"}
    assert claim(installation).kind in {"render-project", "validate-project"}


def test_an_engine_that_no_node_offers_is_said(manager: Manager, installation: Database) -> None:
    register(installation, "native")
    job_id = manager.post().json()["id"]
    told = manager.get(job_id).json()
    assert told["status"] == "PENDING"
    assert "offers the engine nexrender" in told["message"]
    assert any("offers the engine nexrender" in line for line in told["logs"])
    register(installation, "nexrender", "n2")
    assert manager.get(job_id).json()["message"] == ""


def test_or_the_job_fails_after_a_while_where_it_is_set_so(manager: Manager, installation: Database) -> None:
    register(installation, "native")
    job_id = manager.post().json()["id"]
    reaper.reap(installation, lease_seconds=30, give_up_seconds=0.0)
    told = manager.get(job_id).json()
    assert (told["status"], told["errorCode"]) == ("FAILED", "no-node")


def test_administrators_cancel_and_boost(manager: Manager, signed_in: SignedIn) -> None:
    admin = signed_in(Role.PLATFORM_ADMIN)
    job_id = manager.post().json()["id"]
    url = f"/api/jobs/{job_id}"
    for person in (manager.person, signed_in(Role.ADMIN)):
        assert person.delete(url).status_code == 403
        assert person.patch(f"{url}/priority", json={"priority": 90}).status_code == 403
    for headers, status in ((manager.headers, 403), ({"X-API-Token": "wrong"}, 401), ({}, 401)):
        assert manager.http.delete(url, headers=headers).status_code == status
        assert manager.http.patch(f"{url}/priority", json={"priority": 90}, headers=headers).status_code == status
    assert "it takes an administrator" in manager.http.delete(url, headers=manager.headers).json()["detail"]
    assert admin.patch(f"{url}/priority", json={"priority": 90}).json()["priority"] == 90
    for priority in ("abc", 101, -1, None, True):
        answer = admin.patch(f"{url}/priority", json={"priority": priority})
        assert (answer.status_code, answer.json()["field"]) == (422, "priority")
    assert admin.delete(url).json() == {"id": job_id, "status": "CANCELLED", "cancelled": True}
    assert admin.delete(url).status_code == 409
    assert admin.delete("/api/jobs/" + "0" * 32).status_code == 404


def test_a_failed_job_is_tried_again_from_its_page(manager: Manager, installation: Database) -> None:
    register(installation)
    job_id = manager.post().json()["id"]
    task = claim(installation)
    with installation.system_session() as session:
        farm.give_up(
            session, task.id, task.epoch, TaskEvent.REFUSE, reason="no composition", code="missing-composition"
        )
    again = manager.person.post(f"/api/v1/renders/{job_id}/retry")
    assert again.status_code == 201
    assert manager.get(again.json()["id"]).json()["projectPath"] == manager.body()["projectPath"]
    assert claim(installation).kind == "validate-project"


def test_the_profile(manager: Manager, signed_in: SignedIn) -> None:
    manager.post()
    person = manager.person
    told = person.get("/api/user/profile").json()
    assert {key: told[key] for key in ("email", "role", "macUsernames", "slackId", "jobCount")} == {
        "email": "alice@example.com",
        "role": "USER",
        "macUsernames": ["alice"],
        "slackId": "",
        "jobCount": 1,
    }
    assert person.put("/api/user/mac-usernames", json={"macUsernames": ["Bob ", "alice", "bob"]}).json()[
        "macUsernames"
    ] == ["alice", "bob"]
    assert person.put("/api/user/slack-id", json="u012abcdef").json()["slackId"] == "U012ABCDEF"
    assert person.put("/api/user/slack-id", json={"slackId": "@alice"}).status_code == 422
    assert person.put("/api/user/mac-usernames", json=["../x"]).status_code == 422
    assert person.put("/api/user/mac-usernames", json=["n" + str(number) for number in range(21)]).status_code == 422
    taken = signed_in(Role.MEMBER, email="carol@example.com").put("/api/user/mac-usernames", json=["BOB"])
    assert (taken.status_code, taken.json()["code"]) == (409, "taken")
    assert person.put("/api/user/mac-usernames", json=[]).json()["macUsernames"] == []
    for path in ("/api/user/profile", "/api/user/jobs", "/api/system/health"):
        assert manager.http.get(path).status_code == 401, path


def test_where_anybody_may_sign_up_nobody_claims_a_mac_username(
    manager: Manager, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLATRENDER_SIGN_UP", "on")
    get_settings.cache_clear()
    stranger = signed_in(Role.MEMBER, email="stranger@example.com")
    refused = stranger.put("/api/user/mac-usernames", json=["bob"])
    assert (refused.status_code, refused.json()["code"]) == (403, "sign-up-open")
    assert "ask an administrator" in refused.json()["detail"]
    assert manager.person.put("/api/user/mac-usernames", json=["alice"]).status_code == 200, "one's own stay"
    assert manager.person.put("/api/user/mac-usernames", json=[]).status_code == 200
    assert signed_in(Role.ADMIN).put("/api/user/mac-usernames", json=["bob"]).status_code == 200


def test_the_history_is_ones_own_and_seven_days_long(
    manager: Manager, signed_in: SignedIn, installation: Database
) -> None:
    job_id = manager.post().json()["id"]
    assert [job["id"] for job in manager.person.get("/api/user/jobs").json()["items"]] == [job_id]
    assert signed_in(Role.MEMBER, email="dave@example.com").get("/api/user/jobs").json() == {"items": []}
    with installation.system_session() as session:
        job = session.exec(select(RenderJob).where(col(RenderJob.id) == job_id)).one()
        job.created_at = job.created_at.replace(year=2020)
        session.add(job)
    assert manager.person.get("/api/user/jobs").json()["items"] == []


def test_health_is_for_administrators(manager: Manager, signed_in: SignedIn, installation: Database) -> None:
    register(installation)
    manager.post()
    assert manager.person.get("/api/system/health").status_code == 403
    told = signed_in(Role.PLATFORM_ADMIN).get("/api/system/health").json()
    assert (told["queueDepth"], told["rendering"], told["nodes"]) == (1, 0, 1)
    assert 0 < told["memory"] <= 100
    assert 0 < told["disk"] <= 100


def test_without_a_dropbox_it_says_so(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DROPBOX_PATH")
    get_settings.cache_clear()
    answer = manager.post()
    assert (answer.status_code, answer.json()["code"]) == (503, "no-dropbox")


def test_deleting_a_job_keeps_the_film(manager: Manager, installation: Database, dropbox: Path) -> None:
    register(installation)
    job_id = manager.post().json()["id"]
    complete(installation, facts={"frames": 1})
    film = dropbox / "film.mp4"
    film.write_bytes(b"film")
    complete(installation, place="film.mp4", bytes=4)
    assert manager.person.delete(f"/api/v1/renders/{job_id}").status_code == 204
    assert manager.get(job_id).status_code == 404
    assert film.exists()


def test_a_lost_node_gives_the_job_back(manager: Manager, installation: Database) -> None:
    register(installation)
    job_id = manager.post().json()["id"]
    complete(installation, facts={})
    claim(installation)
    reaper.forsake(installation, "n1")
    assert manager.get(job_id).json()["status"] == "QUEUED"


def test_the_history_keeps_from_people_what_their_role_hides(manager: Manager, signed_in: SignedIn) -> None:
    job_id = manager.post().json()["id"]
    whole = manager.person.get("/api/user/jobs").json()["items"][0]
    boss, person = signed_in(Role.ADMIN), manager.person.get("/api/v1/auth/me").json()["id"]
    wish = {"name": "Guests", "permissions": ["projects"], "rules": {"renders": {"hidden": ["title", "error"]}}}
    role = boss.post("/api/v1/roles", json=wish).json()["id"]
    assert boss.patch(f"/api/v1/people/{person}", json={"custom_role_id": role}).status_code == 200
    seen = manager.person.get("/api/user/jobs").json()["items"][0]
    assert (seen["id"], seen["status"]) == (job_id, whole["status"])
    assert whole.keys() - seen.keys() == {"projectPath", "error", "errorCode", "message"}
