"""Signing in with another house's account, against a real provider over HTTP."""

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey

from flatrender.access import openid
from flatrender.access.models import Role
from flatrender.core import clock, http
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.notifications import courier
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
    monkeypatch.setattr(openid, "_kept", {})
    house.says, house.spoil, house.sign, house.tells, house.more = dict(SARA), dict, house.signed, None, {}
    house.asked.clear()
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


def asked_of(browser: TestClient, provider_id: str) -> Json:
    """What a browser that leaves asks of the provider."""
    left = browser.get(f"/api/v1/auth/openid/{provider_id}", follow_redirects=False)
    return dict(parse_qsl(urlsplit(left.headers["location"]).query))


def way_back(browser: TestClient, provider_id: str) -> str:
    """The address that an agreed journey leads back to."""
    left = browser.get(f"/api/v1/auth/openid/{provider_id}", follow_redirects=False)
    return str(httpx.get(left.headers["location"]).headers["location"])


def back(browser: TestClient, address: str) -> str:
    """What is said at the end of that way; `/` when somebody is signed in."""
    return problem(browser.get(address, follow_redirects=False).headers["location"])


def problem(place: str) -> str:
    return place.removeprefix("/sign-in?problem=")


def test_a_new_person_gets_an_account_and_comes_back_to_it(client: TestClient, add: Callable[..., str]) -> None:
    provider_id = add(name="\u202eCompany ")
    assert client.get("/api/v1/auth/openid").json() == {"items": [{"id": provider_id, "name": "Company"}]}
    assert travel(client, provider_id) == "/jobs"
    me = client.get("/api/v1/auth/me").json()
    assert (me["email"], me["name"], me["role"]) == ("sara@company.example", "Sara Ahmadi", "member")
    client.cookies.clear()
    assert travel(client, provider_id, "//elsewhere.example") == "/", "no open redirect"
    assert client.get("/api/v1/auth/me").json()["id"] == me["id"]


def test_a_verified_address_leads_to_its_account_and_stays_linked(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str], provider: Provider
) -> None:
    provider_id = add()
    account = signed_in(Role.ADMIN, email="sara@company.example").get("/api/v1/auth/me").json()["id"]
    travel(client, provider_id)
    assert client.get("/api/v1/auth/me").json()["id"] == account
    provider.says["email"] = "sara.ahmadi@company.example"
    client.cookies.clear()
    travel(client, provider_id)
    assert client.get("/api/v1/auth/me").json()["id"] == account, "known by the subject, whatever the address"


def test_who_waited_with_anothers_address_is_locked_out(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str]
) -> None:
    boss = signed_in(Role.ADMIN)
    waiting = signed_in(Role.MEMBER, email="sara@company.example")
    waiting.post("/api/v1/keys", json={"name": "Batch"})
    account = waiting.get("/api/v1/auth/me").json()["id"]
    travel(client, add())
    assert client.get("/api/v1/auth/me").json()["id"] == account
    assert waiting.get("/api/v1/auth/me").status_code == 401
    again = waiting.post("/api/v1/auth/sign-in", json={"email": "sara@company.example", "password": PASSWORD})
    assert again.json()["code"] == "wrong-password"
    [linked] = boss.get("/api/v1/audit", params={"act": "identity"}).json()["items"]
    ended = {"password": True, "second_factor": False, "sessions": 1, "keys": 1}
    assert (linked["act"], linked["target"], linked["address"]) == ("identity.linked", account, "testclient")
    assert linked["details"] == {"provider": "Company", "subject": "1", "ended": ended}


def test_who_was_invited_may_come_this_way(
    client: TestClient,
    signed_in: SignedIn,
    add: Callable[..., str],
    installation: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider_id, admin = add(), signed_in(Role.ADMIN)
    monkeypatch.setenv("FLATRENDER_SMTP_URL", "smtp://127.0.0.1:9")
    monkeypatch.setenv("FLATRENDER_MAIL_FROM", "studio@example.com")
    get_settings.cache_clear()
    assert admin.post("/api/v1/people", json={"email": "sara@company.example", "role": "designer"}).status_code == 201
    for comes in (lambda: None, lambda: travel(client, provider_id)):
        comes()
        with installation.system_session() as session:
            courier.fan_out(session, get_settings())
    assert client.get("/api/v1/auth/me").json()["role"] == "designer"
    told = [(each["kind"], each["about"]["name"]) for each in admin.get("/api/v1/notifications").json()["items"]]
    assert told == [("account.joined", "sara")]


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
    provider_id, another = add(), ECKey.generate_key("P-256", {"kid": "one"})
    provider.sign = lambda claims: provider.signed(claims, another)
    assert problem(travel(client, provider_id)) == "provider-failed"
    public = provider.key.as_pem(private=False)
    for algorithm, secret in (("none", b""), ("HS256", provider.secret.encode()), ("HS256", public)):
        provider.sign = lambda claims, made=(algorithm, secret): provider.forged(claims, *made)
        assert problem(travel(client, provider_id)) == "provider-failed", algorithm
        assert client.get("/api/v1/auth/me").status_code == 401


def test_the_address_and_whether_it_is_verified_come_from_one_place(
    client: TestClient, add: Callable[..., str], provider: Provider
) -> None:
    claims = {"sub": "1", "email_verified": True}  # the token names no address, so the provider is asked
    told = {"sub": "1", "email": "Sara@Company.example", "email_verified": True, "name": "Sara Ahmadi"}
    for tells, code in (
        ({**told, "email_verified": False}, "provider-unverified"),
        ({key: value for key, value in told.items() if key != "email_verified"}, "provider-unverified"),
        ({**told, "sub": "2"}, "provider-unverified"),  # of somebody else
        (told, "/jobs"),
    ):
        provider.says, provider.tells = claims, tells
        assert problem(travel(client, add())) == code, tells
        assert client.get("/api/v1/auth/me").is_success == (code == "/jobs")
    assert client.get("/api/v1/auth/me").json()["name"] == "Sara Ahmadi"


def test_an_address_of_a_company_is_no_account_of_it_at_google(
    client: TestClient, add: Callable[..., str], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "GOOGLE", provider.issuer)
    provider_id = add(domains=["company.example"])
    for claims, code in (
        ({}, "provider-domain"),
        ({"hd": "elsewhere.example"}, "provider-domain"),
        ({"hd": "company.example", "email": "sara@elsewhere.example"}, "provider-domain"),
        ({"hd": "company.example"}, "/jobs"),
    ):
        provider.says = {**SARA, **claims}
        assert problem(travel(client, provider_id)) == code, claims
    assert asked_of(client, provider_id)["hd"] == "company.example"


def test_keys_that_changed_are_fetched_once_more_and_else_seldom(
    client: TestClient, add: Callable[..., str], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider_id, described = add(), "/.well-known/openid-configuration"
    provider.asked.clear()
    for _ in range(3):
        travel(client, provider_id)
    assert (provider.asked[described], provider.asked["/keys"], provider.asked["/token"]) == (0, 1, 3)
    monkeypatch.setattr(provider, "key", ECKey.generate_key("P-256", {"kid": "two", "use": "sig"}))
    provider.sign = lambda claims: provider.signed(claims, kid="two")
    assert travel(client, provider_id) == "/jobs"
    assert provider.asked["/keys"] == 2
    began = clock.now()
    clock.use(lambda: began + timedelta(minutes=6))
    try:
        client.get(f"/api/v1/auth/openid/{provider_id}", follow_redirects=False)
    finally:
        clock.use(None)
    assert provider.asked[described] == 1


def test_a_slow_provider_has_one_deadline_for_all(
    client: TestClient, add: Callable[..., str], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider_id = add()
    mine, now = way_back(client, provider_id), [0.0]
    asked: list[float] = []
    monkeypatch.setattr(openid, "_kept", {})
    monkeypatch.setattr(openid, "monotonic", lambda: now[0])
    ask = http.request

    def slow(method: str, url: str, *, seconds: float, **more: Any) -> http.Answer:
        asked.append(seconds)
        now[0] += openid.SECONDS * 0.4
        return ask(method, url, seconds=seconds, **more)

    monkeypatch.setattr(http, "request", slow)
    provider.says, provider.tells = {"sub": "1"}, SARA
    assert back(client, mine) == "provider-failed", "the fourth request has no time left"
    assert [round(seconds / openid.SECONDS, 1) for seconds in asked] == [1.0, 0.6, 0.2, -0.2]


def test_who_comes_back_is_counted(
    client: TestClient, add: Callable[..., str], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider_id = add()
    mine, kept = way_back(client, provider_id), client.cookies["fr_journey"]
    assert back(client, mine) == "/"
    provider.asked.clear()
    for _ in range(3):
        client.cookies.set("fr_journey", kept, path="/")
        assert back(client, mine) == "provider-stale", "a journey ends once, also for who keeps its cookie"
        client.cookies.clear()
    assert provider.asked["/token"] == 0
    again = way_back(client, provider_id)
    monkeypatch.setattr("flatrender.api.openid.JOURNEYS", 1)
    assert back(client, again) == "rate-limited"
    assert provider.asked["/token"] == 0, "nothing was asked of the provider"


def test_the_way_back_is_for_the_browser_that_left(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str], provider: Provider
) -> None:
    provider_id = add()

    def way(browser: TestClient) -> str:
        return way_back(browser, provider_id)

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
    boss = signed_in(Role.ADMIN)
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
    boss = signed_in(Role.ADMIN)
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


def test_a_sites_administrator_cannot_become_its_owner(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str], provider: Provider
) -> None:
    admin = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    before = add(admin)  # nobody there may do more
    visitor = TestClient(client.app, base_url="http://other.test")
    provider.says |= {"sub": "2", "email": "reza@company.example"}
    assert travel(visitor, before) == "/jobs"
    reza = visitor.get("/api/v1/auth/me").json()["id"]
    visitor.cookies.clear()
    owner = signed_in(Role.OWNER, email="sara@company.example", tenant=OTHER_TENANT)
    wish = {"name": "Mine", "issuer": provider.issuer, "client_id": provider.client, "client_secret": provider.secret}
    refused = admin.post("/api/v1/sites/mine/providers", json=wish)
    assert (refused.status_code, refused.json()["code"]) == (403, "owners-alone")
    owner.patch(f"/api/v1/people/{reza}", json={"role": "owner"})
    assert problem(travel(visitor, before)) == "no-account", "who was linked before"
    provider.says = dict(SARA)
    assert problem(travel(visitor, before)) == "no-account", "who was not"
    owners = add(owner, domains=["elsewhere.example"])
    for refused in (
        admin.patch(f"/api/v1/sites/mine/providers/{owners}", json={"domains": []}),
        admin.delete(f"/api/v1/sites/mine/providers/{owners}"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "owners-alone")
    assert problem(travel(visitor, owners)) == "provider-domain"
    assert visitor.get("/api/v1/auth/me").status_code == 401
    owner.patch(f"/api/v1/sites/mine/providers/{owners}", json={"domains": []})
    assert travel(visitor, owners) == "/jobs"
    assert visitor.get("/api/v1/auth/me").json()["role"] == "owner"


def test_no_provider_gets_the_code_of_another(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str], provider: Provider
) -> None:
    """The mix-up: an administrator's provider sends people on to the house's, into a journey of the administrator."""
    houses, boss = add(), signed_in(Role.ADMIN)
    with openid_provider() as evil:
        wish = {"name": "Own", "issuer": evil.issuer, "client_id": evil.client, "client_secret": evil.secret}
        own = add(admin=boss, **wish)
        listed = boss.get("/api/v1/sites/mine/providers").json()["items"]
        addresses = {each["id"]: each["redirect_uri"] for each in listed}
        begun, followed = asked_of(boss, houses), asked_of(client, own)
        assert (begun["redirect_uri"], followed["redirect_uri"]) == (addresses[houses], addresses[own])
        assert addresses[houses] == f"http://testserver/api/v1/auth/openid/{houses}/back"
        provider.says["email"] = "platform_admin@example.com"
        assert back(client, provider.agree({**begun, "state": followed["state"]})) == "provider-stale"
        assert evil.given == []
    assert client.get("/api/v1/auth/me").status_code == 401


def test_the_way_back_may_say_who_sent_it(client: TestClient, add: Callable[..., str], provider: Provider) -> None:
    def came(provider_id: str, **says: str) -> str:
        return back(client, f"{way_back(client, provider_id)}&{urlencode(says)}")

    provider_id = add()
    assert came(provider_id, iss="https://accounts.google.com") == "provider-failed"
    assert came(provider_id, iss=provider.issuer) == "/"
    provider.more = {"authorization_response_iss_parameter_supported": True}
    provider_id = add()
    assert came(provider_id) == "provider-failed", "it says that it names itself, and does not"
    assert came(provider_id, iss=provider.issuer) == "/"


def test_no_key_changes_how_people_sign_in(client: TestClient, signed_in: SignedIn, add: Callable[..., str]) -> None:
    boss = signed_in(Role.ADMIN)
    own, sara = add(admin=boss), signed_in(email="sara@example.com").get("/api/v1/auth/me").json()["id"]
    key = boss.post("/api/v1/keys", json={"name": "Batch", "scopes": ["site"]}).json()["secret"]
    client.headers["Authorization"] = f"Bearer {key}"
    wish = {"name": "X", "issuer": "https://company.example", "client_id": "x", "client_secret": "x"}
    for method, path, body in (
        ("POST", "/sites/mine/providers", wish),
        ("PATCH", f"/sites/mine/providers/{own}", {"client_secret": "x"}),
        ("DELETE", f"/sites/mine/providers/{own}", None),
        ("PATCH", f"/people/{sara}", {"role": "admin"}),
        ("POST", "/people", {"email": "reza@example.com", "role": "admin"}),
    ):
        refused = client.request(method, f"/api/v1{path}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "not-for-keys"), path
    assert client.get("/api/v1/sites/mine/providers").json()["items"][0]["id"] == own
    assert client.patch(f"/api/v1/people/{sara}", json={"active": False}).json()["active"] is False


def test_who_has_no_password_here_proves_it_by_coming_in_again(client: TestClient, add: Callable[..., str]) -> None:
    provider_id = add()
    travel(client, provider_id)
    assert client.get("/api/v1/auth/me").json()["provider"] == "Company"
    assert client.post("/api/v1/auth/second-factor/begin", json={}).status_code == 200
    began = clock.now()
    clock.use(lambda: began + timedelta(minutes=6))
    try:
        late = client.post("/api/v1/auth/delete", json={})
    finally:
        clock.use(None)
    told = late.json()
    assert (late.status_code, told["code"], told["field"]) == (422, "sign-in-again", "password")
    assert "Sign in with Company again" in told["detail"]
    travel(client, provider_id)
    assert client.post("/api/v1/auth/delete", json={}).json() == {"next": "/sign-in?done=deleted"}


def test_one_sites_provider_opens_no_other_site(
    client: TestClient, signed_in: SignedIn, add: Callable[..., str]
) -> None:
    provider_id = add()
    other = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    assert other.get("/api/v1/auth/openid").json() == {"items": []}
    assert other.get(f"/api/v1/auth/openid/{provider_id}", follow_redirects=False).status_code == 404
    left = client.get(f"/api/v1/auth/openid/{provider_id}", follow_redirects=False)
    address = httpx.get(left.headers["location"]).headers["location"].replace("testserver", "other.test")
    elsewhere = TestClient(client.app, base_url="http://other.test")
    elsewhere.cookies.set("fr_journey", client.cookies["fr_journey"], path="/")
    back = elsewhere.get(address, follow_redirects=False)
    assert problem(back.headers["location"]) == "no-provider"
