"""How tasks end on a node, told to the farm: tried again while the database is away, the next task taken with it."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from flatrender.core.db import Database
from flatrender.core.errors import FlatRenderError, Unavailable
from flatrender.farm import handover, leases
from flatrender.farm import service as farm
from flatrender.farm.models import Claimed, Task
from flatrender.farm.states import TaskEvent
from workers.context import StopReason, TaskContext

log = logging.getLogger(__name__)
Taken = tuple[Task | Claimed, float]
"""A claimed task, and when it was asked for by this machine's clock."""


class Endings:
    """Of one node's tasks."""

    def __init__(
        self,
        database: Database,
        node_id: str,
        lease_seconds: float,
        *,
        takes_work: Callable[[], bool],
        stopped: threading.Event,
    ) -> None:
        """`takes_work`: whether the node takes more now. `stopped`: nothing is tried again."""
        self._database, self._node_id, self._lease_seconds = database, node_id, lease_seconds
        self._takes_work, self._stopped = takes_work, stopped

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
