"""What tasks wait for beside other tasks: anything with an id, until its owner says that it is done."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, delete, literal_column
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.core.db import database_now
from flatrender.farm import nodes, writer
from flatrender.farm.models import Task, TaskBlocker
from flatrender.farm.states import TaskEvent, TaskState


def release(session: Session, blocker_id: str) -> list[tuple[str, int]]:
    """What is no task is done: those that waited for it go on. Their owners, and how much each still waits for."""
    writer.release(session, blocker_id)
    query = sa_select(col(Task.owner_id), col(Task.open_blockers)).where(_waits_for(blocker_id))
    return [(owner_id, left) for owner_id, left in session.execute(query.order_by(col(Task.seq)))]


def held_by(session: Session, blocker_id: str) -> list[tuple[str, str]]:
    """Owners and ids of the tasks that wait for it."""
    query = sa_select(col(Task.owner_id), col(Task.id)).where(_waits_for(blocker_id)).order_by(col(Task.seq))
    return [(owner_id, task_id) for owner_id, task_id in session.execute(query)]


def waits_for(session: Session, owner_id: str, kinds: Collection[str], blockers: Sequence[str]) -> Task | None:
    """From now on the owner's waiting task of one of these kinds waits for `blockers` alone; None where none waits."""
    live = writer.lock_live(session, owner_id)
    task = next((each for each in live if each.kind in kinds and TaskState(each.state) is TaskState.WAITING), None)
    if task is None:
        return None
    session.execute(delete(TaskBlocker).where(col(TaskBlocker.task_id) == task.id))
    session.add_all(TaskBlocker(task_id=task.id, blocker_id=blocker) for blocker in blockers)
    task.open_blockers, task.waits_since = len(blockers), database_now(session)
    session.add(task)
    session.flush()
    nodes.wake(session)
    return task


def end_waiting(
    session: Session, owner_id: str, task_id: str, event: TaskEvent, *, reason: str, code: str | None = None
) -> None:
    """Ends a task that nobody has claimed."""
    for task in writer.lock_live(session, owner_id):
        if task.id == task_id and TaskState(task.state) is TaskState.WAITING:
            writer.move(session, task, event, database_now(session), reason=reason, code=code)


def _waits_for(blocker_id: str) -> ColumnElement[bool]:
    waiting = select(TaskBlocker.task_id).where(col(TaskBlocker.blocker_id) == blocker_id)
    return and_(col(Task.id).in_(waiting), col(Task.state) == literal_column("'WAITING'"))
