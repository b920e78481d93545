"""Which task a node gets: the highest priority; among equals the tenant whose turn it is; then the oldest.

Fairness is stride scheduling (Waldspurger and Weihl, 1995): each claim moves its tenant's `vtime` on by the task's
expected seconds over the tenant's weight, and the tenant with the lowest `vtime` is next. Per tenant only the top of
the queue is looked at, through the partial index on waiting tasks: a plain join over all of them is ten times slower.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, literal_column, or_, true, update
from sqlalchemy import select as sa_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, select

from flatrender.core.db import database_now
from flatrender.farm import writer
from flatrender.farm.models import FarmSwitch, Node, Task, TenantShare
from flatrender.farm.states import TaskEvent

CANDIDATES = 16  # rows looked at beyond the first, for those that other nodes are claiming at this moment
MOST_CANDIDATES = 1024


def claim(session: Session, node_id: str, *, lease_seconds: float) -> Task | None:
    """Claims the best task that `node_id` may run, for `lease_seconds` by the database's clock; None for none.

    One transaction: on SQLite under BEGIN IMMEDIATE, on PostgreSQL with SKIP LOCKED. The claim's epoch fences off every
    earlier one.
    """
    found = session.execute(
        sa_select(Node, FarmSwitch).outerjoin(FarmSwitch, true()).where(col(Node.id) == node_id)
    ).first()
    if found is None:
        return None
    node, switch = found
    if node.draining or not node.online or not node.healthy or (switch is not None and switch.stopped):
        return None
    now = database_now(session)
    task = _pick(session, node, now)
    if task is None:
        return None
    task.epoch += 1
    task.node_id = node_id
    task.generation = switch.generation if switch is not None else 0
    task.lease_until = now + timedelta(seconds=lease_seconds)
    task.claimed_at = now
    task.finished_at = None
    task.not_before = None
    if writer.move(session, task, TaskEvent.CLAIM, now) is None:
        raise AssertionError(f"task {task.id} was picked in state {task.state}")  # the query says WAITING
    charge(session, task.tenant_id, task.weight)
    return task


def charge(session: Session, tenant_id: str, seconds: float) -> None:
    """Moves a tenant's turn on by `seconds` of work."""
    session.execute(
        update(TenantShare)
        .where(col(TenantShare.tenant_id) == tenant_id)
        .values(vtime=col(TenantShare.vtime) + max(seconds, 0.01) / col(TenantShare.weight))
        .execution_options(synchronize_session=False)
    )


def admit(session: Session, tenant_id: str) -> None:
    """Before a tenant's tasks are inserted: a tenant that was idle joins at the others' time, with no saved-up turns.

    Goes through the connection: the queues of all tenants matter here, whatever the session is scoped to.
    """
    connection = session.connection()
    share, task = table(TenantShare), table(Task).alias("waiting")
    new = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(share)
    connection.execute(
        new.values(tenant_id=tenant_id, weight=1.0, vtime=0.0).on_conflict_do_nothing(index_elements=["tenant_id"])
    )
    has_work = (
        sa_select(literal_column("1"))
        .where(task.c.tenant_id == share.c.tenant_id, _is_waiting(task.c))
        .correlate(share)
        .exists()
    )
    floor = connection.execute(sa_select(func.min(share.c.vtime)).where(has_work)).scalar_one_or_none()
    if floor is None:
        return
    connection.execute(
        update(share).where(share.c.tenant_id == tenant_id, share.c.vtime < floor, ~has_work).values(vtime=floor)
    )


def table(model: type[SQLModel]) -> Table:
    """The Core table behind a model, for statements that no tenant scope may touch."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


def _is_waiting(task: Any) -> ColumnElement[bool]:
    # Literals, not parameters: only so do both databases use the partial index.
    return and_(task.state == literal_column("'WAITING'"), task.open_blockers == literal_column("0"))


def _claimable(task: Any, node: Node, engines: Sequence[str], now: datetime) -> ColumnElement[bool]:
    return and_(
        _is_waiting(task),
        task.cancel_requested.is_(False),
        or_(task.not_before.is_(None), task.not_before <= now),
        task.engine.in_(engines),
        or_(task.avoid == "", task.avoid.not_like(f"%,{node.id},%")),
    )


def _pick(session: Session, node: Node, now: datetime) -> Task | None:
    engines = sorted(node.engines)
    if session.get_bind().dialect.name == "postgresql":
        return _pick_skipping_locked(session, node, engines, now)
    top: Any = aliased(Task)
    best = (
        sa_select(top.seq)
        .where(top.tenant_id == TenantShare.tenant_id, _claimable(top, node, engines, now))
        .order_by(top.priority.desc(), top.seq)
        .limit(1)
        .correlate(TenantShare)
        .scalar_subquery()
    )
    query = (
        select(Task)
        .select_from(TenantShare)
        .join(Task, col(Task.seq) == best)
        .order_by(col(Task.priority).desc(), col(TenantShare.vtime), col(Task.seq))
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return session.exec(query).first()


def _pick_skipping_locked(session: Session, node: Node, engines: Sequence[str], now: datetime) -> Task | None:
    """Looks at the best few, then at more when all of them are being claimed by others at this moment."""
    looked_at = CANDIDATES
    while True:
        best = _best(node, engines, now, looked_at)
        query = (
            select(Task)
            .join(TenantShare, col(TenantShare.tenant_id) == col(Task.tenant_id))
            .where(col(Task.seq).in_(best), _claimable(Task, node, engines, now))
            .order_by(col(Task.priority).desc(), col(TenantShare.vtime), col(Task.seq))
            .limit(1)
            .with_for_update(skip_locked=True, of=Task)
            .execution_options(populate_existing=True)
        )
        task = session.exec(query).first()
        if task is not None or looked_at >= MOST_CANDIDATES:
            return task
        if len(session.execute(best).all()) < looked_at:
            return None  # there is no more
        looked_at *= 4


def _best(node: Node, engines: Sequence[str], now: datetime, limit: int) -> Select[tuple[int]]:
    """The sequence numbers of the best `limit` tasks that the node may run."""
    top: Any = aliased(Task)
    best = (
        sa_select(top.seq, top.priority)
        .where(top.tenant_id == TenantShare.tenant_id, _claimable(top, node, engines, now))
        .order_by(top.priority.desc(), top.seq)
        .limit(limit)
        .lateral("best")
    )
    return (
        sa_select(best.c.seq)
        .select_from(TenantShare)
        .join(best, true())
        .order_by(best.c.priority.desc(), TenantShare.vtime, best.c.seq)  # type: ignore[arg-type]
        .limit(limit)
    )
