"""Faults 10 and 13: hundreds of senders at once, a crowded queue under fire. Of 11, see `test_slow_readers`."""

import asyncio
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import col, select

from flatrender.core import bus
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import Conflict, NotFound
from flatrender.farm import nodes as farm_nodes
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.renders import listing, service
from flatrender.renders.models import RenderJob
from tests.farm.crowd import fill
from tests.faults.conftest import Farm
from tests.renders.job_life import ADMIN, USER

PATH = "/Jobs/film.aep"
SENDERS, CLAIMS = 300, 250
CLAIM_MS, PAGE_MS = 50.0, 300.0
BUSY = 3.0  # how many times as slow as on a quiet queue a claim may be where the machine itself is slow


def register(nodes: Farm) -> None:
    with nodes.database.system_session() as session:
        info = farm_nodes.NodeInfo("n1", "n1", "test", "i", "1", 1, 4, {"native": {}, "ffmpeg": {}})
        farm_nodes.register(session, info)


def test_hundreds_of_senders_of_one_path_and_a_replayed_key(
    farm_of_processes: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 10: one live, the newest; the replay returns the same id."""
    nodes = farm_of_processes
    # Nobody listens: half a dozen messages a job would be three quarters of the test's time.
    monkeypatch.setattr(bus, "get_bus", bus.LocalBus)
    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(lambda _: nodes.submit(supersede_key=PATH), range(SENDERS)))
    assert len(set(jobs)) == SENDERS
    with nodes.database.system_session(read_only=True) as session:
        alive = session.exec(select(RenderJob.id).where(col(RenderJob.state) == "PENDING")).all()
        newest = session.exec(select(Task.owner_id).order_by(col(Task.seq).desc()).limit(1)).one()
    assert alive == [newest]

    def replay(_: int) -> str:
        job = RenderJob(
            tenant_id=DEFAULT_TENANT,
            user_id=USER.user_id,
            title="Film",
            document={},
            idempotency_key="once",
            supersede_key=PATH,
        )
        with nodes.database.tenant_session(DEFAULT_TENANT) as session:
            return service._send(session, USER, job).id

    with ThreadPoolExecutor(8) as pool:
        [replayed] = set(pool.map(replay, range(24)))
    nodes.submitted.append(replayed)
    assert nodes.job(replayed).state == "PENDING"


def claims(nodes: Farm, number: int) -> tuple[list[float], Counter[str]]:
    """Seconds of each claim, and how much work each tenant got."""
    seconds, shares = [], Counter[str]()
    for _ in range(number):
        began = time.perf_counter()
        with nodes.database.system_session() as session:
            task = farm.claim(session, "n1", lease_seconds=600)
        seconds.append(time.perf_counter() - began)
        assert task is not None
        shares[task.tenant_id] += 1
    return seconds, shares


def percentile(seconds: list[float], part: float = 0.99) -> float:
    """Milliseconds within which `part` of them were done."""
    return sorted(seconds)[int(len(seconds) * part)] * 1000


def test_a_crowded_queue_under_fire(farm_of_processes: Farm) -> None:
    """Fault 13: 10,000 queued of 10 tenants, 5 cancels and 5 boosts a second, all of one priority in the end."""
    nodes = farm_of_processes
    register(nodes)
    nodes.submitted += fill(nodes.database, 100, same_priority=True)
    quiet, _ = claims(nodes, 80)
    ids = fill(nodes.database, 10_000, same_priority=True)
    nodes.submitted += ids
    stop, hit = threading.Event(), Counter[str]()
    victims = iter(reversed(ids))

    def every_fifth_of_a_second(what: str, act: Callable[[str], None]) -> None:
        while not stop.wait(0.2):
            try:
                act(next(victims))
            except (Conflict, NotFound):
                continue
            hit[what] += 1

    def cancel(job_id: str) -> None:
        with nodes.database.system_session() as session:
            service.cancel(session, ADMIN, job_id)

    def boost(job_id: str) -> None:
        with nodes.database.system_session() as session:
            service.boost(session, ADMIN, job_id, 50)

    fire = [
        threading.Thread(target=every_fifth_of_a_second, args=each) for each in (("cancel", cancel), ("boost", boost))
    ]
    for thread in fire:
        thread.start()
    seconds, shares = claims(nodes, CLAIMS)
    pages = []
    for _ in range(5):
        began = time.perf_counter()
        with nodes.database.system_session(read_only=True) as session:
            listing.browse(session, ADMIN)
        pages.append((time.perf_counter() - began) * 1000)
    stop.set()
    for thread in fire:
        thread.join()
    assert min(hit["cancel"], hit["boost"]) > 0
    # The slowest of a hundred are pauses of a machine that runs other tests as well: the 99th is a benchmark's to ask.
    slow, usual = percentile(seconds, 0.95), percentile(quiet, 0.95)
    assert slow < max(CLAIM_MS, BUSY * usual), (slow, usual)
    assert min(pages) < PAGE_MS, pages
    fair = CLAIMS / 10
    assert all(abs(got - fair) <= 0.1 * fair for got in shares.values()), shares


def test_an_event_loop_that_is_gone_stops_no_publisher() -> None:
    loop = asyncio.new_event_loop()
    subscription = bus.Subscription(frozenset({"farm"}), 10, loop)
    loop.close()
    for number in itertools.islice(itertools.count(), 100):
        subscription.offer("farm", {"number": number})
    assert len(subscription._messages) == 10
