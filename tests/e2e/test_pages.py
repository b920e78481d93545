"""The shell and the pages where people choose: sign-in, gallery, template, projects, languages, themes, keyboard."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from flatrender.core.ids import new_id
from flatrender.ui.catalogues import say
from tests.e2e.pages import fits
from tests.e2e.running import Studio

NewPage = Callable[..., Page]
FIELD_ERROR = ".says"


@pytest.fixture
def template(api: httpx.Client) -> dict[str, str]:
    """A published template: one of the demos that every new studio has."""
    found = api.get("/api/v1/templates", params={"limit": 100}).json()["items"]
    assert found, "a new studio has its demo templates"
    chosen: dict[str, str] = next(item for item in found if item["kind"] == "flexible")
    return chosen


def _color(element: Locator) -> str:
    return str(element.evaluate("element => getComputedStyle(element).backgroundColor"))


def test_sign_in_says_what_is_wrong_beside_the_field(page: Page, studio: Studio) -> None:
    page.goto("/sign-in")
    expect(page.get_by_role("heading", name="Back to your studio")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(FIELD_ERROR)).to_have_text(["Fill this in.", "Fill this in."])
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.get_by_label("E-mail").fill("nobody")
    page.get_by_label("Password", exact=True).fill("something")
    page.keyboard.press("Enter")
    expect(page.locator(FIELD_ERROR)).to_have_text("This is not an e-mail address.")
    page.get_by_label("E-mail").fill(studio.email)
    page.keyboard.press("Enter")
    expect(page.locator(FIELD_ERROR)).to_have_text("The e-mail address or the password is wrong.")
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Password", exact=True).fill(studio.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home")
    expect(page.get_by_role("button", name="Account menu")).to_be_visible()
    cookie = next(cookie for cookie in page.context.cookies() if cookie["name"] == "fr_session")
    assert cookie["httpOnly"]
    assert page.evaluate("Object.keys(localStorage).filter(key => /token|session/i.test(key))") == []


def test_a_password_can_be_shown(page: Page) -> None:
    page.goto("/sign-in")
    field = page.get_by_label("Password", exact=True)
    field.fill("secret words")
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")


def test_pages_that_need_an_account_lead_to_the_sign_in_and_back(page: Page, studio: Studio) -> None:
    page.goto("/projects")
    page.wait_for_url("**/sign-in?next=/projects")
    page.get_by_label("E-mail").fill(studio.email)
    page.get_by_label("Password", exact=True).fill(studio.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects")
    expect(page.get_by_role("heading", name="My projects")).to_be_visible()


def test_a_foreign_address_is_never_gone_to_after_the_sign_in(page: Page, studio: Studio) -> None:
    page.goto("/sign-in?next=//evil.example/x")
    page.get_by_label("E-mail").fill(studio.email)
    page.get_by_label("Password", exact=True).fill(studio.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{studio.url}/home")


def test_a_new_account_is_made_and_signed_out(page: Page) -> None:
    page.goto("/sign-up")
    page.get_by_label("Name").fill("Niloofar Sadri")
    page.get_by_label("E-mail").fill("niloofar@example.com")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator(FIELD_ERROR)).to_have_text("Use 10 characters or more.")
    page.get_by_label("Password", exact=True).fill("a much longer one")
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/home")
    begin = page.get_by_role("region", name="Make your first film")
    expect(begin.get_by_role("link", name="Browse templates")).to_be_visible()
    expect(page.get_by_role("region", name="Begin with a template").locator("article.card").first).to_be_visible()
    expect(page.get_by_role("link", name="0 projects")).to_be_visible()
    page.get_by_role("button", name="Account menu").click()
    expect(page.get_by_role("menu")).to_contain_text("niloofar@example.com")
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.goto("/projects")
    page.wait_for_url("**/sign-in?next=/projects")


def test_the_gallery_shows_searches_and_filters(page: Page, template: dict[str, str]) -> None:
    page.goto("/")
    cards = page.locator("article.card")
    expect(cards.first).to_be_visible()
    whole = cards.count()
    assert whole >= 4
    page.keyboard.press("/")
    expect(page.get_by_label("Search templates")).to_be_focused()
    page.keyboard.type(template["name"])
    expect(cards).not_to_have_count(whole)
    expect(page.get_by_role("link", name=f"Open {template['name']}", exact=True)).to_be_visible()
    page.get_by_label("Search templates").fill("no template has these words")
    expect(page.get_by_role("heading", name="No template matches")).to_be_visible()
    page.get_by_role("button", name="Show all templates").click()
    expect(cards).to_have_count(whole)
    page.get_by_role("button", name="9:16").click()
    expect(page.get_by_role("button", name="9:16")).to_have_attribute("aria-pressed", "true")
    expect(cards).not_to_have_count(whole)


def test_cards_keep_their_shape_and_fill_the_width(page: Page) -> None:
    page.goto("/")
    expect(page.locator("article.card .film").first).to_be_visible()
    boxes = page.locator("article.card .film").evaluate_all(
        "films => films.map(film => { const box = film.getBoundingClientRect();"
        " return [box.width / box.height, parseFloat(getComputedStyle(film).aspectRatio)]; })"
    )
    assert all(abs(real - wanted) < 0.02 * wanted for real, wanted in boxes), boxes
    fits(page)


def _films_are_drawn(page: Page) -> None:
    """Waits for a template's film: a new studio's node is still drawing those of the demos."""
    drawn = page.evaluate(
        """async address => {
            for (let tries = 0; tries < 400; tries += 1) {
                if ((await (await fetch(address)).json()).items.some(item => item.preview)) return true;
                await new Promise(next => setTimeout(next, 300));
            }
            return false;
        }""",
        "/api/v1/templates",
    )
    assert drawn


def test_a_card_plays_while_the_pointer_rests_on_it(page: Page) -> None:
    page.emulate_media(reduced_motion="no-preference")
    page.goto("/")
    _films_are_drawn(page)
    page.reload()
    film = page.locator(".film:has(.film-length svg)").first
    film.hover()
    expect(film).to_have_class(re.compile("is-playing"))
    expect(film.locator("video")).to_have_js_property("muted", True)
    expect(film.get_by_role("button", name="Use template")).to_be_visible()
    page.mouse.move(5, 5)
    expect(film.locator("video")).to_have_count(0)


def test_reduced_motion_plays_on_click_alone(new_page: NewPage) -> None:
    page = new_page(anew=True)  # its clock is the test's
    page.emulate_media(reduced_motion="reduce")
    page.clock.install()
    page.goto("/")
    _films_are_drawn(page)
    page.reload()
    film = page.locator(".film:has(.film-length svg)").first
    film.hover()
    page.clock.run_for(2_000)
    expect(page.locator("video")).to_have_count(0)
    film.get_by_role("button", name="Play").click()
    expect(film.locator("video")).to_have_count(1)


def test_a_template_becomes_a_project_that_is_listed_renamed_and_archived(
    admin_page: Page, template: dict[str, str]
) -> None:
    page = admin_page
    page.goto(f"/templates/{template['id']}")
    expect(page.get_by_role("heading", name=template["name"], exact=True)).to_be_visible()
    page.get_by_role("button", name="Use template").click()
    page.wait_for_url("**/studio/*")
    page.goto("/projects")
    card = page.locator("article.card").first
    expect(card).to_contain_text(template["name"])
    card.get_by_role("button", name="More about").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("   ")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").locator(FIELD_ERROR)).to_be_visible()
    name = f"شب‌های کویر، {new_id()[-6:]}"
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(card).to_contain_text(name)
    page.locator("article.card").first.get_by_role("button", name="More about").click()
    page.get_by_role("menuitem", name="Duplicate").click()
    copy = page.locator("article.card", has_text=f"{name}, copy")  # one of many: of those a page shows so many alone
    expect(copy).to_be_visible()
    copy.get_by_role("button", name="More about").click()
    page.get_by_role("menuitem", name="Archive").click()
    expect(copy).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(copy).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("link", name="Continue editing")).to_be_visible()


def test_another_persons_projects_are_not_shown(new_page: NewPage) -> None:
    page = new_page()
    account = {"email": "reza@example.com", "password": "reza's own password", "name": "Reza"}
    assert page.context.request.post("/api/v1/auth/sign-up", data=account).ok
    page.goto("/projects")
    expect(page.get_by_role("heading", name="No projects yet")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").first.get_by_role("link", name="My templates")).to_have_count(0)


def test_unknown_addresses_say_so(page: Page) -> None:
    page.goto("/nothing/here")
    expect(page.get_by_role("heading", name="Nothing at this address")).to_be_visible()
    page.goto("/templates/unknown")
    expect(page.get_by_role("heading", name="No such template")).to_be_visible()


def test_persian_is_right_to_left_from_the_first_frame_and_stays(page: Page, studio: Studio) -> None:
    page.goto("/sign-in")
    page.get_by_role("button", name="فارسی").click()
    root = page.locator("html")
    expect(root).to_have_attribute("dir", "rtl")
    expect(root).to_have_attribute("lang", "fa")
    expect(page.get_by_role("heading", name="به استودیوی خود برگردید")).to_be_visible()
    page.get_by_role("button", name="ورود").click()
    expect(page.locator(FIELD_ERROR).first).to_have_text("این را پر کنید.")
    page.get_by_label("رایانامه").fill(studio.email)
    page.get_by_label("گذرواژه", exact=True).fill("not this one")
    page.keyboard.press("Enter")
    expect(page.locator(FIELD_ERROR)).to_have_text("رایانامه یا گذرواژه درست نیست.")
    page.goto("/")
    expect(root).to_have_attribute("dir", "rtl")
    mark = page.locator(".site-bar .home").bounding_box()
    assert mark is not None
    assert mark["x"] > 1000
    family = page.evaluate("getComputedStyle(document.body).fontFamily")
    assert family.startswith("Vazirmatn")
    page.wait_for_function("() => document.fonts.check('16px Vazirmatn', 'قالب')")


def test_the_theme_suits_the_page_and_the_visitor_may_choose(admin_page: Page) -> None:
    page = admin_page
    root = page.locator("html")
    page.goto("/jobs")
    expect(root).to_have_class(re.compile("dark"))
    page.goto("/")
    expect(root).to_have_class(re.compile("light"))
    assert _color(page.locator("body")) == "rgb(255, 255, 255)"
    page.get_by_role("link", name="Jobs").first.click()
    page.wait_for_url("**/jobs")
    expect(root).to_have_class(re.compile("dark"))
    page.go_back()
    expect(root).to_have_class(re.compile("light"))
    expect(page.locator("article.card").first).to_be_visible()  # the page that is left has such a menu as well
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(root).to_have_class(re.compile("dark"))
    assert _color(page.locator("body")) == "rgb(16, 16, 17)"
    page.reload()
    expect(root).to_have_class(re.compile("dark"))


def test_everything_is_reached_by_keyboard_with_a_visible_focus(page: Page) -> None:
    page.goto("/")
    expect(page.locator("article.card").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    seen: list[str] = []
    for _ in range(24):
        page.keyboard.press("Tab")
        name, ring = page.evaluate(
            "() => { const element = document.activeElement;"
            " const holder = element.closest('.film, .field') || element;"
            " return [element.getAttribute('aria-label') || element.textContent || element.tagName,"
            " getComputedStyle(holder).boxShadow !== 'none' || getComputedStyle(element).boxShadow !== 'none']; }"
        )
        assert ring, f"{name} has the focus and shows no ring"
        seen.append(name)
    assert "Search templates" in seen
    assert any(name.startswith("Open ") for name in seen)


@pytest.mark.parametrize("address", ["/", "/sign-in", "/sign-up", "/projects"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_phone_needs_no_sideways_scrolling(new_page: NewPage, studio: Studio, address: str, language: str) -> None:
    page = new_page(admin=address == "/projects", width=390, height=844, has_touch=True, is_mobile=True)
    page.context.add_cookies([{"name": "fr_language", "value": language, "url": studio.url}])
    page.goto(address)
    expect(page.locator("#main")).to_be_visible()
    expect(page.locator("#main :is(h1, h2)").first).to_be_attached()
    fits(page)
    small = page.locator("#main button:visible, .tabs a:visible").evaluate_all(
        "elements => elements.filter(element => { const box = element.getBoundingClientRect();"
        " return box.width > 0 && box.height < 44; }).map(element => element.outerHTML.slice(0, 120))"
    )
    assert small == []


def test_a_browser_in_persian_is_spoken_to_in_persian(new_page: NewPage, studio: Studio) -> None:
    page = new_page(locale="fa-IR", new_here=True)
    page.goto("/sign-in")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.get_by_label(say("fa", "sign_in.email")).fill(studio.email)
    page.get_by_label(say("fa", "sign_in.password"), exact=True).fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("[\u0600-\u06ff]{3}"))
