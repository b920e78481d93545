"""axe-core on the pages where people work: nothing serious, in both themes and both directions, in Persian also as wide
as a phone."""

from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from flatrender.api.dependencies import COOKIE
from tests.e2e.catalogue import bundle, project_of, published
from tests.e2e.running import Studio as Running
from tests.e2e.studio_pages import JobTable, Review, Studio
from tests.media.files import picture

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SERIOUS = {"serious", "critical"}
RUN = """
async () => {
  // What is fading has colours of its own for a moment.
  const fading = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations !== Infinity);
  await Promise.allSettled(fading.map(({ finished }) => finished));
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.map(({ id, impact, nodes }) => ({
    id,
    impact,
    where: nodes.map(({ target, any }) => `${target.join(" ")}: ${any.map((one) => one.message).join("; ")}`),
  }));
}
"""
PHONE: ViewportSize = {"width": 390, "height": 844}
LOOKS = [("dark", "en"), ("light", "fa")]
# Pages that are looked at wide in English and narrow in Persian: where they are, and what is there when they are drawn.
FURTHER = {
    "/": "article.card",
    "/templates/{template}": ".player",
    "/profile": "#profile-name",
    "/keys": "[aria-labelledby=key-new]",
    "/people": ".people-row",
    "/roles": ".role-things",
    "/site": ".site-card",
    "/sites": ".sites-row",
    "/features": ".sw",
    "/webhooks": "#main form",
    "/usage": ".site-page",
    "/audit": ".audit-line",
    "/requests": ".audit-search",
    "/farm": ".ag-row",
    "/developers": "rapi-doc :is(.nav-bar-path, .section-tag-header)",
    "/legal/privacy": ".legal-item",
    "/nothing/here": "#main h1, #main h2",
}
DOORS = ("/sign-in", "/sign-up", "/forgot", "/reset?token=x", "/verify?token=x")
LEGAL = {"privacy": {"en": "# What we keep\n\nNothing.\n- no letters", "fa": "# چه نگه می‌داریم\n\nهیچ.\n- نه نامه"}}


@pytest.fixture(scope="module")
def made(studio: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with closing(studio.client()) as api:
        template = published(api, bundle("promo", tmp_path_factory.mktemp("promo"), called="For everybody"))
        project = project_of(api, template, "For everybody")
        job = api.post("/api/v1/renders", json={"project_id": project}).json()["id"]
        assert api.patch("/api/v1/sites/mine", json={"legal": LEGAL}).is_success
        yield {"template": template, "project": project, "job": job}
        api.patch("/api/v1/sites/mine", json={"legal": {"privacy": {"en": "", "fa": ""}}})


@pytest.fixture(params=LOOKS, ids="-".join)
def page(request: pytest.FixtureRequest, new_page: Callable[..., Page], studio: Running) -> Page:
    theme, language = request.param
    made = new_page(admin=True)
    named = {"fr_theme": theme, "fr_language": language}
    made.context.add_cookies([{"name": name, "value": value, "url": studio.url} for name, value in named.items()])
    return made


def _check(page: Page) -> None:
    find_nothing_serious(page)
    if page.locator("html").get_attribute("lang") == "fa":
        wide = page.viewport_size
        assert wide is not None
        page.set_viewport_size(PHONE)
        page.evaluate("() => new Promise(requestAnimationFrame)")
        find_nothing_serious(page)
        page.set_viewport_size(wide)


def find_nothing_serious(page: Page) -> None:
    """Asserts that axe finds nothing serious on the page as it is."""
    page.evaluate(AXE)
    found = [violation for violation in page.evaluate(RUN) if violation["impact"] in SERIOUS]
    told = [f"{one['id']} ({one['impact']}): " + " | ".join(one["where"][:6]) for one in found]
    assert not told, "\n".join([page.url, *told])


def test_the_editor(page: Page, made: dict[str, str]) -> None:
    editor = Studio(page).open(made["project"])
    editor.text("title").focus()
    _check(page)
    for panel in ("media", "colors", "audio"):
        page.locator(f'.studio-rail [data-panel="{panel}"]').click()
        _check(page)


def test_the_first_page_the_projects_and_the_palette(page: Page, made: dict[str, str]) -> None:
    page.goto("/home")
    expect(page.locator(".home-renders li").first).to_be_visible()
    _check(page)
    page.goto("/projects")
    expect(page.locator("article.card").first).to_be_visible()
    _check(page)
    page.keyboard.press("Control+k")
    expect(page.locator("[data-command^=project-]").first).to_be_visible()
    _check(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+?")
    expect(page.locator(".keys-sheet")).to_be_visible()
    _check(page)


def test_the_files(page: Page, studio: Running, tmp_path: Path) -> None:
    with closing(studio.client()) as api:
        sent = api.post("/api/v1/media", files={"file": ("dune.png", picture(tmp_path / "dune.png").read_bytes())})
    page.goto("/media")
    expect(page.locator(".media-tile").first).to_be_visible()
    _check(page)
    page.locator('[data-act="cleanup"]').click()
    expect(page.get_by_role("dialog")).to_be_visible()
    _check(page)
    with closing(studio.client()) as api:
        api.delete(f"/api/v1/media/{sent.json()['id']}")


def test_the_designers_pages(page: Page, made: dict[str, str]) -> None:
    page.goto("/designer")
    expect(page.locator(".designer-card").first).to_be_visible()
    _check(page)
    review = Review(page, made["template"])
    review.element("title").locator(".element-name").click()
    page.locator(".side-tabs button").nth(1).click()
    _check(page)
    for number in (1, 2, 3):
        page.locator(".review-tabs button").nth(number).click()
        _check(page)


def test_the_jobs(page: Page, made: dict[str, str]) -> None:
    table = JobTable(page)
    table.row(made["job"]).locator(".job-title").click()
    expect(page.locator(".jobs-side .job-panel")).to_be_visible()
    table.row(made["job"]).get_by_role("checkbox").check()
    _check(page)
    page.goto(f"/jobs/{made['job']}")
    expect(page.locator(".job-panel")).to_be_visible()
    _check(page)


def test_the_sites_and_the_accounts_pages(page: Page, made: dict[str, str]) -> None:
    if page.locator("html").get_attribute("lang") == "fa":
        page.set_viewport_size(PHONE)
    for address, shown in FURTHER.items():
        page.goto(address.format(**made))
        expect(page.locator(shown).first).to_be_visible()
        find_nothing_serious(page)
    page.context.clear_cookies(name=COOKIE)
    for address in DOORS:
        page.goto(address)
        expect(page.locator(".door-form")).to_be_visible()
        find_nothing_serious(page)
    page.goto("/join?token=x")
    expect(page.locator("main a[href='/sign-in']")).to_be_visible()
    find_nothing_serious(page)
