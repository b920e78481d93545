"""The bell: who is told of what, once, live and by letter; what they chose; nobody reads another's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from flatrender.access import accounts
from flatrender.access.models import Role, User
from flatrender.core import outbox
from flatrender.core.bus import get_bus
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.notifications import courier, inbox, mails
from flatrender.notifications.models import Delivery
from flatrender.settings import get_settings
from flatrender.templates.service import PUBLISHED
from flatrender.tenants import usage
from flatrender.ui.catalogues import LANGUAGES, catalogue
from tests.api.conftest import SignedIn, client, quick_passwords, signed_in
from tests.deadline import until
from tests.installation import OTHER_TENANT, installed

__all__ = ["client", "quick_passwords", "signed_in"]
Json = dict[str, Any]


@pytest.fixture
def installation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Letters are written, and stay where they wait. On PostgreSQL where a test says so."""
    names = {"FLATRENDER_SMTP_URL": "smtp://127.0.0.1:9", "FLATRENDER_MAIL_FROM": "studio@example.com"}
    names["SLACK_BOT_TOKEN"] = "-".join(("xoxb", "not-a-real-token"))
    if getattr(request, "param", "") == "postgresql":
        names["DATABASE_URL"] = str(request.getfixturevalue("postgres_url"))
    with installed(tmp_path / "data", monkeypatch, **names) as database:
        yield database


def happened(database: Database, kind: str, *, tenant: str = DEFAULT_TENANT, **told: Any) -> None:
    with database.tenant_session(tenant) as session:
        outbox.record(session, kind, told, tenant_id=tenant)
    with database.system_session() as session:
        courier.fan_out(session, get_settings())


def rendered(
    database: Database,
    email: str,
    title: str,
    kind: str = "render.completed",
    tenant: str = DEFAULT_TENANT,
    **told: Any,
) -> None:
    with database.system_session(read_only=True) as session:
        whose = session.exec(select(User.id).where(User.email == email)).one()
    happened(database, kind, tenant=tenant, job_id="j" * 32, user_id=whose, title=title, state=kind, **told)


def bell(browser: TestClient, **query: Any) -> Json:
    answer = browser.get("/api/v1/notifications", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def said(browser: TestClient) -> list[tuple[str, Any]]:
    return [(item["kind"], item["about"].get("title") or item["about"].get("name")) for item in bell(browser)["items"]]


def letters(database: Database) -> list[tuple[str, str]]:
    with database.system_session(read_only=True) as session:
        return [(row.target, row.payload["purpose"]) for row in session.exec(select(Delivery).order_by(Delivery.id))]


def test_each_is_told_what_concerns_them_once(signed_in: SignedIn, installation: Database) -> None:
    sara, reza = signed_in(email="sara@example.com"), signed_in(email="reza@example.com")
    boss = signed_in(Role.ADMIN)
    elsewhere = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    heard: list[Json] = []
    get_bus().listen(lambda topic, payload: heard.append(payload) if payload["kind"] == inbox.NEWS else None)
    rendered(installation, "sara@example.com", "Film")
    rendered(installation, "sara@example.com", "Trailer", "render.failed", error_code="no-space")
    rendered(installation, "sara@example.com", "Draft", "render.cancelled")
    until(lambda: len(heard) == 2, what="the news at listeners")
    assert {each["user_id"] for each in heard} == {sara.get("/api/v1/auth/me").json()["id"]}
    happened(installation, accounts.JOINED, user_id="u", name="Mina")
    happened(installation, usage.WARNING, used=9, limit=10)
    me = boss.get("/api/v1/auth/me").json()["id"]
    happened(installation, PUBLISHED, template_id="t", name="Nowruz", by=me)
    with installation.system_session() as session:
        assert courier.fan_out(session, get_settings()) == 0
    news = ("template.published", "Nowruz")
    assert said(sara) == [news, ("render.failed", "Trailer"), ("render.completed", "Film")]
    assert said(reza) == [news]
    assert said(boss) == [("quota.warning", None), ("account.joined", "Mina")], "not of what they did themselves"
    assert said(elsewhere) == []
    failed = bell(sara)["items"][1]
    assert (failed["href"], failed["about"]["error_code"], failed["read_at"]) == ("/jobs/" + "j" * 32, "no-space", None)


def test_what_a_role_hides_is_told_on_no_channel(signed_in: SignedIn, installation: Database) -> None:
    sara, boss = signed_in(email="sara@example.com"), signed_in(Role.ADMIN)
    wish = {"name": "Guests", "permissions": ["projects"], "rules": {"renders": {"hidden": ["title", "error"]}}}
    role = boss.post("/api/v1/roles", json=wish).json()["id"]
    with installation.system_session() as session:
        person = session.exec(select(User).where(User.email == "sara@example.com")).one()
        person.custom_role_id, person.slack_id, person.language = role, "U012ABCDEF", "fa"
        person.notify = {"render.failed": {"page": True, "email": True, "slack": True}}
        session.add(person)
    rendered(installation, "sara@example.com", "Title-7", "render.failed", error="Why-7", error_code="no-space")
    assert said(sara) == [("render.failed", "فیلم")]
    with installation.system_session(read_only=True) as session:
        sent = [(row.channel, str(row.payload)) for row in session.exec(select(Delivery).order_by(Delivery.id))]
    assert sorted(channel for channel, _ in sent) == ["email", "slack"]
    told = str(sent) + str(bell(sara))
    assert not [word for word in ("Title-7", "Why-7", "no-space") if word in told]


@pytest.mark.parametrize("installation", ["sqlite", "postgresql"], indirect=True)
def test_it_is_read_one_by_one_and_at_once_and_by_nobody_else(signed_in: SignedIn, installation: Database) -> None:
    sara, reza = signed_in(email="sara@example.com"), signed_in(email="reza@example.com")
    for title in ("One", "Two", "Three"):
        rendered(installation, "sara@example.com", title)
    first = bell(sara, limit=2)
    assert [item["about"]["title"] for item in first["items"]] == ["Three", "Two"]
    assert [item["about"]["title"] for item in bell(sara, limit=2, after=first["next"])["items"]] == ["One"]
    ids = [item["id"] for item in first["items"]]
    for other in (reza, signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)):
        assert other.post("/api/v1/notifications/read", json={"ids": ids}).json() == {"unread": 0}
    assert bell(sara)["unread"] == 3, "nobody reads for somebody else"
    assert sara.post("/api/v1/notifications/read", json={"ids": ids[:1]}).json() == {"unread": 2}
    assert [bool(item["read_at"]) for item in bell(sara)["items"]] == [True, False, False]
    assert sara.post("/api/v1/notifications/read", json={}).json() == {"unread": 0}


def test_people_choose_what_they_are_told(signed_in: SignedIn, installation: Database) -> None:
    sara, boss = signed_in(email="sara@example.com"), signed_in(Role.ADMIN)

    def choose(browser: TestClient, kind: str, page: bool, email: bool) -> int:
        wish = {"items": [{"kind": kind, "page": page, "email": email}]}
        return int(browser.put("/api/v1/notifications/choices", json=wish).status_code)

    shown = sara.get("/api/v1/notifications/choices").json()
    assert shown["letters"] and {item["kind"]: (item["page"], item["email"]) for item in shown["items"]} == {
        "render.completed": (True, False),
        "render.failed": (True, False),
        "template.published": (True, False),
        "account.helped": (True, False),
    }
    assert choose(sara, "render.completed", False, True) == 200
    assert choose(sara, "quota.warning", True, True) == 422, "that is told to administrators"
    assert choose(sara, "weather", True, True) == 422
    assert choose(boss, "quota.warning", True, False) == 200
    rendered(installation, "sara@example.com", "Film")
    rendered(installation, "sara@example.com", "Trailer", "render.failed")
    happened(installation, usage.WARNING, used=9, limit=10)
    assert said(sara) == [("render.failed", "Trailer")]
    assert letters(installation) == [("sara@example.com", "render.completed")]
    assert said(boss) == [("quota.warning", None)]
    with installation.system_session(read_only=True) as session:
        payload = session.exec(select(Delivery)).one().payload
    mail = mails.written("sara@example.com", payload, "k")
    assert "“Film” is rendered" in mail.text and "/jobs/" + "j" * 32 in mail.text
    assert "«Film» رندر شد" in mails.written("sara@example.com", {**payload, "language": "fa"}, "k").text


def test_people_of_the_house_are_told_on_slack_what_they_wish(signed_in: SignedIn, installation: Database) -> None:
    sara = signed_in(email="sara@example.com")
    elsewhere = signed_in(email="mina@other.test", tenant=OTHER_TENANT)

    def slacked() -> list[tuple[str, str]]:
        with installation.system_session(read_only=True) as session:
            found = session.exec(select(Delivery).where(Delivery.channel == "slack").order_by(Delivery.id)).all()
        return [(row.target, row.payload["text"].split(":")[0]) for row in found]

    rendered(installation, "sara@example.com", "Unheard")
    wrong = sara.put("/api/v1/notifications/slack", json={"slack_id": "@sara"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "slack_id")
    told = sara.put("/api/v1/notifications/slack", json={"slack_id": " u0sara00 "}).json()
    assert (told["slack"], told["slack_id"]) == (True, "U0SARA00")
    assert {item["kind"] for item in told["items"] if item["slack"]} == {"render.completed", "render.failed"}
    elsewhere.put("/api/v1/notifications/slack", json={"slack_id": "U0SARA00"})
    assert not elsewhere.get("/api/v1/notifications/choices").json()["slack"], "the workspace is the house's own"

    rendered(installation, "sara@example.com", "Film")
    rendered(installation, "mina@other.test", "Strangers", tenant=OTHER_TENANT)
    rendered(installation, "sara@example.com", "Studio film", "render.started", kind_of_job="film")
    happened(installation, PUBLISHED, template_id="t", name="Nowruz", by="somebody")
    assert slacked() == [("U0SARA00", "Your render is finished")]
    other = {"kind": "render.completed", "page": True, "email": False}
    assert sara.put("/api/v1/notifications/choices", json={"items": [{**other, "slack": False}]}).status_code == 200
    assert sara.put("/api/v1/notifications/choices", json={"items": [other]}).status_code == 200, "stays as it is"
    rendered(installation, "sara@example.com", "Film")
    assert len(slacked()) == 1
    wish = {"kind": "template.published", "page": True, "email": False, "slack": True}
    assert sara.put("/api/v1/notifications/choices", json={"items": [wish]}).status_code == 200
    happened(installation, PUBLISHED, template_id="t", name="Nowruz", by="somebody")
    assert slacked()[1:] == [("U0SARA00", "“Nowruz” is in the gallery. <http")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_words(language: str) -> None:
    words = catalogue(language)
    for kind in inbox.Kind:
        assert words[f"bell.says.{kind}"] and words[f"profile.notified_of.{kind}"]
        about = {"title": "x", "name": "x", "reason": "x", "used": 9, "limit": 10, "place": "x"}
        told = {"purpose": kind, "about": about, "language": language, "name": "S", "site": "S", "address": "https://x"}
        assert mails.written("x@example.com", {**told, "solid": "#000", "on_solid": "#fff"}, "k").subject
