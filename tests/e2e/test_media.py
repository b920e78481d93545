"""Files in the browser: uploads that are cut and go on, folders, search, undo, cleanup, the recorder, the desktop."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from flatrender.ui.catalogues import say
from tests.deadline import until
from tests.e2e.catalogue import bundle, project_of, published
from tests.e2e.conftest import NewPage, knows_the_studio
from tests.e2e.pages import dragged, drop, fits
from tests.e2e.running import Studio as Running
from tests.e2e.studio_pages import Studio
from tests.media.files import picture, tone
from tests.media.films import Films

TWO_SECONDS = re.compile(r"^0:0[2-9]$")  # or more: of each second it is looked at once, at most


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    return Films(tmp_path_factory.mktemp("films"))


@pytest.fixture
def me(studio: Running) -> Iterator[httpx.Client]:
    """Somebody with no files: the first admin's are shared by all browser tests."""
    with closing(studio.person()) as client:
        yield client


def _sign_in(context: BrowserContext, me: httpx.Client) -> None:
    """Takes the session over into a browser."""
    context.add_cookies([{"name": name, "value": value, "url": str(me.base_url)} for name, value in me.cookies.items()])


@pytest.fixture
def page(new_page: NewPage, me: httpx.Client) -> Page:
    """A page on which they are signed in."""
    page = new_page()
    _sign_in(page.context, me)
    return page


def _middle(page: Page, target: str) -> tuple[float, float]:
    box = page.locator(target).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


class Files:
    """The page at /media."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.goto("/media")
        expect(page.locator(".media-side")).to_be_visible()

    def choose(self, *files: Path) -> None:
        """Uploads through the button."""
        self.page.locator(".media-tools").get_by_label("Upload", exact=True).set_input_files(files)

    def tile(self, name: str):
        return self.page.locator(".media-tile").filter(has_text=name)

    def ready(self, name: str) -> None:
        expect(self.tile(name)).to_have_attribute("data-state", "ready", timeout=60_000)

    def menu(self, name: str, act: str) -> None:
        self.page.get_by_role("button", name=f"More about {name}").click()
        self.page.get_by_role("menuitem", name=act).click()

    def names(self) -> list[str]:
        return [name.strip() for name in self.page.locator(".media-tile .media-name bdi").all_inner_texts()]


def test_several_files_are_read_and_shown(page: Page, me: httpx.Client, films: Films, tmp_path: Path) -> None:
    files = Files(page)
    expect(page.locator(".media-empty")).to_contain_text("Films, pictures and sounds that you upload stand here.")
    files.choose(films.plain, tone(tmp_path / "hum.wav", 2), picture(tmp_path / "dune.png"))
    for name in ("plain.mp4", "hum.wav", "dune.png"):
        files.ready(name)
    expect(files.tile("plain.mp4").locator(".media-length")).to_have_text("0:04")
    expect(files.tile("plain.mp4").locator("img")).to_have_js_property("complete", True)
    painted = (
        "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((x) => x > 0)"
    )
    until(lambda: bool(files.tile("hum.wav").locator("canvas").evaluate(painted)))
    page.get_by_role("group", name="Kind").get_by_role("button", name="Audio").click()
    expect(files.tile("plain.mp4")).to_have_count(0)
    assert files.names() == ["hum.wav"]
    page.get_by_role("group", name="Kind").get_by_role("button", name="All").click()
    page.get_by_role("searchbox", name="Search by name").fill("dun")
    expect(files.tile("hum.wav")).to_have_count(0)
    expect(files.tile("dune.png")).to_be_visible()


def test_what_is_no_film_says_so_on_its_tile(page: Page, me: httpx.Client, tmp_path: Path) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_bytes(b"This is a letter. " * 100)
    files = Files(page)
    files.choose(letter)
    expect(files.tile("letter.mp4")).to_have_attribute("data-state", "failed", timeout=60_000)
    expect(files.tile("letter.mp4")).to_contain_text("letter.mp4 is no film, sound or picture that can be read.")
    page.context.add_cookies([{"name": "fr_language", "value": "fa", "url": str(me.base_url)}])
    page.goto("/media")
    expect(files.tile("letter.mp4")).to_contain_text(say("fa", "told.no_media", file="").strip())


def test_an_upload_goes_on_after_a_cut_and_a_reload(page: Page, me: httpx.Client, tmp_path: Path) -> None:
    big = tmp_path / "big.wav"
    big.write_bytes(tone(tmp_path / "short.wav", 1).read_bytes() + bytes(20_000_000))
    patches: list[str] = []
    cut = {"on": True}

    def piece(route: Route) -> None:
        at = route.request.headers["upload-offset"]
        patches.append(at)
        if cut["on"] and at != "0":
            route.fulfill(status=503)
        else:
            route.continue_()

    page.context.route("**/api/v1/media/uploads/*", lambda route: (
        piece(route) if route.request.method == "PATCH" else route.continue_()
    ))  # fmt: skip
    files = Files(page)
    files.choose(big)
    expect(page.locator(".media-upload")).to_have_attribute("data-upload", "offline", timeout=60_000)
    expect(page.locator(".media-upload")).to_contain_text("No connection; goes on by itself")
    [waiting] = me.get("/api/v1/media/uploads").json()["items"]
    assert 0 < waiting["offset"] < waiting["size"]
    page.reload()
    cut["on"] = False
    before = len(patches)
    expect(page.locator(".media-upload, .media-tile").first).to_be_visible()
    files.ready("big.wav")
    assert "0" not in patches[before:], "it went on where it was cut"
    [item] = me.get("/api/v1/media").json()["items"]
    assert me.get(item["url"]).content == big.read_bytes()


def test_an_upload_is_cancelled_and_leaves_nothing(page: Page, me: httpx.Client, tmp_path: Path) -> None:
    big = tmp_path / "big.wav"
    big.write_bytes(bytes(20_000_000))
    page.context.route("**/api/v1/media/uploads/*", lambda route: (
        route.fulfill(status=503) if route.request.headers.get("upload-offset", "0") != "0" else route.continue_()
    ))  # fmt: skip
    Files(page).choose(big)
    expect(page.locator(".media-upload")).to_have_attribute("data-upload", "offline", timeout=60_000)
    page.get_by_role("button", name="Cancel the upload of big.wav").click()
    expect(page.locator(".media-upload")).to_have_count(0)
    until(lambda: me.get("/api/v1/media/uploads").json()["items"] == [])
    page.reload()
    expect(page.locator(".media-empty")).to_be_visible()


def test_folders_hold_files_and_a_deletion_is_undone(page: Page, me: httpx.Client, tmp_path: Path) -> None:
    me.post("/api/v1/media", files={"file": ("dune.png", picture(tmp_path / "dune.png").read_bytes())})
    files = Files(page)
    files.ready("dune.png")
    page.locator('[data-act="new-folder"]').click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Desert")
    page.get_by_role("button", name="Create").click()
    folder = page.locator(".media-folder").filter(has_text="Desert")
    expect(folder).to_be_visible()
    dragged(page, lambda: files.tile("dune.png").drag_to(folder))
    expect(folder).to_contain_text("1")
    folder.get_by_role("button").first.click()
    expect(files.tile("dune.png")).to_be_visible()
    files.menu("dune.png", "Delete")
    expect(files.tile("dune.png")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(files.tile("dune.png")).to_be_visible()
    files.menu("dune.png", "Rename")
    page.get_by_role("textbox", name="Name", exact=True).fill("Lut.png")
    page.keyboard.press("Enter")
    expect(files.tile("Lut.png")).to_be_visible()
    assert me.get("/api/v1/media").json()["items"][0]["folder_id"]
    folder.hover()
    folder.get_by_role("button", name="Delete Desert").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the files too").click()
    expect(folder).to_have_count(0)
    expect(files.tile("Lut.png")).to_have_count(0)
    with page.expect_request("**/api/v1/media/restore") as asked:
        page.get_by_role("button", name="Undo").last.click()
    expect(files.tile("Lut.png")).to_be_visible()
    assert len(asked.value.post_data_json["ids"]) == 1
    assert me.get("/api/v1/media").json()["items"][0]["folder_id"] is None


def test_a_refused_name_is_asked_for_again_and_a_folder_moves(page: Page, me: httpx.Client) -> None:
    Files(page)
    for name in ("Trip", "Day 1"):
        assert me.post("/api/v1/media/folders", json={"name": name}).status_code == 201
    page.reload()
    field = page.get_by_role("textbox", name="Name", exact=True)
    page.locator('[data-act="new-folder"]').click()
    field.fill("Trip")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is a folder “Trip” already.")).to_be_visible()
    field.fill("سفرهای\u200cما")
    page.keyboard.press("Enter")
    expect(page.locator(".media-folder").filter(has_text="سفرهای\u200cما")).to_be_visible()
    expect(field).to_have_count(0)
    folder = page.locator(".media-folder").filter(has_text="Day 1")
    folder.hover()
    folder.get_by_role("button", name="Rename or move Day 1").click()
    lies_in = page.get_by_label("Lies in")
    expect(lies_in.locator("option")).to_have_text(["No folder", "Trip", "سفرهای\u200cما"])  # not in itself
    lies_in.select_option("Trip")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(folder).to_have_css("--depth", "1")
    folders = {one["name"]: one for one in me.get("/api/v1/media/folders").json()["items"]}
    assert folders["Day 1"]["parent_id"] == folders["Trip"]["id"]


def test_cleanup_shows_what_goes_before_it_is_set(page: Page, me: httpx.Client, tmp_path: Path) -> None:
    me.post("/api/v1/media", files={"file": ("dune.png", picture(tmp_path / "dune.png").read_bytes())})
    files = Files(page)
    files.ready("dune.png")
    page.locator('[data-act="cleanup"]').click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nothing will be deleted.")
    dialog.get_by_role("combobox").select_option("30")
    expect(dialog).to_contain_text("In the next 30 days: 1 file")
    expect(dialog.locator(".media-plan")).to_contain_text("dune.png")
    assert me.get("/api/v1/media/cleanup").json()["days"] is None
    dialog.get_by_role("button", name="Keep for good").click()
    expect(dialog.locator(".media-plan li")).to_have_count(0)
    dialog.locator('[data-act="save-cleanup"]').click()
    expect(dialog).to_have_count(0)
    assert me.get("/api/v1/media/cleanup").json()["days"] == 30


def test_the_page_is_persian_and_fits_a_phone(new_page: NewPage, me: httpx.Client, tmp_path: Path) -> None:
    me.post("/api/v1/media", files={"file": ("dune.png", picture(tmp_path / "dune.png").read_bytes())})
    page = new_page(width=390, height=844)
    _sign_in(page.context, me)
    page.context.add_cookies([{"name": "fr_language", "value": "fa", "url": str(me.base_url)}])
    Files(page)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("heading", name="رسانه‌ها")).to_be_visible()
    expect(page.locator(".media-tile")).to_be_visible()
    fits(page)


# The studio's panel.


@pytest.fixture(scope="module")
def template(studio: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    with closing(studio.client()) as api:
        return published(api, bundle("promo", tmp_path_factory.mktemp("promo"), called="Two scenes"))


@pytest.fixture
def project(me: httpx.Client, template: str, request: pytest.FixtureRequest) -> str:
    return project_of(me, template, request.node.name)


def test_a_file_dropped_on_the_editor_comes_in_and_can_be_inserted(
    page: Page, me: httpx.Client, project: str, films: Films
) -> None:
    editor = Studio(page).open(project)
    drop(page, _middle(page, ".studio-top"), films.plain, films.voice)
    editor.panel("media")
    tile = page.locator(".media-tile").filter(has_text="plain.mp4")
    expect(tile).to_have_attribute("data-state", "ready", timeout=60_000)
    lifts = dragged(page, lambda: tile.drag_to(page.locator(".studio-stage")))
    lifted = json.loads(lifts["application/x-flatrender-media"])
    assert (lifted["kind"], lifted["name"]) == ("video", "plain.mp4")
    document = me.get(f"/api/v1/projects/{project}").json()["document"]
    assert lifted["duration_frames"] == round(4 * document["rate"][0] / document["rate"][1])


@pytest.fixture
def listening(browser: Browser, studio: Running, me: httpx.Client) -> Iterator[Page]:
    """A page with a microphone that hums, in a browser of its own."""
    flags = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    other = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=flags)
    context = other.new_context(base_url=studio.url, viewport={"width": 1440, "height": 900})
    _sign_in(context, me)
    knows_the_studio(context, studio)
    yield context.new_page()
    other.close()


def test_a_voice_is_recorded_heard_and_put_onto_a_track(listening: Page, me: httpx.Client, project: str) -> None:
    editor = Studio(listening).open(project)
    editor.panel("media")
    listening.locator('[data-act="open-recorder"]').click()
    recorder = listening.locator("[data-recorder]")
    expect(recorder).to_have_attribute("data-recorder", "ready")
    meter = listening.get_by_role("meter", name="Level")
    until(lambda: float(meter.get_attribute("aria-valuenow") or 0) > 10)
    listening.locator('[data-act="record"]').click()
    expect(recorder).to_have_attribute("data-recorder", "counting")
    expect(recorder).to_have_attribute("data-recorder", "recording", timeout=10_000)
    expect(recorder.locator(".media-count")).to_have_text(TWO_SECONDS, timeout=20_000)
    listening.locator('[data-act="stop"]').click()
    expect(recorder).to_have_attribute("data-recorder", "taken")
    listening.locator('[data-act="retake"]').click()
    expect(recorder).to_have_attribute("data-recorder", "recording", timeout=10_000)
    expect(recorder.locator(".media-count")).to_have_text(TWO_SECONDS, timeout=20_000)
    for _ in range(2):  # a key pressed by mistake ends the take, and loses none
        listening.keyboard.press("Escape")
        expect(recorder).to_have_attribute("data-recorder", "taken")
    listening.locator('[data-act="insert-take"]').click()
    tile = listening.locator(".media-tile").filter(has_text=re.compile(r"Voice .*\.webm"))
    expect(tile).to_have_attribute("data-state", "ready", timeout=60_000)
    [item] = me.get("/api/v1/media", params={"use": "voice"}).json()["items"]
    assert item["duration"] > 1.5
    assert item["peaks"]
    clip = listening.locator('.tl-row[data-kind="voice"] .tl-clip')
    expect(clip).to_have_attribute("aria-selected", "true")
    expect(clip.locator(".tl-picture.wave")).to_have_css("background-image", re.compile("^url"))
    editor.saved()
    document = me.get(f"/api/v1/projects/{project}").json()["document"]
    [voice] = [track for track in document["tracks"] if track["kind"] == "voice"]
    [take] = [part for part in voice["items"] if part["type"] == "clip"]
    assert take["media"] == item["id"]
    assert take["duration"] == pytest.approx(item["duration"] * document["rate"][0] / document["rate"][1], abs=1)


def test_an_administrator_sets_how_much_somebody_may_keep(
    admin_page: Page, me: httpx.Client, api: httpx.Client
) -> None:
    page = admin_page
    Files(page)
    page.locator('[data-act="quotas"]').click()
    someone = str(me.get("/api/v1/auth/me").json()["id"])
    row = page.locator(f'.media-quota-row[data-user="{someone}"]')
    field = row.get_by_role("textbox")
    field.fill("lots")
    page.keyboard.press("Enter")
    expect(row.get_by_role("alert")).to_contain_text("Give a number of gigabytes")
    field.fill("1.5")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("of 1.5 GB used")
    expect(row.get_by_role("alert")).to_have_count(0)
    assert me.get("/api/v1/media/quota").json()["limit"] == 1_500_000_000
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.locator('[data-part="full"]')).to_have_count(0)
    boss = str(api.get("/api/v1/auth/me").json()["id"])
    api.put("/api/v1/media/quota", json={"user_id": boss, "limit": 0})
    page.reload()
    expect(page.locator('[data-part="full"]')).to_contain_text("no room for more files")
    api.put("/api/v1/media/quota", json={"user_id": boss, "limit": None})


def test_a_refused_microphone_says_what_to_do(page: Page, me: httpx.Client) -> None:
    Files(page)
    page.locator('[data-act="open-recorder"]').click()
    expect(page.get_by_role("alert")).to_contain_text(
        re.compile("Allow it in the site settings|Connect one, then try again")
    )
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
