"""How tasks end on a node, told to the farm: tried again while the database is away, the next task taken with it."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flatrender.core.db import Database
from flatrender.core.errors import FlatRenderError, NoSpace, Unavailable
from flatrender.farm import handover, leases, nodes
from flatrender.farm import service as farm
from flatrender.farm.models import Claimed, Task
from flatrender.farm.states import TaskEvent
from workers import health
from workers.context import StopReason, TaskContext

log = logging.getLogger(__name__)
Taken = tuple[Task | Claimed, float]
"""A claimed task, and when it was asked for by this machine's clock."""
Outcome = tuple[TaskEvent | None, str, str | None, dict[str, Any]]
"""What happened, why, its code, and the result. None: the claim is no longer ours."""


class Endings:
    """Of one node's tasks."""

    def __init__(
        self,
        database: Database,
        node_id: str,
        folder: Path,
        lease_seconds: float,
        *,
        takes_work: Callable[[], bool],
        note_unwell: Callable[[dict[str, Any], str], None],
        stopped: threading.Event,
    ) -> None:
        """`takes_work`: whether the node takes more now. `note_unwell` hears what was measured of a node that is
        unwell, and why. `stopped`: nothing is tried again."""
        self._database, self._node_id, self._folder, self._lease_seconds = database, node_id, folder, lease_seconds
        self._takes_work, self._note_unwell, self._stopped = takes_work, note_unwell, stopped

    def write(
        self,
        context: TaskContext,
        take_next: bool,
        event: TaskEvent | None,
        reason: str,
        code: str | None,
        result: dict[str, Any],
    ) -> Taken | None:
        """Writes the end; tries again while the database is away and the lease lasts.

        `take_next`: with a completion, while this node takes work. Where that fails the end is written alone.
        """
        again = False
        if take_next and event is TaskEvent.COMPLETE and self._takes_work():
            ended, taken = self._finish_and_take(context, result)
            if ended:
                log.info("task %s: %s", context.task_id, event)
                return taken
            again = True
        while event is not None:
            try:
                if event is TaskEvent.COMPLETE:
                    with self._database.plain() as plain:
                        kept = leases.complete(plain, context.task_id, context.epoch, result) or (
                            again and leases.was_completed(plain, context.task_id, context.epoch)
                        )
                else:
                    with self._database.system_session() as session:
                        after = farm.give_up(
                            session,
                            context.task_id,
                            context.epoch,
                            event,
                            reason=reason,
                            code=code,
                            last_words=context.last_words,
                        )
                    kept = after is not None
            except Unavailable as error:
                if context.overdue() is StopReason.LOST or self._stopped.wait(0.2):
                    raise
                log.warning("task %s: %s", context.task_id, error.message)
                again = True
                continue
            except FlatRenderError:
                raise
            except Exception as error:  # it will be no other next time: better told now than tried until no try is left
                if event is not TaskEvent.COMPLETE:
                    raise
                log.exception("task %s: its end could not be written", context.task_id)
                event, code = TaskEvent.CRASH, "crash"
                reason = f"its end could not be written: {type(error).__name__}"
                continue
            if event is not TaskEvent.COMPLETE or not kept:
                context.drop()
            log.info("task %s: %s%s", context.task_id, event, "" if kept else ", but the claim was no longer ours")
            return None
        context.drop()
        log.info("task %s: dropped, the claim is no longer ours", context.task_id)
        return None

    def _finish_and_take(self, context: TaskContext, result: dict[str, Any]) -> tuple[bool, Taken | None]:
        """Whether the completion was kept, and what was taken with it."""
        asked_at = time.monotonic()
        try:
            with self._database.plain() as plain:
                kept, task = handover.finish_and_take(
                    plain, self._node_id, context.task_id, context.epoch, result, lease_seconds=self._lease_seconds
                )
        except Exception as error:  # whichever half it was; the completion is tried again by itself, and says so
            log.warning("task %s: its end is written without taking another: %s", context.task_id, error)
            return False, None
        return kept, None if task is None else (task, asked_at)

    def no_space(self, context: TaskContext, error: NoSpace) -> Outcome:
        """The node is unwell until its next heartbeat. Its database may lie on the same disk: what is half rendered
        goes first, or nothing could be written of it."""
        measured = health.measure(self._folder)
        context.drop()
        context.clean()
        try:
            self._note_unwell(measured, health.problem(measured) or f"No space: {error.message}")
        except FlatRenderError as away:
            log.warning("that the disk is full could not be noted: %s", away.message)
        elsewhere = self._could_run_elsewhere(context)
        return TaskEvent.CRASH if elsewhere else TaskEvent.REFUSE, _no_space(error), error.code, {}

    def _could_run_elsewhere(self, context: TaskContext) -> bool:
        try:
            with self._database.system_session(read_only=True) as session:
                return bool(nodes.able(session, context.lane, but=frozenset({context.node_id})))
        except FlatRenderError:
            return True  # nobody knows: another try is bounded, a refusal is the end


def _no_space(error: NoSpace) -> str:
    return error.message if "no space" in error.message.lower() else f"No space: {error.message}"
