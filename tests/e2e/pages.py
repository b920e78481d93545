"""Page objects: what a person does on a page, in the words that stand there."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.deadline import until

RENDERS_WITHIN = 180_000
# While somebody types, the changing layer is drawn between pictures of the others, which may be a step off in 255.
WHOLE = "!document.querySelector('.stage-canvas[data-parts]')"


def drop(page: Page, place: tuple[float, float], *files: Path, control: bool = False) -> None:
    """Files from the desktop onto a place of the page, as the browser itself takes them; `control`: the key is held."""
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    browser = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        event = {"type": kind, "x": place[0], "y": place[1], "data": data, "modifiers": 2 if control else 0}
        browser.send("Input.dispatchDragEvent", event)
    browser.detach()


LIFTS = """
() => {
  window.lifted = undefined;
  const note = ({ dataTransfer: lifted }) => {
    window.lifted = Object.fromEntries(lifted.types.map((type) => [type, lifted.getData(type)]));
  };
  addEventListener("dragstart", note, { once: true });
}
"""


def dragged(page: Page, drag: Callable[[], None]) -> dict[str, str]:
    """Drags until a drag has begun, which on a busy machine a press may not be taken for; what was lifted, by types."""
    page.evaluate(LIFTS)

    def begun() -> dict[str, str]:
        drag()
        lifted: dict[str, str] = page.evaluate("() => window.lifted ?? {}")
        return lifted

    return until(begun, 30, "a drag that has begun")


def fits(page: Page) -> None:
    """Waits until nothing is wider than the window: what makes room may come later, a font for one."""
    size = page.viewport_size
    assert size is not None
    page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=size["width"])


def one_sentence(says: Locator, wanted: str = r"\S") -> None:
    """Waits until it says something of this pattern, on one line."""
    expect(says).to_have_text(re.compile(rf"^.*({wanted}).*$"), use_inner_text=True)


class SignIn:
    """The page at /sign-in."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def enter(self, email: str, password: str) -> None:
        """Signs in as a person does, and waits until another page has come."""
        self.page.goto("/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page).not_to_have_url(re.compile("/sign-in"))


class Gallery:
    """The page at /."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self) -> "Gallery":
        """Goes there from wherever the shell is."""
        self.page.get_by_role("navigation", name="Main").first.get_by_role("link", name="Templates", exact=True).click()
        expect(self.page).to_have_url(re.compile(r"^[^/]+//[^/]+/$"))
        expect(self.page.locator(".gallery")).to_be_visible()  # the first page has cards too, of projects
        return self

    def card(self, name: str | re.Pattern[str]) -> Locator:
        """The card of a template."""
        return self.page.locator("article.card").filter(has=self.page.get_by_role("heading", name=name))

    def use(self, name: str | re.Pattern[str]) -> "Editor":
        """Opens a template's page from its card and makes a project of it; the editor opens."""
        card = self.card(name).first
        expect(card).to_be_visible()
        card.get_by_role("link").first.click(position={"x": 24, "y": 24})
        return self.use_this()

    def use_this(self) -> "Editor":
        """Makes a project of the template whose page is open; the editor opens."""
        expect(self.page).to_have_url(re.compile("/templates/"))
        self.page.get_by_role("button", name="Use template").first.click()
        return Editor(self.page).opened()


class Designer:
    """The pages at /designer: upload, review, publish."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def upload(self, file: Path) -> "Designer":
        """Uploads a project; its review opens."""
        self.page.goto("/designer")
        self.page.get_by_role("region", name="Upload a template").locator('input[type="file"]').set_input_files(file)
        expect(self.page).to_have_url(re.compile(r"/designer/[0-9a-f]{32}"), timeout=60_000)
        expect(self.page.locator(".review-top .pill[data-state]")).to_have_attribute("data-state", "draft")
        return self

    def publish(self) -> None:
        """Publishes the template under review, with what the dialog suggests."""
        self.page.locator('[data-act="publish"]').click()
        self.page.get_by_role("dialog").get_by_role("button", name="Publish").click()
        expect(self.page.locator(".review-top .pill[data-state]")).to_have_attribute("data-state", "published")

    def use(self) -> "Editor":
        """Follows the published template to the gallery and makes a project of it; the editor opens."""
        self.page.locator('[data-act="in-gallery"]').click()
        return Gallery(self.page).use_this()


class Editor:
    """The page at /studio/<project>."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def project_id(self) -> str:
        """The project's id, out of the address."""
        return self.page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]

    def opened(self) -> "Editor":
        """Waits until the project is there and its picture is drawn."""
        expect(self.page).to_have_url(re.compile(r"/studio/[0-9a-f]{32}"))
        expect(self.stage).to_be_visible()
        expect(self.page.locator(".stage-busy")).to_have_count(0)
        return self

    @property
    def stage(self) -> Locator:
        """The picture of the film."""
        return self.page.locator(".stage-frame")

    def picture(self) -> bytes:
        """The stage as PNG."""
        self.page.wait_for_function(f"() => {WHOLE}")
        return self.stage.screenshot()

    def choose_scene(self, number: int) -> None:
        """Selects a scene, the first is 1."""
        self.page.get_by_role("list", name="Scenes").get_by_role("listitem").nth(number - 1).click()

    def text_fields(self) -> Locator:
        """The text fields of the selected scene."""
        return self.page.locator("[data-element] textarea")

    def field(self, key: str) -> Locator:
        """The field of an element."""
        return self.page.locator(f'[data-element="{key}"]')

    def type(self, field: Locator, text: str) -> None:
        """Replaces the text of a field."""
        field.fill(text)
        field.blur()

    def choose_image(self, field: Locator, file: Path) -> None:
        """Uploads a picture into an image's field, and waits until it stands there in place of the template's own."""
        file_input = field.locator('input[type="file"]')
        file_input.set_input_files(file)
        expect(field.locator(".studio-picture img:not(.own)")).to_be_visible()
        expect(file_input).to_be_enabled()

    def choose_color(self, name: str | re.Pattern[str], color: str) -> None:
        """Sets a shared colour (`#rrggbb`)."""
        self.page.get_by_role("button", name="Colours").click()
        self.page.get_by_label(name).first.fill(color)

    def changed_from(self, before: bytes) -> bytes:
        """Waits until the picture is another one; returns it."""
        now = before
        for _ in range(100):
            now = self.picture()
            if now != before:
                return now
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
        raise AssertionError("the preview did not change")

    def saved(self) -> None:
        """Waits until the page says that everything is saved."""
        expect(self.page.locator("[data-save]")).to_have_attribute("data-save", "saved")

    def render(self) -> "Render":
        """Presses Render; the dialog with the progress opens."""
        self.page.locator('[data-act="render"]').click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        return Render(self.page, dialog)


class Render:
    """The dialog that follows a render."""

    def __init__(self, page: Page, dialog: Locator) -> None:
        self.page, self.dialog = page, dialog

    @property
    def job_id(self) -> str:
        """The job's id, once the farm has taken it."""
        expect(self.dialog).to_have_attribute("data-job", re.compile(r"^[0-9a-f]{32}$"))
        return str(self.dialog.get_attribute("data-job"))

    def watch(self) -> list[int]:
        """Follows the progress to the end; the percentages that were shown."""
        seen: list[int] = []
        self.page.evaluate(WATCH_PROGRESS)
        expect(self.dialog.locator('[data-act="download"], .pill.danger')).to_be_visible(timeout=RENDERS_WITHIN)
        shown: list[Any] = self.page.evaluate("() => window.shownProgress")
        seen += [int(value) for value in shown]
        return seen

    def download(self, folder: Path) -> Path:
        """Downloads the film through the page."""
        with self.page.expect_download() as started:
            self.dialog.locator('[data-act="download"]').click()
        film = folder / started.value.suggested_filename
        started.value.save_as(film)
        return film


# Every value that the page shows, as it shows it: asking now and then would miss some.
WATCH_PROGRESS = """
() => {
  window.shownProgress = [];
  const note = () => {
    const shown = document.querySelector("[data-progress]");
    if (shown) {
      const value = Number(shown.dataset.progress);
      if (value !== window.shownProgress.at(-1)) window.shownProgress.push(value);
    }
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
  note();
}
"""
