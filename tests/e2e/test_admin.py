"""The administrator's page: what it shows, what it asks before it does, on a desk and on a phone, in both languages."""

from collections.abc import Callable
from importlib.resources import files

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import fits
from tests.e2e.running import Studio

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def opened(page: Page) -> Page:
    page.goto("/admin")
    expect(page.locator(".tiles .tile")).to_have_count(6)
    return page


def test_health_queue_and_failures_are_shown(admin_page: Page) -> None:
    page = opened(admin_page)
    for act in ("stop", "clear", "restart", "check-update"):
        expect(page.locator(f'[data-act="{act}"]')).to_be_visible()
    picture = page.get_by_role("img", name="Jobs in the last 24 hours")
    expect(picture).to_be_visible()
    page.get_by_role("button", name="6 hours").click()
    expect(page.get_by_role("img", name="Jobs in the last 6 hours")).to_be_visible()
    expect(page.get_by_role("meter", name="Memory")).to_be_visible()


def test_the_farm_is_stopped_after_a_question_and_goes_on(admin_page: Page, api: httpx.Client) -> None:
    page = opened(admin_page)
    page.locator('[data-act="stop"]').click()
    page.get_by_role("button", name="Back").click()
    assert not api.get("/api/v1/farm").json()["stopped"]
    page.locator('[data-act="stop"]').click()
    page.locator('[data-act="stop-now"]').click()
    expect(page.get_by_role("status").filter(has_text="The farm is stopped")).to_be_visible()
    assert api.get("/api/v1/farm").json()["stopped"]
    page.locator('[data-act="resume"]').click()
    expect(page.locator('[data-act="resume"]')).to_have_count(0)
    assert not api.get("/api/v1/farm").json()["stopped"]


def test_engines_are_restarted_and_the_node_lives_on(admin_page: Page, api: httpx.Client) -> None:
    page = opened(admin_page)
    page.locator('[data-act="restart"]').click()
    page.locator('[data-act="restart-now"]').click()
    expect(page.get_by_text("The engines are being restarted.")).to_be_visible()
    assert [node["online"] for node in api.get("/api/v1/nodes").json()["items"]] == [True]


@pytest.mark.parametrize(("theme", "language", "width"), [("dark", "en", 1440), ("light", "fa", 390)])
def test_it_reads_in_both_languages_and_fits_a_phone(
    theme: str, language: str, width: int, new_page: Callable[..., Page], studio: Studio
) -> None:
    page = new_page(admin=True, width=width)
    named = {"fr_theme": theme, "fr_language": language}
    page.context.add_cookies([{"name": name, "value": value, "url": studio.url} for name, value in named.items()])
    opened(page)
    fits(page)
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    serious = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in {"serious", "critical"}]
    assert serious == []


def test_it_is_for_those_who_run_the_farm(new_page: Callable[..., Page], api: httpx.Client) -> None:
    page = new_page()
    account = {"email": "visitor@example.com", "password": "a password for visitors", "name": "Visitor"}
    page.context.request.post("/api/v1/auth/sign-up", data=account)
    page.goto("/admin")
    expect(page.get_by_text("for those who run the farm")).to_be_visible()
    assert page.context.request.get("/api/v1/farm/overview").status == 403
