"""The timeline: what edges stick to, what is chosen, grouped and taken apart again, and the tools of the pointer."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.timeline_pages import Timeline
from tests.e2e.worlds import EN_PHONE, FA

WORLDS = (FA, EN_PHONE)


def _tool(timeline: Timeline, name: str, key: str) -> None:
    """Takes a tool: by its key, or on a phone out of the menu."""
    if timeline.world.phone:
        timeline.act("tool").tap()
        timeline.page.get_by_role("menuitem", name=timeline.say(f"timeline.do_tool_{name}")).tap()
    else:
        timeline.page.keyboard.press(key)
    now = timeline.say("timeline.tool_now", name=timeline.say(f"timeline.do_tool_{name}"))
    expect(timeline.act("tool")).to_have_attribute("aria-label", now)


def test_an_edge_sticks_to_the_playhead(timeline: Timeline, api: httpx.Client) -> None:
    timeline.seek(30)
    with timeline.held("one", 29.4):
        expect(timeline.guide).to_have_text(timeline.say("timeline.snap_playhead"))
    assert timeline.layout(api)["one"] == ("texts", 30, 90)


def test_an_edge_sticks_to_a_marker(timeline: Timeline, api: httpx.Client) -> None:
    timeline.seek(85)
    timeline.act("mark").click()
    expect(timeline.page.locator(".tl-marker")).to_have_count(1)
    timeline.seek(10)
    with timeline.held("two", -14.4):
        expect(timeline.guide).to_have_text(timeline.say("timeline.marker"))
    assert timeline.layout(api)["two"] == ("texts", 85, 145)


def test_shift_takes_clips_into_the_choice_and_out_of_it(timeline: Timeline, api: httpx.Client) -> None:
    timeline.choose("two", "photo", "line")
    timeline.told("clips_chosen", count=3)
    assert sorted(timeline.chosen) == ["line", "photo", "two"]
    timeline.clip("photo").click(modifiers=["Shift"])
    assert sorted(timeline.chosen) == ["line", "two"]
    timeline.page.keyboard.press("Delete")
    places = timeline.layout(api)
    assert {"one", "three", "photo"} <= places.keys()
    assert not {"two", "line"} & places.keys()


def test_a_group_that_was_dissolved_moves_apart(timeline: Timeline, api: httpx.Client) -> None:
    timeline.choose("two", "photo")
    timeline.page.keyboard.press("Control+g")
    timeline.told("did_grouped", count=2)
    expect(timeline.clip("photo")).to_have_class(re.compile("grouped"))
    timeline.page.keyboard.press("Control+Shift+g")
    timeline.told("did_ungrouped")
    timeline.page.keyboard.press("Escape")
    timeline.drag("two", 25, keys=["Alt"])
    places = timeline.layout(api)
    assert (places["two"][1], places["photo"][1]) == (125, 50)


def test_the_ripple_tool_draws_up_what_follows(timeline: Timeline, api: httpx.Client) -> None:
    _tool(timeline, "ripple", "b")
    timeline.drag("two", -20, part="end")
    places = timeline.layout(api)
    assert (places["two"], places["three"]) == (("texts", 100, 140), ("texts", 180, 280))


def test_the_roll_tool_moves_the_cut(timeline: Timeline, api: httpx.Client) -> None:
    timeline.drag("two", 40)
    _tool(timeline, "roll", "n")
    timeline.drag("two", -10, part="end")
    places = timeline.layout(api)
    assert (places["two"], places["three"]) == (("texts", 140, 190), ("texts", 190, 300))


@pytest.mark.wide  # on a phone the command palette does it
def test_the_ruler_counts_frames(timeline: Timeline) -> None:
    labels = timeline.ruler.locator(".tc")
    expect(labels.nth(1)).to_have_text(re.compile(r"^00:0\d$"))
    timeline.page.get_by_role("button", name=timeline.say("timeline.ruler_unit")).click()
    expect(labels.nth(1)).to_have_text(re.compile(r"^\d+$"))
    timeline.page.reload()
    timeline.ready()
    expect(labels.nth(1)).to_have_text(re.compile(r"^\d+$"))
