"""Faults 3 and 4: Redis lost in each way, the database locked or stopped."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from flatrender.api.app import create_api
from flatrender.commands.components import find_postgres
from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.errors import Unavailable
from flatrender.core.outbox import OutboxEvent
from flatrender.farm.models import Task
from flatrender.renders import writer
from flatrender.renders.models import RenderJob
from tests.deadline import until
from tests.faults.conftest import LEASE, PATIENT, TICK, Farm, farm_on, gone
from tests.servers import PostgresServer, RedisServer, find_redis_server

AWAY_SECONDS = 30.0  # of PostgreSQL
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


def refused(submit: Callable[[], object]) -> None:
    """Sends a job and is told in one sentence that the database is away."""
    with pytest.raises(Unavailable) as told:
        submit()
    assert told.value.status == 503


def nothing_half_written(nodes: Farm) -> None:
    """No job but those whose sender was told of them, and nothing of any other."""
    with nodes.database.system_session() as session:
        rows = {*session.exec(select(RenderJob.id)).all()}, {*session.exec(select(Task.owner_id)).all()}
        told = {event.payload["job_id"] for event in session.exec(select(OutboxEvent)).all()}
    assert rows == ({*nodes.submitted}, {*nodes.submitted})
    assert told <= {*nodes.submitted}


def sqlite_locked_for_writing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A submit gets 503, nothing is half-written; the render kills itself within its lease."""
    with farm_on("sqlite", folder, monkeypatch, None) as nodes, ThreadPoolExecutor(1) as senders:
        nodes.hold(True)
        nodes.start("n1")
        job_id = nodes.submit()
        task = until(lambda: nodes.running(job_id))
        renderer = until(lambda: nodes.renderer("n1"))
        blocker = sqlite3.connect(nodes.database.url.removeprefix("sqlite:///"), isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        sender = senders.submit(refused, nodes.submit)
        until(lambda: gone(renderer), LEASE + 1, "the renderer's end within its lease")
        sender.result(LOCKED_SECONDS + 5)
        assert LOCKED_SECONDS - 1 <= time.monotonic() - began < LOCKED_SECONDS + 5
        blocker.execute("ROLLBACK")
        blocker.close()
        nothing_half_written(nodes)
        nodes.hold(False)
        nodes.is_job(job_id, "COMPLETED", LEASE + TICK + 15)
        assert next(each for each in nodes.tasks(job_id) if each.id == task.id).crashes == 0


def told_over_http() -> None:
    """The same as an answer of the API."""
    client = TestClient(create_api(), base_url="http://testserver")
    answer = client.post("/api/v1/renders", json={"project_id": "p" * 32}, headers={"Authorization": "Bearer fr_key"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    get_database().dispose()


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed; run `flatrender doctor --install`")
    with PostgresServer(binaries) as server:
        yield server


def test_databases_away(postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 4: PostgreSQL is killed in the middle of a render and of a submit, and away for 30 s; its nodes come back
    by themselves. Meanwhile the other half, on a farm of its own: both are waiting for the most part."""
    with postgres.database() as url, farm_on("postgres", tmp_path / "postgres", monkeypatch, url) as nodes:
        nodes.hold(True)
        nodes.start("n1")
        job_id = nodes.submit()
        task = until(lambda: nodes.running(job_id))
        renderer = until(lambda: nodes.renderer("n1"))
        unsent = RenderJob(tenant_id=DEFAULT_TENANT, user_id="u" * 32, user_name="Sara", title="Half", document={})

        def interrupted() -> None:
            with nodes.database.tenant_session(DEFAULT_TENANT) as session:
                writer.opened(session, unsent)
                session.flush()
                postgres.stop("immediate")

        refused(interrupted)
        stopped_at = time.monotonic()
        until(lambda: gone(renderer), LEASE + 1, "the renderer's end within its lease")
        back, times = threading.Event(), []

        def submit_all_the_time() -> None:
            while not back.wait(0.25):
                began = time.monotonic()
                refused(nodes.submit)
                times.append(time.monotonic() - began)

        with ThreadPoolExecutor(1) as senders:
            sender = senders.submit(submit_all_the_time)
            try:
                with monkeypatch.context() as own:
                    sqlite_locked_for_writing(tmp_path / "sqlite", own)
                told_over_http()
                until(lambda: time.monotonic() - stopped_at >= AWAY_SECONDS, AWAY_SECONDS, "the end of the stop")
            finally:
                back.set()
            sender.result(10)
        assert len(times) > AWAY_SECONDS / 2
        assert max(times) < 5.0
        assert nodes.nodes["n1"].alive
        postgres.start()
        started_at = time.monotonic()
        nothing_half_written(nodes)
        nodes.hold(False)
        after = nodes.submit()
        for each in (job_id, after):
            nodes.is_job(each, "COMPLETED", LEASE + TICK + 15)
        assert next(each for each in nodes.tasks(job_id) if each.id == task.id).crashes == 0
        away, took = started_at - stopped_at, time.monotonic() - started_at
        print(f"away for {away:.1f} s, {len(times)} submits refused, all complete {took:.1f} s after the start")
