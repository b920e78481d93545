"""Faults 9 and 12: a clock that is wrong, a network that is cut in either direction."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from flatrender.commands.components import find_postgres
from flatrender.core import process
from flatrender.core.db import database_now
from flatrender.farm.models import Task
from tests.deadline import until
from tests.faults.conftest import LEASE, TICK, Farm, farm_on, gone
from tests.servers import PostgresServer

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
    """Fault 9: order, leases and retention are as ever."""
    nodes = farm_of_processes
    nodes.hold(True)
    nodes.start("early", **wrong_clock(nodes, -600))
    nodes.start("late", **wrong_clock(nodes, 600))
    job_id = nodes.submit()
    task = until(lambda: nodes.running(job_id))

    def lease() -> float:
        with nodes.database.system_session(read_only=True) as session:
            found = session.exec(select(Task).where(col(Task.id) == task.id)).one()
            assert found.lease_until is not None
            return (found.lease_until - database_now(session)).total_seconds()

    assert -TICK < lease() <= LEASE + TICK
    first = lease()
    until(lambda: lease() > first - 0.1, LEASE, "a renewal")  # it is neither reaped early nor forgotten
    until(lambda: (found := nodes.running(job_id)) and found.epoch == 1)
    assert task.node_id is not None
    nodes.signal(task.node_id, signal.SIGKILL)
    second = until(lambda: (found := nodes.running(job_id)) and found.epoch == 2 and found, LEASE + TICK + 2)
    assert second.node_id != task.node_id
    low, high = nodes.submit(priority=10), nodes.submit(priority=90)
    nodes.hold(False)
    for each in (job_id, low, high):
        nodes.is_job(each, "COMPLETED")
    started = {each: nodes.tasks(each)[0].claimed_at for each in (low, high)}
    assert started[high] < started[low]
    child = nodes.nodes.pop(task.node_id)
    child.close()


class Network:
    """A network of its own, and the two ends of the cable between it and this one.

    It is that of a process, without a name: a name is a mount under /run, which a chroot cannot make.
    """

    ours, theirs = "fr-fault-a", "fr-fault-b"
    here, there = "10.213.7.1", "10.213.7.2"

    def __enter__(self) -> "Network":
        self._cut_cable()
        self._keeper = process.Child(["unshare", "--net", "sh", "-c", "echo ready; read _"], stdin=process.PIPE)
        assert self._keeper.popen.stdout is not None
        if self._keeper.popen.stdout.readline() != b"ready\n":
            self._keeper.close()
            pytest.skip("a network namespace needs root's rights")
        words = [
            f"ip link add {self.ours} type veth peer name {self.theirs}",
            f"ip link set {self.theirs} netns {self._keeper.popen.pid}",
            f"ip addr add {self.here}/30 dev {self.ours}",
            f"ip link set {self.ours} up",
        ]
        inside = [
            f"ip addr add {self.there}/30 dev {self.theirs}",
            f"ip link set {self.theirs} up",
            "ip link set lo up",
        ]
        try:
            for each in [*(line.split() for line in words), *([*self.inside, *line.split()] for line in inside)]:
                done = process.run(each, limits=QUICK)
                assert done.returncode == 0, (each, done.stderr)
        except BaseException:
            self.__exit__()
            raise
        return self

    @property
    def inside(self) -> tuple[str, ...]:
        """What comes before a command that runs in it."""
        return ("nsenter", f"--target={self._keeper.popen.pid}", "--net")

    def __exit__(self, *_: object) -> None:
        self._cut_cable()
        self._keeper.close()

    def cut(self, direction: str) -> None:
        """Nothing reaches the other side: by an address that leads nowhere, so that the senders see no error."""
        place: tuple[str, ...] = ()
        address, device = self.there, self.ours
        if direction == "node to database":
            place, address, device = self.inside, self.here, self.theirs
        words = f"ip neigh replace {address} lladdr 02:00:00:00:00:01 dev {device} nud permanent"
        assert process.run([*place, *words.split()], limits=QUICK).returncode == 0

    def _cut_cable(self) -> None:
        process.run(["ip", "link", "del", self.ours], limits=QUICK)


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
    with PostgresServer(binaries, f"127.0.0.1,{network.here}") as server:
        with (server.folder / "data" / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {network.there}/32 trust\n")
        server.reload()
        with server.database() as url, farm_on("postgres", tmp_path, monkeypatch, url) as nodes:
            nodes.hold(True)
            beyond = url.replace("127.0.0.1", network.here)
            nodes.start("far", before=network.inside, DATABASE_URL=beyond)
            job_id = nodes.submit()
            first = until(lambda: nodes.running(job_id))
            assert first.node_id == "far"
            renderer = until(lambda: nodes.renderer("far"))
            nodes.start("near")
            network.cut(direction)
            until(lambda: gone(renderer), LEASE + 0.5, "the end of the cut-off render")
            second = until(lambda: (found := nodes.running(job_id)) and found.node_id == "near" and found, LEASE + 3)
            assert second.epoch == 2
            nodes.hold(False)
            nodes.is_job(job_id, "COMPLETED")
