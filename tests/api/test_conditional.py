"""Tags, guarded edits and named fields: true of every route, because they lie around all of them."""

import asyncio

import httpx
import pytest
from fastapi.testclient import TestClient

from flatrender.access.models import Role
from flatrender.api import sparse
from flatrender.core.errors import InvalidInput
from tests.api.conftest import SignedIn
from tests.projects.conftest import drawn_at_once, made_projects, promo, quick_passwords, scanned_once

__all__ = ["drawn_at_once", "made_projects", "promo", "quick_passwords", "scanned_once"]


@pytest.fixture
def me(signed_in: SignedIn) -> TestClient:
    return signed_in(Role.TENANT_ADMIN)


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
