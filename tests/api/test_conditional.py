"""Tags, guarded edits and named fields: true of every route, because they lie around all of them."""

import asyncio
import re
import threading

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from sqlmodel import func, select
from starlette.types import Receive, Scope, Send

from flatrender.access.models import AuditEntry, Role
from flatrender.api import conditional, sparse
from flatrender.api.conditional import ROOT, Conditional, readable
from flatrender.core.db import Database
from flatrender.core.errors import InvalidInput
from tests.api.conftest import SignedIn, one_api
from tests.projects.conftest import drawn_at_once, made_projects, promo, quick_passwords, scanned_once, template_first

__all__ = ["drawn_at_once", "made_projects", "promo", "quick_passwords", "scanned_once", "template_first"]


@pytest.fixture
def me(signed_in: SignedIn) -> TestClient:
    return signed_in(Role.ADMIN)


def test_what_is_known_is_not_sent_again(me: TestClient) -> None:
    folder = me.post("/api/v1/media/folders", json={"name": "Films"}).json()
    read = me.get("/api/v1/media/folders")
    tag = read.headers["etag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        again = me.get("/api/v1/media/folders", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), known
    me.patch(f"/api/v1/media/folders/{folder['id']}", json={"name": "Clips"})
    anew = me.get("/api/v1/media/folders", headers={"If-None-Match": tag})
    assert anew.status_code == 200 and anew.headers["etag"] != tag


def test_an_edit_is_done_while_nobody_else_has_edited(me: TestClient) -> None:
    seen = me.get("/api/v1/sites/mine").headers["etag"]
    guarded = {"If-Match": seen}
    assert me.patch("/api/v1/sites/mine", json={"name": "First"}, headers=guarded).status_code == 200
    late = me.patch("/api/v1/sites/mine", json={"name": "Second"}, headers=guarded)
    assert (late.status_code, late.json()["code"]) == (412, "changed-meanwhile")
    now = me.get("/api/v1/sites/mine")
    assert now.json()["name"] == "First" and now.headers["etag"] == late.headers["etag"]
    weak = {"If-Match": f"W/{late.headers['etag']}"}
    assert me.patch("/api/v1/sites/mine", json={"name": "Second"}, headers=weak).status_code == 412


def test_a_replay_is_answered_though_its_tag_is_an_old_one(me: TestClient) -> None:
    folder = me.post("/api/v1/media/folders", json={"name": "Films"}).json()
    once = {"If-Match": me.get("/api/v1/media/folders").headers["etag"], "Idempotency-Key": "k"}
    clips = {"url": f"/api/v1/media/folders/{folder['id']}", "json": {"name": "Clips"}, "headers": once}
    assert [me.patch(**clips).status_code for _ in "12"] == [200, 200]


async def test_of_many_that_saw_the_same_one_is_done(me: TestClient) -> None:
    guarded = {"If-Match": me.get("/api/v1/sites/mine").headers["etag"]}
    there = {"transport": httpx.ASGITransport(me.app), "base_url": "http://testserver"}
    async with httpx.AsyncClient(**there, cookies=dict(me.cookies)) as program:
        names = [{"name": f"Site {number}"} for number in range(4)]
        sent = [program.patch("/api/v1/sites/mine", json=name, headers=guarded) for name in names]
        answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


def test_a_films_edits_are_guarded_by_their_project(me: TestClient, promo: str) -> None:
    project = me.post("/api/v1/projects", json={"template_id": promo}).json()["id"]
    address = f"/api/v1/projects/{project}"
    whole = me.get(address)
    clip = whole.json()["document"]["tracks"][0]["items"][0]["id"]
    edit = {"op": "set_value", "clip": clip, "key": "title", "value": "One"}

    def commit(op_id: str, base: int, **headers: str) -> tuple[int, str]:
        body = {"op_id": op_id, "base_revision": base, "ops": [edit]}
        answer = me.post(f"{address}/ops", json=body, headers=headers)
        return answer.status_code, answer.json().get("code", "")

    tag = {"If-Match": whole.headers["etag"]}
    assert commit("one", 0, **tag) == (200, "")
    assert commit("two", 0, **tag) == (412, "changed-meanwhile"), "the tag is an old one"
    new = {"If-Match": me.get(address).headers["etag"]}
    assert commit("three", 0, **new) == (412, "changed-meanwhile"), "the edit was made on an older film than was read"
    assert commit("four", 0) == (200, ""), "without a tag edits merge"
    assert me.delete(address, headers=tag).status_code == 412
    # The nearest above that can be read guards what lies below, however deep; what is gone is gone.
    kept = {"If-Match": me.get(f"{address}/versions").headers["etag"]}
    assert me.post(f"{address}/versions/99/restore", headers=kept).status_code == 404
    assert me.post(f"{address}/versions/99/restore", headers=tag).status_code == 412
    assert me.delete("/api/v1/projects/" + "0" * 32, headers=tag).status_code == 404
    assert me.post("/api/v1/auth/sign-out", headers=tag).json()["code"] == "not-guarded"


def test_only_the_named_fields_are_sent(me: TestClient, promo: str) -> None:
    made = me.post("/api/v1/projects", json={"template_id": promo}).json()
    listed = me.get("/api/v1/projects?fields=id,name")
    assert listed.json()["items"] == [{"id": made["id"], "name": made["name"]}] and listed.json()["total"] == 1
    assert listed.headers["etag"] == me.get("/api/v1/projects").headers["etag"]
    single = me.get(f"/api/v1/projects/{made['id']}", params={"fields": "project.name, document.tracks.id"}).json()
    assert single["project"] == {"name": made["name"]}
    assert [set(track) for track in single["document"]["tracks"]] == [{"id"}] * len(single["document"]["tracks"])
    for wrong in ("", "id;name", "a,b" * 200, "nothing_like_it"):
        refused = me.get("/api/v1/projects", params={"fields": wrong})
        assert (refused.status_code, refused.json()["field"]) == (422, "fields"), wrong


def test_the_whole_of_a_part_includes_its_parts() -> None:
    assert sparse.pick({"a": {"b": 1, "c": 2}, "d": 3}, sparse.read("a.b,a")) == {"a": {"b": 1, "c": 2}}
    assert sparse.pick([{"a": 1}, {"b": 2}, 3], sparse.read("a")) == [{"a": 1}, {}, 3]
    assert sparse.pick({"items": []}, sparse.read("x")) == {"items": []}
    with pytest.raises(InvalidInput):
        sparse.pick({"a": 1}, sparse.read("b"))


def test_the_description_says_so_of_every_route(me: TestClient) -> None:
    said = me.get("/api/openapi.json").json()
    for path, operations in said["paths"].items():
        for method, operation in operations.items():
            if not path.startswith("/api/v1/"):
                continue
            named = {each.get("$ref", each.get("name")).rpartition("/")[2] for each in operation["parameters"]}
            if method != "get":
                assert "IfMatch" in named, path
            elif "304" in operation["responses"]:
                assert {"fields", "IfNoneMatch"} <= named, path
    assert "304" in said["paths"]["/api/v1/projects"]["get"]["responses"]


@pytest.mark.parametrize("spec", ["2.0", "2.4"])  # an older server is asked whether the caller is still there
def test_a_guarded_change_of_any_address_that_can_be_read_is_answered_and_leaves_no_trace(
    signed_in: SignedIn, installation: Database, spec: str
) -> None:
    browser = signed_in(Role.PLATFORM_ADMIN)
    described = one_api().openapi()["paths"]
    addresses = [
        re.sub(r"\{\w+\}", "0" * 32, path)
        for path, operations in described.items()
        if path.startswith(ROOT) and "get" in operations
    ]
    assert len(addresses) > 50 and "/api/v1/auth/export" in addresses and "/api/v1/events" in addresses

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        await one_api()({**scope, "asgi": {"version": "3.0", "spec_version": spec}}, receive, send)

    async def guarded() -> None:
        there = {"transport": httpx.ASGITransport(told), "base_url": "http://testserver"}
        async with httpx.AsyncClient(**there, cookies=dict(browser.cookies)) as program:
            for address in addresses:
                answers[address] = (await program.post(address, headers={"If-Match": '"x"'})).status_code

    with installation.system_session(read_only=True) as session:
        before = session.exec(select(func.count()).select_from(AuditEntry)).one()
    answers: dict[str, int] = {}
    # Not in this thread: a look that never ends stops its whole loop.
    asking = threading.Thread(target=asyncio.run, args=(guarded(),), daemon=True)
    asking.start()
    asking.join(timeout=90)
    assert len(answers) == len(addresses), f"{addresses[len(answers)]} is never answered"
    assert set(answers.values()) <= {404, 412, 422}, answers
    with installation.system_session(read_only=True) as session:
        assert session.exec(select(func.count()).select_from(AuditEntry)).one() == before


def test_what_is_looked_at_says_that_it_answers_json_of_our_own() -> None:
    said = {
        context.path: readable(context.original_route)
        for context in iter_route_contexts(one_api().routes)
        if isinstance(context.original_route, APIRoute) and "GET" in (context.methods or ())
    }
    looked_at = {path.removeprefix(ROOT) for path, fine in said.items() if fine}
    assert {"projects/{project_id}", "media/{media_id}", "sites/{site_id}", "auth/me", "farm"} <= looked_at
    others = {"auth/export", "events", "renders/{job_id}/log.txt", "renders/{job_id}/download", "audit/export"}
    others |= {"auth/openid/{provider_id}", "auth/openid/{provider_id}/back", "farm/update", "media/{media_id}/file"}
    assert not others & looked_at and {ROOT + path for path in others} <= said.keys()


async def test_a_look_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(scope["method"])

    monkeypatch.setattr(conditional, "LOOK_SECONDS", 0.01)
    there = {"transport": httpx.ASGITransport(Conditional(slow)), "base_url": "http://testserver"}
    async with httpx.AsyncClient(**there) as program:
        answer = await program.put(f"{ROOT}sites/mine", headers={"If-Match": '"x"'})
    assert (answer.status_code, answer.json()["code"], ended) == (503, "unavailable", ["GET"])
