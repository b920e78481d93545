"""The first page, the list of projects, the command palette and the walk through the studio: mouse and keyboard."""

import re
from collections.abc import Callable
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.catalogue import bundle, project_of, published
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
        "email": f"{re.sub(r'[^a-z]', '', name)[:40]}@example.com",
        "password": "a password of ten",
        "name": "Sara",
    }
    assert page.context.request.post("/api/v1/auth/sign-up", data=account).ok


def make_projects(page: Page, template: str) -> dict[str, str]:
    made = {}
    for name in NAMES:
        answer = page.context.request.post("/api/v1/projects", data={"template_id": template, "name": name})
        assert answer.status == 201
        made[name] = answer.json()["id"]
    return made


def test_signing_in_leads_to_the_first_page_and_an_empty_one_says_how_to_begin(page: Page) -> None:
    sign_up(page, "beginner")
    page.context.clear_cookies(name="fr_session")
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("beginner@example.com")
    page.get_by_label("Password", exact=True).fill("a password of ten")
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")
    expect(page.get_by_role("heading", name="Welcome back, Sara")).to_be_visible()
    expect(page.get_by_role("link", name="0 projects")).to_be_visible()
    begin = page.get_by_role("region", name="Make your first film")
    expect(begin).to_be_visible()
    expect(page.get_by_role("group", name="Begin with a template").locator("article.card").first).to_be_visible()
    begin.get_by_role("link", name="Browse templates").click()
    page.wait_for_url(re.compile(r"/$"))


def test_a_render_is_followed_on_the_first_page(person: Page, template: str) -> None:
    page = person
    made = make_projects(page, template)
    page.goto("/home")
    renders = page.get_by_role("region", name="Renders")
    expect(renders).to_contain_text("Nothing renders now.")
    expect(page.get_by_role("link", name="3 projects")).to_be_visible()
    expect(page.get_by_role("region", name="Recent projects").locator("article.card")).to_have_count(3)
    page.keyboard.press("Control+k")
    page.keyboard.type("northern")
    expect(page.locator("[data-command^=project-]")).to_have_count(1)
    page.keyboard.press("Escape")
    sent = page.context.request.post("/api/v1/renders", data={"project_id": made["Northern lights"]})
    row = renders.locator(f"[data-job='{sent.json()['id']}']")
    expect(row).to_contain_text("Northern lights")
    expect(row).to_have_attribute("data-state", "COMPLETED", timeout=120_000)
    expect(row.get_by_role("link", name="Download the film of Northern lights")).to_be_visible()
    expect(page.get_by_role("link", name="1 film this month")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_projects_are_put_in_order_narrowed_archived_and_deleted(
    new_page: NewPage, template: str, request: pytest.FixtureRequest, width: int
) -> None:
    phone = {"has_touch": True} if width == 390 else {}
    page = new_page(width=width, height=844, **phone)
    sign_up(page, f"{request.node.name}{'narrow' if phone else 'wide'}")
    make_projects(page, template)
    page.goto("/projects")
    titles = page.locator("article.card h2")
    expect(titles).to_have_text(list(reversed(NAMES)))
    page.get_by_role("button", name="Sort").click()
    page.get_by_role("menuitemradio", name="Name").click()
    expect(titles).to_have_text(sorted(NAMES))
    page.keyboard.press("Escape")
    page.get_by_role("searchbox", name="Search my projects").fill("film")
    expect(titles).to_have_text(["A quiet film"])
    page.get_by_role("button", name="More about A quiet film").click()
    page.get_by_role("menuitem", name="Archive").click()
    expect(page.get_by_role("heading", name="All projects are archived")).to_have_count(0)
    expect(page.get_by_role("heading", name="No project matches")).to_be_visible()
    page.get_by_role("button", name="Show all projects").click()
    expect(titles).to_have_count(2)
    page.get_by_role("button", name="Archive 1").click()
    expect(titles).to_have_text(["A quiet film"])
    page.reload()
    page.get_by_role("button", name="Archive 1").click()
    page.get_by_role("button", name="More about A quiet film").click()
    page.get_by_role("menuitem", name="Bring back").click()
    expect(page.get_by_role("heading", name="Nothing is archived")).to_be_visible()
    page.get_by_role("button", name="In work 3").click()
    page.get_by_role("button", name="More about Northern lights").click()
    page.get_by_role("menuitem", name="Archive").click()
    page.get_by_role("button", name="Archive 1").click()
    page.get_by_role("button", name="More about Northern lights").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete Northern lights?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(titles).to_have_text(["Northern lights"])
    page.get_by_role("button", name="More about Northern lights").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Nothing is archived")).to_be_visible()
    left = page.context.request.get("/api/v1/projects?state=all").json()
    assert sorted(item["name"] for item in left["items"]) == sorted(NAMES[1:])
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_palette_goes_finds_and_does_with_the_keyboard_alone(person: Page, template: str) -> None:
    page = person
    made = make_projects(page, template)
    page.goto("/")
    expect(page.locator("article.card").first).to_be_visible()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search and commands")
    expect(field).to_be_focused()
    options = page.get_by_role("option")
    expect(page.get_by_role("group", name="Recent projects").get_by_role("option")).to_have_count(3)
    # The chosen one is said by the field, which keeps the focus.
    expect(options.first).to_have_attribute("aria-selected", "true")
    first = field.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") != first
    page.keyboard.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") == first
    page.keyboard.type("no such thing")
    expect(options).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="Nothing has that name.")).to_be_attached()
    field.fill("کویر")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/studio/{made['بهار در کویر']}")
    page.goto("/media")
    expect(page.locator("#main")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    expect(field).to_have_count(0)
    page.keyboard.press("Shift+?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_contain_text("Search and commands")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    # What a person may not do is not offered.
    page.keyboard.press("Control+k")
    expect(options.filter(has_text="Jobs")).to_have_count(1)
    expect(options.filter(has_text="Administration")).to_have_count(0)


def test_the_walk_is_shown_once_ends_with_escape_and_comes_again(
    new_page: NewPage, api: httpx.Client, template: str
) -> None:
    page = new_page(admin=True, new_here=True)
    project = project_of(api, template, "To walk through")
    page.goto(f"/studio/{project}")
    card = page.locator(".tour")
    expect(card).to_have_attribute("data-step", "scenes")
    expect(page.get_by_role("dialog", name="Scenes and files")).to_be_visible()
    page.keyboard.press("Enter")
    expect(card).to_have_attribute("data-step", "stage")
    # It never blocks the page below.
    page.locator('.studio-rail [data-panel="colors"]').click()
    expect(page.locator('.studio-rail [data-panel="colors"]')).to_have_attribute("aria-pressed", "true")
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    page.reload()
    expect(page.locator(".stage-canvas[data-loaded]").first).to_be_attached()
    expect(card).to_have_count(0)
    # In the studio Ctrl K splits a clip: the palette has Shift beside it, and the editor's own commands.
    page.keyboard.press("Control+Shift+K")
    page.keyboard.type("tour")
    page.keyboard.press("Enter")
    expect(card).to_have_attribute("data-step", "scenes")
    for _ in range(4):
        card.locator('[data-act="tour-next"]').click()
    expect(card).to_have_attribute("data-step", "export")
    card.get_by_role("button", name="Begin").click()
    expect(card).to_have_count(0)
    api.delete(f"/api/v1/projects/{project}")
