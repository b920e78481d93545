"""Heals the farm: lost leases, silent nodes, tasks that wait for a node that is gone. Any process may run it, often."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import literal_column
from sqlmodel import Session, col, select

from flatrender.core.db import database_now
from flatrender.farm import nodes, service, unserved, writer
from flatrender.farm.models import FarmSwitch, Node, Task
from flatrender.farm.states import TaskEvent, TaskState


@dataclass(frozen=True)
class Reaped:
    """What was healed."""

    leases: int = 0
    stopped: int = 0
    nodes: int = 0
    freed: int = 0
    unserved: int = 0


def reap(session: Session, *, lease_seconds: float, give_up_seconds: float | None = None) -> Reaped:
    """Puts tasks whose lease has run out back into the queue (or ends them), and takes silent nodes off line.

    `give_up_seconds`: how long a task waits for a node that could run it; None for as long as it takes.
    """
    now = database_now(session)
    query = select(Task.id, Task.owner_id, Task.epoch).where(
        col(Task.state) == literal_column("'CLAIMED'"), col(Task.lease_until) < now
    )
    query = query.order_by(col(Task.owner_id))  # two reapers lock in the same order
    leases = sum(_lose(session, *row) for row in session.exec(query).all())
    switch = session.exec(select(FarmSwitch)).first()
    stopped = service.stop_older(session, switch.generation, switch.reason or "emergency stop") if switch else 0
    gone = nodes.lost(session, now, timedelta(seconds=2 * lease_seconds))
    freed = _free(session)
    return Reaped(leases, stopped, len(gone), freed, unserved.look(session, now, give_up_seconds))


def due(session: Session) -> bool:
    """Whether `reap` would find a lost lease: a read, so that idle ticks write nothing."""
    now = database_now(session)
    lapsed = (
        select(Task.seq).where(col(Task.state) == literal_column("'CLAIMED'"), col(Task.lease_until) < now).limit(1)
    )
    return session.exec(lapsed).first() is not None


def forsake(session: Session, node_id: str) -> int:
    """A node's new process takes over: what the earlier one held is lost now, not when its leases run out."""
    query = select(Task.id, Task.owner_id, Task.epoch).where(
        col(Task.state) == literal_column("'CLAIMED'"), col(Task.node_id) == node_id
    )
    return sum(_lose(session, *row, lapsed=False) for row in session.exec(query).all())


def _lose(session: Session, task_id: str, owner_id: str, epoch: int, *, lapsed: bool = True) -> int:
    writer.lock_live(session, owner_id)
    now = database_now(session)
    query = (
        select(Task)
        .where(col(Task.id) == task_id, col(Task.epoch) == epoch, col(Task.state) == TaskState.CLAIMED)
        .execution_options(populate_existing=True)
    )
    task = session.exec(query).first()
    if task is None or task.lease_until is None or (lapsed and task.lease_until >= now):
        return 0  # renewed or ended since
    node = session.get(Node, task.node_id) if task.node_id else None
    reason = f"node {node.name} stopped answering" if node else "its node stopped answering"
    return int(writer.move(session, task, TaskEvent.LEASE_LOST, now, reason=reason, code="lease-lost") is not None)


def _free(session: Session) -> int:
    """A task that avoids the nodes it crashed on may go back to them when no other is left."""
    query = select(Task).where(col(Task.state) == literal_column("'WAITING'"), col(Task.avoid) != "")
    freed = 0
    for task in session.exec(query.limit(200).with_for_update(skip_locked=True)).all():
        avoided = frozenset(filter(None, task.avoid.split(",")))
        if not nodes.able(session, task.lane, but=avoided):
            task.avoid = ""
            session.add(task)
            freed += 1
    if freed:
        session.flush()
        nodes.wake(session)
    return freed
