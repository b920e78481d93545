"""Callbacks and Slack messages from the outbox: who is told, how often, and that a failure harms nothing."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from sqlalchemy import text, update
from sqlmodel import Session, col, select

from flatrender.access import profile
from flatrender.access import service as access
from flatrender.access.permissions import Principal
from flatrender.core import outbox
from flatrender.core.db import DEFAULT_TENANT, Database, database_now
from flatrender.core.outbox import OutboxEvent
from flatrender.farm import nodes
from flatrender.farm import service as farm
from flatrender.farm.states import TaskEvent
from flatrender.notifications import courier
from flatrender.notifications.courier import Courier
from flatrender.notifications.models import Delivery, DeliveryState, WebhookEndpoint
from flatrender.notifications.slack_words import escaped, of_news, of_render
from flatrender.renders.manager import service
from flatrender.schema import metadata
from flatrender.settings import get_settings
from flatrender.tenants import service as tenants
from flatrender.tenants import usage
from flatrender.tenants.models import UsageDay
from tests.deadline import until
from tests.http_server import Answering, LocalServer
from tests.installation import installed

BOT = "-".join(("xoxb", "not-a-real-token"))  # in one piece it would look like a real one
CONFIG = {"template": {"composition": "Film"}}


class World(LocalServer):
    """A server that stands for a client's callback and speaks as much of Slack's Web API as is asked of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        self.callback_status = 200
        self.slack_error = ""
        self.hold: threading.Event | None = None  # until it is set nothing is answered
        outer = self

        class Handler(Answering):
            def do_POST(self) -> None:
                body = self.body().decode()
                kind = self.headers.get("Content-Type", "")
                sent = json.loads(body) if "json" in kind else {key: value[0] for key, value in parse_qs(body).items()}
                outer.calls.append((self.path, dict(self.headers), sent))
                if outer.hold is not None:
                    outer.hold.wait(20)
                if self.path.startswith("/slack/"):
                    told = {"ok": not outer.slack_error, **({"error": outer.slack_error} if outer.slack_error else {})}
                    self.answer_json(200, {**told, "channel": "C1", "ts": "1.2"})
                else:
                    self.answer_json(outer.callback_status, {})

        super().__init__(Handler)

    def slack(self) -> list[tuple[str, str]]:
        """Channel and text of each message."""
        return [(sent["channel"], sent["text"]) for path, _, sent in self.calls if path.startswith("/slack/")]

    def callbacks(self) -> list[Any]:
        return [sent for path, _, sent in self.calls if path == "/done"]


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture
def site(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    names = {
        "DROPBOX_PATH": str(tmp_path),
        "FLATRENDER_SIGN_UP": "off",
        "SLACK_BOT_TOKEN": BOT,
        "SLACK_ADMIN_CHANNEL": "#render-alarms",
        "SLACK_API_URL": f"{world.url}/slack",
        "FLATRENDER_CALLBACK_NETWORKS": "127.0.0.1",
        "FLATRENDER_PUBLIC_URL": "https://render.example.com",
    }
    with installed(tmp_path / "data", monkeypatch, **names) as database:
        with database.system_session() as session:
            user = access.create_user(
                session, DEFAULT_TENANT, email="alice@example.com", password="a long password", name="Alice & <Co>"
            )
            nodes.register(session, nodes.NodeInfo("n1", "n1", "t", "i", "1", 1, 1, {"nexrender": {}}))
        me = Principal(user.id, DEFAULT_TENANT, user.role, user.email, user.name)
        with database.tenant_session(DEFAULT_TENANT) as session:
            profile.set_mac_usernames(session, me, ["alice"])
            profile.set_slack_id(session, me, "U012ABCDEF")
        yield database


def submit(database: Database, world: World, callback: bool = True) -> str:
    url = f"{world.url}/done" if callback else None
    wanted = service.Submission("/Users/alice/Dropbox/P.aep", datetime(2026, 5, 1, tzinfo=UTC), "alice", CONFIG, url)
    with database.tenant_session(DEFAULT_TENANT) as session:
        return service.submit(session, "bravo", wanted).id


def run(database: Database, *, fails: str = "") -> None:
    """Validates and renders the only job, as a node would."""
    for result in ({"facts": {}}, {"place": "Renders/P.mp4", "bytes": 1}):
        with database.system_session() as session:
            task = farm.claim(session, "n1", lease_seconds=30)
            assert task is not None
        with database.system_session() as session:
            if fails and "place" in result:
                farm.give_up(session, task.id, task.epoch, TaskEvent.REFUSE, reason="It hung.", code=fails)
            else:
                farm.complete(session, task.id, task.epoch, result)


def rows(database: Database) -> list[Delivery]:
    with database.system_session(read_only=True) as session:
        return list(session.exec(select(Delivery).order_by(col(Delivery.id))).all())


def due(database: Database) -> None:
    """Time passes until every message is due again."""
    with database.system_session() as session:
        for row in session.exec(select(Delivery)).all():
            row.next_at = database_now(session) - timedelta(seconds=1)
            session.add(row)


def test_start_and_end_are_told_and_the_callback_is_called(site: Database, world: World) -> None:
    job_id = submit(site, world)
    run(site)
    assert courier.deliver(site) == 3
    link = f"<https://render.example.com/jobs/{job_id}|P, Film>"
    assert world.slack() == [
        ("U012ABCDEF", f"Your render has started: {link}"),
        ("U012ABCDEF", f"Your render is finished: {link}"),
    ]
    assert world.callbacks() == [
        {
            "jobId": job_id,
            "status": "COMPLETED",
            "outputUrl": f"https://render.example.com/api/jobs/{job_id}/download",
            "error": None,
        }
    ]
    headers = {path.split("/")[1]: headers for path, headers, _ in world.calls}
    assert headers["slack"]["Authorization"] == f"Bearer {BOT}"
    assert "Authorization" not in headers["done"]
    assert {row.state for row in rows(site)} == {DeliveryState.SENT}
    assert courier.deliver(site) == 0


def test_a_system_failure_reaches_the_administrators(site: Database, world: World) -> None:
    submit(site, world)
    run(site, fails="ae-hangs")
    courier.deliver(site)
    assert sorted(channel for channel, _ in world.slack()) == ["#render-alarms", "U012ABCDEF", "U012ABCDEF"]
    assert "Alice &amp; &lt;Co&gt;" in dict(world.slack())["#render-alarms"]
    assert world.callbacks()[0]["status"] == "FAILED"
    assert world.callbacks()[0]["outputUrl"] is None


def test_a_designers_mistake_does_not(site: Database, world: World) -> None:
    submit(site, world, callback=False)
    run(site, fails="missing-composition")
    courier.deliver(site)
    assert {channel for channel, _ in world.slack()} == {"U012ABCDEF"}


def test_a_node_in_trouble_reaches_the_administrators(site: Database, world: World) -> None:
    with site.system_session() as session:
        nodes.heartbeat(session, "n1", "i", {}, "No space: only 3 MB are free.")
    with site.system_session() as session:
        nodes.heartbeat(session, "n1", "i", {}, "No space: only 2 MB are free.")  # said once
    courier.deliver(site)
    assert world.slack() == [("#render-alarms", ":warning: Node n1: No space: only 3 MB are free.")]


def test_slack_gets_one_try_and_its_failure_is_logged(
    site: Database, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.slack_error = "channel_not_found"
    submit(site, world, callback=False)
    run(site)
    assert courier.deliver(site) == 2
    due(site)
    assert courier.deliver(site) == 0
    assert {(row.state, row.tries) for row in rows(site)} == {(DeliveryState.FAILED, 1)}
    assert "channel_not_found" in caplog.text
    assert BOT not in caplog.text


def test_slack_that_is_away_harms_nothing(site: Database, world: World) -> None:
    submit(site, world, callback=False)
    run(site)
    world.close()
    assert courier.deliver(site) == 2
    assert {row.state for row in rows(site)} == {DeliveryState.FAILED}


def test_a_callback_is_tried_again_with_the_same_key(site: Database, world: World) -> None:
    world.callback_status = 503
    submit(site, world)
    run(site)
    courier.deliver(site)
    [row] = [row for row in rows(site) if row.channel == "webhook"]
    assert (row.state, row.tries, row.error) == (DeliveryState.WAITING, 1, "The callback was answered with 503.")
    assert courier.deliver(site) == 0  # not yet
    world.callback_status = 200
    due(site)
    assert courier.deliver(site) == 1
    keys = [headers["Idempotency-Key"] for path, headers, _ in world.calls if path == "/done"]
    assert keys == [row.id, row.id]


def test_it_is_given_up_after_six_tries_and_at_once_when_refused(site: Database, world: World) -> None:
    world.callback_status = 500
    submit(site, world)
    run(site)
    for _ in range(8):
        courier.deliver(site)
        due(site)
    [row] = [row for row in rows(site) if row.channel == "webhook"]
    assert (row.state, row.tries) == (DeliveryState.FAILED, 6)
    world.callback_status = 410
    submit(site, world)
    run(site)
    courier.deliver(site)
    row = [row for row in rows(site) if row.channel == "webhook"][-1]
    assert (row.state, row.tries) == (DeliveryState.FAILED, 1)


def test_a_name_server_that_is_away_costs_a_try_and_no_callback(
    site: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(site, world)
    run(site)
    with monkeypatch.context() as away:
        away.setattr(socket, "getaddrinfo", nobody_knows)
        courier.deliver(site)
    [row] = [row for row in rows(site) if row.channel == "webhook"]
    assert (row.state, row.tries, row.error) == (DeliveryState.WAITING, 1, "There is no host 127.0.0.1.")
    due(site)
    courier.deliver(site)
    assert len(world.callbacks()) == 1


def nobody_knows(*words: object, **more: object) -> list[object]:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def test_a_callback_that_has_become_private_is_not_called(
    site: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flatrender.settings import get_settings

    submit(site, world)
    run(site)
    monkeypatch.setenv("FLATRENDER_CALLBACK_NETWORKS", "")
    get_settings.cache_clear()
    courier.deliver(site)
    assert world.callbacks() == []
    [row] = [row for row in rows(site) if row.channel == "webhook"]
    assert row.state == DeliveryState.FAILED
    assert "private network" in (row.error or "")


def test_an_event_that_nobody_understands_keeps_no_other_from_being_told(site: Database, world: World) -> None:
    with site.system_session() as session:
        outbox.record(session, "render.completed", {"kind_of_job": "project"}, tenant_id=DEFAULT_TENANT)
    submit(site, world)
    run(site)
    assert courier.deliver(site) == 3
    assert len(world.callbacks()) == 1


def test_a_film_counts_also_when_nobody_can_be_told_of_it(site: Database, world: World) -> None:
    with site.system_session() as session:
        told = {"kind_of_job": "project", "job_id": "1", "user_id": ""}  # with no title to write of
        outbox.record(session, "render.completed", told, tenant_id=DEFAULT_TENANT)
    assert courier.deliver(site) == 0
    with site.tenant_session(DEFAULT_TENANT, read_only=True) as session:
        assert [day.films for day in usage.days(session, usage.today(), usage.today())] == [1]


def test_a_courier_that_died_while_sending(site: Database, world: World) -> None:
    submit(site, world)
    run(site)
    with site.system_session() as session:
        courier.fan_out(session, courier.get_settings())
    for channels in (courier.LETTERS, courier.LETTERS, courier.CALLBACKS):
        with site.system_session() as session:
            assert courier.take(session, channels) is not None  # and then it dies
    for channels in courier.ROUNDS:
        with site.system_session() as session:
            assert courier.take(session, channels) is None  # lent out
    due(site)
    assert courier.deliver(site) == 1  # the callback again; Slack's may have arrived
    assert len(world.callbacks()) == 1
    assert world.slack() == []


def test_the_thread_hears_of_events_and_ends(site: Database, world: World) -> None:
    with Courier(site):
        submit(site, world)
        run(site)
        until(world.callbacks, 20, "the callback")


def test_a_slow_program_keeps_no_other_waiting(site: Database, world: World) -> None:
    slow = World()
    slow.hold = threading.Event()
    try:
        with site.system_session() as session:
            past = database_now(session) - timedelta(seconds=9)
            for number, where in enumerate([slow, slow, slow, world]):
                one = {"tenant_id": DEFAULT_TENANT, "event_id": number, "channel": "webhook", "payload": {}}
                session.add(Delivery(target=f"{where.url}/done", next_at=past + timedelta(seconds=number), **one))
        with Courier(site):
            until(lambda: slow.callbacks() and world.callbacks(), 20, "the other program's callback")
            assert (len(slow.callbacks()), len(world.callbacks())) == (1, 1)
            slow.hold.set()
            until(lambda: len(slow.callbacks()) == 3, 20, "the slow program's callbacks, one after the other")
    finally:
        slow.close()


@pytest.mark.parametrize(
    ("kind", "language", "words"),
    [
        ("render.started", "en", "has started"),
        ("render.completed", "en", "is finished"),
        ("render.failed", "en", "failed"),
        ("render.failed", "fa", "رندر شما نشد"),
    ],
)
def test_words(kind: str, language: str, words: str) -> None:
    said = of_render(kind, {"job_id": "1", "title": "A|B <!channel>", "error": "No <b>"}, "https://x", language)
    assert words in said and "<!" not in said and said.count("<") == 1
    news = of_news("account.joined", {"name": "<!here>"}, "https://x/people", "fa")
    assert news == "&lt;!here&gt; دعوت را پذیرفت. <https://x/people|دیدن افراد>"


def test_slacks_signs_are_escaped() -> None:
    assert escaped("<!channel> & co") == "&lt;!channel&gt; &amp; co"


def test_two_couriers_share_the_messages_on_postgresql(postgres_url: str) -> None:
    database = Database(postgres_url)
    try:
        metadata.create_all(
            database.engine, tables=[each for each in metadata.sorted_tables if not each.info.get("test_only")]
        )
        with database.system_session() as session:
            tenants.ensure_default(session)
            for number in range(6):
                session.add(
                    Delivery(
                        tenant_id=DEFAULT_TENANT, event_id=number, channel="webhook", target="x", payload={},
                        next_at=database_now(session) - timedelta(seconds=1),
                    )
                )  # fmt: skip
            past = database_now(session) - timedelta(seconds=1)
            times = {"next_at": past, "lent_until": past}
            session.add(WebhookEndpoint(tenant_id=DEFAULT_TENANT, id="e", url="x", secret="", **times))
            for number in range(2):
                session.add(
                    Delivery(
                        tenant_id=DEFAULT_TENANT, event_id=number, channel="endpoint", target="x", payload={},
                        endpoint_id="e", next_at=past,
                    )
                )  # fmt: skip
            outbox.record(session, "media.ready", {}, tenant_id=DEFAULT_TENANT)
        first, second = Session(database.engine), Session(database.engine)
        try:
            one, two = (courier.take(session, courier.CALLBACKS) for session in (first, second))
            assert one is not None
            assert two is not None
            assert one.id != two.id
            one, two = (courier.take(session, courier.ENDPOINTS) for session in (first, second))
            assert one is not None and two is None, "one message to an endpoint at a time"
            first.commit()
            second.commit()
            assert courier.take(second, courier.ENDPOINTS) is None
        finally:
            first.close()
            second.close()
        with database.system_session() as session:
            assert courier.fan_out(session, courier.get_settings()) == 1
            assert session.exec(select(OutboxEvent)).one().delivered_at is not None
    finally:
        database.dispose()


def test_couriers_that_count_for_the_same_sites_do_not_wait_in_a_circle(
    tmp_path: Path, filled_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installed(tmp_path / "data", monkeypatch, DATABASE_URL=filled_postgres_url) as database:
        with database.system_session() as session:
            sites = [tenants.create(session, slug=slug, name=slug).id for slug in ("films", "words")]
        with database.system_session() as session:
            session.execute(update(OutboxEvent).values(delivered_at=database_now(session)))
            for tenant_id in (*sites, *reversed(sites)):
                outbox.record(session, "render.completed", {"job_id": "gone"}, tenant_id=tenant_id)
        add, both, first = usage.add, threading.Barrier(2), threading.local()

        def added(*given: Any, **counts: Any) -> None:
            add(*given, **counts)
            if not vars(first):
                first.was = True
                with suppress(threading.BrokenBarrierError):  # where the other waits for this one's row
                    both.wait(0.3)

        monkeypatch.setattr(courier, "BATCH", 2)
        monkeypatch.setattr(usage, "add", added)

        def turn(_: int) -> int:
            with database.system_session() as session:
                return courier.fan_out(session, get_settings())

        with ThreadPoolExecutor(2) as couriers:
            assert list(couriers.map(turn, range(2))) == [2, 2]
        with database.system_session(read_only=True) as session:
            assert sorted(session.exec(select(UsageDay.tenant_id, UsageDay.films)).all()) == [
                (tenant_id, 2) for tenant_id in sorted(sites)
            ]


def test_calls_are_counted_while_letters_are_written(filled_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A courier holds a site's counts for as long as it counts: whoever asks with an API key waits for them."""
    database = Database(filled_postgres_url)
    counted = []

    def meanwhile(*told: object) -> None:
        with database.tenant_session(DEFAULT_TENANT) as other:
            other.execute(text("SET LOCAL lock_timeout = '2s'"))
            usage.add(other, DEFAULT_TENANT, calls=1)
        counted.append(told)

    monkeypatch.setattr(courier, "_address", meanwhile)
    try:
        with database.system_session() as session:
            for _ in range(2):
                outbox.record(session, "render.completed", {"job_id": "gone"}, tenant_id=DEFAULT_TENANT)
        with database.system_session() as session:
            assert courier.fan_out(session, get_settings()) == 2
        with database.tenant_session(DEFAULT_TENANT, read_only=True) as session:
            [day] = session.exec(select(UsageDay)).all()
    finally:
        database.dispose()
    assert (len(counted), day.calls, day.films) == (2, 2, 2)
