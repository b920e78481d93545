"""Heals the farm: lost leases, silent nodes, tasks that wait for a node that is gone. Any process may run it, often."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, literal_column, true
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.core.db import Database, database_now
from flatrender.core.errors import Unavailable
from flatrender.farm import nodes, service, unserved, writer
from flatrender.farm.models import FarmSwitch, Node, Task
from flatrender.farm.states import TaskEvent, TaskState

log = logging.getLogger(__name__)
PATIENCE_MS = 100  # with the first owner whose rows somebody holds on PostgreSQL; half as long with each further one
_CLAIMED = select(Task.id, Task.owner_id, Task.epoch).where(col(Task.state) == literal_column("'CLAIMED'"))


@dataclass(frozen=True)
class Reaped:
    """What was healed."""

    leases: int = 0
    stopped: int = 0
    nodes: int = 0
    freed: int = 0
    unserved: int = 0


def reap(database: Database, *, lease_seconds: float, give_up_seconds: float | None = None) -> Reaped:
    """Puts tasks whose lease has run out back into the queue (or ends them), and takes silent nodes off line.

    Each owner in a transaction of its own: who held several owners' tasks would wait for a node that renews its own in
    another order, and that one for it. `give_up_seconds`: how long a task waits for a node that could run it; None for
    as long as it takes.
    """
    with database.system_session(read_only=True) as session:
        now = database_now(session)
        lapsed = session.exec(_CLAIMED.where(col(Task.lease_until) < now).order_by(col(Task.seq))).all()
        switch = session.exec(select(FarmSwitch)).first()
        older = service.owners_of_older(session, switch.generation) if switch else []
    leases = sum(_each(database, (row[1] for row in lapsed), lambda session, owner: _lose(session, owner, lapsed)))
    stopped = 0
    if switch is not None:
        generation, reason = switch.generation, switch.reason or "emergency stop"
        stopped = sum(_each(database, older, lambda session, owner: service.stop(session, owner, generation, reason)))
    with database.system_session() as session:
        gone = len(nodes.lost(session, now, timedelta(seconds=2 * lease_seconds)))
    with database.system_session() as session:
        freed = _free(session)
    with database.system_session(read_only=True) as session:
        waiting = unserved.owners(session, now, give_up_seconds)
    told = sum(_each(database, waiting, lambda session, owner: unserved.tell(session, owner, now, give_up_seconds)))
    return Reaped(leases, stopped, gone, freed, told)


def _each(database: Database, owners: Iterable[str], act: Callable[[Session, str], int]) -> Iterator[int]:
    """What `act` says of each owner. One that somebody holds is left to the next round: a node that was cut off within
    a transaction may hold any number of them, and what is behind them is not to wait for it."""
    patience = PATIENCE_MS
    for owner_id in dict.fromkeys(owners):
        try:
            with database.system_session() as session:
                if not database.is_sqlite:
                    session.execute(sa_select(func.set_config("lock_timeout", f"{patience}ms", true())))
                yield act(session, owner_id)
        except Unavailable as error:
            log.warning("owner %s is left to the next round: %s", owner_id, error.message)
            if database.is_sqlite:
                return  # one lock for all, and it was waited for
            patience = max(patience // 2, 1)


def due(session: Session) -> bool:
    """Whether `reap` would find a lost lease: a read, so that idle ticks write nothing."""
    now = database_now(session)
    lapsed = (
        select(Task.seq).where(col(Task.state) == literal_column("'CLAIMED'"), col(Task.lease_until) < now).limit(1)
    )
    return session.exec(lapsed).first() is not None


def forsake(database: Database, node_id: str) -> int:
    """A node's new process takes over: what the earlier one held is lost now, not when its leases run out."""
    with database.system_session(read_only=True) as session:
        held = session.exec(_CLAIMED.where(col(Task.node_id) == node_id).order_by(col(Task.seq))).all()
    owners = (row[1] for row in held)
    return sum(_each(database, owners, lambda session, owner: _lose(session, owner, held, lapsed=False)))


def _lose(session: Session, owner_id: str, held: Sequence[tuple[str, str, int]], *, lapsed: bool = True) -> int:
    """Of the claims those of this owner, unless they were renewed or have ended since; how many."""
    epochs = {task_id: epoch for task_id, owner, epoch in held if owner == owner_id}
    tasks = [task for task in writer.lock_live(session, owner_id) if epochs.get(task.id) == task.epoch]
    now, lost = database_now(session), 0
    for task in tasks:
        if task.state != TaskState.CLAIMED or task.lease_until is None or (lapsed and task.lease_until >= now):
            continue
        node = session.get(Node, task.node_id) if task.node_id else None
        reason = f"node {node.name} stopped answering" if node else "its node stopped answering"
        lost += writer.move(session, task, TaskEvent.LEASE_LOST, now, reason=reason, code="lease-lost") is not None
    return lost


def _free(session: Session) -> int:
    """A task that avoids the nodes it crashed on may go back to them when no other is left."""
    query = select(Task).where(col(Task.state) == literal_column("'WAITING'"), col(Task.avoid) != "")
    freed = 0
    for task in session.exec(query.order_by(col(Task.seq)).limit(200).with_for_update(skip_locked=True)).all():
        avoided = frozenset(filter(None, task.avoid.split(",")))
        if not nodes.able(session, task.lane, but=avoided):
            task.avoid = ""
            session.add(task)
            freed += 1
    if freed:
        session.flush()
        nodes.wake(session)
    return freed
