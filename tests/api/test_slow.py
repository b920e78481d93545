"""One person with many requests that wait long, in a process of eight threads: others are answered meanwhile."""

import base64
import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import anyio
import anyio.to_thread
import httpx
import pytest
from fastapi.testclient import TestClient

from flatrender.access.models import Role
from flatrender.api import slow
from flatrender.api.errors import refusal
from flatrender.commands.web import THREADS
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import Unavailable
from flatrender.media import uploads
from flatrender.notifications import webhooks
from flatrender.projects import text_pictures
from flatrender.tenants import domains
from tests.access.test_rules import add_project
from tests.api.conftest import SignedIn

MANY = 2 * THREADS
Send = Callable[[int], httpx.Response]


class Held:
    """In place of what takes long: stands until it is let go, and counts how many stand at once."""

    def __init__(self) -> None:
        self.let_go, self.now, self.most = threading.Event(), 0, 0
        self.full = threading.Semaphore(0)
        self._lock = threading.Lock()

    def __call__(self, *_: object, **__: object) -> object:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.full.release()
        assert self.let_go.wait(60)
        with self._lock:
            self.now -= 1
        raise Unavailable("Nothing came of it.")


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.let_go.set()


@pytest.fixture
def process(client: TestClient) -> TestClient:
    """A web process as one of several: its requests share an event loop with as many threads."""

    async def few() -> None:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS

    client.portal.call(few)
    return client


def requests_of(kind: str, me: TestClient, process: TestClient, installation: Database) -> Send:
    """A request of a person, by number, on the process's own event loop."""
    headers = {"Cookie": f"fr_session={me.cookies['fr_session']}"}
    account = me.get("/api/v1/auth/me").json()["id"]
    send = partial(process.request, headers=headers)
    if kind == "drawings":
        with installation.tenant_session(DEFAULT_TENANT) as session:
            project = add_project(session, account, "Film").id
        body = {"text": "Hi", "width": 10, "height": 10, "frame_height": 10}
        return lambda _: send("POST", f"/api/v1/projects/{project}/text-picture", json=body)
    if kind == "files":
        tus = {"Tus-Resumable": "1.0.0"}
        said = {**tus, "Upload-Length": "1", "Upload-Metadata": f"filename {base64.b64encode(b'a.png').decode()}"}
        places = [me.post("/api/v1/media/uploads", headers=said).headers["location"] for _ in range(MANY)]
        piece = {**headers, **tus, "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        return lambda number: send("PATCH", places[number], content=b"x", headers=piece)
    if kind == "domains":
        made = me.post("/api/v1/sites/mine/domains", json={"name": "films.example.com"}).json()["id"]
        return lambda _: send("POST", f"/api/v1/sites/mine/domains/{made}/prove")
    wish = {"url": "https://hooks.example.com/x", "events": ["render.finished"]}
    return lambda _: send("POST", "/api/v1/webhooks", json=wish)


PLACES = {
    "drawings": (text_pictures, "drawn"),
    "files": (uploads, "file_sha256"),
    "domains": (domains, "look_up"),
    "webhooks": (webhooks, "check"),
}


@pytest.mark.parametrize("kind", PLACES)
def test_one_person_leaves_a_process_to_the_others(
    kind: str,
    process: TestClient,
    signed_in: SignedIn,
    installation: Database,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    me, other = signed_in(Role.ADMIN), signed_in(email="other@example.com")
    send = requests_of(kind, me, process, installation)
    theirs = {"Cookie": f"fr_session={other.cookies['fr_session']}"}
    monkeypatch.setattr(slow.DRAWINGS, "_seconds", 60.0)
    monkeypatch.setattr(*PLACES[kind], held)
    with ThreadPoolExecutor(MANY + 1) as threads:
        sent = [threads.submit(send, number) for number in range(MANY)]
        try:
            assert held.full.acquire(timeout=20) and held.full.acquire(timeout=20)
            for _ in range(3):
                asked = threads.submit(process.get, "/api/v1/auth/me", headers=theirs)
                assert asked.result(timeout=20).json()["email"] == "other@example.com"
            assert held.most == 2
        finally:
            held.let_go.set()
        assert {each.result(timeout=60).json()["code"] for each in sent} == {"unavailable"}
    assert (held.most, held.now) == (2, 0)


async def test_who_waits_too_long_is_told_and_leaves_no_place_taken() -> None:
    kind = slow.Slow("tested", threads=3, seconds=0.05)
    async with kind.turn("me"), kind.turn("me"):
        with pytest.raises(Unavailable) as refused:
            await kind.run("me", int)
        assert refused.value.code == "busy"
        assert await kind.run("another", int) == 0
    assert await kind.run("me", int) == 0
    assert not kind._of_loop().places


async def test_who_waits_too_long_for_others_threads_is_told_as_well() -> None:
    kind, held = slow.Slow("tested of all", threads=2, seconds=0.05), threading.Event()

    async def hold(who: str) -> None:
        await kind.run(who, held.wait, 20)

    async with anyio.create_task_group() as tasks:
        for who in ("me", "you"):
            tasks.start_soon(hold, who)
        await anyio.wait_all_tasks_blocked()
        try:
            with anyio.fail_after(10), pytest.raises(Unavailable) as refused:
                await kind.run("another", int)
        finally:
            held.set()
    answer = refusal(refused.value)
    assert (answer.status_code, answer.headers["retry-after"], refused.value.code) == (503, "2", "busy")
    assert await kind.run("another", int) == 0
    assert not kind._of_loop().places and kind._of_loop().threads.value == 2
    assert all(math.isfinite(each._seconds) for each in (slow.DRAWINGS, slow.FILES, slow.OTHERS))


async def test_a_place_is_given_on_to_whoever_waits_also_where_one_gives_up() -> None:
    kind, done = slow.Slow("tested too", threads=1, of_one=1), []

    async def work(number: int) -> None:
        await kind.run("me", lambda: done.append(number))

    async with anyio.create_task_group() as tasks, kind.turn("me"):
        async with anyio.create_task_group() as gone:
            gone.start_soon(work, 0)
            await anyio.wait_all_tasks_blocked()
            gone.cancel_scope.cancel()
        tasks.start_soon(work, 1)
        tasks.start_soon(work, 2)
        await anyio.wait_all_tasks_blocked()
        assert done == []
    assert sorted(done) == [1, 2] and not kind._of_loop().places
