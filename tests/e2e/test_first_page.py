"""The first page, the list of projects, the command palette and the walk through the studio: mouse and keyboard."""

import re
import secrets
from collections.abc import Callable
from contextlib import closing
from functools import partial

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from flatrender.ui.catalogues import say
from tests.deadline import until
from tests.e2e.catalogue import bundle, project_of, published
from tests.e2e.pages import fits
from tests.e2e.running import Studio as Running

NewPage = Callable[..., Page]
NAMES = ("Northern lights", "A quiet film", "بهار در کویر")


@pytest.fixture(scope="module")
def template(studio: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    with closing(studio.client()) as api:
        return published(api, bundle("promo", tmp_path_factory.mktemp("first"), called="First page"))


@pytest.fixture
def person(new_page: NewPage, request: pytest.FixtureRequest) -> Page:
    """Somebody with an account of their own, made for this test alone."""
    page = new_page()
    sign_up(page, request.node.name)
    return page


def sign_up(page: Page, name: str) -> None:
    account = {
        "email": f"{re.sub(r'[^a-z]', '', name)[:40]}-{secrets.token_hex(3)}@example.com",
        "password": "a password of ten",
        "name": "Sara Mohammadi Farahani",
    }
    assert page.context.request.post("/api/v1/auth/sign-up", data=account).ok


def make_projects(page: Page, template: str) -> dict[str, str]:
    made = {}
    for name in NAMES:
        answer = page.context.request.post("/api/v1/projects", data={"template_id": template, "name": name})
        assert answer.status == 201
        made[name] = answer.json()["id"]
    return made


def test_a_render_is_followed_on_the_first_page(person: Page, template: str) -> None:
    page = person
    made = make_projects(page, template)
    page.goto("/home")
    renders = page.get_by_role("region", name="Renders")
    expect(renders).to_contain_text("Nothing renders now.")
    expect(page.get_by_role("link", name="3 projects")).to_be_visible()
    expect(page.get_by_role("region", name="Recent projects").locator("article.card")).to_have_count(3)
    heading = page.get_by_role("heading", level=1)
    for width in (360, 700, 1000, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        whole = "one => one.scrollWidth <= one.clientWidth"
        until(lambda whole=whole: heading.evaluate(whole), what=f"the whole greeting at {width}")
        fits(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search and commands")).to_be_focused()
    page.keyboard.type("northern")
    expect(page.locator("[data-command^=project-]")).to_have_count(1)
    page.keyboard.press("Escape")
    sent = page.context.request.post("/api/v1/renders", data={"project_id": made["Northern lights"]})
    row = renders.locator(f"[data-job='{sent.json()['id']}']")
    expect(row).to_contain_text("Northern lights")
    expect(row).to_have_attribute("data-state", "COMPLETED", timeout=120_000)
    expect(row.get_by_role("link", name="Download the film of Northern lights")).to_be_visible()
    expect(page.get_by_role("link", name="1 film this month")).to_be_visible()


@pytest.mark.parametrize(("language", "width"), [("en", 1440), ("fa", 390)])
def test_projects_are_put_in_order_narrowed_archived_deleted_and_duplicated(
    new_page: NewPage, studio: Running, template: str, language: str, width: int
) -> None:
    page = new_page(width=width, height=844, has_touch=width == 390)
    page.context.add_cookies([{"name": "fr_language", "value": language, "url": studio.url}])
    sign_up(page, f"orders{language}")
    make_projects(page, template)

    def words(key: str, **values: object) -> str:
        return say(language, f"projects.{key}", **values)

    def shelf(key: str) -> None:
        page.get_by_role("group", name=words("shelves")).get_by_role("button", name=words(key)).click()

    def choose(act: str, name: str) -> None:
        page.get_by_role("button", name=words("more", name=name)).click()
        page.get_by_role("menuitem", name=words(act), exact=True).click()

    page.goto("/projects")
    titles = page.locator("article.card h2")
    expect(titles).to_have_text(list(reversed(NAMES)))
    page.get_by_role("button", name=words("sort")).click()
    page.get_by_role("menuitemradio", name=words("sort_name")).click()
    expect(titles).to_have_text(sorted(NAMES))
    page.keyboard.press("Escape")
    page.get_by_role("searchbox", name=words("search")).fill("film")
    expect(titles).to_have_text(["A quiet film"])
    choose("put_in_archive", "A quiet film")
    expect(page.get_by_role("heading", name=words("none_heading"))).to_be_visible()
    page.get_by_role("button", name=words("show_all")).click()
    expect(titles).to_have_count(2)
    shelf("archive")
    expect(titles).to_have_text(["A quiet film"])
    choose("bring_back", "A quiet film")
    expect(page.get_by_role("heading", name=words("archive_empty_heading"))).to_be_visible()
    shelf("active")
    choose("put_in_archive", "Northern lights")
    expect(titles).to_have_count(2)
    shelf("archive")
    for answer in (say(language, "states.cancel"), words("delete")):
        choose("delete", "Northern lights")
        dialog = page.get_by_role("dialog", name=words("delete_title", name="Northern lights"))
        dialog.get_by_role("button", name=answer).click()
        expect(dialog).to_have_count(0)
    expect(page.get_by_role("heading", name=words("archive_empty_heading"))).to_be_visible()
    shelf("active")
    choose("duplicate", "A quiet film")
    copy = words("copy_name", name="A quiet film")
    expect(titles.filter(has_text=copy)).to_have_count(1)
    page.reload()
    expect(titles).to_have_count(3)
    left = page.context.request.get("/api/v1/projects?state=all").json()
    assert sorted(item["name"] for item in left["items"]) == sorted([copy, *NAMES[1:]])
    read = {
        item["name"]: page.context.request.get(f"/api/v1/projects/{item['id']}").json()["document"]
        for item in left["items"]
    }
    assert read[copy] == read["A quiet film"]
    fits(page)


def test_the_palette_goes_finds_and_does_with_the_keyboard_alone(person: Page, template: str) -> None:
    page = person
    made = make_projects(page, template)
    # Pressed before the pages' scripts are there: it is kept for the palette.
    held: list[Route] = []
    pressed = False

    def hold(route: Route) -> None:
        if pressed:
            route.continue_()
        else:
            held.append(route)

    page.route(re.compile(r"/assets/.*\.js$"), hold)
    page.goto("/media", wait_until="commit")
    page.wait_for_function("window.flatrender")
    page.keyboard.press("Control+k")
    until(lambda: page.title() is not None and held, what="the page asking for its scripts")
    pressed = True
    for route in held:
        route.continue_()
    field = page.get_by_role("combobox", name="Search and commands")
    expect(field).to_be_focused()
    options = page.get_by_role("option")
    expect(page.get_by_role("group", name="Recent projects").get_by_role("option")).to_have_count(3)
    # What a person may not do is not offered.
    expect(options.filter(has_text="Jobs")).to_have_count(1)
    expect(options.filter(has_text="Administration")).to_have_count(0)
    # The chosen one is said by the field, which keeps the focus.
    expect(options.first).to_have_attribute("aria-selected", "true")
    first = str(options.first.get_attribute("id"))
    expect(field).to_have_attribute("aria-activedescendant", first)
    page.keyboard.press("ArrowDown")
    expect(field).not_to_have_attribute("aria-activedescendant", first)
    page.keyboard.press("ArrowUp")
    expect(field).to_have_attribute("aria-activedescendant", first)
    page.keyboard.type("no such thing")
    expect(options).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="Nothing has that name.")).to_be_attached()
    field.fill("dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    expect(field).to_have_count(0)
    page.keyboard.press("Shift+?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_contain_text("Search and commands")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("Control+k")
    field.fill("بهار در")
    expect(options).to_have_count(1)
    expect(options.first).to_contain_text("بهار در کویر")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/studio/{made['بهار در کویر']}")


def test_the_palette_is_a_fingers_too(new_page: NewPage, studio: Running) -> None:
    page = new_page(width=390, height=844, has_touch=True, is_mobile=True)
    page.context.add_cookies([{"name": "fr_language", "value": "fa", "url": studio.url}])
    words = partial(say, "fa")
    # Tapped before the palette's own script is there: it is kept for it.
    held: list[Route] = []
    tapped = False
    script = re.compile(r"/assets/palette-.*\.js$")
    page.route(script, lambda route: route.continue_() if tapped else held.append(route))
    page.goto("/")
    opener = page.get_by_role("button", name=words("palette.title"))
    opener.tap()
    until(lambda: page.title() is not None and held, what="the page asking for the palette's script")
    tapped = True
    for route in held:
        route.continue_()
    palette = page.get_by_role("dialog", name=words("palette.title"))
    box = palette.bounding_box()
    assert box is not None
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    palette.get_by_role("button", name=words("palette.close")).tap()
    expect(palette).to_have_count(0)
    opener.tap()
    palette.get_by_role("option", name=words("palette.sign_in")).last.tap()
    page.wait_for_url("**/sign-in*")


def test_the_walk_is_shown_once_ends_with_escape_and_comes_again(
    new_page: NewPage, api: httpx.Client, template: str
) -> None:
    page = new_page(admin=True, new_here=True)
    page.goto(f"/studio/{project_of(api, template, 'To walk through')}")
    card = page.locator(".tour")
    expect(card).to_have_attribute("data-step", "scenes")
    expect(page.get_by_role("dialog", name="Scenes and files")).to_be_visible()
    page.keyboard.press("Enter")
    expect(card).to_have_attribute("data-step", "stage")
    # It never blocks the page below.
    colors = page.locator('.studio-rail [data-panel="colors"]')
    colors.click()
    expect(colors).to_have_attribute("aria-pressed", "true")
    expect(card).to_be_visible()
    expect(page.locator(".stage-canvas[data-loaded]").first).to_be_attached()
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    page.reload()
    expect(page.locator(".timeline")).to_be_visible()
    expect(card).to_have_count(0)
    # In the studio Ctrl K splits a clip: the palette has Shift beside it, and the editor's own commands.
    page.keyboard.press("Control+Shift+K")
    page.keyboard.type("tour")
    page.keyboard.press("Enter")
    for step in ("scenes", "stage", "inspector", "timeline"):
        expect(card).to_have_attribute("data-step", step)
        card.locator('[data-act="tour-next"]').click()
    expect(card).to_have_attribute("data-step", "export")
    card.get_by_role("button", name="Begin").click()
    expect(card).to_have_count(0)
