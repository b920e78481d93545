"""The port "there is work": wakes nodes over arq. A lost wake-up costs one tick, never a task."""

import asyncio
import atexit
import logging
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future, wait
from functools import lru_cache
from typing import Any, Protocol

from arq.connections import ArqRedis, RedisSettings, create_pool

from flatrender.core.payload import decode, encode
from flatrender.settings import get_settings

log = logging.getLogger(__name__)
QUEUE = "fr:node:{node_id}"
PULL = "pull"
LAST_SECONDS = 1.0


def queue_name(node_id: str) -> str:
    """The arq queue of a node."""
    return QUEUE.format(node_id=node_id)


class Wake(Protocol):
    """Tells nodes that there may be work for them."""

    def wake(self, node_ids: Sequence[str]) -> None: ...


class TickWake:
    """Without Redis nobody is woken: nodes look by themselves at every tick."""

    def wake(self, node_ids: Sequence[str]) -> None:
        return None


class ArqWake:
    """Puts the arq job `pull` into each node's queue, from a thread of its own so that callers never wait for Redis."""

    def __init__(self, url: str) -> None:
        self._settings = RedisSettings.from_dsn(url)
        self._settings.conn_retries = 1
        self._pool: ArqRedis | None = None
        self._turn = asyncio.Lock()  # nobody closes what another one sends with
        self._loop = asyncio.new_event_loop()
        self._sent: set[Future[None]] = set()
        threading.Thread(target=self._loop.run_forever, name="wake", daemon=True).start()
        atexit.register(self._end)

    def wake(self, node_ids: Sequence[str]) -> None:
        self._submit(self._wake(tuple(node_ids)))

    def _submit(self, work: Coroutine[Any, Any, None]) -> None:
        sent = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._sent.add(sent)
        sent.add_done_callback(self._sent.discard)

    def _end(self) -> None:
        """A command that ends right behind its change lets the wake-up go out first."""
        atexit.unregister(self._end)
        self._submit(self._close())
        wait(list(self._sent), timeout=LAST_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _close(self) -> None:
        async with self._turn:
            pool, self._pool = self._pool, None
            if pool is not None:
                await pool.aclose()

    async def _wake(self, node_ids: Sequence[str]) -> None:
        async with self._turn:
            try:
                if self._pool is None:
                    self._pool = await create_pool(self._settings, job_serializer=encode, job_deserializer=decode)
                for node_id in node_ids:
                    await self._pool.enqueue_job(PULL, _queue_name=queue_name(node_id))
            except Exception as error:
                self._pool = None
                log.warning("nodes were not woken, they will look at the next tick: %s", error)


@lru_cache(maxsize=1)
def get_wake() -> Wake:
    """The process's wake port, from the settings."""
    url = get_settings().redis_url
    return ArqWake(url) if url else TickWake()


def wake_nodes(node_ids: Sequence[str]) -> None:
    """Wakes the nodes with these ids."""
    get_wake().wake(node_ids)
