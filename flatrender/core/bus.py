"""Realtime messages between processes: patches for browsers, nudges for nodes. Nothing that must not be lost.

A message has a topic (`tenant:<id>`, `farm`, `everyone`) and a JSON object. Three ways carry it, behind one port: Redis
pub/sub; without Redis a small table that every process polls; inside one process (tests) memory alone.
"""

import asyncio
import atexit
import itertools
import json
import logging
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

import orjson
import redis
from sqlalchemy import JSON, ColumnElement, and_, delete, func
from sqlmodel import Field, SQLModel, col, select

from flatrender.core import clock
from flatrender.core.db import Database, UtcDateTime, database_now, get_database
from flatrender.core.plain import Plain, Statement
from flatrender.settings import get_settings

CHANNEL = "fr:bus"
EVERYONE = "everyone"  # the topic of what concerns the people of all sites
MISSED = "missed"  # the topic of a message from a publisher that could not send others
UNSENT = 2000  # messages that may wait for Redis
POLL_SECONDS = 0.3
KEEP = timedelta(minutes=1)
LATE = 500
"""How far back a message is still looked for: its number is drawn before its transaction commits."""
Payload = dict[str, Any]
log = logging.getLogger(__name__)


class Subscription:
    """Messages for one listener: bounded; when it falls behind, the oldest go and `overflowed` is set.

    `overflowed` is set as well when the bus was cut off for a while: whoever shows rows must load them anew.
    """

    def __init__(self, topics: frozenset[str], limit: int, loop: asyncio.AbstractEventLoop) -> None:
        self.topics = topics
        self.overflowed = False
        self._cut_off = False
        self._messages: deque[tuple[str, Payload]] = deque(maxlen=limit)
        self._loop = loop
        self._ready = asyncio.Event()

    def offer(self, topic: str, payload: Payload) -> None:
        """Called from any thread."""
        if topic not in self.topics:
            return
        if len(self._messages) == self._messages.maxlen:
            self.overflowed = True
        self._messages.append((topic, payload))
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ready.set)

    def miss(self) -> None:
        """Messages may have been lost on their way. Called from any thread."""
        self.overflowed = self._cut_off = True
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ready.set)

    async def get(self, timeout: float) -> tuple[str, Payload] | None:
        """The next message, or None: after `timeout` seconds without one, and at once when some were lost."""
        if not self._messages and not self._cut_off:
            self._ready.clear()
            try:
                await asyncio.wait_for(self._ready.wait(), timeout)
            except TimeoutError:
                return None
        self._cut_off = False
        return self._messages.popleft() if self._messages else None


class Bus(Protocol):
    """Publish to all processes, listen in this one."""

    def publish(self, topic: str, payload: Payload, *also: str) -> None: ...
    def publish_with(self, plain: Plain, payload: Payload, *topics: str) -> None: ...
    def subscribe(self, topics: frozenset[str], *, limit: int = 500) -> Subscription: ...
    def unsubscribe(self, subscription: Subscription) -> None: ...
    def listen(self, call: Callable[[str, Payload], None]) -> None: ...
    def close(self) -> None: ...


class LocalBus:
    """Messages inside one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: set[Subscription] = set()
        self._calls: list[Callable[[str, Payload], None]] = []

    def publish(self, topic: str, payload: Payload, *also: str) -> None:
        """Under the topic, and under others as well."""
        for each in (topic, *also):
            self.dispatch(each, payload)

    def publish_with(self, plain: Plain, payload: Payload, *topics: str) -> None:
        """With the commit of a plain transaction; never when it is rolled back."""
        plain.after.append(lambda: self.publish(topics[0], payload, *topics[1:]))

    def dispatch(self, topic: str, payload: Payload) -> None:
        """Hands a message to this process's listeners; one that fails keeps it from nobody else."""
        with self._lock:
            calls = (*(subscription.offer for subscription in self._subscriptions), *self._calls)
        for call in calls:
            try:
                call(topic, payload)
            except Exception:
                log.exception("a listener failed on a message of %s", topic)

    def missed(self) -> None:
        """Tells this process's subscriptions that messages may have been lost."""
        with self._lock:
            subscriptions = tuple(self._subscriptions)
        for subscription in subscriptions:
            subscription.miss()

    def subscribe(self, topics: frozenset[str], *, limit: int = 500) -> Subscription:
        """Must be called in a running event loop; the subscription belongs to it."""
        subscription = Subscription(topics, limit, asyncio.get_running_loop())
        with self._lock:
            self._subscriptions.add(subscription)
        self._start()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions.discard(subscription)

    def listen(self, call: Callable[[str, Payload], None]) -> None:
        """Calls `call` in the bus's thread for every message."""
        with self._lock:
            self._calls.append(call)
        self._start()

    def close(self) -> None:
        """Ends the listening thread, where there is one."""

    def _start(self) -> None:
        """Begins to hear other processes, where there are any."""


class _ThreadedBus(LocalBus, ABC):
    def __init__(self) -> None:
        super().__init__()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bus", daemon=True)
                self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    @abstractmethod
    def _run(self) -> None:
        """Dispatches messages of other processes until stopped."""


class RedisBus(_ThreadedBus):
    """Messages over Redis pub/sub. While Redis is away they are dropped: they are nudges, the database is the truth.

    Publishing never waits: a thread sends what is queued. Whoever may have missed something is told, here and in other
    processes, as soon as Redis is there again.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._redis = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)
        self._unsent: queue.Queue[tuple[str, Payload] | None] = queue.Queue(UNSENT)
        self._sender: threading.Thread | None = None
        self._dropped = False

    def publish(self, topic: str, payload: Payload, *also: str) -> None:
        """Returns at once; sent in the order of the calls."""
        with self._lock:
            if self._sender is None:
                self._sender = threading.Thread(target=self._send_all, name="bus sender", daemon=True)
                self._sender.start()
                atexit.register(self.close)
        try:
            for each in (topic, *also):
                self._unsent.put_nowait((each, payload))
        except queue.Full:
            self._dropped = True

    def close(self) -> None:
        """Sends what is queued, for two seconds at most, and ends the threads."""
        atexit.unregister(self.close)
        if self._sender is not None:
            with suppress(queue.Full):
                self._unsent.put_nowait(None)
            self._sender.join(timeout=2)
        super().close()

    def _send_all(self) -> None:
        while (message := self._unsent.get()) is not None:
            try:
                if self._dropped:
                    self._dropped = False
                    self._send(MISSED, {})
                self._send(*message)
            except redis.RedisError:
                self._dropped = True
                self.dispatch(*message)  # at least this process hears it
            except Exception:  # what is no JSON; those behind it are sent all the same
                log.exception("a message of %s could not be sent", message[0])

    def _send(self, topic: str, payload: Payload) -> None:
        self._redis.publish(CHANNEL, json.dumps([topic, payload]))

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._hear_all()
            except redis.RedisError:
                self._stopped.wait(1.0)
            except Exception:  # whatever it was: who hears nothing more does not know it
                log.exception("the bus begins to listen anew")
                self._stopped.wait(1.0)

    def _hear_all(self) -> None:
        with self._redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]  # redis-py leaves it bare
            pubsub.subscribe(CHANNEL)
            while not self._stopped.is_set():
                message = pubsub.get_message(timeout=1.0)
                if message is None:
                    continue
                if message["type"] != "message":
                    self.missed()  # connected from now on: what was said before was not heard
                    continue
                try:
                    topic, payload = json.loads(message["data"])
                except (ValueError, TypeError):
                    log.warning("a message on %s is none of ours: %.200r", CHANNEL, message["data"])
                    continue
                if topic == MISSED:
                    self.missed()
                else:
                    self.dispatch(topic, payload)


class BusMessage(SQLModel, table=True):
    """A message on its way where there is no Redis; kept for a minute."""

    __tablename__ = "bus_message"

    id: int | None = Field(default=None, primary_key=True)
    topics: str = Field(max_length=400)  # with a space between two
    payload: Payload = Field(sa_type=JSON)  # nothing asks for what is in it: PostgreSQL keeps the text
    created_at: Any = Field(default_factory=clock.now, sa_type=UtcDateTime)


def is_old(now: datetime) -> ColumnElement[bool]:
    """Messages that go. The newest one stays: SQLite numbers the messages of an empty table from 1 on again, and who
    listens looks behind the last number that it heard."""
    newest = select(func.max(BusMessage.id)).correlate(None).scalar_subquery()
    return and_(col(BusMessage.created_at) < now - KEEP, col(BusMessage.id) < newest)


_SAY = Statement(
    "INSERT INTO bus_message (topics, payload, created_at) VALUES (:topics, :payload, {now})",
    "INSERT INTO bus_message (topics, payload, created_at) VALUES (:topics, CAST(:payload AS json), {now})",
)


class DatabaseBus(_ThreadedBus):
    """Messages through a table that every process polls."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self._said = itertools.count(1)
        self._heard: set[int | None] = set()  # numbers of the newest messages, which are not dispatched again

    def publish(self, topic: str, payload: Payload, *also: str) -> None:
        with self._database.plain() as plain:
            self.publish_with(plain, payload, topic, *also)

    def publish_with(self, plain: Plain, payload: Payload, *topics: str) -> None:
        """In the transaction itself: what is told of a change costs no commit of its own."""
        plain.write(_SAY, {"topics": " ".join(topics), "payload": orjson.dumps(payload).decode()})
        if next(self._said) % 100 == 0:
            plain.after.append(self._forget)

    def _forget(self) -> None:
        with self._database.system_session() as session:
            session.execute(delete(BusMessage).where(is_old(database_now(session))))  # by the clock that wrote it there

    def _run(self) -> None:
        last: int | None = None
        polled_at = time.monotonic()
        while not self._stopped.is_set():
            try:
                deaf, last = last is None, self._poll(last)
                if deaf:
                    self.missed()  # listening from now on: what was said before was not heard
                if time.monotonic() - polled_at > KEEP.total_seconds():
                    self.missed()  # away for so long that messages were removed unread
                polled_at = time.monotonic()
            except Exception:  # the database may be away for a while; the next turn tries again
                last = last or 0
            self._stopped.wait(POLL_SECONDS)

    def _poll(self, last: int | None) -> int:
        with self._database.system_session(read_only=True) as session:
            if last is None:
                newest: int = int(session.execute(select(func.coalesce(func.max(BusMessage.id), 0))).scalar_one())
                self._heard = set(session.scalars(select(BusMessage.id).where(col(BusMessage.id) > newest - LATE)))
                return newest
            ids: set[int | None] = set(session.scalars(select(BusMessage.id).where(col(BusMessage.id) > last - LATE)))
            fresh = ids - self._heard
            query = select(BusMessage).where(col(BusMessage.id).in_(fresh)).order_by(col(BusMessage.id))
            rows = session.scalars(query).all() if fresh else ()
        for row in rows:
            for topic in row.topics.split():
                self.dispatch(topic, row.payload)
        newest = max([last, *(number for number in ids if number is not None)])
        self._heard = {number for number in ids if number is not None and number > newest - LATE}
        return newest


@lru_cache(maxsize=1)
def get_bus() -> Bus:
    """The process's bus, from the settings."""
    url = get_settings().redis_url
    return RedisBus(url) if url else DatabaseBus(get_database())


def publish(topic: str, payload: Payload, *also: str) -> None:
    """Publishes to all processes, under other topics as well."""
    get_bus().publish(topic, payload, *also)


def publish_with(plain: Plain, payload: Payload, *topics: str) -> None:
    """Publishes to all processes with the commit of a plain transaction."""
    get_bus().publish_with(plain, payload, *topics)
