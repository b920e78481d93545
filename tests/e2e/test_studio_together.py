"""The editor beside others: two who edit at once, a minute without a line, a template that changed, other programs'
timelines, and the film as several files at once."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from flatrender.film.probe import probe
from tests.deadline import until
from tests.e2e.catalogue import bundle, clips, document, project_of, published
from tests.e2e.conftest import NewPage
from tests.e2e.studio_pages import Studio
from tests.e2e.timeline_pages import Timeline, edit
from tests.e2e.worlds import EN, FA_PHONE, Window

WORLDS = (EN, FA_PHONE)


def _toast(editor: Studio, key: str, **values: object) -> None:
    expect(editor.page.locator("[data-sonner-toast]", has_text=editor.say(key, **values)).first).to_be_visible()


def _hold(page: Page) -> Callable[[], Route]:
    """Keeps back what the page would save; the call waits for the first and returns it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def first() -> Route:
        until(lambda: page.evaluate("() => true") and held, 15, "something is saved")
        return held[0]

    page.route("**/ops", hold)
    return first


def test_who_writes_over_anothers_words_is_told(editor: Studio, api: httpx.Client) -> None:
    page, project = editor.page, editor.project_id
    held = _hold(page)
    editor.text("title").fill("Mine")
    editor.text("title").blur()
    kept = held()
    [scene, _] = clips(api, project)
    edit(api, project, [{"op": "set_value", "clip": scene["id"], "key": "title", "value": "Theirs"}])
    kept.continue_()
    editor.saved()
    _toast(editor, "studio.written_over")
    page.reload()
    editor.opened()
    expect(editor.text("title")).to_have_value("Mine")
    assert clips(api, project)[0]["values"] == {"title": "Mine"}


def test_a_clip_that_another_removed_is_put_back_with_its_edit(
    timeline: Timeline, api: httpx.Client, project: str
) -> None:
    page = timeline.page
    held = _hold(page)
    timeline.drag("two", 20, keys=["Alt"])
    kept = held()
    edit(api, project, [{"op": "remove_clips", "clips": ["two"], "ripple": False}])
    kept.continue_()
    page.unroute("**/ops")
    back = page.locator("[data-sonner-toast]").get_by_role("button", name=timeline.say("studio.put_back")).first
    expect(back).to_be_visible()
    expect(timeline.clip("two")).to_have_count(0)
    back.click()
    expect(timeline.clip("two")).to_be_visible()
    assert timeline.layout(api)["two"] == ("texts", 120, 180)


def test_a_minute_without_a_line_keeps_every_edit(new_page: NewPage, api: httpx.Client, project: str) -> None:
    page = new_page(admin=True, anew=True)  # its clock is the test's
    timeline = Timeline(page)
    timeline.open(project)
    timeline.ready()
    page.clock.install()
    try:
        page.context.set_offline(True)
        timeline.drag("two", 20, keys=["Alt"])
        timeline.choose("one")
        page.keyboard.press("Delete")
        timeline.choose("three")
        page.locator(".studio-inspector textarea").fill("Written away from home")
        page.clock.run_for(60_000)
        expect(page.get_by_text(timeline.say("studio.offline", count=3))).to_be_visible()
        assert [edit["op_id"][:5] for edit in _edits(api, project)] == ["setup"]
    finally:
        page.context.set_offline(False)
    page.clock.run_for(10_000)
    places = timeline.layout(api)
    assert (places["two"], "one" in places) == (("texts", 120, 180), False)
    [texts] = [track for track in document(api, project)["tracks"] if track["kind"] == "text"]
    assert texts["items"][-1]["text"] == "Written away from home"
    assert len(_edits(api, project)) == 4


@pytest.mark.worlds(EN)  # a stage is a stage
def test_what_was_typed_without_a_line_is_seen_once_it_is_back(editor: Studio) -> None:
    before, stale = editor.pixels(), editor.page.locator(".stage-stale")
    try:
        editor.page.context.set_offline(True)
        editor.text("title").fill("Written away")
        expect(stale).to_be_visible()
    finally:
        editor.page.context.set_offline(False)
    editor.saved()
    expect(stale).to_have_count(0)
    shown = editor.redrawn(before)
    editor.page.reload()
    editor.opened()
    editor.drawn_as(shown)


def _edits(api: httpx.Client, project: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = api.get(f"/api/v1/projects/{project}/edits?after=0").json()["edits"]
    return found


def test_what_a_template_no_longer_has_is_told_in_the_editor(window: Window, api: httpx.Client, tmp_path: Path) -> None:
    template = published(api, bundle("promo", tmp_path, called="To change"))
    project = project_of(api, template, "Changed")
    [_, closing_scene] = clips(api, project)
    review = api.get(f"/api/v1/templates/{template}/review").json()
    scene = next(scene for scene in review["scenes"] if scene["name"] == "Closing")
    gone = api.patch(f"/api/v1/templates/{template}/scenes/{scene['id']}", json={"enabled": False})
    assert gone.status_code == 204, gone.text
    assert api.post(f"/api/v1/templates/{template}/unpublish").status_code == 200
    editor = Studio(window.page, window.world)
    window.page.goto(f"/studio/{project}")
    _toast(editor, "studio.template_unpublished")
    _toast(editor, "studio.scene_gone", name=closing_scene.get("name") or closing_scene["scene"])
    editor.text("title").fill("Still mine")
    editor.text("title").blur()
    editor.saved()
    assert clips(api, project)[0]["values"] == {"title": "Still mine"}


def test_characters_that_no_font_has_are_told_beside_the_field(editor: Studio, api: httpx.Client) -> None:
    written, said = "Sumer \U00012000", editor.say("studio.missing_characters", characters="\U00012000")
    told = editor.field("title").get_by_role("alert")
    editor.text("title").fill(written)
    expect(told).to_have_text(said)
    editor.text("title").blur()
    editor.saved()
    editor.page.reload()
    editor.opened()
    assert clips(api, editor.project_id)[0]["values"] == {"title": written}
    editor.text("title").focus()
    expect(told).to_have_text(said)
    editor.text("title").fill("Sumer")
    expect(told).to_have_count(0)


@pytest.mark.wide
def test_what_is_wrong_with_a_text_of_the_timeline_is_told_too(timeline: Timeline) -> None:
    panel = timeline.page.locator('.studio-inspector [data-inspects="two"]')
    timeline.seek(0)
    timeline.choose("two")
    words, told = panel.locator("textarea"), panel.get_by_role("alert")
    words.focus()
    assert 100 <= timeline.frame < 160, "who writes sees what is written"
    words.fill("Sumer \U00012000")
    expect(told).to_have_text(timeline.say("studio.missing_characters", characters="\U00012000"))
    words.fill("Sumer")
    expect(told).to_have_count(0)
    words.fill("far too long for its place " * 40)
    expect(told).to_have_text(timeline.say("studio.text_cut"))
    panel.get_by_role("switch", name=timeline.say("studio.text_fit")).click()
    words.fill("now it is set smaller " * 20)
    expect(told).to_have_count(0)


def test_what_another_programs_timeline_has_and_we_lack_is_listed(
    editor: Studio, api: httpx.Client, tmp_path: Path
) -> None:
    page, before = editor.page, editor.project_id
    file = tmp_path / "theirs.otio"
    time = {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0}
    span = {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": time | {"value": 0.0},
        "duration": time | {"value": 50.0},
    }
    missing = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "file:///their/film.mov"}
    clip = {"OTIO_SCHEMA": "Clip.1", "name": "Their film", "source_range": span, "media_reference": missing}
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": [clip]}
    subtitles = {"OTIO_SCHEMA": "Track.1", "name": "Subtitles", "kind": "Subtitle", "children": []}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track, subtitles]}
    file.write_text(json.dumps({"OTIO_SCHEMA": "Timeline.1", "name": "Their cut", "tracks": stack}))
    page.locator('[data-act="project-menu"]').click()
    with page.expect_file_chooser() as choosing:
        page.get_by_role("menuitem", name=editor.say("studio.import_otio")).click()
    choosing.value.set_files(file)
    dialog = page.locator('[data-dialog="imported"]')
    expect(dialog.get_by_role("heading", name=editor.say("studio.imported_title"))).to_be_visible()
    expect(dialog.locator("li", has_text="Their film")).to_have_count(1)
    expect(dialog.locator("li", has_text="Subtitles")).to_have_count(1)
    dialog.get_by_role("button", name=editor.say("studio.open_project")).click()
    page.wait_for_url(lambda url: before not in url)
    page.reload()
    expect(page.locator(".project-name")).to_have_value("Their cut")


def test_a_part_is_exported_as_a_draft_in_two_files(editor: Studio, api: httpx.Client, tmp_path: Path) -> None:
    page, say = editor.page, editor.say
    if editor.world.phone:
        page.locator('[data-act="project-menu"]').tap()
        page.get_by_role("menuitem", name=say("studio.export_as")).tap()
    else:
        for key in ("Home", *["ArrowRight"] * 5, "i", "Shift+ArrowRight", "o"):
            page.keyboard.press(key)
        page.locator('[data-act="choose-export"]').click()
    dialog = page.get_by_role("dialog")
    start = dialog.locator('[data-act="export"]')
    formats = {name: dialog.locator(f'[data-format="{name}"] input') for name in ("mp4", "gif")}
    formats["mp4"].uncheck()
    expect(dialog.get_by_text(say("studio.export_none"))).to_be_visible()
    expect(start).to_be_disabled()
    for box in formats.values():
        box.check()
    dialog.locator('[data-choice="draft"]').click()
    dialog.locator('[data-act="range"]').check()
    expect(dialog.get_by_label(say("studio.range_first"))).to_have_value("0" if editor.world.phone else "5")
    dialog.get_by_label(say("studio.range_first")).fill("9")
    dialog.get_by_label(say("studio.range_last")).fill("4")
    expect(start).to_be_disabled()
    dialog.get_by_label(say("studio.range_last")).fill("18")
    expect(start).to_have_text(say("studio.export_start", count=2))
    loud = dialog.locator('[data-act="loudness"]')
    loud.check()
    start.click()
    files = {}
    for name in formats:
        link = dialog.locator(f'[data-download="{name}"]')
        expect(link).to_be_visible(timeout=60_000)
        with page.expect_download() as started:
            link.click()
        started.value.save_as(tmp_path / f"film.{name}")
        files[name] = probe(tmp_path / f"film.{name}")
    assert (files["mp4"].video_codec, files["gif"].video_codec) == ("h264", "gif")
    assert files["mp4"].frames == 10
    assert document(api, editor.project_id)["audio"] == {"loudness": -14}
