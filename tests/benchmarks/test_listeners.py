"""Five hundred dashboards: how soon each of them shows that a job's priority has changed.

The API runs as it is served, in one process; the change is made in another, as a node's is, and goes over Redis.
Measured from before the change's transaction until a listener has the bytes.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from flatrender.access import service as access
from flatrender.access.models import Role, User
from flatrender.access.permissions import Principal
from flatrender.api.dependencies import COOKIE
from flatrender.api.events import MOST_OPEN
from flatrender.core import clock, process
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.renders import service
from tests.benchmarks.table import Figure
from tests.deadline import until
from tests.farm.crowd import fill
from tests.installation import installed
from tests.servers import free_port

LISTENERS, CHANGES, BETWEEN = 500, 20, 0.5
PASSWORD = "a password for this run"
SERVE = """
from granian.constants import Interfaces
from granian.server import Server
Server("flatrender.api.app:create_api", factory=True, port={port}, interface=Interfaces.ASGI, workers=1).serve()
"""
Record = Callable[[Figure], None]


class Crowd:
    """Tells when every listener has its stream (0), then the first change, the second …"""

    def __init__(self) -> None:
        self._number, self._left, self._all = 0, LISTENERS, asyncio.Event()

    def arrived(self, number: int) -> None:
        if number == self._number:
            self._left -= 1
            if not self._left:
                self._all.set()

    async def all_have(self) -> None:
        """Waits for it; what arrives from now on is the next one."""
        async with asyncio.timeout(60):
            await self._all.wait()
        self._number, self._left = self._number + 1, LISTENERS
        self._all.clear()


async def _listen(port: int, cookie: str, job: str, seen: list[float], crowd: Crowd) -> None:
    """Notes when each change of the job arrived."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    wanted = b'"id":"' + job.encode() + b'"'
    try:
        while line := await reader.readline():
            if b'"hello"' in line:
                crowd.arrived(0)
            elif line.startswith(b"data:") and wanted in line:
                seen.append(time.perf_counter())
                crowd.arrived(len(seen))
    finally:
        writer.close()


def _people(database: Database, port: int) -> list[str]:
    """The cookies of so many administrators that each has as many streams as one may."""
    cookies = []
    with database.system_session() as session:
        for number in range(-(-LISTENERS // MOST_OPEN)):
            user = User(tenant_id=DEFAULT_TENANT, email=f"{number}@example.com", name="B", password_hash="x")
            user.role, user.email_verified_at = Role.PLATFORM_ADMIN, clock.now()
            session.add(user)
            session.flush()
            cookies.append(f"{COOKIE}={access.open_session(session, user, address='', agent='')}")
    for cookie in cookies:  # until then they are strangers, of whom one address may have few
        assert httpx.get(f"http://localhost:{port}/api/v1/auth/me", headers={"Cookie": cookie}).is_success
    return cookies


async def _measure(database: Database, port: int, cookies: list[str], job: str, admin: Principal) -> list[float]:
    """Milliseconds until each listener had each change."""
    arrived: list[list[float]] = [[] for _ in range(LISTENERS)]
    crowd = Crowd()
    listeners = [
        asyncio.create_task(_listen(port, cookies[number // MOST_OPEN], job, seen, crowd))
        for number, seen in enumerate(arrived)
    ]
    await crowd.all_have()

    def change(number: int) -> float:
        began = time.perf_counter()
        with database.system_session() as session:
            service.boost(session, admin, job, 50 + number % 40)
        return began

    waits = []
    for number in range(1, CHANGES + 1):
        began = await asyncio.to_thread(change, number)
        await crowd.all_have()
        waits += [(seen[number - 1] - began) * 1000 for seen in arrived]
        await asyncio.sleep(BETWEEN)  # the pace that is measured: no change waits for another
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    return waits


def test_five_hundred_listeners(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Record
) -> None:
    port = free_port()
    with installed(tmp_path / "data", monkeypatch, REDIS_URL=redis_url, FLATRENDER_HOSTS="localhost") as database:
        [job] = fill(database, 1, of=1)
        with database.system_session() as session:
            user = access.create_user(
                session,
                DEFAULT_TENANT,
                email="admin@example.com",
                password=PASSWORD,
                name="A",
                role=Role.PLATFORM_ADMIN,
            )
            admin = Principal(user.id, DEFAULT_TENANT, Role.PLATFORM_ADMIN, user.email, user.name)
        words = [sys.executable, "-c", SERVE.format(port=port)]
        quiet = {"stdin": process.DEVNULL, "stdout": process.DEVNULL, "keep_stderr": 10_000}
        with process.Child(words, env=dict(os.environ), **quiet) as server:

            def answers() -> bool:
                assert server.popen.poll() is None, server.last_words()
                try:
                    return httpx.get(f"http://localhost:{port}/api/openapi.json").is_success
                except httpx.TransportError:
                    return False

            until(answers, 30, "the API's answer")
            cookies = _people(database, port)
            waits = sorted(asyncio.run(_measure(database, port, cookies, job, admin)))
    how = f"{LISTENERS} streams of one process, {CHANGES} changes, Redis"
    figure(Figure("a change at a listener, median", waits[len(waits) // 2], "ms", note=how))
    figure(Figure("a change at a listener, 95th percentile", waits[int(len(waits) * 0.95)], "ms", 250, how))
