"""The stage: what is written and dropped on it is in the document, it fills the screen, and is drawn in less detail."""

from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.deadline import until
from tests.e2e.catalogue import clips, document
from tests.e2e.pages import drop
from tests.e2e.running import Studio as Running
from tests.e2e.studio_pages import Studio
from tests.e2e.timeline_pages import Timeline
from tests.e2e.worlds import EN, FA_PHONE
from tests.media.files import picture

WORLDS = (EN, FA_PHONE)


@pytest.fixture(scope="module")
def template(studio: Running, template: str) -> str:
    """With the places of its elements: a page that is opened before a node has found them has no marks."""
    with closing(studio.client()) as api:

        def placed() -> bool:
            scenes = api.get(f"/api/v1/templates/{template}").json()["scenes"]
            return {"title", "photo"} <= {each["key"] for each in scenes[0]["elements"] if each["box"]}

        until(placed, 60, "the places of the elements")
    return template


def test_an_element_is_edited_beside_its_place_on_the_stage(editor: Studio, api: httpx.Client) -> None:
    page, before = editor.page, editor.pixels()
    page.locator('.stage-mark[data-mark="title"]').dblclick()
    words = page.locator('.stage-field [data-element="title"] textarea')
    words.fill("On stage")
    editor.redrawn(before)
    page.keyboard.press("Escape")
    expect(words).to_have_count(0)  # leaving it saves
    editor.saved()
    page.reload()
    editor.opened()
    expect(editor.text("title")).to_have_value("On stage")
    assert clips(api, editor.project_id)[0]["values"] == {"title": "On stage"}


@pytest.mark.wide  # a phone has no desktop to drag from
def test_a_picture_dropped_on_an_element_replaces_it(editor: Studio, api: httpx.Client, tmp_path: Path) -> None:
    page, before = editor.page, editor.pixels()
    box = page.locator('.stage-mark[data-mark="photo"]').bounding_box()
    assert box is not None
    file = picture(tmp_path / "dropped.png", (300, 200), color=(20, 200, 40))
    drop(page, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), file)
    editor.redrawn(before)
    editor.saved()
    page.reload()
    editor.opened()
    expect(editor.field("photo").locator("img").first).to_be_visible()
    media = clips(api, editor.project_id)[0]["values"]["photo"]["media"]
    assert api.get(f"/api/v1/media/{media}").json()["name"] == "dropped.png"


def test_a_text_of_the_timeline_is_written_on_the_stage(timeline: Timeline, api: httpx.Client, project: str) -> None:
    page = timeline.page
    timeline.seek(30)
    timeline.choose("one")
    frame = page.locator('.stage-chosen[data-frames="one"]')
    timeline.act("clip-menu").click()
    covered = (
        "all => all.map(one => one.getBoundingClientRect()).filter(({ x, y, width, height }) =>"
        " !document.elementFromPoint(x + width / 2, y + height / 2).closest('[role=menu]')).length"
    )
    expect(page.get_by_role("menuitem").first).to_be_visible()
    assert page.get_by_role("menuitem").evaluate_all(covered) == 0, "the frame lies over the menu"
    page.keyboard.press("Escape")
    before = frame.bounding_box()
    assert before is not None
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.down()
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] * 1.5, steps=3)
    page.mouse.up()
    frame.dblclick()
    words = page.get_by_role("textbox", name=timeline.say("studio.clip_text"), exact=True).first
    expect(words).to_be_focused()
    page.keyboard.type("Written k here")
    page.keyboard.press("Escape")
    timeline.layout(api)
    [texts] = [track for track in document(api, project)["tracks"] if track["kind"] == "text"]
    [one] = [item for item in texts["items"] if item["id"] == "one"]
    assert one["text"] == "Written k here"
    assert one["place"]["y"] == pytest.approx(0.6, abs=0.02), "it was dragged by its own height"


def test_the_stage_fills_the_screen_and_is_drawn_in_less_detail(editor: Studio) -> None:
    page, say = editor.page, editor.say
    drawn = "document.querySelector('.stage-canvas[data-loaded]')"
    detail = f"{drawn}.width / {drawn}.clientWidth"
    if editor.world.phone:
        page.locator('[data-act="project-menu"]').tap()
        page.get_by_role("menuitem", name=say("studio.full_screen")).tap()
    else:
        page.keyboard.press("f")
    leave = page.get_by_role("button", name=say("studio.leave_full"))
    expect(leave).to_be_visible()
    assert page.evaluate("document.fullscreenElement.className") == "studio-stage"
    page.wait_for_function("() => document.querySelector('.stage-frame').clientWidth > 0.9 * innerWidth")
    page.wait_for_function(f"() => {detail} > 0.8")  # of a stage that fills the screen
    page.locator('[data-act="quality"]').click()
    page.get_by_role("menuitemradio", name=say("studio.quality_quarter")).click()
    expect(page.locator('[data-act="quality"]')).to_contain_text(say("studio.quality_quarter"))
    page.wait_for_function(f"() => Math.abs({detail} - 0.25) < 0.01")
    leave.click()
    expect(leave).to_have_count(0)
    assert page.evaluate("document.fullscreenElement") is None
    page.reload()  # the choice is the page's, and this page is kept
