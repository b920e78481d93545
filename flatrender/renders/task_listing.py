"""The table of tasks, for those who run the farm: filters, pages from the newest on, counts by state, kind and node."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.core.errors import InvalidInput
from flatrender.farm.models import Node, Task, TaskLog
from flatrender.farm.states import LIVE, TaskState
from flatrender.farm.writer import IS_LIVE
from flatrender.renders.models import RenderJob
from flatrender.renders.views import step

Json = dict[str, Any]
MOST = 200
RECENT = 20  # tasks of a node whose lines are its log


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks; empty means all."""

    states: Sequence[str] = ()
    kind: str | None = None
    node_id: str | None = None
    query: str = ""


def browse(session: Session, wanted: TaskFilter = TaskFilter(), *, before: int | None = None, limit: int = 100) -> Json:
    """A page: `{"items", "next": seq | null, "counts": {state: n}, "kinds": {kind: n}, "nodes": {name: n}}`.

    The counts are of live tasks. Raises InvalidInput for a state that there is not.
    """
    if unknown := [state for state in wanted.states if state not in TaskState.__members__]:
        raise InvalidInput(f"There is no state {unknown[0]!r}; use {', '.join(TaskState)}.", field="state")
    query = (
        select(Task, RenderJob.title, Node.name)
        .outerjoin(RenderJob, col(RenderJob.id) == col(Task.owner_id))
        .outerjoin(Node, col(Node.id) == col(Task.node_id))
        .where(*_conditions(wanted))
    )
    if before is not None:
        query = query.where(col(Task.seq) < before)
    most = max(1, min(limit, MOST))
    rows = session.exec(query.order_by(col(Task.seq).desc()).limit(most + 1)).all()
    return {
        "items": [row(task, title, node) for task, title, node in rows[:most]],
        "next": rows[most - 1][0].seq if len(rows) > most else None,
        "counts": _count(session, col(Task.state)),
        "kinds": _count(session, col(Task.kind)),
        "nodes": _nodes(session),
    }


def row(task: Task, title: str | None, node: str | None) -> Json:
    """A task for the table."""
    return {
        **step(task, node),
        "seq": task.seq,
        "job_id": task.owner_id,
        "title": title,
        "tenant_id": task.tenant_id,
        "node_id": task.node_id,
        "engine": task.engine,
        "lane": task.lane,
        "priority": task.priority,
        "waits_for": task.open_blockers,
        "created_at": task.created_at.isoformat(),
        "can_requeue": TaskState(task.state) in LIVE,
    }


def log_of_node(session: Session, node_id: str, limit: int = 200) -> list[TaskLog]:
    """The last lines of what a node did lately, in order."""
    recent = select(Task.id, Task.owner_id).where(col(Task.node_id) == node_id)
    tasks = session.exec(recent.order_by(col(Task.claimed_at).desc()).limit(RECENT)).all()
    query = select(TaskLog).where(
        col(TaskLog.owner_id).in_({owner for _, owner in tasks}), col(TaskLog.task_id).in_({task for task, _ in tasks})
    )
    return list(reversed(session.exec(query.order_by(col(TaskLog.id).desc()).limit(limit)).all()))


def _conditions(wanted: TaskFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.states:
        found.append(col(Task.state).in_(list(wanted.states)))
    if wanted.kind:
        found.append(col(Task.kind) == wanted.kind)
    if wanted.node_id:
        found.append(col(Task.node_id) == wanted.node_id)
    if words := wanted.query.strip():
        found.append(
            or_(
                col(Task.name).icontains(words, autoescape=True),
                col(RenderJob.title).icontains(words, autoescape=True),
                col(Task.id).startswith(words.lower(), autoescape=True),
            )
        )
    return found


def _count(session: Session, column: Any) -> dict[str, int]:
    found = session.execute(sa_select(column, func.count()).select_from(Task).where(IS_LIVE).group_by(column))
    return {str(name): number for name, number in found}


def _nodes(session: Session) -> dict[str, int]:
    query = (
        sa_select(col(Node.name), func.count())
        .join(Task, col(Task.node_id) == col(Node.id))
        .where(col(Task.state) == TaskState.CLAIMED)
        .group_by(col(Node.name))
    )
    return {str(name): number for name, number in session.execute(query)}
