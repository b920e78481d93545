"""Who is asking: cookies, the user behind them, and where a visitor without an account is led."""

import pytest

from flatrender.access import service as access
from flatrender.access.models import User
from flatrender.core.db import Database
from flatrender.tenants.models import Tenant
from flatrender.tenants.sites import resolve
from flatrender.ui.state.gallery import GalleryState
from flatrender.ui.state.home import HomeState
from flatrender.ui.state.projects import ProjectsState
from flatrender.ui.state.session import SessionState, cookie, initials, principal_of, to_sign_in
from flatrender.ui.state.template import TemplateState


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("fr_session=abc; fr_language=fa", "abc"),
        ("other=1; fr_session=a-b_c", "a-b_c"),
        ("", None),
        ("fr_session", None),
        ("\x00=;;;fr", None),
    ],
)
def test_one_cookie_of_a_header(header: str, value: str | None) -> None:
    assert cookie(header, "fr_session") == value


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Sara Ahmadi", "SA"), ("Reza", "R"), ("Ana Maria de Souza", "AS"), ("", ""), ("نیلوفر صدری", "نص")],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def _sign_up(database: Database) -> tuple[User, str]:
    with database.system_session() as session:
        tenant = resolve(session, None)
        user = access.create_user(session, tenant.id, email="sara@example.com", password="a-good-password", name="Sara")
        token = access.open_session(session, user, address="", agent="")
    return user, token


def test_the_user_of_a_cookie(installation: Database) -> None:
    user, token = _sign_up(installation)
    found = principal_of(token, "localhost:8000")
    assert found is not None
    assert (found.user_id, found.name) == (user.id, "Sara")
    assert principal_of("another", "localhost") is None
    assert principal_of(None, "localhost") is None


def test_a_session_counts_on_its_own_site_alone(installation: Database) -> None:
    _, token = _sign_up(installation)
    with installation.system_session() as session:
        session.add(Tenant(slug="north", name="North"))
    assert principal_of(token, "localhost") is not None
    assert principal_of(token, "north.localhost:8000") is None


def test_a_session_that_ended_counts_no_more(installation: Database) -> None:
    _, token = _sign_up(installation)
    with installation.system_session() as session:
        access.sign_out(session, token)
    assert principal_of(token, "localhost") is None


def test_the_sign_in_page_leads_back() -> None:
    assert "/sign-in?next=/projects" in str(to_sign_in("/projects").args)
    assert "next" not in str(to_sign_in("/").args)


@pytest.mark.parametrize("state", [SessionState, GalleryState, HomeState, ProjectsState, TemplateState])
def test_browsers_cannot_call_what_is_no_event(state: type) -> None:
    inner = {"_ask", "_look", "_principal", "_read", "_in_words", "_say", "_site", "_load", "_archive"}
    handlers = set(state.event_handlers)  # type: ignore[attr-defined]
    assert not handlers & inner
    assert not {name for name in handlers if name.startswith("_")}
