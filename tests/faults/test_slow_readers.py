"""Fault 11: readers that do not read. The API is served as it is, in a process of its own, and waits for nobody."""

import base64
import json
import os
import socket
import sqlite3
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest
import redis
from sqlalchemy import insert, text
from sqlmodel import col, select

from flatrender.access import service as access
from flatrender.access.models import Role
from flatrender.core import bus, process
from flatrender.core.db import DEFAULT_TENANT, database_now
from flatrender.farm.models import TaskLog, table
from flatrender.notifications import channels, courier
from flatrender.notifications.models import Delivery, DeliveryState
from tests.benchmarks.test_listeners import SERVE
from tests.deadline import until
from tests.farm.crowd import fill
from tests.faults.conftest import Farm, farm_on
from tests.faults.test_many import CLAIM_MS, MOST_ROUNDS, register, rounds_of_claims
from tests.servers import free_port

MIB = 1 << 20
CLAIMS = 60  # in a round
NOISE, OF_BYTES = 4000, 8000  # messages that nobody reads
MOST_GROWTH = 24 * MIB  # less than any one of the readers leaves unread
STARTS_WITHIN = 120  # seconds, on a busy machine
PASSWORD = "a password for slow readers"


class Api:
    """The API as it is served, and connections to it that take little at a time."""

    def __init__(self, nodes: Farm) -> None:
        self.port = free_port()
        people = {"admin@example.com": Role.PLATFORM_ADMIN, "member@example.com": Role.MEMBER}
        with nodes.database.system_session() as session:
            for email, role in people.items():
                user = access.create_user(
                    session, DEFAULT_TENANT, email=email, password=PASSWORD, name="Ada", role=role
                )
        self.member_id = user.id
        words = [sys.executable, "-c", SERVE.format(port=self.port)]
        self._child = process.Child(
            words, env=dict(os.environ), stdin=process.DEVNULL, stdout=process.DEVNULL, keep_stderr=10_000
        )
        self._sockets = ExitStack()
        self.admin, self.member = (
            until(lambda email=email: self._signed_in(email), STARTS_WITHIN, "the API's answer") for email in people
        )

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self._sockets.close()
        self._child.close()

    def _signed_in(self, email: str) -> str:
        assert self._child.popen.poll() is None, self._child.last_words()
        account = {"email": email, "password": PASSWORD}
        try:
            answer = httpx.post(f"http://localhost:{self.port}/api/v1/auth/sign-in", json=account)
        except httpx.TransportError:
            return ""
        assert answer.is_success, answer.text
        return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

    @property
    def memory(self) -> int:
        """Bytes of all its processes."""
        server = psutil.Process(self._child.popen.pid)
        return sum(each.memory_info().rss for each in (server, *server.children(recursive=True)))

    def get(self, path: str, cookie: str = "", **headers: str) -> socket.socket:
        """A connection whose answer has begun, the admin's unless the cookie is another's. The system keeps little of
        what is not read."""
        found = self._sockets.enter_context(socket.socket())
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        found.settimeout(20)
        found.connect(("127.0.0.1", self.port))
        asked = {"Host": "localhost", "Cookie": cookie or self.admin, **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in asked.items())
        found.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        begun = found.recv(200)
        assert b" 200 " in begun or b" 101 " in begun, begun
        return found

    def answers(self) -> None:
        """Asks something small and waits for the answer, however long the machine pauses."""
        answer = httpx.get(f"http://localhost:{self.port}/api/v1/auth/me", headers={"Cookie": self.admin}, timeout=60)
        assert answer.is_success, answer.text

    def web_socket(self) -> socket.socket:
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        return self.get("/api/v1/projects/none/bakes", **upgrade, **{"Sec-WebSocket-Key": key})


class DrippingProgram:
    """A client's program that answers the first callback byte by byte and never to its end, the next ones at once."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/done"
        self.keys: list[str] = []
        self._ended = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._ended.set()
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                with connection, suppress(OSError):
                    head = connection.recv(65536).decode("latin-1")
                    [key] = [line[17:] for line in head.split("\r\n") if line.lower().startswith("idempotency-key: ")]
                    self.keys.append(key)
                    if len(self.keys) > 1:
                        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                        continue
                    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                    while not self._ended.wait(0.05):
                        connection.sendall(b"x")


@contextmanager
def called_back(nodes: Farm, monkeypatch: pytest.MonkeyPatch) -> Iterator[DrippingProgram]:
    """A courier at work, and a message to a program that drips."""
    monkeypatch.setattr(channels, "WEBHOOK_SECONDS", 1.0)
    monkeypatch.setattr(courier, "WAITS", (0.1,) * 5)
    with closing(DrippingProgram()) as program, courier.Courier(nodes.database):
        with nodes.database.system_session() as session:
            at = database_now(session) - timedelta(seconds=1)
            one = {"tenant_id": DEFAULT_TENANT, "event_id": 1, "channel": "webhook", "payload": {}}
            session.add(Delivery(target=program.url, next_at=at, **one))
        until(lambda: program.keys, what="the first try")
        yield program


def long_log(nodes: Farm, job_id: str) -> None:
    """Some 27 MB of it."""
    line = {"tenant_id": DEFAULT_TENANT, "owner_id": job_id, "level": "info", "message": "x" * 1900, "task_id": None}
    with nodes.database.system_session() as session:
        line["at"] = database_now(session)
    with nodes.database.engine.begin() as connection:
        connection.execute(insert(table(TaskLog)), [line] * 14_000)


def swallowed(api: Api, connection: socket.socket, most: int) -> int:
    """Sends messages over a web socket whose answers nobody reads, until no more are taken though the API answers
    others; how many bytes were."""
    bake = json.dumps({"id": 1, "clip": "none", "key": "title", "value": "x" * 20_000}).encode()
    frame = b"\x81" + struct.pack("!BH", 0x80 | 126, len(bake)) + bytes(4) + bake  # masked with zeros
    connection.settimeout(1.5)
    sent, answered = 0, False
    while sent < most:
        try:
            sent += connection.send(frame[sent % len(frame) :])
        except TimeoutError:
            if answered:  # and took nothing since
                break
            api.answers()  # it may have stood still
            answered = True
        else:
            answered = False
    return sent


def nobody_waits_in_a_transaction(nodes: Farm) -> bool:
    if nodes.database.is_sqlite:
        with closing(sqlite3.connect(nodes.database.url.removeprefix("sqlite:///"), timeout=5)) as connection:
            return connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND state LIKE 'idle in transaction%' AND state_change < now() - interval '0.2 seconds'"
    )
    with nodes.database.engine.connect() as connection:
        return connection.execute(waiting).scalar_one() == 0


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_readers_that_do_not_read_delay_nobody(
    kind: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Fault 11: of the events, of a web socket, of a log, and a webhook: bounded memory, no delayed claims, and the
    outbox tries again."""
    url = request.getfixturevalue("filled_postgres_url") if kind == "postgres" else None
    settings = {"REDIS_URL": redis_url, "FLATRENDER_HOSTS": "localhost", "FLATRENDER_CALLBACK_NETWORKS": "127.0.0.1"}
    with farm_on(kind, tmp_path, monkeypatch, url, **settings) as nodes:
        register(nodes)
        nodes.submitted += fill(nodes.database, (MOST_ROUNDS + 1) * CLAIMS)
        long_log(nodes, nodes.submitted[0])
        with Api(nodes) as api, called_back(nodes, monkeypatch) as program:
            attentive = api.get("/api/v1/events", api.member)
            api.get("/api/v1/events")
            talker = api.web_socket()
            began = api.memory
            api.get(f"/api/v1/renders/{nodes.submitted[0]}/log.txt")
            bus_messages = redis.Redis.from_url(redis_url).pipeline(transaction=False)
            for number in range(NOISE):
                noise = {"kind": "noise", "number": number, "text": "x" * OF_BYTES}
                bus_messages.publish(bus.CHANNEL, json.dumps(["farm", noise]))
            news = {"kind": "notifications", "user_id": api.member_id, "unread": 77}
            bus_messages.publish(bus.CHANNEL, json.dumps([f"user:{api.member_id}", news]))
            bus_messages.execute()
            during, _ = rounds_of_claims(nodes, CLAIMS)
            heard = b""
            while b'"unread":77' not in heard:  # behind all that nobody reads, and heard all the same
                heard += attentive.recv(4096)
            most = 60 * MIB
            assert swallowed(api, talker, most) < most
            assert api.memory - began < MOST_GROWTH
            until(lambda: nobody_waits_in_a_transaction(nodes), what="the end of what the readers hold in the database")
            assert min(during) < CLAIM_MS, during

            def delivered() -> bool:
                with nodes.database.system_session(read_only=True) as session:
                    rows = session.exec(select(Delivery.state).where(col(Delivery.target) == program.url)).all()
                return rows == [DeliveryState.SENT]

            until(delivered, 20, "another try")
            assert len(program.keys) >= 2
            assert len(set(program.keys)) == 1
