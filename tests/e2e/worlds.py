"""Where the editor is tried: a language and a window. A page is kept from test to test, as people keep theirs.

What a test opens it opens within the page, as a link does; what it reloads it reloads for real. A test of the timeline
runs in the two worlds that its module names (`WORLDS`), or in two wide ones where it is marked `wide`: what it does has
no place on a phone.
"""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

from flatrender.ui.catalogues import catalogue
from tests.e2e.contexts import forget
from tests.e2e.running import Studio
from tests.e2e.watching import Watch

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True)
class World:
    """A language and the width of a window; a narrow one is a phone's, with fingers."""

    language: str
    width: int

    def __str__(self) -> str:
        return f"{self.language}-{self.width}"

    @property
    def phone(self) -> bool:
        return self.width < 640

    @property
    def height(self) -> int:
        return 844 if self.phone else 900

    def say(self, key: str, **values: object) -> str:
        """What a page of this world says: numbers in its digits, another text for one where there is one."""
        texts = catalogue(self.language)
        found = texts.get(f"{key}_one") if values.get("count") == 1 else None
        shown = {name: self.digits(value) if isinstance(value, int) else value for name, value in values.items()}
        return (found or texts[key]).format_map(shown)

    def digits(self, number: int) -> str:
        """A number as pages write it."""
        return f"{number:,}".replace(",", "٬").translate(PERSIAN) if self.language == "fa" else f"{number:,}"


EN, FA = World("en", 1440), World("fa", 1440)
EN_PHONE, FA_PHONE = World("en", 390), World("fa", 390)


@dataclass
class Window:
    """A browser context of a world, signed in as the first admin, and its one page."""

    browser: Browser
    studio: Studio
    world: World
    cookies: dict[str, str]
    context: BrowserContext = field(init=False)
    watch: Watch = field(init=False)
    _page: Page | None = None

    def __post_init__(self) -> None:
        size = {"width": self.world.width, "height": self.world.height}
        phone = self.world.phone
        self.context = self.browser.new_context(base_url=self.studio.url, viewport=size, has_touch=phone)
        self.context.set_default_timeout(15_000)
        cookies = self.cookies | {"fr_language": self.world.language}
        self.context.add_cookies([{"name": n, "value": v, "url": self.studio.url} for n, v in cookies.items()])
        self.watch = Watch(self.context, self.studio.url)
        self.studio.sign_in(self.context)

    @property
    def page(self) -> Page:
        """The page that is kept; a new one where the last was closed."""
        if self._page is None or self._page.is_closed():
            self._page = self.context.new_page()
        return self._page

    def tidy(self, *, renew: bool) -> None:
        """After a test: what the page remembers goes. `renew`: the page goes, too, and so do others that it opened and
        what is stored, as uploads that were not done."""
        self.context.set_offline(False)
        self.context.unroute_all(behavior="ignoreErrors")
        self.context.clear_permissions()
        if self._page is not None and not self._page.is_closed():
            self._page.unroute_all(behavior="ignoreErrors")
            self._page.evaluate("() => localStorage.clear()")
        for page in self.context.pages:
            if renew or page is not self._page:
                page.close()
        if renew:
            page = self.context.new_page()
            forget(self.context, page, self.studio.url)
            page.close()
