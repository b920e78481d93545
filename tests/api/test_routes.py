"""How routes are found and run: the same ones that the router would find, each in one thread, committed before it
answers."""

import threading
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import _IncludedRouter
from fastapi.testclient import TestClient
from starlette.routing import Match
from starlette.types import Scope

from flatrender.api.app import PREFIX, create_api
from flatrender.api.routes import Index, Route, in_a_thread

OUR_PREFIX = "/x"


class Seen:
    """What a request did, in which thread."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int]] = []

    def note(self, step: str) -> None:
        self.steps.append((step, threading.get_ident()))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.steps]


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def asked(seen: Seen) -> TestClient:
    router = APIRouter(route_class=Route)

    def who() -> str:
        seen.note("who")
        return "Sara"

    async def may(name: Annotated[str, Depends(who)]) -> str:
        await in_a_thread(seen.note, "may")
        return name

    def opened(name: Annotated[str, Depends(may)]) -> Iterator[str]:
        seen.note("open")
        try:
            yield name
        except BaseException:
            seen.note("undone")
            raise
        seen.note("done")

    Opened = Annotated[str, Depends(opened, scope="function")]

    @router.post("/films/{number}")
    def films(number: int, body: dict[str, Any], who: Opened) -> dict[str, Any]:
        seen.note("run")
        if number == 13:
            raise ValueError("no such film")
        return {"number": number, "body": body, "who": who}

    @router.get("/waits")
    async def waits(request: Request, who: Opened) -> str:
        return await in_a_thread(lambda: who)

    app = FastAPI()
    app.include_router(router, prefix=OUR_PREFIX)
    app.router.middleware_stack = Index(app.router, f"{OUR_PREFIX}/")
    return TestClient(app, raise_server_exceptions=False)


def test_a_request_is_one_turn_in_one_thread_and_done_before_it_answers(asked: TestClient, seen: Seen) -> None:
    answer = asked.post("/x/films/7", json={"a": 1})
    assert answer.json() == {"number": 7, "body": {"a": 1}, "who": "Sara"}
    assert seen.names == ["who", "may", "open", "run", "done"]
    assert len({thread for _, thread in seen.steps}) == 1 and seen.steps[0][1] != threading.get_ident()


def test_what_fails_is_undone(asked: TestClient, seen: Seen) -> None:
    assert asked.post("/x/films/13", json={}).status_code == 500
    assert seen.names[-1] == "undone"


def test_a_body_that_is_none_runs_nothing(asked: TestClient, seen: Seen) -> None:
    assert asked.post("/x/films/7", content=b"[", headers={"Content-Type": "application/json"}).status_code == 422
    assert "run" not in seen.names


def test_a_route_that_waits_runs_as_ever(asked: TestClient, seen: Seen) -> None:
    assert asked.get("/x/waits").json() == "Sara"
    assert seen.names == ["who", "may", "open", "done"]


def test_another_method_and_a_slash_too_many_are_the_routers_matter(asked: TestClient) -> None:
    assert asked.put("/x/films/7").headers["Allow"] == "POST"
    assert asked.get("/x/waits/").json() == "Sara"  # it leads there
    assert asked.get("/x/nothing").status_code == 404


def test_the_index_finds_what_the_router_finds() -> None:
    """Of each route an address, looked for in both."""
    app = create_api()
    asked = [
        (route.path_format, method)
        for included in app.routes
        if isinstance(included, _IncludedRouter)
        for route in included.effective_route_contexts()
        if route.path_format.startswith(f"{PREFIX}/")
        for method in route.methods or ()
    ]
    assert len(asked) > 150
    index = Index(app.router, f"{PREFIX}/")
    for path, method in asked:
        scope: Scope = {
            "type": "http",
            "method": method,
            "path": path.replace("{", "").replace("}", ""),
            "root_path": "",
        }
        found = next(route for _, route in index.known(scope["path"]) if route.matches(scope)[0] is Match.FULL)
        first = next(
            route
            for included in app.routes
            if isinstance(included, _IncludedRouter)
            for route in included.effective_route_contexts()
            if route.matches(scope)[0] is Match.FULL
        )
        assert found.endpoint is first.endpoint, (method, path)
