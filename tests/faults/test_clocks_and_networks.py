"""Faults 9 and 12: a clock that is wrong, a network that is cut in either direction."""

import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from flatrender.commands.components import find_postgres
from flatrender.core import process
from flatrender.core.clock import NEAR
from flatrender.core.db import DEFAULT_TENANT, database_now
from flatrender.core.outbox import OutboxEvent
from flatrender.farm import log
from flatrender.farm.models import Task
from tests.deadline import until
from tests.faults.conftest import LEASE, TICK, Farm, farm_on
from tests.servers import PostgresServer
from workers.housekeeping import AGES

QUICK = process.Limits(wall_seconds=10)


def wrong_clock(nodes: Farm, seconds: int) -> dict[str, str]:
    """What makes a node's clock wrong. SQLite's clock is the machine's, and all its nodes are on that machine: there
    only what the node itself believes can differ."""
    if nodes.database.is_sqlite:
        return {"FAULT_CLOCK": str(seconds)}
    found = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
    if found is None:
        pytest.skip("faketime is not installed; run `flatrender doctor --install`")
    return {"LD_PRELOAD": str(found), "FAKETIME": f"{seconds:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def test_nodes_whose_clocks_are_wrong_by_ten_minutes(farm_of_processes: Farm) -> None:
    """Fault 9: order, leases and retention are as ever, and so is the time that is written down."""
    nodes = farm_of_processes
    nodes.hold(True)
    young = event(nodes, minutes=-5)
    for name, seconds in (("early", -600), ("late", 600)):
        old = event(nodes, minutes=5)
        nodes.start(name, FAULT_HOUSEKEEPING="on", **wrong_clock(nodes, seconds))
        until(lambda old=old: not kept(nodes, old), what=f"the housekeeping of {name}")
        assert kept(nodes, young)
    job_id = nodes.submit()
    task = until(lambda: nodes.running(job_id))

    def lease() -> tuple[datetime, int, float]:
        """Until when it is, of which claim, and how many seconds are left of it."""
        with nodes.database.system_session(read_only=True) as session:
            found = session.exec(select(Task).where(col(Task.id) == task.id)).one()
            assert found.lease_until is not None
            return found.lease_until, found.epoch, (found.lease_until - database_now(session)).total_seconds()

    first, _, left = lease()
    assert -TICK < left <= LEASE + TICK
    _, epoch, left = until(lambda: (found := lease())[0] > first and found, LEASE, "a renewal")
    assert epoch == 1  # it is neither reaped early nor forgotten
    assert left <= LEASE + TICK  # by the database's clock, whichever node's it is
    assert task.node_id is not None
    nodes.signal(task.node_id, signal.SIGKILL)
    second = until(lambda: (found := nodes.running(job_id)) and found.epoch == 2 and found, 20)
    assert second.node_id != task.node_id
    low, high = nodes.submit(priority=10), nodes.submit(priority=90)
    nodes.hold(False)
    for each in (job_id, low, high):
        nodes.is_job(each, "COMPLETED")
    started = {each: nodes.tasks(each)[0].claimed_at for each in (low, high)}
    assert started[high] < started[low]
    for each in (job_id, low, high):
        job = nodes.job(each)
        assert job.started_at is not None
        assert job.finished_at is not None
        assert job.created_at - NEAR < job.started_at - NEAR < job.finished_at < nodes.now() + NEAR
    with nodes.database.system_session(read_only=True) as session:
        said = [line.at for line in log.lines(session, job_id)]
    assert max(said) - min(said) < timedelta(minutes=2)
    child = nodes.nodes.pop(task.node_id)
    child.close()


def event(nodes: Farm, *, minutes: float) -> int:
    """A delivered event so many minutes older than such are kept."""
    with nodes.database.system_session() as session:
        at = database_now(session) - AGES.events - timedelta(minutes=minutes)
        row = OutboxEvent(tenant_id=DEFAULT_TENANT, kind="test", payload={}, created_at=at, delivered_at=at)
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def kept(nodes: Farm, number: int) -> bool:
    with nodes.database.system_session(read_only=True) as session:
        return session.get(OutboxEvent, number) is not None


class Network:
    """Two networks and the cable between them: the database stands in one, a node in the other.

    The machine's own is left alone: a browser fails what it is loading when that one changes. Each is that of a
    process, without a name: a name is a mount under /run, which a chroot cannot make.
    """

    here, there = "10.213.7.1", "10.213.7.2"

    def __enter__(self) -> "Network":
        self._keepers = [
            process.Child(["unshare", "--net", "sh", "-c", "echo ready; read _"], stdin=process.PIPE) for _ in range(2)
        ]
        try:
            for keeper in self._keepers:
                assert keeper.popen.stdout is not None
                if keeper.popen.stdout.readline() != b"ready\n":
                    pytest.skip("a network namespace needs root's rights")
            node = self._keepers[1].popen.pid
            self._do(self.by_database, f"ip link add cable type veth peer name cable netns {node}")
            for side, address in ((self.by_database, self.here), (self.by_node, self.there)):
                self._do(side, f"ip addr add {address}/30 dev cable")
                self._do(side, "ip link set cable up")
                self._do(side, "ip link set lo up")
        except BaseException:
            self.__exit__()
            raise
        return self

    @property
    def by_database(self) -> tuple[str, ...]:
        """What comes before a command that runs in the database's network."""
        return self._in(0)

    @property
    def by_node(self) -> tuple[str, ...]:
        """What comes before a command that runs in the node's network."""
        return self._in(1)

    def __exit__(self, *_: object) -> None:
        for keeper in self._keepers:
            keeper.close()

    def cut(self, direction: str) -> None:
        """Nothing reaches the other side: by an address that leads nowhere, so that the senders see no error."""
        side, address = (self.by_node, self.here) if direction == "node to database" else (self.by_database, self.there)
        self._do(side, f"ip neigh replace {address} lladdr 02:00:00:00:00:01 dev cable nud permanent")

    def _in(self, number: int) -> tuple[str, ...]:
        return ("nsenter", f"--target={self._keepers[number].popen.pid}", "--net")

    @staticmethod
    def _do(side: tuple[str, ...], words: str) -> None:
        done = process.run([*side, *words.split()], limits=QUICK)
        assert done.returncode == 0, (words, done.stderr)


@pytest.fixture
def network() -> Iterator[Network]:
    with Network() as network:
        yield network


@pytest.mark.parametrize("direction", ["node to database", "database to node"])
def test_a_network_that_is_cut(
    network: Network, direction: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 12: another node finishes; the one that was cut off kills its render before its lease ends."""
    binaries = find_postgres()
    assert binaries is not None
    with PostgresServer(binaries, network.here, network.by_database) as server:
        with (server.folder / "data" / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {network.there}/32 trust\n")
        server.reload()
        with server.database() as url, farm_on("postgres", tmp_path, monkeypatch, url) as nodes:
            nodes.hold(True)
            beyond = f"postgresql://postgres@{network.here}:{server.port}/{url.partition('?')[0].rpartition('/')[2]}"
            nodes.start("far", before=network.by_node, DATABASE_URL=beyond)
            job_id = nodes.submit()
            first = until(lambda: nodes.running(job_id))
            assert first.node_id == "far"
            renderer = until(lambda: nodes.renderer("far"))
            nodes.start("near")
            network.cut(direction)
            nodes.ends_within_its_lease(first, renderer)
            second = until(lambda: (found := nodes.running(job_id)) and found.node_id == "near" and found, 20)
            assert second.epoch == 2
            nodes.hold(False)
            nodes.is_job(job_id, "COMPLETED")
