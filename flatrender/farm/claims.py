"""Which task a node gets: the highest priority; among equals the tenant whose turn it is; then the oldest.

Fairness is stride scheduling (Waldspurger and Weihl, 1995): each claim moves its tenant's `vtime` on by the task's
expected seconds over the tenant's weight, and the tenant with the lowest `vtime` is next. Per tenant and lane only the
top of the queue is looked at, through the partial index on waiting tasks: a plain join over all of them is ten times
slower.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, literal_column, or_, true, update
from sqlalchemy import select as sa_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from flatrender.core.db import UtcDateTime, database_now
from flatrender.farm import blocking, writer
from flatrender.farm.lanes import Needs
from flatrender.farm.models import FarmSwitch, Lane, LicenceLimit, Node, NodeToken, Task, TenantShare, table
from flatrender.farm.states import TaskEvent

CANDIDATES = 16  # rows looked at beyond the first, for those that other nodes are claiming at this moment
MOST_CANDIDATES = 1024


def claim(session: Session, node_id: str, *, lease_seconds: float) -> Task | None:
    """Claims the best task that `node_id` may run, for `lease_seconds` by the database's clock; None for none.

    One transaction: on SQLite under BEGIN IMMEDIATE, on PostgreSQL with SKIP LOCKED. The claim's epoch fences off every
    earlier one.
    """
    found = session.execute(_WHO, {"node": node_id}).first()
    if found is None:
        return None
    node, switch, revoked_at = found
    if node.draining or not node.online or not node.healthy or (switch is not None and switch.stopped):
        return None
    if revoked_at is not None or (node.token_id is None and switch is not None and switch.tokens_required):
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


def _is_waiting(task: Any) -> ColumnElement[bool]:
    # Literals, not parameters: only so do both databases use the partial index.
    return and_(task.state == literal_column("'WAITING'"), task.open_blockers == literal_column("0"))


def _claimable(task: Any) -> ColumnElement[bool]:
    return and_(
        _is_waiting(task),
        task.cancel_requested.is_(False),
        or_(task.not_before.is_(None), task.not_before <= bindparam("now", type_=UtcDateTime())),
        or_(task.avoid == "", task.avoid.not_like(literal("%,") + bindparam("node") + literal(",%"))),
    )


def _top() -> tuple[Any, Any]:
    """A task's alias, and the best tasks of one tenant in one lane, by the index."""
    top: Any = aliased(Task)
    return top, (
        sa_select(top.seq, top.priority)
        .where(top.tenant_id == TenantShare.tenant_id, top.lane == Lane.id, _claimable(top))
        .order_by(top.priority.desc(), top.seq)
    )


def _best_on_sqlite() -> Select[Any]:
    top, query = _top()
    best = query.with_only_columns(top.seq).limit(1).correlate(TenantShare, Lane).scalar_subquery()
    return (
        sa_select(Task)
        .select_from(TenantShare)
        .join(Lane, col(Lane.id).in_(bindparam("lanes", expanding=True)))
        .join(Task, col(Task.seq) == best)
        .order_by(col(Task.priority).desc(), col(TenantShare.vtime), col(Task.seq))
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _best_few() -> Select[Any]:
    """The sequence numbers of the best `few` tasks that the node may run."""
    best = _top()[1].limit(bindparam("few")).lateral("best")
    return (
        sa_select(best.c.seq)
        .select_from(TenantShare)
        .join(Lane, col(Lane.id).in_(bindparam("lanes", expanding=True)))
        .join(best, true())
        .order_by(best.c.priority.desc(), col(TenantShare.vtime), best.c.seq)
        .limit(bindparam("few"))
    )


def _best_unlocked() -> Select[Any]:
    return (
        sa_select(Task)
        .join(TenantShare, col(TenantShare.tenant_id) == col(Task.tenant_id))
        .where(col(Task.seq).in_(_FEW), _claimable(Task))
        .order_by(col(Task.priority).desc(), col(TenantShare.vtime), col(Task.seq))
        .limit(1)
        .with_for_update(skip_locked=True, of=Task)
        .execution_options(populate_existing=True)
    )


# Made once: to build such a statement takes longer than to run it.
_WHO = (
    sa_select(Node, FarmSwitch, col(NodeToken.revoked_at))
    .select_from(Node)
    .outerjoin(FarmSwitch, true())
    .outerjoin(NodeToken, col(NodeToken.id) == col(Node.token_id))
    .where(col(Node.id) == bindparam("node"))
)
_LANES = sa_select(col(Lane.id))
_ON_SQLITE = _best_on_sqlite()
_FEW = _best_few()
_UNLOCKED = _best_unlocked()


def _pick(session: Session, node: Node, now: datetime) -> Task | None:
    """The best task whose licences are free; its row and those of its licences are locked."""
    lanes = [lane for lane in session.execute(_LANES).scalars() if _serves(node, lane, now)]
    while lanes:
        given = {"lanes": lanes, "node": node.id, "now": now}
        if session.get_bind().dialect.name == "postgresql":
            task = _pick_skipping_locked(session, given)
        else:
            task = session.execute(_ON_SQLITE, given).scalars().first()
        if task is None:
            return None
        full = _used_up(session, Needs.of(task.lane).licences)
        if not full:
            return task
        lanes = [lane for lane in lanes if not full & set(Needs.of(lane).licences)]
    return None


def _serves(node: Node, lane: str, now: datetime) -> bool:
    needs = Needs.of(lane)
    return needs.fit(node) and not blocking.blocked(node, needs.engine, now)


def _used_up(session: Session, licences: tuple[str, ...]) -> set[str]:
    """Those of the licences of which none is free. Their rows stay locked until the commit, so that two claims never
    take the last one."""
    if not licences:
        return set()
    query = select(LicenceLimit).where(col(LicenceLimit.name).in_(licences)).order_by(col(LicenceLimit.name))
    limits = session.exec(query.with_for_update()).all()
    if not limits:
        return set()
    used: dict[str, int] = {}
    running = sa_select(col(Task.lane)).where(col(Task.state) == literal_column("'CLAIMED'"))
    for lane in session.execute(running).scalars():
        for name in Needs.of(lane).licences:
            used[name] = used.get(name, 0) + 1
    return {limit.name for limit in limits if used.get(limit.name, 0) >= limit.most}


def _pick_skipping_locked(session: Session, given: dict[str, Any]) -> Task | None:
    """Looks at the best few, then at more when all of them are being claimed by others at this moment."""
    few = CANDIDATES
    while True:
        task: Task | None = session.execute(_UNLOCKED, {**given, "few": few}).scalars().first()
        if task is not None or few >= MOST_CANDIDATES:
            return task
        if len(session.execute(_FEW, {**given, "few": few}).all()) < few:
            return None  # there is no more
        few *= 4
