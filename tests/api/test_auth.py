"""Sign-in over HTTP: the cookie, the errors, the limits, and what another site or tenant can do with it."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from flatrender.access.models import Role
from flatrender.access.tries import PER_ACCOUNT as TRIES_PER_ACCOUNT
from flatrender.api import health
from flatrender.api.auth import local_path
from flatrender.core import clock
from flatrender.core.db import Database
from flatrender.settings import get_settings
from tests.api.conftest import PASSWORD, SignedIn
from tests.installation import OTHER_TENANT

NEW = {"email": "Sara@Example.com ", "password": PASSWORD, "name": "Sara"}


def test_sign_up_signs_in_with_an_http_only_cookie(client: TestClient) -> None:
    answer = client.post("/api/v1/auth/sign-up", json=NEW)
    assert answer.status_code == 201
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    me = client.get("/api/v1/auth/me").json()
    assert (me["email"], me["role"], me["permissions"]) == ("sara@example.com", "member", ["projects"])


def test_an_address_is_taken_once_per_tenant(client: TestClient, signed_in: SignedIn) -> None:
    assert client.post("/api/v1/auth/sign-up", json=NEW).status_code == 201
    again = client.post("/api/v1/auth/sign-up", json=NEW)
    assert (again.status_code, again.json()["code"], again.json()["field"]) == (409, "taken", "email")
    signed_in(email="sara@example.com", tenant=OTHER_TENANT)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "sara(1)@example.com"}, "email"),  # a letter's head would name sara@example.com
        ({"password": "short"}, "password"),
        ({"name": "x" * 200}, "name"),
    ],
)
def test_a_bad_field_is_named(client: TestClient, change: dict[str, str], field: str) -> None:
    answer = client.post("/api/v1/auth/sign-up", json={**NEW, **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.headers["content-type"] == "application/problem+json"


def test_wrong_password_and_unknown_address_get_the_same_answer(client: TestClient) -> None:
    client.post("/api/v1/auth/sign-up", json=NEW)
    client.cookies.clear()
    wrong = client.post("/api/v1/auth/sign-in", json={"email": NEW["email"], "password": "wrong wrong wrong"})
    unknown = client.post("/api/v1/auth/sign-in", json={"email": "no@example.com", "password": "wrong wrong wrong"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert "set-cookie" not in wrong.headers


def test_too_many_tries_are_refused_for_a_while(client: TestClient) -> None:
    client.post("/api/v1/auth/sign-up", json=NEW)
    bad, good = ({"email": NEW["email"], "password": word} for word in ("wrong wrong wrong", PASSWORD))
    for _ in range(TRIES_PER_ACCOUNT):
        assert client.post("/api/v1/auth/sign-in", json=bad).status_code == 401
    refused = client.post("/api/v1/auth/sign-in", json=good)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    later = datetime.now(UTC) + timedelta(minutes=16)
    clock.use(lambda: later)
    try:
        assert client.post("/api/v1/auth/sign-in", json=good).status_code == 200
    finally:
        clock.use(None)


def test_sign_out_ends_the_session_on_the_server(client: TestClient) -> None:
    client.post("/api/v1/auth/sign-up", json=NEW)
    token = client.cookies["fr_session"]
    assert client.post("/api/v1/auth/sign-out", follow_redirects=False).status_code == 303
    client.cookies.set("fr_session", token)
    assert client.get("/api/v1/auth/me").status_code == 401


def test_a_session_that_somebody_else_chose_is_never_signed_in(client: TestClient, signed_in: SignedIn) -> None:
    known = signed_in(email="known@example.com")
    chosen = "chosen-by-somebody-else"
    client.cookies.set("fr_session", chosen, domain="testserver.local", path="/")
    answer = client.post("/api/v1/auth/sign-in", json={"email": "known@example.com", "password": PASSWORD})
    given = answer.cookies["fr_session"]
    assert given != chosen and len(given) >= 40
    mine = known.cookies["fr_session"]
    again = known.post("/api/v1/auth/sign-in", json={"email": "known@example.com", "password": PASSWORD})
    assert again.cookies["fr_session"] not in {mine, given}, "new at each sign-in"
    for token, status in ((chosen, 401), (given, 200)):
        browser = TestClient(client.app, base_url="http://testserver", cookies={"fr_session": token})
        assert browser.get("/api/v1/auth/me").status_code == status


def test_a_session_ends_by_itself(client: TestClient, installation: Database) -> None:
    client.post("/api/v1/auth/sign-up", json=NEW)
    later = datetime.now(UTC) + timedelta(days=31)
    clock.use(lambda: later)
    try:
        assert client.get("/api/v1/auth/me").status_code == 401
    finally:
        clock.use(None)


def test_a_session_of_one_tenant_is_nothing_on_another_tenants_site(signed_in: SignedIn) -> None:
    other = signed_in(Role.PLATFORM_ADMIN, tenant=OTHER_TENANT)
    assert other.get("/api/v1/auth/me").status_code == 200
    token = other.cookies["fr_session"]
    assert other.get("http://testserver/api/v1/auth/me", cookies={"fr_session": token}).status_code == 401


def test_another_sites_page_cannot_use_the_cookie(signed_in: SignedIn) -> None:
    browser = signed_in()
    foreign = browser.patch("/api/v1/auth/me", json={"theme": "dark"}, headers={"Origin": "https://evil.test"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign-origin")
    own = browser.patch("/api/v1/auth/me", json={"theme": "dark"}, headers={"Origin": "http://testserver"})
    assert own.status_code == 204
    assert browser.get("/api/v1/auth/me").json()["theme"] == "dark"


@pytest.mark.parametrize(
    "text", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "x", "/a\nb", "http://["]
)
def test_the_next_page_is_one_of_ours(text: str) -> None:
    assert local_path(text) == "/"


def test_the_next_page_is_kept() -> None:
    assert local_path("/studio/1?scene=2") == "/studio/1?scene=2"


def test_health_names_each_service(client: TestClient) -> None:
    for path in ("/health", "/api/health"):
        body = client.get(path).json()
        assert body["status"] == "ok", body
        assert {"database", "redis", "storage", "ffmpeg"} <= set(body["services"])
        assert all(set(service) == {"state"} for service in body["services"].values()), "no more is told to strangers"


def test_health_is_remembered_and_its_details_are_for_administrators(
    signed_in, client: TestClient, monkeypatch
) -> None:
    asked = []
    real = health._ffmpeg
    monkeypatch.setattr(health, "_ffmpeg", lambda: asked.append(1) or real())
    told = [who.get("/health").json() for who in (client, signed_in(), signed_in(Role.PLATFORM_ADMIN), client)]
    assert len(asked) == 1
    assert told[0] == told[1] == told[3]
    assert told[2]["services"]["database"]["detail"] == "SQLite"
    assert told[2]["version"]


def test_health_tells_of_the_pages_redis(client: TestClient, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    for url, state, status in ((redis_url, "ok", "ok"), ("redis://127.0.0.1:9", "failed", "degraded")):
        monkeypatch.setenv("FLATRENDER_PAGES_REDIS_URL", url)
        get_settings.cache_clear()
        body = client.get("/health").json()
        assert (body["services"]["pages"]["state"], body["status"]) == (state, status)


def test_an_unknown_address_is_a_problem(client: TestClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
