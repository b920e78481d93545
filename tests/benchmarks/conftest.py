"""Benchmarks: left out unless asked for by path, and a table of their figures at the end."""

import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flatrender.core import process
from tests.benchmarks.table import Figure, markdown
from tests.e2e.conftest import browser, building, built_pages, playwright, studio
from tests.e2e.running import Studio

__all__ = ["browser", "built_pages", "playwright", "studio"]  # one browser for all of them: Playwright allows no second

# The heaviest demo alone: the films of a whole gallery take a node minutes, and what is measured waits for them.
ONE_DEMO = """
from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.migrate import upgrade
from flatrender.templates import demos, seed
upgrade(get_database())
demos.DEMOS = (demos.hear_the_room.TEMPLATE,)
seed.seed_demos(get_database(), DEFAULT_TENANT)
"""

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


@pytest.fixture(scope="package")
def one_demo(tmp_path_factory: pytest.TempPathFactory, built_pages: Path) -> Iterator[Studio]:
    """A studio with the heaviest demo. Where FLATRENDER_TEST_DATA is named, it is kept beside that folder."""
    kept = os.environ.get("FLATRENDER_TEST_DATA")
    data = Path(f"{kept}-one-demo") if kept else tmp_path_factory.mktemp("one-demo")
    env = {**os.environ, "FLATRENDER_DATA": str(data)}
    seeded = process.run([sys.executable, "-c", ONE_DEMO], env=env, limits=process.Limits(wall_seconds=120))
    assert seeded.returncode == 0, seeded.stderr.decode()
    with ExitStack() as stack:
        with building(built_pages):
            studio = stack.enter_context(Studio(data, "--no-demos"))
        yield studio


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
