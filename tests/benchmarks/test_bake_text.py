"""A bake of one text, warm, against a process per keystroke; one line laid out, with and without the outline cache."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from flatrender.aftereffects.client import EngineClient, default_client
from flatrender.aftereffects.raster.rasteriser import child_environment
from flatrender.aftereffects.text import FontLibrary, TextRun, TextSpec, TextStyle, layout, lottie_shapes
from flatrender.core.process import Limits, run
from flatrender.templates.demos import DEMOS, lower_third
from tests.aftereffects.authored import Author, keyed
from tests.benchmarks.table import Figure

BAKE_MS = 15
TEXT = "سلام دنیا Hello {} (۱۴۰۳)"

COLD = """
import sys
from pathlib import Path
from flatrender.aftereffects.project import open_project
project = open_project(Path(sys.argv[1]))
value = {"kind": "text", "text": "سلام دنیا", "direction": "auto"}
print(len(project.bake(int(sys.argv[2]), sys.argv[3], value, {})))
"""


def median_seconds(work: Callable[[int], object], times: int) -> float:
    spent = []
    for number in range(times):
        began = time.perf_counter()
        work(number)
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def best_of(rounds: int, work: Callable[[int], object], times: int) -> float:
    """The best round's median: other work on the machine only ever makes it slower."""
    return min(median_seconds(work, times) for _ in range(rounds))


@pytest.fixture(scope="module")
def client() -> Iterator[EngineClient]:
    made = EngineClient(1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lower_third.TEMPLATE.build(tmp_path_factory.mktemp("demos"))


def test_warm_bakes_against_a_process_per_keystroke(
    client: EngineClient, bundle: Path, figure: Callable[[Figure], None]
) -> None:
    report = client.scan(bundle)
    texts = [
        (composition.id, f"{composition.id}/{layer.id}", layer.name)
        for composition in report.compositions
        for layer in composition.layers
        if layer.type == "text" and layer.enabled and layer.name.startswith("frl_")
    ]
    assert len(texts) >= 3
    warm: dict[str, float] = {}
    for comp_id, address, name in texts:

        def bake(number: int, comp_id: int = comp_id, address: str = address) -> None:
            value = {"kind": "text", "text": TEXT.format(number), "direction": "auto"}
            assert client.bake(bundle, comp_id, address, value, {})

        bake(-1)
        warm[name] = best_of(5, bake, 10)
    comp_id, address, _ = texts[0]

    def cold(_: int) -> None:
        words = [sys.executable, "-P", "-c", COLD, str(bundle), str(comp_id), address]
        done = run(words, limits=Limits(wall_seconds=60), env=child_environment())
        assert done.returncode == 0, done.stderr.decode()

    apart = median_seconds(cold, 3)
    assert client.started == 1
    for name, seconds in warm.items():
        figure(Figure(f"bake of one text, warm ({name})", seconds * 1000, "ms", BAKE_MS, "best of 5 medians of 10"))
    figure(Figure("the same with a process per keystroke", apart * 1000, "ms", note="median of 3"))
    slowest = max(warm.values())
    figure(Figure("slowest warm bake, of the process per keystroke", 100 * slowest / apart, "%", 10))


def test_every_text_of_every_demo_template(
    client: EngineClient, tmp_path: Path, figure: Callable[[Figure], None]
) -> None:
    """In processor time of the child: other work on the machine does not count, waiting does not either."""
    took: dict[str, float] = {}
    for demo in DEMOS:
        bundle = demo.build(tmp_path)
        for composition in client.scan(bundle).compositions:
            for layer in composition.layers:
                if layer.type == "text" and layer.enabled and layer.name.startswith("frl_"):
                    name = f"{demo.name}, {composition.name}, {layer.name}"
                    took[name] = bake_seconds(client, bundle, composition.id, f"{composition.id}/{layer.id}")
    assert len(took) > 50
    slowest = max(took, key=lambda name: took[name])
    what = f"slowest bake of the {len(took)} texts of all demo templates, warm"
    note = f"{slowest}; the child's processor time, best of 5 rounds of 4"
    figure(Figure(what, took[slowest] * 1000, "ms", BAKE_MS, note))


def test_a_text_whose_letters_rise(client: EngineClient, tmp_path: Path, figure: Callable[[Figure], None]) -> None:
    """One letter after the other for the first second and a half of six, as many titles begin."""
    author = Author()
    comp = author.comp("Main", seconds=6.0)
    layer = author.text(comp, "frl_title", "short words")
    animator = layer["ADBE Text Properties"]["ADBE Text Animators"].add_property("ADBE Text Animator")
    for name, value in (("Opacity", 0.0), ("Position 3D", [0.0, 40.0, 0.0])):
        animator["ADBE Text Animator Properties"].add_property(f"ADBE Text {name}").value = value
    selector = animator["ADBE Text Selectors"].add_property("ADBE Text Selector")
    selector["ADBE Text Range Advanced"]["ADBE Text Range Shape"].value = 2
    keyed(selector["ADBE Text Percent Offset"], (0.0, -100.0), (1.5, 100.0))
    project = author.save(tmp_path / "made.aep")
    found = client.scan(project).compositions[0]
    spent = bake_seconds(client, project, found.id, f"{found.id}/{found.layers[0].id}")
    note = "26 characters; the child's processor time, best of 5 rounds of 4"
    figure(Figure("bake of a text whose letters rise one by one, warm", spent * 1000, "ms", BAKE_MS, note))


def bake_seconds(client: EngineClient, bundle: Path, comp_id: int, address: str) -> float:
    """Seconds of the child's processor time for one bake, warm: the best round's mean."""

    def bake(number: int) -> None:
        value = {"kind": "text", "text": TEXT.format(number), "direction": "auto"}
        assert client.bake(bundle, comp_id, address, value, {})

    bake(-1)
    rounds = []
    for begin in range(0, 20, 4):
        before = spent_by_children()
        for number in range(begin, begin + 4):
            bake(number)
        rounds.append((spent_by_children() - before) / 4)
    return min(rounds)


def spent_by_children() -> float:
    """Seconds of processor time of the processes below this one, by the kernel's own count (not in ticks of 10 ms)."""
    children = psutil.Process().children(recursive=True)
    return sum(int(Path(f"/proc/{child.pid}/schedstat").read_text().split()[0]) for child in children) / 1e9


def test_cached_outlines_against_fresh_fonts(figure: Callable[[Figure], None]) -> None:
    style = TextStyle("Inter-Bold", 60)

    def lay_out(number: int, fonts: FontLibrary) -> None:
        lottie_shapes(layout(TextSpec((TextRun(TEXT.format(number), style),)), fonts))

    kept = FontLibrary([], system=False)
    lay_out(0, kept)
    warm = best_of(5, lambda number: lay_out(number, kept), 20)
    fresh = median_seconds(lambda number: lay_out(number, FontLibrary([], system=False)), 5)
    figure(Figure("layout of one Persian and Latin line", warm * 1000, "ms", 5, "best of 5 medians of 20"))
    figure(Figure("the same, of the time with fresh fonts", 100 * warm / fresh, "%", 67))


def test_the_shared_client_is_warm_after_its_first_call() -> None:
    """Time to the first answer is the start of a process; `warm` takes it out of the first keystroke."""
    client = default_client()
    began = time.perf_counter()
    client.warm()
    first = time.perf_counter() - began
    again = median_seconds(lambda _: client.warm(), 5)
    assert client.started == 1
    assert again < first
