"""The stage: what is written and dropped on it is in the document, it fills the screen, and is drawn in less detail."""

from contextlib import closing

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.catalogue import bundle, clips, document, project_of, published
from tests.e2e.running import Studio as Running
from tests.e2e.studio_pages import Studio
from tests.e2e.timeline_pages import Timeline
from tests.e2e.worlds import EN, FA_PHONE, Window

WORLDS = (EN, FA_PHONE)


@pytest.fixture(scope="module")
def template(studio: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    with closing(studio.client()) as api:
        return published(api, bundle("promo", tmp_path_factory.mktemp("promo"), called="On stage"))


@pytest.fixture
def editor(window: Window, api: httpx.Client, template: str, request: pytest.FixtureRequest) -> Studio:
    return Studio(window.page, window.world).open(project_of(api, template, request.node.name))


def test_an_element_is_edited_beside_its_place_on_the_stage(editor: Studio, api: httpx.Client) -> None:
    page, before = editor.page, editor.pixels()
    page.locator('.stage-mark[data-mark="title"]').dblclick()
    words = page.locator('.stage-field [data-element="title"] textarea')
    words.fill("On stage")
    editor.redrawn(before)
    page.keyboard.press("Escape")
    expect(words).to_have_count(0)
    editor.saved()
    page.reload()
    editor.opened()
    expect(editor.text("title")).to_have_value("On stage")
    assert clips(api, editor.project_id)[0]["values"] == {"title": "On stage"}


def test_a_text_of_the_timeline_is_written_on_the_stage(timeline: Timeline, api: httpx.Client, project: str) -> None:
    page = timeline.page
    timeline.seek(30)
    timeline.choose("one")
    page.locator('.stage-chosen[data-frames="one"]').dblclick()
    words = page.get_by_role("textbox", name=timeline.say("studio.clip_text"), exact=True).first
    expect(words).to_be_focused()
    page.keyboard.type("Written k here")
    page.keyboard.press("Escape")
    timeline.layout(api)
    [texts] = [track for track in document(api, project)["tracks"] if track["kind"] == "text"]
    assert [item["text"] for item in texts["items"] if item["id"] == "one"] == ["Written k here"]
