"""The timeline: playback, range, markers, zoom, tracks, fades and envelopes, transitions, keys, the phone."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.catalogue import document
from tests.e2e.timeline_pages import Timeline


def _track(api: httpx.Client, project: str, track: str) -> dict[str, Any]:
    return next(one for one in document(api, project)["tracks"] if one["id"] == track)


def _clip(api: httpx.Client, project: str, track: str) -> dict[str, Any]:
    return next(item for item in _track(api, project, track)["items"] if item["type"] == "clip")


def _at(timeline: Timeline, frame: int) -> None:
    expect(timeline.ruler).to_have_attribute("aria-valuenow", str(frame))


def test_arrows_home_and_end_step_through_the_film(timeline: Timeline) -> None:
    keyboard = timeline.page.keyboard
    keyboard.press("End")
    _at(timeline, 299)
    keyboard.press("Shift+ArrowLeft")
    _at(timeline, 274)
    keyboard.press("ArrowRight")
    _at(timeline, 275)
    keyboard.press("Home")
    _at(timeline, 0)


def test_up_and_down_go_from_edit_to_edit(timeline: Timeline) -> None:
    timeline.seek(105)
    timeline.page.keyboard.press("ArrowDown")
    _at(timeline, 110)
    timeline.page.keyboard.press("ArrowUp")
    timeline.page.keyboard.press("ArrowUp")
    _at(timeline, 60)


@pytest.mark.parametrize("key", ["Space", "k"])
def test_space_and_k_play_and_pause(timeline: Timeline, key: str) -> None:
    play = timeline.page.locator('[data-act="play"]')
    timeline.page.keyboard.press(key)
    expect(play).to_have_attribute("aria-label", "Pause")
    timeline.page.wait_for_function("() => Number(document.querySelector('.tl-ruler').ariaValueNow) > 20")
    timeline.page.keyboard.press(key)
    expect(play).to_have_attribute("aria-label", "Play")


def test_j_plays_backwards_and_l_faster(timeline: Timeline) -> None:
    timeline.page.keyboard.press("End")
    timeline.page.keyboard.press("j")
    timeline.page.keyboard.press("j")
    expect(timeline.page.locator(".transport .pill")).to_have_text("-2 ×")
    timeline.page.wait_for_function("() => Number(document.querySelector('.tl-ruler').ariaValueNow) < 270")
    timeline.page.keyboard.press("l")
    timeline.page.keyboard.press("l")
    expect(timeline.page.locator(".transport .pill")).to_have_text("2 ×")
    timeline.page.keyboard.press("k")


def test_the_ruler_is_clicked_and_dragged(timeline: Timeline) -> None:
    first, ruler = timeline.box("one"), timeline.ruler.bounding_box()
    assert ruler is not None
    mouse, y, scale = timeline.page.mouse, ruler["y"] + 12, timeline.scale
    mouse.click(first["x"] + 50 * scale, y)
    _at(timeline, 50)
    mouse.down()
    mouse.move(first["x"] + 150 * scale, y, steps=4)
    _at(timeline, 150)
    mouse.up()


def test_the_range_between_i_and_o_is_repeated(timeline: Timeline) -> None:
    timeline.seek(50)
    timeline.page.keyboard.press("i")
    timeline.seek(58)
    timeline.page.keyboard.press("o")
    timeline.page.keyboard.press("Control+l")
    timeline.seek(50)
    seen = "() => { const at = Number(document.querySelector('.tl-ruler').ariaValueNow); (window.seen ??= []).push(at);"
    timeline.page.keyboard.press("Space")
    timeline.page.wait_for_function(
        seen + " return window.seen.some((one, index) => index && one < window.seen[index - 1]) }"
    )
    assert all(50 <= at <= 58 for at in timeline.page.evaluate("window.seen"))


def test_a_marker_is_set_moved_and_removed(timeline: Timeline, api: httpx.Client, project: str) -> None:
    timeline.seek(80)
    timeline.page.keyboard.press("m")
    marker = timeline.page.locator(".tl-marker")
    box = marker.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    timeline.page.mouse.move(middle, box["y"] + 5)
    timeline.page.mouse.down()
    timeline.page.mouse.move(middle + 10 * timeline.scale, box["y"] + 5, steps=3)
    timeline.page.mouse.up()
    timeline.layout(api)
    assert [one["frame"] for one in document(api, project)["markers"]] == [90]
    timeline.page.locator(".tl-marker").click()
    timeline.page.keyboard.press("Delete")
    timeline.saved()
    assert document(api, project)["markers"] == []


def test_ctrl_wheel_zooms_at_the_pointer_and_fit_shows_all(timeline: Timeline) -> None:
    page, before = timeline.page, timeline.box("two")
    page.mouse.move(before["x"], before["y"] + 10)
    page.keyboard.down("Control")
    for _ in range(2):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    page.wait_for_function(
        "(width) => document.querySelector('[data-clip=two]').offsetWidth > 2 * width", arg=before["width"]
    )
    assert abs(timeline.box("two")["x"] - before["x"]) < 4
    page.keyboard.press("Shift+z")
    page.wait_for_function(
        "(width) => Math.abs(document.querySelector('[data-clip=two]').offsetWidth - width) < 3", arg=before["width"]
    )


def test_a_marker_gets_a_name_and_a_colour(timeline: Timeline, api: httpx.Client, project: str) -> None:
    page = timeline.page
    timeline.seek(80)
    page.keyboard.press("m")
    page.locator(".tl-marker").dblclick()
    card = page.get_by_role("dialog", name="Marker")
    card.get_by_label("Name of the marker").fill("Chorus")
    card.get_by_role("button", name="Pink").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Chorus, marker at 00:03:05")).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    timeline.layout(api)
    [kept] = document(api, project)["markers"]
    assert (kept["frame"], kept["name"], kept["color"]) == (81, "Chorus", "voice")


def test_heads_mute_solo_hide_and_lock(timeline: Timeline, api: httpx.Client, project: str) -> None:
    page = timeline.page
    page.get_by_role("button", name="Mute Voice-over").click()
    page.get_by_role("button", name="Only hear Music").click()
    page.get_by_role("button", name="Hide Images").click()
    page.get_by_role("button", name="Lock Text").click()
    timeline.drag("two", 20)
    timeline.choose("two")
    page.keyboard.press("Delete")
    assert timeline.layout(api)["two"] == ("texts", 100, 160)
    tracks = {one["kind"]: one for one in document(api, project)["tracks"]}
    assert tracks["voice"]["mute"]
    assert tracks["music"]["solo"]
    assert tracks["image"]["hidden"]
    assert tracks["text"]["locked"]


def test_a_track_has_a_volume_a_name_and_a_height(timeline: Timeline, api: httpx.Client, project: str) -> None:
    page = timeline.page
    page.get_by_role("button", name="More about the track Voice-over").click()
    page.get_by_label("Name of the track").fill("Reza")
    volume = page.locator(".tl-track-menu").get_by_role("slider")
    volume.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Taller").click()
    page.keyboard.press("Escape")
    timeline.layout(api)
    voice = _track(api, project, "voice")
    assert (voice["name"], voice["volume"], voice["height"]) == ("Reza", 0.95, 55)
    expect(page.locator('.tl-row[data-kind="voice"] .tl-head')).to_contain_text("Reza")


def test_a_fade_is_drawn_with_its_handle(timeline: Timeline, api: httpx.Client, project: str) -> None:
    timeline.clip("line").hover()
    box = timeline.box("line")
    mouse = timeline.page.mouse
    mouse.move(box["x"] + 12, box["y"] + 8)
    mouse.down()
    mouse.move(box["x"] + 12 + 15 * timeline.scale, box["y"] + 8, steps=4)
    mouse.up()
    timeline.layout(api)
    assert _clip(api, project, "voice")["fade_in"] == 15


def test_an_envelope_gets_points_that_move_and_go(timeline: Timeline, api: httpx.Client, project: str) -> None:
    page, box = timeline.page, timeline.box("line")
    middle = box["y"] + box["height"] / 2
    page.mouse.dblclick(box["x"] + 20 * timeline.scale, middle)
    point = page.locator('[data-clip="line"] .tl-point')
    expect(point).to_have_count(1)
    page.mouse.move(box["x"] + 20 * timeline.scale, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 30 * timeline.scale, box["y"] + box["height"] * 0.75, steps=3)
    page.mouse.up()
    timeline.layout(api)
    assert _clip(api, project, "voice")["envelope"] == [[30, 0.5]]
    timeline.clip("line").hover()
    page.locator('[data-clip="line"] .tl-point').dblclick()
    timeline.saved()
    assert _clip(api, project, "voice")["envelope"] == []


def test_a_transition_is_chosen_made_longer_and_removed(timeline: Timeline, api: httpx.Client, project: str) -> None:
    page = timeline.page
    page.get_by_role("button", name=re.compile("Add transition after clip 1")).focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitemradio", name="Wipe").click()
    timeline.layout(api)
    items = next(one for one in document(api, project)["tracks"] if one["kind"] == "scene")["items"]
    assert (items[1]["kind"], items[1]["params"]) == ("wipe", {"direction": "left"})
    mark = page.get_by_role("button", name=re.compile("Wipe after clip 1"))
    box = mark.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 11)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 3 - 2 * timeline.scale, box["y"] + 11, steps=3)
    page.mouse.up()
    timeline.saved()
    items = next(one for one in document(api, project)["tracks"] if one["kind"] == "scene")["items"]
    assert items[1]["duration"] == items[0]["duration"] // 2 - 4
    mark.click()
    page.keyboard.press("Delete")
    timeline.saved()
    items = next(one for one in document(api, project)["tracks"] if one["kind"] == "scene")["items"]
    assert [item["type"] for item in items] == ["clip", "clip"]


def test_shortcuts_are_silent_while_words_are_typed(timeline: Timeline, api: httpx.Client) -> None:
    timeline.choose("two")
    words = timeline.page.get_by_role("complementary", name="Values").locator("textarea")
    words.fill("")
    words.press_sequentially("small k m s q")
    words.press("Delete")
    places = timeline.layout(api)
    assert places["two"] == ("texts", 100, 160)
    expect(timeline.clip("two")).to_contain_text("small k m s q")


def test_the_question_mark_shows_every_shortcut(timeline: Timeline) -> None:
    timeline.page.keyboard.press("Shift+?")
    sheet = timeline.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_contain_text("Split at the playhead")
    expect(sheet.locator("kbd", has_text="Ctrl K")).to_be_visible()
    timeline.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_the_timeline_is_made_higher_and_stays_so(timeline: Timeline) -> None:
    grip = timeline.page.get_by_role("separator", name="Height of the timeline")
    box = grip.bounding_box()
    assert box is not None
    timeline.page.mouse.move(box["x"] + 300, box["y"] + 4)
    timeline.page.mouse.down()
    timeline.page.mouse.move(box["x"] + 300, box["y"] - 56, steps=3)
    timeline.page.mouse.up()
    expect(grip).to_have_attribute("aria-valuenow", "378")
    timeline.page.reload()
    timeline.ready()
    expect(grip).to_have_attribute("aria-valuenow", "378")


def test_a_text_is_added_at_the_playhead(timeline: Timeline, api: httpx.Client) -> None:
    timeline.seek(62)
    timeline.page.get_by_role("button", name="Add text").click()
    expect(timeline.page.locator(".stage-text", has_text="Your text")).to_be_visible()
    assert ("Your text" in timeline.page.locator(".tl-clip.on").inner_text()) and len(timeline.layout(api)) == 8


def test_on_a_phone_the_film_moves_under_the_playhead(new_page: Callable[..., Page], project: str) -> None:
    page = new_page(admin=True, width=390, height=844, has_touch=True)
    timeline = Timeline(page)
    timeline.open(project)
    timeline.ready()
    middle = page.locator(".tl-needle").bounding_box()
    assert middle is not None
    assert abs(middle["x"] - 195) < 3
    page.mouse.move(195, middle["y"] + 60)
    page.mouse.wheel(120, 0)
    page.wait_for_function("() => Number(document.querySelector('.tl-ruler').ariaValueNow) > 40")
    moved = page.locator(".tl-needle").bounding_box()
    assert moved is not None
    assert abs(moved["x"] - 195) < 3


def test_a_finger_picks_a_clip_up_and_two_zoom(new_page: Callable[..., Page], api: httpx.Client, project: str) -> None:
    page = new_page(admin=True, has_touch=True)
    timeline = Timeline(page)
    timeline.open(project)
    timeline.ready()
    x, y = timeline.at("two")
    scale = timeline.scale
    with timeline.fingers() as touch:
        touch("touchStart", (x, y))
        expect(timeline.scroller).to_have_attribute("data-gesture", "move")
        for step in (10, 20, 38.6):
            touch("touchMove", (x + step * scale, y))
        expect(page.locator(".tl-guide")).to_have_text("Three start")
        touch("touchEnd")
        timeline.saved()
        expect(timeline.clip("two")).to_have_attribute("style", re.compile("--at: 140"))
        touch("touchStart", (x - 40, y), (x + 40, y))
        for step in (60, 80, 120):
            touch("touchMove", (x - step, y), (x + step, y))
        touch("touchEnd")
    page.wait_for_function("(width) => document.querySelector('[data-clip=two]').offsetWidth > width", arg=120 * scale)
    assert timeline.layout(api)["two"][1] == 140


def test_on_a_phone_tracks_are_switched_in_a_sheet(
    new_page: Callable[..., Page], api: httpx.Client, project: str
) -> None:
    page = new_page(admin=True, width=390, height=844, has_touch=True)
    timeline = Timeline(page)
    timeline.open(project)
    timeline.ready()
    page.get_by_role("button", name="Track controls").tap()
    sheet = page.get_by_role("dialog", name="Track controls")
    sheet.get_by_role("button", name="Mute Voice-over").tap()
    sheet.get_by_role("button", name="Hide Images").tap()
    sheet.get_by_role("button", name="More about the track Voice-over").tap()
    sheet.get_by_label("Name of the track").fill("Reza")
    sheet.get_by_role("button", name="Sound effects").tap()
    expect(sheet.get_by_role("button", name="Mute Reza")).to_have_attribute("aria-pressed", "true")
    small = (
        "all => all.map(one => one.getBoundingClientRect()).filter(({ width, height }) => width < 24 || height < 24)"
    )
    assert sheet.get_by_role("button").evaluate_all(small) == []
    sheet.get_by_role("button", name="Close").tap()
    timeline.saved()
    tracks = {one["kind"]: one for one in document(api, project)["tracks"]}
    assert (tracks["voice"]["name"], tracks["voice"]["mute"], tracks["image"]["hidden"]) == ("Reza", True, True)
    assert "sfx" in tracks


def test_the_film_takes_another_shape(timeline: Timeline, api: httpx.Client, project: str) -> None:
    timeline.page.get_by_role("button", name="Shape of the film").click()
    timeline.page.get_by_role("menuitemradio", name=re.compile("^9:16")).click()
    timeline.layout(api)
    width, height = document(api, project)["size"]
    assert width / height == pytest.approx(9 / 16, rel=0.02)
    box = timeline.stage.bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(9 / 16, rel=0.02)
