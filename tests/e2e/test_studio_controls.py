"""Sliders, points, switches and menus of a template's effects and its Essential Graphics panel, in the editor."""

from contextlib import closing

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.aftereffects.test_controls import author_controls
from tests.e2e.catalogue import clips, project_of, published
from tests.e2e.running import Studio as Running
from tests.e2e.studio_pages import Review, Studio

UNMARKED = ("Main/controls/Shown", "Main/controls/Place", "Main/controls/Way")


@pytest.fixture(scope="module")
def template(studio: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    with closing(studio.client()) as api:
        return published(api, author_controls(tmp_path_factory.mktemp("controls") / "controls.aep"))


def test_controls_are_offered_set_and_seen(admin_page: Page, api: httpx.Client, template: str) -> None:
    review = Review(admin_page, template)
    for key in UNMARKED:
        review.element(key).get_by_role("switch").click()
        expect(review.element(key).get_by_role("switch")).to_be_checked()
    review.fill(review.details("Main/How large"), "Greatest", "400")

    project = project_of(api, template, "Controls")
    editor = Studio(admin_page).open(project)
    large = editor.field("Main/How large")
    as_designed = editor.pixels()
    large.get_by_role("textbox").fill("120.5")
    larger = editor.redrawn(as_designed)
    large.get_by_role("slider").press("End")
    editor.redrawn(larger)
    expect(large.get_by_role("textbox")).to_have_value("400")
    large.get_by_role("textbox").fill("401")
    large.get_by_role("textbox").blur()
    expect(large).to_contain_text("At most 400.")
    large.get_by_role("button", name="Back to the template").click()
    editor.drawn_as(as_designed)

    editor.field("Main/controls/Place").get_by_label("controls: Place X").fill("200")
    moved = editor.redrawn(as_designed)
    editor.field("Main/controls/Way").get_by_role("combobox").select_option("Item 2")
    turned = editor.redrawn(moved)
    editor.field("Main/controls/Shown").get_by_role("switch").click()
    editor.redrawn(turned)
    editor.saved()
    [clip] = clips(api, project)
    assert clip["values"] == {
        "Main/controls/Place": [200, 50],
        "Main/controls/Way": "2",
        "Main/controls/Shown": False,
    }
