"""What becomes of a task on a node: its handler is run, and what it did is an event for the farm."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flatrender.core.db import Database
from flatrender.core.errors import FlatRenderError, NoSpace, StorageAway, StorageRefused
from flatrender.core.storage import explain, get_storage
from flatrender.farm import nodes, writer
from flatrender.farm import service as farm
from flatrender.farm.states import TaskEvent
from flatrender.film.ffmpeg import Cancelled
from workers import health
from workers.context import NotReady, Stopped, StopReason, TaskContext
from workers.files import StorageWatch

log = logging.getLogger(__name__)
Handler = Callable[[TaskContext], dict[str, Any]]
Handlers = Callable[[str], Handler]
Outcome = tuple[TaskEvent | None, str, str | None, dict[str, Any]]
"""What happened, why, its code, and the result. None: the claim is no longer ours."""
MOST_RELEASES = 5  # of a task because the storage is away: small files may pass where its own never does


class Outcomes:
    """Of one node's tasks."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        handlers: Handlers,
        storage: StorageWatch,
        note_unwell: Callable[[dict[str, Any], str], None],
    ) -> None:
        """`note_unwell` hears what was measured of a node that is unwell, and why."""
        self._database, self._folder, self._handlers = database, folder, handlers
        self._storage, self._note_unwell = storage, note_unwell

    def of(self, context: TaskContext) -> Outcome:
        """Runs the handler; what became of the task."""
        try:
            context.check()
            with get_storage().hold():
                result = self._handlers(context.kind)(context)
        except (Stopped, Cancelled) as error:
            return (*_stopped(context, error), {})
        except NotReady as error:
            return TaskEvent.NOT_READY, error.message, error.code, {}
        except NoSpace as error:
            return self._no_space(context, error)
        except StorageAway as error:
            return self._storage_away(context, error)
        except StorageRefused as error:
            return self._storage_refused(context, error)
        except FlatRenderError as error:
            if context.cancelled():
                return (*_stopped(context, error), {})
            if error.status < 500:
                return TaskEvent.REFUSE, error.message, error.code, {}
            log.warning("task %s: %s", context.task_id, error.message)
            context.last_words = str(error.details.get("log") or "").strip() or None
            return TaskEvent.CRASH, _with_last_words(error), error.code, {}
        except Exception as error:
            if context.cancelled():
                return (*_stopped(context, error), {})
            if isinstance(error, OSError) and isinstance(explained := explain(error), NoSpace):
                return self._no_space(context, explained)
            log.exception("task %s: its handler crashed", context.task_id)
            return TaskEvent.CRASH, f"{type(error).__name__}: {error}", "crash", {}
        if context.too_fast() and not result.get("cached"):
            return TaskEvent.CRASH, f"finished too fast: within {context.min_seconds:g} seconds", "too-fast", {}
        return TaskEvent.COMPLETE, "", None, result

    def _storage_away(self, context: TaskContext, error: StorageAway) -> Outcome:
        """The task goes back, and the node takes no other until its storage answers."""
        self._storage.failed(error)
        return self._give_back(context, error, error.message)

    def _give_back(self, context: TaskContext, error: FlatRenderError, problem: str) -> Outcome:
        self._note_storage(problem)
        if context.cancelled():
            return (*_stopped(context, error), {})
        event = TaskEvent.CRASH if self._was_released_often(context, error.message) else TaskEvent.RELEASE
        return event, error.message, error.code, {}

    def _storage_refused(self, context: TaskContext, error: StorageRefused) -> Outcome:
        """A try that counts: the storage may refuse this one file for good. Where it refuses the node's own as well it
        is as if it were away."""
        self._storage.ask()
        if self._storage.problem is not None:
            return self._give_back(context, error, self._storage.problem)
        if context.cancelled():
            return (*_stopped(context, error), {})
        return TaskEvent.CRASH, error.message, error.code, {}

    def _note_storage(self, problem: str) -> None:
        try:
            self._note_unwell(health.measure(self._folder), problem)
        except FlatRenderError as away:
            log.warning("that the storage is unwell could not be noted: %s", away.message)

    def _was_released_often(self, context: TaskContext, reason: str) -> bool:
        try:
            with self._database.system_session(read_only=True) as session:
                return farm.releases(session, context.task_id, reason) >= MOST_RELEASES
        except FlatRenderError:
            return False  # nobody knows, and nothing is lost

    def _no_space(self, context: TaskContext, error: NoSpace) -> Outcome:
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
        return TaskEvent.CRASH if elsewhere else TaskEvent.REFUSE, _full(error), error.code, {}

    def _could_run_elsewhere(self, context: TaskContext) -> bool:
        try:
            with self._database.system_session(read_only=True) as session:
                return bool(nodes.able(session, context.lane, but=frozenset({context.node_id})))
        except FlatRenderError:
            return True  # nobody knows: another try is bounded, a refusal is the end


def _stopped(context: TaskContext, error: Exception) -> tuple[TaskEvent | None, str, str | None]:
    match context.stop_reason:
        case StopReason.CANCELLED:
            return TaskEvent.CANCEL_SEEN, "cancelled", "cancelled"
        case StopReason.STALLED:
            return TaskEvent.CRASH, f"no progress for {context.stall_seconds:.0f} seconds", "stalled"
        case StopReason.SHUTDOWN:
            return TaskEvent.RELEASE, writer.LEAVING, "shutdown"
        case StopReason.LOST:
            return None, "", None
    return TaskEvent.CRASH, str(error), "stopped"


def _with_last_words(error: FlatRenderError) -> str:
    """The error's sentence, and what the renderer said last."""
    words = str(error.details.get("log") or "").strip().splitlines()
    return f"{error.message} ({words[-1][:300]})" if words and words[-1][:40] not in error.message else error.message


def _full(error: NoSpace) -> str:
    return error.message if "no space" in error.message.lower() else f"No space: {error.message}"
