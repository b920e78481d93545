"""How long a scan takes inside the engine's process, on the real projects of ../shared/corpus."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from flatrender.aftereffects.project import open_project
from flatrender.core.errors import BadFile
from tests.benchmarks.table import Figure

ROUNDS = 3


def test_scan_of_the_corpus(shared_folder: Path, figure: Callable[[Figure], None]) -> None:
    projects = sorted((shared_folder / "corpus").rglob("*.aep"))
    open_project(projects[0]).report()  # what is loaded once
    took: dict[Path, float] = {}
    for project in projects:
        try:
            took[project] = min(seconds(project) for _ in range(ROUNDS))
        except BadFile:  # one holds what no reader understands, and is refused
            continue
    assert len(took) >= len(projects) - 1
    slowest = max(took, key=lambda project: took[project])
    note = f"{len(took)} projects, opened and reported with capabilities, best of {ROUNDS}"
    figure(Figure("scan, median", 1000 * statistics.median(took.values()), "ms", at_most=60, note=note))
    figure(Figure("scan, the slowest", took[slowest], "s", at_most=4, note=f"`{slowest.name}`"))


def seconds(project: Path) -> float:
    began = time.perf_counter()
    open_project(project).report()
    return time.perf_counter() - began
