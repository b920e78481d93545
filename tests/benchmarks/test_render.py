"""`flatrender render` of a 1080p lower third against FFmpeg encoding the very same frames from a cached file.

Both use the same FFmpeg arguments (`film.argv.encode`), conversion to YUV included; only the source differs. The two
take turns, so that a machine that is slower for a while is so for both. The best turn of each counts: what else the
machine does can only slow one down.
"""

import compileall
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import flatrender
import workers
from flatrender.aftereffects.client import EngineClient
from flatrender.core.process import Limits, run
from flatrender.core.timing import Rate
from flatrender.film import argv
from flatrender.film.ffmpeg import find_ffmpeg
from flatrender.film.formats import find
from flatrender.film.probe import probe
from flatrender.templates.demos import lower_third
from tests.benchmarks.table import Figure

WIDTH, HEIGHT, RATE, FRAMES = 1920, 1080, Rate(30), 150
ROUNDS = int(os.environ.get("FLATRENDER_BENCHMARK_ROUNDS", "7"))
LIMITS = Limits(wall_seconds=120)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The modules compiled, as an installation has them; a checkout may have none, or those of older sources."""
    for package in (flatrender, workers):
        for place in package.__path__:
            compileall.compile_dir(place, quiet=1)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lower_third.TEMPLATE.build(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def raw_frames(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The frames that `flatrender render` encodes, as one file of RGBA (1.2 GB), in the page cache."""
    path = tmp_path_factory.mktemp("raw") / "frames.rgba"
    client = EngineClient(1)
    try:
        report = client.scan(project)
        composition = next(found for found in report.compositions if found.name == "frfinal")
        assert (composition.width, composition.height) == (WIDTH, HEIGHT)
        with path.open("wb") as out:
            background = composition.background
            for frame in client.frames(project, composition.id, {}, 0, FRAMES - 1, background=background):
                out.write(frame)
    finally:
        client.close()
    return path


class Turn(NamedTuple):
    """How long a program took, and how much processor time it and its children used."""

    seconds: float
    processor: float


def timed(words: list[str | Path]) -> Turn:
    began, before = time.perf_counter(), os.times()
    done = run(words, limits=LIMITS)
    seconds, after = time.perf_counter() - began, os.times()
    assert done.returncode == 0, done.stderr.decode()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Turn(seconds, used)


def test_render_against_ffmpeg_alone(
    project: Path, raw_frames: Path, tmp_path: Path, figure: Callable[[Figure], None]
) -> None:
    film, yardstick = tmp_path / "film.mp4", tmp_path / "yardstick.mp4"
    render: list[str | Path] = [sys.executable, "-m", "flatrender", "render", project, "--comp", "frfinal"]
    render += ["--frames", f"0-{FRAMES - 1}", "--out", film]
    words = argv.encode(yardstick, WIDTH, HEIGHT, RATE, find("mp4"), opaque=True, source=f"file:{raw_frames}")
    encode: list[str | Path] = [find_ffmpeg(), *words]
    timed(encode)  # the file is in the cache, the programs as well
    timed(render)
    renders, encodes = [], []
    for _ in range(ROUNDS):
        encodes.append(timed(encode))
        renders.append(timed(render))
    made, wanted = probe(film), probe(yardstick)
    assert (made.frames, made.duration) == (wanted.frames, wanted.duration) == (FRAMES, 5.0)
    rounds = f"best of {ROUNDS} turns, {FRAMES} frames"
    how = f"`flatrender render` of a 5 s lower third at 1080p, {rounds}"
    made_in, encoded_in = min(turn.seconds for turn in renders), min(turn.seconds for turn in encodes)
    figure(Figure("film from a project", made_in, "s", note=how))
    figure(Figure("FFmpeg, same frames from a cached file", encoded_in, "s", note=rounds))
    pairs = list(zip(renders, encodes, strict=True))
    median = statistics.median(one.seconds / other.seconds for one, other in pairs)
    note = f"same arguments, same run; median of the turns {median:.2f} ×"
    figure(Figure("render / FFmpeg alone", made_in / encoded_in, "×", at_most=1.5, note=note))
    # What a busy machine disturbs least; two processors overlap, so the time above may be less than this says.
    used = statistics.median(one.processor / other.processor for one, other in pairs)
    figure(Figure("the same in processor time", used, "×", note="user and system, all processes; median of the turns"))


def test_start_of_a_child(figure: Callable[[Figure], None]) -> None:
    """What the launcher (parent-death signal, limits) adds to the start of a program."""
    times = [timed(["true"]).seconds for _ in range(15)]
    figure(Figure("start of a limited child", 1000 * statistics.median(times), "ms", note="`true`, start to end"))
