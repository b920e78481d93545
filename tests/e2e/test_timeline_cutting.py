"""The timeline: moving, trimming, cutting and deleting clips with real mouse and keyboard."""

from contextlib import closing

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.catalogue import bundle, document, project_of, published
from tests.e2e.running import Studio as Running
from tests.e2e.timeline_pages import Timeline, film, upload
from tests.media.files import picture, tone

Project = tuple[str, str, str]


@pytest.fixture(scope="module")
def material(studio: Running, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A template, a picture and twelve seconds of sound."""
    folder = tmp_path_factory.mktemp("material")
    with closing(studio.client()) as api:
        template = published(api, bundle("promo", folder, called="To cut"))
        return template, upload(api, picture(folder / "photo.png")), upload(api, tone(folder / "line.wav", 12.0))


@pytest.fixture
def project(api: httpx.Client, material: Project, request: pytest.FixtureRequest) -> str:
    made = project_of(api, material[0], request.node.name)
    film(api, made, *material[1:])
    return made


@pytest.fixture
def timeline(admin_page: Page, project: str) -> Timeline:
    made = Timeline(admin_page)
    made.open(project)
    return made.ready()


def test_a_clip_moves_and_sticks_to_an_edge_that_is_named(timeline: Timeline, api: httpx.Client) -> None:
    with timeline.held("two", 38.6):
        expect(timeline.page.locator(".tl-guide")).to_have_text("Three start")
        expect(timeline.page.locator(".tl-told")).to_contain_text("Moving Two, +01:15")
    assert timeline.scroller.get_attribute("data-renders") == "0"
    assert timeline.layout(api)["two"] == ("texts", 140, 200)


def test_alt_ignores_snapping(timeline: Timeline, api: httpx.Client) -> None:
    timeline.drag("two", 38.6, keys=["Alt"])
    assert timeline.layout(api)["two"][1] == 139


def test_snapping_is_switched_off_with_s(timeline: Timeline, api: httpx.Client) -> None:
    timeline.page.keyboard.press("s")
    expect(timeline.page.locator('[data-act="snapping"]')).to_have_attribute("aria-pressed", "false")
    timeline.drag("two", 38.6)
    assert timeline.layout(api)["two"][1] == 139
    expect(timeline.page.locator('[data-act="snapping"]')).to_have_attribute("aria-pressed", "false")


def test_escape_cancels_a_drag(timeline: Timeline, api: httpx.Client) -> None:
    before = timeline.box("two")
    with timeline.held("two", 20):
        assert timeline.box("two")["x"] > before["x"] + 20
        timeline.page.keyboard.press("Escape")
        assert timeline.box("two") == before
    expect(timeline.page.get_by_text("Cancelled, nothing has changed")).to_be_attached()
    assert timeline.layout(api)["two"] == ("texts", 100, 160)


def test_dropping_covers_what_lies_there(timeline: Timeline, api: httpx.Client) -> None:
    timeline.drag("one", 80, keys=["Alt"])
    places = timeline.layout(api)
    assert (places["one"], places["two"]) == (("texts", 80, 140), ("texts", 140, 160))


def test_ctrl_makes_room_for_what_is_dropped(timeline: Timeline, api: httpx.Client) -> None:
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
    timeline.drag("line", -60, part="start", keys=["Alt"])
    assert timeline.layout(api)["line"] == ("voice", 100, 180)
    assert timeline.page.locator('[data-clip="line"]').count() == 1


def test_shift_trims_and_draws_up_what_follows(timeline: Timeline, api: httpx.Client) -> None:
    timeline.drag("two", -20, part="end", keys=["Shift", "Alt"])
    places = timeline.layout(api)
    assert (places["two"][2], places["three"]) == (140, ("texts", 180, 280))


def test_slipping_shows_another_piece_of_the_source(timeline: Timeline, api: httpx.Client, project: str) -> None:
    timeline.page.keyboard.press("y")
    timeline.drag("line", 8)
    timeline.saved()
    [voice] = [track for track in document(api, project)["tracks"] if track["id"] == "voice"]
    assert voice["items"][-1]["offset"] == 12
    assert timeline.layout(api)["line"] == ("voice", 120, 180)


@pytest.mark.parametrize("keys", ["Control+k", "Control+b"])
def test_what_is_chosen_is_split_at_the_playhead(timeline: Timeline, api: httpx.Client, keys: str) -> None:
    timeline.choose("two")
    timeline.seek(130)
    timeline.page.keyboard.press(keys)
    places = timeline.layout(api)
    texts = sorted(place[1:] for place in places.values() if place[0] == "texts")
    assert texts == [(0, 60), (100, 130), (130, 160), (200, 300)]
    assert places["line"] == ("voice", 120, 180)


def test_the_razor_splits_where_it_is_clicked(timeline: Timeline, api: httpx.Client) -> None:
    timeline.page.keyboard.press("c")
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


def test_copies_come_at_the_playhead(timeline: Timeline, api: httpx.Client) -> None:
    timeline.choose("line")
    timeline.page.keyboard.press("Control+c")
    timeline.seek(200)
    timeline.page.keyboard.press("Control+v")
    timeline.page.keyboard.press("Control+d")
    voice = sorted(place[1:] for place in timeline.layout(api).values() if place[0] == "voice")
    assert voice == [(120, 180), (200, 260), (260, 320)]
