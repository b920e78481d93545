"""API keys in the browser: made, used by a program, revoked; on a desk and on a phone."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.running import Studio


def test_a_key_is_made_used_and_revoked(admin_page: Page, studio: Studio) -> None:
    page = admin_page
    page.goto("/keys")
    name = f"Batch {studio.port}"
    page.get_by_label("What is it for?").fill(name)
    page.get_by_role("radiogroup", name="Templates").get_by_role("radio", name="Look").click()
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator('[data-said="secret"]').inner_text()
    with httpx.Client(base_url=studio.url, headers={"Authorization": f"Bearer {secret}"}) as program:
        assert program.get("/api/v1/projects").status_code == 200
        assert program.get("/api/v1/sites").json()["code"] == "key-scope"
        page.reload()
        row = page.locator("[data-key]").filter(has_text=name)
        expect(row).to_contain_text("projects templates:read")
        expect(page.get_by_text(secret)).to_have_count(0)
        row.locator('[data-act="revoke"]').click()
        page.locator('[data-act="revoke-now"]').click()
        expect(row).to_contain_text("Revoked")
        assert program.get("/api/v1/projects").json()["code"] == "key-revoked"


@pytest.mark.parametrize("path", ["/keys", "/site", "/sites"])
def test_it_fits_a_phone_in_persian(path: str, new_page: Callable[..., Page], studio: Studio) -> None:
    page = new_page(admin=True, width=390)
    page.context.add_cookies([{"name": "fr_language", "value": "fa", "url": studio.url}])
    page.goto(path)
    expect(page.locator(".site-page")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
