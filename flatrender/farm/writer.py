"""The one writer of a task's state: row, attempt, log, dependants and ripples together, in the caller's transaction.

The two changes that happen most, a claim and a completion, are written in plain SQL by `claims` and `leases`.

Locks are taken in one order, so that two transactions cannot wait for each other on PostgreSQL: tasks by `seq`, then
the owner's row (in ripples), then the tenant's share. A node that ends a task and claims its next one locks a second
task and owner behind them; that half waits for nobody longer than a moment (see `handover`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, literal_column, true, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.core import bus
from flatrender.core.db import database_now, on_commit
from flatrender.farm import log, nodes
from flatrender.farm.models import FarmSwitch, Task, TaskAttempt, TaskBlocker
from flatrender.farm.ripples import TaskChange, ripple
from flatrender.farm.states import DEFAULT_LIMITS, LIVE, TERMINAL, Counters, Limits, Step, TaskEvent, TaskState, step

IS_LIVE: ColumnElement[bool] = literal_column("farm_task.state IN ('WAITING', 'CLAIMED')", Boolean)
LEAVING = "its node is shutting down"
LONGEST_WORDS = 4000  # characters kept of what a renderer said last
limits: Limits = DEFAULT_LIMITS  # tests shorten the waits


def move(
    session: Session,
    task: Task,
    event: TaskEvent,
    now: datetime,
    *,
    reason: str | None = None,
    code: str | None = None,
    result: dict[str, Any] | None = None,
    last_words: str | None = None,
) -> TaskChange | None:
    """Lets `event` happen to `task`, whose row the caller has locked and read afresh.

    `now` is of the database's clock; `last_words` of its renderer. Returns what changed, None when the state absorbs
    the event.
    """
    before = TaskState(task.state)
    after = step(before, event, task.counters, cancel_requested=task.cancel_requested, limits=limits)
    if after is None:
        return None
    ended = before is TaskState.CLAIMED and after.state is not TaskState.CLAIMED
    outcome = TaskEvent.CANCEL_SEEN if ended and after.state is TaskState.CANCELLED else event
    if ended:
        session.add(
            TaskAttempt(
                tenant_id=task.tenant_id,
                task_id=task.id,
                epoch=task.epoch,
                owner_id=task.owner_id,
                node_id=task.node_id,
                started_at=task.claimed_at,
                ended_at=now,
                outcome=outcome,
                error=reason,
                last_words=last_words[-LONGEST_WORDS:] if last_words else None,
            )
        )
    was = task.counters
    _write(task, after, now, ended=ended, reason=reason, code=code, result=result)
    if event is TaskEvent.NOT_READY and after.state is TaskState.WAITING:
        task.note = (reason or "")[:200]  # what it waits for
    session.add(task)
    message = _sentence(task, event, was, after, reason)
    if message:
        level = "error" if after.state is TaskState.FAILED else "warning" if _is_trouble(event) else "info"
        log.write(session, task.tenant_id, task.owner_id, message, level=level, task_id=task.id)
    session.flush()
    change = TaskChange(outcome, before, after.state, reason)
    if after.state is TaskState.DONE:
        release(session, task.id)
    elif after.state is TaskState.WAITING:
        nodes.wake(session)
    elif after.state is TaskState.CLAIMED and after.cancel_requested and task.node_id:
        push(session, task.node_id, {"kind": "cancel", "task_id": task.id})
    ripple(session, task, change)
    if after.state in {TaskState.FAILED, TaskState.CANCELLED}:
        _cancel_dependants(session, task, now)
    return change


def push(session: Session, node_id: str, payload: dict[str, Any]) -> None:
    """Tells a node something at once, after the commit; it would see it in the database within a second anyway."""
    on_commit(session, lambda: bus.publish(f"node:{node_id}", payload))


def lock_live(session: Session, owner_id: str) -> list[Task]:
    """The owner's live tasks, locked in the order of `seq` and read afresh."""
    query = (
        select(Task)
        .where(col(Task.owner_id) == owner_id, IS_LIVE)
        .order_by(col(Task.seq))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.exec(query).all()
    if not found and session.get_bind().dialect.name == "postgresql":
        # The task that was waited for has ended, and may have inserted others, which that look could not see.
        found = session.exec(query).all()
    return [task for task in found if TaskState(task.state) in LIVE]


def lock_all_live(session: Session, owner_ids: Sequence[str]) -> None:
    """The live tasks of several owners, all of them in the order of `seq` before anything is done to one."""
    query = sa_select(col(Task.seq)).where(col(Task.owner_id).in_(owner_ids), IS_LIVE)
    session.execute(query.order_by(col(Task.seq)).with_for_update())


def ended_blockers(session: Session, ids: Collection[str]) -> dict[str, Task]:
    """Those of the ids that are tasks which have ended. One that is ending now is waited for, so that its end is seen
    here or there."""
    if not ids:
        return {}
    query = select(Task).where(col(Task.id).in_(ids)).order_by(col(Task.seq)).with_for_update(read=True)
    found = session.exec(query.execution_options(populate_existing=True)).all()
    return {task.id: task for task in found if TaskState(task.state) in TERMINAL}


def unfinished(task: Task) -> str:
    """Why what waited for it is cancelled."""
    return f"{task.name or task.kind} did not finish"


def held(session: Session, task_id: str, epoch: int) -> Task | None:
    """The task, locked, if `epoch` still holds it and no emergency stop has come since."""
    found = session.execute(
        sa_select(Task, col(FarmSwitch.generation))
        .outerjoin(FarmSwitch, true())
        .where(col(Task.id) == task_id, col(Task.epoch) == epoch, col(Task.state) == TaskState.CLAIMED)
        .with_for_update(of=Task)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        return None
    task: Task = found[0]
    return task if task.generation >= (found[1] or 0) else None


def _write(
    task: Task,
    after: Step,
    now: datetime,
    *,
    ended: bool,
    reason: str | None,
    code: str | None,
    result: dict[str, Any] | None,
) -> None:
    task.state = after.state.value
    task.cancel_requested = after.cancel_requested
    task.crashes = after.counters.crashes
    task.lost_leases = after.counters.lost_leases
    task.not_ready = after.counters.not_ready
    if reason is not None:
        task.error, task.error_code = reason, code
    if ended:
        task.lease_until = None
    if after.state is TaskState.WAITING:
        task.node_id, task.waits_since = None, now
        task.not_before = now + timedelta(seconds=after.wait) if after.wait else None
        task.progress, task.note, task.frame = 0.0, "", None
    elif after.state is TaskState.CLAIMED and not after.cancel_requested:
        task.note = ""  # it no longer waits for a node
    elif after.state is TaskState.DONE:
        task.progress, task.error, task.error_code, task.result = 1.0, None, None, result or {}
    if after.state in TERMINAL:
        task.finished_at = now


def _is_trouble(event: TaskEvent) -> bool:
    return event in {TaskEvent.CRASH, TaskEvent.LEASE_LOST, TaskEvent.REFUSE}


def _sentence(task: Task, event: TaskEvent, was: Counters, after: Step, reason: str | None) -> str | None:
    name, why = task.name or task.kind, f": {reason}" if reason else ""
    match after.state:
        case TaskState.DONE:
            return f"{name}: done"
        case TaskState.CANCELLED:
            return f"{name}: cancelled{why}"
        case TaskState.FAILED:
            return f"{name}: failed{why}"
        case TaskState.CLAIMED:
            return f"{name}: cancel asked for{why}" if after.cancel_requested else None
    match event:
        case TaskEvent.CRASH:
            return f"{name}: retry {after.counters.crashes} of {limits.crash_retries}{why}"
        case TaskEvent.LEASE_LOST:
            return f"{name}: the node was lost; tried again ({after.counters.lost_leases} of {limits.lost_leases})"
        case TaskEvent.NOT_READY:
            return f"{name}: not ready, try {after.counters.not_ready} of {limits.ready_tries}{why}"
        case TaskEvent.REQUEUE:
            return f"{name}: back in the queue{why}"
        case TaskEvent.RELEASE:
            return f"{name}: given back, {LEAVING}" if reason in {None, LEAVING} else f"{name}: given back: {reason}"
    return None


def release(session: Session, blocker_id: str) -> None:
    """What waited for a task, or for whatever else has this id, waits for it no longer."""
    waiting = select(TaskBlocker.task_id).where(col(TaskBlocker.blocker_id) == blocker_id)
    freed = session.execute(
        update(Task)
        .where(col(Task.id).in_(waiting))
        .values(open_blockers=col(Task.open_blockers) - 1, waits_since=database_now(session))
        .execution_options(synchronize_session="fetch")
    )
    if freed.rowcount:  # type: ignore[attr-defined]
        nodes.wake(session)


def _cancel_dependants(session: Session, task: Task, now: datetime) -> None:
    blocked = select(TaskBlocker.task_id).where(col(TaskBlocker.blocker_id) == task.id)
    query = select(Task).where(col(Task.id).in_(blocked), IS_LIVE).order_by(col(Task.seq))
    for dependant in session.exec(query).all():
        move(session, dependant, TaskEvent.CANCEL, now, reason=unfinished(task))
