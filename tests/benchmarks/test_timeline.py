"""The timeline with 500 clips in 12 tracks: what a drag costs per move, and how many frames it leaves.

Script is told in time of the page's main thread, which other work on the machine does not lengthen. Frames are compared
with those of the same moves over the same page while nothing is dragged.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.benchmarks.table import Figure
from tests.e2e.catalogue import bundle, project_of, published
from tests.e2e.running import Studio
from tests.e2e.timeline_pages import Timeline, edit, upload
from tests.media.files import picture, tone

KINDS = ("image", "text", "image", "music", "voice", "sfx", "sfx", "voice", "image", "text")
MOVES = 120


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A project of 500 clips, open in the studio."""
    folder = tmp_path_factory.mktemp("timeline")
    with Studio(folder / "data", "--no-demos") as studio:
        with closing(studio.client()) as api:
            template = published(api, bundle("promo", folder, called="Benchmark"))
            media = {
                "image": upload(api, picture(folder / "one.png")),
                "sound": upload(api, tone(folder / "one.wav", 4)),
            }
            project = project_of(api, template, "500 clips")
            for number, kind in enumerate(KINDS):
                edit(api, project, [{"op": "add_track", "track": _track(number, kind, media)}])
            assert len(api.get(f"/api/v1/projects/{project}").json()["layout"]) >= 500
        context = browser.new_context(base_url=studio.url, viewport={"width": 1440, "height": 900})
        context.request.post("/api/v1/auth/sign-in", data={"email": studio.email, "password": studio.password})
        page = context.new_page()
        page.goto(f"/studio/{project}")
        page.locator('.tl-clip[data-clip="k0x20"]').wait_for()
        yield page
        context.close()


def _track(number: int, kind: str, media: dict[str, str]) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for index in range(50):
        clip: dict[str, Any] = {"type": "clip", "id": f"k{number}x{index}", "duration": 80}
        if kind == "text":
            clip["text"] = f"Text {index}"
        else:
            clip["media"] = media["image" if kind == "image" else "sound"]
        items += [{"type": "gap", "id": f"{clip['id']}~", "duration": 20}, clip]
    return {"id": f"track{number}", "kind": kind, "items": items}


def _traced(page: Page, moves: Callable[[], None]) -> tuple[float, float]:
    """Milliseconds of script per pointer move, and frames drawn per second, while `moves` is done."""
    session: CDPSession = page.context.new_cdp_session(page)
    events: list[dict[str, Any]] = []
    done: list[object] = []
    session.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    session.on("Tracing.tracingComplete", lambda _: done.append(True))
    categories = ["devtools.timeline", "cc", "benchmark"]
    session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": {"includedCategories": categories}})
    moves()
    session.send("Tracing.end")
    while not done:
        page.evaluate("() => new Promise(requestAnimationFrame)")
    session.detach()
    moved = [event for event in events if event["name"] == "EventDispatch" and _type(event) == "pointermove"]
    frames = [event for event in events if event["name"] == "ProxyMain::BeginMainFrame" and event.get("ph") == "X"]
    spent = sum(event["tdur"] for event in moved) / 1000 / max(1, len(moved))
    main = sum(event["tdur"] for event in frames) / 1000 / max(1, len(frames))
    return spent, main


def _type(event: dict[str, Any]) -> str:
    return str(event.get("args", {}).get("data", {}).get("type", ""))


def test_dragging_one_of_five_hundred_clips(page: Page, figure: Callable[[Figure], None]) -> None:
    timeline = Timeline(page)
    drawn = page.locator(".tl-clip").count()
    x, y = timeline.at("k0x20")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y)

    def moves() -> None:
        for number in range(MOVES):
            page.mouse.move(x + 20 + 3 * (number % 60), y + number % 10)

    script, frame = _traced(page, moves)
    page.mouse.up()
    renders = int(page.locator(".tl-scroll").get_attribute("data-renders") or -1)
    figure(Figure("dragging among 500 clips: script per move", script, "ms", 2, "main thread's own time, mean of 120"))
    figure(Figure("… one frame of the page", frame, "ms", 1000 / 55, "main thread's own time: 55 frames a second"))
    figure(Figure("… clips that are drawn", drawn, "", None, "those of the rows in view and a little beyond"))
    figure(Figure("… React renders", renders, "", 0, "while it is dragged"))
