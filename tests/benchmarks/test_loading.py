"""What a first visit transfers, how soon the editor can be used, and the editor 200 ms away from its server."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.benchmarks.delaying_proxy import DelayingProxy
from tests.benchmarks.table import Figure
from tests.benchmarks.test_keystroke_to_picture import LETTERS, MEASURE, SHOWN, p95
from tests.deadline import until
from tests.e2e.catalogue import bundle, project_of, published
from tests.e2e.running import Studio
from tests.e2e.timeline_pages import Timeline, film, upload
from tests.media.files import picture, tone

FIRST_LOAD_KB = 900
ROUND_TRIP = 0.2
WARM_LOADS = 3
# What pages bring with them; pictures and films are content, and the engine that draws is fetched by the stage alone.
CODE = {"Document", "Script", "Stylesheet", "Font"}


@pytest.fixture(scope="module")
def project(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A film with a clip on every kind of track."""
    folder = tmp_path_factory.mktemp("loading")
    with closing(studio.client()) as api:
        template = published(api, bundle("promo", folder, called="Loading"))
        made = project_of(api, template, "Loading")
        film(api, made, upload(api, picture(folder / "one.png")), upload(api, tone(folder / "one.wav", 12)))
        return made


@contextmanager
def person(browser: Browser, studio: Studio, port: int | None = None) -> Iterator[BrowserContext]:
    """A browser that nothing has been seen with, signed in; it knows the tour."""
    url = f"http://localhost:{port or studio.port}"
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "fr_tour", "value": "done", "url": url}])
    context.request.post("/api/v1/auth/sign-in", data={"email": studio.email, "password": studio.password})
    yield context
    context.close()


def opened(page: Page, project: str) -> None:
    page.goto(f"/studio/{project}", wait_until="commit")
    page.wait_for_selector(".stage-canvas[data-loaded]")
    page.wait_for_selector("[data-element] textarea")


@pytest.mark.parametrize(
    ("name", "address", "ready"),
    [
        ("the first page", "/home", ".home-head"),
        ("the gallery", "/", "article.card"),
        ("the studio", "/studio/{project}", ".stage-canvas[data-loaded]"),
    ],
)
def test_a_first_visit_is_small(
    studio: Studio,
    browser: Browser,
    project: str,
    figure: Callable[[Figure], None],
    name: str,
    address: str,
    ready: str,
) -> None:
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    engine: set[str] = set()

    def came(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]
        if event["response"]["url"].endswith(".wasm"):
            engine.add(event["requestId"])

    with person(browser, studio) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", came)
        session.on(
            "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]})
        )
        page.goto(address.format(project=project))
        page.wait_for_selector(ready)
        # Not the browser's own idleness: the shared worker's script is never told to have come.
        until(lambda: page.title() and all(key in sizes for key, kind in kinds.items() if kind in CODE), 30, "all code")
    code = sum(size for key, size in sizes.items() if kinds.get(key) in CODE)
    drawing = sum(sizes.get(key, 0) for key in engine)
    note = "compressed: document, scripts, styles, fonts"
    if drawing:
        note += f"; the drawing engine, fetched beside them, is another {drawing / 1000:.0f} kB"
    figure(Figure(f"first load of {name}", code / 1000, "kB", FIRST_LOAD_KB, note))


def test_the_editor_can_soon_be_used(
    studio: Studio, browser: Browser, project: str, figure: Callable[[Figure], None]
) -> None:
    with person(browser, studio) as context:
        opened(context.new_page(), project)
        spent = []
        for _ in range(WARM_LOADS):
            page = context.new_page()
            opened(page, project)
            page.locator("[data-element] textarea").first.focus()
            spent.append(page.evaluate("() => performance.now()"))
            page.close()
    note = f"from the navigation until a scene is drawn and a text takes the focus; best of {WARM_LOADS}"
    figure(Figure("editor usable, warm", min(spent) / 1000, "s", 2, note))


def _typed(page: Page, project: str) -> list[float]:
    """Milliseconds from each key to its picture."""
    opened(page, project)
    page.wait_for_function("() => !document.querySelector('.stage-busy')")
    page.evaluate(MEASURE)
    page.locator("[data-element] textarea").first.focus()
    for number, letter in enumerate(LETTERS, 1):
        page.keyboard.press(letter)
        page.evaluate(SHOWN, number)
    return [one["all"] for one in page.evaluate("() => window.shown")]


def test_two_hundred_milliseconds_away(
    studio: Studio, browser: Browser, project: str, figure: Callable[[Figure], None]
) -> None:
    with person(browser, studio) as context:
        near = p95(_typed(context.new_page(), project))
    with DelayingProxy(studio.port, ROUND_TRIP) as proxy, person(browser, studio, proxy.port) as context:
        page = context.new_page()
        far = p95(_typed(page, project))
        asked: list[str] = []
        timeline = Timeline(page).ready()
        with timeline.held("two", 10):
            page.on("request", lambda request: asked.append(request.url))
            x, y = timeline.at("two")
            for number in range(60):
                page.mouse.move(x + number % 30, y)
            page.evaluate("() => new Promise(requestAnimationFrame)")
            while_held = len(asked)
            page.keyboard.press("Escape")
    trip = ROUND_TRIP * 1000
    note = f"{len(LETTERS)} keys through a proxy that delays; {near:.0f} ms without it in the same run"
    figure(Figure("requests while a clip is dragged, 200 ms away", while_held, "", 0))
    figure(Figure("keystroke to picture, 200 ms away", far, "ms", trip + 50, note))
