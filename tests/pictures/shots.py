"""Each page as it is pictured: where it is, and what is done on it before."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.pictures.shelf import Shelf

Prepare = Callable[[Page], None]


@dataclass(frozen=True)
class Shot:
    """A picture. `address` may name a thing of the shelf in braces; `wait` is there when the page is drawn."""

    name: str
    address: str
    wait: str
    prepare: Prepare | None = None
    signed_in: bool = True
    new_here: bool = False

    def at(self, shelf: Shelf) -> str:
        """The address on this shelf."""
        return self.address.format(project=shelf.project, template=shelf.template, job=shelf.job)


def _press(key: str, shown: str) -> Prepare:
    def prepare(page: Page) -> None:
        page.keyboard.press(key)
        expect(page.locator(shown)).to_be_visible()

    return prepare


def _click(selector: str, shown: str) -> Prepare:
    def prepare(page: Page) -> None:
        page.locator(selector).first.click()
        expect(page.locator(shown).first).to_be_visible()

    return prepare


def _drawn(page: Page) -> None:
    expect(page.locator(".stage-busy")).to_have_count(0)
    expect(page.locator("[data-save=saved]")).to_be_visible()


def _export(page: Page) -> None:
    _drawn(page)
    page.locator('[data-act="choose-export"]').click()
    expect(page.locator(".dialog")).to_be_visible()


def _find(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("he")
    expect(page.locator("[data-command^=template-]").first).to_be_visible()


def _publish(page: Page) -> None:
    expect(page.locator(".review-top .pill[data-state]")).to_have_attribute("data-state", re.compile("."))


SHOTS = (
    Shot("home", "/home", ".home-head"),
    Shot("gallery", "/", "article.card"),
    Shot("template", "/templates/{template}", ".player"),
    Shot("projects", "/projects", "article.card"),
    Shot("project-menu", "/projects", "article.card", _click(".card .ib", "[role=menu]")),
    Shot("studio", "/studio/{project}", ".stage-frame", _drawn),
    Shot("tour", "/studio/{project}", "[data-step=scenes]", _drawn, new_here=True),
    Shot("export", "/studio/{project}", ".stage-frame", _export),
    Shot("media", "/media", ".media-tile"),
    Shot("jobs", "/jobs", ".ag-row"),
    Shot("job", "/jobs/{job}", ".job-panel"),
    Shot("palette", "/projects", "article.card", _find),
    Shot("shortcuts", "/", "article.card", _press("Shift+?", ".keys-sheet")),
    Shot("designer", "/designer", ".designer-card"),
    Shot("review", "/designer/{template}", ".review-top", _publish),
    Shot("room", "/media", ".media-tile", _click('[data-act="quotas"]', ".media-quotas")),
    Shot("farm", "/farm", "#main h1, .work-bar h1"),
    Shot("admin", "/admin", ".tiles"),
    Shot("people", "/people", ".site-row"),
    Shot("profile", "/profile", "#main form"),
    Shot("keys", "/keys", "#main form, #main .empty, #main button"),
    Shot("site", "/site", "#main form, .site-card"),
    Shot("sites", "/sites", ".sites-row"),
    Shot("features", "/features", ".sw"),
    Shot("roles", "/roles", ".role-things"),
    Shot("webhooks", "/webhooks", "#main form"),
    Shot("usage", "/usage", ".site-page"),
    Shot("audit", "/audit", ".audit-line"),
    Shot("requests", "/requests", ".audit-search"),
    Shot("reference", "/developers", "rapi-doc"),
    Shot("sign-in", "/sign-in", ".door-form", signed_in=False),
    Shot("sign-up", "/sign-up", ".door-form", signed_in=False),
    Shot("forgot", "/forgot", ".door-form", signed_in=False),
    Shot("missing", "/nothing/here", "#main h1, #main h2", signed_in=False),
)
EMPTY = (
    Shot("empty-home", "/home", ".home-begin"),
    Shot("empty-projects", "/projects", ".empty"),
    Shot("empty-media", "/media", ".media-empty"),
    Shot("empty-jobs", "/jobs", "#main .empty"),
)
# The guide's pictures: what, in which language and theme, how wide.
GUIDE = (
    ("home", "en", "light", 1440),
    ("gallery", "en", "light", 1440),
    ("projects", "en", "light", 1440),
    ("studio", "en", "dark", 1440),
    ("export", "en", "dark", 1440),
    ("media", "en", "light", 1440),
    ("palette", "en", "light", 1440),
    ("tour", "en", "dark", 1440),
    ("studio", "fa", "dark", 1440),
    ("studio", "en", "dark", 390),
)
