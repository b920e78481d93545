"""Branded sites side by side: opened with the wizard, looked at, set up by their own administrators, suspended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.e2e.running import Studio
from tests.e2e.watching import Watch


@contextmanager
def visitor(browser: Browser, address: str, *, width: int = 1440) -> Iterator[Page]:
    """A page on another site, in a context of its own; nothing is asked of any other origin."""
    context = browser.new_context(base_url=address, viewport={"width": width, "height": 900})
    watch = Watch(context, address)
    yield context.new_page()
    context.close()
    watch.check()


def solid(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--tenant-solid').trim()"))


def close(api: httpx.Client, *slugs: str) -> None:
    """Suspends what an earlier run with the same data left, so that names are free to look at."""
    for site in api.get("/api/v1/sites").json()["items"]:
        if site["slug"] in slugs:
            api.post(f"/api/v1/sites/{site['id']}/suspend")


def test_the_wizard_ends_with_the_branded_site(
    admin_page: Page, browser: Browser, studio: Studio, api: httpx.Client
) -> None:
    page, slug = admin_page, f"north-{studio.port}"
    page.goto("/")
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("menuitem", name="Sites").click()
    page.locator('[data-act="new-site"]').click()
    page.get_by_label("Name", exact=True).fill("North Films")
    page.get_by_label("Short name").fill("www")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Colour", exact=True).last.fill("#0E7C86")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Administrator’s e-mail").fill("sara@north.example")
    page.get_by_role("button", name="Open the site").click()
    expect(page.get_by_role("alert").filter(has_text="kept for the house")).to_be_visible()
    page.get_by_label("Short name").fill(slug)
    for name in ("Next", "Next", "Open the site"):
        page.get_by_role("button", name=name).click()
    link = page.locator('[data-act="visit"]')
    expect(link).to_have_attribute("href", f"http://{slug}.localhost:{studio.port}")
    password = page.locator('[data-said="password"]').inner_text()

    with visitor(browser, f"http://{slug}.localhost:{studio.port}") as north:
        north.goto("/sign-in")
        expect(north).to_have_title("Sign in · North Films")
        assert solid(north) == "#0E7C86"
        assert "FlatRender" not in north.locator("body").inner_text()
        north.get_by_label("E-mail").fill("sara@north.example")
        north.get_by_role("textbox", name="Password").fill(password)
        north.get_by_role("button", name="Sign in").click()
        expect(north.get_by_role("button", name="Account menu")).to_be_visible()
        north.goto("/site")
        north.get_by_label("On the fill").last.fill("#0E7C86")
        north.get_by_role("button", name="Save").click()
        expect(north.get_by_role("alert").filter(has_text="contrast")).to_be_visible()
        north.get_by_label("On the fill").last.fill("#FFFFFF")
        north.get_by_label("Name", exact=True).fill("North & Sons")
        north.get_by_role("button", name="Save").click()
        expect(north.get_by_text("Saved.")).to_be_visible()
        north.goto("/")
        expect(north).to_have_title("Templates · North & Sons")
        north.goto("/sites")
        expect(north.get_by_text("Your account may not do this.")).to_be_visible()
    close(api, slug)


def test_two_sites_side_by_side_and_one_suspended(
    browser: Browser, studio: Studio, api: httpx.Client, new_page: Callable[..., Page]
) -> None:
    slug = f"shomal-{studio.port}"
    wish = {"slug": slug, "name": "استودیو شمال", "language": "fa", "color": "#7A1FA2"}
    made = api.post("/api/v1/sites", json=wish).json()["site"]
    only = {"languages": ["fa"], "terms_url": "https://shomal.example/terms"}
    assert api.patch(f"/api/v1/sites/{made['id']}", json=only).status_code == 200
    house = new_page()
    house.goto("/sign-in")
    with visitor(browser, made["address"], width=390) as north:
        north.goto("/sign-in")
        expect(north.locator("html")).to_have_attribute("dir", "rtl")
        expect(north).to_have_title("ورود · استودیو شمال")
        expect(north.get_by_role("link", name="شرایط استفاده")).to_be_visible()
        expect(north.get_by_role("button", name="English")).to_have_count(0)
        assert solid(north) == "#7A1FA2"
        assert north.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert solid(house) == "#F2B63C"
        close(api, slug)
        answer = north.goto("/projects")
        assert answer is not None
        assert answer.status == 403
        expect(north.get_by_role("heading", name="فعلاً بسته است")).to_be_visible()
