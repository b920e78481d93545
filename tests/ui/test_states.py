"""The states of the first page and of the project list, run as the framework runs them, over a real installation."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from reflex.utils.format import json_dumps

from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.projects import service as projects
from flatrender.ui.state.home import HomeState
from flatrender.ui.state.projects import ProjectsState
from flatrender.ui.state.session import Caller
from tests.projects.conftest import drawn_at_once, made_projects, promo, scanned_once, template_first

__all__ = ["drawn_at_once", "made_projects", "promo", "scanned_once", "template_first"]
SARA = Principal("s" * 32, DEFAULT_TENANT, Role.MEMBER, "sara@example.com", "Sara")


@pytest.fixture
def as_sara(installation: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def who(self: Caller) -> Principal:
        return SARA

    async def ask(self: Caller, work: Callable[..., Any], **options: Any) -> Any:
        with installation.tenant_session(DEFAULT_TENANT) as session:
            return work(session, SARA)

    monkeypatch.setattr(HomeState, "_principal", who)
    monkeypatch.setattr(HomeState, "_ask", ask)
    monkeypatch.setattr(HomeState, "_language", lambda self: "fa")
    monkeypatch.setattr(ProjectsState, "_principal", who)
    monkeypatch.setattr(ProjectsState, "_ask", ask)
    monkeypatch.setattr(ProjectsState, "_language", lambda self: "en")


def _state(of: type) -> Any:
    return of(_reflex_internal_init=True)


async def _run(state: Any, event: str, *arguments: object) -> None:
    answer = type(state).event_handlers[event].fn(state, *arguments)
    if inspect.isawaitable(answer):
        await answer
    json_dumps(state.get_delta())  # what goes to the browser can be written


async def test_the_first_page(installation: Database, promo: str, as_sara: None) -> None:
    home = _state(HomeState)
    await _run(home, "load")
    assert (home.loaded, home.name, home.projects, home.renders) == (True, "Sara", [], [])
    assert [card.id for card in home.templates] == [promo]
    with installation.tenant_session(DEFAULT_TENANT) as session:
        made = projects.create(session, SARA, promo, name="A film")
    await _run(home, "load")
    assert [card.name for card in home.projects] == ["A film"]
    assert (home.figures.projects, home.figures.films, list(home.posters)) == (1, 0, [made["id"]])


async def test_the_list_of_projects(installation: Database, promo: str, as_sara: None) -> None:
    with installation.tenant_session(DEFAULT_TENANT) as session:
        ids = {name: projects.create(session, SARA, promo, name=name)["id"] for name in ("Winter", "Summer")}
    page = _state(ProjectsState)
    await _run(page, "load")
    names = lambda: [card.name for card in page.cards]  # noqa: E731
    assert (names(), page.active, page.archived, page.narrowed, page.more) == (["Summer", "Winter"], 2, 0, False, False)
    await _run(page, "search", "wint")
    assert (names(), page.narrowed) == (["Winter"], True)
    await _run(page, "put_away", ids["Winter"], "Winter")
    assert (names(), page.archived) == ([], 1)
    await _run(page, "show_all")
    await _run(page, "show_archive", True)
    assert names() == ["Winter"]
    await _run(page, "bring_back", ids["Winter"], "Winter")
    await _run(page, "show_archive", False)
    await _run(page, "choose_sort", "name")
    assert names() == ["Summer", "Winter"]
    await _run(page, "duplicate", ids["Summer"], "Summer")
    assert names() == ["Summer", "Summer, copy", "Winter"]
    await _run(page, "choose_template", "x" * 32)
    assert (names(), page.template_name) == ([], "")
    await _run(page, "ask_delete", ids["Winter"], "Winter")
    assert page.deleting_name == "Winter"
    await _run(page, "delete")
    await _run(page, "show_all")
    assert (names(), page.deleting) == (["Summer", "Summer, copy"], "")
