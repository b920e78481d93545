"""The editor: undo and redo, saving, losing the server, scenes, colours, music, pictures that are none."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect
from sqlmodel import col, select

from flatrender.film.probe import probe
from flatrender.templates.models import Bundle, Template
from tests.deadline import until
from tests.e2e.catalogue import bundle, clips, document, project_of, published
from tests.e2e.pages import dragged, one_sentence
from tests.e2e.running import Studio as Running
from tests.e2e.studio_pages import Studio
from tests.e2e.worlds import EN, Window
from tests.media.files import picture, tone
from tests.media.films import Films

WORLDS = (EN,)


def test_undo_and_redo_go_through_every_kind_of_edit(editor: Studio, api: httpx.Client, own_project: str) -> None:
    page, title = editor.page, editor.text("title")
    title.focus()
    untouched = editor.pixels()
    title.fill("Changed")
    typed = editor.redrawn(untouched)
    title.blur()
    editor.panel("colors")
    page.get_by_label("Accent").first.fill("#00aa88")
    colored = editor.redrawn(typed)
    editor.saved()

    undo, redo = page.locator('[data-act="undo"]'), page.locator('[data-act="redo"]')
    undo.click()
    editor.drawn_as(typed)
    page.keyboard.press("Control+z")
    editor.drawn_as(untouched)
    expect(undo).to_be_disabled()
    editor.panel("scenes")
    expect(title).to_have_value("Hello")
    page.keyboard.press("Control+Shift+z")
    editor.drawn_as(typed)
    expect(title).to_have_value("Changed")
    redo.click()
    editor.drawn_as(colored)
    expect(redo).to_be_disabled()
    editor.saved()
    assert clips(api, own_project)[0]["values"] == {"title": "Changed"}
    assert document(api, own_project)["colors"] == {"accent": "#00AA88"}


def test_a_scene_that_did_not_come_is_asked_for_again(window: Window, own_project: str) -> None:
    busy = ["Busy."]

    def answer(route: Route) -> None:
        if busy:
            route.fulfill(status=503, json={"code": "unavailable", "detail": busy.pop()})
        else:
            route.continue_()

    window.page.route("**/lottie?*", answer)
    editor = Studio(window.page, window.world).open(own_project)
    expect(window.page.locator("[data-sonner-toast]").first).to_contain_text(editor.say("studio.scene_missed"))
    assert not busy


def test_edits_are_saved_by_themselves_and_survive_a_reload(editor: Studio, own_project: str) -> None:
    page = editor.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/ops", hold)
    with page.expect_request("**/ops"):
        editor.text("title").fill("Kept")
        editor.state("saving")
    editor.state("saving")
    held[0].continue_()
    editor.state("saved")
    shown = editor.pixels()
    page.reload()
    editor.opened()
    expect(editor.text("title")).to_have_value("Kept")
    editor.drawn_as(shown)


def test_edits_wait_while_the_server_is_out_of_reach(editor: Studio, api: httpx.Client, own_project: str) -> None:
    page = editor.page
    page.route("**/ops", lambda route: route.fulfill(status=503, body="{}"))
    editor.text("title").fill("First")
    editor.text("title").blur()
    expect(page.get_by_text("Offline, 1 edit kept here")).to_be_visible()
    editor.text("subtitle").fill("Second")
    editor.text("subtitle").blur()
    expect(page.get_by_text("Offline, 2 edits kept here")).to_be_visible()
    assert clips(api, own_project)[0]["values"] == {}
    page.unroute("**/ops")
    editor.state("saved")
    assert clips(api, own_project)[0]["values"] == {"title": "First", "subtitle": "Second"}


def test_a_paste_of_a_hundred_thousand_characters_is_cut_off_and_said(
    editor: Studio, api: httpx.Client, own_project: str
) -> None:
    page = editor.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("() => navigator.clipboard.writeText('word '.repeat(20000))")
    editor.text("title").fill("Kept ")
    page.keyboard.press("Control+v")
    expect(
        page.get_by_text("This field takes 2,000 characters: 98,005 of what was pasted were left out.")
    ).to_be_visible()
    editor.text("title").blur()
    editor.saved()
    assert clips(api, own_project)[0]["values"]["title"] == ("Kept " + "word " * 20000)[:2000]
    page.keyboard.press("Control+z")
    expect(editor.text("title")).not_to_have_value(re.compile("word word"))


# The drawn bytes of the stage, and how far those of the last call differ.
DRAWN = """
() => {
  const canvas = document.querySelector(".stage-canvas[data-loaded]");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const before = window.drawn ?? data;
  window.drawn = data;
  return data.reduce((most, value, at) => Math.max(most, Math.abs(value - before[at])), 0);
}
"""


# How often the scene was drawn in parts: a state that is over before everybody has looked.
PARTED = """
() => {
  window.parted = 0;
  const note = (seen) => (window.parted += seen.filter(({ oldValue }) => oldValue === null).length);
  const how = { subtree: true, attributes: true, attributeFilter: ["data-parts"], attributeOldValue: true };
  new MutationObserver(note).observe(document.body, how);
}
"""


def test_a_typed_layer_between_the_others_is_the_whole_scene(editor: Studio) -> None:
    page, parts = editor.page, editor.page.locator(".stage-canvas[data-parts]")
    page.evaluate(PARTED)
    editor.text("title").focus()
    page.wait_for_function("() => window.parted > 0")
    expect(parts).to_have_count(0)
    page.evaluate(DRAWN)
    page.evaluate("() => { window.parted = 0; }")
    page.keyboard.type("W")
    page.wait_for_function("() => window.parted > 0")
    assert page.evaluate(DRAWN) > 50, "the letter is seen"
    expect(parts).to_have_count(0)
    assert page.evaluate(DRAWN) <= 2, "what rests is drawn in one"


def test_a_picture_that_cannot_be_baked_is_marked_as_old(editor: Studio) -> None:
    page = editor.page
    page.route_web_socket("**/bakes", lambda socket: socket.close())
    page.route("**/bake", lambda route: route.fulfill(status=503, body="{}"))
    page.reload()
    editor.opened()
    before = editor.pixels()
    editor.text("title").fill("Later")
    expect(page.get_by_text("This picture is older than your edit")).to_be_visible()
    page.unroute("**/bake")
    editor.text("title").fill("Later on")
    editor.redrawn(before)
    expect(page.get_by_text("This picture is older than your edit")).to_have_count(0)


def test_the_values_go_with_the_playhead(editor: Studio) -> None:
    page = editor.page
    inspector, stage = page.locator(".inspector-head h2"), page.locator(".stage-bar")
    editor.scenes.first.get_by_role("button").first.click()
    for key, name in (("End", "Closing"), ("Home", "Opening"), ("End", "Closing")):
        page.keyboard.press(key)
        expect(inspector).to_have_text(name)
        expect(stage).to_contain_text(name)


def test_a_template_whose_files_are_lost_is_said_on_the_stage(
    window: Window, studio: Running, api: httpx.Client, tmp_path: Path
) -> None:
    template = published(api, bundle("promo", tmp_path, called="Lost"))
    own_project = project_of(api, template, "Lost")
    with studio.session() as session:
        key = session.exec(
            select(Bundle.key).join(Template, col(Template.bundle_id) == col(Bundle.id)).where(Template.id == template)
        ).one()
    (studio.data / "storage" / key).unlink()
    window.page.goto(f"/studio/{own_project}")
    said = window.page.locator(".stage-frame").get_by_role("alert")
    expect(said).to_contain_text("ask the people of this site to upload it again")


def test_scenes_are_added_duplicated_moved_and_removed(editor: Studio, api: httpx.Client, own_project: str) -> None:
    page = editor.page

    def order() -> list[str]:
        editor.saved()
        return [clip["scene"] for clip in clips(api, own_project)]

    opening, closing = order()
    expect(editor.scenes).to_have_count(2)
    editor.scene_menu(1, "duplicate")
    expect(editor.scenes).to_have_count(3)
    assert order() == [opening, opening, closing]
    page.get_by_role("button", name="Add scene").click()
    page.get_by_role("dialog").get_by_role("button", name="Closing").click()
    expect(editor.scenes).to_have_count(4)
    expect(page.get_by_role("dialog")).to_have_count(0)
    editor.scenes.nth(3).get_by_role("button").first.focus()
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    expect(editor.scenes.first).to_contain_text("Closing")
    down = {"x": 60.0, "y": 50.0}
    dragged(page, lambda: editor.scenes.first.drag_to(editor.scenes.nth(2), target_position=down))
    expect(editor.scenes.first).to_contain_text("Opening")
    editor.scene_menu(1, "remove")
    expect(editor.scenes).to_have_count(3)
    rest = order()
    assert sorted(rest) == sorted([opening, closing, closing])
    for _ in range(4):
        page.locator('[data-act="undo"]').click()
    assert len(order()) == len(clips(api, own_project))


def test_a_preset_recolours_every_scene(editor: Studio, api: httpx.Client, own_project: str, template: str) -> None:
    made = api.post(f"/api/v1/templates/{template}/presets", json={"name": "Cold", "colors": {"accent": "#1144CC"}})
    assert made.status_code == 201, made.text
    editor.page.reload()
    editor.opened()
    before = editor.pixels()
    editor.panel("colors")
    editor.page.get_by_role("button", name="Cold").click()
    editor.redrawn(before)
    editor.saved()
    assert document(api, own_project)["preset"] == made.json()["id"]


def test_music_sounds_in_the_film(editor: Studio, api: httpx.Client, own_project: str, tmp_path: Path) -> None:
    page = editor.page
    editor.panel("audio")
    page.locator('.studio-inspector input[type="file"]').set_input_files(tone(tmp_path / "Tune.wav", 2.0))
    expect(page.locator(".music-row")).to_contain_text("Tune")
    volume = page.get_by_role("slider", name="Volume", exact=True)
    volume.focus()
    volume.fill("40")
    editor.saved()
    [music] = [track for track in document(api, own_project)["tracks"] if track["kind"] == "music"]
    assert (music["volume"], len(music["items"])) == (0.4, 1)
    render = editor.render()
    render.watch()
    film = probe(render.download(tmp_path))
    assert (film.video_codec, film.audio_codec) == ("h264", "aac")
    assert film.frames == sum(clip["duration"] for clip in clips(api, own_project))


def test_files_that_are_no_pictures_or_music_get_one_sentence(editor: Studio, tmp_path: Path) -> None:
    page = editor.page
    wrong = tmp_path / "photo.png"
    wrong.write_text("this is no picture")
    field = editor.field("photo")
    inside = "one => one.getBoundingClientRect().right <= one.parentElement.getBoundingClientRect().right"
    until(lambda: field.locator(".studio-drop").evaluate(inside), what="the field's place within the panel")
    field.locator('input[type="file"]').set_input_files(wrong)
    says = field.get_by_role("alert")
    one_sentence(says)
    field.locator('input[type="file"]').set_input_files(picture(tmp_path / "real.png"))
    expect(field.locator("img").first).to_be_visible()
    expect(says).to_have_count(0)
    editor.panel("audio")
    page.locator('.studio-inspector input[type="file"]').set_input_files(picture(tmp_path / "tune.png"))
    expect(page.locator(".studio-inspector").get_by_role("alert")).to_have_text(re.compile("no sound"))


def test_a_film_stands_in_for_a_picture_and_a_file_that_is_here_already_is_taken(
    editor: Studio, api: httpx.Client, own_project: str, tmp_path: Path
) -> None:
    page, field = editor.page, editor.field("photo")

    def chosen() -> dict[str, object]:
        editor.saved()
        media = clips(api, own_project)[0]["values"]["photo"]["media"]
        facts: dict[str, object] = api.get(f"/api/v1/media/{media}").json()
        return facts

    editor.choose_image(field, picture(tmp_path / "still.png", (60, 60)))
    before = editor.pixels()
    field.locator('input[type="file"]').set_input_files(Films(tmp_path).plain)
    moved = editor.redrawn(before)
    until(lambda: chosen()["kind"] == "video", 20, "the film is saved")
    field.get_by_role("button", name="From your files").click()
    page.get_by_role("button", name="still.png").click()
    editor.redrawn(moved)
    until(lambda: chosen()["name"] == "still.png", 20, "the picture is saved")


def test_a_picture_of_a_scene_is_cropped_around_its_focal_point(
    editor: Studio, api: httpx.Client, own_project: str, tmp_path: Path
) -> None:
    page, field = editor.page, editor.field("photo")
    editor.choose_image(field, picture(tmp_path / "tall.png", (60, 400)))
    before = editor.pixels()
    frame, point = field.locator(".focus-picture"), field.locator(".focus-point")
    box = frame.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 1, steps=4)
    page.mouse.up()
    moved = editor.redrawn(before)
    point.focus()
    page.keyboard.press("ArrowRight")
    field.get_by_text("Crop", exact=True).click()
    top = field.get_by_role("slider", name="Crop top")
    top.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    top.blur()
    editor.redrawn(moved)
    editor.saved()
    kept = clips(api, own_project)[0]["values"]["photo"]
    assert kept["focus"] == pytest.approx([0.52, 0.0], abs=0.02)
    assert kept["crop"] == [0, 0.1, 0, 0]
    page.reload()
    editor.opened()
    expect(editor.field("photo").get_by_role("slider", name="Crop top")).to_have_value("10")


def test_colours_that_are_told_apart_no_longer_are_named(editor: Studio, api: httpx.Client, template: str) -> None:
    page = editor.page
    assert api.post(f"/api/v1/templates/{template}/colors", json={"name": "Ink", "value": "#101418"}).status_code == 201
    page.reload()
    editor.opened()
    editor.panel("colors")
    warning = page.locator(".color-warnings")
    expect(page.get_by_label("Ink")).to_be_visible()
    expect(warning).to_be_empty()
    page.get_by_label("Ink").fill("#f0e4d0")
    expect(warning).to_contain_text(re.compile(r"Paper and Ink can hardly be told apart \(1(\.\d)? : 1\)"))
    page.keyboard.press("Control+z")
    expect(warning).to_be_empty()


def test_the_film_plays_scrubs_and_steps(editor: Studio) -> None:
    page = editor.page
    position = page.get_by_role("slider", name="Position")
    page.locator("body").press("Home")
    expect(position).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("ArrowRight")
    expect(position).to_have_attribute("aria-valuenow", "1")
    page.keyboard.press("End")
    last = position.get_attribute("aria-valuemax")
    expect(position).to_have_attribute("aria-valuenow", str(last))
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(position).to_have_attribute("aria-valuenow", str(last))
    box, closing = position.bounding_box(), page.locator('[data-kind="scene"] .tl-clip').nth(1).bounding_box()
    assert box is not None
    assert closing is not None
    page.mouse.click(closing["x"], box["y"] + 8)
    middle = int(position.get_attribute("aria-valuenow") or 0)
    assert abs(middle - int(last or 0) / 2) <= 1


def test_somebody_elses_edit_is_merged(
    editor: Studio, new_page: Callable[..., Page], api: httpx.Client, own_project: str
) -> None:
    other = Studio(new_page(admin=True)).open(own_project)
    editor.text("title").fill("Mine")
    editor.text("title").blur()
    editor.saved()
    other.text("subtitle").fill("Theirs")
    other.text("subtitle").blur()
    other.saved()
    expect(other.text("title")).to_have_value("Mine")
    assert clips(api, own_project)[0]["values"] == {"title": "Mine", "subtitle": "Theirs"}


def test_an_element_on_the_stage_leads_to_its_field(editor: Studio) -> None:
    page = editor.page
    mark = page.locator(".stage-mark", has_text="Subtitle")
    page.keyboard.press("ArrowRight")  # at another moment the click leads to the one at which it lies there
    expect(page.locator(".stage-marks.away")).to_be_visible()
    mark.click()
    expect(editor.text("subtitle")).to_be_focused()
    expect(page.locator(".stage-marks.away")).to_have_count(0)
    expect(mark).to_have_class(re.compile(r"\bon\b"))
    safe = page.get_by_role("button", name="Safe areas")
    safe.click()
    expect(safe).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".stage-safe")).to_contain_text("Title safe")


def test_the_list_shows_what_the_customer_made(editor: Studio) -> None:
    page = editor.page
    opening = editor.scenes.first.locator("img")
    designed = opening.get_attribute("src") or ""
    assert designed.startswith("/api/v1/templates/")
    editor.text("title").fill("Mine")
    expect(opening).to_have_attribute("src", re.compile("^blob:"))
    mine = opening.get_attribute("src") or ""
    size = "(image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
    assert opening.evaluate(size) == [240, 135]
    expect(editor.scenes.nth(1).locator("img")).to_have_attribute("src", re.compile("^/api/v1/templates/"))
    editor.scene_menu(1, "duplicate")
    expect(editor.scenes.nth(1).locator("img")).to_have_attribute("src", mine)
    page.reload()
    editor.opened()
    expect(editor.scenes.nth(1).locator("img")).to_have_attribute("src", re.compile("^blob:"))


def test_a_text_takes_a_font_that_the_template_allows(
    editor: Studio, api: httpx.Client, own_project: str, template: str
) -> None:
    page = editor.page
    review = api.get(f"/api/v1/templates/{template}/review").json()
    title = next(element for element in review["scenes"][0]["elements"] if element["key"] == "title")
    address = f"/api/v1/templates/{template}/elements/{title['id']}"
    limits = {"fonts": ["Inter-Light", "Arimo-Italic"], "min_size": 50}
    assert api.patch(address, json={"limits": limits}, timeout=90).status_code == 204
    page.reload()
    editor.opened()
    expect(editor.field("subtitle").locator("select")).to_have_count(0)
    choice = editor.field("title").get_by_label("Font of Title")
    editor.text("title").focus()
    before = editor.pixels()
    choice.select_option("Inter Light")
    light = editor.redrawn(before)
    editor.text("title").fill("Thin")
    editor.redrawn(light)
    editor.text("title").blur()
    editor.saved()
    assert clips(api, own_project)[0]["values"] == {"title": {"text": "Thin", "font": "Inter-Light"}}
    choice.select_option("The template's font")
    editor.saved()
    assert clips(api, own_project)[0]["values"] == {"title": "Thin"}
    field, large = editor.field("title"), editor.pixels()
    field.get_by_role("slider", name="Size").focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    smaller = editor.redrawn(large)
    field.get_by_role("button", name="Fit Title into its place").click()
    words = "Thin words that need more room than they were given"
    editor.text("title").fill(words)
    editor.redrawn(smaller)
    field.get_by_role("button", name="Right to left").click()
    editor.saved()
    value = {"text": words, "size": 0.8, "fit": True, "direction": "rtl"}
    assert clips(api, own_project)[0]["values"] == {"title": value}
    assert api.patch(address, json={"limits": None}).status_code == 204
