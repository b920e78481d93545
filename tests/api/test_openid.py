"""Signing in with another house's account, against a real provider over HTTP."""

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey

from flatrender.access.models import Role
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.settings import get_settings
from flatrender.tenants.models import Tenant
from tests.api.conftest import PASSWORD, SignedIn
from tests.installation import OTHER_TENANT
from tests.openid_provider import Provider, openid_provider

SARA = {"sub": "1", "email": "Sara@Company.example", "email_verified": True, "name": "Sara Ahmadi"}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def house() -> Iterator[Provider]:
    with openid_provider() as started:
        yield started


@pytest.fixture
def provider(house: Provider, installation: Database, monkeypatch: pytest.MonkeyPatch) -> Provider:
    monkeypatch.setenv("FLATRENDER_OPENID_NETWORKS", "127.0.0.1")
    get_settings.cache_clear()
    house.says, house.spoil, house.signs_with = dict(SARA), dict, house.key
    return house


@pytest.fixture
def add(signed_in: SignedIn, provider: Provider) -> Callable[..., str]:
    """`add(domains=[…])` sets the provider up on the default site; its id there."""
    admin = signed_in(Role.PLATFORM_ADMIN)

    def added(admin: TestClient = admin, **more: Any) -> str:
        wish = {"name": "Company", "issuer": provider.issuer, "client_id": provider.client} | more
        answer = admin.post("/api/v1/sites/mine/providers", json={"client_secret": provider.secret, **wish})
        assert answer.status_code == 201, answer.text
        assert provider.secret not in answer.text
        return str(answer.json()["id"])

    return added


def travel(browser: TestClient, provider_id: str, next_page: str = "/jobs") -> str:
    """Goes to the provider, agrees there, comes back; where the browser ends."""
    left = browser.get(f"/api/v1/auth/openid/{provider_id}", params={"next": next_page}, follow_redirects=False)
    assert left.status_code == 303, left.text
    agreed = httpx.get(left.headers["location"])
    back = browser.get(agreed.headers["location"], follow_redirects=False)
    assert back.status_code == 303, back.text
    return str(back.headers["location"])


def problem(place: str) -> str:
    return place.removeprefix("/sign-in?problem=")


def test_a_new_person_gets_an_account_and_comes_back_to_it(client: TestClient, add: Callable[..., str]) -> None:
    provider_id = add()
    assert client.get("/api/v1/auth/openid").json() == {"items": [{"id": provider_id, "name": "Company"}]}
    assert travel(client, provider_id) == "/jobs"
    me = client.get("/api/v1/auth/me").json()
    assert (me["email"], me["name"], me["role"]) == ("sara@company.example", "Sara Ahmadi", "user")
    client.cookies.clear()
    assert travel(client, provider_id, "//elsewhere.example") == "/", "no open redirect"
    assert client.get("/api/v1/auth/me").json()["id"] == me["id"]


def test_a_verified_address_leads_to_its_account_and_stays_linked(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str], provider: Provider
) -> None:
    provider_id = add()
    account = signed_in(Role.TENANT_ADMIN, email="sara@company.example").get("/api/v1/auth/me").json()["id"]
    travel(client, provider_id)
    assert client.get("/api/v1/auth/me").json()["id"] == account
    provider.says["email"] = "sara.ahmadi@company.example"
    client.cookies.clear()
    travel(client, provider_id)
    assert client.get("/api/v1/auth/me").json()["id"] == account, "known by the subject, whatever the address"


def test_who_waited_with_anothers_address_is_locked_out(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str]
) -> None:
    waiting = signed_in(Role.USER, email="sara@company.example")
    account = waiting.get("/api/v1/auth/me").json()["id"]
    travel(client, add())
    assert client.get("/api/v1/auth/me").json()["id"] == account
    assert waiting.get("/api/v1/auth/me").status_code == 401
    again = waiting.post("/api/v1/auth/sign-in", json={"email": "sara@company.example", "password": PASSWORD})
    assert again.json()["code"] == "wrong-password"


def test_who_may_come(client: TestClient, add: Callable[..., str], provider: Provider) -> None:
    comers: list[tuple[Json, Json, str]] = [
        ({}, {"email_verified": False}, "provider-unverified"),
        ({}, {"email_verified": "true"}, "provider-unverified"),
        ({}, {"email": None}, "provider-unverified"),
        ({"domains": ["company.example"]}, {"email": "sara@elsewhere.example"}, "provider-domain"),
        ({"domains": ["company.example"]}, {"email": "sara@company.example.evil.example"}, "provider-domain"),
        ({"makes_accounts": False}, {}, "no-account"),
        ({}, {"email": "platform_admin@example.com"}, "/jobs"),
    ]
    for wish, says, code in comers:
        provider.says = {**SARA, **says}
        assert problem(travel(client, add(**wish))) == code, says
        assert client.get("/api/v1/auth/me").is_success == (code == "/jobs")


def test_a_company_comes_in_where_nobody_else_may(
    client: TestClient, add: Callable[..., str], installation: Database
) -> None:
    provider_id = add()
    with installation.system_session() as session:
        site = session.get_one(Tenant, DEFAULT_TENANT)
        site.sign_up = False
        session.add(site)
    assert problem(travel(client, provider_id)) == "no-account"
    assert travel(client, add(domains=["@Company.example"])) == "/jobs"


def test_a_token_that_is_another_ones_opens_nothing(
    client: TestClient, add: Callable[..., str], provider: Provider
) -> None:
    provider_id = add()
    spoilt: list[Json] = [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-studio"},
        {"aud": ["studio", "another"], "azp": "another"},
        {"iss": "https://accounts.google.com"},
        {"exp": 1_700_000_000},
    ]
    for spoil in spoilt:
        provider.spoil = lambda claims, spoil=spoil: {
            key: value for key, value in (claims | spoil).items() if value is not None
        }
        assert problem(travel(client, provider_id)) == "provider-failed", spoil
        assert client.get("/api/v1/auth/me").status_code == 401
    provider.spoil = dict
    assert travel(client, provider_id) == "/jobs", "the same token, unspoilt"


def test_a_token_that_another_key_signed_opens_nothing(
    client: TestClient, add: Callable[..., str], provider: Provider
) -> None:
    provider.signs_with = ECKey.generate_key("P-256", {"kid": "one"})
    assert problem(travel(client, add())) == "provider-failed"


def test_the_way_back_is_for_the_browser_that_left(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str], provider: Provider
) -> None:
    provider_id = add()

    def way(browser: TestClient) -> str:
        left = browser.get(f"/api/v1/auth/openid/{provider_id}", follow_redirects=False)
        return str(httpx.get(left.headers["location"]).headers["location"])

    def back(browser: TestClient, address: str) -> str:
        return problem(browser.get(address, follow_redirects=False).headers["location"])

    with TestClient(client.app, base_url="http://testserver") as victim:
        attackers = way(client)
        assert back(victim, attackers) == "provider-stale", "signed in by an attacker's link"
        way(victim)
        assert back(victim, attackers) == "provider-stale", "the state is another journey's"
    mine = way(client)
    assert back(client, mine) == "/"
    assert back(client, mine) == "provider-stale", "a way back is used once"
    late = way(client)
    began = clock.now()
    clock.use(lambda: began + timedelta(minutes=11))
    try:
        assert back(client, late) == "provider-stale"
    finally:
        clock.use(None)
    refused = way(client).partition("?")[0] + "?error=access_denied&state=x"
    assert back(client, refused) == "provider-stale"


def test_a_wrong_secret_says_so_and_nothing_more(client: TestClient, add: Callable[..., str]) -> None:
    assert problem(travel(client, add(client_secret="wrong"))) == "provider-failed"


def test_only_a_provider_is_a_provider(signed_in: SignedIn, provider: Provider) -> None:
    boss = signed_in(Role.TENANT_ADMIN)
    for issuer in ("http://127.0.0.1:9", "http://10.0.0.1", "http://169.254.169.254/latest", "ftp://a.example", ""):
        wish = {"name": "X", "issuer": issuer, "client_id": "x", "client_secret": "x"}
        answer = boss.post("/api/v1/sites/mine/providers", json=wish)
        assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (
            422,
            "issuer",
            "provider-unusable",
        )


def test_a_sites_administrator_cannot_become_those_who_run_the_house(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str], provider: Provider
) -> None:
    boss = signed_in(Role.TENANT_ADMIN)
    houses, own = add(), add(admin=boss, name="Own")
    provider.says["email"] = "platform_admin@example.com"
    assert problem(travel(client, own)) == "no-account"
    travel(client, houses)
    client.cookies.clear()
    assert problem(travel(client, own)) == "no-account"
    change = {"client_secret": secrets.token_hex(8)}
    assert boss.patch(f"/api/v1/sites/mine/providers/{houses}", json=change).status_code == 403
    assert boss.delete(f"/api/v1/sites/mine/providers/{houses}").status_code == 403
    assert boss.patch(f"/api/v1/sites/mine/providers/{own}", json={"active": False}).json()["active"] is False
    assert client.get(f"/api/v1/auth/openid/{own}", follow_redirects=False).json()["code"] == "no-provider"
    assert boss.delete(f"/api/v1/sites/mine/providers/{own}").status_code == 204


def test_one_sites_provider_opens_no_other_site(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str]
) -> None:
    provider_id = add()
    other = signed_in(Role.TENANT_ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    assert other.get("/api/v1/auth/openid").json() == {"items": []}
    assert other.get(f"/api/v1/auth/openid/{provider_id}", follow_redirects=False).status_code == 404
    left = client.get(f"/api/v1/auth/openid/{provider_id}", follow_redirects=False)
    address = httpx.get(left.headers["location"]).headers["location"].replace("testserver", "other.test")
    elsewhere = TestClient(client.app, base_url="http://other.test")
    elsewhere.cookies.set("fr_journey", client.cookies["fr_journey"], path="/")
    back = elsewhere.get(address, follow_redirects=False)
    assert problem(back.headers["location"]) == "no-provider"
