"""What pages make of the services' answers: cards of projects, figures of the first page."""

import pytest

from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.projects import service as projects
from flatrender.renders import overview
from flatrender.ui.state import saved
from flatrender.ui.state.home import Figures, figures_of
from tests.installation import OTHER_TENANT
from tests.projects.conftest import drawn_at_once, made_projects, promo, scanned_once, template_first

__all__ = ["drawn_at_once", "made_projects", "promo", "scanned_once", "template_first"]
SARA = Principal("s" * 32, DEFAULT_TENANT, Role.MEMBER, "sara@example.com", "Sara")
REZA = Principal("r" * 32, DEFAULT_TENANT, Role.MEMBER, "reza@example.com", "Reza")


def test_the_list_is_narrowed_counted_and_made_into_cards(installation: Database, promo: str) -> None:
    asked = {"query": "", "state": "active", "template": "", "sort": "name", "limit": 60}
    with installation.tenant_session(DEFAULT_TENANT) as session:
        first = projects.create(session, SARA, promo, name="Winter")
        projects.create(session, SARA, promo, name="Summer")
        projects.archive(session, SARA, projects.create(session, SARA, promo, name="Spring")["id"])
        found = saved.browse(session, SARA, **asked)
        assert [card.name for card in found.cards] == ["Summer", "Winter"]
        assert (found.total, found.active, found.archived) == (2, 2, 1)
        card = found.cards[1]
        assert (card.id, card.shape, card.scenes, card.state, card.preview) == (first["id"], "16:9", 2, "", "")
        assert saved.browse(session, SARA, **{**asked, "query": "win", "limit": 1}).total == 1
        assert saved.browse(session, SARA, **{**asked, "template": "x" * 32}).cards == []
        assert [one.key for one in saved.templates(session, SARA, "fa")] == [promo]
        assert saved.browse(session, REZA, **asked) == saved.Found()
        assert saved.recent(session, REZA, 4) == []
    with installation.tenant_session(OTHER_TENANT) as session:
        assert saved.browse(session, SARA, **asked) == saved.Found()


@pytest.mark.parametrize(
    ("used", "limit", "percent"), [(0, 100, 0), (50, 100, 50), (300, 100, 100), (0, 0, 100), (1, 10**12, 0)]
)
def test_the_storage_in_percent(used: int, limit: int, percent: int) -> None:
    found = {"projects": 3, "archived": 1, "films_this_month": 2, "storage": {"used": used, "limit": limit}}
    assert figures_of(found) == Figures(projects=3, films=2, used=used, limit=limit, percent=percent)


def test_figures_of_a_new_person(installation: Database) -> None:
    with installation.tenant_session(DEFAULT_TENANT) as session:
        assert figures_of(overview.overview(session, SARA)["figures"]).percent == 0
