"""A render node: claims tasks, runs their handlers in threads, renews, reports, drains. It decides nothing that the
farm decides.

    wake ──▶ kick ──▶ runner thread: claim ▶ handler ▶ complete and claim ▶ handler … until nothing is claimable
    keeper thread: heartbeat, renewal, cancels
    tick: reap, kick; by arq's cron, or in a thread of its own where nobody else ticks
    watch thread: ends what is overdue by this machine's clock; asks nobody, so that nothing can hold it up

Renderers are children that die with this process; a handler learns through its context when to end them.
"""

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flatrender import __version__
from flatrender.core import bus as bus_port
from flatrender.core import logs, nuls
from flatrender.core.db import Database
from flatrender.core.errors import FlatRenderError, Unavailable
from flatrender.core.ids import new_id
from flatrender.farm import claims, health_log, leases, nodes, reaper
from flatrender.farm import service as farm
from flatrender.farm.models import Claimed, Task
from workers import health
from workers.context import StopReason, TaskContext
from workers.endings import Endings, Taken
from workers.files import StorageWatch
from workers.outcomes import Handlers, Outcomes

log = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 5.0
LOOK_SECONDS = 0.5
PROMPT_SECONDS = 1.0  # an answer that took longer does not tell the time
NOTICE_SECONDS = 1.0  # in which what renders notices that it is to end
HOUSEKEEPING_SECONDS = 3600.0  # between two passes; the first is at the first tick


@dataclass(frozen=True)
class NodeSettings:
    """What makes a node. Times in seconds; `folder` holds its scratch files."""

    id: str
    name: str
    host: str
    folder: Path
    slots: int
    lease_seconds: float
    tick_seconds: float
    engines: dict[str, Any]
    pools: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    token: str | None = None
    give_up_seconds: float | None = None  # how long tasks wait for a node that could run them


class Agent:
    """One node in this process. `start` registers it, `kick` looks for work, `stop` ends it."""

    def __init__(
        self,
        database: Database,
        settings: NodeSettings,
        handlers: Handlers,
        housekeeping: Callable[[], None] | None = None,
        fresh_engines: Callable[[], None] = lambda: None,
        tell_time: Callable[[datetime], None] = lambda shown: None,
    ) -> None:
        """`tell_time` hears now and then what the database's clock shows."""
        self.settings = settings
        self.instance = new_id()
        self._database = database
        self._lock = threading.Lock()
        self._busy = 0
        self._again = False
        self._ending = False
        self._refused = False  # by the farm
        self._restarts = 0  # of the engines, under way: nothing is claimed until they are fresh
        self._running: dict[str, TaskContext] = {}
        self._closing = threading.Event()
        self._stopped = threading.Event()
        self._nudge = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._idle = threading.Condition(self._lock)
        self._reaping = threading.Lock()
        self._ticked_at = self._reaped_at = self._beat_at = 0.0
        self._housekeeping = housekeeping
        self._fresh_engines = fresh_engines
        self._tell_time = tell_time
        self._clean_at = 0.0
        self._noted_at = -health_log.EVERY.total_seconds()
        self._storage = StorageWatch(self._stopped, self._beat_soon)
        self._endings = Endings(
            database,
            settings.id,
            settings.lease_seconds,
            takes_work=self._takes_work,
            stopped=self._stopped,
        )
        self._outcomes = Outcomes(database, settings.folder, handlers, self._storage, self._note_unwell)

    @property
    def running(self) -> list[str]:
        """Ids of the tasks that run here now."""
        with self._lock:
            return list(self._running)

    def start(self) -> None:
        """Registers the node and begins to keep it. What an earlier process of this node held is put back."""
        settings = self.settings
        shutil.rmtree(settings.folder / "work", ignore_errors=True)  # of a process that was killed
        info = nodes.NodeInfo(
            id=settings.id,
            name=settings.name,
            host=settings.host,
            instance=self.instance,
            version=__version__,
            pid=os.getpid(),
            slots=settings.slots,
            engines=settings.engines,
            pools=settings.pools,
            tags=settings.tags,
            token=settings.token,
            health=health.measure(settings.folder),
        )
        self._storage.ask()
        asked_at = time.monotonic()
        with self._database.system_session() as session:
            node = nodes.register(session, info)
        self._hear_time(node.last_seen, asked_at)
        if self._storage.problem is not None:
            self._note_unwell(info.health, self._storage.problem)
        reaper.forsake(self._database, settings.id)  # apart: tasks are locked before nodes
        bus_port.get_bus().listen(self._hear)
        self._keeper.start()
        self._watcher.start()
        log.info("node %s is on line with %d slots", settings.name, settings.slots)

    def kick(self) -> "Future[int] | None":
        """Looks for work with one more runner, where a slot is free; its future is the number of tasks it ran."""
        with self._lock:
            if self._closing.is_set() or self._restarts:
                return None
            if self._busy >= self.settings.slots:
                self._again = True
                return None
            self._busy += 1
        done: Future[int] = Future()
        threading.Thread(target=self._run, args=(done,), name="runner", daemon=True).start()
        return done

    def tick(self) -> "Future[int] | None":
        """What must happen every second or so, whoever calls: reap what is lost, look for work."""
        self._ticked_at = time.monotonic()
        if self._reaping.acquire(blocking=False):  # one at a time, however long the database lets it wait
            try:
                if not self._stopped.is_set():
                    self._reap()
            except FlatRenderError as error:
                log.warning("nothing was reaped: %s", error.message)
            finally:
                self._reaping.release()
        if self._housekeeping is not None and self._ticked_at >= self._clean_at:
            self._clean_at = self._ticked_at + HOUSEKEEPING_SECONDS
            threading.Thread(target=self._clean, args=(self._housekeeping,), name="housekeeping", daemon=True).start()
        return self.kick()

    def _tick_apart(self) -> None:
        """Never in the thread that renews: the leases of what runs here would lapse while it waits."""
        try:
            self.tick()
        except Exception:
            log.exception("the tick stumbled")

    def drain(self) -> None:
        """Claims nothing more; what runs goes on."""
        self._closing.set()

    def stop(self, grace_seconds: float = 0.0) -> None:
        """Drains, waits at most `grace_seconds` for what runs, gives the rest back to the farm, signs off."""
        self.drain()
        deadline = time.monotonic() + grace_seconds
        with self._lock:
            self._idle.wait_for(lambda: not self._busy, timeout=max(0.0, deadline - time.monotonic()))
            self._ending = True  # what is claimed at this very moment is given back by its runner
            for context in self._running.values():
                context.stop(StopReason.SHUTDOWN)
            ended = self._idle.wait_for(lambda: not self._busy, timeout=NOTICE_SECONDS)
        if not ended:
            self._fresh_engines()  # whoever waits for an engine's answer has it now, and gives its task back
            with self._lock:
                if not self._idle.wait_for(lambda: not self._busy, timeout=5.0):
                    log.warning("%d tasks did not end; their leases will run out", len(self._running))
        self._stopped.set()
        self._nudge.set()
        if self._keeper.is_alive():
            self._keeper.join(timeout=5.0)
        if self._reaping.acquire(timeout=5.0):  # what it does now ends first
            self._reaping.release()
        try:
            with self._database.system_session() as session:
                nodes.sign_off(session, self.settings.id, self.instance)
        except FlatRenderError as error:
            log.warning("the node could not sign off: %s", error.message)

    def restart_engines(self) -> None:
        """Ends what renders here and gives it back to the queue; the next task finds fresh engines."""
        log.warning("engines are restarted on request")
        with self._lock:
            self._restarts += 1
            for context in self._running.values():
                context.stop(StopReason.SHUTDOWN)
            self._idle.wait_for(lambda: not self._busy, timeout=10.0)
        try:
            self._fresh_engines()
        finally:
            with self._lock:
                self._restarts -= 1
        self.kick()

    # Running tasks.

    def _run(self, done: "Future[int]") -> None:
        ran, counted = 0, True
        taken: Taken | None = None
        try:
            while taken is not None or self._takes_work():
                taken = taken or self._claim()
                if taken is None:
                    with self._lock:  # in one piece, or a kick that finds no free slot meanwhile would be lost
                        again, self._again = self._again, False
                        if not again:
                            self._busy, counted = self._busy - 1, False
                    if again:
                        continue
                    break
                self.kick()  # there may be more for the other slots
                taken = self.run(*taken, take_next=True)
                ran += 1
        except BaseException as error:
            log.exception("a runner ended badly")
            done.set_exception(error)
        finally:
            with self._lock:
                self._busy -= counted
                self._idle.notify_all()
            if not done.done():
                done.set_result(ran)

    def _takes_work(self) -> bool:
        return not self._closing.is_set() and not self._restarts

    def _claim(self) -> Taken | None:
        asked_at = time.monotonic()
        try:
            with self._database.plain() as plain:
                task = claims.claim(plain, self.settings.id, lease_seconds=self.settings.lease_seconds)
        except Unavailable as error:
            log.warning("nothing was claimed: %s", error.message)
            return None
        return None if task is None else (task, asked_at)

    def run(self, task: Task | Claimed, asked_at: float, *, take_next: bool = False) -> Taken | None:
        """Runs a task that this node claimed, and tells the farm how it ended. The lease counts from `asked_at`.

        `take_next`: the node's next task, where one was taken with the end of this one; the caller must run it.
        """
        context = TaskContext(
            task, self._database, self.settings.folder / "work", lease_seconds=self.settings.lease_seconds
        )
        context.renewed_at = asked_at
        with self._lock:
            # The same task claimed again, after its lease was lost or an admin put it back: the one before ends.
            if (before := self._running.get(task.id)) is not None:
                before.stop(StopReason.LOST)
            self._running[task.id] = context
            if self._ending or self._restarts:  # it was being claimed at that very moment
                context.stop(StopReason.SHUTDOWN)
        self._nudge.set()
        try:
            with logs.about(task=task.id, job=task.owner_id):
                return self._work(context, take_next)
        finally:
            with self._lock:
                if self._running.get(task.id) is context:
                    del self._running[task.id]
                self._idle.notify_all()
            context.clean()

    def _work(self, context: TaskContext, take_next: bool) -> Taken | None:
        log.info("task %s (%s, epoch %d): started", context.task_id, context.kind, context.epoch)
        try:
            event, reason, code, result = self._outcomes.of(context)
            context.clean()  # not behind the end: what is taken with it begins at once
            context.last_words = nuls.without(context.last_words)
            return self._endings.write(context, take_next, event, nuls.without(reason), code, nuls.without(result))
        except FlatRenderError as error:
            log.error("task %s: its end could not be written: %s", context.task_id, error.message)
            return None

    # Keeping the node.

    def _beat_soon(self) -> None:
        self._beat_at = 0.0
        self._nudge.set()

    def _keep(self) -> None:
        lease, tick = self.settings.lease_seconds, self.settings.tick_seconds
        while not self._stopped.is_set():
            try:
                self._beat(min(HEARTBEAT_SECONDS, lease / 3))
                self._look_after(lease)
                # The worker's cron ticks where there is Redis; when it has not for a while, the node does so itself.
                if not self._closing.is_set() and time.monotonic() - self._ticked_at >= 1.5 * tick:
                    self._ticked_at = time.monotonic()
                    threading.Thread(target=self._tick_apart, name="tick", daemon=True).start()
            except FlatRenderError as error:
                log.warning("the farm's database does not answer: %s", error.message)
            except Exception:
                log.exception("the keeper stumbled")
            pause = min(LOOK_SECONDS, lease / 6, tick) if self.running else tick
            self._nudge.wait(pause)
            self._nudge.clear()

    def _watch(self) -> None:
        """Apart from the keeper, which waits for the database when that hangs."""
        pause = min(LOOK_SECONDS, self.settings.lease_seconds / 20)
        while not self._stopped.wait(pause):
            self._stop_overdue()

    def _beat(self, every: float) -> None:
        now = time.monotonic()
        if now - self._beat_at < every:
            return
        self._beat_at = now
        measured = health.measure(self.settings.folder)
        self._note_health(measured, health.problem(measured) or self._storage.problem)

    def _note_unwell(self, measured: dict[str, Any], problem: str) -> None:
        """Until the next heartbeat."""
        self._beat_at = time.monotonic()
        self._note_health(measured, problem)

    def _note_health(self, measured: dict[str, Any], problem: str | None) -> None:
        now = time.monotonic()
        with self._database.system_session() as session:
            node = nodes.heartbeat(session, self.settings.id, self.instance, measured, problem)
            if node is not None and node.last_seen is not None and now - self._noted_at >= health_log.EVERY.seconds:
                health_log.note(session, node.id, node.last_seen, measured)
                self._noted_at = now
        if node is None:
            log.error("another process is this node now; this one claims nothing more")
            self.drain()
        else:
            self._hear_time(node.last_seen, now)
            self._hear_refusal(node.problem if node.problem != problem else None)

    def _hear_refusal(self, said: str | None) -> None:
        """The farm gives this node nothing, as when its token was revoked: told when that begins and when it ends."""
        if said and not self._refused:
            log.warning("node %s: %s", self.settings.name, said)
        elif self._refused and not said:
            log.info("node %s gets work again", self.settings.name)
        self._refused = bool(said)

    def _hear_time(self, shown: datetime | None, asked_at: float) -> None:
        if shown is not None and time.monotonic() - asked_at < PROMPT_SECONDS:
            self._tell_time(shown)

    def _look_after(self, lease: float) -> None:
        """Renews leases every third of their length, and sees cancels within a second."""
        with self._lock:
            held = dict(self._running)
        if not held:
            return
        asked_at = time.monotonic()
        with self._database.system_session(read_only=True) as session:
            wanted = farm.wanted(session, {task_id: context.epoch for task_id, context in held.items()})
        for task_id, context in held.items():
            if task_id not in wanted:
                context.stop(StopReason.LOST)
            elif wanted[task_id]:
                context.stop(StopReason.CANCELLED)
        due = [context for context in held.values() if asked_at - context.renewed_at >= lease / 3]
        due.sort(key=lambda context: context.seq)  # the order of locks: see farm.writer
        if not due:
            return
        asked_at = time.monotonic()
        with self._database.plain() as plain:
            renewed = [leases.renew(plain, each.task_id, each.epoch, lease_seconds=lease) for each in due]
        for context, ours in zip(due, renewed, strict=True):
            if ours:
                context.renewed_at = asked_at
            else:
                context.stop(StopReason.LOST)

    def _stop_overdue(self) -> None:
        with self._lock:
            held = list(self._running.values())
        for context in held:
            if reason := context.overdue():
                context.stop(reason)

    def _reap(self) -> None:
        now = time.monotonic()
        with self._database.system_session(read_only=True) as session:
            due = reaper.due(session)
        if not due and now - self._reaped_at < max(self.settings.lease_seconds / 3, self.settings.tick_seconds):
            return
        self._reaped_at = now
        reaped = reaper.reap(
            self._database, lease_seconds=self.settings.lease_seconds, give_up_seconds=self.settings.give_up_seconds
        )
        if reaped != reaper.Reaped():
            log.info("reaped: %s", reaped)

    def _clean(self, housekeeping: Callable[[], None]) -> None:
        try:
            housekeeping()
        except FlatRenderError as error:
            log.warning("housekeeping ended early: %s", error.message)
        except Exception:  # it is tried again at its next turn
            log.exception("housekeeping ended early")

    def _hear(self, topic: str, payload: dict[str, Any]) -> None:
        """A message from the farm: there is work, or a cancel that need not wait for the next look."""
        if topic == "nodes" and payload.get("kind") == "restart-engines":
            threading.Thread(target=self.restart_engines, name="restart", daemon=True).start()
        elif topic == "nodes":
            self.kick()
        elif topic == f"node:{self.settings.id}" and payload.get("kind") == "cancel":
            with self._lock:
                context = self._running.get(str(payload.get("task_id")))
            if context is not None:
                self._nudge.set()  # the database says whether it is true
