"""The timeline: moving, trimming, cutting and deleting clips with real mouse and keyboard."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.deadline import until
from tests.e2e.catalogue import document
from tests.e2e.timeline_pages import Timeline, edit
from tests.e2e.worlds import EN, FA, FA_PHONE

WORLDS = (EN, FA_PHONE)


def test_a_clip_moves_and_sticks_to_an_edge_that_is_named(timeline: Timeline, api: httpx.Client) -> None:
    moving = timeline.say("timeline.moving_overwrite", name="Two", shift="+01:15")
    for _ in range(3):  # what comes of a file just then is drawn as well, but not each time
        with timeline.held("two", 38.6):
            expect(timeline.guide).to_have_text(timeline.say("timeline.snap_start", name="Three"))
            expect(timeline.page.locator(".tl-told")).to_have_text(moving)
        if timeline.scroller.get_attribute("data-renders") == "0":
            break
        timeline.page.keyboard.press("Control+z")
    assert timeline.scroller.get_attribute("data-renders") == "0"
    assert timeline.layout(api)["two"] == ("texts", 140, 200)


def test_alt_ignores_snapping(timeline: Timeline, api: httpx.Client) -> None:
    timeline.drag("two", 38.6, keys=["Alt"])
    assert timeline.layout(api)["two"][1] == 139


def test_snapping_is_switched_off_with_s_or_its_button(timeline: Timeline, api: httpx.Client) -> None:
    if timeline.world.phone:
        timeline.act("snapping").tap()
    else:
        timeline.page.keyboard.press("s")
    expect(timeline.act("snapping")).to_have_attribute("aria-pressed", "false")
    timeline.drag("two", 38.6)
    assert timeline.layout(api)["two"][1] == 139
    expect(timeline.act("snapping")).to_have_attribute("aria-pressed", "false")


def test_escape_cancels_a_drag(timeline: Timeline, api: httpx.Client) -> None:
    timeline.bring("two")
    before = timeline.box("two")
    with timeline.held("two", 20):
        assert timeline.box("two")["x"] > before["x"] + 20
        timeline.page.keyboard.press("Escape")
        assert timeline.box("two") == before
    timeline.told("drag_cancelled")
    assert timeline.layout(api)["two"] == ("texts", 100, 160)


def test_a_connection_that_is_lost_in_mid_drag_loses_nothing(
    timeline: Timeline, api: httpx.Client, project: str
) -> None:
    page = timeline.page
    try:
        with timeline.held("two", 20, keys=["Alt"]):
            page.context.set_offline(True)
        expect(page.get_by_text(timeline.say("studio.offline", count=1))).to_be_visible()
        timeline.choose("one")
        page.keyboard.press("Delete")
        expect(page.get_by_text(timeline.say("studio.offline", count=2))).to_be_visible()
    finally:
        page.context.set_offline(False)
    places = timeline.layout(api)
    assert places["two"] == ("texts", 120, 180)
    assert "one" not in places


def test_dropping_covers_what_lies_there(timeline: Timeline, api: httpx.Client) -> None:
    timeline.drag("one", 80, keys=["Alt"])
    places = timeline.layout(api)
    assert (places["one"], places["two"]) == (("texts", 80, 140), ("texts", 140, 160))


def test_ctrl_makes_room_for_what_is_dropped(timeline: Timeline, api: httpx.Client) -> None:
    for _ in range(2 if timeline.world.phone else 0):  # so that the way is in view
        timeline.page.keyboard.press("-")
    timeline.bring("one")
    before = timeline.box("two")["x"]
    with timeline.held("one", 160, keys=["Control", "Alt"]):
        assert timeline.box("two")["x"] < before - 10
    places = timeline.layout(api)
    assert (places["two"], places["one"], places["three"]) == (
        ("texts", 40, 100),
        ("texts", 100, 160),
        ("texts", 200, 300),
    )


def test_an_edge_is_trimmed_and_leaves_a_gap(timeline: Timeline, api: httpx.Client) -> None:
    timeline.drag("two", -20, part="end", keys=["Alt"])
    places = timeline.layout(api)
    assert (places["two"], places["three"][1]) == (("texts", 100, 140), 200)


def test_trimming_stops_where_the_source_begins(timeline: Timeline, api: httpx.Client) -> None:
    why = timeline.say("timeline.held_source_start", name="cut-line.wav")
    with timeline.held("line", -60, part="start", keys=["Alt"]):
        told = timeline.say("timeline.held", shift="−00:20", why=why)
        expect(timeline.page.locator(".tl-told")).to_have_text(told)
    expect(timeline.page.locator(".timeline > [role=status]")).to_contain_text(why)
    assert timeline.layout(api)["line"] == ("voice", 100, 180)
    timeline.drag("line", -20, part="start", keys=["Alt"])
    expect(timeline.page.locator("[data-sonner-toast]")).to_contain_text(why)  # nothing was done: that is said
    assert timeline.layout(api)["line"] == ("voice", 100, 180)


def test_shift_trims_and_draws_up_what_follows(timeline: Timeline, api: httpx.Client) -> None:
    timeline.drag("two", -20, part="end", keys=["Shift", "Alt"])
    places = timeline.layout(api)
    assert (places["two"][2], places["three"]) == (140, ("texts", 180, 280))


def test_ctrl_rolls_the_cut_between_two_clips(timeline: Timeline, api: httpx.Client) -> None:
    timeline.drag("two", 40)
    timeline.drag("two", -15, part="end", keys=["Control", "Alt"])
    places = timeline.layout(api)
    assert (places["two"], places["three"]) == (("texts", 140, 185), ("texts", 185, 300))


def test_slipping_shows_another_piece_of_the_source(timeline: Timeline, api: httpx.Client, project: str) -> None:
    timeline.page.keyboard.press("y")
    timeline.drag("line", 8)
    timeline.saved()
    [voice] = [track for track in document(api, project)["tracks"] if track["id"] == "voice"]
    assert voice["items"][-1]["offset"] == 12
    assert timeline.layout(api)["line"] == ("voice", 120, 180)


def test_what_is_chosen_is_split_at_the_playhead(timeline: Timeline, api: httpx.Client) -> None:
    timeline.choose("two")
    for frame, keys in ((130, "Control+k"), (138, "Control+k"), (145, "Control+b")):
        timeline.seek(frame)
        timeline.page.keyboard.press(keys)
        timeline.told("did_split", at=f"00:05:{frame - 125:02}")
        if frame == 138:  # both parts of what was chosen were
            timeline.page.keyboard.press("Control+a")
    places = timeline.layout(api)
    texts = sorted(place[1:] for place in places.values() if place[0] == "texts")
    assert texts == [(0, 60), (100, 130), (130, 138), (138, 145), (145, 160), (200, 300)]
    assert len([place for place in places.values() if place[0] == "voice"]) == 2, "all that is chosen is split"


def test_the_razor_splits_where_it_is_clicked(timeline: Timeline, api: httpx.Client) -> None:
    timeline.page.keyboard.press("c")
    timeline.bring("three")
    timeline.clip("three").click(position={"x": 50 * timeline.scale, "y": 20})
    texts = sorted(place[1:] for place in timeline.layout(api).values() if place[0] == "texts")
    assert texts[-2:] == [(200, 250), (250, 300)]


def test_q_and_w_trim_to_the_playhead(timeline: Timeline, api: httpx.Client) -> None:
    timeline.choose("three")
    timeline.seek(250)
    timeline.page.keyboard.press("w")
    timeline.seek(220)
    timeline.page.keyboard.press("q")
    expect(timeline.ruler).to_have_attribute("aria-valuenow", "200")
    assert timeline.layout(api)["three"] == ("texts", 200, 230)


def test_delete_leaves_a_gap(timeline: Timeline, api: httpx.Client) -> None:
    timeline.choose("two")
    timeline.page.keyboard.press("Delete")
    places = timeline.layout(api)
    assert "two" not in places
    assert places["three"] == ("texts", 200, 300)


def test_shift_delete_closes_the_gap(timeline: Timeline, api: httpx.Client) -> None:
    timeline.choose("two")
    timeline.page.keyboard.press("Shift+Delete")
    assert timeline.layout(api)["three"] == ("texts", 140, 240)


def test_one_gesture_is_undone_and_done_again(timeline: Timeline, api: httpx.Client) -> None:
    timeline.drag("two", 38.6)
    timeline.drag("line", 10, keys=["Alt"])
    timeline.page.keyboard.press("Control+z")
    timeline.page.keyboard.press("Control+z")
    assert timeline.layout(api)["two"][1] == 100
    timeline.drag("two", 38.6)
    timeline.page.keyboard.press("Control+z")
    timeline.page.keyboard.press("Control+Shift+z")
    assert timeline.layout(api)["two"][1] == 140


def test_scenes_change_their_order(timeline: Timeline, api: httpx.Client) -> None:
    scenes = timeline.page.locator('[data-kind="scene"] .tl-clip')
    first = str(scenes.first.get_attribute("data-clip"))
    timeline.drag(first, 18)
    order = sorted(
        (place[1], name)
        for name, place in timeline.layout(api).items()
        if place[0] not in {"texts", "voice", "pictures"}
    )
    assert order[1][1] == first


def test_a_sound_moves_to_another_track(timeline: Timeline, api: httpx.Client) -> None:
    timeline.bring("line")
    music = timeline.page.locator('.tl-row[data-kind="music"]').bounding_box()
    assert music is not None
    timeline.drag("line", 10, down=music["y"] + 20 - timeline.at("line")[1], keys=["Alt"])
    track, start, _ = timeline.layout(api)["line"]
    assert (track, start) == ("music", 130)


def test_copies_come_at_the_playhead(timeline: Timeline, api: httpx.Client) -> None:
    timeline.choose("line")
    timeline.page.keyboard.press("Control+c")
    timeline.seek(200)
    timeline.page.keyboard.press("Control+v")
    timeline.page.keyboard.press("Control+d")
    voice = sorted(place[1:] for place in timeline.layout(api).values() if place[0] == "voice")
    assert voice == [(120, 180), (200, 260), (260, 320)]


def test_a_rectangle_chooses_and_a_group_moves_together(timeline: Timeline, api: httpx.Client) -> None:
    page = timeline.page
    timeline.bring("two")
    above, below = timeline.box("two"), timeline.box("photo")
    page.mouse.move(above["x"] - 10, above["y"] - 1)
    page.mouse.down()
    page.mouse.move(above["x"] + 40, below["y"] + 10, steps=4)
    page.mouse.up()
    assert sorted(timeline.chosen) == ["photo", "two"]
    page.keyboard.press("Control+g")
    page.keyboard.press("Escape")
    assert timeline.chosen == []
    timeline.choose("photo")
    assert sorted(timeline.chosen) == ["photo", "two"], "what goes along is shown as chosen"
    timeline.drag("two", 20, keys=["Alt"])
    places = timeline.layout(api)
    assert (places["two"][1], places["photo"][1]) == (120, 70)


def test_the_keyboard_alone_moves_a_clip_and_says_so(timeline: Timeline, api: httpx.Client) -> None:
    page = timeline.page
    timeline.seek(110)
    page.keyboard.press("Control+ArrowRight")
    track = timeline.say("timeline.track_text")
    timeline.told("clip_said", name="Two", track=track, start="00:04:00", length="00:02:10")
    for _ in range(6):
        if timeline.chosen == ["two"]:
            break
        page.keyboard.press("Control+ArrowUp" if timeline.chosen != ["one"] else "Control+ArrowRight")
    assert timeline.chosen == ["two"]
    expect(timeline.clip("two")).to_be_focused()
    expect(timeline.clip("two")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+Shift+ArrowRight")
    page.keyboard.down("Alt")
    for _ in range(4):  # held: the second and later ones are repeats
        page.keyboard.down("ArrowLeft")
    page.keyboard.up("ArrowLeft")
    page.keyboard.up("Alt")
    expect(timeline.clip("two")).to_have_attribute("style", re.compile(r"--at: ?122;"))
    page.keyboard.press("Control+z")  # a hold is one step
    assert timeline.layout(api)["two"][1] == 126


@pytest.mark.worlds(EN)
def test_the_cut_between_scenes_is_trimmed_also_where_its_plus_lies(timeline: Timeline, api: httpx.Client) -> None:
    page, [first, second] = timeline.page, timeline.page.locator('[data-kind="scene"] .tl-clip').all()[:2]
    names = [str(one.get_attribute("data-clip")) for one in (first, second)]
    plus, clip = page.locator(".tl-joint.add").bounding_box(), first.bounding_box()
    assert plus is not None and clip is not None
    assert plus["y"] > clip["y"] + clip["height"] / 2, "at half height the edges are free"
    before, away = timeline.layout(api), 3 * timeline.scale
    page.mouse.move(plus["x"] + 3, plus["y"] + 9)
    page.mouse.down()
    page.mouse.move(plus["x"] + 3 - away, plus["y"] + 9, steps=3)
    page.mouse.up()
    after = timeline.layout(api)
    assert [after[name][2] for name in names] == [before[name][2] - 3 for name in names]


@pytest.mark.wide  # a phone shows its rows as a desktop does
def test_of_many_tracks_those_in_view_are_drawn_and_all_are_reached(
    timeline: Timeline, api: httpx.Client, project: str
) -> None:
    page, mouse = timeline.page, timeline.page.mouse
    ops: list[dict[str, object]] = []
    for number in range(14):
        ops.append({"op": "add_track", "track": {"id": f"more{number}", "kind": "text"}})
        clip = {"id": f"in{number}", "text": f"In {number}", "duration": 60}
        ops.append({"op": "insert_clip", "track": f"more{number}", "at": 0, "clip": clip})
    edit(api, project, ops)
    uppermost, below = timeline.clip("in13"), timeline.clip("line")
    expect(uppermost).to_be_visible()
    expect(below).to_have_count(0)
    expect(page.locator('.tl-row[data-row="voice"] .tl-head')).to_have_count(1)
    box = timeline.scroller.bounding_box()
    assert box is not None
    mouse.move(box["x"] + 400, box["y"] + 100)
    mouse.wheel(0, 2000)
    expect(below).to_be_in_viewport()
    expect(uppermost).to_have_count(0)
    mouse.wheel(0, -2000)

    expect(uppermost).to_be_in_viewport()
    timeline.choose("in13")
    for _ in range(17):
        page.keyboard.press("Control+ArrowDown")
    expect(below).to_be_focused()
    expect(below).to_be_in_viewport()
    assert timeline.chosen == ["line"]
    for _ in range(17):
        page.keyboard.press("Control+ArrowUp")
    expect(uppermost).to_be_focused()
    expect(uppermost).to_be_in_viewport()

    # In the hand it stays while its row is scrolled out of view.
    x, y = timeline.at("in13")
    low = box["y"] + box["height"]
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 3, low - 4, steps=4)
    wanted = page.locator('.tl-row[data-row="more0"]')
    page.wait_for_function(
        "([row, low]) => row.getBoundingClientRect().bottom < low", arg=[wanted.element_handle(), low - 40]
    )

    def over_it() -> bool:  # it scrolls on until the pointer has left the border
        row = wanted.bounding_box()
        assert row is not None
        mouse.move(x + 3, row["y"] + row["height"] / 2)
        return wanted.bounding_box() == row

    until(over_it, what="the pointer over the first row")
    mouse.up()
    timeline.saved()
    kept = {one["clip"]: one["track"] for one in api.get(f"/api/v1/projects/{project}").json()["layout"]}
    assert kept["in13"] == "more0"


@pytest.mark.worlds(FA, FA_PHONE)
def test_time_runs_left_to_right_in_persian(timeline: Timeline) -> None:
    expect(timeline.page.locator("html")).to_have_attribute("dir", "rtl")
    assert timeline.box("one")["x"] < timeline.box("two")["x"] < timeline.box("three")["x"]
    first = timeline.ruler.locator(".tc").all()[:2]
    boxes = [one.bounding_box() for one in first]
    assert boxes[0] is not None and boxes[1] is not None and boxes[0]["x"] < boxes[1]["x"]
