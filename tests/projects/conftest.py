"""A published template and people to edit projects of it, over HTTP."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flatrender.access.models import Role
from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.templates import bundles, description, review, service
from tests.api.conftest import client, signed_in
from tests.installation import prepared
from tests.media.conftest import quick_passwords
from tests.templates.conftest import DESIGNER, drawn_at_once, made_projects, scanned_once

__all__ = ["client", "drawn_at_once", "made_projects", "quick_passwords", "scanned_once", "signed_in"]


@pytest.fixture
def promo(installation, drawn_at_once, scanned_once, made_projects: Callable[[str], Path], tmp_path: Path) -> str:
    """The id of a published flexible template: Opening and Closing, two colours, one preset, limits on its title."""

    def make() -> str:
        project = made_projects("promo")
        packed = tmp_path / "promo.zip"
        bundles.pack_folder(project.parent, packed)
        template_id = service.create(DESIGNER, packed, "promo.zip")
        with get_database().tenant_session(DEFAULT_TENANT) as session:
            opening = description.describe(session, DESIGNER, template_id)["scenes"][0]
            title = next(element for element in opening["elements"] if element["key"] == "title")
            review.edit_element(session, DESIGNER, template_id, title["id"], {"limits": {"max_length": 12}})
            review.edit_scene(session, DESIGNER, template_id, opening["id"], {"min_frames": 6})
            colors = {"accent": "#00AA55", "paper": "#101010"}
            review.add_preset(session, DESIGNER, template_id, name="Dusk", colors=colors)
            service.publish(session, DESIGNER, template_id)
        return template_id

    return prepared("promo", installation, make)


@pytest.fixture(autouse=True)
def template_first(request: pytest.FixtureRequest) -> None:
    """A copy of the prepared installation takes the place of a fresh one only."""
    if "promo" in request.fixturenames:
        request.getfixturevalue("promo")


@pytest.fixture
def fixed(installation, drawn_at_once, scanned_once, made_projects: Callable[[str], Path]) -> str:
    """The id of a published fixed template."""
    template_id = service.create(DESIGNER, made_projects("fixed"), "fixed.aep")
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        service.publish(session, DESIGNER, template_id)
    return template_id


@pytest.fixture
def me(signed_in):
    """A customer."""
    return signed_in(Role.MEMBER)
