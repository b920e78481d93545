"""Webhooks: events of a site posted to its programs, proven by a signature, tried again, seen and sent again."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select, update

from flatrender.access.models import Role
from flatrender.core import clock, outbox
from flatrender.core.db import DEFAULT_TENANT, Database, database_now
from flatrender.notifications import channels, courier, webhooks
from flatrender.notifications.courier import Courier
from flatrender.notifications.models import Delivery, WebhookEndpoint
from flatrender.settings import get_settings
from flatrender.tenants import usage
from tests.api.conftest import SignedIn
from tests.deadline import until
from tests.http_server import Answering, LocalServer
from tests.installation import OTHER_TENANT
from tests.mail_server import mail_server
from tests.servers import free_port

Json = dict[str, Any]


class Program(LocalServer):
    """Somebody's program: keeps what is posted, answers `status` (and `place`, for a redirect)."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status, self.place = 200, ""
        self.gate = threading.Event()  # closed: no answer
        self.gate.set()
        outer = self

        class Handler(Answering):
            def do_POST(self) -> None:
                outer.heard.append(({name.lower(): value for name, value in self.headers.items()}, self.body()))
                outer.gate.wait(60)
                self.answer(outer.status, **({"Location": outer.place} if outer.place else {}))

        super().__init__(Handler)
        self.url += "/hook"

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.heard]


@pytest.fixture
def program() -> Iterator[Program]:
    started = Program()
    yield started
    started.close()


@pytest.fixture
def silent() -> Iterator[Program]:
    """One that hears and does not answer, until its gate is opened."""
    started = Program()
    started.gate.clear()
    yield started
    started.gate.set()
    started.close()


@pytest.fixture
def boss(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setenv("FLATRENDER_CALLBACK_NETWORKS", "127.0.0.1")
    get_settings.cache_clear()
    return signed_in(Role.ADMIN)


def add(boss: TestClient, url: str, *events: str) -> Json:
    answer = boss.post("/api/v1/webhooks", json={"url": url, "events": events or ("render.completed",)})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def happens(database: Database, kind: str, tenant: str = DEFAULT_TENANT) -> None:
    told = {"job_id": "1" * 32, "kind_of_job": "film", "user_id": "", "title": "Film", "state": "COMPLETED"}
    with database.system_session() as session:
        outbox.record(session, kind, told, tenant_id=tenant)


def messages(boss: TestClient, hook: Json) -> list[Json]:
    return list(boss.get(f"/api/v1/webhooks/{hook['id']}/deliveries").json()["items"])


def kept(database: Database, hook: Json) -> list[tuple[str, int]]:
    """State and tries of each message to an endpoint, oldest event first."""
    query = select(Delivery).where(col(Delivery.endpoint_id) == hook["id"]).order_by(col(Delivery.event_id))
    with database.system_session(read_only=True) as session:
        return [(row.state, row.tries) for row in session.exec(query)]


def later(database: Database) -> None:
    """What waits is due."""
    with database.system_session() as session:
        session.execute(update(Delivery).values(next_at=database_now(session)))
    asked_again(database)


def asked_again(database: Database) -> None:
    """Whoever failed has waited long enough."""
    with database.system_session() as session:
        session.execute(update(WebhookEndpoint).values(next_at=database_now(session)))


def proven(heard: tuple[dict[str, str], bytes], secret: str) -> list[bool]:
    """Each signature of a message, checked as a receiver does by the specification."""
    headers, body = heard
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(digest).decode()
    return [given == wanted for given in headers["webhook-signature"].split(" ")]


def test_chosen_events_arrive_signed(boss: TestClient, program: Program, installation: Database) -> None:
    hook = add(boss, program.url, "render.completed", "render.failed")
    for kind in ("render.started", "render.completed", "render.failed", "media.ready"):
        happens(installation, kind)
    courier.deliver(installation)
    assert program.types() == ["render.completed", "render.failed"]
    headers, body = program.heard[0]
    assert json.loads(body)["data"]["job_id"] == "1" * 32
    assert proven(program.heard[0], hook["secret"]) == [True]
    assert proven((headers, body + b" "), hook["secret"]) == [False]
    assert proven(({**headers, "webhook-timestamp": "1"}, body), hook["secret"]) == [False]
    assert abs(int(headers["webhook-timestamp"]) - clock.now().timestamp()) < 60
    sent = messages(boss, hook)
    assert [(each["type"], each["state"], each["tries"]) for each in sent] == [
        ("render.failed", "sent", 1),
        ("render.completed", "sent", 1),
    ]
    assert sent[1]["id"] == headers["webhook-id"]
    boss.post(f"/api/v1/webhooks/{hook['id']}/test")
    courier.deliver(installation)
    assert program.types()[2:] == ["webhook.test"]


def test_the_secret_is_shown_once_and_kept_sealed(boss: TestClient, program: Program, installation: Database) -> None:
    hook = add(boss, program.url)
    assert hook["secret"].startswith("whsec_")
    for path in ("/webhooks", "/audit"):
        assert hook["secret"] not in boss.get(f"/api/v1{path}").text
    with installation.system_session(read_only=True) as session:
        kept = session.exec(select(WebhookEndpoint)).one()
        assert hook["secret"].removeprefix("whsec_") not in kept.secret
    assert [entry["act"] for entry in boss.get("/api/v1/audit?act=webhook").json()["items"]] == ["webhook.added"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://a.example", "https://a.example"),
        ("https://me:secret@a.example:8443/", "https://a.example:8443"),
        ("https://a.example/hook", "https://a.example/hook"),
        ("https://a.example/hook/", "https://a.example/hook"),
        ("https://a.example/hook?secret", "https://a.example/hook/…"),
        ("https://a.example/hooks/catch/12/secret/", "https://a.example/hooks/…"),
        ("https://a.example/a-secret-of-21-letters", "https://a.example/…"),
    ],
)
def test_of_an_address_the_audit_log_tells_the_host_and_a_short_first_part(url: str, told: str) -> None:
    assert webhooks.shown(url) == told


def test_what_an_address_proves_itself_with_is_not_in_the_audit_log(boss: TestClient, program: Program) -> None:
    hook = add(boss, f"{program.url}?token=one-secret")
    path = f"/api/v1/webhooks/{hook['id']}"
    assert boss.patch(path, json={"url": f"{program.url}/new?token=another-secret#x"}).is_success
    assert boss.patch(path, json={"url": f"{program.url}/services/T0/B0/secret"}).is_success
    assert boss.post(f"{path}/rotate").is_success and boss.delete(path).is_success
    told = boss.get("/api/v1/audit?act=webhook").json()["items"]
    assert [(entry["act"], entry["label"], entry["details"].get("url")) for entry in reversed(told)] == [
        ("webhook.added", f"{program.url}/…", None),
        ("webhook.changed", f"{program.url}/…", [f"{program.url}/…"] * 2),
        ("webhook.changed", f"{program.url}/…", [f"{program.url}/…"] * 2),
        ("webhook.rotated", f"{program.url}/…", None),
        ("webhook.removed", f"{program.url}/…", None),
    ]
    assert "secret" not in boss.get("/api/v1/audit/export", params={"act": "webhook"}).text


def test_a_new_secret_holds_beside_the_old_one_for_a_while(
    boss: TestClient, program: Program, installation: Database
) -> None:
    old = add(boss, program.url)
    new = boss.post(f"/api/v1/webhooks/{old['id']}/rotate", json={"grace_hours": 1}).json()
    happens(installation, "render.completed")
    courier.deliver(installation)
    assert (proven(program.heard[0], new["secret"]), proven(program.heard[0], old["secret"])) == (
        [True, False],
        [False, True],
    )
    now = clock.now()
    clock.use(lambda: now + timedelta(hours=2))
    try:
        happens(installation, "render.completed")
        courier.deliver(installation)
    finally:
        clock.use(None)
    assert proven(program.heard[1], new["secret"]) == [True]


def test_nobody_there_is_asked_again_for_a_while_and_then_by_hand(
    boss: TestClient, program: Program, installation: Database
) -> None:
    hook = add(boss, program.url)
    program.status = 404
    happens(installation, "render.completed")
    courier.deliver(installation)
    (message,) = messages(boss, hook)
    assert (message["state"], message["tries"]) == ("waiting", 1) and "404" in message["error"]
    assert boss.post(f"/api/v1/webhooks/{hook['id']}/deliveries/{message['id']}/resend").json()["code"] == "on-its-way"
    for _ in courier.WAITS:
        later(installation)
        courier.deliver(installation)
    (message,) = messages(boss, hook)
    assert (message["state"], message["tries"]) == ("failed", len(courier.WAITS) + 1)
    program.status = 204
    assert boss.post(f"/api/v1/webhooks/{hook['id']}/deliveries/{message['id']}/resend").status_code == 202
    courier.deliver(installation)
    assert messages(boss, hook)[0]["state"] == "sent"
    assert len({headers["webhook-id"] for headers, _ in program.heard}) == 1, "the same message"


def test_one_that_fails_holds_up_neither_itself_nor_others(
    boss: TestClient, program: Program, installation: Database
) -> None:
    program.status = 500
    hook = add(boss, program.url)
    for _ in range(3):
        happens(installation, "render.completed")
    assert courier.deliver(installation) == 1, "the others wait with it"
    assert [each["state"] for each in messages(boss, hook)] == ["waiting"] * 3
    changed = boss.patch(f"/api/v1/webhooks/{hook['id']}", json={"active": False, "name": "\u202eChat"})
    assert changed.json()["name"] == "Chat"
    later(installation)
    courier.deliver(installation)
    assert len(program.heard) == 1
    assert {each["state"] for each in messages(boss, hook)} == {"failed"}
    happens(installation, "render.completed")
    courier.deliver(installation)
    assert len(messages(boss, hook)) == 3, "nothing more is written for it"


def test_one_that_hangs_keeps_nobody_waiting(
    boss: TestClient, program: Program, silent: Program, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "WEBHOOK_SECONDS", 55.0)
    stuck, well = add(boss, silent.url), add(boss, program.url)
    with mail_server(free_port()) as mailbox:
        monkeypatch.setenv("FLATRENDER_SMTP_URL", mailbox.url)
        monkeypatch.setenv("FLATRENDER_MAIL_FROM", "no-reply@house.example")
        get_settings.cache_clear()
        with Courier(installation):
            happens(installation, "render.completed")
            until(lambda: silent.heard, 20, "the first message")
            with installation.system_session() as session:
                outbox.record(session, usage.WARNING, {"used": 9, "limit": 10}, tenant_id=DEFAULT_TENANT)
            happens(installation, "render.completed")
            until(lambda: mailbox.letters and len(program.heard) == 2, 20, "the letter and the other's messages")
            until(lambda: kept(installation, well) == [("sent", 1)] * 2, 20, "their end")
            assert kept(installation, stuck) == [("waiting", 1), ("waiting", 0)], "one message at a time"
            assert len(silent.heard) == 1
            silent.gate.set()
            until(lambda: kept(installation, stuck) == [("sent", 1)] * 2, 20, "what waited")


def test_all_but_the_one_that_hangs_go_in_one_pass(
    boss: TestClient, program: Program, silent: Program, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "WEBHOOK_SECONDS", 2.0)
    stuck, well = add(boss, silent.url), add(boss, program.url)
    for _ in range(3):
        happens(installation, "render.completed")
    assert courier.deliver(installation) == 1 + 3
    assert kept(installation, well) == [("sent", 1)] * 3
    assert kept(installation, stuck) == [("waiting", 1), ("waiting", 0), ("waiting", 0)]


def test_whoever_fails_is_asked_less_and_less_often(boss: TestClient, program: Program, installation: Database) -> None:
    program.status = 503
    hook = add(boss, program.url)
    for _ in range(3):
        happens(installation, "render.completed")
    waits = []
    for _ in range(3):
        asked_again(installation)
        assert courier.deliver(installation) == 1, "whichever message it is"
        with installation.system_session(read_only=True) as session:
            endpoint = session.exec(select(WebhookEndpoint)).one()
        waits.append(round((endpoint.next_at - endpoint.lent_until).total_seconds()))
    assert waits == [5, 30, 120]
    told = boss.get(f"/api/v1/webhooks/{hook['id']}/deliveries").json()["items"]
    assert {datetime.fromisoformat(each["next_at"]) for each in told} == {endpoint.next_at}
    program.status = 200
    later(installation)
    assert courier.deliver(installation) == 3
    with installation.system_session(read_only=True) as session:
        assert session.exec(select(WebhookEndpoint)).one().failures == 0


def test_the_endpoints_of_one_site_take_not_all_turns(
    boss: TestClient, signed_in: SignedIn, program: Program, installation: Database
) -> None:
    for _ in range(courier.OF_A_SITE + 1):
        add(boss, program.url)
    add(signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT), program.url)
    for tenant in (DEFAULT_TENANT, OTHER_TENANT):
        happens(installation, "render.completed", tenant)
    with installation.system_session() as session:
        courier.fan_out(session, get_settings())
    asked = []
    for _ in range(courier.OF_A_SITE + 2):
        with installation.system_session() as session:
            taken = courier.take(session, courier.ENDPOINTS)
            asked.append(taken and taken.tenant_id)
    assert asked == [*[DEFAULT_TENANT] * courier.OF_A_SITE, OTHER_TENANT, None]


def test_a_test_is_sent_at_once_and_not_by_the_dozen(
    boss: TestClient, program: Program, installation: Database
) -> None:
    program.status = 503
    hook = add(boss, program.url, "render.failed")
    path = f"/api/v1/webhooks/{hook['id']}/test"
    assert boss.post(path).status_code == 202
    courier.deliver(installation)
    refused = boss.post(path)
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (429, "rate-limited", "10")
    with installation.system_session() as session:
        long_ago = database_now(session) - timedelta(seconds=webhooks.TEST_SECONDS)
        session.execute(update(WebhookEndpoint).values(tested_at=long_ago))
    program.status = 200
    assert boss.post(path).status_code == 202
    courier.deliver(installation)
    assert program.types() == ["webhook.test", "webhook.test"], "though it failed just now"
    assert messages(boss, hook)[0]["state"] == "sent"


def test_messages_go_and_are_shown_in_the_order_of_their_events(
    boss: TestClient, program: Program, installation: Database
) -> None:
    hook = add(boss, program.url)
    with installation.system_session() as session:
        now = database_now(session)
        for number, digit in ((1, "f"), (2, "8"), (3, "0")):  # ids of one millisecond are in no order
            message = Delivery(
                id=digit * 32, tenant_id=DEFAULT_TENANT, event_id=number, channel=webhooks.CHANNEL, target=program.url,
                endpoint_id=hook["id"], payload={"type": f"event {number}"}, next_at=now,
            )  # fmt: skip
            session.add(message)
    courier.deliver(installation)
    assert program.types() == ["event 1", "event 2", "event 3"]
    shown, after = [], ""
    while after is not None:
        page = boss.get(f"/api/v1/webhooks/{hook['id']}/deliveries", params={"limit": 1, "after": after}).json()
        shown += [each["type"] for each in page["items"]]
        after = page["next"]
    assert shown == ["event 3", "event 2", "event 1"]


def test_private_networks_are_refused_at_once_and_later(
    boss: TestClient, program: Program, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    places = {"hooks.example": "93.184.216.34", "inside.example": "169.254.169.254"}

    def look_up(host: str, *more: Any, **others: Any) -> Any:
        return real(places.get(host, host), *more, **others)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for url in ("http://10.0.0.1/", "http://169.254.169.254/", "http://[::1]/", "https://inside.example/"):
        answer = boss.post("/api/v1/webhooks", json={"url": url, "events": ["render.completed"]})
        assert (answer.status_code, answer.json()["code"]) == (422, "private-address"), url
    assert (
        boss.post("/api/v1/webhooks", json={"url": "ftp://a.example", "events": ["render.failed"]}).status_code == 422
    )
    named = add(boss, "https://hooks.example/")
    there = add(boss, program.url)
    places["hooks.example"] = "10.0.0.1"
    program.status, program.place = 307, "http://169.254.169.254/latest"
    happens(installation, "render.completed")
    courier.deliver(installation)
    for hook in (named, there):
        (message,) = messages(boss, hook)
        assert message["state"] == "failed" and "private network" in message["error"]


def test_a_site_hears_of_itself_alone(
    boss: TestClient, signed_in: SignedIn, program: Program, installation: Database
) -> None:
    hook = add(boss, program.url)
    other = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    happens(installation, "render.completed", OTHER_TENANT)
    courier.deliver(installation)
    assert program.heard == []
    assert other.get("/api/v1/webhooks").json()["items"] == []
    assert other.delete(f"/api/v1/webhooks/{hook['id']}").status_code == 404
    assert signed_in(Role.MEMBER).get("/api/v1/webhooks").status_code == 403
    happens(installation, "render.completed")
    courier.deliver(installation)
    assert boss.delete(f"/api/v1/webhooks/{hook['id']}").status_code == 204
    with installation.system_session(read_only=True) as session:
        assert session.exec(select(Delivery).where(col(Delivery.endpoint_id) != "")).all() == []


def test_only_known_events_are_chosen(boss: TestClient, program: Program) -> None:
    for events in ([], ["render.completed", "account.letter"], ["*"]):
        answer = boss.post("/api/v1/webhooks", json={"url": program.url, "events": events})
        assert (answer.status_code, answer.json()["code"]) == (422, "webhook-events")
