"""What administrators of a site set up for programs: keys, webhooks; and what was done. On a desk and on a phone."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect
from sqlmodel import col, update

from flatrender.access import letters
from flatrender.access import service as access
from flatrender.access.models import User
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.ids import new_id
from flatrender.settings import get_settings
from flatrender.tenants.models import TenantDomain
from tests.deadline import until
from tests.e2e.pages import fits
from tests.e2e.running import Studio
from tests.e2e.test_accessible import find_nothing_serious

MIDDLES = """
(form) => [...form.querySelectorAll(".field, button")].map((each) => {
  const { y, height } = each.getBoundingClientRect();
  return y + height / 2;
})
"""


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
        page.get_by_role("button", name="Done").click()
        row = page.locator("[data-key]").filter(has_text=name)
        expect(row).to_contain_text("Projects, files, renders (Change) · Templates (Look)")
        expect(page.get_by_text(secret)).to_have_count(0)
        row.locator('[data-act="rotate"]').click()
        expect(page.locator('[data-said="grace"]')).to_contain_text("The secret of before works beside it until")
        page.get_by_role("button", name="Done").click()
        assert program.get("/api/v1/projects").status_code == 200
        row.locator('[data-act="revoke"]').click()
        page.locator('[data-act="revoke-now"]').click()
        expect(row).to_contain_text("Revoked")
        assert program.get("/api/v1/projects").json()["code"] == "key-revoked"


def test_a_call_of_the_api_is_tried_on_its_page(admin_page: Page, studio: Studio) -> None:
    page = admin_page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/developers")
    page.locator('[id="link-get-/api/v1/auth/me"]').click()
    expect(page.locator("rapi-doc")).to_contain_text("Show own account")
    expect(page.locator("rapi-doc")).to_contain_text("(fr_session) in cookie")
    expect(page.locator("rapi-doc")).not_to_contain_text("None Applied")
    page.get_by_role("button", name="TRY").click()
    expect(page.locator("rapi-doc")).to_contain_text("200")
    expect(page.locator("rapi-doc")).to_contain_text(studio.email)
    page.locator('[data-content-id="auth"]').click()
    page.get_by_role("button", name="CLEAR ALL API KEYS").click()
    expect(page.locator("rapi-doc")).to_contain_text("1 API key applied")  # the session stays, whatever is cleared
    assert [url for url in asked if not url.startswith((studio.url, "data:", "blob:"))] == []


def test_a_role_is_made_and_a_feature_switched(admin_page: Page, studio: Studio) -> None:
    page = admin_page
    page.goto("/roles")
    name = f"Guests {studio.port}"
    page.get_by_label("Name", exact=True).first.fill(name)
    things = page.locator('[data-things="projects"]')
    things.get_by_role("switch", name="Delete").click()
    things.get_by_text("Fields that stay as they are: 0").click()
    things.get_by_role("switch", name="Name").click()
    page.get_by_role("button", name="Keep").click()
    row = page.locator("[data-role]").filter(has_text=name)
    expect(row).to_contain_text("Given to 0")
    row.locator('[data-act="change"]').click()
    expect(things.get_by_role("switch", name="Delete")).to_have_attribute("aria-checked", "false")
    row.locator('[data-act="remove"]').click()
    expect(row).to_have_count(0)
    page.goto("/features")
    switch = page.get_by_role("region", name="On every site").get_by_role("switch", name="Voice-over")
    switch.click()
    expect(page.get_by_text("Off on every site.", exact=True)).to_be_visible()
    page.goto("/media")
    expect(page.get_by_role("button", name="Upload").first).to_be_visible()  # two where there are no files yet
    expect(page.locator('[data-act="open-recorder"]')).to_have_count(0)
    page.goto("/features")
    switch.click()
    expect(page.get_by_text("Off on every site.", exact=True)).to_have_count(0)


def test_a_picture_of_ones_own_is_shown_and_taken_away(admin_page: Page, studio: Studio, tmp_path: Path) -> None:
    page = admin_page
    page.goto("/profile")
    photo = tmp_path / "photo.png"
    noise = np.random.default_rng(1).integers(0, 256, (900, 1200, 3), "uint8")
    Image.fromarray(noise).save(photo)
    assert photo.stat().st_size > 3_000_000, "more than the server takes: the page makes it smaller"
    with page.expect_file_chooser() as chosen:
        page.locator('[data-act="picture"]').click()
    chosen.value.set_files(photo)
    in_bar = page.locator("header .account .av img")
    expect(in_bar).to_be_visible()
    expect(page.locator(".av.xl img")).to_have_js_property("naturalWidth", 256)
    page.goto("/people")
    row = page.locator(f'[data-person="{studio.email}"]')
    expect(row.locator(".av img")).to_have_js_property("naturalWidth", 256)
    page.goto("/profile")
    page.get_by_role("button", name="Take the picture away").click()
    expect(in_bar).to_have_count(0)
    expect(page.locator("header .account .av")).to_have_text(page.locator(".av.xl").inner_text())


def test_recovery_codes_that_are_left_and_an_account_that_is_deleted(
    new_page: Callable[..., Page], studio: Studio
) -> None:
    page = new_page(width=390)
    account = {"email": f"leaves{studio.port}@example.com", "password": "a long password", "name": "Leaves"}
    assert page.context.request.post("/api/v1/auth/sign-up", data=account).ok
    page.goto("/profile")
    factor = page.get_by_role("region", name="Second factor")
    field, button = factor.locator("form").evaluate(MIDDLES)  # at one moment: what loads above moves both
    assert field == pytest.approx(button, abs=1)
    with studio.session() as session:
        session.execute(update(User).where(col(User.email) == account["email"]).values(second_factor=True))
    page.reload()
    expect(factor.locator(".notice.warn")).to_have_text("0 recovery codes are left.")
    page.locator('[data-act="delete-account"]').click()
    expect(page.get_by_role("alertdialog").get_by_label("Present password")).to_be_focused()
    page.keyboard.type(account["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in?done=deleted")


def test_the_name_on_the_mac_is_asked_for_and_can_wait(admin_page: Page) -> None:
    page = admin_page
    page.context.request.put("/api/v1/auth/me/mac-usernames", data={"items": []})
    page.context.clear_cookies(name="fr_mac_later")
    page.goto("/home")
    dialog = page.get_by_role("dialog", name="Who are you on your Mac?")
    dialog.get_by_label("Names of your home folders").fill("a/b")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("a/b")
    dialog.get_by_role("button", name="Later").click()
    expect(dialog).to_have_count(0)
    page.reload()
    expect(page.get_by_role("link", name="New project")).to_be_visible()
    expect(dialog).to_have_count(0)
    page.context.clear_cookies(name="fr_mac_later")
    page.reload()
    dialog.get_by_label("Names of your home folders").fill("Sara, sara.ahmadi")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Kept. You find it in your profile.")).to_be_visible()
    page.goto("/profile")
    names = page.get_by_label("Names of your home folders")
    expect(names).to_have_value("sara sara.ahmadi")
    names.fill("")
    page.get_by_role("region", name="macOS usernames").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(names).to_have_value("")


def test_the_language_of_the_profile_is_that_of_pages_and_letters(admin_page: Page) -> None:
    page, me = admin_page, "/api/v1/auth/me"
    page.goto("/profile")
    page.get_by_role("radio", name="فارسی").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("radio", name="فارسی")).to_have_attribute("aria-checked", "true")
    assert page.context.request.get(me).json()["language"] == "fa", "letters are written in it"
    page.get_by_role("radio", name="English").click()
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    assert page.context.request.get(me).json()["language"] == "en"


def test_an_invitation_is_accepted_and_the_account_deleted_again(
    new_page: Callable[..., Page], studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = f"invited{studio.port}@example.com"
    monkeypatch.setenv("FLATRENDER_SECRET_KEY", (studio.data / "secret-key").read_text().strip())
    get_settings.cache_clear()
    with studio.session() as session:
        user = access.create_user(session, DEFAULT_TENANT, email=email, password=new_id(), name="")
        token = letters.secret(letters.issue(session, user, letters.Purpose.INVITE, email, "Sara Ahmadi"))
    page = new_page(locale="fa-IR")
    page.goto(f"/join?token={token}")
    expect(page.get_by_text("Sara Ahmadi شما را دعوت کرده است")).to_be_visible()
    expect(page.get_by_label("نام شما")).to_have_value("")
    find_nothing_serious(page)
    page.get_by_label("نام شما").fill("امید")
    page.get_by_label("گذرواژه", exact=True).fill("a long password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="حساب شما آماده است")).to_be_visible()
    page.get_by_label("رایانامه").fill(email)
    page.get_by_label("گذرواژه", exact=True).fill("a long password")
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")
    page.goto("/profile")
    expect(page.get_by_role("radio", name="فارسی")).to_have_attribute("aria-checked", "true")
    page.locator('[data-act="delete-account"]').click()
    dialog = page.get_by_role("alertdialog")
    for password in ("wrong", "a long password"):
        dialog.get_by_role("textbox").fill(password)
        page.keyboard.press("Enter")
        if password == "wrong":
            expect(dialog.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("heading", name="حساب شما پاک شد")).to_be_visible()
    page.goto(f"/join?token={token}")
    expect(page.get_by_role("heading", name="این دعوت پایان یافته است")).to_be_visible()


def test_what_was_asked_of_the_api_is_found(admin_page: Page) -> None:
    page, nowhere = admin_page, f"/api/v1/renders/{new_id()}"
    page.context.request.get(nowhere)
    until(lambda: page.context.request.get(f"/api/v1/requests?q={nowhere}").json()["items"], 20, "the entry")
    page.goto("/requests")
    page.get_by_role("searchbox", name="Search addresses").fill(nowhere)
    entry = page.locator("[data-request]").filter(has_text=f"GET {nowhere}")
    expect(entry).to_have_count(1)
    expect(entry.locator(".pill")).to_have_text("404")
    expect(entry.locator("time")).to_have_text(re.compile(r"^\d+ \w+ \d{4}, \d\d:\d\d:\d\d$"))
    ending = page.get_by_role("combobox", name="How it ended")
    ending.select_option("Answered")
    expect(page.get_by_text("Nothing like that was asked.")).to_be_visible()
    ending.select_option("Refused")
    expect(entry).to_have_count(1)


def test_a_role_of_the_sites_own_is_given_to_a_person(
    admin_page: Page, new_page: Callable[..., Page], studio: Studio, api: httpx.Client
) -> None:
    email = f"guest{studio.port}@example.com"
    account = {"email": email, "password": "a long password", "name": "Nima Rad"}
    theirs = new_page().context.request
    assert theirs.post("/api/v1/auth/sign-up", data=account).ok
    role = api.post("/api/v1/roles", json={"name": f"Designers {studio.port}", "permissions": ["templates"]}).json()
    page = admin_page
    page.goto("/people")
    menu = page.locator(f'[data-person="{email}"]').get_by_role("combobox", name="Role of Nima Rad")
    menu.select_option(role["name"])
    expect(page.get_by_text("Nima Rad is changed.")).to_be_visible()
    assert theirs.get("/api/v1/auth/me").json()["permissions"] == ["templates"]
    page.reload()
    expect(menu.locator("option:checked")).to_have_text(role["name"])
    menu.select_option("Member")
    expect(menu.locator("option:checked")).to_have_text("Member")
    until(lambda: theirs.get("/api/v1/auth/me").json()["permissions"] == ["projects"], 10, "the usual rights")
    # This studio sends no letters: the one who is invited is there already.
    invited = json.dumps({"id": theirs.get("/api/v1/auth/me").json()["id"]})
    page.route(
        "**/api/v1/people",
        lambda route: route.fulfill(body=invited) if route.request.method == "POST" else route.continue_(),
    )
    form = page.get_by_role("form", name="Invite")
    form.get_by_label("E-mail").fill(email)
    form.get_by_role("combobox").select_option(role["name"])
    form.get_by_role("button", name="Invite").click()
    expect(menu.locator("option:checked")).to_have_text(role["name"])
    menu.select_option("Member")
    until(lambda: theirs.get("/api/v1/auth/me").json()["permissions"] == ["projects"], 10, "the usual rights")
    assert api.delete(f"/api/v1/roles/{role['id']}").is_success


def test_a_webhook_is_added_and_the_log_says_so(admin_page: Page) -> None:
    page = admin_page
    page.goto("/webhooks")
    form = page.get_by_role("form", name="New webhook")
    form.get_by_label("Address").fill("http://169.254.169.254/latest")
    form.get_by_role("button", name="Add it").click()
    expect(form.get_by_role("alert").filter(has_text="private network")).to_be_visible()
    form.get_by_label("Address").fill("https://93.184.216.34/hook")
    form.get_by_role("switch", name="Render failed").click()
    form.get_by_role("button", name="Add it").click()
    expect(page.locator('[data-said="secret"]')).to_contain_text("whsec_")
    expect(page.locator('[data-said="grace"]')).to_have_count(0)
    page.get_by_role("button", name="Done").click()
    row = page.locator("[data-webhook]").last
    expect(row).to_contain_text("Film finished")
    row.locator('[data-act="rotate"]').click()
    expect(page.locator('[data-said="grace"]')).to_contain_text("The secret before it signs every message too until")
    expect(row).not_to_contain_text("Render failed")
    row.locator('[data-act="log"]').click()
    expect(row.get_by_text("Nothing was sent yet.")).to_be_visible()
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("menuitem", name="Audit log").click()
    page.get_by_role("searchbox", name="Search names, things and addresses").fill("93.184.216.34")
    entry = page.locator('[data-act-done="webhook.added"]').first
    expect(entry).to_contain_text("added the webhook")
    expect(entry).to_contain_text("Events: Film finished")
    search = page.get_by_role("searchbox", name="Search names, things and addresses")
    search.fill("Film finis")
    expect(entry, "found by what the page says").to_be_visible()
    page.goto("/webhooks")
    row.locator('[data-act="remove"]').click()
    page.locator('[data-act="remove-now"]').click()
    expect(page.get_by_text("Removed.")).to_be_visible()


def test_they_fit_a_phone_in_persian(new_page: Callable[..., Page], studio: Studio) -> None:
    page = new_page(admin=True, width=390)
    page.context.add_cookies([{"name": "fr_language", "value": "fa", "url": studio.url}])
    for path in (
        "/keys",
        "/roles",
        "/features",
        "/site",
        "/sites",
        "/webhooks",
        "/audit",
        "/people",
        "/profile",
        "/requests",
    ):
        page.goto(path)
        expect(page.locator(".site-page")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        fits(page)
        if path == "/audit":
            expect(page.locator('[data-act-done="session.opened"]').first).to_contain_text("Chromium روی Linux")


@pytest.mark.parametrize(
    ("name", "shown"), [("people", ".people-row"), ("keys", "[aria-labelledby=key-new]"), ("sites", ".sites-row")]
)
def test_a_page_says_that_it_loads_and_why_it_could_not(admin_page: Page, name: str, shown: str) -> None:
    page, held = admin_page, list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"**/api/v1/{name}", hold)
    page.goto(f"/{name}")
    expect(page.locator("#main .empty-line[role=status]")).to_be_visible()
    # A question to the page, for requests are told to whoever waits for one.
    until(lambda: page.title() and held, 10, "the page asking for what it shows")
    held[0].abort("internetdisconnected")
    expect(page.locator("#main [role=alert]")).to_contain_text("The studio did not answer.")
    page.unroute(f"**/api/v1/{name}")
    page.locator('[data-act="again"]').click()
    expect(page.locator(shown).first).to_be_visible()
    expect(page.locator("#main [role=alert]")).to_have_count(0)


def test_a_proven_domain_is_removed_when_one_is_sure(admin_page: Page, studio: Studio) -> None:
    page, name = admin_page, f"proven{studio.port}.example"
    with studio.session() as session:
        session.add(TenantDomain(tenant_id=DEFAULT_TENANT, name=name, token="t", proven_at=clock.now()))
    page.goto("/site")
    row = page.locator(".site-domain").filter(has_text=name)
    row.get_by_role("button", name=f"Remove {name}").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    expect(row).to_be_visible()
    row.get_by_role("button", name=f"Remove {name}").click()
    page.locator('[data-act="domain-now"]').click()
    expect(row).to_have_count(0)


def test_a_key_is_made_once_however_often_it_is_asked_for(admin_page: Page, api: httpx.Client) -> None:
    page, held, name = admin_page, list[Route](), f"Once {new_id()}"
    page.goto("/keys")
    page.get_by_label("What is it for?").fill(name)
    page.route(
        "**/api/v1/keys", lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    for _ in range(3):
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Make the key")).to_have_attribute("aria-busy", "true")
    until(lambda: page.title() and held, what="the page asking for a key")
    for route in held:
        route.continue_()
    expect(page.locator('[data-said="secret"]')).to_be_visible()
    assert [item["name"] for item in api.get("/api/v1/keys").json()["items"]].count(name) == 1
