"""The log of an owner's tasks: lines in the database, read by id. Whatever is told, it stays of a bounded length."""

from collections.abc import Collection
from typing import Any

from sqlmodel import Session, col, select

from flatrender.core import nuls
from flatrender.core.plain import Plain, Statement
from flatrender.farm.models import TaskLog

LONGEST = 2000  # characters of a line
MOST = 5000  # lines of an owner that are handed out at once
MOST_OF_ONE = 200  # lines of one list, or of one claim
_WRITE = Statement("""
INSERT INTO farm_task_log (tenant_id, owner_id, task_id, at, level, message)
VALUES (:tenant, :owner, :task, {now}, 'info', :said)""")


def write(
    session: Session, tenant_id: str, owner_id: str, message: str, *, level: str = "info", task_id: str | None = None
) -> None:
    """Adds a line. `level`: info, warning or error."""
    session.add(TaskLog(tenant_id=tenant_id, owner_id=owner_id, task_id=task_id, level=level, message=_kept(message)))


def write_plainly(plain: Plain, tenant_id: str, owner_id: str, message: str, *, task_id: str) -> None:
    """Adds a line about a task in plain SQL."""
    said = _kept(message)
    plain.write(_WRITE, {"tenant": tenant_id, "owner": owner_id, "task": task_id, "said": said})


def write_all(
    session: Session, tenant_id: str, owner_id: str, messages: Collection[str], *, level: str = "info"
) -> None:
    """Adds a line for each of the first messages; the last line says how many more there were."""
    for _, message in zip(range(MOST_OF_ONE), messages, strict=False):
        write(session, tenant_id, owner_id, message, level=level)
    if (more := len(messages) - MOST_OF_ONE) > 0:
        write(session, tenant_id, owner_id, f"{more} more like these", level=level)


def latest(session: Session, owner_id: str, limit: int) -> list[TaskLog]:
    """The last lines of an owner, in order."""
    query = select(TaskLog).where(col(TaskLog.owner_id) == owner_id).order_by(col(TaskLog.id).desc())
    return list(reversed(session.exec(query.limit(min(limit, MOST))).all()))


def as_text(line: TaskLog) -> str:
    """A line for people, with its end."""
    level = "" if line.level == "info" else f"{line.level.upper()} "
    return f"{line.at:%Y-%m-%d %H:%M:%S} {level}{line.message}\n"


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


def _kept(message: str) -> str:
    return nuls.without(message).strip()[:LONGEST]
