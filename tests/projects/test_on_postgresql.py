"""The catalogue's and the projects' queries mean the same on PostgreSQL: the main line once, end to end."""

from pathlib import Path

import pytest

from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import Conflict
from flatrender.projects import listing
from flatrender.projects import service as projects
from flatrender.templates import catalogue, description, review, scanning, service
from tests.installation import installed
from tests.templates.conftest import CUSTOMER, DESIGNER


def test_the_main_line(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_projects, drawn_at_once
) -> None:
    with installed(tmp_path / "data", monkeypatch, DATABASE_URL=postgres_url) as database:
        template_id = service.create(DESIGNER, made_projects("promo"), "promo.aep")
        with database.tenant_session(DEFAULT_TENANT) as session:
            opening = description.describe(session, DESIGNER, template_id)["scenes"][0]
            title = next(element for element in opening["elements"] if element["key"] == "title")
            review.edit_element(session, DESIGNER, template_id, title["id"], {"limits": {"max_length": 12}})
            review.add_preset(session, DESIGNER, template_id, name="Plain")
            shelf = catalogue.add_category(session, DESIGNER, "Promos", "تبلیغ")
            service.edit(session, DESIGNER, template_id, {"category": shelf["id"], "tags": ["Sale"]})
            service.publish(session, DESIGNER, template_id)
        with database.tenant_session(DEFAULT_TENANT) as session:
            for sort in catalogue.SORTS:
                found = catalogue.browse(
                    session, CUSTOMER, query="promo sale تبلیغ", aspect="16:9", tag="sale", sort=sort
                )
                assert found["total"] == 1
            assert catalogue.tags(session) == [{"key": "sale", "name": "Sale", "templates": 1}]
            project = projects.create(session, CUSTOMER, template_id)
        with database.tenant_session(DEFAULT_TENANT) as session:
            clip = projects.open_project(session, CUSTOMER, project["id"])["layout"][0]["clip"]
            edit = {"op": "set_value", "clip": clip, "key": "title", "value": "سلام"}
            first = projects.apply_ops(session, CUSTOMER, project["id"], 0, "one", [edit])
        with database.tenant_session(DEFAULT_TENANT) as session:
            assert projects.apply_ops(session, CUSTOMER, project["id"], 0, "one", [edit]) == first
            told = projects.apply_ops(session, CUSTOMER, project["id"], 0, "two", [{**edit, "value": "دو"}])
            assert [notice["revision"] for notice in told["notices"]] == [1]
            for sort in listing.SORTS:
                assert listing.browse(session, CUSTOMER, query="PROMO", sort=sort)["total"] == 1
            assert [used["projects"] for used in listing.templates_used(session, CUSTOMER)] == [1]
        preview = scanning.preview(DESIGNER, template_id, made_projects("promo_2"), "promo.aep")
        ticked = [change["id"] for change in preview["changes"]]
        scanning.apply(DESIGNER, template_id, preview["scan_id"], ticked)
        with database.tenant_session(DEFAULT_TENANT) as session:
            keys = [scene["key"] for scene in description.describe(session, DESIGNER, template_id)["scenes"]]
            assert sorted(keys) == ["Closing", "Extra", "Opening"]
        with pytest.raises(Conflict), database.tenant_session(DEFAULT_TENANT) as session:
            service.remove(session, DESIGNER, template_id)
        with database.tenant_session(DEFAULT_TENANT) as session:
            projects.remove(session, CUSTOMER, project["id"])
            service.remove(session, DESIGNER, template_id)
        with database.tenant_session(DEFAULT_TENANT) as session:
            assert catalogue.browse(session, DESIGNER, state="all")["total"] == 0
