"""The log of an owner's tasks: lines in the database, read by id."""

from typing import Any

from sqlmodel import Session, col, select

from flatrender.farm.models import TaskLog

LONGEST = 2000  # characters of a line
MOST = 5000  # lines of an owner that are handed out at once


def write(
    session: Session, tenant_id: str, owner_id: str, message: str, *, level: str = "info", task_id: str | None = None
) -> None:
    """Adds a line. `level`: info, warning or error."""
    session.add(
        TaskLog(tenant_id=tenant_id, owner_id=owner_id, task_id=task_id, level=level, message=message.strip()[:LONGEST])
    )


def lines(session: Session, owner_id: str, *, after: int = 0, limit: int = MOST) -> list[TaskLog]:
    """Lines of an owner in order, those with an id above `after`."""
    query = (
        select(TaskLog)
        .where(col(TaskLog.owner_id) == owner_id, col(TaskLog.id) > after)
        .order_by(col(TaskLog.id))
        .limit(min(limit, MOST))
    )
    return list(session.exec(query).all())


def as_dict(line: TaskLog) -> dict[str, Any]:
    """A line as JSON: `{"id", "at", "level", "message", "task_id"}`."""
    return {
        "id": line.id,
        "at": line.at.isoformat(),
        "level": line.level,
        "message": line.message,
        "task_id": line.task_id,
    }
