"""An administrator acts as somebody: asked why, told on every page as whom, and back with one click."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlmodel import col, update

from flatrender.access.models import User, UserSession
from flatrender.core import clock
from tests.e2e.running import Studio


def test_an_administrator_helps_and_comes_back(new_page: Callable[..., Page], studio: Studio) -> None:
    email = f"helped{studio.port}@example.com"
    theirs = new_page(width=390)
    account = {"email": email, "password": "a long password", "name": "Mina Rad"}
    assert theirs.context.request.post("/api/v1/auth/sign-up", data=account).ok
    theirs.goto("/profile")
    page = new_page(admin=True, anew=True)
    page.goto("/people")
    row = page.locator(f'[data-person="{email}"]')
    row.locator('[data-act="help"]').click()
    page.get_by_label("Why?").fill("Cannot find the film")
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")
    with studio.session() as session:
        session.execute(update(User).where(col(User.email) == email).values(second_factor=True))
    banner = page.locator(".helping")
    expect(banner).to_contain_text("You act as Mina Rad")
    page.goto("/profile")
    expect(banner).to_be_visible()
    expect(page.get_by_text(email)).to_be_visible()
    expect(page.locator('[data-said="theirs"]')).to_be_visible()
    expect(page.get_by_role("region", name="Second factor")).to_contain_text("On")
    expect(page.get_by_label("Present password")).to_have_count(0)
    expect(page.locator("[data-session], [data-act=export], [data-act=delete-account]")).to_have_count(0)
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    page.goto("/keys")
    expect(page.locator('[data-said="theirs"]')).to_be_visible()
    assert not refused, "what is theirs alone is not asked for"
    banner.get_by_role("button", name="End").click()
    page.wait_for_url("**/people")
    expect(row).to_be_visible()
    expect(banner).to_have_count(0)

    page.clock.install()
    row.locator('[data-act="help"]').click()
    page.get_by_label("Why?").fill("Once more")
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")
    expect(banner).to_be_visible()
    with studio.session() as session:
        session.execute(update(UserSession).where(col(UserSession.helping_id) != "").values(helping_until=clock.now()))
    page.clock.fast_forward("30:05")
    page.wait_for_url("**/people")
    expect(page.get_by_role("status")).to_contain_text("You are yourself again")
    expect(banner).to_have_count(0)
    expect(row).to_be_visible()

    theirs.get_by_role("button", name="Notifications, 2 unread").click()
    expect(theirs.locator('.bell-item[data-kind="account.helped"]')).to_contain_text(
        ["Once more", "Cannot find the film"]
    )
