"""The bell: news comes by itself, is walked through by keys, and leads to what it is about; on a phone, in Persian."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.catalogue import bundle, published
from tests.e2e.pages import fits
from tests.e2e.running import Studio


def test_news_comes_by_itself_and_is_read(new_page: Callable[..., Page], studio: Studio, tmp_path: Path) -> None:
    page = new_page(width=390)
    account = {"email": f"bell{studio.port}@example.com", "password": "a long password", "name": "Mina"}
    assert page.context.request.post("/api/v1/auth/sign-up", data=account).ok
    page.goto("/profile")
    page.get_by_role("button", name="Notifications", exact=True).click()
    expect(page.get_by_text("Nothing to tell yet.")).to_be_visible()
    page.keyboard.press("Escape")
    with closing(studio.client()) as api:
        template = published(api, bundle("promo", tmp_path, called="News of the bell"))
    bell = page.get_by_role("button", name="Notifications, 1 unread")
    expect(bell).to_be_visible()
    page.context.add_cookies([{"name": "fr_language", "value": "fa", "url": studio.url}])
    page.reload()
    page.get_by_role("button", name="اعلان‌ها، یک نخوانده").click()
    news = page.locator('[data-kind="template.published"][data-unread]')
    expect(news).to_contain_text("News of the bell")
    fits(page)
    page.keyboard.press("ArrowDown")
    expect(news).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/templates/{template}")
    expect(page.get_by_role("button", name="اعلان‌ها", exact=True)).to_be_visible()
    page.goto("/profile")
    choice = page.get_by_role("switch", name="قالبی تازه در گالری است: زنگ")
    choice.click()
    expect(choice).to_have_attribute("aria-checked", "false")
    page.reload()
    expect(choice).to_have_attribute("aria-checked", "false")


def test_a_browser_without_shared_workers_has_its_pages_and_follows(new_page: Callable[..., Page]) -> None:
    """Some phones' browsers have none: each tab has a stream of its own there."""
    page = new_page(admin=True)
    page.add_init_script("delete window.SharedWorker")
    page.goto("/jobs")
    expect(page.locator("[data-live]")).to_have_attribute("data-live", "open")
    expect(page.locator(".bell")).to_be_visible()
