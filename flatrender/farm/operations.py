"""What those who run the farm do by hand: take a task back, forgive a node, set limits and shares."""

from sqlmodel import Session, col, select, update

from flatrender.core.db import database_now
from flatrender.core.errors import Conflict, InvalidInput
from flatrender.farm import blocking, claims, nodes, service, writer
from flatrender.farm.lanes import check_name
from flatrender.farm.models import LicenceLimit, Node, Task, TenantShare
from flatrender.farm.states import LIVE, TaskEvent, TaskState

MOST_LICENCES = 100_000
LIGHTEST, HEAVIEST = 0.01, 1000.0


def requeue(session: Session, task_id: str, *, reason: str) -> Task:
    """Another claim shall do it: a running task is taken from its node, a waiting one may go anywhere, at once.

    No try is counted. Raises NotFound, Conflict for a task that has ended.
    """
    owner_id = service.get_task(session, task_id).owner_id
    task = next((task for task in writer.lock_live(session, owner_id) if task.id == task_id), None)
    if task is None or TaskState(task.state) not in LIVE:
        raise Conflict("The task has ended; send the job again instead.", code="ended")
    if TaskState(task.state) is TaskState.CLAIMED:
        node_id = task.node_id
        writer.move(session, task, TaskEvent.REQUEUE, database_now(session), reason=reason)
        if node_id and task.state == TaskState.WAITING:
            task.avoid = f",{node_id}," if nodes.able(session, task.lane, but=frozenset({node_id})) else ""
        if node_id:
            writer.push(session, node_id, {"kind": "cancel", "task_id": task.id})
    else:
        task.not_before, task.avoid = None, ""
        nodes.wake(session)
    session.add(task)
    return task


def forgive(session: Session, node_id: str) -> Node:
    """The node gets tasks of all its engines again. Raises NotFound."""
    nodes.get(session, node_id)
    node = blocking.locked(session, node_id)
    assert node is not None
    blocking.forgive(session, node)
    nodes.wake(session)
    return node


def limits(session: Session) -> dict[str, int]:
    """How many tasks may hold each licence at once."""
    rows = session.exec(select(LicenceLimit).order_by(col(LicenceLimit.name))).all()
    return {row.name: row.most for row in rows}


def set_limit(session: Session, name: str, most: int | None) -> None:
    """Limits a licence; None lifts the limit. What runs goes on. Raises InvalidInput."""
    check_name(name, "licence")
    row = session.get(LicenceLimit, name)
    if most is None:
        if row is not None:
            session.delete(row)
    elif not 0 <= most <= MOST_LICENCES:
        raise InvalidInput(f"A limit is a number from 0 to {MOST_LICENCES}.", field="most")
    else:
        row = row or LicenceLimit(name=name)
        row.most = most
        session.add(row)
    nodes.wake(session)


def set_share(session: Session, tenant_id: str, weight: float) -> None:
    """A tenant's part of the farm while all want it: twice the weight, twice the work. Raises InvalidInput."""
    if not LIGHTEST <= weight <= HEAVIEST:
        raise InvalidInput(f"A weight is a number from {LIGHTEST:g} to {HEAVIEST:g}.", field="weight")
    claims.admit(session, tenant_id)
    session.execute(update(TenantShare).where(col(TenantShare.tenant_id) == tenant_id).values(weight=weight))
