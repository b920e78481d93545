"""Browser contexts that one test after another is lent, empty each time.

What a renderer has compiled and fetched it keeps: in a context of its own each page would take it a second of processor
time anew. A page that stays open in each context keeps its renderer (`--process-per-site`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, ViewportSize

from tests.deadline import until
from tests.e2e.running import Studio
from tests.e2e.watching import Watch

MOST = 25  # tests of one context: what they leave in its memory does not add up without end
SIZE: ViewportSize = {"width": 1440, "height": 900}
STORED = "local_storage,indexeddb,cache_storage,file_systems,service_workers"


@dataclass
class Lent:
    """A context and who watches it; pages of it are the borrower's, but for the one that was there."""

    context: BrowserContext
    watch: Watch
    anchor: Page
    options: Mapping[str, object]
    times: int = 0

    @classmethod
    def made(cls, browser: Browser, studio: Studio, **options: object) -> "Lent":
        context = browser.new_context(base_url=studio.url, viewport=SIZE, **options)  # type: ignore[arg-type]
        anchor = context.new_page()
        anchor.goto("/health")
        return cls(context, Watch(context, studio.url), anchor, options)


def forget(context: BrowserContext, page: Page, url: str) -> None:
    """What pages of this address have stored, but for cookies. Best when all of them are closed; `page`: any."""
    browser = context.new_cdp_session(page)
    browser.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": STORED})
    browser.detach()


class Contexts:
    """The contexts of one browser for pages of one studio."""

    def __init__(self, browser: Browser, studio: Studio) -> None:
        self._browser, self._studio = browser, studio
        self._told: CDPSession = browser.new_browser_cdp_session()
        self._free: list[Lent] = []

    def take(self, **options: object) -> Lent:
        """One made with these options that nobody has."""
        found = next((one for one in self._free if one.options == options), None)
        if found:
            self._free.remove(found)
        else:
            found = Lent.made(self._browser, self._studio, **options)
        found.times += 1
        return found

    def give_back(self, lent: Lent) -> None:
        """Empties it for the next one; what cannot be emptied nobody gets."""
        if lent.times >= MOST:
            lent.context.close()
            return
        try:
            self._empty(lent)
        except BaseException:
            lent.context.close()
            raise
        self._free.append(lent)

    def _empty(self, lent: Lent) -> None:
        for page in lent.context.pages:
            if page is not lent.anchor:
                page.close()
        lent.context.unroute_all(behavior="ignoreErrors")
        lent.context.set_offline(False)
        lent.context.clear_permissions()
        lent.context.clear_cookies()
        of_it = lent.context.new_cdp_session(lent.anchor)
        mine = of_it.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
        # Another's page would be told what this one's worker still hears.
        until(lambda: not self._workers(mine), what="the end of the pages' workers")
        of_it.detach()
        forget(lent.context, lent.anchor, self._studio.url)

    def close(self) -> None:
        for lent in self._free:
            lent.context.close()

    def _workers(self, context: str) -> bool:
        found = self._told.send("Target.getTargets", {"filter": [{"type": "shared_worker"}, {"exclude": True}]})
        return any(one.get("browserContextId") == context for one in found["targetInfos"])
