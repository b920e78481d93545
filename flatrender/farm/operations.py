"""What those who run the farm do by hand, each in the audit log: stop it, drain and forgive nodes, take a task back,
set limits and shares. `who` did it: somebody, a program with their key, or the machine itself.
"""

from sqlmodel import Session, col, select, update

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.permissions import Principal
from flatrender.core.db import database_now, put
from flatrender.core.errors import Conflict, InvalidInput
from flatrender.farm import blocking, claims, nodes, service, writer
from flatrender.farm.lanes import check_name
from flatrender.farm.models import LicenceLimit, Node, Task, TenantShare
from flatrender.farm.states import LIVE, TaskEvent, TaskState

MOST_LICENCES = 100_000
LIGHTEST, HEAVIEST = 0.01, 1000.0


def pause(session: Session, who: Principal, reason: str = "") -> None:
    """Nothing more is claimed until `resume`; what runs goes on."""
    service.pause(session, reason=reason or f"paused by {_name(who)}")
    audit.note(session, who, Act.FARM_STOPPED, label=reason)


def resume(session: Session, who: Principal) -> None:
    """Work is claimed again."""
    service.resume(session)
    audit.note(session, who, Act.FARM_RESUMED)


def emergency_stop(session: Session, who: Principal, reason: str = "") -> int:
    """As `service.emergency_stop`; how many tasks were ended."""
    reason = reason or f"emergency stop by {_name(who)}"
    ended = service.emergency_stop(session, reason=reason)
    audit.note(session, who, Act.FARM_STOPPED, label=reason, ended=ended)
    return ended


def restart_engines(session: Session, who: Principal) -> None:
    """As `service.restart_engines`."""
    service.restart_engines(session)
    audit.note(session, who, Act.FARM_ENGINES)


def drain(session: Session, who: Principal, node_id: str, draining: bool = True) -> Node:
    """The node ends what it runs and claims nothing more; or claims again. Raises NotFound."""
    node = nodes.drain(session, node_id, draining)
    audit.note(session, who, Act.NODE_DRAINED if draining else Act.NODE_UNDRAINED, node.id, node.name)
    return node


def requeue(session: Session, who: Principal, task_id: str) -> Task:
    """Another claim shall do it: a running task is taken from its node, a waiting one may go anywhere, at once.

    No try is counted. Raises NotFound, Conflict for a task that has ended.
    """
    owner_id = service.get_task(session, task_id).owner_id
    task = next((task for task in writer.lock_live(session, owner_id) if task.id == task_id), None)
    if task is None or TaskState(task.state) not in LIVE:
        raise Conflict("The task has ended; send the job again instead.", code="ended")
    if TaskState(task.state) is TaskState.CLAIMED:
        node_id = task.node_id
        writer.move(session, task, TaskEvent.REQUEUE, database_now(session), reason=f"by {_name(who)}")
        if node_id and task.state == TaskState.WAITING:
            task.avoid = f",{node_id}," if nodes.able(session, task.lane, but=frozenset({node_id})) else ""
        if node_id:
            writer.push(session, node_id, {"kind": "cancel", "task_id": task.id})
    else:
        task.not_before, task.avoid = None, ""
        nodes.wake(session)
    session.add(task)
    audit.note(session, who, Act.FARM_REQUEUED, task.id, task.kind, job=owner_id)
    return task


def forgive(session: Session, who: Principal, node_id: str) -> Node:
    """The node gets tasks of all its engines again. Raises NotFound."""
    nodes.get(session, node_id)
    node = blocking.locked(session, node_id)
    assert node is not None
    blocking.forgive(session, node)
    nodes.wake(session)
    audit.note(session, who, Act.NODE_FORGIVEN, node.id, node.name)
    return node


def limits(session: Session) -> dict[str, int]:
    """How many tasks may hold each licence at once."""
    rows = session.exec(select(LicenceLimit).order_by(col(LicenceLimit.name))).all()
    return {row.name: row.most for row in rows}


def set_limit(session: Session, who: Principal, name: str, most: int | None) -> None:
    """Limits a licence; None lifts the limit. What runs goes on. Raises InvalidInput."""
    check_name(name, "licence")
    row = session.get(LicenceLimit, name)
    before = row.most if row else None
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
    audit.note(session, who, Act.FARM_LIMIT, name, name, most=[before, most])


def limit_if_unset(session: Session, name: str, most: int) -> None:
    """Limits a licence for which nobody has chosen a number."""
    put(session, LicenceLimit, {"name": name, "most": most}, ["name"])


def set_share(session: Session, who: Principal, tenant_id: str, weight: float) -> None:
    """A tenant's part of the farm while all want it: twice the weight, twice the work. Raises InvalidInput."""
    if not LIGHTEST <= weight <= HEAVIEST:
        raise InvalidInput(f"A weight is a number from {LIGHTEST:g} to {HEAVIEST:g}.", field="weight")
    claims.admit(session, tenant_id)
    before = session.exec(select(TenantShare.weight).where(col(TenantShare.tenant_id) == tenant_id)).first()
    session.execute(update(TenantShare).where(col(TenantShare.tenant_id) == tenant_id).values(weight=weight))
    audit.note(session, who, Act.FARM_SHARE, tenant_id, weight=[before, weight])


def _name(who: Principal) -> str:
    return who.name or who.email
