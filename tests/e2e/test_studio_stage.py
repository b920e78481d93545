"""The stage: what is written and dropped on it is in the document, it fills the screen, and is drawn in less detail."""

from contextlib import closing
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.deadline import until
from tests.e2e.catalogue import clips, document
from tests.e2e.pages import drop
from tests.e2e.running import Studio as Running
from tests.e2e.studio_pages import Studio
from tests.e2e.timeline_pages import Timeline, edit, upload
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


def _spot(timeline: Timeline, across: float, down: float, within: str = ".stage-frame") -> tuple[float, float]:
    """A place on the stage, in shares of what lies there."""
    box = timeline.page.locator(within).bounding_box()
    assert box is not None
    return box["x"] + box["width"] * across, box["y"] + box["height"] * down


def _is_chosen(timeline: Timeline, clip: str) -> None:
    """A picture or a text has its frame on the stage; it is chosen in the timeline as well."""
    expect(timeline.page.locator(f'.stage-chosen[data-frames="{clip}"]')).to_be_visible()
    expect(timeline.clip(clip)).to_have_attribute("aria-selected", "true")


def _scene_is_chosen(timeline: Timeline) -> None:
    expect(timeline.page.locator(".stage-chosen")).to_have_count(0)
    expect(timeline.page.locator('.tl-clip[data-kind="scene"][aria-selected="true"]')).to_have_count(1)
    expect(timeline.page.locator(".stage-mark").first).to_be_visible()


def test_what_is_seen_on_top_is_chosen_with_a_click_or_a_tap(timeline: Timeline) -> None:
    page = timeline.page
    hit = page.touchscreen.tap if timeline.world.phone else page.mouse.click
    timeline.seek(55)  # a text over a picture over a scene
    words = _spot(timeline, 0.5, 0.5, '[data-layer="one"] .stage-text')
    hit(*words)
    _is_chosen(timeline, "one")
    hit(*_spot(timeline, 0.05, 0.08))
    _is_chosen(timeline, "photo")
    hit(*words)  # what is chosen lies below it
    _is_chosen(timeline, "one")
    timeline.seek(20)  # the text alone
    hit(*_spot(timeline, 0.05, 0.08))
    _scene_is_chosen(timeline)
    pick = page.get_by_role("group", name=timeline.say("studio.seen_now")).get_by_role("button", pressed=False)
    expect(pick).to_have_count(1)
    pick.focus()
    page.keyboard.press("Enter")
    _is_chosen(timeline, "one")


@pytest.mark.wide  # fingers neither hover nor hold a key
def test_a_press_on_the_stage_takes_hold_and_sees_through_holes(
    timeline: Timeline, api: httpx.Client, project: str, tmp_path: Path
) -> None:
    page, mouse, file = timeline.page, timeline.page.mouse, tmp_path / "pane.png"
    pane = Image.new("RGBA", (320, 180))
    pane.paste((200, 30, 30, 255), (160, 0, 320, 180))
    pane.save(file)
    clip = {"id": "pane", "media": upload(api, file), "duration": 40}
    edit(api, project, [{"op": "insert_clip", "track": "pictures", "at": 0, "clip": clip}])
    timeline.seek(20)  # a picture whose left half is a hole, over a scene; a text over both
    expect(timeline.clip("pane")).to_be_visible()
    loaded = "document.querySelector('[data-layer=pane] img')?.naturalWidth && document.querySelector('.stage-mark')"
    page.wait_for_function(f"() => {loaded}")
    mouse.move(*_spot(timeline, 0.9, 0.1))
    expect(page.locator(".stage-pick.over")).to_have_attribute("data-pick", "pane")
    mouse.move(*_spot(timeline, 0.1, 0.1))
    expect(page.locator(".stage-pick.over")).to_have_count(0)
    mouse.click(*_spot(timeline, 0.9, 0.1))
    _is_chosen(timeline, "pane")
    mouse.click(*_spot(timeline, 0.1, 0.1))
    _scene_is_chosen(timeline)
    x, y = _spot(timeline, 0.5, 0.5, '[data-layer="one"] .stage-text')
    mouse.move(x, y)
    mouse.down()
    mouse.move(x, y - 60, steps=3)
    mouse.up()
    _is_chosen(timeline, "one")
    page.keyboard.down("Control")
    mouse.click(x + 20, y - 60)
    page.keyboard.up("Control")
    _is_chosen(timeline, "pane")
    locked = timeline.say("timeline.lock_track", name=timeline.say("timeline.track_image"))
    page.get_by_role("button", name=locked, exact=True).click()
    mouse.click(*_spot(timeline, 0.9, 0.1))
    _scene_is_chosen(timeline)
    timeline.layout(api)
    [texts] = [track for track in document(api, project)["tracks"] if track["kind"] == "text"]
    [one] = [item for item in texts["items"] if item["id"] == "one"]
    assert one["place"]["y"] < 0.38, "it was chosen and dragged in one go"


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
