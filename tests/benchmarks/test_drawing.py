"""Frames a second at 1080p of the server's renderer against what one would pick instead, the same Lottie, the same run:
Skottie (`@napi-rs/canvas`, pixels read back).

Each draws the same frames of a composition, one after the other; opening the file is left out. Frames are counted by
second of processor time (of all the processes that take part), which other work on the machine disturbs least. The
target: at least three times as many.
"""

import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from flatrender.aftereffects.client import EngineClient
from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from tests.aftereffects.authored import Author, keyed
from tests.benchmarks.table import Figure

WIDTH, HEIGHT, FRAMES = 1920, 1080, 60
NPM = "@napi-rs/canvas@1.1.1"
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
const began = process.cpuUsage();
for (let frame = 0; frame < +frames; frame++) draw(frame);
const used = process.cpuUsage(began);
console.log((used.user + used.system) / 1e6);
"""


def texts(author: Author) -> int:
    comp = author.comp("Texts", (WIDTH, HEIGHT), 3.0)
    for row in range(12):
        layer = author.text(comp, f"line {row}", f"Line {row}: the quick brown fox jumps over the lazy dog")
        layer.transform["ADBE Position"].value = [100.0, 80.0 + 80 * row, 0.0]
        keyed(layer.transform["ADBE Opacity"], (0.0, 0.0), (2.0, 100.0))
    return int(comp.id)


def mattes(author: Author) -> int:
    comp = author.comp("Mattes", (WIDTH, HEIGHT), 3.0)
    for row in range(6):
        shown = author.box(comp, f"shown {row}", (0.2, 0.5, 1.0), 400)
        keyed(shown.transform["ADBE Rotate Z"], (0.0, 0.0), (2.0, 180.0))
        matte = author.box(comp, f"matte {row}", (1, 1, 1), 300)
        for layer in (shown, matte):
            layer.transform["ADBE Position"].value = [200.0 + 300 * row, 540.0, 0.0]
        shown.set_track_matte(matte, 5013)
    return int(comp.id)


def many(author: Author) -> int:
    comp = author.comp("Many", (WIDTH, HEIGHT), 3.0)
    for number in range(200):
        layer = author.box(comp, f"box {number}", ((number % 7) / 7, 0.5, 0.8), 60)
        layer.transform["ADBE Position"].value = [50.0 + 95 * (number % 20), 60.0 + 105 * (number // 20), 0.0]
        keyed(layer.transform["ADBE Rotate Z"], (0.0, 0.0), (2.0, 90.0 + number))
    return int(comp.id)


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modules")
    node = find_node()
    if node is None:
        pytest.skip("Node was not found")
    npm = Path(node.path).with_name("npm")
    run([npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, NPM], limits=LIMITS)
    return folder / "node_modules"


@pytest.mark.parametrize("made", [texts, mattes, many], ids=["texts", "mattes", "many layers"])
def test_frames_a_second(
    made: Callable[[Author], int], modules: Path, tmp_path: Path, figure: Callable[[Figure], None]
) -> None:
    author = Author()
    composition = made(author)
    project = author.save(tmp_path / "made.aep")
    client = EngineClient(1)
    try:
        lottie, _ = client.lottie_bytes(project, composition, {})
        ours = drawn(client, lottie)
    finally:
        client.close()
    (tmp_path / "made.json").write_bytes(lottie)
    skottie = skia(tmp_path, modules)
    how = f"ThorVG {ours:.0f}, Skottie {skottie:.0f} frames a second of processor time, 1080p"
    figure(Figure(f"drawing {made.__name__}, Skottie / ours", skottie / ours, "×", at_most=1 / 3, note=how))


def drawn(client: EngineClient, lottie: bytes) -> float:
    began = 0.0
    for number, _ in enumerate(client.rasteriser.frames(lottie, WIDTH, HEIGHT, range(FRAMES + 1), "#000000")):
        if number == 0:
            began = used()
    return FRAMES / (used() - began)


def used() -> float:
    """Processor time of this process and the children that it has now."""
    mine = psutil.Process()
    times = [process.cpu_times() for process in (mine, *mine.children())]
    return float(sum(one.user + one.system for one in times))


def skia(folder: Path, modules: Path) -> float:
    node = find_node()
    assert node is not None
    script = folder / "skottie.cjs"
    script.write_text(SKOTTIE)
    words: list[str | Path] = [node.path, script, folder / "made.json", str(WIDTH), str(HEIGHT), str(FRAMES)]
    done = run(words, limits=LIMITS, env={**os.environ, "NODE_PATH": str(modules)})
    assert done.returncode == 0, done.stderr.decode()
    return FRAMES / float(done.stdout)
