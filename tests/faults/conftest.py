"""A farm of real node processes on each database, with short leases; every test ends by asserting the invariants."""

import os
import signal
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlmodel import col, select

from flatrender.core import process
from flatrender.core.db import DEFAULT_TENANT, Database, database_now
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.renders import writer
from flatrender.renders.models import RenderJob
from tests.deadline import until
from tests.faults.invariants import GRACE_SECONDS, assert_invariants, crowded
from tests.faults.pauses import paused_processes
from tests.installation import installed
from tests.nursery import Forked

ROOT = Path(__file__).resolve().parents[2]
LEASE, TICK = 2.0, 0.2
# Where leases are not the subject none is lost, however long the machine stands still; nodes are looked at as often.
PATIENT = {"FLATRENDER_LEASE_SECONDS": "30", "FAULT_HEARTBEAT": str(LEASE / 3)}


class Started(process.Child):
    """A node process of its own making, for what must be there from its first instruction."""

    def __init__(self, words: Sequence[str], env: dict[str, str]) -> None:
        super().__init__(words, cwd=ROOT, env=env, stdin=process.DEVNULL, keep_stderr=20_000)

    def is_on_line(self) -> bool:
        """Waits until the node has said so."""
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        assert line == b"on line\n", (line, self.last_words())
        return True


class Farm:
    """Node processes and the database they share."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.nodes: dict[str, Forked | Started] = {}
        self.submitted: list[str] = []
        self._launched = 0

    def start(self, *names: str, before: Sequence[str] = (), **environment: str) -> None:
        """Starts node processes and waits until they are on line. `before`: words before the command."""
        env = {**os.environ, **environment}
        began = {name: self._launch(name, before, env) for name in names}
        for name, child in began.items():
            self.nodes[name] = child
            until(child.is_on_line, 30, f"node {name} on line")

    def _launch(self, name: str, before: Sequence[str], env: dict[str, str]) -> "Forked | Started":
        if before or "LD_PRELOAD" in env:  # it must begin anew
            return Started([*before, sys.executable, "-m", "tests.faults.node_process", name], env)
        self._launched += 1
        return Forked("tests.faults.node_process", [name], env, self.folder / f"{name}-{self._launched}.log")

    def signal(self, name: str, number: int) -> None:
        os.kill(self.nodes[name].pid, number)

    def stop(self, name: str) -> None:
        """SIGSTOP. On SQLite not in the middle of a write: the whole database would stand still with the node (see
        docs/farm.md), which is SQLite's way and not what is asked here."""
        for _ in range(20):
            self.signal(name, signal.SIGSTOP)
            until(lambda: self._stands_still(name), 20, f"{name} stopped")
            if not self.database.is_sqlite or self._writable():
                return
            self.signal(name, signal.SIGCONT)
            until(self._writable, 20, f"the end of what {name} writes")  # stopped at once again it would never end
        raise AssertionError(f"{name} is always in the middle of a write")

    def _stands_still(self, name: str) -> bool:
        """All of it: a thread in the middle of a call to the system, such as for a lock, first ends that."""
        try:
            states = [file.read_text() for file in Path(f"/proc/{self.nodes[name].pid}/task").glob("*/stat")]
        except (FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            return False
        return all(state.rpartition(")")[2].split()[0] in "TZX" for state in states)

    def _writable(self) -> bool:
        with closing(sqlite3.connect(self.database.url.removeprefix("sqlite:///"), timeout=1)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            connection.rollback()
            return True

    def kill(self, name: str) -> None:
        """SIGKILL of the node's own process; whatever it started is left to the kernel."""
        self.signal(name, signal.SIGKILL)
        child = self.nodes.pop(name)
        child.wait()
        child.close()

    def close(self) -> None:
        for name, child in self.nodes.items():
            with suppress(ProcessLookupError):
                self.signal(name, signal.SIGCONT)
            child.close()
            print(f"--- {name}\n{child.last_words()}")  # shown when the test fails

    def mode(self, mode: str) -> None:
        """What scenes do: see `node_process`."""
        (self.folder / "mode.new").write_text(mode)
        (self.folder / "mode.new").replace(self.folder / "mode")

    def hold(self, yes: bool) -> None:
        """Whether scenes hold."""
        self.mode("hold" if yes else "")

    def submit(self, **changes: Any) -> str:
        job = RenderJob(
            tenant_id=DEFAULT_TENANT, user_id="u" * 32, user_name="Sara", title="Film", document={}, **changes
        )
        with self.database.tenant_session(DEFAULT_TENANT) as session:
            writer.opened(session, job)
        self.submitted.append(job.id)
        return job.id

    def job(self, job_id: str) -> RenderJob:
        with self.database.system_session() as session:
            job = session.get(RenderJob, job_id)
            assert job is not None
            return job

    def now(self) -> datetime:
        """The database's clock."""
        with self.database.system_session(read_only=True) as session:
            return database_now(session)

    def is_job(self, job_id: str, state: str, seconds: float = 15.0) -> None:
        until(lambda: self.job(job_id).state == state, seconds, f"job {state}")

    def running(self, job_id: str, kind: str = "scene") -> Task | None:
        """The job's claimed task of this kind."""
        with self.database.system_session() as session:
            query = select(Task).where(
                col(Task.owner_id) == job_id, col(Task.kind) == kind, col(Task.state) == "CLAIMED"
            )
            return session.exec(query).first()

    def lease(self, task: Task) -> datetime | None:
        """Until when this very claim is held; None once it is not."""
        with self.database.system_session(read_only=True) as session:
            found = session.exec(select(Task).where(col(Task.id) == task.id)).one()
            return found.lease_until if found.epoch == task.epoch else None

    def ends_within_its_lease(self, task: Task, renderer: psutil.Process, lease: datetime | None = None) -> None:
        """Waits for the renderer's end, and fails when it is seen alive after the claim's lease. `lease`: until when
        that is, where the database cannot be asked.

        Both databases stand on this machine, whose clock is theirs. Of the time after the lease that does not count
        for which the machine paused those who were to end the renderer, when it was due.
        """
        assert task.node_id is not None
        pids = self.nodes[task.node_id].pid, renderer.pid
        looks: list[tuple[datetime, float]] = []
        known = lease or self.lease(task)
        assert known is not None

        def ended() -> bool:
            nonlocal known
            looks.append((datetime.now(UTC), paused_processes(*pids)))
            if gone(renderer):
                return True
            known = lease or self.lease(task) or known
            assert known is not None
            now, pauses = looks[-1]
            if now > known:
                due = known - timedelta(seconds=0.15 * LEASE)
                before = max((look for look in looks if look[0] <= due), default=looks[0])
                late = (now - known).total_seconds() - (pauses - before[1])
                assert late <= 0, f"the renderer is alive {late:.2f} s after its lease"
            return False

        until(ended, LEASE + 10, "the renderer's end")

    def renderer(self, node: str) -> psutil.Process | None:
        """The child that a node's scene runs."""
        try:
            return psutil.Process(int((self.folder / f"renderer-{node}").read_text()))
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None

    def tasks(self, job_id: str) -> list[Task]:
        with self.database.system_session() as session:
            return farm.tasks_of(session, job_id)


@contextmanager
def farm_on(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch, url: str | None, **more: str) -> Iterator[Farm]:
    """A farm of processes in `folder`; `url`: of its PostgreSQL."""
    environment = {
        "FLATRENDER_LEASE_SECONDS": str(LEASE),
        "FLATRENDER_TICK_SECONDS": str(TICK),
        "FLATRENDER_CALLBACK_NETWORKS": "127.0.0.1",
        **more,
    }
    if kind == "postgres":
        assert url is not None
        environment["DATABASE_URL"] = url
    with installed(folder / "data", monkeypatch, **environment) as database:
        found = Farm(database, folder / "data")
        try:
            yield found
            slots = dict.fromkeys(found.nodes, 1)
            quiet = float(environment["FLATRENDER_LEASE_SECONDS"]) + GRACE_SECONDS
            until(lambda: not crowded(database, slots), quiet, "no node with more tasks than slots")
            assert_invariants(database, submitted=found.submitted)
        finally:
            found.close()


def gone(process_: psutil.Process) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return not process_.is_running() or process_.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(params=["sqlite", "postgres"])
def farm_of_processes(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Farm]:
    url = request.getfixturevalue("filled_postgres_url") if request.param == "postgres" else None
    with farm_on(request.param, tmp_path, monkeypatch, url) as found:
        yield found
