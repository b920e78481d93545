"""API keys over HTTP: what they may do, when they end, where they count; idempotency keys; limits."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.testclient import TestClient

from flatrender.access.models import ApiKey, Role
from flatrender.access.permissions import KEY_SCOPES
from flatrender.api import idempotency, render_manager
from flatrender.api.app import PREFIX, ROUTERS
from flatrender.api.dependencies import optional_principal
from flatrender.core import clock
from flatrender.core.db import Database
from flatrender.settings import get_settings
from tests.api.conftest import SignedIn, forget_callers, one_api
from tests.api.test_isolation import picture
from tests.installation import OTHER_TENANT


@pytest.fixture
def me(signed_in: SignedIn) -> TestClient:
    return signed_in(Role.ADMIN)


@pytest.fixture
def program(client: TestClient) -> Iterator[TestClient]:
    """A program without a cookie."""
    with TestClient(client.app, base_url="http://testserver") as program:
        yield program


def made(me: TestClient, **wish: object) -> dict[str, str]:
    answer = me.post("/api/v1/keys", json={"name": "Batch", **wish})
    assert answer.status_code == 201, answer.text
    return answer.json()


def bearer(key: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {key['secret']}"}


def test_a_key_is_shown_once_and_stored_hashed(me: TestClient, program: TestClient, installation: Database) -> None:
    key = made(me)
    assert len(key["secret"]) > 40
    with installation.system_session(read_only=True) as session:
        kept = session.get(ApiKey, key["id"])
    assert key["secret"] not in repr(kept.model_dump()), "not even a part that could be guessed on"
    listed = me.get("/api/v1/keys").json()["items"]
    assert [(each["name"], "secret" in each, each["last_used_at"]) for each in listed] == [("Batch", False, None)]
    for headers in (bearer(key), {"X-API-Token": key["secret"]}, {"authorization": f"bearer  {key['secret']}"}):
        assert program.get("/api/v1/auth/me", headers=headers).json()["email"] == "admin@example.com"
    assert me.get("/api/v1/keys").json()["items"][0]["last_used_at"]


def test_a_key_does_no_more_than_its_scopes_and_role(me: TestClient, program: TestClient) -> None:
    reader = bearer(made(me, scopes=["projects:read"]))
    assert program.get("/api/v1/projects", headers=reader).status_code == 200
    refused = program.post("/api/v1/media/folders", json={"name": "x"}, headers=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "key-scope")
    writer = bearer(made(me, scopes=["projects"], role="member"))
    assert program.post("/api/v1/media/folders", json={"name": "x"}, headers=writer).status_code == 201
    assert program.get("/api/v1/sites/mine", headers=writer).status_code == 403
    assert program.get("/api/v1/sites/mine", headers=bearer(made(me))).status_code == 200
    for path in ("/api/v1/keys", "/api/v1/keys"):
        refused = program.post(path, json={"name": "Another"}, headers=bearer(made(me)))
        assert (refused.status_code, refused.json()["code"]) == (403, "not-for-keys"), "a key makes no keys"


def test_owners_are_left_to_people(signed_in: SignedIn, program: TestClient) -> None:
    owner, other = signed_in(Role.OWNER), signed_in(Role.OWNER, email="other@example.com")
    listed = owner.get("/api/v1/keys").json()["scopes"]
    assert listed == ["projects", "templates", "jobs:tenant", "site"]
    assert owner.post("/api/v1/keys", json={"name": "Batch", "scopes": ["owners"]}).json()["code"] == "unknown-scope"
    theirs = other.get("/api/v1/auth/me").json()["id"]
    for wish in ({}, {"scopes": listed}):
        closed = program.patch(f"/api/v1/people/{theirs}", json={"active": False}, headers=bearer(made(owner, **wish)))
        assert (closed.status_code, closed.json()["code"]) == (403, "owners-alone"), wish


def test_a_wish_that_cannot_be_is_refused_beside_its_field(me: TestClient) -> None:
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for wish, status, field in (
        ({"name": " "}, 422, "name"),
        ({"scopes": ["farm"]}, 422, "scopes"),
        ({"scopes": ["projects:write"]}, 422, "scopes"),
        ({"role": "platform_admin"}, 403, "role"),
        ({"expires_at": past}, 422, "expires_at"),
    ):
        refused = me.post("/api/v1/keys", json={"name": "Batch", **wish})
        assert (refused.status_code, refused.json()["field"]) == (status, field), wish


def test_keys_end(me: TestClient, program: TestClient, installation: Database) -> None:
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    short, revoked = made(me, expires_at=soon), made(me)
    assert me.delete(f"/api/v1/keys/{revoked['id']}").status_code == 200
    later = datetime.now(UTC) + timedelta(days=3)
    clock.use(lambda: later)
    try:
        for key, code in ((short, "key-expired"), (revoked, "key-revoked"), ({"secret": "fr_nobody"}, "wrong-key")):
            refused = program.get("/api/v1/auth/me", headers=bearer(key))
            assert (refused.status_code, refused.json()["code"]) == (401, code)
        assert "expired on" in program.get("/api/v1/auth/me", headers=bearer(short)).json()["detail"]
    finally:
        clock.use(None)


def test_a_rotated_key_has_two_secrets_for_a_while(me: TestClient, program: TestClient) -> None:
    old = made(me)
    new = me.post(f"/api/v1/keys/{old['id']}/rotate", json={"grace_hours": 1}).json()
    assert new["secret"] != old["secret"]
    newest = me.post(f"/api/v1/keys/{old['id']}/rotate", json={"grace_hours": 3}).json()
    for key in (old, new, newest):
        assert program.get("/api/v1/auth/me", headers=bearer(key)).status_code == 200
    later = datetime.now(UTC) + timedelta(hours=2)
    clock.use(lambda: later)
    try:
        refused = program.get("/api/v1/auth/me", headers=bearer(old))
        assert (refused.status_code, refused.json()["code"]) == (401, "key-replaced")
        for key in (new, newest):
            assert program.get("/api/v1/auth/me", headers=bearer(key)).status_code == 200
        assert me.delete(f"/api/v1/keys/{old['id']}").status_code == 200
        for key in (old, new, newest):
            assert program.get("/api/v1/auth/me", headers=bearer(key)).json()["code"] == "key-revoked"
    finally:
        clock.use(None)


def test_a_key_counts_on_its_own_site_alone(me: TestClient, signed_in: SignedIn, program: TestClient) -> None:
    mine = bearer(made(me))
    theirs = bearer(made(signed_in(email="x@other.test", tenant=OTHER_TENANT)))
    for headers, host in (({**mine, "X-App": "other"}, "testserver"), (mine, "other.test"), (theirs, "testserver")):
        refused = program.get("/api/v1/projects", headers={**headers, "Host": host})
        assert (refused.status_code, refused.json()["code"]) == (401, "key-of-another-site")
    assert program.get("/api/v1/projects", headers={**theirs, "X-App": "other"}).status_code == 200


def test_keys_of_others(me: TestClient, signed_in: SignedIn) -> None:
    user, another = signed_in(), signed_in(email="b@example.com")
    key = made(user)
    assert another.get("/api/v1/keys").json()["items"] == []
    for method, path in (("DELETE", ""), ("POST", "/rotate")):
        assert another.request(method, f"/api/v1/keys/{key['id']}{path}").status_code == 404
    assert [each["owner"] for each in me.get("/api/v1/keys").json()["items"]] == ["member"]
    assert me.post(f"/api/v1/keys/{key['id']}/rotate").status_code == 403, "an administrator gets nobody's secret"
    assert me.delete(f"/api/v1/keys/{key['id']}").status_code == 200


def test_the_same_request_twice_is_done_once(me: TestClient, signed_in: SignedIn) -> None:
    once = {"Idempotency-Key": "make-folder-1"}
    first = me.post("/api/v1/media/folders", json={"name": "Films"}, headers=once)
    again = me.post("/api/v1/media/folders", json={"name": "Films"}, headers=once)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(me.get("/api/v1/media/folders").json()["items"]) == 1
    for method, path, body in (
        ("POST", "/api/v1/media/folders", {"name": "Other"}),
        ("POST", "/api/v1/media/folders?again=1", {"name": "Films"}),
    ):
        refused = me.request(method, path, json=body, headers=once)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    somebody = signed_in(email="b@example.com").post("/api/v1/media/folders", json={"name": "Films"}, headers=once)
    assert somebody.json()["id"] != first.json()["id"], "a key is its user's own"
    later = datetime.now(UTC) + timedelta(days=1, hours=1)
    clock.use(lambda: later)
    try:
        assert me.post("/api/v1/media/folders", json={"name": "Other"}, headers=once).status_code == 201
    finally:
        clock.use(None)


def test_a_kept_answer_is_for_the_key_that_got_it(me: TestClient, program: TestClient) -> None:
    whole, looks = bearer(made(me)), bearer(made(me, scopes=["templates:read"]))
    once, asked = {"Idempotency-Key": "k"}, {"json": {"name": "Films"}}
    first = program.post("/api/v1/media/folders", headers=whole | once, **asked)
    assert first.status_code == 201
    refused = program.post("/api/v1/media/folders", headers=looks | once, **asked)
    assert (refused.status_code, refused.json()["code"]) == (403, "key-scope")
    again = program.post("/api/v1/media/folders", headers=whole | once, **asked)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")


def test_what_was_answered_at_length_is_done_once_as_well(me: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "MOST_ANSWER", 20)
    once = {"Idempotency-Key": "long"}
    assert me.post("/api/v1/media/folders", json={"name": "Films"}, headers=once).status_code == 201
    again = me.post("/api/v1/media/folders", json={"name": "Films"}, headers=once)
    assert (again.status_code, again.json()["code"]) == (409, "idempotency-key-done")
    other = me.post("/api/v1/media/folders", json={"name": "Other"}, headers=once)
    assert other.json()["code"] == "idempotency-key-reused"
    assert len(me.get("/api/v1/media/folders").json()["items"]) == 1


def test_no_secret_is_kept_under_an_idempotency_key(me: TestClient) -> None:
    once = {"Idempotency-Key": "k"}
    secrets = {me.post("/api/v1/keys", json={"name": "Batch"}, headers=once).json()["secret"] for _ in range(2)}
    assert len(secrets) == 2


def test_a_refused_request_may_be_mended_under_its_key(me: TestClient) -> None:
    once = {"Idempotency-Key": "k"}
    assert me.post("/api/v1/media/folders", json={"name": ""}, headers=once).status_code == 422
    assert me.post("/api/v1/media/folders", json={"name": "Films"}, headers=once).status_code == 201
    for bad in ("", "x" * 101):
        refused = me.post("/api/v1/media/folders", json={"name": "x"}, headers={"Idempotency-Key": bad})
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key")


def test_a_key_of_a_refused_request_is_free_for_another_route(me: TestClient) -> None:
    once = {"Idempotency-Key": "k"}
    folder = me.post("/api/v1/media/folders", json={"name": "Films"}).json()["id"]
    for refused in (
        me.post("/api/v1/media/folders", json={"name": ""}, headers=once),
        me.delete("/api/v1/media/folders/unknown", headers=once),
    ):
        assert refused.status_code in {404, 422} and refused.json()["code"] != "idempotency-key-reused"
    changed = me.patch(f"/api/v1/media/folders/{folder}", json={"name": "Clips"}, headers=once)
    assert changed.is_success and "idempotency-replayed" not in changed.headers
    for method, path in (("POST", "/api/v1/media/folders"), ("DELETE", f"/api/v1/media/folders/{folder}")):
        refused = me.request(method, path, json={"name": "Clips"}, headers=once)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    again = me.patch(f"/api/v1/media/folders/{folder}", json={"name": "Clips"}, headers=once)
    assert again.headers["idempotency-replayed"] == "true", "what was refused in between has taken nothing"
    assert [each["name"] for each in me.get("/api/v1/media/folders").json()["items"]] == ["Clips"]


def test_a_body_of_ten_megabytes_is_refused(me: TestClient) -> None:
    refused = me.post("/api/v1/media/folders", json={"name": "x" * 10_000_000})
    assert (refused.status_code, refused.json()["code"]) == (413, "too-large")


def test_requests_are_counted_by_key_and_told(me: TestClient, program: TestClient, monkeypatch) -> None:
    one, other = bearer(made(me)), bearer(made(me))
    monkeypatch.setenv("FLATRENDER_REQUESTS_PER_MINUTE", "5")
    get_settings.cache_clear()
    forget_callers(one_api())  # signing in was a stranger's
    told = [program.get("/api/v1/auth/me", headers=one).headers["ratelimit-remaining"] for _ in range(5)]
    assert told == ["4", "3", "2", "1", "0"]
    refused = program.get("/api/v1/auth/me", headers=one)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert program.get("/api/v1/auth/me", headers=other).status_code == 200
    assert program.get("/api/v1/templates").headers["ratelimit-limit"] == "1"


def test_a_key_that_may_only_look_changes_nothing(signed_in: SignedIn, program: TestClient) -> None:
    """Every changing route that asks who it is, with a key of all scopes to look."""
    owner = signed_in(Role.PLATFORM_ADMIN)
    looks = bearer(made(owner, scopes=[f"{scope}:read" for scope in KEY_SCOPES]))
    done = []
    for prefix, route in (
        *((PREFIX, route) for router in ROUTERS for route in router.routes),
        *(("/api", route) for route in render_manager.router.routes),
    ):
        if not {optional_principal} & set(asked_for(route.dependant)):
            continue
        for method in route.methods - {"GET", "HEAD", "OPTIONS"}:
            path = re.sub(r"\{\w+(:\w+)?\}", "x", route.path)
            refused = program.request(method, prefix + path, json={}, headers=looks)
            told = (refused.status_code, refused.json().get("code"))
            assert told in {(403, "key-scope"), (403, "not-for-keys")}, (method, path, refused.text)
            done.append(f"{method} {route.path}")
    assert len(done) > 100 and {"PATCH /auth/me", "PUT /user/slack-id"} <= set(done)


def asked_for(of: Dependant) -> Iterator[object]:
    yield of.call
    for each in of.dependencies:
        yield from asked_for(each)


def test_an_account_is_changed_by_nobody_with_scopes_and_that_is_noted(me: TestClient, program: TestClient) -> None:
    own = "/api/v1/auth/me"
    scoped, whole = bearer(made(me, scopes=["projects", "templates"])), bearer(made(me))
    for method, path, sent in (
        ("PATCH", own, {"json": {"name": "Another"}}),
        ("PUT", f"{own}/picture", {"content": picture()}),
        ("DELETE", f"{own}/picture", {}),
        ("PUT", f"{own}/mac-usernames", {"json": {"items": ["sara"]}}),
        ("PUT", "/api/user/mac-usernames", {"json": ["sara"]}),
    ):
        refused = program.request(method, path, headers=scoped, **sent)
        assert (refused.status_code, refused.json()["code"]) == (403, "key-scope"), path
        assert program.request(method, path, headers=whole, **sent).is_success, path
    refused = program.put("/api/user/slack-id", json="U012ABCDEF", headers=whole)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-for-keys")
    assert me.put("/api/user/slack-id", json="U012ABCDEF").is_success
    assert me.patch(own, json={"theme": "dark"}).is_success, "of which nothing is told"
    told = [each["details"] for each in me.get("/api/v1/audit?act=account.changed").json()["items"]]
    assert told == [
        {"slack_id": ["", "U012ABCDEF"]},
        {"mac_usernames": [[], ["sara"]]},
        {"picture": [True, False]},
        {"picture": [False, True]},
        {"name": ["admin", "Another"]},
    ]
