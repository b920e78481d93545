"""Sites over HTTP: by host and by X-App, suspended, white-labelled; domains that DNS proves."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlmodel import col, select

from flatrender.access import audit
from flatrender.access.models import AuditEntry, Role
from flatrender.api.app import create_api
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import NotFound
from flatrender.notifications import courier
from flatrender.settings import get_settings
from flatrender.tenants import domains
from flatrender.tenants import service as tenants
from flatrender.tenants.models import TenantDomain
from flatrender.ui import look
from flatrender.ui.gate import Gate
from tests.api.conftest import PASSWORD, SignedIn
from tests.dns_server import name_server
from tests.installation import OTHER_TENANT

NORTH = {"slug": "north", "name": "North Films", "color": "#0E7C86", "admin_email": "sara@north.example"}


def site_of(browser: TestClient) -> dict[str, Any]:
    return dict(browser.get("/api/v1/sites/mine").json())


@pytest.fixture
def pages(installation: Database) -> Iterator[TestClient]:
    """The web process without Reflex: what stands before its pages."""
    api = create_api(Gate)
    api.include_router(look.router)
    with TestClient(api, base_url="http://testserver") as client:
        yield client


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 200)) -> bytes:
    written = io.BytesIO()
    Image.new("RGBA" if kind != "JPEG" else "RGB", size, "teal").save(written, kind)
    return written.getvalue()


def test_a_site_is_opened_and_its_administrator_gets_in(house: TestClient, client: TestClient) -> None:
    made = house.post("/api/v1/sites", json=NORTH)
    assert made.status_code == 201, made.text
    site, admin = made.json()["site"], made.json()["admin"]
    assert site["address"] == "http://north.localhost:8000"
    assert site["brand"]["solid"] == "#0E7C86"
    entered = client.post("http://north.localhost/api/v1/auth/sign-in", json=admin)
    assert entered.status_code == 200, entered.text
    mine = client.get("http://north.localhost/api/v1/sites/mine").json()
    assert (mine["id"], mine["name"], mine["domains"]) == (site["id"], "North Films", [])
    listed = house.get("/api/v1/sites").json()["items"]
    assert [(each["slug"], each["users"]) for each in listed] == [("default", 1), ("north", 1)]


def test_a_short_name_is_told_to_be_free_before_the_site_is_opened(house: TestClient, signed_in: SignedIn) -> None:
    def asked(slug: str, who: TestClient = house) -> tuple[int, str, str]:
        answer = who.get("/api/v1/short-names", params={"slug": slug})
        return answer.status_code, answer.json().get("code", ""), answer.json().get("field", "")

    assert asked(" North ") == (200, "", "")
    assert house.post("/api/v1/sites", json=NORTH).status_code == 201
    assert asked("north") == (409, "slug-taken", "slug")
    assert asked("admin") == (422, "reserved", "slug")
    assert asked("Bad Name!") == (422, "slug-invalid", "slug")
    assert asked("north", signed_in(Role.OWNER))[0] == 403, "names of sites are the house's matter"


def test_a_site_that_cannot_be_is_refused_whole(house: TestClient) -> None:
    for change, field in (
        ({"slug": "x"}, "slug"),
        ({"slug": "www"}, "slug"),
        ({"name": " "}, "name"),
        ({"color": "teal"}, "solid"),
        ({"admin_email": "nobody"}, "admin_email"),
    ):
        refused = house.post("/api/v1/sites", json={**NORTH, **change})
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert len(house.get("/api/v1/sites").json()["items"]) == 1


def test_hosts_lead_to_sites(house: TestClient, client: TestClient) -> None:
    house.post("/api/v1/sites", json=NORTH)
    for host in ("testserver", "localhost:8000", "127.0.0.1", "[::1]:8000", "north.localhost", "NORTH.localhost."):
        assert client.get("/api/v1/templates", headers={"Host": host}).status_code == 200, host
    for host in ("unknown.example", "south.localhost", "www.localhost", "north.localhost.evil.test", "a b", "x/@y"):
        answer = client.get("/api/v1/templates", headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-host"), host


def test_one_site_alone_answers_to_every_name_until_an_address_is_set(
    client: TestClient, house: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLATRENDER_HOSTS")
    get_settings.cache_clear()
    assert client.get("/api/v1/templates", headers={"Host": "studio.lan"}).status_code == 200
    house.post("/api/v1/sites", json=NORTH, headers={"Host": "localhost"})
    with_name = house.post(
        "http://localhost/api/v1/auth/sign-in", json={"email": "platform_admin@example.com", "password": PASSWORD}
    )
    assert with_name.status_code == 200
    house.post("http://localhost/api/v1/sites", json=NORTH)
    assert client.get("/api/v1/templates", headers={"Host": "studio.lan"}).status_code == 404


def test_programs_name_a_site_by_header(house: TestClient, client: TestClient) -> None:
    admin = house.post("/api/v1/sites", json=NORTH).json()["admin"]
    house.post("/api/v1/sites", json={"slug": "south", "name": "South"})
    app = {"X-App": "north"}
    assert client.post("/api/v1/auth/sign-in", json=admin).status_code == 401
    assert client.post("/api/v1/auth/sign-in", json=admin, headers=app).status_code == 200
    assert client.get("/api/v1/auth/me", headers=app).json()["email"] == "sara@north.example"
    assert client.get("/api/v1/auth/me").status_code == 401, "without the header it is the default site"
    for host, name in (("testserver", "nowhere"), ("north.localhost", "south"), ("north.localhost", "default")):
        answer = client.get("/api/v1/templates", headers={"Host": host, "X-App": name})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-app"), (host, name)


def test_a_forwarded_host_counts_from_trusted_proxies_alone(
    house: TestClient, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = house.post("/api/v1/sites", json=NORTH).json()["admin"]
    forged = {"X-Forwarded-Host": "north.localhost"}
    assert client.post("/api/v1/auth/sign-in", json=admin, headers=forged).status_code == 401
    monkeypatch.setenv("FLATRENDER_TRUSTED_PROXIES", "10.0.0.0/8")
    get_settings.cache_clear()
    with TestClient(client.app, base_url="http://testserver", client=("10.0.0.7", 5000)) as proxy:
        assert proxy.post("/api/v1/auth/sign-in", json=admin, headers=forged).status_code == 200
        # A visitor's own word stands first; the proxy's last.
        both = {"X-Forwarded-Host": "testserver, north.localhost"}
        assert proxy.get("/api/v1/auth/me", headers=both).status_code == 200
        assert proxy.get("/api/v1/auth/me").status_code == 401
    with TestClient(client.app, base_url="http://testserver", client=("192.0.2.1", 5000)) as stranger:
        assert stranger.post("/api/v1/auth/sign-in", json=admin, headers=forged).status_code == 401


def test_a_suspended_site_says_so_and_loses_nothing(house: TestClient, client: TestClient, pages: TestClient) -> None:
    made = house.post("/api/v1/sites", json=NORTH).json()
    client.post("http://north.localhost/api/v1/auth/sign-in", json=made["admin"])
    site = f"/api/v1/sites/{made['site']['id']}"
    assert house.post(f"{site}/suspend", json={"reason": "unpaid"}).json()["suspended_reason"] == "unpaid"
    for path in ("/api/v1/templates", "/api/v1/auth/me", "/api/v1/events"):
        refused = client.get(f"http://north.localhost{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "site-suspended"), path
        assert "unpaid" not in refused.text
    page = pages.get("/projects", headers={"Host": "north.localhost", "Accept-Language": "fa-IR"})
    assert page.status_code == 403
    assert 'dir="rtl"' in page.text and "بسته است" in page.text and "FlatRender" not in page.text
    assert house.post(f"{site}/resume").status_code == 200
    assert client.get("http://north.localhost/api/v1/auth/me").status_code == 200
    house.post(f"{site}/suspend")
    assert "Closed for the moment" in pages.get("/", headers={"Host": "north.localhost"}).text
    house.patch(site, json={"language": "fa", "languages": ["fa"]})
    shut = pages.get("/", headers={"Host": "north.localhost", "Accept-Language": "en"})
    assert 'lang="fa"' in shut.text and "Closed" not in shut.text, "a site says it in a language of its own"
    refused = house.post(f"/api/v1/sites/{DEFAULT_TENANT}/suspend")
    assert (refused.status_code, refused.json()["code"]) == (409, "default-site")


def test_an_unknown_host_gets_a_page(pages: TestClient) -> None:
    page = pages.get("/", headers={"Host": "unknown.example"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "No site here" in page.text and "FlatRender" not in page.text
    assert pages.get("/tenant.css", headers={"Host": "unknown.example"}).status_code == 404
    assert pages.get("/health", headers={"Host": "unknown.example"}).status_code == 200


def test_a_brand_reaches_the_pages_before_they_paint(house: TestClient, pages: TestClient) -> None:
    made = house.post("/api/v1/sites", json=NORTH).json()["site"]
    site, north = f"/api/v1/sites/{made['id']}", {"Host": "north.localhost"}
    assert "--tenant-solid:#0E7C86" in pages.get("/tenant.css", headers=north).text
    assert "--tenant" not in pages.get("/tenant.css").text
    facts = pages.get("/tenant.js", headers=north).text
    assert '"name": "North Films"' in facts and "FlatRender" not in facts
    assert ">N<" in pages.get("/tenant-icon", headers=north).text
    described = house.get("/api/openapi.json", headers=north)
    assert described.json()["info"]["title"] == "North Films" and "FlatRender" not in described.text
    changed = house.patch(site, json={"languages": ["fa"], "language": "fa", "name": "</script><b>شمال"})
    assert changed.status_code == 200, changed.text
    facts = pages.get("/tenant.js", headers=north).text
    assert "</script>" not in facts and '"languages": ["fa"]' in facts
    assert "&lt;" in pages.get("/tenant-icon", headers=north).text


def test_a_change_that_cannot_be_leaves_all_as_it_was(house: TestClient) -> None:
    before = house.get("/api/v1/sites/mine").json()
    for change, field in (
        ({"brand": {"on_solid": "#0E7C86"}}, "on_solid"),
        ({"languages": []}, "languages"),
        ({"languages": ["fa"], "language": "en"}, "language"),
        ({"terms_url": "javascript:alert(1)"}, "terms_url"),
        ({"sign_up_domains": ["not a domain"]}, "sign_up_domains"),
    ):
        refused = house.patch("/api/v1/sites/mine", json={"name": "Changed", **change})
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert house.get("/api/v1/sites/mine").json() == before


def test_a_logo_is_written_anew(house: TestClient, pages: TestClient) -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        assert house.put("/api/v1/sites/mine/logo", content=picture(kind)).status_code == 200
    shown = pages.get("/tenant-logo")
    with Image.open(io.BytesIO(shown.content)) as image:
        assert (image.format, image.size) == ("PNG", (640, 142))
    told = house.put("/api/v1/sites/mine/icon", content=picture(size=(300, 300))).json()
    assert told["pictures"]["icon"] and pages.get("/tenant.js").text.count(told["pictures"]["icon"]) == 1
    flat = house.put("/api/v1/sites/mine/icon", content=picture(size=(600, 160)))
    assert (flat.status_code, flat.json()["code"], flat.json()["field"]) == (422, "icon-not-square", "file")
    assert (
        "600 × 160" in flat.json()["detail"] and house.get("/api/v1/sites/mine").json()["pictures"] == told["pictures"]
    )
    assert pages.get("/tenant-icon").headers["content-type"] == "image/png"
    assert house.delete("/api/v1/sites/mine/logo").json()["logo"] is False
    assert pages.get("/tenant-logo").status_code == 404


def test_a_logo_is_never_decoded_in_this_process(house: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = picture("PNG") + b"a stranger's bytes"
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("decoded in the web process"))
    assert house.put("/api/v1/sites/mine/logo", content=sent).status_code == 200
    [kept] = get_settings().storage_dir.glob("brand/*/*.png")
    assert b"stranger" not in kept.read_bytes()


def test_a_logo_that_is_no_picture_is_refused(house: TestClient) -> None:
    for data, code in (
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "svg"),
        (b'\n<?xml version="1.0"?><svg onload="alert(1)"/>', "svg"),
        (b"not a picture", "no-picture"),
        (picture()[:200], "bad-file"),
        (b"x" * (2 * 1024 * 1024 + 1), "too-large"),
    ):
        refused = house.put("/api/v1/sites/mine/logo", content=data)
        assert (refused.status_code, refused.json()["code"]) == (413 if code == "too-large" else 422, code)


@pytest.mark.parametrize("installation", ["sqlite", "postgresql"], indirect=True)
def test_who_loses_a_domain_to_another_site_hears_of_it(
    installation: Database, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = signed_in(Role.PLATFORM_ADMIN)
    loser = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    people = signed_in(email="member@other.test", tenant=OTHER_TENANT)
    with installation.tenant_session(OTHER_TENANT) as session:
        domains.get(session, "other.test").main = False
    lost = loser.post("/api/v1/sites/mine/domains", json={"name": "films.example"}).json()
    won = house.post("/api/v1/sites/mine/domains", json={"name": "films.example"}).json()
    records = {lost["record"]["name"]: [lost["record"]["value"]]}
    with name_server(records) as server:
        monkeypatch.setenv("FLATRENDER_DNS_SERVERS", server)
        get_settings.cache_clear()
        assert loser.post(f"/api/v1/sites/mine/domains/{lost['id']}/prove").json()["main"]
        records[won["record"]["name"]] = [won["record"]["value"]]
        assert house.post(f"/api/v1/sites/mine/domains/{won['id']}/prove").is_success
    now = {each["name"]: (bool(each["proven_at"]), each["main"]) for each in site_of(loser)["domains"]}
    assert now == {"films.example": (False, False), "other.test": (True, True)}
    assert site_of(loser)["address"] == "https://other.test"
    [told] = loser.get("/api/v1/audit?act=domain.lost").json()["items"]
    assert (told["label"], told["details"]) == ("films.example", {"main": "other.test"})
    assert (told["actor_id"], told["actor"], told["address"]) == ("", "", ""), "who did it is another site's matter"
    assert house.get("/api/v1/audit?act=domain.lost").json()["items"] == []
    with installation.system_session() as session:
        courier.fan_out(session, get_settings())
    news = [
        [(each["kind"], each["about"], each["href"]) for each in browser.get("/api/v1/notifications").json()["items"]]
        for browser in (loser, people, house)
    ]
    assert news == [[("domain.lost", {"name": "films.example"}, "/site")], [], []]


@pytest.mark.parametrize("installation", ["sqlite", "postgresql"], indirect=True)
def test_a_domain_is_not_lost_to_nobody(installation: Database, signed_in: SignedIn) -> None:
    """Who would get it takes the claim back while the record of who has it is looked for."""
    house, holder = (
        signed_in(Role.PLATFORM_ADMIN),
        signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT),
    )
    claim = house.post("/api/v1/sites/mine/domains", json={"name": "other.test"}).json()

    class Records:
        def __init__(self) -> None:
            self.answers = iter([[claim["record"]["value"]], []])

        def of(self, name: str) -> list[str]:
            if not (answer := next(self.answers)):
                assert house.delete(f"/api/v1/sites/mine/domains/{claim['id']}").is_success
            return answer

    with pytest.raises(NotFound):
        domains.establish(installation, DEFAULT_TENANT, claim["id"], Records(), at_loser=audit.note_lost_domain)
    assert {each["name"]: (bool(each["proven_at"]), each["main"]) for each in site_of(holder)["domains"]} == {
        "other.test": (True, True)
    }
    assert holder.get("/api/v1/audit?act=domain.lost").json()["items"] == []


def test_a_domain_leads_to_its_site_once_dns_says_so(
    house: TestClient, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    north = house.post("/api/v1/sites", json=NORTH).json()["site"]["id"]
    south = house.post("/api/v1/sites", json={"slug": "south", "name": "South"}).json()["site"]["id"]
    claims = {
        site: house.post(f"/api/v1/sites/{site}/domains", json={"name": "films.example"}).json()
        for site in (north, south)
    }
    ask = {"params": {"domain": "films.example"}}
    records: dict[str, list[str]] = {}
    with name_server(records) as server:
        monkeypatch.setenv("FLATRENDER_DNS_SERVERS", server)
        get_settings.cache_clear()

        def prove(site: str) -> tuple[int, str]:
            answer = house.post(f"/api/v1/sites/{site}/domains/{claims[site]['id']}/prove")
            return answer.status_code, answer.json().get("code", "")

        assert prove(north) == (422, "domain-unproven")
        assert client.get("/api/v1/domains/ask", **ask).status_code == 404
        records[claims[north]["record"]["name"]] = ["v=spf1 -all", claims[north]["record"]["value"]]
        assert prove(south) == (422, "domain-unproven"), "another site's record proves nothing"
        assert client.get("/api/v1/templates", headers={"Host": "films.example"}).status_code == 404
        assert prove(north) == (200, "")
        name, theirs = claims[south]["record"]["name"], claims[south]["record"]["value"]
        records[name] = [theirs, claims[north]["record"]["value"]]
        assert prove(south) == (409, "domain-taken"), "the first keeps it as long as its record is there"
        records[name] = [theirs]
        assert prove(south) == (200, ""), "a name that changed hands"
        assert [each["proven_at"] for each in house.get(f"/api/v1/sites/{north}").json()["domains"]] == [None]
        records[name] = [claims[north]["record"]["value"]]
        assert prove(north) == (200, "")
    assert client.get("/api/v1/templates", headers={"Host": "films.example"}).status_code == 200
    assert client.get("/api/v1/domains/ask", **ask).status_code == 200
    site = house.get(f"/api/v1/sites/{north}").json()
    assert (site["address"], [each["main"] for each in site["domains"]]) == ("https://films.example", [True])
    assert site["own_address"] == "http://north.localhost:8000"
    assert client.get("/api/v1/templates", headers={"Host": "north.localhost"}).status_code == 200
    house.post(f"/api/v1/sites/{north}/suspend")
    assert client.get("/api/v1/domains/ask", **ask).status_code == 404
    house.delete(f"/api/v1/sites/{north}/domains/{claims[north]['id']}")
    assert client.get("/api/v1/templates", headers={"Host": "films.example"}).status_code == 404


@pytest.mark.parametrize("installation", ["sqlite", "postgresql"], indirect=True)
def test_a_site_that_gives_up_its_main_domain_has_another(installation: Database, signed_in: SignedIn) -> None:
    house, first = signed_in(Role.PLATFORM_ADMIN), datetime(2026, 11, 1, tzinfo=UTC)
    signed_in(Role.OWNER, email="boss@other.test", tenant=OTHER_TENANT)
    address = f"/api/v1/sites/{OTHER_TENANT}"
    with installation.tenant_session(OTHER_TENANT) as session:
        for name, day in (("a.example", None), ("c.example", 2), ("b.example", 1), ("d.example", 3)):
            proven = None if day is None else first + timedelta(days=day)
            session.add(TenantDomain(name=name, token=name, proven_at=proven))

    def gone(name: str) -> list[str]:
        [chosen] = [each["id"] for each in house.get(address).json()["domains"] if each["name"] == name]
        assert house.delete(f"{address}/domains/{chosen}").status_code == 204
        return [each["name"] for each in house.get(address).json()["domains"] if each["main"]]

    assert gone("c.example") == ["other.test"], "it was not the main one"
    assert gone("other.test") == ["b.example"]
    assert house.get(address).json()["address"] == "https://b.example"
    assert gone("b.example") == ["d.example"]
    assert gone("d.example") == [], "one that is not proven leads nowhere"
    with installation.tenant_session(OTHER_TENANT, read_only=True) as session:
        told = session.exec(select(AuditEntry).where(AuditEntry.act == "domain.removed").order_by(col(AuditEntry.id)))
        assert [(each.label, each.details) for each in told] == [
            ("c.example", {}),
            ("other.test", {"main": "b.example"}),
            ("b.example", {"main": "d.example"}),
            ("d.example", {}),
        ]


def test_no_certificate_is_asked_for_in_other_names(client: TestClient) -> None:
    for domain in ("unknown.example", "127.0.0.1", "localhost", "", "a b", "x" * 299):
        assert client.get("/api/v1/domains/ask", params={"domain": domain}).status_code == 404, domain


def test_sites_of_others_are_not_there(signed_in: SignedIn) -> None:
    signed_in(email="first@other.test", tenant=OTHER_TENANT)
    admin, user = signed_in(Role.ADMIN), signed_in()
    for method, path in (("GET", ""), ("PATCH", ""), ("PUT", "/logo"), ("POST", "/domains"), ("POST", "/suspend")):
        answer = admin.request(method, f"/api/v1/sites/{OTHER_TENANT}{path}", json={"name": "x.example"})
        assert answer.status_code == 404, (method, path, answer.text)
    assert admin.get("/api/v1/sites").status_code == 403
    assert admin.get("/api/v1/sites/mine").status_code == 200
    assert user.get("/api/v1/sites/mine").status_code == 403


def test_sign_up_may_be_for_some_organisations(house: TestClient, client: TestClient, installation: Database) -> None:
    assert house.patch("/api/v1/sites/mine", json={"sign_up_domains": ["@North.example"]}).status_code == 200
    account = {"password": PASSWORD, "name": ""}
    refused = client.post("/api/v1/auth/sign-up", json={**account, "email": "a@north.example.evil.test"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-invited")
    assert client.post("/api/v1/auth/sign-up", json={**account, "email": "a@NORTH.example"}).status_code == 201
    with installation.system_session(read_only=True) as session:
        assert tenants.get(session, "default").sign_up_domains == ["north.example"]
