"""Sliders, points, switches and menus of a template's effects and its Essential Graphics panel, in the editor."""

from contextlib import closing

import httpx
import pytest
from playwright.sync_api import expect

from tests.aftereffects.test_controls import author_controls
from tests.e2e.catalogue import clips, published
from tests.e2e.running import Studio as Running
from tests.e2e.studio_pages import Studio
from tests.e2e.worlds import EN, FA_PHONE

WORLDS = (EN, FA_PHONE)
UNMARKED = ("Main/controls/Shown", "Main/controls/Place", "Main/controls/Way")
LARGE = "Main/How large"


@pytest.fixture(scope="module")
def template(studio: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A template whose designer offers all of its controls."""
    with closing(studio.client()) as api:
        made = published(api, author_controls(tmp_path_factory.mktemp("controls") / "controls.aep"))
        elements = api.get(f"/api/v1/templates/{made}/review").json()["scenes"][0]["elements"]
        changes = {key: {"enabled": True} for key in UNMARKED} | {LARGE: {"limits": {"min": 0, "max": 400}}}
        for element in elements:
            if change := changes.pop(element["key"], None):
                answer = api.patch(f"/api/v1/templates/{made}/elements/{element['id']}", json=change)
                assert answer.status_code == 204, answer.text
        assert not changes
        return made


def test_controls_are_offered_set_and_seen(editor: Studio, api: httpx.Client) -> None:
    say, large = editor.say, editor.field(LARGE)
    as_designed = editor.pixels()
    large.get_by_role("textbox").fill("120.5")
    larger = editor.redrawn(as_designed)
    large.get_by_role("slider").press("End")
    editor.redrawn(larger)
    expect(large.get_by_role("textbox")).to_have_value("400")
    large.get_by_role("textbox").fill("401")
    large.get_by_role("textbox").blur()
    expect(large.get_by_role("alert")).to_have_text(say("errors.value-at-most", most=400))
    large.get_by_role("button", name=say("studio.reset", name="How large")).click()
    editor.drawn_as(as_designed)

    editor.field("Main/controls/Place").get_by_label("controls: Place X").fill("200")
    moved = editor.redrawn(as_designed)
    editor.field("Main/controls/Way").get_by_role("combobox").select_option("Item 2")
    turned = editor.redrawn(moved)
    editor.field("Main/controls/Shown").get_by_role("switch").click()
    editor.redrawn(turned)
    editor.saved()
    [clip] = clips(api, editor.project_id)
    assert clip["values"] == {
        "Main/controls/Place": [200, 50],
        "Main/controls/Way": "2",
        "Main/controls/Shown": False,
    }
