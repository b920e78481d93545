"""How fast a worker gets its next job while others wait: the farm beside nexrender-server, taking turns in one run.

nexrender-server (MIT) is installed from npm into a temporary folder, as its users install it, with the database file
that it keeps by default. Its workers ask over HTTP on this machine; a node of the farm asks the database itself. Both
answer one worker, one job after another: it runs on one core and who answers on another, as on two machines, for on two
cores Linux may keep a server that answers at once on the very core on which its answer is waited for. SQLite answers in
the process that asks.
"""

import http.client
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flatrender.core import process
from flatrender.core.db import Database
from flatrender.core.plain import Statement
from flatrender.core.runtime import find_node, path_with
from flatrender.farm import claims
from tests.benchmarks.table import Figure
from tests.benchmarks.test_queue import database, name
from tests.deadline import until
from tests.farm.crowd import fill
from tests.servers import free_port

__all__ = ["database"]
VERSION = "1.38.0"
WAITING, TURNS, PICKUPS, SECRET = (100, 1000, 3000), 5, 20, "for this run only"
CORES = os.sched_getaffinity(0)
WHO_ANSWERS = Statement("SELECT 0", "SELECT pg_backend_pid()")
Record = Callable[[Figure], None]


@pytest.fixture(scope="module")
def nexrender(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nexrender-server in it."""
    node = find_node()
    if node is None:
        pytest.skip("nexrender-server runs on Node.js, and there is none")
    folder = tmp_path_factory.mktemp("nexrender")
    environment = {**os.environ, "HOME": str(folder), "PATH": path_with(node, os.environ)}
    words = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"@nexrender/server@{VERSION}"]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        pytest.skip("nexrender-server could not be installed from npm; is there a network?")
    return folder


@pytest.fixture(autouse=True)
def one_core() -> Iterator[None]:
    """This process on the first of its cores, where it has several."""
    os.sched_setaffinity(0, {min(CORES)})
    yield
    os.sched_setaffinity(0, CORES)


def put_apart(server: int) -> None:
    """Keeps the main thread of a process off our core."""
    if others := CORES - os.sched_getaffinity(0):
        os.sched_setaffinity(server, {min(others)})


@contextmanager
def serving(folder: Path, waiting: int) -> Iterator[http.client.HTTPConnection]:
    """A connection to a nexrender-server in whose database so many jobs are queued."""
    node, port = find_node(), free_port()
    assert node is not None
    jobs = [
        {
            "uid": f"job{number}",
            "type": "default",
            "state": "queued",
            "output": "",
            "tags": "",
            "priority": 0,
            "timings": {},
            "template": {"src": "file:///projects/film.aep", "composition": "Main"},
            "assets": [{"type": "data", "layerName": "Title", "property": "Source Text", "value": f"Film {number}"}],
            "actions": {"prerender": [], "postrender": []},
        }
        for number in range(waiting)
    ]
    file = folder / f"database-{waiting}.json"
    file.write_text(json.dumps(jobs), encoding="utf-8")
    environment = {**os.environ, "HOME": str(folder), "NEXRENDER_DATABASE": str(file)}
    words = [str(node.path), "-e", f"require('@nexrender/server').listen({port}, '{SECRET}')"]
    quiet = {"stdin": process.DEVNULL, "stdout": process.DEVNULL, "keep_stderr": 10_000}
    with process.Child(words, cwd=folder, env=environment, **quiet) as server:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

        def answers() -> bool:
            assert server.popen.poll() is None, server.last_words()
            try:
                return _pickup(connection, "/api/v1/health") is not None
            except OSError:
                connection.close()
                return False

        put_apart(server.popen.pid)
        until(answers, 30, "nexrender-server's answer")
        yield connection
        connection.close()


def _pickup(connection: http.client.HTTPConnection, path: str = "/api/v1/jobs/pickup") -> bytes:
    connection.request("GET", path, headers={"nexrender-secret": SECRET})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return body


def median_ms(pickup: Callable[[], object]) -> float:
    spent = []
    for _ in range(PICKUPS):
        began = time.perf_counter()
        assert pickup()
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)


def test_pickup_beside_nexrender_server(nexrender: Path, database: Database, figure: Record) -> None:
    def claim() -> bool:
        with database.plain() as plain:
            return claims.claim(plain, "n1", lease_seconds=600) is not None

    if not database.is_sqlite:
        with database.plain() as plain:  # which the next ones find again
            [(answers,)] = plain.rows(WHO_ANSWERS)
        put_apart(answers)
    present = 0
    for waiting in WAITING:
        fill(database, waiting - present, of=1)
        present = waiting - TURNS * PICKUPS
        with serving(nexrender, waiting) as connection:

            def pickup(connection: http.client.HTTPConnection = connection) -> bool:
                return b"uid" in _pickup(connection)

            turns = [(median_ms(claim), median_ms(pickup)) for _ in range(TURNS)]
        ours, theirs = min(ours for ours, _ in turns), min(theirs for _, theirs in turns)
        where = f"{waiting} queued, {name(database)}"
        how = f"best of {TURNS} medians of {PICKUPS}"
        figure(Figure(f"pickup, {where}", ours, "ms", note=f"{how}; a job's claim, as a node makes it"))
        figure(Figure(f"pickup, {waiting} queued, nexrender-server {VERSION}", theirs, "ms", note=f"{how}, over HTTP"))
        wanted = 10 if waiting == WAITING[-1] else None
        figure(Figure(f"nexrender-server / the farm, {where}", theirs / ours, "×", at_least=wanted))
