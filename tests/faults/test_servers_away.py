"""Faults 3 and 4: Redis lost in each way, the database locked or stopped."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatrender.commands.components import find_postgres
from flatrender.core.errors import Unavailable
from tests.deadline import until
from tests.faults.conftest import LEASE, PATIENT, TICK, Farm, farm_on, gone
from tests.servers import PostgresServer, RedisServer, find_redis_server

LOCKED_SECONDS = 21.0  # SQLite's own patience is 20


@pytest.mark.parametrize("how", ["append-only file", "no persistence", "flushed"])
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_redis_killed_and_restarted(
    kind: str, how: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 3: nothing lost, workers alive."""
    binary = find_redis_server()
    assert binary is not None
    url = request.getfixturevalue("filled_postgres_url") if kind == "postgres" else None
    with (
        RedisServer(binary, append_only=how == "append-only file") as redis,
        farm_on(kind, tmp_path, monkeypatch, url, REDIS_URL=redis.url, **PATIENT) as nodes,
    ):
        nodes.hold(True)
        nodes.start("n1")
        running, waiting = nodes.submit(), nodes.submit()
        until(lambda: nodes.running(running))
        if how == "flushed":
            redis.flush()
        else:
            redis.kill()
        meanwhile = nodes.submit()
        if how != "flushed":
            redis.start()
        nodes.hold(False)
        after = nodes.submit()
        for job_id in (running, waiting, meanwhile, after):
            nodes.is_job(job_id, "COMPLETED", 20)
        assert nodes.nodes["n1"].alive
        assert {task.epoch for job_id in (running, after) for task in nodes.tasks(job_id)} == {1}


def submits(nodes: Farm, told: list[BaseException]) -> threading.Thread:
    def submit() -> None:
        try:
            nodes.submit()
        except BaseException as error:
            told.append(error)

    thread = threading.Thread(target=submit)
    thread.start()
    return thread


def test_sqlite_locked_for_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 4, one half: a submit gets 503, nothing is half-written; the render kills itself within its lease."""
    with farm_on("sqlite", tmp_path, monkeypatch, None) as nodes:
        nodes.hold(True)
        nodes.start("n1")
        job_id = nodes.submit()
        task = until(lambda: nodes.running(job_id))
        renderer = until(lambda: nodes.renderer("n1"))
        blocker = sqlite3.connect(nodes.database.url.removeprefix("sqlite:///"), isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        told: list[BaseException] = []
        began = time.monotonic()
        sender = submits(nodes, told)
        until(lambda: gone(renderer), LEASE + 1, "the renderer's end within its lease")
        sender.join(LOCKED_SECONDS + 5)
        assert time.monotonic() - began < LOCKED_SECONDS + 5
        blocker.execute("ROLLBACK")
        blocker.close()
        [error] = told
        assert isinstance(error, Unavailable)
        assert error.status == 503
        nodes.hold(False)
        nodes.is_job(job_id, "COMPLETED", LEASE + TICK + 15)
        assert next(each for each in nodes.tasks(job_id) if each.id == task.id).crashes == 0


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed; run `flatrender doctor --install`")
    with PostgresServer(binaries) as server:
        yield server


def test_postgres_stopped(postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 4, the other half: the server is killed in the middle of a render and comes back later."""
    with postgres.database() as url, farm_on("postgres", tmp_path, monkeypatch, url) as nodes:
        nodes.hold(True)
        nodes.start("n1")
        job_id = nodes.submit()
        until(lambda: nodes.running(job_id))
        renderer = until(lambda: nodes.renderer("n1"))
        postgres.stop("immediate")
        told: list[BaseException] = []
        submits(nodes, told).join(10)
        until(lambda: gone(renderer), LEASE + 1, "the renderer's end within its lease")
        [error] = told
        assert isinstance(error, Unavailable)
        postgres.start()
        nodes.hold(False)
        nodes.is_job(job_id, "COMPLETED", LEASE + TICK + 15)
        assert nodes.nodes["n1"].alive
