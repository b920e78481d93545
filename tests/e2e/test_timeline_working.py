"""The timeline: playback, range, markers, zoom, tracks, fades and envelopes, transitions, keys, the phone."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.catalogue import document
from tests.e2e.timeline_pages import Timeline, edit
from tests.e2e.worlds import EN, EN_PHONE, FA, FA_PHONE

WORLDS = (FA, EN_PHONE)

# Whether all notices stand above the timeline.
CLEAR_OF_ROWS = """
() => {
  const { top } = document.querySelector(".timeline").getBoundingClientRect();
  const notices = [...document.querySelectorAll("[data-sonner-toast]")];
  return notices.every((one) => one.getBoundingClientRect().bottom <= top);
}
"""


def _track(api: httpx.Client, project: str, track: str) -> dict[str, Any]:
    return next(one for one in document(api, project)["tracks"] if one["id"] == track)


def _clip(api: httpx.Client, project: str, track: str) -> dict[str, Any]:
    return next(item for item in _track(api, project, track)["items"] if item["type"] == "clip")


def _switch(timeline: Timeline, act: str, kind: str, name: str = "") -> Locator:
    """The switch of a track of this kind (mute, solo, hide, lock, more)."""
    key = "timeline.track_more" if act == "more" else f"timeline.{act}_track"
    said = timeline.say(key, name=name or timeline.say(f"timeline.track_{kind}"))
    return timeline.page.get_by_role("button", name=said, exact=True)


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


def test_space_and_k_play_and_pause(timeline: Timeline) -> None:
    play, keyboard = timeline.act("play"), timeline.page.keyboard
    keyboard.press("Space")
    expect(play).to_have_attribute("aria-label", timeline.say("studio.pause"))
    timeline.page.wait_for_function("() => Number(document.querySelector('.tl-ruler').ariaValueNow) > 20")
    for key, now in (("k", "play"), ("k", "pause"), ("Space", "play")):
        keyboard.press(key)
        expect(play).to_have_attribute("aria-label", timeline.say(f"studio.{now}"))


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
    timeline.page.keyboard.press("Home")
    first, ruler = timeline.box("one"), timeline.ruler.bounding_box()
    assert ruler is not None
    mouse, x, y, scale = timeline.page.mouse, first["x"] + 50 * timeline.scale, ruler["y"] + 12, timeline.scale
    mouse.click(x, y)
    _at(timeline, 50)
    # On a phone the playhead stands in the middle: the film goes with the hand.
    away = (-100 if timeline.world.phone else 100) * scale
    mouse.down()
    mouse.move(x + away, y, steps=4)
    _at(timeline, 150)
    mouse.up()
    _at(timeline, 150)


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
    timeline.page.keyboard.press("Space")
    timeline.page.reload()
    timeline.ready()
    expect(timeline.act("loop")).to_have_attribute("aria-pressed", "true")
    stretch = "one => ['--at', '--for'].map(name => one.style.getPropertyValue(name))"
    assert timeline.page.locator(".tl-range").evaluate(stretch) == ["50", "9"]


def test_a_marker_is_set_moved_and_removed(timeline: Timeline, api: httpx.Client, project: str) -> None:
    timeline.seek(80)
    timeline.page.keyboard.press("m")
    marker = timeline.page.locator(".tl-marker")
    box = marker.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    if not timeline.world.phone:
        chip = timeline.page.locator(".tl-tag b").bounding_box()
        assert chip is not None and chip["x"] > middle + 6, "the playhead's time stands beside the marker"
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


@pytest.mark.wide  # a phone zooms with two fingers, about the playhead
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
    say = timeline.say
    page.locator(".tl-marker").dblclick()
    card = page.get_by_role("dialog", name=say("timeline.marker"))
    card.get_by_label(say("timeline.marker_name")).fill("Chorus")
    card.get_by_role("button", name=say("timeline.color_voice")).click()
    page.keyboard.press("Escape")
    said = say("timeline.marker_said", name="Chorus", at="00:03:05")
    expect(page.get_by_role("button", name=said)).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    timeline.layout(api)
    [kept] = document(api, project)["markers"]
    assert (kept["frame"], kept["name"], kept["color"]) == (81, "Chorus", "voice")


@pytest.mark.wide  # a phone has a sheet in place of heads
def test_heads_mute_solo_hide_and_lock(timeline: Timeline, api: httpx.Client, project: str) -> None:
    page = timeline.page
    for act, kind in (("mute", "voice"), ("solo", "music"), ("hide", "image"), ("lock", "text"), ("hide", "scene")):
        _switch(timeline, act, kind).click()
    expect(page.locator(".stage-canvas:visible")).to_have_count(0)
    _switch(timeline, "hide", "scene").click()
    expect(page.locator(".stage-canvas:visible")).to_have_count(1)
    locked = timeline.say("timeline.track_is_locked", name=timeline.say("timeline.track_text"))
    with timeline.held("two", 20):
        expect(page.locator(".tl-told")).to_have_text(locked)
    expect(page.locator("[data-sonner-toast]")).to_contain_text(locked)  # it is read out, too
    page.wait_for_function(CLEAR_OF_ROWS)
    timeline.choose("two")
    timeline.seek(130)
    for key in ("Delete", "q", "Control+k"):  # else the scenes below would be cut
        page.keyboard.press(key)
    places = timeline.layout(api)
    assert (places["two"], len(places)) == (("texts", 100, 160), 7)
    tracks = {one["kind"]: one for one in document(api, project)["tracks"]}
    assert tracks["voice"]["mute"]
    assert tracks["music"]["solo"]
    assert tracks["image"]["hidden"]
    assert tracks["text"]["locked"]


@pytest.mark.wide
def test_a_track_has_a_volume_a_name_and_a_height(timeline: Timeline, api: httpx.Client, project: str) -> None:
    page = timeline.page
    _switch(timeline, "more", "voice").click()
    page.get_by_label(timeline.say("timeline.track_name")).fill("Reza")
    volume = page.locator(".tl-track-menu").get_by_role("slider")
    volume.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name=timeline.say("timeline.taller")).click()
    page.keyboard.press("Escape")
    timeline.layout(api)
    voice = _track(api, project, "voice")
    assert (voice["name"], voice["volume"], voice["height"]) == ("Reza", 0.95, 55)
    expect(page.locator('.tl-row[data-kind="voice"] .tl-head')).to_contain_text("Reza")


def test_a_fade_is_drawn_from_the_corner_and_the_edge_below_it_trims(
    timeline: Timeline, api: httpx.Client, project: str
) -> None:
    timeline.choose("line")
    corner, box = timeline.clip("line").locator(".tl-handle.in").bounding_box(), timeline.box("line")
    assert corner is not None
    assert min(corner["width"], corner["height"]) >= 24, "a finger finds it"
    assert corner["x"] < box["x"] + 1, "the fade begins where the edge lies"
    x, y, away = box["x"] + 4, box["y"] + 4, 15 * timeline.scale
    if timeline.world.phone:
        with timeline.fingers() as touch:
            touch("touchStart", (x, y))
            for share in (0.4, 0.8, 1.0):
                touch("touchMove", (x + away * share, y))
            touch("touchEnd")
    else:
        timeline.page.mouse.move(x, y)
        timeline.page.mouse.down()
        timeline.page.mouse.move(x + away, y, steps=4)
        timeline.page.mouse.up()
    timeline.saved()
    assert (_clip(api, project, "voice")["fade_in"], _clip(api, project, "voice")["duration"]) == (15, 60)
    timeline.drag("line", 10, part="start")
    assert timeline.layout(api)["line"] == ("voice", 130, 180)


def test_an_envelope_gets_points_that_move_and_go(timeline: Timeline, api: httpx.Client, project: str) -> None:
    timeline.bring("line")
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
    page, say = timeline.page, timeline.say
    page.keyboard.press("Home")
    page.get_by_role("button", name=say("timeline.joint_said", name=say("timeline.add_transition"), number=1)).focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitemradio", name=say("timeline.transition_wipe")).click()
    timeline.layout(api)
    items = next(one for one in document(api, project)["tracks"] if one["kind"] == "scene")["items"]
    assert (items[1]["kind"], items[1]["params"]) == ("wipe", {"direction": "left"})
    said = say("timeline.joint_said", name=say("timeline.transition_wipe"), number=1)
    mark = page.get_by_role("button", name=said)
    page.keyboard.press("Home")
    for _ in range(4 if timeline.world.phone else 0):  # else two frames are less than a hand may shake
        page.keyboard.press("=")
    expect(mark).to_be_visible()
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
    if not timeline.world.phone:
        expect(page.get_by_label(say("timeline.transition_seconds"))).to_be_in_viewport()
    page.keyboard.press("Delete")
    timeline.saved()
    items = next(one for one in document(api, project)["tracks"] if one["kind"] == "scene")["items"]
    assert [item["type"] for item in items] == ["clip", "clip"]


@pytest.mark.worlds(EN, EN_PHONE)
def test_texts_and_pictures_that_meet_are_joined_too(timeline: Timeline, api: httpx.Client, project: str) -> None:
    page, say = timeline.page, timeline.say
    photo = {key: value for key, value in _clip(api, project, "pictures").items() if key != "type"}
    ops = [
        {"op": "move_clips", "clips": ["two"], "delta": -40},
        {"op": "insert_clip", "track": "pictures", "at": 110, "clip": photo | {"id": "next"}},
    ]
    edit(api, project, ops)
    expect(timeline.clip("next")).to_be_visible()

    def mark(kind: str, name: str) -> Locator:
        said = {"name": say(f"timeline.{name}"), "number": 1, "track": say(f"timeline.track_{kind}")}
        return page.get_by_role("button", name=say("timeline.joint_said_on", **said), exact=True)

    mark("text", "add_transition").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitemradio", name=say("timeline.transition_slide")).press("Enter")
    timeline.bring("photo")
    plus = mark("image", "add_transition")
    plus.tap() if timeline.world.phone else plus.click()
    page.get_by_role("menuitemradio", name=say("timeline.transition_dip")).click()
    expect(mark("text", "transition_slide")).to_have_count(1)
    expect(mark("image", "transition_dip")).to_have_count(1)
    places = timeline.layout(api)
    # What follows is drawn up by half a second; what lies behind a gap stays.
    assert [places[name][1:] for name in ("two", "three", "next")] == [(47, 107), (200, 300), (97, 157)]
    timeline.choose("one")
    page.get_by_label(say("timeline.transition"), exact=True).select_option("cut")
    timeline.saved()
    kept = {track["id"]: [item["type"] for item in track["items"]] for track in document(api, project)["tracks"]}
    assert kept["texts"] == ["clip", "clip", "gap", "clip"]
    assert kept["pictures"] == ["gap", "clip", "transition", "clip"]


@pytest.mark.worlds(EN, EN_PHONE)
def test_whichever_panel_is_open_a_chosen_clip_shows_its_values_and_a_new_text_takes_the_keys(
    timeline: Timeline, api: httpx.Client, project: str
) -> None:
    page = timeline.page
    values = page.locator('.studio-inspector [data-inspects="line"]')
    for panel in ("colors", "audio"):
        timeline.choose("line")
        timeline.panel(panel)
        expect(values).to_have_count(0)
        timeline.choose("line")
        expect(values).to_have_count(1)
    for number, panel in enumerate(("colors", "audio", "media")):
        timeline.panel(panel)
        timeline.act("add-text").click()
        page.keyboard.type("lmo"[: number + 1])  # play, a marker, the range's end
        expect(page.locator(".studio-inspector textarea")).to_have_value("lmo"[: number + 1])
    expect(timeline.act("play")).to_have_attribute("aria-label", timeline.say("studio.play"))
    timeline.saved()
    kept = document(api, project)
    texts = {item.get("text") for track in kept["tracks"] for item in track["items"]}
    assert {"l", "lm", "lmo"} <= texts
    assert kept["markers"] == []


@pytest.mark.worlds(EN)
def test_space_plays_after_a_menu_that_a_press_has_opened(timeline: Timeline) -> None:
    page, play = timeline.page, timeline.act("play")
    timeline.choose("one")
    playing = False
    for button, menu in (
        (_switch(timeline, "more", "music"), "dialog"),
        (timeline.act("clip-menu"), "menu"),
        (timeline.act("tool"), "menu"),
    ):
        button.click()
        expect(page.get_by_role(menu)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role(menu)).to_have_count(0)
        page.keyboard.press("Space")
        playing = not playing
        expect(play).to_have_attribute("aria-label", timeline.say("studio.pause" if playing else "studio.play"))
        expect(page.get_by_role(menu)).to_have_count(0)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menu")).to_be_visible()


def test_shortcuts_are_silent_while_words_are_typed(timeline: Timeline, api: httpx.Client) -> None:
    timeline.choose("two")
    words = timeline.page.locator(".studio-inspector textarea")
    words.fill("")
    words.press_sequentially("small k m s q")
    words.press("Delete")
    places = timeline.layout(api)
    assert places["two"] == ("texts", 100, 160)
    expect(timeline.clip("two")).to_have_attribute("aria-label", re.compile("^small k m s q"))


def test_numbers_are_typed_digit_by_digit_and_undone_field_by_field(
    timeline: Timeline, api: httpx.Client, project: str
) -> None:
    say, page = timeline.say, timeline.page
    timeline.choose("two")
    panel = page.locator(".studio-inspector")
    weight, size = (panel.get_by_label(say(f"studio.font_{name}"), exact=True) for name in ("weight", "size"))
    weight.press("Control+a")
    weight.press_sequentially("800")  # neither 8 nor 80 is a weight
    size.press("Control+a")
    size.press("Backspace")  # nothing for a while
    size.press_sequentially("۹۰" if timeline.world.language == "fa" else "90")
    size.press("ArrowUp")
    expect(size).to_have_value("91")
    size.blur()
    page.keyboard.press("Control+z")
    expect(size).to_have_value("64")
    expect(weight).to_have_value("800")
    panel.get_by_role("button", name=say("studio.align_start"), exact=True).click()
    panel.get_by_role("button", name=say("studio.align_end"), exact=True).click()
    page.keyboard.press("Control+z")
    weight.press("Control+a")
    weight.press_sequentially("5000")
    weight.blur()
    expect(weight).to_have_value("900")
    timeline.saved()
    style = next(one for one in _track(api, project, "texts")["items"] if one["id"] == "two")["style"]
    assert (style["weight"], style["size"], style["align"]) == (900, 64, "start")


def test_the_question_mark_shows_every_shortcut(timeline: Timeline) -> None:
    timeline.page.keyboard.press("Shift+?")
    sheet = timeline.page.get_by_role("dialog", name=timeline.say("timeline.shortcuts"))
    expect(sheet).to_contain_text(timeline.say("timeline.do_split"))
    expect(sheet.locator("kbd", has_text="Ctrl K")).to_be_visible()
    timeline.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


@pytest.mark.wide
def test_the_timeline_is_made_higher_and_stays_so(timeline: Timeline) -> None:
    grip = timeline.page.get_by_role("separator", name=timeline.say("timeline.timeline_height"))
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
    words = timeline.say("timeline.new_text")
    timeline.act("add-text").click()
    expect(timeline.page.locator(".stage-text", has_text=words)).to_be_visible()
    [added] = timeline.chosen
    expect(timeline.clip(added)).to_have_attribute("aria-label", re.compile(f"^{words}"))
    timeline.page.keyboard.type("Hello")
    expect(timeline.page.locator(".stage-text", has_text="Hello")).to_be_visible()
    assert timeline.layout(api)[added][1] == 62
    kept = document(api, timeline.project_id)["tracks"]
    assert "Hello" in [item.get("text") for track in kept for item in track["items"]]


@pytest.mark.worlds(EN_PHONE, FA_PHONE)
def test_on_a_phone_the_film_moves_under_the_playhead(timeline: Timeline) -> None:
    page = timeline.page
    page.keyboard.press("Home")
    middle = page.locator(".tl-needle").bounding_box()
    assert middle is not None
    assert abs(middle["x"] - 195) < 3
    page.mouse.move(195, middle["y"] + 60)
    page.mouse.wheel(120, 0)
    page.wait_for_function("() => Number(document.querySelector('.tl-ruler').ariaValueNow) > 40")
    moved = page.locator(".tl-needle").bounding_box()
    assert moved is not None
    assert abs(moved["x"] - 195) < 3


@pytest.mark.worlds(EN_PHONE, FA_PHONE)
def test_two_fingers_zoom(timeline: Timeline) -> None:
    timeline.seek(130)
    x, y = timeline.at("two")
    before = timeline.scale
    with timeline.fingers() as touch:
        touch("touchStart", (x - 40, y), (x + 40, y))
        for step in (60, 80, 120):
            touch("touchMove", (x - step, y), (x + step, y))
        touch("touchEnd")
    assert timeline.scale > 2 * before
    _at(timeline, 130)


@pytest.mark.worlds(FA_PHONE)
def test_a_finger_trims_what_is_chosen_at_once_and_chooses_nothing_on_an_empty_lane(
    timeline: Timeline, api: httpx.Client
) -> None:
    page = timeline.page
    timeline.choose("two")
    x, y = timeline.at("two", "end")
    away = 20 * timeline.scale
    with timeline.fingers() as touch:
        touch("touchStart", (x, y))
        for share in (0.4, 0.8, 1.0):
            touch("touchMove", (x - away * share, y))
        touch("touchEnd")
        touch("touchStart", timeline.place_of("texts", 170))
        touch("touchEnd")
    expect(page.locator(".tl-clip.on")).to_have_count(0)
    panel = page.locator(".studio-inspector")
    expect(panel.locator("[data-inspects=two]")).to_have_count(0)
    timeline.choose("one")
    assert page.evaluate("() => document.documentElement.scrollHeight <= innerHeight"), "the page itself scrolls"
    assert panel.evaluate("one => { one.scrollTo(0, 60); return one.scrollTop; }") > 0
    timeline.panel("media")
    assert panel.evaluate("one => one.scrollTop") == 0, "another panel begins at its top"
    assert timeline.layout(api)["two"] == ("texts", 100, 140)


@pytest.mark.worlds(EN_PHONE, FA_PHONE)
def test_on_a_phone_tracks_are_switched_in_a_sheet(timeline: Timeline, api: httpx.Client, project: str) -> None:
    say = timeline.say
    timeline.act("tracks").tap()
    sheet = timeline.page.get_by_role("dialog", name=say("timeline.show_tracks"))
    for act, kind in (("mute", "voice"), ("hide", "image"), ("more", "voice")):
        _switch(timeline, act, kind).tap()
    sheet.get_by_label(say("timeline.track_name")).fill("Reza")
    sheet.get_by_role("button", name=say("timeline.track_sfx"), exact=True).tap()
    expect(_switch(timeline, "mute", "voice", "Reza")).to_have_attribute("aria-pressed", "true")
    small = (
        "all => all.map(one => one.getBoundingClientRect()).filter(({ width, height }) => width < 24 || height < 24)"
    )
    assert sheet.get_by_role("button").evaluate_all(small) == []
    sheet.get_by_role("button", name=say("timeline.close")).tap()
    timeline.layout(api)
    tracks = {one["kind"]: one for one in document(api, project)["tracks"]}
    assert (tracks["voice"]["name"], tracks["voice"]["mute"], tracks["image"]["hidden"]) == ("Reza", True, True)
    assert "sfx" in tracks


def test_the_film_takes_another_shape(timeline: Timeline, api: httpx.Client, project: str) -> None:
    for shape, ratio in (("9:16", 9 / 16), ("1:1", 1), ("4:5", 4 / 5)):
        timeline.act("project-menu" if timeline.world.phone else "aspect").click()
        timeline.page.get_by_role("menuitemradio", name=re.compile(f"^{shape}")).click()
        look = "(ratio) => { const one = document.querySelector('.stage-frame').getBoundingClientRect();"
        timeline.page.wait_for_function(look + " return Math.abs(one.width / one.height - ratio) < 0.02; }", arg=ratio)
        timeline.saved()
        width, height = document(api, project)["size"]
        assert width / height == pytest.approx(ratio, rel=0.02)
    timeline.layout(api)
    timeline.page.wait_for_function(look + " return Math.abs(one.width / one.height - ratio) < 0.02; }", arg=ratio)
