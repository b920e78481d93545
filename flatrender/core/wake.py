"""The port "there is work": wakes nodes over arq. A lost wake-up costs one tick, never a task."""

import asyncio
import atexit
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from functools import lru_cache
from typing import Protocol

from arq.connections import ArqRedis, RedisSettings, create_pool

from flatrender.core.payload import decode, encode
from flatrender.settings import get_settings

log = logging.getLogger(__name__)
QUEUE = "fr:node:{node_id}"
PULL = "pull"
LAST_SECONDS = 1.0
SEND_SECONDS, CLOSE_SECONDS = 2.0, 0.5


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
    """Puts the arq job `pull` into each node's queue, from a thread of its own so that callers never wait for Redis.

    A node that is still to be woken is not woken twice, and a Redis that is silent holds nobody up for longer than
    `SEND_SECONDS`: what could not be sent by then is left to the tick, what comes after it has a connection of its own.
    """

    def __init__(self, url: str) -> None:
        self._settings = RedisSettings.from_dsn(url)
        self._settings.conn_retries = 1
        self._pool: ArqRedis | None = None
        self._turn = asyncio.Lock()  # nobody closes what another one sends with
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._due: dict[str, None] = {}  # nodes to be woken
        self._sending: Future[None] | None = None
        threading.Thread(target=self._loop.run_forever, name="wake", daemon=True).start()
        atexit.register(self._end)

    def wake(self, node_ids: Sequence[str]) -> None:
        with self._lock:
            self._due.update(dict.fromkeys(node_ids))
            if self._due and (self._sending is None or self._sending.done()):
                self._sending = asyncio.run_coroutine_threadsafe(self._send(), self._loop)

    def _end(self) -> None:
        """A command that ends right behind its change lets the wake-up go out first."""
        atexit.unregister(self._end)
        until = time.monotonic() + LAST_SECONDS
        with self._lock:
            sending = self._sending
        if sending is not None:
            wait([sending], timeout=LAST_SECONDS)
        closing = asyncio.run_coroutine_threadsafe(self._close(), self._loop)
        wait([closing], timeout=max(until - time.monotonic(), 0.0))
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _close(self) -> None:
        async with self._turn:
            pool, self._pool = self._pool, None
            if pool is not None:
                await pool.aclose()

    async def _send(self) -> None:
        """Until nobody is left to be woken."""
        while True:
            with self._lock:
                node_ids, self._due = tuple(self._due), {}
                if not node_ids:
                    self._sending = None
                    return
            async with self._turn:
                try:
                    await asyncio.wait_for(self._wake(node_ids), SEND_SECONDS)
                except Exception as error:
                    said = str(error) or f"Redis was silent for {SEND_SECONDS:g} seconds"
                    log.warning("nodes were not woken, they will look at the next tick: %s", said)
                    pool, self._pool = self._pool, None
                    if pool is not None:
                        with suppress(Exception):  # or TCP would go on trying for a quarter of an hour
                            await asyncio.wait_for(pool.aclose(), CLOSE_SECONDS)

    async def _wake(self, node_ids: Sequence[str]) -> None:
        if self._pool is None:
            self._pool = await create_pool(self._settings, job_serializer=encode, job_deserializer=decode)
        for node_id in node_ids:
            await self._pool.enqueue_job(PULL, _queue_name=queue_name(node_id))


@lru_cache(maxsize=1)
def get_wake() -> Wake:
    """The process's wake port, from the settings."""
    url = get_settings().redis_url
    return ArqWake(url) if url else TickWake()


def wake_nodes(node_ids: Sequence[str]) -> None:
    """Wakes the nodes with these ids."""
    get_wake().wake(node_ids)
