"""Benchmarks: left out unless asked for by path, and a table of their figures at the end."""

import os
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.table import Figure, markdown
from tests.e2e.conftest import browser, built_pages, playwright, studio

__all__ = ["browser", "built_pages", "playwright", "studio"]  # one browser for all of them: Playwright allows no second

FIGURES: list[Figure] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`python -m pytest` alone runs none of them; naming the folder or a file in it does."""
    here = Path(__file__).parent
    if any("benchmarks" in str(argument) for argument in config.args):
        return
    mine = [item for item in items if here in item.path.parents]
    if mine:
        items[:] = [item for item in items if here not in item.path.parents]
        config.hook.pytest_deselected(items=mine)


@pytest.fixture
def figure() -> Callable[[Figure], None]:
    """Records a figure for the table and fails the test when it misses its target."""

    def record(measured: Figure) -> None:
        FIGURES.append(measured)
        assert measured.reached, f"{measured.name}: {measured.value:g} {measured.unit}, wanted {measured.target}"

    return record


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not FIGURES:
        return
    text = markdown(FIGURES, f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    terminalreporter.write_line("")
    terminalreporter.write_line(text)
    path = os.environ.get("FLATRENDER_BENCHMARK_TABLE")
    if path:
        Path(path).write_text(text, encoding="utf-8")
