"""Render jobs, the farm and the event stream over REST."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert
from sqlmodel import col, select

from flatrender.access.models import Role, User
from flatrender.access.permissions import Principal
from flatrender.api import events
from flatrender.api.renders import LOG_PAGE
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.storage import get_storage
from flatrender.farm import log, nodes
from flatrender.farm import service as farm
from flatrender.farm.models import TaskLog, table
from flatrender.renders import snapshots, writer
from flatrender.renders.models import RenderJob
from flatrender.renders.planner import SceneUse, Source, plan
from tests.installation import OTHER_TENANT

SignedIn = Callable[..., TestClient]
FILM = bytes(range(256)) * 40


def user_id(database: Database, email: str) -> str:
    with database.system_session() as session:
        return session.exec(select(User.id).where(col(User.email) == email)).one()


def job_of(
    database: Database, email: str = "member@example.com", *, tenant: str = DEFAULT_TENANT, **changes: Any
) -> str:
    owner = user_id(database, email)
    facts = {"title": "Film", "document": {"version": 1}} | changes
    job = RenderJob(tenant_id=tenant, user_id=owner, user_name=email, **facts)
    with database.tenant_session(tenant) as session:
        writer.opened(session, job)
    return job.id


def run_task(database: Database, **result: Any) -> None:
    """Claims and completes one task, as a node would."""
    with database.system_session() as session:
        if session.get(nodes.Node, "n1") is None:
            info = nodes.NodeInfo("n1", "node-1", "test", "i1", "1", 1, 1, {"native": {}, "ffmpeg": {}})
            nodes.register(session, info)
    with database.system_session() as session:
        task = farm.claim(session, "n1", lease_seconds=30)
        assert task is not None
    with database.system_session() as session:
        assert farm.complete(session, task.id, task.epoch, result)


def finish(database: Database, name: str = "نوروز “Film”.mp4") -> None:
    """Completes the only job there is."""
    source = Source("0" * 32, "bundles/x", "native+1", (640, 360), (25, 1), None)
    scene = SceneUse("c", "s", "Part", 1, 50)
    made = plan(source, [scene])
    done = plan(source, [scene], cached=[made.films[0].content_hash])
    run_task(database, plan=done.to_dict(), warnings=[])
    get_storage().put_bytes(FILM, "exports/film.mp4")
    film = {
        "key": "exports/film.mp4",
        "name": name,
        "format": "mp4",
        "bytes": len(FILM),
        "sha256": "0" * 64,
        "frames": 50,
        "duration": 2.0,
        "width": 640,
        "height": 360,
    }
    sound = {**film, "key": "exports/sound.wav", "name": "sound.wav", "format": "wav"}
    get_storage().put_bytes(b"RIFF", "exports/sound.wav")
    run_task(database, exports=[sound, film])


def test_everything_asks_for_a_session(client: TestClient) -> None:
    for path in ("renders", "renders/x", "renders/x/log", "renders/x/download", "nodes", "farm", "events"):
        assert client.get(f"/api/v1/{path}").status_code == 401, path
    assert client.post("/api/v1/renders", json={"project_id": "x"}).status_code == 401


def test_the_farm_is_for_platform_admins(signed_in: SignedIn) -> None:
    for role in (Role.MEMBER, Role.ADMIN):
        browser = signed_in(role)
        assert browser.get("/api/v1/nodes").status_code == 403
        assert browser.get("/api/v1/farm").status_code == 403
        assert browser.post("/api/v1/farm/emergency-stop", json={}).status_code == 403
        assert browser.post("/api/v1/renders/x/boost").status_code == 403


def test_a_job_is_listed_read_boosted_cancelled_and_tried_again(installation: Database, signed_in: SignedIn) -> None:
    user, admin = signed_in(Role.MEMBER), signed_in(Role.PLATFORM_ADMIN)
    job_id = job_of(installation)
    page = user.get("/api/v1/renders", params={"state": ["PENDING", "QUEUED"]}).json()
    assert [row["id"] for row in page["items"]] == [job_id]
    assert (page["total"], page["next"], page["counts"]) == (1, None, {"PENDING": 1})
    detail = user.get(f"/api/v1/renders/{job_id}").json()
    assert [step["name"] for step in detail["steps"]] == ["Check and plan"]
    assert detail["configuration"]["document"] == {"version": 1}
    assert user.post(f"/api/v1/renders/{job_id}/boost", json={}).status_code == 403
    assert admin.post(f"/api/v1/renders/{job_id}/boost", json={}).json()["priority"] == 80
    assert admin.post(f"/api/v1/renders/{job_id}/boost", json={"priority": "abc"}).status_code == 422
    assert admin.post(f"/api/v1/renders/{job_id}/boost", json={"priority": True}).status_code == 422
    assert admin.post(f"/api/v1/renders/{job_id}/boost", json={"priority": 900}).status_code == 422
    assert user.post(f"/api/v1/renders/{job_id}/cancel").json()["state"] == "CANCELLED"
    again = user.post(f"/api/v1/renders/{job_id}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "ended")
    retried = user.post(f"/api/v1/renders/{job_id}/retry")
    assert (retried.status_code, retried.json()["retry_of"]) == (201, job_id)
    lines = user.get(f"/api/v1/renders/{job_id}/log").json()["lines"]
    assert lines[0]["message"].startswith("Sent by")
    later = user.get(f"/api/v1/renders/{job_id}/log", params={"after": lines[0]["id"]}).json()["lines"]
    assert later == lines[1:]
    assert user.delete(f"/api/v1/renders/{job_id}").status_code == 204
    assert user.get(f"/api/v1/renders/{job_id}").status_code == 404


def test_a_long_log_is_bounded_and_downloaded_page_by_page(installation: Database, signed_in: SignedIn) -> None:
    user = signed_in(Role.MEMBER)
    job_id = job_of(installation)
    with installation.system_session() as session:
        log.write_all(session, DEFAULT_TENANT, job_id, [f"warning {number}" for number in range(10_000)])
    lines = user.get(f"/api/v1/renders/{job_id}/log", params={"latest": True, "limit": 2}).json()["lines"]
    assert [line["message"] for line in lines] == ["warning 199", "9800 more like these"]
    line = {"tenant_id": DEFAULT_TENANT, "owner_id": job_id, "level": "error", "message": "پ" * log.LONGEST}
    with installation.engine.begin() as connection:
        connection.execute(insert(table(TaskLog)), [{**line, "at": clock.now()}] * 6000)
    largest = total = 0
    with user.stream("GET", f"/api/v1/renders/{job_id}/log.txt") as answer:
        assert "attachment" in answer.headers["content-disposition"]
        for chunk in answer.iter_bytes():
            largest, total = max(largest, len(chunk)), total + len(chunk)
    assert total > 6000 * 2 * log.LONGEST
    assert largest <= LOG_PAGE * 2 * (log.LONGEST + 40)
    assert signed_in(Role.MEMBER, email="other@example.com").get(f"/api/v1/renders/{job_id}/log.txt").status_code == 404


def test_jobs_wait_for_others(installation: Database, signed_in: SignedIn) -> None:
    user = signed_in(Role.MEMBER)
    first, second = job_of(installation), job_of(installation)
    address = f"/api/v1/renders/{second}"
    assert user.put(f"{address}/after", json={"after": [first]}).json()["note"] == "waits for another job"
    assert user.get(address).json()["after"] == [{"id": first, "title": "Film", "state": "PENDING"}]
    answer = user.put(f"/api/v1/renders/{first}/after", json={"after": [second]})
    assert (answer.status_code, answer.json()["code"]) == (409, "circle")
    assert user.put(f"{address}/after", json={"after": ["0" * 32]}).status_code == 404
    assert user.put(f"{address}/after", json={"after": []}).json()["note"] == ""


def test_several_at_once(installation: Database, signed_in: SignedIn) -> None:
    user = signed_in(Role.MEMBER)
    jobs = [job_of(installation) for _ in range(3)]
    answer = user.post("/api/v1/renders/actions", json={"action": "cancel", "ids": [*jobs, "nope"]}).json()
    assert answer["done"] == jobs
    assert [failed["code"] for failed in answer["failed"]] == ["not-found"]
    answer = user.post("/api/v1/renders/actions", json={"action": "boost", "ids": jobs}).json()
    assert {failed["code"] for failed in answer["failed"]} == {"house-alone"}


def test_the_film_is_downloaded_by_those_who_may_see_the_job(installation: Database, signed_in: SignedIn) -> None:
    user, other = signed_in(Role.MEMBER), signed_in(Role.MEMBER, email="other@example.com")
    job_id = job_of(installation)
    url = f"/api/v1/renders/{job_id}/download"
    assert user.get(url).json()["code"] == "no-film"
    finish(installation)
    film = user.get(url)
    assert (film.status_code, film.content) == (200, FILM)
    assert film.headers["content-type"] == "video/mp4"
    assert film.headers["accept-ranges"] == "bytes"
    assert "filename*=UTF-8''%D9%86%D9%88%D8%B1%D9%88%D8%B2" in film.headers["content-disposition"]
    assert film.headers["content-disposition"].startswith('attachment; filename="_____ _Film_.mp4"')
    assert user.get(url, params={"inline": 1}).headers["content-disposition"].startswith("inline")
    part = user.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, FILM[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(FILM)}"
    beyond = user.get(url, headers={"Range": "bytes=99999-"})
    assert (beyond.status_code, beyond.json()["status"]) == (416, 416)
    assert beyond.headers["content-range"].startswith("bytes */")
    assert other.get(url).status_code == 404
    exports = {each["format"]: each for each in user.get(f"/api/v1/renders/{job_id}").json()["exports"]}
    sound = user.get(exports["wav"]["url"])
    assert (sound.content, sound.headers["content-type"]) == (b"RIFF", "audio/wav")
    assert user.get(url, params={"export": "x"}).json()["code"] == "no-film"
    get_storage().delete("exports/film.mp4")
    assert user.get(url).json()["code"] == "file-gone"


def test_a_stranger_sees_nothing_of_another_tenant(installation: Database, signed_in: SignedIn) -> None:
    signed_in(Role.MEMBER)
    stranger = signed_in(Role.ADMIN, tenant=OTHER_TENANT, email="x@other.test")
    admin = signed_in(Role.PLATFORM_ADMIN)
    job_id = job_of(installation)
    assert stranger.get("/api/v1/renders").json()["total"] == 0
    for path in ("", "/log", "/download", "/picture"):
        assert stranger.get(f"/api/v1/renders/{job_id}{path}").status_code == 404
    for action in ("cancel", "retry"):
        assert stranger.post(f"/api/v1/renders/{job_id}/{action}").status_code == 404
    foreign = job_of(installation, "x@other.test", tenant=OTHER_TENANT)
    assert {row["id"] for row in admin.get("/api/v1/renders").json()["items"]} == {job_id, foreign}
    assert admin.post(f"/api/v1/renders/{foreign}/cancel").json()["state"] == "CANCELLED"


def test_submitting_a_project_that_is_not_there(signed_in: SignedIn) -> None:
    user = signed_in(Role.MEMBER)
    answer = user.post("/api/v1/renders", json={"project_id": "0" * 32})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    answer = user.post("/api/v1/renders", json={"project_id": "0" * 32, "format": "avi"})
    assert (answer.status_code, answer.json()["field"]) == (422, "format")
    for wrong, field in (
        ({"exports": [{"format": "mp4", "size": "9k"}]}, "size"),
        ({"exports": [{"aspect": "3:1"}]}, "aspect"),
        ({"range": [9, 3]}, "range"),
    ):
        answer = user.post("/api/v1/renders", json={"project_id": "0" * 32, **wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert user.post("/api/v1/renders", json={"project_id": "0" * 32, "exports": []}).status_code == 422


@pytest.mark.parametrize(
    ("params", "field"), [({"sort": "shoe-size"}, "sort"), ({"state": "BUSY"}, "state"), ({"cursor": "!"}, "cursor")]
)
def test_wrong_filters_name_their_field(signed_in: SignedIn, params: dict[str, str], field: str) -> None:
    answer = signed_in(Role.MEMBER).get("/api/v1/renders", params=params)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_nodes_drain_pause_and_stop(installation: Database, signed_in: SignedIn) -> None:
    admin = signed_in(Role.PLATFORM_ADMIN)
    signed_in(Role.MEMBER)
    job_of(installation)
    with installation.system_session() as session:
        info = nodes.NodeInfo("n1", "node-1", "test", "i1", "1", 1, 2, {"native": {}}, {"cpu_percent": 3.0})
        nodes.register(session, info)
    [node] = admin.get("/api/v1/nodes").json()["items"]
    assert (node["name"], node["slots"], node["health"], node["tasks"]) == ("node-1", 2, {"cpu_percent": 3.0}, [])
    assert admin.post("/api/v1/nodes/n1/drain").json()["draining"] is True
    assert admin.post("/api/v1/nodes/n1/resume").json()["draining"] is False
    assert admin.post("/api/v1/nodes/none/drain").status_code == 404
    assert admin.get("/api/v1/farm").json()["waiting"] == 1
    assert admin.post("/api/v1/farm/pause", json={"reason": "update"}).json()["stopped"] is True
    with installation.system_session() as session:
        assert farm.claim(session, "n1", lease_seconds=30) is None
    assert admin.post("/api/v1/farm/resume").json()["stopped"] is False
    with installation.system_session() as session:
        assert farm.claim(session, "n1", lease_seconds=30) is not None
    assert admin.get("/api/v1/nodes/n1").json()["tasks"][0]["name"] == "Check and plan"
    assert admin.post("/api/v1/farm/pause").json()["stopped"] is True  # nobody has to say why
    answer = admin.post("/api/v1/farm/emergency-stop", json={"reason": "smoke"}).json()
    assert (answer["ended"], answer["stopped"], answer["running"]) == (1, True, 0)


def test_who_listens_to_what() -> None:
    def person(role: Role) -> Principal:
        return Principal("u", "t", role, "", "")

    assert events.topics_of(person(Role.MEMBER)) == {"tenant:t", "everyone", "user:u"}
    assert events.topics_of(person(Role.PLATFORM_ADMIN)) == {"farm", "user:u"}
    mine, other = {"kind": "job", "job": {"user_id": "u"}}, {"kind": "job", "job": {"user_id": "o"}}
    assert events.visible(person(Role.MEMBER), mine)
    assert not events.visible(person(Role.MEMBER), other)
    assert events.visible(person(Role.ADMIN), other)
    assert not events.visible(person(Role.MEMBER), {"kind": "render.completed", "user_id": "o"})
    assert not events.visible(person(Role.MEMBER), {"kind": "template"})


def test_a_row_and_its_steps_are_events_of_their_own() -> None:
    row = {"id": "j", "updated_at": "2026-11-27T10:00:00+00:00"}
    sent = list(events.messages({"kind": "job", "job": row, "steps": [{"id": "s"}]}))
    assert [json.loads(each.decode().removeprefix("data: ")) for each in sent] == [
        {"kind": "job", "job": row},
        {"kind": "job.step", "job_id": "j", "at": row["updated_at"], "step": {"id": "s"}},
    ]


def test_a_frame_is_asked_for_with_post_and_fetched_with_get(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, made = signed_in(), {"key": "snapshots/t/a.png", "ready": False}
    address = "/api/v1/projects/p/frames/7"
    assert browser.post(address).status_code == 404  # no such project
    asked: list[tuple[int, int]] = []

    def answer(session: object, principal: object, project_id: str, *, frame: int, width: int) -> dict[str, Any]:
        asked.append((frame, width))
        return made

    monkeypatch.setattr(snapshots, "request", answer)
    monkeypatch.setattr(snapshots, "look", answer)
    sent = browser.post(address, params={"width": 320})
    assert (sent.status_code, sent.json()) == (202, {"ready": False})
    waiting = browser.get(address)
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "1")
    made["ready"] = True
    get_storage().put_bytes(b"png", "snapshots/t/a.png")
    found = browser.get(address)
    assert (found.status_code, found.headers["Content-Type"], found.content) == (200, "image/png", b"png")
    assert asked == [(7, 320), (7, 640), (7, 640)]
    for bad in ("-1", str(2**70)):
        assert browser.get(f"/api/v1/projects/p/frames/{bad}").status_code == 422
