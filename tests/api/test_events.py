"""The event stream as a connection: so many of each person, and gone soon after what its person may has changed."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.requests import HTTPConnection, Request
from fastapi.testclient import TestClient
from sqlmodel import col, select

from flatrender.access.models import ApiKey, Role, User
from flatrender.access.permissions import Principal
from flatrender.api import dependencies, events, places
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import Unavailable
from flatrender.core.ids import new_id
from flatrender.renders.planner import Source, plan
from flatrender.renders.states import FARM_STOPPED
from tests.api.conftest import SignedIn, one_api
from tests.api.test_renders import job_of, run_task
from tests.installation import OTHER_TENANT

Json = dict[str, Any]


class Stream:
    """A stream of the whole application, opened by a browser or a key."""

    def __init__(self, *, cookie: str = "", key: str = "", host: str = "testserver") -> None:
        proof = (b"cookie", f"fr_session={cookie}".encode()) if cookie else (b"authorization", f"Bearer {key}".encode())
        scope: Json = {"type": "http", "method": "GET", "path": "/api/v1/events", "raw_path": b"/api/v1/events"}
        scope |= {"headers": [(b"host", host.encode()), proof], "query_string": b"", "client": ("192.0.2.1", 1)}
        scope |= {"http_version": "1.1", "scheme": "http", "server": (host, 80), "asgi": {"version": "3.0"}}
        self._said: asyncio.Queue[Json] = asyncio.Queue()
        self.kinds: set[str] = set()  # of every message, read or not
        self._gone = asyncio.Event()
        self._running = asyncio.create_task(one_api()(scope, self._hear, self._say))
        self._asked = False

    async def _hear(self) -> Json:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _say(self, message: Any) -> None:
        await self._said.put(dict(message))
        for line in message.get("body", b"").splitlines():
            if line.startswith(b"data: "):
                self.kinds.add(json.loads(line[6:])["kind"])

    async def status(self) -> int:
        async with asyncio.timeout(10):
            return int((await self._said.get())["status"])

    async def until(self, kind: str) -> Json:
        """The next message of a kind; heartbeats are none."""
        async with asyncio.timeout(10):
            while True:
                for line in (await self._said.get()).get("body", b"").splitlines():
                    if line.startswith(b"data: ") and (message := dict(json.loads(line[6:])))["kind"] == kind:
                        return message

    async def ended(self) -> None:
        async with asyncio.timeout(10):
            await self._running

    async def leave(self) -> None:
        self._gone.set()
        await self.ended()


def _id_of(who: TestClient) -> str:
    return str(who.get("/api/v1/auth/me").json()["id"])


async def test_one_person_has_so_many_streams(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_OPEN", 2)
    me, she = signed_in(), signed_in(email="b@example.com")
    cookie, another = (who.cookies["fr_session"] for who in (me, she))
    first, second = Stream(cookie=cookie), Stream(cookie=cookie)
    assert [await each.status() for each in (first, second)] == [200, 200]
    third = Stream(cookie=cookie)
    assert await third.status() == 429
    await third.ended()
    theirs = Stream(cookie=another)
    assert await theirs.status() == 200
    await first.leave()
    fourth = Stream(cookie=cookie)
    assert await fourth.status() == 200, "who leaves makes room"
    for each in (second, fourth, theirs):
        await each.leave()
    assert not {who for _, who in places._open} & {_id_of(who) for who in (me, she)}


async def test_a_request_that_ends_before_its_answer_leaves_no_place_taken() -> None:
    somebody = Principal(new_id(), DEFAULT_TENANT, Role.MEMBER, "u@example.com", "U")
    await events.events(Request({"type": "http", "headers": []}), somebody)
    assert ("events", somebody.user_id) not in places._open


async def test_everybody_hears_that_the_farm_is_stopped(signed_in: SignedIn, installation: Database) -> None:
    """People of every site, without why; rows say it as the answers do, each as its reader may act on it."""
    house, me = signed_in(Role.PLATFORM_ADMIN), signed_in(Role.OWNER)
    far = signed_in(Role.MEMBER, email="b@other.test", tenant=OTHER_TENANT)
    early = [Stream(cookie=who.cookies["fr_session"]) for who in (house, me)]
    early.append(Stream(cookie=far.cookies["fr_session"], host="other.test"))
    for each in early:
        await each.until("hello")
    await asyncio.to_thread(house.post, "/api/v1/farm/pause", json={"reason": "a new roof"})
    stopped = {"kind": "farm", "stopped": True}
    assert [await each.until("farm") for each in early] == [{**stopped, "reason": "a new roof"}, stopped, stopped]
    late = Stream(cookie=me.cookies["fr_session"])
    await late.until("hello")
    job_id = await asyncio.to_thread(job_of, installation, "owner@example.com")
    rows = [(await each.until("job"))["job"] for each in (*early[:2], late)]
    assert [(row["note"], row["can_boost"]) for row in rows] == [(FARM_STOPPED, at) for at in (True, False, False)]
    for who, boosts in ((house, True), (me, False)):
        for row in (who.get(f"/api/v1/renders/{job_id}").json(), *who.get("/api/v1/renders").json()["items"]):
            assert (row["note"], row["can_boost"]) == (FARM_STOPPED, boosts)
    await asyncio.to_thread(house.post, "/api/v1/farm/resume")
    assert not (await early[1].until("farm"))["stopped"]
    assert me.get(f"/api/v1/renders/{job_id}").json()["note"] == ""
    for each in (*early, late):
        await each.leave()


async def test_two_browsers_see_a_boost_at_once(signed_in: SignedIn, installation: Database) -> None:
    """And what a node does: tasks are told to who sent the film, nodes to who runs the farm, nothing to others."""
    user, admin = signed_in(Role.MEMBER), signed_in(Role.PLATFORM_ADMIN)
    nobody = signed_in(Role.MEMBER, email="other@example.com")
    job_id = await asyncio.to_thread(job_of, installation)
    mine, house, other = streams = [Stream(cookie=who.cookies["fr_session"]) for who in (user, admin, nobody)]
    for each in streams:
        await each.until("hello")
    await asyncio.to_thread(admin.post, f"/api/v1/renders/{job_id}/boost", json={"priority": 90})
    for each in (mine, house):
        row = (await each.until("job"))["job"]
        assert (row["id"], row["priority"]) == (job_id, 90)
    planned = plan(Source("0" * 32, "b", "1", (2, 2), (25, 1)), []).to_dict()
    await asyncio.to_thread(run_task, installation, plan=planned, warnings=[])
    while (step := await mine.until("job.step"))["step"]["state"] != "DONE":
        pass
    assert step["job_id"] == job_id
    await house.until("node")
    for each in streams:
        await each.leave()
    assert "node" not in mine.kinds
    # A stream opened before the bus of its process listens is told to load anew.
    assert other.kinds <= {"hello", "resync"}


def _change_key(installation: Database, **how: Any) -> None:
    with installation.tenant_session(DEFAULT_TENANT) as session:
        session.add(session.exec(select(ApiKey)).one().sqlmodel_update(how))


def _change_member(installation: Database, tenant: str, **how: Any) -> None:
    with installation.tenant_session(tenant) as session:
        session.add(session.exec(select(User).where(col(User.role) == Role.DESIGNER)).one().sqlmodel_update(how))


WAYS: dict[str, Callable[[TestClient, TestClient, Database], object]] = {
    "signing out": lambda me, house, _: me.post("/api/v1/auth/sign-out", follow_redirects=False),
    "a suspended site": lambda me, house, _: house.post(f"/api/v1/sites/{OTHER_TENANT}/suspend"),
    "another role": lambda me, house, db: _change_member(db, OTHER_TENANT, role=Role.MEMBER),
    "a closed account": lambda me, house, db: _change_member(db, OTHER_TENANT, active=False),
}


@pytest.mark.parametrize("way", list(WAYS))
async def test_a_stream_ends_with_what_it_was_opened_by(
    signed_in: SignedIn, installation: Database, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Also one on which nothing is told; within the seconds of a look, of which there are at most ten."""
    assert events.CHECK_SECONDS <= 10
    monkeypatch.setattr(events, "CHECK_SECONDS", 0.05)
    me, house = signed_in(Role.DESIGNER, email="b@other.test", tenant=OTHER_TENANT), signed_in(Role.PLATFORM_ADMIN)
    stream, stays = (
        Stream(cookie=who.cookies["fr_session"], host=host) for who, host in ((me, "other.test"), (house, "testserver"))
    )
    for each in (stream, stays):
        await each.until("hello")
    WAYS[way](me, house, installation)
    await stream.until("signed-out")
    await stream.ended()
    assert not stays._running.done()
    await stays.leave()


async def test_a_stream_outlives_a_database_that_is_away(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers do not come back to a stream that answers 503."""
    looks = 0
    loop, back = asyncio.get_running_loop(), asyncio.Event()

    def away(request: HTTPConnection) -> Principal | None:
        nonlocal looks
        looks += 1
        if looks == 6:
            loop.call_soon_threadsafe(back.set)
        if looks < 4:
            raise Unavailable("The database did not answer; try again in a moment.")
        return asking(request)

    asking = dependencies._asking
    monkeypatch.setattr(events, "CHECK_SECONDS", 0.05)
    me = signed_in()
    stream = Stream(cookie=me.cookies["fr_session"])
    await stream.until("hello")
    monkeypatch.setattr(dependencies, "_asking", away)
    async with asyncio.timeout(10):
        await back.wait()
    assert not stream._running.done()
    me.post("/api/v1/auth/sign-out", follow_redirects=False)
    await stream.until("signed-out")
    await stream.ended()


async def test_a_keys_stream_ends_with_its_scopes(
    signed_in: SignedIn, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "CHECK_SECONDS", 0.05)
    boss = signed_in(Role.ADMIN)
    made = boss.post("/api/v1/keys", json={"name": "Both", "scopes": ["projects", "jobs:tenant"]}).json()
    stream = Stream(key=made["secret"])
    await stream.until("hello")
    _change_key(installation, scopes=["projects"])
    await stream.until("signed-out")
    await stream.ended()


async def test_streams_that_began_together_look_at_different_times(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole round passes between two looks; the first one comes somewhere in it."""
    drawn = [events._ahead() for _ in range(300)]
    assert all(0 <= each <= events.CHECK_SECONDS for each in drawn)
    assert all(Counter(int(4 * each / events.CHECK_SECONDS) for each in drawn)[quarter] > 30 for quarter in range(4))
    looks: list[str] = []
    loop, looked = asyncio.get_running_loop(), asyncio.Event()

    def look(request: HTTPConnection, principal: Principal) -> bool:
        looks.append(principal.email)
        loop.call_soon_threadsafe(looked.set)
        return True

    monkeypatch.setattr(events, "still_signed_in", look)
    monkeypatch.setattr(events, "CHECK_SECONDS", 1000.0)
    streams = []
    for email, ahead in (("soon@example.com", 999.95), ("late@example.com", 1.0)):
        monkeypatch.setattr(events, "_ahead", lambda ahead=ahead: ahead)
        stream = Stream(cookie=signed_in(email=email).cookies["fr_session"])
        await stream.until("hello")
        streams.append(stream)
    async with asyncio.timeout(10):
        await looked.wait()
    for stream in streams:
        await stream.leave()
    assert looks == ["soon@example.com"], "and each once in a round"
