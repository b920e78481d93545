"""Frames a second at 1080p of the server's renderer against what one would pick instead, the same Lottie, the same run:
Skottie (`@napi-rs/canvas`, pixels read back) and lottie-web in headless Chromium (a screenshot of each frame).

Each draws the frames of a composition, no two of them alike, one after the other, and has them in the memory of who
asked. Opening the file is left out. Ours is what a warm node has before it encodes: its children have drawn such a film
before, and both cores draw. Frames are counted by seconds on the wall, and beside it by
seconds of processor time of all the processes that take part. The best of a few rounds counts for each. The target: at
least three times as many on the wall as the faster of the two.
"""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from playwright.sync_api import Browser

from flatrender.aftereffects.client import EngineClient
from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from tests.aftereffects.authored import Author, keyed
from tests.benchmarks.table import Figure

WIDTH, HEIGHT, SECONDS, RATE = 1920, 1080, 10.0, 30
FRAMES = int(SECONDS * RATE)
ROUNDS = 3
SHOTS = 20
NPM = ("@napi-rs/canvas@1.1.1", "lottie-web@5.13.0")
LIMITS = Limits(wall_seconds=300)

SKOTTIE = """
const { LottieAnimation, createCanvas } = require('@napi-rs/canvas');
const [, , file, width, height, frames] = process.argv;
const animation = LottieAnimation.loadFromData(require('fs').readFileSync(file, 'utf8'));
const canvas = createCanvas(+width, +height), context = canvas.getContext('2d');
const draw = frame => {
  context.fillStyle = '#000'; context.fillRect(0, 0, +width, +height);
  animation.seekFrame(frame); animation.render(context, { x: 0, y: 0, width: +width, height: +height });
  return canvas.data().length;
};
draw(0);
const began = process.cpuUsage(), since = performance.now();
for (let frame = 0; frame < +frames; frame++) draw(frame);
const used = process.cpuUsage(began);
console.log(JSON.stringify([(performance.now() - since) / 1e3, (used.user + used.system) / 1e6]));
"""

# glibc gives every layer's memory back to the kernel and asks for it anew; told to keep it, Skottie's texts are drawn
# up to three times as fast. Nobody sets this who only calls it, so it is told beside, not compared with.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "1073741824"}

PAGE = """<!doctype html><style>html, body, #at {{ margin: 0; width: 100%; height: 100%; background: #000 }}</style>
<div id="at"></div><script src="lottie.min.js"></script><script>
const animation = lottie.loadAnimation({{
  container: document.getElementById("at"), renderer: "svg", loop: false, autoplay: false, animationData: {lottie}
}});
</script>"""


def texts(author: Author) -> int:
    comp = author.comp("Texts", (WIDTH, HEIGHT), SECONDS)
    for row in range(12):
        layer = author.text(comp, f"line {row}", f"Line {row}: the quick brown fox jumps over the lazy dog")
        layer.transform["ADBE Position"].value = [100.0, 80.0 + 80 * row, 0.0]
        keyed(layer.transform["ADBE Opacity"], (0.0, 0.0), (SECONDS, 100.0))
    return int(comp.id)


def mattes(author: Author) -> int:
    comp = author.comp("Mattes", (WIDTH, HEIGHT), SECONDS)
    for row in range(6):
        shown = author.box(comp, f"shown {row}", (0.2, 0.5, 1.0), 400)
        keyed(shown.transform["ADBE Rotate Z"], (0.0, 0.0), (SECONDS, 900.0))
        matte = author.box(comp, f"matte {row}", (1, 1, 1), 300)
        for layer in (shown, matte):
            layer.transform["ADBE Position"].value = [200.0 + 300 * row, 540.0, 0.0]
        shown.set_track_matte(matte, 5013)
    return int(comp.id)


def many(author: Author) -> int:
    comp = author.comp("Many", (WIDTH, HEIGHT), SECONDS)
    for number in range(200):
        layer = author.box(comp, f"box {number}", ((number % 7) / 7, 0.5, 0.8), 60)
        layer.transform["ADBE Position"].value = [50.0 + 95 * (number % 20), 60.0 + 105 * (number // 20), 0.0]
        keyed(layer.transform["ADBE Rotate Z"], (0.0, 0.0), (SECONDS, 450.0 + 5 * number))
    return int(comp.id)


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modules")
    node = find_node()
    if node is None:
        pytest.skip("Node was not found")
    npm = Path(node.path).with_name("npm")
    run([npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *NPM], limits=LIMITS)
    return folder / "node_modules"


@pytest.mark.parametrize("made", [texts, mattes, many], ids=["texts", "mattes", "many layers"])
def test_frames_a_second(
    made: Callable[[Author], int], modules: Path, browser: Browser, tmp_path: Path, figure: Callable[[Figure], None]
) -> None:
    author = Author()
    composition = made(author)
    project = author.save(tmp_path / "made.aep")
    client = EngineClient(1)
    try:
        lottie, _ = client.lottie_bytes(project, composition, {})
        drawn(client, lottie)
        ours = best(lambda: drawn(client, lottie))
    finally:
        client.close()
    (tmp_path / "made.json").write_bytes(lottie)
    skottie = best(lambda: skia(tmp_path, modules, {}))
    kept = best(lambda: skia(tmp_path, modules, KEEP_MEMORY))
    web = screenshots(browser, tmp_path, modules, lottie)
    what = {"texts": "twelve texts", "mattes": "six mattes", "many": "200 layers"}[made.__name__]
    for name, rates in (("ours", ours), ("Skottie", skottie), ("Skottie that keeps its memory", kept)):
        note = f"{rates.processor:.0f} by second of processor time; {FRAMES} frames, best of {ROUNDS}"
        figure(Figure(f"{what} at 1080p, {name}", rates.wall, "frames/s", note=note))
    figure(Figure(f"{what} at 1080p, lottie-web in Chromium", web, "frames/s", note=f"{SHOTS} screenshots"))
    faster = max(skottie.wall, web)
    figure(Figure(f"{what}, ours / the faster of them", ours.wall / faster, "×", note="on the wall", at_least=3))


class Rates(NamedTuple):
    """Frames by second on the wall, and of processor time."""

    wall: float
    processor: float


def best(work: Callable[[], Rates]) -> Rates:
    """The best of some rounds: what else the machine does only ever slows one down."""
    rounds = [work() for _ in range(ROUNDS)]
    return Rates(max(one.wall for one in rounds), max(one.processor for one in rounds))


def drawn(client: EngineClient, lottie: bytes) -> Rates:
    began, before = 0.0, 0.0
    for number, _ in enumerate(client.rasteriser.frames(lottie, WIDTH, HEIGHT, range(FRAMES + 1), "#000000")):
        if number == 0:
            began, before = time.perf_counter(), used()
        seconds = time.perf_counter() - began
    return Rates(FRAMES / seconds, FRAMES / (used() - before))


def used() -> float:
    """Processor time of this process and the children that it has now."""
    mine = psutil.Process()
    times = [process.cpu_times() for process in (mine, *mine.children())]
    return float(sum(one.user + one.system for one in times))


def skia(folder: Path, modules: Path, environment: dict[str, str]) -> Rates:
    node = find_node()
    assert node is not None
    script = folder / "skottie.cjs"
    script.write_text(SKOTTIE)
    words: list[str | Path] = [node.path, script, folder / "made.json", str(WIDTH), str(HEIGHT), str(FRAMES)]
    done = run(words, limits=LIMITS, env={**os.environ, **environment, "NODE_PATH": str(modules)})
    assert done.returncode == 0, done.stderr.decode()
    wall, processor = json.loads(done.stdout)
    return Rates(FRAMES / wall, FRAMES / processor)


def screenshots(browser: Browser, folder: Path, modules: Path, lottie: bytes) -> float:
    """Frames by second on the wall."""
    shutil.copy(modules / "lottie-web" / "build" / "player" / "lottie.min.js", folder)
    document = folder / "page.html"
    document.write_text(PAGE.format(lottie=lottie.decode()), encoding="utf-8")
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    try:
        page.goto(document.as_uri())
        page.wait_for_function("animation.isLoaded")
        began = 0.0
        for number in range(SHOTS + 1):
            page.evaluate("frame => animation.goToAndStop(frame, true)", number * FRAMES // SHOTS)
            assert page.screenshot()
            if number == 0:
                began = time.perf_counter()
        return SHOTS / (time.perf_counter() - began)
    finally:
        page.close()
