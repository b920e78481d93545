"""The timeline: files dragged onto a track from the media panel and from the desktop, and what clips show of them."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Material
from tests.e2e.pages import drop
from tests.e2e.timeline_pages import Timeline
from tests.e2e.worlds import EN, FA
from tests.media.files import picture, tone
from tests.media.films import Films

WORLDS = (EN, FA)  # nothing is dragged from a phone's desktop
READ_WITHIN = 60_000  # ms: a node reads what was uploaded


def _painted(timeline: Timeline, clip: str) -> None:
    """Waits until a clip shows more than a colour."""
    shown = timeline.clip(clip).locator(".tl-picture")
    expect(shown).to_have_css("background-image", re.compile("^url"), timeout=READ_WITHIN)


def test_a_file_of_the_panel_is_dragged_onto_a_track(
    timeline: Timeline, api: httpx.Client, film_material: Material
) -> None:
    page, before = timeline.page, timeline.box("line")
    timeline.panel("media")
    page.get_by_role("searchbox", name=timeline.say("media.search")).fill("cut-line")
    tile = page.locator(f'.media-tile[data-media="{film_material[2]}"]')
    expect(page.locator(".media-tile")).to_have_count(1)  # what was found lies where it stays
    expect(tile).to_have_attribute("data-state", "ready", timeout=READ_WITHIN)
    tile.hover()
    page.mouse.down()
    told, at = page.locator(".tl-told"), "00:02:10"
    x, y = timeline.place_of("texts", 60)
    page.mouse.move(x - 20, y, steps=3)
    page.mouse.move(x + 5, y, steps=3)
    page.mouse.move(x + 4, y)  # of what the pointer has just come upon it is told when it moves on
    music = timeline.say("timeline.track_music")
    expect(told).to_have_text(timeline.say("timeline.placing_on", name="cut-line.wav", at=at, track=music))
    x, y = timeline.place_of("voice", 60)
    page.mouse.move(x - 20, y, steps=3)
    page.mouse.move(x + 2, y, steps=2)
    expect(timeline.guide).to_have_text(timeline.say("timeline.snap_end", name="One"))
    expect(page.locator(".tl-ghost")).to_contain_text("cut-line")
    expect(told).to_have_text(timeline.say("timeline.placing_overwrite", name="cut-line.wav", at=at))
    assert timeline.clip("line").get_attribute("data-gone") is not None
    page.keyboard.down("Control")
    page.mouse.move(x + 1, y)
    expect(told).to_have_text(timeline.say("timeline.placing_insert", name="cut-line.wav", at=at))
    assert timeline.box("line")["x"] > before["x"] + 250 * timeline.scale
    page.mouse.up()
    page.keyboard.up("Control")
    [placed] = timeline.chosen
    expect(timeline.clip(placed)).to_be_focused()  # keys belong to the film
    places = timeline.layout(api)
    assert (places[placed], places["line"][1]) == (("voice", 60, 360), 420)
    _painted(timeline, placed)


def test_files_of_the_desktop_are_dropped_onto_a_track(timeline: Timeline, api: httpx.Client, tmp_path: Path) -> None:
    """Each kind begins where it was dropped, in the order of the files; what cannot be read says so."""
    colors = {"first": (10, 90, 200), "second": (20, 120, 60)}
    files = [picture(tmp_path / f"{name}.png", color=color) for name, color in colors.items()]
    letter = tmp_path / "letter.mp4"
    letter.write_bytes(b"This is a letter. " * 100)
    timeline.page.keyboard.press("s")
    drop(timeline.page, timeline.place_of("pictures", 160), *files, letter, tone(tmp_path / "hum.wav", 1))
    unread = timeline.page.locator('.studio-coming [data-upload="unread"]', has_text="letter.mp4")
    expect(unread.get_by_role("alert")).to_be_visible(timeout=READ_WITHIN)
    unread.get_by_role("button").click()
    for name in (*colors, "hum"):
        expect(timeline.page.locator(".tl-clip", has_text=name)).to_be_visible(timeout=READ_WITHIN)
    expect(timeline.page.locator(".studio-coming .media-upload")).to_have_count(0)
    order = timeline.page.locator('.tl-row[data-row="pictures"] .tl-clip').all_inner_texts()
    places = timeline.layout(api)
    pictures = sorted(place[1:] for place in places.values() if place[0] == "pictures")
    assert pictures == [(50, 110), (160, 285), (285, 410)]
    assert [name for text in order for name in colors if name in text] == list(colors)
    assert [place[1:] for place in places.values()].count((160, 185)) == 1


@pytest.mark.worlds(EN)
def test_what_was_dropped_lies_there_also_after_a_reload_on_its_way(
    timeline: Timeline, api: httpx.Client, tmp_path: Path
) -> None:
    page, pieces = timeline.page, "**/api/v1/media/uploads/*"
    page.context.route(pieces, lambda route: (
        route.fulfill(status=503) if route.request.method == "PATCH" else route.continue_()
    ))  # fmt: skip
    sounds = [tone(tmp_path / f"late{seconds}.wav", seconds) for seconds in (1.2, 2.4)]
    timeline.page.keyboard.press("s")  # it would lie where it sticks to
    drop(page, timeline.place_of("voice", 150), *sounds, control=True)
    upload = page.locator(".studio-coming .media-upload")
    for number in range(len(sounds)):
        expect(upload.nth(number)).to_have_attribute("data-upload", "offline", timeout=READ_WITHIN)
    page.context.unroute(pieces)
    page.reload()
    expect(page.locator(".tl-clip", has_text="late")).to_have_count(len(sounds), timeout=READ_WITHIN)
    expect(upload).to_have_count(0)
    places = {name: place[1:] for name, place in timeline.layout(api).items() if place[0] == "voice"}
    assert sorted(end - start for start, end in places.values()) == [30, 30, 30, 60]
    [rest] = [name for name in places if "." in name]
    assert (places["line"], places[rest]) == ((120, 150), (240, 270)), "both lie between the parts of what lay there"


def test_a_film_dropped_under_all_tracks_gets_one_of_its_own_and_so_does_its_sound(
    timeline: Timeline, api: httpx.Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    film = Films(tmp_path_factory.mktemp("films")).plain
    x, y = timeline.place_of("music", 0)
    drop(timeline.page, (x + 100 * timeline.scale, y + 60), film)
    clip = timeline.page.locator('.tl-row[data-kind="video"] .tl-clip')
    expect(clip).to_be_visible(timeout=READ_WITHIN)
    name = str(clip.get_attribute("data-clip"))
    _painted(timeline, name)
    assert timeline.layout(api)[name][1:] == (100, 200)
    clip.click(button="right", position={"x": 60, "y": 20})
    timeline.page.get_by_role("menuitem", name=timeline.say("timeline.do_detach")).click()
    expect(timeline.page.locator('.tl-row[data-kind="sfx"] .tl-clip')).to_be_visible()
    timeline.drag(name, 20, keys=["Alt"])
    kept = {track: (start, end) for track, start, end in timeline.layout(api).values() if start == 120}
    assert len(kept) == 3, "the voice that lies there, the picture, and its sound that went along"
    assert list(kept.values()).count((120, 220)) == 2


def test_scenes_show_their_moments_along_the_timeline(timeline: Timeline) -> None:
    strip = timeline.page.locator('[data-kind="scene"] .tl-clip .tl-picture').first
    expect(strip).to_have_css("background-image", re.compile(r"^url\(\"blob:"))
    before = str(strip.evaluate("one => one.style.backgroundImage"))
    timeline.page.locator('[data-kind="scene"] .tl-clip').first.click()
    timeline.text("title").fill("Mine")
    expect(strip).not_to_have_css("background-image", before)
