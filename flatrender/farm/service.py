"""What owners and nodes ask of the farm. Each call belongs to the caller's transaction.

Calls of a node carry the epoch of its claim: with an older one they change no row and say so.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, literal_column, text
from sqlalchemy import select as sa_select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from flatrender.core import bus
from flatrender.core.db import database_now, on_commit
from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.core.ids import new_id
from flatrender.core.plain import Plain
from flatrender.farm import blocking, claims, leases, log, nodes, writer
from flatrender.farm.lanes import Needs, open_lanes
from flatrender.farm.models import FarmSwitch, Node, NodeToken, Task, TaskAttempt, TaskBlocker, TaskLog
from flatrender.farm.ripples import TaskChange, ripple
from flatrender.farm.states import LIVE, TaskEvent, TaskState

logger = logging.getLogger(__name__)
LOWEST, HIGHEST = 0, 100
PATIENCE_MS = 2000  # of an emergency stop, for one lock on PostgreSQL
_REVOKED = (
    sa_select(col(Node.id))
    .join(NodeToken, col(NodeToken.id) == col(Node.token_id))
    .where(col(NodeToken.revoked_at).is_not(None))
)  # nodes whose token no longer holds


@dataclass(frozen=True)
class NewTask:
    """A task to enqueue. `after`: ids of tasks that must be DONE first, or of what `farm.blockers` releases; `weight`:
    expected seconds.

    `pool`, `tags`, `licences`: see `farm.lanes`; `not_before`: by the database's clock; `min_seconds`: a result that
    comes sooner, and does not say `cached`, is a crash.
    """

    kind: str
    name: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    engine: str = "native"
    weight: float = 1.0
    stall_seconds: float | None = 120.0
    min_seconds: float | None = None
    not_before: datetime | None = None
    pool: str = ""
    tags: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    id: str = field(default_factory=new_id)

    @property
    def lane(self) -> str:
        """Where it waits."""
        return Needs(self.engine, self.pool, self.tags, self.licences).lane


def enqueue(
    session: Session, tenant_id: str, owner_id: str, new: Sequence[NewTask], *, priority: int = 50
) -> list[Task]:
    """Inserts tasks of one owner; nodes are woken after the commit."""
    claims.admit(session, tenant_id)
    open_lanes(session, (each.lane for each in new))
    ended = writer.ended_blockers(session, {id for each in new for id in each.after} - {each.id for each in new})
    tasks = []
    for each in new:
        after = sorted(set(each.after) - {id for id, task in ended.items() if task.state == TaskState.DONE})
        task = Task(
            tenant_id=tenant_id,
            id=each.id,
            owner_id=owner_id,
            kind=each.kind,
            name=each.name,
            payload=each.payload,
            engine=each.engine,
            lane=each.lane,
            not_before=each.not_before,
            min_seconds=each.min_seconds,
            priority=priority,
            weight=max(each.weight, 0.01),
            stall_seconds=each.stall_seconds,
            open_blockers=len(after),
        )
        session.add(task)
        session.flush()  # one by one: `seq` follows the order given
        session.add_all(TaskBlocker(task_id=each.id, blocker_id=blocker) for blocker in after)
        tasks.append(task)
    session.flush()
    for task, each in zip(tasks, new, strict=True):
        lost = next((ended[id] for id in each.after if id in ended and ended[id].state != TaskState.DONE), None)
        if lost is not None and TaskState(task.state) in LIVE:
            writer.move(session, task, TaskEvent.CANCEL, database_now(session), reason=writer.unfinished(lost))
    nodes.wake(session)
    return tasks


def claim(session: Session, node_id: str, *, lease_seconds: float) -> Task | None:
    """The best task this node may run, now claimed, as a row; None where there is none. Nodes take the short way:
    `claims.claim`."""
    found = claims.claim(Plain.of(session), node_id, lease_seconds=lease_seconds)
    return None if found is None else session.exec(select(Task).where(col(Task.seq) == found.seq)).one()


def renew(session: Session, task_id: str, epoch: int, *, lease_seconds: float) -> bool:
    """See `leases.renew`."""
    return leases.renew(Plain.of(session), task_id, epoch, lease_seconds=lease_seconds)


def wanted(session: Session, claims_held: dict[str, int]) -> dict[str, bool]:
    """Of the claims (task id → epoch) that a node holds, those still its own: task id → cancel asked for."""
    query = sa_select(col(Task.id), col(Task.epoch), col(Task.cancel_requested)).where(
        col(Task.id).in_(claims_held), col(Task.state) == TaskState.CLAIMED, col(Task.node_id).not_in(_REVOKED)
    )
    return {task_id: cancel for task_id, epoch, cancel in session.execute(query) if claims_held[task_id] == epoch}


def report(
    session: Session,
    task_id: str,
    epoch: int,
    progress: float,
    *,
    note: str = "",
    frame: int | None = None,
    frames: int | None = None,
) -> bool:
    """Notes progress (0 to 1). False: the claim is no longer this node's."""
    task = writer.held(session, task_id, epoch)
    if task is None:
        return False
    task.progress = min(max(progress, 0.0), 1.0)
    task.note, task.frame, task.frames = note[:200], frame, frames
    session.add(task)
    session.flush()
    ripple(session, task, TaskChange(TaskEvent.PROGRESS, TaskState.CLAIMED, TaskState.CLAIMED))
    return True


def complete(session: Session, task_id: str, epoch: int, result: dict[str, Any]) -> bool:
    """See `leases.complete`."""
    return leases.complete(Plain.of(session), task_id, epoch, result)


def give_up(
    session: Session,
    task_id: str,
    epoch: int,
    event: TaskEvent,
    *,
    reason: str,
    code: str | None = None,
    last_words: str | None = None,
) -> TaskState | None:
    """The handler did not finish: CRASH, REFUSE, NOT_READY, RELEASE or CANCEL_SEEN.

    The state after; None when fenced off.
    After a crash the task avoids this node while another one could take it, and the node is noted as failing.
    """
    seen = session.exec(select(Task).where(col(Task.id) == task_id, col(Task.epoch) == epoch)).first()
    if seen is None:
        return None
    writer.lock_live(session, seen.owner_id)  # siblings may end with it: lock them in order first
    task = writer.held(session, task_id, epoch)
    if task is None:
        return None
    now = database_now(session)
    if event is TaskEvent.CRASH and task.node_id:
        _avoid(session, task, task.node_id, now)
    change = writer.move(session, task, event, now, reason=reason, code=code, last_words=last_words)
    return change.after if change else None


def cancel_owner(session: Session, owner_id: str, *, reason: str) -> int:
    """Cancels all live tasks of an owner: waiting ones at once, running ones by a flag. How many still run."""
    now = database_now(session)
    running = 0
    for task in writer.lock_live(session, owner_id):
        if TaskState(task.state) is TaskState.WAITING or not task.cancel_requested:
            writer.move(session, task, TaskEvent.CANCEL, now, reason=reason)
        running += TaskState(task.state) is TaskState.CLAIMED
    return running


def set_priority(session: Session, owner_id: str, priority: int) -> int:
    """Gives the owner's waiting tasks another priority; it counts up to the instant of a claim. How many there were."""
    changed = 0
    for task in writer.lock_live(session, owner_id):
        if TaskState(task.state) is TaskState.WAITING:
            task.priority = priority
            session.add(task)
            changed += 1
    session.flush()
    nodes.wake(session)
    return changed


def tasks_of(session: Session, owner_id: str) -> list[Task]:
    """All tasks of an owner, in order."""
    return list(session.exec(select(Task).where(col(Task.owner_id) == owner_id).order_by(col(Task.seq))).all())


def tasks_by_id(session: Session, ids: Sequence[str]) -> list[Task]:
    """Those of the tasks that exist, in order."""
    return list(session.exec(select(Task).where(col(Task.id).in_(ids)).order_by(col(Task.seq))).all())


def live_tasks(session: Session, owner_id: str, kind: str) -> int:
    """How many tasks of this kind an owner has waiting or running."""
    query = sa_select(func.count()).where(col(Task.owner_id) == owner_id, col(Task.kind) == kind, writer.IS_LIVE)
    return int(session.execute(query).scalar_one())


def get_task(session: Session, task_id: str) -> Task:
    """The task with this id. Raises NotFound."""
    task = session.exec(select(Task).where(col(Task.id) == task_id)).first()
    if task is None:
        raise NotFound("There is no such task.")
    return task


def switch(session: Session) -> FarmSwitch:
    """The farm's stop switch, locked; made where it does not exist yet."""
    found = session.exec(select(FarmSwitch).with_for_update()).first()
    if found is None:
        found = FarmSwitch()
        session.add(found)
        session.flush()
    return found


def is_stopped(session: Session) -> bool:
    """Whether nothing is claimed at this moment."""
    return session.exec(select(FarmSwitch.stopped)).first() is True


def pause(session: Session, *, reason: str) -> FarmSwitch:
    """Nothing more is claimed until `resume`; what runs goes on."""
    row = switch(session)
    row.stopped, row.reason, row.changed_at = True, reason, database_now(session)
    return _switched(session, row)


def resume(session: Session) -> FarmSwitch:
    """Work is claimed again."""
    row = switch(session)
    row.stopped, row.reason, row.changed_at = False, None, database_now(session)
    nodes.wake(session)
    return _switched(session, row)


def let_claims_end(session: Session) -> None:
    """Waits for the transactions that are claiming at this moment; the first thing in a transaction of its own. SQLite
    has one writer at a time."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE farm_task IN EXCLUSIVE MODE"))


def emergency_stop(session: Session, *, reason: str) -> int:
    """Ends everything that runs, at once, and claims nothing more until `resume`. How many tasks were ended.

    The generation number fences off claims that are being made at this very moment, and those that cannot be ended now
    because somebody holds them.
    """
    row = pause(session, reason=reason)
    row.generation += 1
    session.flush()
    owners, ended = owners_of_older(session, row.generation), 0
    try:
        with session.begin_nested():
            if session.get_bind().dialect.name == "postgresql":
                session.execute(text("SELECT set_config('lock_timeout', :most, true)"), {"most": f"{PATIENCE_MS}ms"})
            writer.lock_all_live(session, owners)
            ended = sum(stop(session, owner_id, row.generation, reason) for owner_id in owners)
    except OperationalError as error:  # their claims no longer hold: nodes see it, and the reaper ends the rest
        logger.warning("the stop holds; what runs is ended by the reaper: %s", error.orig)
    return ended


def restart_engines(session: Session) -> None:
    """After the commit, every node that hears it ends its renderers, gives their tasks back, and goes on."""
    on_commit(session, lambda: bus.publish("nodes", {"kind": "restart-engines"}))


def owners_of_older(session: Session, generation: int) -> list[str]:
    """Whose tasks run that were claimed under an older generation of the stop switch."""
    query = select(Task.owner_id).where(col(Task.state) == TaskState.CLAIMED, col(Task.generation) < generation)
    return sorted(set(session.exec(query).all()))


def stop(session: Session, owner_id: str, generation: int, reason: str) -> int:
    """Ends an owner's running tasks that were claimed under an older generation of the stop switch."""
    now, ended = database_now(session), 0
    for task in writer.lock_live(session, owner_id):
        if TaskState(task.state) is TaskState.CLAIMED and task.generation < generation:
            node_id = task.node_id
            writer.move(session, task, TaskEvent.STOP, now, reason=reason)
            ended += 1
            if node_id:
                writer.push(session, node_id, {"kind": "cancel", "task_id": task.id})
    return ended


def check_priority(priority: int) -> int:
    """A priority as given by a person. Raises InvalidInput outside 0 to 100."""
    if not LOWEST <= priority <= HIGHEST:
        raise InvalidInput(f"A priority is a number from {LOWEST} to {HIGHEST}.", field="priority")
    return priority


def depth(session: Session) -> dict[str, Any]:
    """How full the farm is: `{"waiting", "running", "nodes", "slots", "oldest_waiting_at", "stopped"}`."""
    counts: dict[str, int] = {
        str(state): number
        for state, number in session.execute(
            sa_select(col(Task.state), func.count()).where(writer.IS_LIVE).group_by(col(Task.state))
        )
    }
    oldest: datetime | None = session.execute(
        sa_select(func.min(Task.created_at)).where(col(Task.state) == TaskState.WAITING)
    ).scalar_one_or_none()
    online = [node for node in nodes.every(session) if node.online]
    row = session.exec(select(FarmSwitch)).first()
    return {
        "waiting": counts.get(TaskState.WAITING, 0),
        "running": counts.get(TaskState.CLAIMED, 0),
        "nodes": len(online),
        "slots": sum(node.slots for node in online),
        "oldest_waiting_at": oldest.isoformat() if oldest else None,
        "stopped": bool(row and row.stopped),
        "reason": row.reason if row else None,
    }


def tell_owner(session: Session, owner_id: str, tenant_id: str, message: str, level: str = "info") -> None:
    """A line in the owner's log that is no task's."""
    log.write(session, tenant_id, owner_id, message, level=level)


def _avoid(session: Session, task: Task, node_id: str, now: datetime) -> None:
    """Keeps the task from the nodes it crashed on; when it crashed on all of them, from the latest one."""
    others = bool(nodes.able(session, task.lane, but=frozenset({node_id})))
    node = blocking.locked(session, node_id)
    if node is not None:
        blocking.crashed(session, node, task, now, others=others)
    every = frozenset(filter(None, task.avoid.split(","))) | {node_id}
    for avoided in (every, frozenset({node_id})):
        if nodes.able(session, task.lane, but=avoided):
            task.avoid = f",{','.join(sorted(avoided))},"
            return
    task.avoid = ""


def _switched(session: Session, row: FarmSwitch) -> FarmSwitch:
    session.add(row)
    session.flush()
    payload = {"kind": "farm", "stopped": row.stopped, "reason": row.reason}
    on_commit(session, lambda: bus.publish("farm", payload))
    plain = {"kind": "farm", "stopped": row.stopped}  # why is for those who run it
    on_commit(session, lambda: bus.publish(bus.EVERYONE, plain))
    return row


def forget_owner(session: Session, owner_id: str) -> None:
    """Removes an owner's tasks, attempts and log. Raises Conflict while one of them is live."""
    tasks = tasks_of(session, owner_id)
    if any(TaskState(task.state) in LIVE for task in tasks):
        raise Conflict("It is still being worked on; cancel it first.", code="still-live")
    ids = [task.id for task in tasks]
    session.execute(delete(TaskBlocker).where(col(TaskBlocker.task_id).in_(ids)))
    for owned in (TaskAttempt, TaskLog, Task):
        session.execute(delete(owned).where(col(owned.owner_id) == owner_id))


def forget_ended(session: Session, before: datetime, *, kind: str | None = None, limit: int = 500) -> int:
    """Removes tasks that ended before a time, with their attempts and log, and log lines older than it. How many tasks.

    `kind`: tasks of this kind alone.
    """
    query = select(Task.id).where(col(Task.finished_at) < before).order_by(col(Task.seq)).limit(limit)
    ids = session.exec(query.where(col(Task.kind) == kind) if kind else query).all()
    if ids:
        session.execute(delete(TaskBlocker).where(col(TaskBlocker.task_id).in_(ids)))
        for owned in (TaskAttempt, TaskLog):
            session.execute(delete(owned).where(col(owned.task_id).in_(ids)))
        session.execute(delete(Task).where(col(Task.id).in_(ids)))
    if kind is None:
        lines = select(TaskLog.id).where(col(TaskLog.at) < before).limit(limit)
        session.execute(delete(TaskLog).where(col(TaskLog.id).in_(session.exec(lines).all())))
    return len(ids)


def attempts_of(session: Session, owner_id: str) -> list[TaskAttempt]:
    """All ended claims of an owner's tasks, in order."""
    query = select(TaskAttempt).where(col(TaskAttempt.owner_id) == owner_id)
    return list(session.exec(query.order_by(col(TaskAttempt.ended_at))).all())


def releases(session: Session, task_id: str, reason: str) -> int:
    """How often a task was given back for this reason."""
    query = sa_select(func.count()).where(
        col(TaskAttempt.task_id) == task_id,
        col(TaskAttempt.outcome) == TaskEvent.RELEASE,
        col(TaskAttempt.error) == reason,
    )
    return int(session.execute(query).scalar_one())


def running_by_node(session: Session) -> dict[str, list[dict[str, Any]]]:
    """What each node runs now: node id → `[{"id", "kind", "name", "owner_id", "progress", "note", "claimed_at"}]`."""
    query = select(Task).where(col(Task.state) == literal_column("'CLAIMED'")).order_by(col(Task.claimed_at))
    found: dict[str, list[dict[str, Any]]] = {}
    for task in session.exec(query).all():
        found.setdefault(task.node_id or "", []).append(
            {
                "id": task.id,
                "kind": task.kind,
                "name": task.name,
                "owner_id": task.owner_id,
                "progress": round(task.progress, 4),
                "note": task.note,
                "claimed_at": task.claimed_at.isoformat() if task.claimed_at else None,
            }
        )
    return found
