"""The running studio and real Chromium for the browser tests; a failed test leaves a picture and a trace.

Fixtures: `studio` (one `flatrender up` for the whole run), `page` (signed out), `admin_page` (the first admin),
`new_page` (further people: `new_page(admin=True)`, `anew=True`: in a context and a session of its own;
`new_here=True`: who has not seen the studio's tour), `api` (an HTTP client signed in as the first admin). Tests of the
editor share a page in each world (worlds.py): `world`, `window`, and opened there `editor`, a template of two scenes,
or `timeline`, a film to cut.
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize, expect, sync_playwright

from flatrender.commands.components import find_chromium
from tests.built_pages import building
from tests.e2e.catalogue import bundle, project_of, published
from tests.e2e.contexts import Contexts, Lent
from tests.e2e.running import Studio
from tests.e2e.studio_pages import Studio as Editor
from tests.e2e.timeline_pages import Timeline, film, upload
from tests.e2e.worlds import EN, FA, FA_PHONE, Window, World
from tests.media.files import picture, tone

PICTURES = Path(os.environ.get("FLATRENDER_TEST_PICTURES", "/tmp/flatrender-test-pictures"))
WINDOW = (1440, 900)
PATIENCE = 15_000  # ms: what is waited for comes at once on an idle machine, and is waited for on a busy one
expect.set_options(timeout=PATIENCE)
# The tour was seen, and the name on the Mac left for later: they do not lie over what a test clicks.
SEEN = {"fr_tour": "done", "fr_mac_later": "1"}
NewPage = Callable[..., Page]
Material = tuple[str, str, str]
"""A template, a picture and a sound, by their ids."""


@pytest.fixture(scope="package", autouse=True)
def built_pages() -> Iterator[Path]:
    """The pages are built once for all studios of the run, in a folder of its own unless the environment names one:
    `python -m tests` names one for the two processes that it starts."""
    if "FLATRENDER_WEB_BUILD" in os.environ:
        yield Path(os.environ["FLATRENDER_WEB_BUILD"])
        return
    with tempfile.TemporaryDirectory(prefix="flatrender-pages-", ignore_cleanup_errors=True) as folder:
        os.environ["FLATRENDER_WEB_BUILD"] = folder
        yield Path(folder)
        del os.environ["FLATRENDER_WEB_BUILD"]


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory, built_pages: Path) -> Iterator[Studio]:
    # FLATRENDER_TEST_DATA names a folder that has the demos already: seconds instead of a minute while writing tests.
    given = os.environ.get("FLATRENDER_TEST_DATA")
    with ExitStack() as stack:
        with building(built_pages):
            studio = stack.enter_context(Studio(Path(given) if given else tmp_path_factory.mktemp("studio")))
        yield studio


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip("Chromium is not installed; run `flatrender doctor --install`")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    flags += ["--process-per-site"]  # contexts.py
    browser = playwright.chromium.launch(executable_path=program, args=flags)
    yield browser
    browser.close()


@pytest.fixture
def api(studio: Studio) -> Iterator[httpx.Client]:
    client = studio.client()
    yield client
    client.close()


@pytest.fixture(scope="package")
def contexts(browser: Browser, studio: Studio) -> Iterator[Contexts]:
    lent = Contexts(browser, studio)
    yield lent
    lent.close()


@pytest.fixture
def new_page(browser: Browser, contexts: Contexts, studio: Studio, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """Makes a page in a browser context that nobody else has; at the end each is checked, and pictured when the test
    failed. Made `anew`, the context is a new one: its clock may be set."""
    made: list[tuple[Lent, Page, bool]] = []

    def make(
        *,
        admin: bool = False,
        anew: bool = False,
        new_here: bool = False,
        width: int = WINDOW[0],
        height: int = WINDOW[1],
        **options: object,
    ) -> Page:
        size: ViewportSize = {"width": width, "height": height}
        lent = Lent.made(browser, studio, **options) if anew else contexts.take(**options)
        context = lent.context
        context.set_default_timeout(PATIENCE)
        if not new_here:
            knows_the_studio(context, studio)
        if admin:
            studio.sign_in(context, anew=anew)
        page = context.new_page()
        page.set_viewport_size(size)
        made.append((lent, page, anew))
        return page

    yield make
    failed = getattr(request.node, "failed", False)
    with ExitStack() as ending:  # the last first, whatever is wrong with one: else the next test would be told of it
        for lent, _, _ in made:
            ending.callback(lent.watch.check_anew)
        for lent, _, anew in made:
            ending.callback(lent.context.close if anew or failed else partial(contexts.give_back, lent))
        for number, (_, page, _) in enumerate(made if failed else ()):
            ending.callback(_keep_picture, page, request, number)


def knows_the_studio(context: BrowserContext, studio: Studio) -> None:
    context.add_cookies([{"name": name, "value": value, "url": studio.url} for name, value in SEEN.items()])


def _keep_picture(page: Page, request: pytest.FixtureRequest, number: int = 0) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w-]+", "_", request.node.name)[:80]
    page.screenshot(path=PICTURES / f"{name}-{number}.png")


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page that is signed out."""
    return new_page()


@pytest.fixture
def admin_page(new_page: NewPage) -> Page:
    """A page on which the first admin is signed in."""
    return new_page(admin=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """In which worlds a test runs: those of its module, `wide` ones, or those that a mark `worlds` names."""
    if "world" not in metafunc.fixturenames:
        return
    marked = metafunc.definition.get_closest_marker("worlds")
    wide = metafunc.definition.get_closest_marker("wide")
    worlds = marked.args if marked else (EN, FA) if wide else getattr(metafunc.module, "WORLDS", (EN, FA_PHONE))
    metafunc.parametrize("world", worlds, ids=str, scope="module")  # one after the other: each page is used in one go


@pytest.fixture(scope="package")
def windows(browser: Browser, studio: Studio) -> Iterator[Callable[[World], Window]]:
    """The window of a world, made when it is first asked for."""
    made: dict[World, Window] = {}

    def of(world: World) -> Window:
        if world not in made:
            made[world] = Window(browser, studio, world, SEEN)
        return made[world]

    yield of
    for window in made.values():
        window.context.close()


@pytest.fixture
def window(windows: Callable[[World], Window], world: World, request: pytest.FixtureRequest) -> Iterator[Window]:
    """The kept window of this test's world. A test that fails leaves a picture; the next one begins with a new page."""
    found = windows(world)
    yield found
    failed = getattr(request.node, "failed", False)
    if failed:
        _keep_picture(found.page, request)
    found.tidy(renew=failed)
    found.watch.check_anew()


@pytest.fixture(scope="package")
def film_material(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Material:
    """A template, a picture and twelve seconds of sound."""
    folder = tmp_path_factory.mktemp("material")
    with closing(studio.client()) as api:
        template = published(api, bundle("promo", folder, called="To cut"))
        return (
            template,
            upload(api, picture(folder / "cut-photo.png")),
            upload(api, tone(folder / "cut-line.wav", 12.0)),
        )


@pytest.fixture(scope="module")
def template(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A published template of two scenes, a module's own: its tests may change it."""
    with closing(studio.client()) as api:
        return published(api, bundle("promo", tmp_path_factory.mktemp("promo"), called="Two scenes"))


@pytest.fixture
def own_project(api: httpx.Client, template: str, request: pytest.FixtureRequest) -> str:
    """A new project of `template`."""
    return project_of(api, template, request.node.name)


@pytest.fixture
def editor(window: Window, own_project: str) -> Editor:
    """`own_project` in the editor."""
    return Editor(window.page, window.world).open(own_project)


@pytest.fixture
def project(api: httpx.Client, film_material: Material, request: pytest.FixtureRequest) -> str:
    """A project with a clip on every kind of track (timeline_pages.py)."""
    made = project_of(api, film_material[0], request.node.name)
    film(api, made, *film_material[1:])
    return made


@pytest.fixture
def timeline(window: Window, project: str) -> Timeline:
    made = Timeline(window.page, window.world)
    made.open(project)
    return made.ready()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):  # type: ignore[no-untyped-def]
    report = yield
    if report.failed:
        item.failed = True  # type: ignore[attr-defined]
    return report
