"""Heals the farm: lost leases, silent nodes, tasks that wait for a node that is gone. Any process may run it, often."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import ColumnElement, func, literal_column, true
from sqlalchemy import select as sa_select
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session, col, select

from flatrender.core.db import Database, database_now
from flatrender.core.errors import Unavailable
from flatrender.farm import nodes, service, unserved, writer
from flatrender.farm.models import FarmSwitch, Node, Task
from flatrender.farm.states import TaskEvent, TaskState

log = logging.getLogger(__name__)
T = TypeVar("T")
_NOT_ALLOWED = "42501"  # as PostgreSQL says it
PATIENCE_MS = 100  # with the first owner whose rows somebody holds on PostgreSQL; half as long with each further one


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
        lapsed = _claimed(session, col(Task.lease_until) < now)
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
        lanes = unserved.news(session, now)
    told = 0
    try:
        told = sum(_tell(database, lane, said, now, give_up_seconds) for lane, said in lanes)
    except ProgrammingError as error:  # leases and work do not hang on who is told what
        if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
            raise
        _ask_for_grants()
    return Reaped(leases, stopped, gone, freed, told)


@lru_cache(maxsize=1)  # the reaper comes often
def _ask_for_grants() -> None:
    log.error("tasks that no node can run are told nothing: nodes' database role is older; run deploy/node-role.sql")


def _claimed(session: Session, which: ColumnElement[bool]) -> list[tuple[str, str, int]]:
    """Claims as task, owner and epoch, in the order of `seq`: put in order here, because SQLite would read all tasks in
    that order to find the few."""
    query = sa_select(col(Task.seq), col(Task.id), col(Task.owner_id), col(Task.epoch))
    rows = session.execute(query.where(col(Task.state) == literal_column("'CLAIMED'"), which)).all()
    return [(id, owner_id, epoch) for _, id, owner_id, epoch in sorted(rows)]


def _tell(database: Database, lane_id: str, said: str, now: datetime, give_up_seconds: float | None) -> int:
    """Those who wait in a lane for a node; how many were told something."""
    lane = [lane_id]
    if not sum(_each(database, lane, lambda session, lane_id: unserved.take(session, lane_id, said, now))):
        return 0
    with database.system_session(read_only=True) as session:
        waiting = unserved.owners(session, lane_id, said, now, give_up_seconds)
    told = sum(_each(database, waiting, lambda session, owner: unserved.tell(session, owner, now, give_up_seconds)))
    for _ in _each(database, lane, lambda session, lane_id: unserved.settle(session, lane_id, said, len(waiting))):
        pass
    return told


def _each(database: Database, ids: Iterable[str], act: Callable[[Session, str], T]) -> Iterator[T]:
    """What `act` says of each owner, or lane. One that somebody holds is left to the next round: a node that was cut
    off within a transaction may hold any number of them, and what is behind them is not to wait for it."""
    patience = PATIENCE_MS
    for id in dict.fromkeys(ids):
        try:
            with database.system_session() as session:
                if not database.is_sqlite:
                    session.execute(sa_select(func.set_config("lock_timeout", f"{patience}ms", true())))
                yield act(session, id)
        except Unavailable as error:
            log.warning("%s is left to the next round: %s", id, error.message)
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
        held = _claimed(session, col(Task.node_id) == node_id)
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
    # Literals, not values: only so do both databases use the index of these few.
    query = select(Task).where(col(Task.state) == literal_column("'WAITING'"), col(Task.avoid) != literal_column("''"))
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
