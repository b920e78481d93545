"""The arq worker of a node: its queue, the job `pull`, the tick. arq wakes; the database holds the queue.

The values are those of the farm's design but for a longer poll (decision 0015): one try, no kept results, JSON instead
of pickle, never arq's abort. Whatever happens to Redis or to this worker, the agent's own keeper goes on ticking and
tasks go on running.
"""

import asyncio
import logging
from collections.abc import Collection
from typing import Any

import redis.exceptions
from arq import cron
from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.asyncio.connection import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

from flatrender.core.payload import decode, encode
from flatrender.core.wake import PULL, queue_name
from workers.agent import Agent

log = logging.getLogger(__name__)
POLL_SECONDS = 0.5  # the bus wakes a node at once; what it missed it finds here
JOB_SECONDS = 24 * 3600
RETRY_SECONDS = 1.0
END_SECONDS = 2.0  # what is waited for when it ends
AGENT = "agent"


async def pull(ctx: dict[str, Any]) -> int:
    """Claims the best task there is at this moment and runs it, then the next, until there is none. Carries no task."""
    ran = ctx[AGENT].kick()
    return await asyncio.wrap_future(ran) if ran is not None else 0


async def tick(ctx: dict[str, Any]) -> None:
    """Reaps and looks for work, whether somebody woke us or not."""
    await asyncio.to_thread(ctx[AGENT].tick)


def connect(url: str, queue: str) -> ArqRedis:
    """A client that tries a broken connection a few times; `serve` begins again after that."""
    pool: ConnectionPool = ConnectionPool.from_url(
        url,
        socket_connect_timeout=2,
        socket_timeout=10,
        retry=Retry(ExponentialBackoff(cap=1, base=0.1), 3),
        retry_on_error=[redis.exceptions.ConnectionError, redis.exceptions.TimeoutError],
    )
    return ArqRedis(pool, job_serializer=encode, job_deserializer=decode, default_queue_name=queue)


def make_worker(agent: Agent, url: str, *, burst: bool = False) -> Worker:
    """The worker of the agent's node. Must be made in a running event loop."""
    queue = queue_name(agent.settings.id)
    seconds = range(0, 60, max(1, min(5, round(agent.settings.tick_seconds))))
    return Worker(
        functions=[func(pull, name=PULL)],
        cron_jobs=[] if burst else [cron(tick, second=set(seconds), max_tries=1, keep_result=0)],
        queue_name=queue,
        redis_pool=connect(url, queue),
        burst=burst,
        handle_signals=False,
        max_jobs=agent.settings.slots + 2,
        poll_delay=POLL_SECONDS,
        job_timeout=JOB_SECONDS,
        keep_result=0,
        max_tries=1,
        retry_jobs=False,
        allow_abort_jobs=False,
        health_check_interval=60,
        job_serializer=encode,
        job_deserializer=decode,
        log_results=False,
        ctx={AGENT: agent},
    )


async def serve(agent: Agent, url: str, stop: asyncio.Event) -> None:
    """Runs the worker until `stop`; when Redis goes away, tries again every second (the agent's keeper ticks)."""
    while not stop.is_set():
        worker = make_worker(agent, url)
        running = asyncio.create_task(worker.async_run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.done() and not running.cancelled() and running.exception() is not None:
            log.warning("the wake-up queue is away, looking at every tick instead: %s", running.exception())
        running.cancel()
        await _ended({running, *worker.tasks.values()})
        await _ended({asyncio.create_task(close(worker))})
        if not stop.is_set():
            await asyncio.wait({asyncio.create_task(stop.wait())}, timeout=RETRY_SECONDS)


async def _ended(tasks: Collection["asyncio.Task[Any]"]) -> None:
    """Waits for their end, but not for ever: a cancelled read of a lost connection may wait for its timeout."""
    done, _ = await asyncio.wait(tasks, timeout=END_SECONDS)
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("the wake-up worker ended with %r", error)


async def close(worker: Worker) -> None:
    """Closes the worker's connections."""
    try:
        await worker.pool.delete(worker.health_check_key)
        await worker.pool.aclose(close_connection_pool=True)
    except (redis.exceptions.RedisError, OSError) as error:
        log.debug("closing the wake-up queue: %s", error)
