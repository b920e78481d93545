"""arq 0.25 with redis-py 7.4 on a real Redis: wake-ups, burst mode, the loss of Redis."""

import asyncio
import threading
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import redis

from flatrender.core import wake
from flatrender.core.wake import ArqWake, queue_name
from flatrender.farm.states import TaskState
from tests.deadline import until
from tests.installation import installed
from tests.servers import RedisServer
from tests.workers.conftest import Node
from workers import arq_settings


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> Iterator[Node]:
    with installed(tmp_path / "data", monkeypatch, REDIS_URL=redis_url) as database:
        found = Node(database, tmp_path / "nodes")
        yield found
        for agent in found.agents:
            agent.stop()


class Serving:
    """`arq_settings.serve` in a thread of its own, as a node process has it."""

    def __init__(self, node: Node, url: str, **changes: object) -> None:
        self.agent = node.agent(tick_seconds=30.0, **changes)  # nobody looks by themselves: only wake-ups count
        self.agent.start()
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, args=(url,), daemon=True)
        self._thread.start()
        until(lambda: self._stop is not None)

    def _run(self, url: str) -> None:
        async def serve() -> None:
            self._stop = asyncio.Event()
            await arq_settings.serve(self.agent, url, self._stop)

        self._loop.run_until_complete(serve())
        self._loop.close()

    def close(self) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        assert not self._thread.is_alive()


def test_the_pinned_versions_are_the_tested_ones() -> None:
    assert version("arq") == "0.25.0"
    assert version("redis").startswith("7.")


async def test_burst_mode_runs_everything_that_is_claimable(node: Node, redis_url: str) -> None:
    agent = node.agent(tick_seconds=30.0)
    agent.start()
    until(lambda: agent._ticked_at and not agent._busy)  # from here on only the worker below starts anything
    tasks = node.enqueue("a", "b", "c")
    until(lambda: redis.Redis.from_url(redis_url).zcard(queue_name("n1")) >= 1)
    worker = arq_settings.make_worker(agent, redis_url, burst=True)
    await worker.async_run()
    await arq_settings.close(worker)
    assert [node.state(task_id) for task_id in tasks] == [TaskState.DONE] * 3
    assert worker.jobs_complete >= 1
    assert worker.jobs_failed == 0


def test_a_wake_up_carries_json_and_no_task(node: Node, redis_url: str) -> None:
    ArqWake(redis_url).wake(["n9"])
    client = redis.Redis.from_url(redis_url)
    [job_id] = until(lambda: client.zrange(queue_name("n9"), 0, -1))
    assert client.get(b"arq:job:" + job_id).startswith(b'{"')


def test_submit_to_start_by_wake_up_alone(node: Node, redis_url: str) -> None:
    serving = Serving(node, redis_url)
    started: list[float] = []
    node.handlers["test"] = lambda context: started.append(time.monotonic()) or {}
    until(lambda: redis.Redis.from_url(redis_url).exists(queue_name("n1") + ":health-check"))
    waits = []
    for number in range(10):
        began = time.monotonic()
        [task_id] = node.enqueue(f"task {number}")
        until(node.is_in(task_id, TaskState.DONE), seconds=5)
        waits.append(started[-1] - began)
    serving.close()
    assert sorted(waits)[len(waits) // 2] < 2  # the tick would take 30 s; how long it takes is the benchmark's


def test_redis_killed_and_started_again(node: Node, redis_url: str, redis_server: RedisServer) -> None:
    wake.get_wake()
    serving = Serving(node, redis_url)
    until(lambda: redis.Redis.from_url(redis_url).exists(queue_name("n1") + ":health-check"))
    release = threading.Event()
    node.handlers["test"] = lambda context: {"released": release.wait(20)}
    [running] = node.enqueue("runs through it")
    until(node.is_in(running, TaskState.CLAIMED))
    redis_server.kill()
    [meanwhile] = node.enqueue("sent without Redis")
    release.set()
    until(node.is_in(running, TaskState.DONE))
    redis_server.start()
    serving.agent.tick()
    until(node.is_in(meanwhile, TaskState.DONE))

    def woken() -> bool:
        [task_id] = node.enqueue("after")
        try:
            until(node.is_in(task_id, TaskState.DONE), seconds=1)
        except AssertionError:
            return False
        return True

    until(woken, seconds=20, what="a wake-up after Redis came back")
    serving.close()


def test_a_silent_redis_holds_nothing_up_but_one_try(
    redis_url: str, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waking, client = ArqWake(redis_url), redis.Redis.from_url(redis_url)
    waking.wake(["before"])
    until(lambda: client.exists(queue_name("before")))
    with redis_server.silent(), monkeypatch.context() as soon:
        soon.setattr(wake, "SEND_SECONDS", 0.3)
        for number in range(200):
            waking.wake([f"s{number % 5}"])
        assert len(waking._due) <= 5
        until(lambda: "nodes were not woken" in caplog.text)
        until(lambda: not waking._due and waking._sending is None, what="what waits behind it to be left to the tick")
        assert waking._pool is None
    waking.wake(["after"])
    until(lambda: client.exists(queue_name("after")))
    waking._end()


def test_a_wake_up_goes_out_before_its_connection_is_closed(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """As a command that ends right behind its change does it: many nodes are woken while it closes."""
    waking, ids = ArqWake(redis_url), [f"w{number}" for number in range(20)]
    waking.wake(ids)
    waking._end()
    with redis.Redis.from_url(redis_url) as server:
        assert all(server.zcard(queue_name(node_id)) == 1 for node_id in ids)
    assert "were not woken" not in caplog.text
