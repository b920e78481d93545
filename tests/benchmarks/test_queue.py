"""The queue: claims against a bare SQL loop, a hundred thousand waiting jobs, from submit to start, an idle node.

The bare loop does by hand, through the driver alone, the statements that a claim and a completion must do: pick, claim,
charge the tenant; end, attempt, log line. It and the farm take turns on the same database.

What has a target is the steady state: a busy node ends its task and takes the next one in one transaction, as the agent
does, where the bare loop claims and completes in two. Beside it stand the farm's single claim and completion in two
transactions, and a bare loop that commits once a task as well.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlmodel import col, select

from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import claims, handover, leases, nodes, service
from flatrender.farm.models import Task
from flatrender.renders import listing
from tests.benchmarks.table import Figure
from tests.deadline import until
from tests.farm.crowd import fill
from tests.faults.conftest import Farm, farm_on
from tests.installation import installed
from tests.renders.job_life import ADMIN

ROUNDS, BATCH, CROWD, SUBMITS = 5, 150, 100_000, 60
Record = Callable[[Figure], None]

PICK = """SELECT seq, id, weight FROM farm_task WHERE state = 'WAITING' AND open_blockers = 0 AND tenant_id = {0}
AND lane = 'native' ORDER BY priority DESC, seq LIMIT 1"""
STATEMENTS = (
    "UPDATE farm_task SET state = 'CLAIMED', epoch = epoch + 1, node_id = 'n1', claimed_at = {1}, lease_until = {1} "
    "WHERE seq = {0}",
    "UPDATE farm_tenant_share SET vtime = vtime + 1 WHERE tenant_id = {0}",
)
ENDS = (
    "UPDATE farm_task SET state = 'DONE', progress = 1, lease_until = NULL, finished_at = {1}, result = '{{}}' "
    "WHERE seq = {0} AND epoch = 1",
    "INSERT INTO farm_task_attempt (tenant_id, task_id, epoch, owner_id, node_id, started_at, ended_at, outcome) "
    "VALUES ({0}, {1}, 1, 'many', 'n1', {2}, {2}, 'complete')",
    "INSERT INTO farm_task_log (tenant_id, owner_id, task_id, at, level, message) "
    "VALUES ({0}, 'many', {1}, {2}, 'info', 'done')",
)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    environment = {}
    if request.param == "postgres":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with installed(tmp_path / "data", monkeypatch, **environment) as database:
        with database.system_session() as session:
            info = nodes.NodeInfo("n1", "n1", "test", "i", "1", 1, 4, {"native": {}, "ffmpeg": {}})
            nodes.register(session, info)
        yield database


def name(database: Database) -> str:
    return "SQLite" if database.is_sqlite else "PostgreSQL"


def enqueue(database: Database, number: int) -> None:
    with database.tenant_session(DEFAULT_TENANT) as session:
        service.enqueue(session, DEFAULT_TENANT, "many", [service.NewTask("bench") for _ in range(number)])


def by_the_farm(database: Database) -> None:
    """An idle node's claim, and a completion that takes nothing."""
    with database.plain() as plain:
        task = claims.claim(plain, "n1", lease_seconds=30)
    assert task is not None
    with database.plain() as plain:
        assert leases.complete(plain, task.id, task.epoch, {})


def busy(database: Database) -> Callable[[], None]:
    """A node that ends its task and takes the next one."""
    with database.plain() as plain:
        task = claims.claim(plain, "n1", lease_seconds=30)

    def once() -> None:
        nonlocal task
        assert task is not None
        with database.plain() as plain:
            kept, following = handover.finish_and_take(plain, "n1", task.id, task.epoch, {}, lease_seconds=30)
        assert kept
        task = following

    return once


def bare(database: Database, *, commits: int = 2) -> Callable[[], None]:
    """One claim and completion by hand, in two transactions or in one."""
    raw: Any = database.engine.raw_connection()
    mark = "?" if database.is_sqlite else "%s"
    cursor = raw.cursor()

    def run(statement: str, *values: object) -> None:
        cursor.execute(statement.format(mark, mark, mark), values)

    def once() -> None:
        now = "2026-11-26 12:00:00+00:00"
        if database.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        run(PICK + ("" if database.is_sqlite else " FOR UPDATE SKIP LOCKED"), DEFAULT_TENANT)
        seq, task_id, _ = cursor.fetchone()
        cursor.execute(STATEMENTS[0].replace("{1}", mark).replace("{0}", mark), (now, now, seq))
        run(STATEMENTS[1], DEFAULT_TENANT)
        if commits == 2:
            raw.driver_connection.commit()
            if database.is_sqlite:
                cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(ENDS[0].replace("{1}", mark).replace("{0}", mark).replace("{{}}", "{}"), (now, seq))
        tail = (DEFAULT_TENANT, task_id, now)
        marks = ENDS[1].replace("{0}", mark).replace("{1}", mark).replace("{2}", mark)
        cursor.execute(marks, (*tail, now))
        cursor.execute(ENDS[2].replace("{0}", mark).replace("{1}", mark).replace("{2}", mark), tail)
        raw.driver_connection.commit()

    return once


def test_claims_against_a_bare_loop(database: Database, figure: Record) -> None:
    enqueue(database, 4 * (ROUNDS * BATCH + 10) + 1)
    works = {
        "busy": busy(database),
        "single": lambda: by_the_farm(database),
        "bare": bare(database),
        "bare, one commit": bare(database, commits=1),
    }
    for work in works.values():
        for _ in range(10):
            work()
    clock = time.process_time if database.is_sqlite else time.perf_counter
    spent: dict[str, list[float]] = {which: [] for which in works}
    for _ in range(ROUNDS):
        for which, work in works.items():
            began = clock()
            for _ in range(BATCH):
                work()
            spent[which].append((clock() - began) / BATCH)
    best, where = {which: min(turns) for which, turns in spent.items()}, name(database)
    how = f"best of {ROUNDS} turns of {BATCH}"
    figure(Figure(f"complete and claim the next, {where}", 1 / best["busy"], "/s", note=how))
    figure(Figure(f"claim, then complete, {where}", 1 / best["single"], "/s", note="in two transactions"))
    figure(Figure(f"a bare SQL loop, {where}", 1 / best["bare"], "/s", note="the same updates in two transactions"))
    figure(Figure(f"claim, then complete / bare loop, time, {where}", best["single"] / best["bare"], "×"))
    once = best["busy"] / best["bare, one commit"]
    figure(Figure(f"complete and claim / bare loop of one commit, time, {where}", once, "×"))
    figure(Figure(f"complete and claim / bare loop, time, {where}", best["busy"] / best["bare"], "×", 1 / 0.7))


def test_a_hundred_thousand_waiting_jobs(database: Database, figure: Record) -> None:
    fill(database, CROWD)
    seconds = []
    for _ in range(300):
        began = time.perf_counter()
        with database.plain() as plain:
            assert claims.claim(plain, "n1", lease_seconds=30) is not None
        seconds.append((time.perf_counter() - began) * 1000)
    pages = []
    for _ in range(10):
        began = time.perf_counter()
        with database.system_session(read_only=True) as session:
            listing.browse(session, ADMIN)
        pages.append((time.perf_counter() - began) * 1000)
    where = name(database)
    figure(Figure(f"claim, median, {where}", statistics.median(seconds), "ms", note=f"{CROWD} jobs wait"))
    figure(Figure(f"table's first page, {where}", min(pages), "ms", 300, f"{CROWD} jobs; best of 10"))
    figure(Figure(f"claim, 99th percentile, {where}", sorted(seconds)[-3], "ms", 50, f"{CROWD} jobs wait; 300 claims"))


@pytest.fixture
def farm(redis_url: str, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Farm]:
    slow = {"FLATRENDER_TICK_SECONDS": "5", "FLATRENDER_LEASE_SECONDS": "30"}  # wake-ups alone are quick
    with farm_on("postgres", tmp_path, monkeypatch, postgres_url, REDIS_URL=redis_url, **slow) as farm:
        farm.start("n1")
        yield farm


def test_from_submit_to_start_and_at_rest(farm: Farm, figure: Record) -> None:
    def run(number: int) -> float:
        with farm.database.tenant_session(DEFAULT_TENANT) as session:
            [task] = service.enqueue(session, DEFAULT_TENANT, f"s{number}", [service.NewTask("quick")])
        until(lambda: farm.tasks(f"s{number}")[0].state == "DONE")
        with farm.database.system_session(read_only=True) as session:
            done = session.exec(select(Task).where(col(Task.id) == task.id)).one()
        assert done.claimed_at is not None
        return (done.claimed_at - done.created_at).total_seconds() * 1000

    run(-1)
    waits = sorted(run(number) for number in range(SUBMITS))
    process = psutil.Process(farm.nodes["n1"].pid)
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    until(lambda: time.monotonic() - began > 10, 11)
    used = 100 * (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)
    how = f"{SUBMITS} tasks, one node, PostgreSQL and Redis"
    figure(Figure("submit to start, median", statistics.median(waits), "ms", 50, how))
    figure(Figure("submit to start, 99th percentile", waits[-1], "ms", 200, how))
    figure(Figure("an idle node, of a core", used, "%", 3, "10 s, PostgreSQL and Redis"))
