"""Faults 3 and 4: Redis lost in each way, the database locked or stopped."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from flatrender.access import service as access
from flatrender.access.models import Role
from flatrender.commands.components import find_postgres
from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.errors import Unavailable
from flatrender.core.outbox import OutboxEvent
from flatrender.farm.models import Task
from flatrender.projects.timeline import Rate, SceneClip, new_document
from flatrender.renders import writer
from flatrender.renders.models import RenderJob
from tests.access.test_rules import add_project
from tests.api.conftest import one_api
from tests.deadline import until
from tests.faults.conftest import LEASE, PATIENT, TICK, Farm, farm_on
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
        told = {event.payload["job_id"] for event in session.exec(select(OutboxEvent)) if "job_id" in event.payload}
    assert rows == ({*nodes.submitted}, {*nodes.submitted})
    assert told <= {*nodes.submitted}


class Customer:
    """Somebody with a film, who sends it over HTTP. Signed in while the database answers."""

    def __init__(self, nodes: Farm) -> None:
        self._nodes = nodes
        person = {"email": "sara@example.com", "password": "a password for away servers"}
        with nodes.database.system_session() as session:
            user = access.create_user(session, DEFAULT_TENANT, **person, name="Sara", role=Role.MEMBER)
            user_id = user.id
        with nodes.database.tenant_session(DEFAULT_TENANT) as session:
            project = add_project(session, user_id, "Film")
            project.document = new_document(Rate(25), (640, 360), (SceneClip("c1", "s1", 50),)).to_dict()
            self.project_id = project.id
        self.browser = TestClient(one_api(), base_url="http://testserver")
        answer = self.browser.post("/api/v1/auth/sign-in", json=person)
        assert answer.is_success, answer.text

    def send(self) -> httpx.Response:
        return self.browser.post("/api/v1/renders", json={"project_id": self.project_id})

    def is_refused(self) -> None:
        """The database is away, and that is what the answer says."""
        answer = self.send()
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text

    def sends(self) -> str:
        """The job, now that the database is back."""
        answer = self.send()
        assert answer.status_code == 201, answer.text
        self._nodes.submitted.append(answer.json()["id"])
        return self._nodes.submitted[-1]


def sqlite_locked_for_writing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A submit gets 503, nothing is half-written; the render kills itself within its lease."""
    with farm_on("sqlite", folder, monkeypatch, None) as nodes, ThreadPoolExecutor(1) as senders:
        customer = Customer(nodes)
        nodes.hold(True)
        nodes.start("n1")
        job_id = nodes.submit()
        task = until(lambda: nodes.running(job_id))
        renderer = until(lambda: nodes.renderer("n1"))
        blocker = sqlite3.connect(nodes.database.url.removeprefix("sqlite:///"), isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        sender = senders.submit(customer.is_refused)
        nodes.ends_within_its_lease(task, renderer)
        sender.result(LOCKED_SECONDS + 5)
        assert LOCKED_SECONDS - 1 <= time.monotonic() - began < LOCKED_SECONDS + 5
        blocker.execute("ROLLBACK")
        blocker.close()
        nothing_half_written(nodes)
        after = customer.sends()
        nodes.hold(False)
        for each in (job_id, after):
            nodes.is_job(each, "COMPLETED", LEASE + TICK + 15)
        assert next(each for each in nodes.tasks(job_id) if each.id == task.id).crashes == 0


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed; run `flatrender doctor --install`")
    with PostgresServer(binaries) as server:
        yield server


def renewed(nodes: Farm, task: Task) -> datetime:
    """Waits for a renewal; until when the claim is held with it."""
    before = nodes.lease(task)
    assert before is not None
    return until(lambda: (found := nodes.lease(task)) and found > before and found, LEASE, "a renewal")


def in_the_middle(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, customer: Customer) -> None:
    """The server is killed when a job is written and not yet committed; its sender is refused."""
    opened = writer.opened

    def interrupted(session: Session, job: RenderJob) -> None:
        opened(session, job)
        session.flush()
        postgres.stop("immediate")

    with monkeypatch.context() as patch:
        patch.setattr(writer, "opened", interrupted)
        customer.is_refused()


def test_databases_away(postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 4: PostgreSQL is killed in the middle of a render and of a submit, and away for 30 s; its nodes come back
    by themselves. Meanwhile the other half, on a farm of its own: both are waiting for the most part."""
    with postgres.database() as url, farm_on("postgres", tmp_path / "postgres", monkeypatch, url) as nodes:
        customer = Customer(nodes)
        nodes.hold(True)
        nodes.start("n1")
        job_id = nodes.submit()
        task = until(lambda: nodes.running(job_id))
        renderer = until(lambda: nodes.renderer("n1"))
        fresh = renewed(nodes, task)
        renewed_at = time.monotonic()
        in_the_middle(postgres, monkeypatch, customer)
        stopped_at = time.monotonic()
        # Between what was read and the stop it may have been renewed once more, though hardly.
        sure = stopped_at - renewed_at < LEASE / 4
        nodes.ends_within_its_lease(task, renderer, fresh if sure else datetime.now(UTC) + timedelta(seconds=LEASE))
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
                customer.is_refused()
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
        after = customer.sends()
        get_database().dispose()  # the API's, another than the farm's since the other half has taken its place
        for each in (job_id, after):
            nodes.is_job(each, "COMPLETED", LEASE + TICK + 15)
        assert next(each for each in nodes.tasks(job_id) if each.id == task.id).crashes == 0
        away, took = started_at - stopped_at, time.monotonic() - started_at
        print(f"away for {away:.1f} s, {len(times)} submits refused, all complete {took:.1f} s after the start")
