"""Makes pictures of the pages in Chromium, from a real studio: `python -m tests.pictures [FOLDER] [--every] [names]`.

Without options it makes the user guide's pictures (`docs/images`). `--every` makes each page in both languages, both
themes, at 1440 and 390 px, for whoever wants to look at them; names choose among them. FLATRENDER_TEST_DATA names a
data folder that has the demo templates already, FLATRENDER_WEB_BUILD a folder of built pages.
"""

import argparse
import io
import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from flatrender.commands.components import find_chromium
from tests.e2e.running import Studio
from tests.pictures import shelf as shelves
from tests.pictures.shelf import Shelf
from tests.pictures.shots import EMPTY, GUIDE, SHOTS, Shot

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
HEIGHTS = {1440: 900, 390: 844}
PATIENCE = 20_000
QUALITY = 82
Look = tuple[str, str, str, int]
Suffix = Callable[[str, str, int], str]


def main(words: Sequence[str]) -> int:
    """Makes the pictures that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=IMAGES)
    parser.add_argument("--every", action="store_true", help="every page in every look")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these pages alone")
    parser.add_argument("--looks", nargs="*", default=[], metavar="LOOK", help="with --every: as en-dark-1440")
    parser.add_argument("--height", type=int, metavar="PX", help="of the window, to see the rest of long pages")
    given = parser.parse_args(words)
    if given.height:
        HEIGHTS.update(dict.fromkeys(HEIGHTS, given.height))
    every = itertools.product([shot.name for shot in (*SHOTS, *EMPTY)], ("en", "fa"), ("light", "dark"), HEIGHTS)
    looks: Iterator[Look] = iter(every if given.every else GUIDE)
    wanted = [
        look
        for look in looks
        if (not given.only or look[0] in given.only)
        and (not given.looks or "-".join(map(str, look[1:])) in given.looks)
    ]
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="flatrender-pictures-") as made:
        data = Path(os.environ.get("FLATRENDER_TEST_DATA", made))
        with Studio(data) as studio, sync_playwright() as playwright, closing(studio.client()) as api:
            shelf = shelves.fill(api, Path(made))
            running = shelves.keep_rendering(api, shelf)
            browser = playwright.chromium.launch(
                executable_path=find_chromium(),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            try:
                _take(browser, studio, shelf, wanted, given.folder, _whole if given.every else _short)
            finally:
                browser.close()
                api.post(f"/api/v1/renders/{running}/cancel")
    return 0


def _take(browser: Browser, studio: Studio, shelf: Shelf, wanted: Sequence[Look], folder: Path, suffix: Suffix) -> None:
    known = {shot.name: shot for shot in (*SHOTS, *EMPTY)}

    def context_of(look: Look) -> tuple[str, str, int, str]:
        return (*look[1:], _kind(known[look[0]]))

    # Pages of one person in one look share a browser context; what is empty is a new person's.
    for (language, theme, width, kind), looks in itertools.groupby(sorted(wanted, key=context_of), context_of):
        with _context(browser, studio, language, theme, width, kind) as context:
            for name, *_ in looks:
                file = folder / f"{name}{suffix(language, theme, width)}.webp"
                try:
                    _picture(context, known[name], shelf, file)
                except Exception as error:
                    print(f"FAIL  {file.name}: {str(error).splitlines()[0]}", flush=True)
                else:
                    print(f"ok    {file.name} ({file.stat().st_size // 1000} kB)", flush=True)


def _whole(language: str, theme: str, width: int) -> str:
    return f"-{language}-{theme}-{width}"


def _short(language: str, theme: str, width: int) -> str:
    """What is usual is not said: English at 1440; the guide has each page in one theme."""
    return ("" if language == "en" else f"-{language}") + ("" if width == 1440 else f"-{width}")


def _kind(shot: Shot) -> str:
    if shot in EMPTY:
        return "nobody's"
    return "new" if shot.new_here else "signed in" if shot.signed_in else "visitor"


@contextmanager
def _context(
    browser: Browser, studio: Studio, language: str, theme: str, width: int, kind: str
) -> Iterator[BrowserContext]:
    phone = {"has_touch": True, "is_mobile": True} if width < 640 else {}
    context = browser.new_context(
        base_url=studio.url,
        viewport={"width": width, "height": HEIGHTS[width]},
        reduced_motion="reduce",
        **phone,  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE)
    cookies = (
        {"fr_language": language, "fr_theme": theme}
        | {"fr_mac_later": "1"}
        | ({} if kind == "new" else {"fr_tour": "done"})
    )
    context.add_cookies([{"name": name, "value": value, "url": studio.url} for name, value in cookies.items()])
    if kind == "nobody's":
        account = {"email": f"new-{language}-{theme}-{width}-{os.getpid()}@example.com", "password": studio.password}
        assert context.request.post("/api/v1/auth/sign-up", data={**account, "name": "Sara"}).ok
    elif kind != "visitor":
        account = {"email": studio.email, "password": studio.password}
        assert context.request.post("/api/v1/auth/sign-in", data=account).ok
    yield context
    context.close()


def _picture(context: BrowserContext, shot: Shot, shelf: Shelf, file: Path) -> None:
    page = context.new_page()
    page.goto(shot.at(shelf))
    page.locator(shot.wait).first.wait_for()
    if shot.prepare is not None:
        shot.prepare(page)
    # Pictures that lie in view are drawn, fonts are there, nothing moves any more.
    page.evaluate(
        """async () => {
          await document.fonts.ready;
          const shown = [...document.images].filter((image) => image.getBoundingClientRect().top < innerHeight);
          // A picture that a page loads only when it is scrolled to would be waited for in vain.
          const late = new Promise((go) => setTimeout(go, 5000));
          await Promise.race([late, Promise.all(shown.map((image) => image.decode().catch(() => {})))]);
          await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
        }"""
    )
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(file, "WEBP", quality=QUALITY, method=6)
    page.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
