"""The designer's pages: what was found, the manager, the customer's view, a second scan, and files that are none."""

import os
import re
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from flatrender.core import process
from flatrender.core.ids import new_id
from flatrender.film import read
from flatrender.film.probe import probe
from tests.e2e import running
from tests.e2e.catalogue import bundle, clips, draft, packed, project_of, published
from tests.e2e.pages import Designer, one_sentence
from tests.e2e.studio_pages import Review, Studio
from tests.e2e.timeline_pages import edit
from tests.similarity import luma, ssim
from tests.templates.projects import author


@pytest.fixture
def promo(api: httpx.Client, tmp_path: Path) -> str:
    """A template that was uploaded and not published yet."""
    return draft(api, bundle("promo", tmp_path, called="Reviewed"))


def _review(api: httpx.Client, template: str) -> dict:  # type: ignore[type-arg]
    return api.get(f"/api/v1/templates/{template}/review").json()  # type: ignore[no-any-return]


def test_elements_are_renamed_limited_and_switched_off(admin_page: Page, api: httpx.Client, promo: str) -> None:
    review = Review(admin_page, promo)
    details = review.details("title")
    review.fill(details, "Name customers see", "Headline")
    review.fill(details, "Persian name", "تیتر")
    review.fill(details, "Group", "Words")
    review.fill(details, "Default text", "Good day")
    review.fill(details, "Most characters", "12")
    with admin_page.expect_response(re.compile("/elements/")):
        review.element("subtitle").get_by_role("switch").click()
    customer = review.customer()
    field = customer.locator('[data-element="title"]')
    expect(field.get_by_role("textbox", name="Headline")).to_have_value("Good day")
    expect(field).to_contain_text("8 / 12")
    expect(customer.get_by_role("heading", name="Words")).to_be_visible()
    expect(customer.locator('[data-element="subtitle"]')).to_have_count(0)
    field.get_by_role("textbox", name="Headline").fill("Much longer than twelve characters")
    expect(field.get_by_role("textbox", name="Headline")).to_have_value("Much longer ")

    admin_page.locator('[data-act="publish"]').click()
    dialog = admin_page.get_by_role("dialog")
    suggested = re.compile("^2 scenes, 1 s. Yours to change: 2 texts, 1 image")
    expect(dialog.get_by_label("Description")).to_have_value(suggested)
    dialog.get_by_label("Description").fill("For quick tests")
    dialog.get_by_label("Tags").fill("short, test")
    dialog.get_by_label("New category").fill("Trials")
    dialog.get_by_role("button", name="Publish").click()
    expect(admin_page.locator(".review-top .pill[data-state]")).to_have_attribute("data-state", "published")
    shown = api.get(f"/api/v1/templates/{promo}").json()
    assert (shown["description"], shown["category"]["name"], shown["tags"]) == (
        "For quick tests",
        "Trials",
        ["short", "test"],
    )
    project = project_of(api, promo, "Limited")
    editor = Studio(admin_page).open(project)
    expect(editor.text("title")).to_have_attribute("maxlength", "12")
    expect(editor.field("subtitle")).to_have_count(0)


def test_shared_colours_are_added_renamed_and_ordered(admin_page: Page, api: httpx.Client, promo: str) -> None:
    review = Review(admin_page, promo)
    review.tab("Shared colours")
    rows = admin_page.locator("[data-color]")
    expect(rows).to_have_count(2)
    with admin_page.expect_response(re.compile("/colors")):
        admin_page.locator('[data-act="add-color"]').click()
    expect(rows).to_have_count(3)
    review.fill(rows.nth(2), "Name customers see", "Edge")
    with admin_page.expect_response(re.compile("/colors/order")):
        rows.nth(2).get_by_role("button", name="Edge, up").click()
    expect(rows.nth(1).get_by_label("Name customers see")).to_have_value("Edge")
    assert [color["name"] for color in _review(api, promo)["colors"]][1] == "Edge"
    with admin_page.expect_response(re.compile("/colors/")):
        rows.nth(1).get_by_role("button", name="Delete Edge").click()
    expect(rows).to_have_count(2)


def test_presets_cover_category_and_tags(admin_page: Page, api: httpx.Client, promo: str) -> None:
    review = Review(admin_page, promo)
    review.tab("Colour presets")
    admin_page.locator('[data-act="add-preset"]').click()
    row = admin_page.locator("[data-preset]")
    expect(row).to_have_count(1)
    review.fill(row, "Name customers see", "Night")
    color = row.get_by_label(re.compile("Accent", re.IGNORECASE))
    color.fill("#102030")
    with admin_page.expect_response(re.compile("/presets/")):
        color.blur()
    review.tab("About")
    about = admin_page.get_by_role("region", name="About")
    review.fill(about, "Name customers see", "Renamed promo")
    review.fill(about, "Tags", "film, night")
    category = f"Festivals {new_id()[-6:]}"
    with admin_page.expect_response(re.compile("/categories")):
        about.get_by_label("New category").fill(category)
        about.get_by_label("New category").blur()
    expect(about.get_by_role("combobox").locator("option:checked")).to_have_text(category)
    cover = about.locator(".cover").nth(1)
    expect(cover).to_be_visible(timeout=60_000)
    with admin_page.expect_response(re.compile(promo)):
        cover.click()
    expect(cover).to_have_attribute("aria-pressed", "true")
    stored = _review(api, promo)
    assert (stored["name"], stored["tags"]) == ("Renamed promo", ["film", "night"])
    [preset] = stored["presets"]
    assert (preset["name"], preset["colors"]["accent"]) == ("Night", "#102030")
    assert stored["cover"]["scene"] == stored["scenes"][1]["key"]


def test_a_second_scan_shows_what_changed_and_keeps_manual_edits(
    admin_page: Page, api: httpx.Client, promo: str, tmp_path: Path
) -> None:
    review = Review(admin_page, promo)
    review.fill(review.details("title"), "Name customers see", "My own name")
    (tmp_path / "newer").mkdir()
    review.scan_newer(bundle("promo_2", tmp_path / "newer", called="Reviewed"))
    expect(review.element("title").locator(".pill")).to_have_text("Changed")
    expect(review.element("subtitle").locator(".pill")).to_have_text("Removed")
    news = admin_page.locator("tbody.added")
    expect(news).to_contain_text("note")
    expect(admin_page.locator(".scan-news")).to_contain_text("Extra")
    admin_page.locator('[data-act="merge"]').click()
    expect(admin_page.locator('[data-act="merge"]')).to_have_count(0)
    opening = next(scene for scene in _review(api, promo)["scenes"] if scene["name"] == "Opening")
    elements = {element["key"]: element for element in opening["elements"]}
    assert elements["title"]["name"] == "My own name"
    assert "note" in elements
    assert elements["subtitle"]["gone"], "what the file lost is kept, marked, until the designer takes it away"


def test_scenes_are_switched_off_and_ordered(admin_page: Page, api: httpx.Client, promo: str) -> None:
    review = Review(admin_page, promo)
    with admin_page.expect_response(re.compile("/scenes/order")):
        admin_page.get_by_role("button", name="Closing, up").focus()
        admin_page.keyboard.press("Enter")
    expect(admin_page.locator(".review-scene").first).to_contain_text("Closing")
    with admin_page.expect_response(re.compile("/scenes/")):
        admin_page.get_by_role("switch", name="Use Closing").click()
    expect(admin_page.locator(".review-scenes")).to_contain_text("1 of 2 in use")
    expect(review.page.locator(".review-scene").first).to_have_class(re.compile(r"\boff\b"))


@pytest.mark.parametrize(
    ("name", "inside", "sentence"),
    [
        ("words.aep", None, r"After Effects"),
        ("nothing.zip", {"readme.txt": "no project"}, r"\.aep"),
    ],
)
def test_a_file_without_a_project_gets_one_sentence(
    admin_page: Page, tmp_path: Path, name: str, inside: dict[str, str] | None, sentence: str
) -> None:
    file = tmp_path / name
    if inside is None:
        file.write_text("these are only words\n" * 40)
    else:
        packed(file, inside)
    admin_page.goto("/designer")
    box = admin_page.get_by_role("region", name="Upload a template")
    box.locator('input[type="file"]').set_input_files(file)
    says = box.get_by_role("alert")
    one_sentence(says, sentence)
    expect(admin_page).to_have_url(re.compile("/designer$"))


def test_of_two_projects_one_is_chosen(admin_page: Page, tmp_path: Path) -> None:
    inside = {"one.aep": author("fixed", tmp_path), "two.aep": author("plain", tmp_path)}
    both = packed(tmp_path / "both.zip", inside)
    admin_page.goto("/designer")
    box = admin_page.get_by_role("region", name="Upload a template")
    box.locator('input[type="file"]').set_input_files(both)
    choices = box.get_by_role("group", name="Choose the project")
    expect(choices.get_by_role("button")).to_have_count(2)
    choices.get_by_role("button", name="two.aep").click()
    expect(admin_page).to_have_url(re.compile(r"/designer/[0-9a-f]{32}"), timeout=30_000)
    expect(admin_page.locator(".file-line")).to_contain_text("both.zip")


def test_a_file_over_the_limit_is_refused_before_it_is_sent(admin_page: Page, tmp_path: Path) -> None:
    huge = tmp_path / "huge.zip"
    with huge.open("wb") as file:
        os.truncate(file.fileno(), 2 * 1024**3)
    admin_page.goto("/designer")
    box = admin_page.get_by_role("region", name="Upload a template")
    box.locator('input[type="file"]').set_input_files(huge)
    says = box.get_by_role("alert")
    one_sentence(says, "larger than|too large|at most")


def test_a_font_that_is_none_gets_one_sentence(admin_page: Page, api: httpx.Client, tmp_path: Path) -> None:
    Review(admin_page, draft(api, bundle("fontless", tmp_path)))
    chooser = admin_page.locator('.font-card input[type="file"]')
    chooser.set_input_files({"name": "words.ttf", "mimeType": "font/ttf", "buffer": b"these are only words"})
    one_sentence(admin_page.locator("[data-sonner-toast]"), r"words\.ttf is no font")
    expect(chooser).to_have_value("")  # so that a browser takes the same file, once mended, for another choice


def test_a_real_project_of_somebody_else_becomes_a_film(
    admin_page: Page, api: httpx.Client, studio: running.Studio, shared_folder: Path, tmp_path: Path
) -> None:
    file = shared_folder / "corpus" / "lottie-android" / "aep" / "Multiline.aep"
    Designer(admin_page).upload(file)
    template = admin_page.url.rstrip("/").rsplit("/", 1)[-1]
    found = _review(api, template)
    for font in found["fonts"]:
        address = f"/api/v1/templates/{template}/fonts/{font['id']}/replacement"
        answer = api.put(address, json={"postscript_name": "Inter-Bold"})
        assert answer.is_success, answer.text
    admin_page.reload()
    Designer(admin_page).publish()
    project = project_of(api, template, "Of somebody else")
    first, *others = clips(api, project)
    ops: list[dict[str, object]] = [{"op": "remove_scene", "clip": other["id"]} for other in others]
    edit(api, project, [{"op": "set_duration", "clip": first["id"], "duration": 30}, *ops])
    editor = Studio(admin_page).open(project)
    before = editor.pixels()
    editor.type(editor.text_fields().first, "Edited")
    editor.redrawn(before)
    editor.saved()
    render = editor.render()
    render.watch()
    film = render.download(tmp_path)
    assert probe(film).frames == 30

    ((key, value),) = clips(api, project)[0]["values"].items()
    files = studio.data / "storage" / "bundles"  # as the studio keeps it: with the font that was chosen
    bundle = max(files.rglob("bundle.zip"), key=lambda path: path.stat().st_mtime)
    out = tmp_path / "frames"
    words = [sys.executable, "-m", "flatrender", "snapshot", str(bundle), "--comp", first["scene"], "--frame", "12"]
    words += ["--set", f"{key}={value}", "--background", "#000000", "--out", str(out)]
    done = process.run(words, limits=process.Limits(wall_seconds=60))
    assert done.returncode == 0, done.stderr.decode()
    drawn, filmed = luma((out / "000012.png").read_bytes()), luma(read.picture(film, 12))
    assert ssim(drawn, filmed) >= 0.98


def test_a_published_template_is_taken_back(admin_page: Page, api: httpx.Client, tmp_path: Path) -> None:
    template = published(api, bundle("promo", tmp_path, called="Taken back"))
    Review(admin_page, template)
    admin_page.locator('[data-act="unpublish"]').click()
    expect(admin_page.locator(".review-top .pill[data-state]")).to_have_attribute("data-state", "draft")
    assert api.get("/api/v1/templates", params={"q": "Taken back"}).json()["items"] == []
