"""Nothing of one tenant or user reaches another through the pages: every event handler, and the event stream.

The handlers come from the framework's own lists, so that a new one is tried without being named here. Each runs as the
framework runs it, with a real session and the ids of others in every argument and every field that the page keeps.
"""

import asyncio
import importlib
import inspect
import json
import pkgutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
import reflex as rx
from fastapi.testclient import TestClient
from reflex.utils.format import json_dumps
from sqlalchemy import select

import flatrender.ui.state
from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.api import events
from flatrender.core import outbox
from flatrender.core.bus import get_bus
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import FlatRenderError
from flatrender.projects import service as projects
from flatrender.schema import metadata
from flatrender.ui.state.session import SESSION_COOKIE, Caller
from flatrender.ui.state.studio import StudioState
from tests.api.conftest import SignedIn
from tests.deadline import until
from tests.installation import OTHER_TENANT
from tests.projects.conftest import (
    client,
    drawn_at_once,
    made_projects,
    promo,
    quick_passwords,
    scanned_once,
    signed_in,
)

__all__ = ["client", "drawn_at_once", "made_projects", "promo", "quick_passwords", "scanned_once", "signed_in"]
Json = dict[str, Any]
SECRET = "A film that nobody else knows of"
for _module in pkgutil.iter_modules(flatrender.ui.state.__path__, "flatrender.ui.state."):
    importlib.import_module(_module.name)


def pages() -> Iterator[type[Any]]:
    """Every state that asks who is there."""
    waiting = [rx.State]
    while waiting:
        state = waiting.pop()
        waiting += state.__subclasses__()
        if issubclass(state, Caller) and state.__module__.startswith("flatrender."):
            yield state


def handlers() -> list[tuple[type[Any], str]]:
    own = ((page, name) for page in pages() for name in page.event_handlers)
    return sorted(
        (
            (page, name)
            for page, name in own
            if inspect.getmodule(page.event_handlers[name].fn).__name__.startswith("flatrender.")
        ),  # type: ignore[union-attr]
        key=lambda pair: (pair[0].__name__, pair[1]),
    )


async def run(page: type[Any], event: str, browser: TestClient, given: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a handler answers and shows, as text; an error of ours is its sentence."""
    state = page(_reflex_internal_init=True)
    cookies = f"{SESSION_COOKIE}={browser.cookies[SESSION_COOKIE]}"
    headers = SimpleNamespace(cookie=cookies, host=browser.base_url.host)
    address = SimpleNamespace(path=f"/anything/{given}", query_parameters={"token": given})
    monkeypatch.setattr(page, "router", SimpleNamespace(headers=headers, url=address), raising=False)
    for name, kind in inspect.get_annotations(page).items():
        if kind is str:
            setattr(state, name, given)
    handler = page.event_handlers[event].fn
    wanted = [each for each in inspect.signature(handler).parameters.values()][1:]
    arguments = [True if each.annotation is bool else 1 if each.annotation is int else given for each in wanted]
    said: list[Any] = []
    try:
        answer = handler(state, *arguments)
        if inspect.isasyncgen(answer):
            async for each in answer:
                said.append(each)
        elif inspect.isawaitable(answer):
            said.append(await answer)
    except FlatRenderError as error:
        said.append(error.message)
    return json_dumps(state.get_delta()) + repr(said)


def rows(database: Database) -> Json:
    """All that the first tenant has, but for the log of requests, which is written seconds after them."""
    found: Json = {}
    with database.system_session(read_only=True) as session:
        for table in metadata.sorted_tables:
            if "tenant_id" in table.columns and not table.info.get("test_only") and table.name != "request_log":
                own = select(table).where(table.c.tenant_id == DEFAULT_TENANT)
                found[table.name] = sorted(map(str, session.execute(own).all()))
    return found


async def test_no_handler_shows_or_changes_what_is_anothers(
    installation: Database, promo: str, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = signed_in(Role.MEMBER, email="owner@example.com")
    me = owner.get("/api/v1/auth/me").json()
    sara = Principal(me["id"], DEFAULT_TENANT, Role.MEMBER, me["email"], me["name"])
    with installation.tenant_session(DEFAULT_TENANT) as session:
        project = projects.create(session, sara, promo, name=SECRET)["id"]
    assert SECRET in await run(StudioState, "load", owner, project, monkeypatch), "its owner sees it"
    others = [
        signed_in(Role.MEMBER, email="another@example.com"),
        signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT),
    ]
    before = rows(installation)
    tried = 0
    for page, event in handlers():
        for number, browser in enumerate(others):
            for given in (project, promo):
                if given == promo and number == 0:
                    continue  # a template is for everybody of its own site
                shown = await run(page, event, browser, given, monkeypatch)
                assert SECRET not in shown, f"{page.__name__}.{event}: {shown}"
                tried += 1
    assert tried > 60
    assert rows(installation) == before
    assert SECRET in await run(StudioState, "load", owner, project, monkeypatch)


async def test_the_stream_tells_nobody_of_anothers(installation: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that can be published is, for one person; a colleague and somebody of another site hear their own."""
    monkeypatch.setattr(events, "still_signed_in", lambda *_: True)  # asked now and then; these streams have no request

    def person(user: str, tenant: str, role: Role = Role.MEMBER) -> Principal:
        return Principal(user * 32, tenant, role, f"{user}@example.com", user)

    colleague, stranger = person("c", DEFAULT_TENANT), person("d", OTHER_TENANT, Role.ADMIN)
    boss = person("e", DEFAULT_TENANT, Role.ADMIN)
    hears = threading.Event()
    get_bus().listen(lambda topic, payload: hears.set())
    until(lambda: hears.is_set() or get_bus().publish("nobody's", {}), 20, "the bus listens")
    streams = {who.email: events._stream(None, who) for who in (colleague, stranger, boss)}  # type: ignore[arg-type]
    for stream in streams.values():
        assert b"hello" in await anext(stream)
    owner = "a" * 32
    kinds = ("submitted", "started", "completed", "failed", "cancelled")
    with installation.system_session() as session:
        for kind in (*(f"render.{kind}" for kind in kinds), "media.ready", "media.failed"):
            outbox.record(session, kind, {"user_id": owner, "title": SECRET}, tenant_id=DEFAULT_TENANT)
    job = {"id": "j", "user_id": owner, "title": SECRET, "state": "RENDERING", "note": "", "can_boost": False}
    for topic, told in (
        (f"tenant:{DEFAULT_TENANT}", {"kind": "job", "job": job}),
        (f"user:{owner}", {"kind": "media", "media": {"name": SECRET}}),
        ("farm", {"kind": "node", "node": {"name": SECRET}}),
        ("letters", {"kind": "account.letter", "email": SECRET}),
    ):
        get_bus().publish(topic, told)
    for who in (colleague, stranger, boss):
        get_bus().publish(f"user:{who.user_id}", {"kind": "media", "media": {"name": "own"}, "user_id": who.user_id})
    heard: dict[str, list[str]] = {}
    for email, stream in streams.items():
        heard[email] = []
        while "own" not in "".join(heard[email]):
            heard[email].append((await asyncio.wait_for(anext(stream), 10)).decode())
        with suppress(RuntimeError):
            await stream.aclose()
    assert SECRET not in "".join(heard[colleague.email] + heard[stranger.email])
    assert len(heard[colleague.email]) == len(heard[stranger.email]) == 1
    told = [json.loads(each.removeprefix("data: ")) for each in heard[boss.email]]
    assert len(told) == 9 and all(each["kind"] != "node" for each in told), "who runs the site hears of its renders"
