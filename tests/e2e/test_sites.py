"""Branded sites side by side: opened with the wizard, looked at, set up by their own administrators, suspended."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from flatrender.tenants import brand, usage
from flatrender.tenants.typefaces import SCRIPTS
from tests.e2e.catalogue import bundle, published
from tests.e2e.pages import fits
from tests.e2e.running import Studio
from tests.e2e.watching import Watch
from tests.fonts import square_font

Json = dict[str, Any]
LETTERS = "".join({letter: "" for script in SCRIPTS.values() for letter in script.letters})


@contextmanager
def visitor(
    browser: Browser, address: str, *, width: int = 1440, program: httpx.Client | None = None
) -> Iterator[Page]:
    """A page on another site, in a context of its own; nothing is asked of any other origin. `program`: whose session
    it has."""
    context = browser.new_context(base_url=address, viewport={"width": width, "height": 900})
    context.set_default_timeout(15_000)
    watch = Watch(context, address)
    if program:
        context.add_cookies([{"name": "fr_session", "value": program.cookies["fr_session"], "url": address}])
    yield context.new_page()
    context.close()
    watch.check()


def picture(size: tuple[int, int]) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, "PNG")
    return written.getvalue()


def is_solid(page: Page, color: str) -> None:
    """Waits until the page has a site's colour."""
    read = "getComputedStyle(document.documentElement).getPropertyValue('--tenant-solid').trim()"
    page.wait_for_function(f"(color) => {read} === color", arg=color)


# Whether the page is set in a font of this name, which has been loaded.
SET_IN = """(family) => {
    const bare = (name) => name.trim().replaceAll('"', "");
    const named = getComputedStyle(document.body).fontFamily.split(",").map(bare).includes(family);
    return named && [...document.fonts].some((face) => bare(face.family) === family && face.status === "loaded");
}"""


def close(api: httpx.Client, *slugs: str) -> None:
    """Suspends what an earlier run with the same data left, so that names are free to look at."""
    for site in api.get("/api/v1/sites").json()["items"]:
        if site["slug"] in slugs:
            api.post(f"/api/v1/sites/{site['id']}/suspend")


def open_site(api: httpx.Client, **wish: str) -> tuple[Json, Json, httpx.Client]:
    """A site, its administrator's account, and a client that acts as they do."""
    made = api.post("/api/v1/sites", json={**wish, "admin_email": f"boss@{wish['slug']}.example"}).json()
    program = httpx.Client(base_url=api.base_url, headers={"X-App": wish["slug"]}, timeout=60)
    assert program.post("/api/v1/auth/sign-in", json=made["admin"]).status_code == 200
    return made["site"], made["admin"], program


def test_the_wizard_ends_with_the_branded_site(
    admin_page: Page, browser: Browser, studio: Studio, api: httpx.Client
) -> None:
    page, slug = admin_page, f"north-{studio.port}"
    page.goto("/sites")
    page.locator('[data-act="new-site"]').click()
    page.get_by_label("Name", exact=True).fill("North Films")
    for odd, said in (("www", "kept for the house"), ("Bad Name!", "letters, digits and hyphens")):
        page.get_by_label("Short name").fill(odd)
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    page.get_by_label("Short name").fill(slug)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Colour", exact=True).last.fill("#0E7C86")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Headline").fill("Films about the north")
    page.get_by_label("Words on the button").fill("Begin")
    expect(page.get_by_role("img", name="The first page in small")).to_contain_text("Films about the north")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Owner’s e-mail").fill("sara@north.example")
    page.get_by_role("button", name="Open the site").click()
    link = page.locator('[data-act="visit"]')
    expect(link).to_have_attribute("href", f"http://{slug}.localhost:{studio.port}")
    expect(page.get_by_role("img", name="The first page in small")).to_contain_text("Films about the north")
    expect(page.locator('[data-said="password"]')).to_have_text(re.compile(r"\S"))
    password = page.locator('[data-said="password"]').inner_text()
    expect(page.locator('.site-made > .row [data-act="copy"], .site-made > dl [data-act="copy"]')).to_have_count(3)
    page.get_by_label("Domain", exact=True).fill(f"films.{slug}.example")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text(f"_site-proof.films.{slug}.example")).to_be_visible()
    for told in (f"https://films.{slug}.example", f"http://{slug}.localhost:{studio.port}"):
        expect(page.locator('[data-said="https"]')).to_contain_text(told)
    shared = page.locator('[data-shared="Hear the room"]').get_by_role("switch")
    shared.click()
    expect(shared).to_have_attribute("aria-checked", "true")

    with visitor(browser, f"http://{slug}.localhost:{studio.port}") as north:
        north.goto("/")
        expect(north.get_by_role("heading", name="Films about the north")).to_be_visible()
        north.get_by_role("link", name="Begin").click()
        expect(north).to_have_title("Create an account · North Films")
        north.goto("/sign-in")
        expect(north).to_have_title("Sign in · North Films")
        is_solid(north, "#0E7C86")
        assert "FlatRender" not in north.locator("body").inner_text()
        north.get_by_label("E-mail").fill("sara@north.example")
        north.get_by_role("textbox", name="Password").fill(password)
        north.get_by_role("button", name="Sign in").click()
        expect(north.get_by_role("button", name="Account menu")).to_be_visible()
        north.goto("/")
        expect(north.get_by_text("Hear the room", exact=True)).to_be_visible()
        north.goto("/site")
        expect(north.locator('[data-shared="Hear the room"]').get_by_role("switch")).to_be_checked()
        north.get_by_label("Fill", exact=True).last.fill("#zzz")
        north.get_by_label("Name", exact=True).focus()
        expect(north.get_by_role("alert").filter(has_text="#RRGGBB")).to_be_visible()
        inks = [north.locator(f'input[name="{each}"]') for each in ("on_solid", "text_dark", "text_light")]
        for fill in ("#FFF200", "#0E7C86"):
            north.get_by_label("Fill", exact=True).last.fill(fill)
            made = brand.from_color(fill)
            for ink, value in zip(inks, (made.on_solid, made.text_dark, made.text_light), strict=True):
                expect(ink).to_have_value(value)
        mark = north.locator('img[src^="/tenant-icon"]').first
        before = mark.get_attribute("src")
        for size in ((600, 160), (64, 64)):
            with north.expect_file_chooser() as chosen:
                north.locator('[data-act="icon"]').click()
            chosen.value.set_files({"name": "i.png", "mimeType": "image/png", "buffer": picture(size)})
            if size == (600, 160):
                expect(north.get_by_role("alert").filter(has_text="to a square")).to_be_visible()
        expect(north.get_by_role("img", name="Icon", exact=True)).to_be_visible()
        expect(mark).not_to_have_attribute("src", str(before))
        north.get_by_label("On the fill").last.fill("#0E7C86")
        north.get_by_role("button", name="Save").click()
        expect(north.get_by_role("alert").filter(has_text="contrast")).to_be_visible()
        north.get_by_label("On the fill").last.fill("#FFFFFF")
        north.get_by_label("Name", exact=True).fill("North & Sons")
        north.get_by_label("Answers go to").fill("nobody")
        north.get_by_role("button", name="Save").click()
        expect(north.get_by_role("alert").filter(has_text="one e-mail address")).to_be_visible()
        north.get_by_label("Answers go to").fill("desk@north.example")
        with north.expect_file_chooser() as chosen:
            north.locator('[data-act="font-latin"]').click()
        chosen.value.set_files({"name": "n.ttf", "mimeType": "font/ttf", "buffer": square_font("Northern", LETTERS)})
        expect(north.locator('[data-font="latin"]')).to_contain_text("Northern")
        north.get_by_label("Imprint", exact=True).fill("# North & Sons\n\nHarbour 1")
        north.get_by_role("button", name="Save").click()
        expect(north.get_by_text("Saved.")).to_be_visible()
        north.goto("/")
        north.wait_for_function(SET_IN, arg="site-latin")
        north.get_by_role("link", name="Imprint").click()
        expect(north.get_by_role("heading", name="North & Sons")).to_be_visible()
        expect(north.get_by_text("Harbour 1")).to_be_visible()
        north.goto("/sites")
        expect(north).to_have_title("Sites · North & Sons")
        expect(north.get_by_text("Your account may not do this.")).to_be_visible()
    close(api, slug)


def test_two_sites_side_by_side_and_one_suspended(
    browser: Browser, studio: Studio, api: httpx.Client, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    slugs = f"shomal-{studio.port}", f"south-{studio.port}"
    shomal, boss, program = open_site(api, slug=slugs[0], name="استودیو شمال", language="fa", color="#7A1FA2")
    south, _, elsewhere = open_site(api, slug=slugs[1], name="South Pictures", language="en", color="#0E7C86")
    template = published(program, bundle("promo", tmp_path, called="Norooz"))
    first = {"headline": "فیلم‌های شمال", "text": "از باغ تا دریا", "action": "آغاز کنید"}
    own = {
        "languages": ["fa"],
        "terms_url": "https://shomal.example/terms",
        "landing": {"on": True, "texts": {"fa": first}, "templates": [template]},
        "legal": {"privacy": {"fa": "# حریم شما\n\nچیزی نمی‌فروشیم.\n- نه نامه\n- نه نشانی"}},
    }
    told = program.patch("/api/v1/sites/mine", json=own)
    assert told.status_code == 200, told.text
    font = square_font("Shomal", LETTERS)
    assert program.put("/api/v1/sites/mine/fonts/persian", content=font).status_code == 200
    with (
        visitor(browser, shomal["address"], width=390, program=program) as north,
        visitor(browser, south["address"]) as other,
    ):
        north.goto("/")
        other.goto("/")
        expect(north.locator("html")).to_have_attribute("dir", "rtl")
        expect(north.get_by_text("Norooz")).to_be_visible()
        expect(other.get_by_text("The first ones are on their way.")).to_be_visible()
        expect(other).to_have_title("Templates · South Pictures")
        is_solid(north, "#7A1FA2")
        is_solid(other, "#0E7C86")
        assert elsewhere.post("/api/v1/auth/sign-in", json=boss).status_code == 401, "an account of one site alone"

        north.context.clear_cookies()
        north.goto("/")
        expect(north.get_by_role("heading", name="فیلم‌های شمال")).to_be_visible()
        expect(north.locator(".landing-chosen").get_by_text("Norooz")).to_be_visible()
        expect(north.get_by_role("link", name="آغاز کنید")).to_have_attribute("href", "/sign-up")
        north.wait_for_function(SET_IN, arg="site-persian")
        assert "FlatRender" not in north.content()
        assert not other.evaluate(SET_IN, "site-persian"), "another site's font"
        north.get_by_role("link", name="حریم خصوصی").click()
        expect(north).to_have_title("حریم خصوصی · استودیو شمال")
        expect(north.get_by_role("heading", name="حریم شما")).to_be_visible()
        expect(north.locator(".legal-item")).to_have_count(2)
        fits(north)
        for path, title in (
            ("/sign-in", "ورود"),
            ("/forgot", "فراموشی گذرواژه"),
            ("/reset?token=x", "گذرواژهٔ تازه"),
            ("/verify?token=x", "تأیید نشانی"),
            ("/sent", "صندوق نامه را ببینید"),
        ):
            north.goto(path)
            expect(north).to_have_title(f"{title} · استودیو شمال")
            expect(north.get_by_role("link", name="شرایط استفاده")).to_be_visible()
            expect(north.get_by_role("button", name="English")).to_have_count(0)
            fits(north)
            assert "FlatRender" not in north.locator("body").inner_text()
        close(api, *slugs)
        answer = north.goto("/projects")
        assert answer is not None
        assert answer.status == 403
        expect(north.get_by_role("heading", name="فعلاً بسته است")).to_be_visible()


def test_limits_are_set_seen_and_reached(admin_page: Page, browser: Browser, studio: Studio, api: httpx.Client) -> None:
    slug = f"small-{studio.port}"
    site, _, program = open_site(api, slug=slug, name="Small Films")
    page = admin_page
    page.goto(f"/sites/{site['id']}")
    form = page.get_by_role("region", name="Limits")
    form.get_by_label("Films a month at most").fill("many")
    form.get_by_role("button", name="Set the limits").click()
    expect(form.get_by_role("alert")).to_have_text("Give a whole number; empty: no limit.")
    for label, wanted in (
        ("Films a month", "5"),
        ("Minutes of film", "1,000"),
        ("Calls a month", "1"),
        ("Room", "2.5"),
    ):
        form.get_by_label(label).fill(wanted)
    form.get_by_role("button", name="Set the limits").click()
    expect(form.get_by_role("status")).to_have_text("The limits are set.")
    expect(page.locator('[data-limit="film_minutes"]')).to_contain_text("0 of 1,000")
    with studio.session() as session:
        usage.add(session, site["id"], films=4)
    page.reload()
    expect(page.locator('[data-limit="films"][data-state="warn"]')).to_contain_text("4 of 5 films are used.")
    expect(form.get_by_label("Room for files")).to_have_value("2.5")
    form.get_by_label("Room for files").fill("")
    form.get_by_label("Films a month").fill("4")
    form.get_by_role("button", name="Set the limits").click()
    expect(page.locator('[data-limit="films"][data-state="over"]')).to_contain_text("4 of 4 films: used up.")
    expect(page.get_by_text("0 B of 500 GB are used.")).to_be_visible()

    key = {"Authorization": f"Bearer {program.post('/api/v1/keys', json={'name': 'Batch'}).json()['secret']}"}
    with httpx.Client(base_url=studio.url, headers={"X-App": slug, **key}) as batch:
        assert [batch.get("/api/v1/auth/me").json().get("code") for _ in range(2)] == [None, "over-quota"]
    address = site["address"]
    with visitor(browser, address, width=390, program=program) as theirs:
        theirs.goto("/")
        note = theirs.locator(".over-quota")
        expect(note.locator("p")).to_have_text(re.compile("^This site has used up its films for this month."))
        note.get_by_role("button", name="Close the note").click()
        theirs.reload()
        expect(theirs.get_by_role("heading", name="No templates yet")).to_be_visible()
        expect(note).to_have_count(0)
        theirs.locator("button.bell").click()
        expect(theirs.locator(".bell-item").filter(has_text="films for this month are used up.")).to_be_visible()
        theirs.keyboard.press("Escape")
        for language, search, words, said in (
            ("en", "Search names, things and addresses", "Films a mon", "Films a month: 5 → 4"),
            ("fa", "جست‌وجو در نام‌ها، چیزها و نشانی‌ها", "فیلم در ماه", "فیلم در ماه: ۵ ← ۴"),
        ):
            theirs.context.add_cookies([{"name": "fr_language", "value": language, "url": address}])
            theirs.goto("/audit")
            theirs.get_by_role("searchbox", name=search).fill(words)
            expect(theirs.locator("[data-act-done]")).to_have_count(2)
            expect(theirs.locator('[data-act-done="quota.limits"]').first).to_contain_text(said)
            fits(theirs)
    close(api, slug)
