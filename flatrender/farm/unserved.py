"""Tasks that no node on line can run: they say so, and wait or fail as the farm is set."""

from datetime import datetime, timedelta

from sqlalchemy import literal_column, or_
from sqlmodel import Session, col, select

from flatrender.farm import nodes, writer
from flatrender.farm.lanes import Needs
from flatrender.farm.models import Lane, Task
from flatrender.farm.ripples import TaskChange, ripple
from flatrender.farm.states import TaskEvent, TaskState

BATCH = 100  # tasks of a lane in one transaction


def sentence(needs: Needs) -> str:
    """What is missing, for people."""
    place = f" in the pool {needs.pool}" if needs.pool else ""
    tags = f" with {', '.join(needs.tags)}" if needs.tags else ""
    return f"No node on line{place}{tags} offers the engine {needs.engine}"


def look(session: Session, now: datetime, give_up_seconds: float | None) -> int:
    """Tells the waiting tasks of unserved lanes; fails those that have waited for longer than `give_up_seconds`."""
    return sum(
        _tell(session, lane, now, give_up_seconds)
        for lane in session.exec(select(Lane.id)).all()
        if not nodes.able(session, lane)
    )


def _tell(session: Session, lane: str, now: datetime, give_up_seconds: float | None) -> int:
    said = sentence(Needs.of(lane))
    late = None if give_up_seconds is None else now - timedelta(seconds=give_up_seconds)
    news = [col(Task.note) != said, *([] if late is None else [col(Task.created_at) < late])]
    waiting = select(Task.owner_id).where(
        col(Task.state) == literal_column("'WAITING'"),
        col(Task.open_blockers) == literal_column("0"),
        col(Task.lane) == lane,
        or_(*news),
    )
    told = 0
    for owner_id in sorted(set(session.exec(waiting.limit(BATCH)).all())):
        for task in writer.lock_live(session, owner_id):
            if task.lane != lane or task.state != TaskState.WAITING:
                continue
            told += 1
            if late is not None and task.created_at < late:
                writer.move(session, task, TaskEvent.REFUSE, now, reason=f"{said}.", code="no-node")
                break  # the rest of its owner's tasks may have ended with it
            task.note = said
            session.add(task)
            session.flush()
            ripple(session, task, TaskChange(TaskEvent.PROGRESS, TaskState.WAITING, TaskState.WAITING))
    return told
