"""Guarded changes of one thing, sent to two web processes: one of those that saw the same is done."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.testclient import TestClient

from flatrender.access.permissions import Principal
from flatrender.api import conditional
from flatrender.api.conditional import Conditional, only_readable
from flatrender.api.slow import GUARDS
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.turns import Turn
from flatrender.settings import get_settings
from tests.deadline import until
from tests.installation import installed

THING = "/api/v1/thing"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    environment = {}
    if request.param == "postgresql":
        environment["DATABASE_URL"] = request.getfixturevalue("filled_postgres_url")
    with installed(tmp_path / "data", monkeypatch, **environment) as database:
        yield database


def web(thing: dict[str, str], changes: Callable[[], object] = lambda: None) -> TestClient:
    """A web process of its own, as far as guards go: nothing in memory is shared with another but the thing."""
    app = FastAPI(dependencies=[Depends(only_readable)])

    @app.get(THING)
    def read() -> dict[str, str]:
        return dict(thing)

    @app.patch(THING)
    def change(name: str) -> dict[str, str]:
        changes()
        thing["name"] = name
        return dict(thing)

    app.add_middleware(Conditional)
    return TestClient(app)


def test_two_processes_do_one_of_two_changes(database: Database) -> None:
    thing, began, came = {"name": "old"}, threading.Event(), threading.Event()

    def changes() -> None:
        began.set()
        came.wait(0.5)  # for the other one to get as far as its own change, if nothing holds it

    one, two = web(thing, changes), web(thing, came.set)
    guarded = {"If-Match": two.get(THING).headers["etag"]}

    def send(process: TestClient, name: str) -> httpx.Response:
        return process.patch(THING, params={"name": name}, headers=guarded)

    with ThreadPoolExecutor() as threads:
        first = threads.submit(send, one, "first")
        assert began.wait(20)
        second = threads.submit(send, two, "second")
        assert (first.result().status_code, second.result().status_code) == (200, 412)
    assert thing == {"name": "first"}


def test_one_persons_changes_leave_turns_for_others(database: Database) -> None:
    """A process has a few turns at once, each for as long as its change lasts."""
    app, looked, goes_on = FastAPI(dependencies=[Depends(only_readable)]), [], threading.Event()

    @app.get("/api/v1/things/{name}")
    def read(name: str, request: Request) -> str:
        request.state.principal = Principal(request.headers["who"], DEFAULT_TENANT, "", "", "")
        looked.append(request.headers["who"])
        return name

    @app.patch("/api/v1/things/{name}")
    def change(name: str, request: Request) -> str:
        if request.headers["who"] == "slow":
            goes_on.wait(20)
        return name

    app.add_middleware(Conditional)

    def send(who: str, name: str) -> int:
        return process.patch(f"/api/v1/things/{name}", headers={"If-Match": "*", "Who": who}).status_code

    with TestClient(app) as process, ThreadPoolExecutor(6) as threads:
        slow = [threads.submit(send, "slow", str(number)) for number in range(6)]
        until(lambda: looked.count("slow") >= 6 + GUARDS._of_one)  # before they wait for a turn, and with one
        assert send("quick", "other") == 200
        goes_on.set()
        assert [each.result() for each in slow] == [200] * 6


def test_who_waits_too_long_is_told_and_nothing_is_done(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    thing = {"name": "old"}
    process = web(thing)
    guarded = {"If-Match": process.get(THING).headers["etag"]}
    turn = Turn(database, get_settings().data_dir / "turns", THING)
    turn.take(5)
    with monkeypatch.context() as soon:
        soon.setattr(conditional, "LOOK_SECONDS", 0.2)
        late = process.patch(THING, params={"name": "new"}, headers=guarded)
    assert (late.status_code, late.json()["code"], thing["name"]) == (503, "unavailable", "old")
    turn.give_back()
    assert process.patch(THING, params={"name": "new"}, headers=guarded).status_code == 200


def test_a_turn_that_nobody_waits_for_any_more_is_let_go(database: Database) -> None:
    folder = get_settings().data_dir / "turns"
    turn = Turn(database, folder, THING)
    turn.give_back()
    turn.take(5)
    other = Turn(database, folder, THING)
    other.take(5)
    other.give_back()
