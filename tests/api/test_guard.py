"""What every request passes, and that no route is open which is not meant to be."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.websockets import WebSocketDisconnect

from flatrender.access.models import Role
from flatrender.api.dependencies import client_address
from flatrender.api.guard import FOREIGN, MAX_BODY
from flatrender.settings import get_settings
from tests.api.conftest import SignedIn, one_api

# Routes that answer without an account, and why.
OPEN = {
    ("GET", "/health"): "supervisors and load balancers",
    ("POST", "/api/v1/auth/sign-in"): "the way in",
    ("POST", "/api/v1/auth/sign-up"): "the way in",
    ("POST", "/api/v1/auth/forgot"): "the way in",
    ("POST", "/api/v1/auth/reset"): "the way in, by a link of a letter",
    ("POST", "/api/v1/auth/verify"): "the way in, by a link of a letter",
    ("POST", "/api/v1/auth/sign-out"): "ends what there is, else nothing",
    ("GET", "/api/v1/templates"): "the gallery: published templates of the site",
    ("GET", "/api/v1/templates/{template_id}"): "a published template",
    ("GET", "/api/v1/templates/{template_id}/poster"): "a published template's picture",
    ("GET", "/api/v1/templates/{template_id}/preview"): "a published template's film",
    ("GET", "/api/v1/templates/{template_id}/scenes/{scene_id}/picture"): "a published template's picture",
    ("GET", "/api/v1/domains/ask"): "web servers that get certificates on demand",
    ("GET", "/api/v1/auth/openid"): "the accounts with which visitors may sign in",
    ("GET", "/api/v1/auth/openid/{provider_id}"): "the way to a provider",
    ("GET", "/api/v1/categories"): "the gallery's categories",
    ("GET", "/api/v1/tags"): "the gallery's tags",
    ("GET", "/metrics"): "this machine, or whoever has its own token (test_metrics.py)",
}
FARM = re.compile(r"/api/v1/(nodes|farm)")
METHODS = {"get", "post", "put", "patch", "delete"}


def _routes() -> Iterator[tuple[str, str]]:
    for path, operations in one_api().openapi()["paths"].items():
        for method in operations.keys() & METHODS:
            yield method.upper(), path


ROUTES = sorted(_routes())


def _address(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: "1" if name[1] in {"frame", "revision"} else "0" * 32, path)


def test_nobody_is_asked_to_sign_in(client: TestClient) -> None:
    for method, path in ROUTES:
        if (method, path) in OPEN:
            continue
        query = "?project_id=x" if path.endswith("/estimate") else ""
        answer = client.request(method, _address(path) + query, json={} if method != "GET" else None)
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in"), f"{method} {path}"


def test_the_list_of_open_routes_names_real_ones() -> None:
    assert set(OPEN) <= set(ROUTES)


def test_the_farm_is_for_platform_admins_alone(signed_in: SignedIn) -> None:
    admin = signed_in(Role.ADMIN)
    for method, path in ROUTES:
        if FARM.match(path):
            answer = admin.request(method, _address(path), json={} if method != "GET" else None)
            assert (answer.status_code, answer.json()["code"]) == (403, "house-alone"), f"{method} {path}"


def test_a_token_stands_for_the_origin_of_the_managers_jobs_alone(client: TestClient) -> None:
    foreign = {"Origin": "https://evil.test", "X-API-Token": "anything"}
    refused = client.post("/api/v1/auth/sign-out", headers=foreign)
    assert (refused.status_code, refused.json()["code"]) == (403, "foreign-origin")
    assert client.post("/api/jobsite", json={}, headers=foreign).json()["code"] == "foreign-origin"
    assert client.post("/api/jobs", json={}, headers=foreign).json()["code"] != "foreign-origin"


def test_a_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    answer = client.post("/api/v1/auth/sign-in", json={"email": "a" * MAX_BODY, "password": "x"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_a_body_without_a_length_is_counted(client: TestClient, signed_in: SignedIn) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"email": "'
        for _ in range(80):
            yield b"a" * 65536

    kind = {"Content-Type": "application/json"}
    assert client.post("/api/v1/auth/sign-in", content=endless(), headers=kind).status_code == 413
    # Read before any route, whose errors become answers by themselves.
    once = signed_in().post("/api/v1/projects", content=endless(), headers={**kind, "Idempotency-Key": "once"})
    assert (once.status_code, once.json()["code"]) == (413, "too-large")


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/api/v1/categories", "application/json"),
        ("POST", "/api/v1/auth/sign-in", "multipart/form-data; boundary=x"),
        ("POST", "/api/v1/templates/a/publish", "multipart/form-data; boundary=x"),
        ("PATCH", "/api/v1/media", "multipart/form-data; boundary=x"),
    ],
)
def test_only_uploads_are_large_whatever_a_body_calls_itself(
    client: TestClient, method: str, path: str, kind: str
) -> None:
    answer = client.request(method, path, content=b"[" + b" " * MAX_BODY + b"]", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_an_origin_that_is_none_is_foreign(client: TestClient) -> None:
    answer = client.post("/api/v1/auth/sign-out", headers={"Origin": "http://["})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


def test_a_page_without_tls_is_foreign_where_the_site_is_visited_over_tls(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def status(browser: TestClient, origin: str, **headers: str) -> int:
        headers = {"Origin": origin, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return browser.post("/api/v1/auth/sign-out", headers=headers, follow_redirects=False).status_code

    plain, tls = "http://testserver", "https://testserver"
    forwarded = {"x_forwarded_proto": "http, https"}
    assert [status(client, each) for each in ("ftp://testserver", "null", "")] == [403] * 3
    assert {status(client, each, **forwarded) for each in (plain, tls)}.isdisjoint({403}), (
        "anybody may write the header"
    )
    with TestClient(client.app, base_url=tls) as direct:
        assert status(direct, plain) == 403 != status(direct, tls)
    monkeypatch.setenv("FLATRENDER_TRUSTED_PROXIES", "10.0.0.0/8")
    get_settings.cache_clear()
    with TestClient(client.app, base_url=plain, client=("10.0.0.7", 5000)) as proxy:
        assert status(proxy, plain, **forwarded) == 403 != status(proxy, tls, **forwarded)
        assert status(proxy, plain, x_forwarded_proto="http") != 403
        with (
            pytest.raises(WebSocketDisconnect) as closed,
            proxy.websocket_connect(
                f"/api/v1/projects/{'0' * 32}/bakes", headers={"Origin": plain, "X-Forwarded-Proto": "https"}
            ),
        ):
            pass
        assert closed.value.code == FOREIGN
    monkeypatch.setenv("FLATRENDER_PUBLIC_URL", tls)
    get_settings.cache_clear()
    assert status(client, plain) == 403 != status(client, tls)
    assert status(client, "http://localhost:8000", host="localhost:8000") != 403, "on the machine itself"


def test_the_proxys_settings_keep_browsers_on_tls() -> None:
    settings = (Path(__file__).resolve().parents[2] / "deploy" / "Caddyfile").read_text()
    assert (
        'header Strict-Transport-Security "max-age=31536000"' in settings.partition("(studio) {")[2].partition("\n}")[0]
    )


def test_every_answer_says_what_a_page_may_load(client: TestClient) -> None:
    headers = client.get("/health").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert not re.search(r"https?:", policy)
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in policy, "nobody else's page shows this one in a frame to have it clicked"
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_without_trusted_proxies_a_forwarded_address_is_a_claim() -> None:
    scope = {"type": "http", "headers": [(b"x-forwarded-for", b"203.0.113.9")], "client": ("198.51.100.7", 1)}
    assert client_address(Request(scope)) == "198.51.100.7"
    # As a server that listens to IPv6 sees who comes by IPv4.
    assert client_address(Request({**scope, "client": ("::ffff:198.51.100.7", 1)})) == "198.51.100.7"


def test_behind_a_trusted_proxy_the_visitors_address_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATRENDER_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")
    get_settings.cache_clear()
    try:
        headers = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9, 10.1.2.3")]
        scope = {"type": "http", "headers": headers, "client": ("127.0.0.1", 1)}
        for proxy in ("127.0.0.1", "::ffff:127.0.0.1"):
            assert client_address(Request({**scope, "client": (proxy, 1)})) == "203.0.113.9"
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
