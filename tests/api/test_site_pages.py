"""A site's own fonts, sender, first page and legal pages over HTTP, as its pages and letters get them."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from fastapi.testclient import TestClient
from fontTools.ttLib import TTFont

from flatrender.access.audit import Act
from flatrender.access.models import Role
from flatrender.api.app import create_api
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.notifications import courier
from flatrender.settings import get_settings
from flatrender.tenants.models import TenantDomain
from flatrender.tenants.typefaces import SCRIPTS
from flatrender.ui import look
from tests.api.conftest import SignedIn
from tests.api.test_sites import picture
from tests.fonts import square_font
from tests.mail_server import mail_server
from tests.servers import free_port
from workers import sweep

LETTERS = "".join({letter: "" for script in SCRIPTS.values() for letter in script.letters})
MINE = "/api/v1/sites/mine"


@pytest.fixture
def boss(signed_in: SignedIn) -> TestClient:
    return signed_in(Role.ADMIN)


@pytest.fixture
def pages(installation: Database) -> Iterator[TestClient]:
    api = create_api()
    api.include_router(look.router)
    with TestClient(api, base_url="http://testserver") as client:
        yield client


def test_fonts_of_a_site_are_written_anew_and_served(
    boss: TestClient, pages: TestClient, installation: Database
) -> None:
    for script, sent, weight in (
        ("latin", square_font("Northern", LETTERS, weight=600), 600),
        ("persian", square_font("Shomal", LETTERS, flavor="woff2"), 400),
    ):
        told = boss.put(f"{MINE}/fonts/{script}", content=sent)
        assert told.status_code == 200, told.text
        assert told.json()["fonts"][script]["weights"] == [weight, weight]
    css = pages.get("/tenant.css").text
    assert '--tenant-font-latin:"site-latin","Inter"' in css and "font-weight:600;" in css
    [address] = [each for each in pages.get("/tenant.js").text.split('"') if each.startswith("/tenant-font/persian")]
    assert address in css
    served = pages.get(address)
    assert (served.headers["content-type"], "immutable" in served.headers["cache-control"]) == ("font/woff2", True)
    assert TTFont(io.BytesIO(served.content))["name"].getDebugName(1) == "Shomal"
    assert "immutable" not in pages.get("/tenant-font/persian?v=old").headers["cache-control"]
    assert boss.get(f"{MINE}/fonts/persian").content == served.content
    assert sweep.unnamed(installation, "brand", timedelta(days=-1)) == 0, "housekeeping leaves what a site shows"
    for script in SCRIPTS:
        assert boss.delete(f"{MINE}/fonts/{script}").status_code == 200
    assert sweep.unnamed(installation, "brand", timedelta(days=-1)) == 2, "nobody uses them any more"
    assert "@font-face" not in pages.get("/tenant.css").text
    assert pages.get(address).status_code == boss.get(f"{MINE}/fonts/latin").status_code == 404
    entries = boss.get("/api/v1/audit", params={"act": Act.SITE_CHANGED}).json()["items"]
    assert [each["details"] for each in reversed(entries)][:2] == [
        {"fonts.latin": ["", "Northern"]},
        {"fonts.persian": ["", "Shomal"]},
    ]


def test_what_is_no_font_for_pages_is_refused(boss: TestClient) -> None:
    whole = square_font("Northern", LETTERS)
    packed = square_font("Northern", LETTERS, flavor="woff2")
    for script, data, code in (
        ("latin", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no-font"),
        ("latin", whole[: len(whole) // 2], "bad-file"),
        ("latin", packed[:100], "bad-file"),
        ("latin", packed[:16] + b"\xff" * 4 + packed[20:], "too-large"),  # it would unfold into 4 GB
        ("persian", square_font("Northern"), "letters-missing"),
        ("latin", b"x" * (2 * 1024 * 1024 + 1), "too-large"),
    ):
        refused = boss.put(f"{MINE}/fonts/{script}", content=data)
        assert (refused.status_code, refused.json()["code"]) == (413 if code == "too-large" else 422, code), code
    assert boss.put(f"{MINE}/fonts/greek", content=whole).status_code == 422
    assert boss.get(MINE).json()["fonts"] == {}


def test_the_first_page_and_legal_pages_are_kept(boss: TestClient, pages: TestClient) -> None:
    landing = {"on": True, "texts": {"en": {"headline": "Films for gardens"}}, "link": "/sign-up"}
    told = boss.patch(MINE, json={"landing": landing, "legal": {"imprint": {"fa": "# شناسنامه"}}})
    assert told.status_code == 200, told.text
    assert told.json()["landing"]["texts"]["en"] == {"headline": "Films for gardens", "text": "", "action": ""}
    assert boss.get(MINE).json()["legal"]["imprint"] == {"fa": "# شناسنامه"}
    assert "legal" not in boss.get("/api/v1/sites/mine").json()["landing"]
    boss.patch(MINE, json={"terms_url": "https://north.example/terms"})
    facts = pages.get("/tenant.js").text
    build = pages.get("/tenant-build")
    assert (build.headers["cache-control"], len(build.text)) == ("no-store", 16)
    assert f'window.flatrenderBuild??="{build.text}"' in facts, "what a page is compared with that was loaded before"
    assert '"imprint": "/legal/imprint"' in facts and '"terms": "https://north.example/terms"' in facts
    assert boss.put(f"{MINE}/landing", content=picture("JPEG")).json()["landing"]["picture"]
    assert pages.get("/tenant-landing").headers["content-type"] == "image/webp"
    assert boss.get(f"{MINE}/pictures/landing").status_code == 200
    assert boss.delete(f"{MINE}/landing").json()["landing"]["picture"] == ""
    assert pages.get("/tenant-landing").status_code == 404
    refused = boss.patch(MINE, json={"landing": {"templates": ["0" * 32]}})
    assert (refused.status_code, refused.json()["field"]) == (422, "landing.templates")
    assert boss.patch(MINE, json={"legal": {"terms": {"de": "x"}}}).status_code == 422


def test_letters_wear_the_sites_logo_and_fonts(
    boss: TestClient, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(free_port()) as mailbox:
        monkeypatch.setenv("FLATRENDER_SMTP_URL", mailbox.url)
        monkeypatch.setenv("FLATRENDER_MAIL_FROM", "no-reply@house.example")
        get_settings.cache_clear()

        def parts() -> dict[str, EmailMessage]:
            boss.post("/api/v1/auth/forgot", json={"email": "admin@example.com"})
            courier.deliver(installation)
            return {part.get_content_type(): part for part in mailbox.letters[-1].walk()}

        plain = parts()
        assert "image/png" not in plain and "@font-face" not in plain["text/html"].get_content()
        assert boss.put(f"{MINE}/logo", content=picture()).status_code == 200
        assert boss.put(f"{MINE}/fonts/latin", content=square_font("Northern", LETTERS)).status_code == 200
        worn = parts()
    html, logo = worn["text/html"].get_content(), worn["image/png"]
    assert 'src="cid:logo"' in html and logo["Content-ID"] == "<logo>"
    assert logo.get_content() == boss.get(f"{MINE}/pictures/logo").content
    assert re.search(r"url\(https?://[\w.:]+/tenant-font/latin\?v=\w+\)", html)


def test_letters_come_from_the_site(boss: TestClient, installation: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = {"sender_name": "North\r\nBcc: all@c.example", "sender_address": "hello@mail.north.example"}
    with mail_server(free_port()) as mailbox:
        monkeypatch.setenv("FLATRENDER_SMTP_URL", mailbox.url)
        monkeypatch.setenv("FLATRENDER_MAIL_FROM", "no-reply@house.example")
        get_settings.cache_clear()

        def letter() -> tuple[str, str, str]:
            boss.post("/api/v1/auth/forgot", json={"email": "admin@example.com"})
            courier.deliver(installation)
            last = mailbox.letters[-1]
            assert last["Bcc"] is None
            return (
                str(last["From"].addresses[0].display_name),
                str(last["From"].addresses[0].addr_spec),
                last["Reply-To"],
            )

        house = "no-reply@house.example"
        assert letter() == ("FlatRender", house, None)
        told = boss.patch(MINE, json=sender).json()
        assert told["sends_as"] == house
        name = "North Bcc: all@c.example"
        assert letter() == (name, house, "hello@mail.north.example"), "its domain is not proven"
        with installation.tenant_session(DEFAULT_TENANT) as session:
            claimed = TenantDomain(name="north.example", token="x")
            session.add(claimed)
        assert letter()[1] == house, "a claim is no proof"
        with installation.tenant_session(DEFAULT_TENANT) as session:
            session.add(claimed)
            claimed.proven_at = claimed.created_at
        assert letter() == (name, "hello@mail.north.example", None)
        boss.patch(MINE, json={"sender_address": "hello@evilnorth.example", "reply_to": "desk@north.example"})
        assert letter() == (name, house, "desk@north.example")
        monkeypatch.setenv("FLATRENDER_MAIL_SENDERS", "any")
        get_settings.cache_clear()
        assert boss.get(MINE).json()["sends_as"] == "hello@evilnorth.example"
    refused = boss.patch(MINE, json={"reply_to": "a@b.example\nBcc: all@c.example"})
    assert (refused.status_code, refused.json()["field"]) == (422, "reply_to")
