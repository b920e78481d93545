"""A render at 1080p, by the command and by a warm node, against FFmpeg that encodes the same frames from a cached file.

Rendered are 5 s of a lower third, a whole film of 17.6 s, and 5 s of each composition of `test_drawing` (text, mattes,
many layers). And how much memory a render holds.

Both use the same FFmpeg arguments (`film.argv.encode`), conversion to YUV included; only the source differs. The two
take turns, so that a machine that is slower for a while is so for both. The best turn of each counts: what else the
machine does can only slow one down.
"""

import compileall
import contextlib
import os
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
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
from flatrender.templates.demos import desert_festival, lower_third
from tests.aftereffects.authored import Author
from tests.benchmarks.table import Figure
from tests.benchmarks.test_drawing import RATE, many, mattes, texts
from workers.engines.base import SceneRequest
from workers.engines.native import NativeEngine

WIDTH, HEIGHT = 1920, 1080
ROUNDS = int(os.environ.get("FLATRENDER_BENCHMARK_ROUNDS", "5"))
LIMITS = Limits(wall_seconds=120)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The modules compiled, as an installation has them; a checkout may have none, or those of older sources."""
    for package in (flatrender, workers):
        for place in package.__path__:
            compileall.compile_dir(place, quiet=1)


class Film(NamedTuple):
    """What is rendered: so many frames of a composition in the project that `build` makes in a folder."""

    name: str
    build: Callable[[Path], Path]
    composition: str
    frames: int
    rounds: int


def authored(name: str, made: Callable[[Author], int]) -> Film:
    """5 s of a composition of `test_drawing`."""

    def build(folder: Path) -> Path:
        author = Author()
        made(author)
        return author.save(folder / "made.aep")

    return Film(f"5 s of {name}", build, made.__name__.capitalize(), 5 * RATE, ROUNDS)


SHORT = Film("5 s of a lower third", lower_third.TEMPLATE.build, "frfinal", 150, ROUNDS)
LONG = Film("a film of 17.6 s", desert_festival.TEMPLATE.build, "flatrender", 440, min(ROUNDS, 3))
TEXTS, MATTES, MANY = authored("twelve texts", texts), authored("six mattes", mattes), authored("200 layers", many)


class Case(NamedTuple):
    film: Film
    project: Path
    raw: Path
    rate: Rate


@pytest.fixture(
    scope="module", params=[SHORT, LONG, TEXTS, MATTES, MANY], ids=["short", "long", "texts", "mattes", "many"]
)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """The project, and the frames that `flatrender render` encodes as one file of RGBA (1.2 or 3.6 GB), in the page
    cache."""
    film: Film = request.param
    folder = tmp_path_factory.mktemp("film")
    project, raw = film.build(folder), folder / "frames.rgba"
    client = EngineClient(1)
    try:
        report = client.scan(project)
        composition = next(found for found in report.compositions if found.name == film.composition)
        assert (composition.width, composition.height) == (WIDTH, HEIGHT)
        with raw.open("wb") as out:
            background = composition.background
            for frame in client.frames(project, composition.id, {}, 0, film.frames - 1, background=background):
                out.write(frame)
    finally:
        client.close()
    yield Case(film, project, raw, Rate(*composition.frame_rate_rational))
    raw.unlink()


def rendering(case: Case, out: Path) -> list[str | Path]:
    words: list[str | Path] = [sys.executable, "-m", "flatrender", "render", case.project]
    return [*words, "--comp", case.film.composition, "--frames", f"0-{case.film.frames - 1}", "--out", out]


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
    case: Case, tmp_path: Path, figure: Callable[[Figure], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a project that the command has rendered once (it keeps what it read of it); the first time is told beside."""
    monkeypatch.setenv("FLATRENDER_DATA", str(tmp_path / "data"))
    film, yardstick = tmp_path / "film.mp4", tmp_path / "yardstick.mp4"
    name, frames, turns = case.film.name, case.film.frames, case.film.rounds
    render = rendering(case, film)
    words = argv.encode(yardstick, WIDTH, HEIGHT, case.rate, find("mp4"), opaque=True, source=f"file:{case.raw}")
    encode: list[str | Path] = [find_ffmpeg(), *words]
    if case.film is not LONG:  # the file is in the cache, the programs as well
        timed(encode)
        timed(render)
        shutil.rmtree(tmp_path / "data")
    first = timed(render)
    renders, encodes = [], []
    for _ in range(turns):
        encodes.append(timed(encode))
        renders.append(timed(render))
    made, wanted = probe(film), probe(yardstick)
    assert (made.frames, made.duration) == (wanted.frames, wanted.duration)
    assert made.frames == frames
    rounds = f"best of {turns} turns, {frames} frames"
    made_in, encoded_in = min(turn.seconds for turn in renders), min(turn.seconds for turn in encodes)
    figure(Figure(f"{name}, from its project", made_in, "s", note=f"`flatrender render` at 1080p, {rounds}"))
    figure(Figure(f"{name}, the first time", first.seconds, "s", note="the project is not known yet; one turn"))
    figure(Figure(f"{name}, FFmpeg, same frames from a cached file", encoded_in, "s", note=rounds))
    pairs = list(zip(renders, encodes, strict=True))
    # What a busy machine disturbs least; two processors overlap, so the time may be less than this says.
    used = statistics.median(one.processor / other.processor for one, other in pairs)
    note = "user and system, all processes; median of the turns"
    figure(Figure(f"{name}, render / FFmpeg in processor time", used, "×", note=note))
    median = statistics.median(one.seconds / other.seconds for one, other in pairs)
    note = f"same arguments, same run; median of the turns {median:.2f} ×"
    figure(Figure(f"{name}, render / FFmpeg alone", made_in / encoded_in, "×", at_most=1.15, note=note))


def test_render_by_a_warm_node_against_ffmpeg_alone(
    case: Case, tmp_path: Path, figure: Callable[[Figure], None]
) -> None:
    """The same film as a node makes it: its children are there, and know the project from its last render."""
    yardstick = tmp_path / "yardstick.mp4"
    words = argv.encode(yardstick, WIDTH, HEIGHT, case.rate, find("mp4"), opaque=True, source=f"file:{case.raw}")
    encode: list[str | Path] = [find_ffmpeg(), *words]
    client = EngineClient(1)
    try:
        report = client.scan(case.project)
        composition = next(found for found in report.compositions if found.name == case.film.composition)
        request = SceneRequest(
            project=case.project,
            composition_id=composition.id,
            values={},
            out=tmp_path / "film.mp4",
            format="mp4",
            frames=case.film.frames,
            sound=True,
        )
        engine = NativeEngine(client)
        engine.render_scene(request, lambda fraction, step: None, lambda: False)
        renders, encodes = [], []
        for _ in range(case.film.rounds):
            encodes.append(timed(encode).seconds)
            began = time.perf_counter()
            made = engine.render_scene(request, lambda fraction, step: None, lambda: False)
            renders.append(time.perf_counter() - began)
            assert made.info.frames == case.film.frames
    finally:
        client.close()
    made_in, encoded_in = min(renders), min(encodes)
    name, rounds = case.film.name, f"best of {case.film.rounds} turns, {case.film.frames} frames"
    figure(Figure(f"{name}, by a warm node", made_in, "s", note=rounds))
    note = f"FFmpeg alone {encoded_in:.2f} s, same arguments, same run"
    figure(Figure(f"{name}, warm node / FFmpeg alone", made_in / encoded_in, "×", at_most=1.15, note=note))


def test_memory_of_a_render(tmp_path: Path, figure: Callable[[Figure], None]) -> None:
    """Of all its processes together, what they share counted once; and whether it grows with the length."""
    project = LONG.build(tmp_path)
    case = Case(LONG, project, tmp_path, Rate(25))
    done = threading.Event()
    held: list[tuple[float, int]] = []

    def watch() -> None:
        while not done.wait(0.1):
            held.append((time.perf_counter(), memory_below()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    try:
        timed(rendering(case, tmp_path / "film.mp4"))
    finally:
        done.set()
        watcher.join()
    length = held[-1][0] - began
    middle, last = (
        max(size for at, size in held if begin <= (at - began) / length < end) for begin, end in ((0.3, 0.6), (0.7, 1))
    )
    most = max(size for _, size in held)
    note = f"{LONG.frames} frames; PSS of the command, the drawing child and FFmpeg, ten times a second"
    figure(Figure("most memory of one render at 1080p", most / 1e6, "MB", at_most=1000, note=note))
    figure(Figure("its last third / its middle", last / middle, "×", at_most=1.05, note="flat over the length"))


def memory_below() -> int:
    """Bytes that the processes below this one hold, shared pages by their share."""
    total = 0
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{child.pid}/smaps_rollup").read_text()
            total += 1024 * int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
    return total


def test_start_of_a_child(figure: Callable[[Figure], None]) -> None:
    """What the launcher (parent-death signal, limits) adds to the start of a program."""
    times = [timed(["true"]).seconds for _ in range(15)]
    figure(Figure("start of a limited child", 1000 * statistics.median(times), "ms", note="`true`, start to end"))
