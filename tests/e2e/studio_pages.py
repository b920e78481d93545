"""Page objects of the editor's panels, the designer's editor and the job table."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages import WHOLE, Editor
from tests.e2e.worlds import EN, World

PIXELS = """
() => {
  const shown = [...document.querySelectorAll(".stage-canvas")].filter((one) => one.style.visibility === "visible");
  return shown.map((one) => one.toDataURL()).join();
}
"""
CHANGED = f"(before) => {WHOLE} && ({PIXELS.strip()})() !== before"


# Goes to another address of the site within the page, as one of its links would.
VISIT = "(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }"


class Studio(Editor):
    """The editor with its panels, in the language of its world."""

    def __init__(self, page: Page, world: World = EN) -> None:
        super().__init__(page)
        self.world = world

    def say(self, key: str, **values: object) -> str:
        """What the page says for a key of the catalogues."""
        return self.world.say(key, **values)

    def open(self, project: str) -> "Studio":
        """Opens a project by its id, within the page where that shows another one and nothing lies over it."""
        shown = re.search(r"/studio/([0-9a-f]{32})", self.page.url)
        if shown and shown[1] != project and not self.page.get_by_role("dialog").count():
            self.page.evaluate(VISIT, f"/studio/{project}")
        else:
            self.page.goto(f"/studio/{project}")
        expect(self.page.locator(f'.studio[data-project="{project}"]')).to_be_visible()
        if self.page.locator('.studio[data-panel="scenes"]').count() == 0:
            self.panel("scenes")
            self.page.evaluate("() => document.activeElement?.blur()")  # keys belong to the film, as in a new page
        self.opened()
        expect(self.page.locator(".stage-canvas[data-loaded]").first).to_be_attached()
        return self

    def pixels(self) -> str:
        """What is drawn on the stage, without what lies over it."""
        self.page.wait_for_function(f"() => {WHOLE}")
        return str(self.page.evaluate(PIXELS))

    def redrawn(self, before: str) -> str:
        """Waits until something else is drawn; returns it."""
        self.page.wait_for_function(CHANGED, arg=before)
        return self.pixels()

    def drawn_as(self, wanted: str) -> None:
        """Waits until exactly that is drawn."""
        self.page.wait_for_function(f"(wanted) => ({PIXELS.strip()})() === wanted", arg=wanted)

    def text(self, key: str) -> Locator:
        """The text field of an element."""
        return self.field(key).locator("textarea")

    def panel(self, name: str) -> None:
        """Opens a panel: scenes, media, colors, audio, or on a phone order."""
        self.page.locator(f'.studio-rail [data-panel="{name}"]').click()

    @property
    def scenes(self) -> Locator:
        """The rows of the scene list."""
        return self.page.locator(".studio > .studio-panel .scene-row")

    def scene_menu(self, number: int, act: str) -> None:
        """Does an act of a scene's menu (duplicate, remove, ...); the first scene is 1."""
        row = self.scenes.nth(number - 1)
        row.hover()
        row.get_by_role("button", name=self.say("studio.scene_more")).click()
        self.page.get_by_role("menuitem", name=self.say(f"studio.{act}")).click()

    def state(self, kind: str) -> None:
        """Waits for the save state: saved, saving or offline."""
        expect(self.page.locator("[data-save]")).to_have_attribute("data-save", kind)


class Review:
    """The page at /designer/<template>."""

    def __init__(self, page: Page, template: str = "") -> None:
        self.page = page
        if template:
            page.goto(f"/designer/{template}")
            expect(page.locator(".review")).to_be_visible()

    def tab(self, name: str) -> None:
        """Opens a part of the template."""
        self.page.get_by_role("tab", name=name, exact=True).click()

    def element(self, key: str) -> Locator:
        """The rows of an element."""
        return self.page.locator(f'tbody[data-element="{key}"]')

    def details(self, key: str) -> Locator:
        """The element's details, opened."""
        rows = self.element(key)
        button = rows.locator(".element-name")
        if button.get_attribute("aria-expanded") == "false":
            button.click()
        return rows.locator(".element-details")

    def fill(self, within: Locator, label: str, text: str) -> None:
        """Fills a field, leaves it, and waits until the change is saved."""
        with self.page.expect_response(lambda answer: answer.request.method in ("PATCH", "POST")):
            field = within.get_by_label(label, exact=True)
            field.fill(text)
            field.blur()

    def customer(self) -> Locator:
        """The customer's view, opened."""
        self.page.get_by_role("tab", name="Customer's view").click()
        return self.page.get_by_role("region", name="What customers see")

    def scan_newer(self, file: Path) -> None:
        """Chooses a newer file to scan."""
        self.page.get_by_label("Scan a newer file").set_input_files(file)
        expect(self.page.locator('[data-act="merge"]')).to_be_visible()


class JobTable:
    """The page at /jobs."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.goto("/jobs")
        expect(page.locator("[data-live]")).to_have_attribute("data-live", "open")

    def row(self, job: str) -> Locator:
        """A job's row."""
        return self.page.locator(f'.ag-row[row-id="{job}"]')

    def titles(self) -> list[str]:
        """The titles in the order in which they stand."""
        read = "rows => rows.map(row => [row.getAttribute('row-index'), row.querySelector('.job-title b').innerText])"
        found = self.page.locator(".ag-row[row-id]").evaluate_all(read)  # in one moment
        return [title for _, title in sorted((int(index), title) for index, title in found)]

    def search(self, words: str) -> None:
        """Filters by words."""
        self.page.get_by_role("searchbox", name="Project, user or job id").fill(words)

    def filter(self, state: str) -> None:
        """Presses the chip of a state."""
        self.page.get_by_role("group", name="State").get_by_role("button", name=state, exact=True).click()

    def select(self, *jobs: str) -> None:
        """Ticks rows."""
        for job in jobs:
            self.row(job).get_by_role("checkbox").check()

    def bulk(self, act: str) -> None:
        """Does something to all that are ticked."""
        self.page.locator(f'[data-bulk="{act}"]').click()

    def sort(self, column: str) -> None:
        """Presses a column's head."""
        self.page.get_by_role("columnheader", name=re.compile(column)).click()
