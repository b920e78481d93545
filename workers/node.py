"""A node as a process: finds out who it is, starts the agent, listens for wake-ups, ends cleanly on SIGTERM."""

import asyncio
import gc
import logging
import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

import psutil

from flatrender.aftereffects.client import forget_clients, make_room
from flatrender.core import clock, logs
from flatrender.core.db import Database, get_database
from flatrender.core.ids import is_id, new_id
from flatrender.core.storage import get_storage
from flatrender.media import writer as _media  # noqa: F401 (registers how a file follows its ingest)
from flatrender.notifications.courier import Courier
from flatrender.renders import writer as _jobs  # noqa: F401 (registers how a job follows its tasks)
from flatrender.renders.manager import jobs as _manager  # noqa: F401 (registers the render manager's kind of job)
from flatrender.settings import Settings, get_settings
from workers import arq_settings, files, handlers, housekeeping
from workers.agent import Agent, NodeSettings
from workers.engines.base import installed

log = logging.getLogger(__name__)
TOO_LARGE = 75  # EX_TEMPFAIL of sysexits.h
WEIGH_SECONDS = 5.0
GRACE_SECONDS = 1.0  # what is done by then is not begun anew at the next start


def main(*, name: str | None = None, slots: int | None = None, grace_seconds: float = GRACE_SECONDS) -> int:
    """Runs a node until SIGTERM or SIGINT; a second one does not wait for what runs. Returns the exit status: that of
    a node that has grown too large says that it is to be started again."""
    logs.begin()
    logging.getLogger("arq").setLevel(logging.WARNING)
    settings = get_settings()
    if settings.node_niceness and hasattr(os, "nice"):
        os.nice(settings.node_niceness)  # what it starts inherits it
    chosen = name or default_name()
    get_storage()  # an address that names none is said now, not by the first task
    with identity(settings.data_dir, chosen) as node_id:
        database = get_database()
        files.check(database, settings)
        node = node_settings(settings, node_id, chosen, slots)
        make_room(node.slots)
        clean, courier = services(settings, database, node_id)
        agent = Agent(database, node, handlers.find, clean, fresh_engines=forget_clients, tell_time=clock.follow)
        with courier:
            status = asyncio.run(serve(agent, settings, grace_seconds))
    gc.freeze()  # Python would look through all of it for garbage before it ends: seconds on a busy machine
    return status


def services(
    settings: Settings, database: Database, node_id: str
) -> tuple[Callable[[], None], AbstractContextManager[object]]:
    """What a node does beside rendering: housekeeping, and carrying messages to people and callbacks.

    Another machine's node cleans up its own files alone: its role may not remove rows of the studio, nor read whom to
    tell.
    """
    if not settings.house_services:
        return lambda: housekeeping.run_here(settings.data_dir, node_id), nullcontext()
    return lambda: housekeeping.run(database, settings.data_dir, node_id), Courier(database)


def default_name() -> str:
    """`FLATRENDER_NODE_NAME`, else the machine's name."""
    return os.environ.get("FLATRENDER_NODE_NAME") or socket.gethostname().split(".")[0] or "node"


def node_settings(settings: Settings, node_id: str, name: str, slots: int | None = None) -> NodeSettings:
    """The node of these settings, with the engines that can run here."""
    folder = settings.cache_dir / "nodes" / node_id
    folder.mkdir(parents=True, exist_ok=True)
    return NodeSettings(
        id=node_id,
        name=name,
        host=socket.gethostname(),
        folder=folder,
        slots=slots or settings.node_slots,
        lease_seconds=settings.lease_seconds,
        tick_seconds=settings.tick_seconds,
        engines=dict(installed()),
        pools=settings.node_pools,
        tags=settings.node_tags,
        token=settings.node_token,
        give_up_seconds=settings.no_node_seconds,
    )


@contextmanager
def identity(data_dir: Path, name: str) -> Iterator[str]:
    """The id that a node of this name keeps in this data folder; a second process beside it gets one of its own."""
    folder = data_dir / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"node-{re.sub(r'[^A-Za-z0-9_-]', '_', name)[:60]}").open("a+") as file:
        if not _lock(file.fileno()):
            yield new_id()
            return
        file.seek(0)
        node_id = file.read().strip()
        if not is_id(node_id):
            node_id = new_id()
            file.truncate(0)
            file.write(node_id)
            file.flush()
        yield node_id


async def serve(agent: Agent, settings: Settings, grace_seconds: float) -> int:
    """Starts the agent, runs it until SIGTERM or SIGINT, and ends it cleanly. Returns the exit status."""
    stop, asked, status = asyncio.Event(), 0, 0
    loop = asyncio.get_running_loop()

    def ask() -> None:
        nonlocal asked
        asked += 1
        agent.drain()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, ask)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ask))

    async def weigh() -> None:
        """For service managers without a limit of their own, as WinSW: what was begun goes back to the queue."""
        nonlocal status
        myself = psutil.Process()
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), WEIGH_SECONDS)
            if not stop.is_set() and (held := myself.memory_info().rss) > settings.node_memory_bytes:
                log.error("this node holds %d MB, more than it may (FLATRENDER_NODE_MEMORY_BYTES); it ends", held >> 20)
                status = TOO_LARGE
                ask()

    await asyncio.to_thread(agent.start)
    agent.tick()
    weighing = asyncio.create_task(weigh()) if settings.node_memory_bytes else None
    if settings.redis_url:
        await arq_settings.serve(agent, settings.redis_url, stop)
    else:
        await stop.wait()
    log.info("ending; waiting at most %.0f seconds for %d tasks", grace_seconds, len(agent.running))
    deadline = loop.time() + grace_seconds
    while agent.running and asked < 2 and loop.time() < deadline:
        await asyncio.sleep(0.1)
    await asyncio.to_thread(agent.stop)
    if weighing is not None:
        await weighing
    return status


def _lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: one node per name is the operator's care
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
