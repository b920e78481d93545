"""What an administrator sees of the whole: this machine, the queue over time, what failed and why."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.core import clock
from flatrender.farm import service as farm
from flatrender.renders.models import RenderJob
from flatrender.renders.states import JobState

Json = dict[str, Any]
MOST_ERRORS = 2000
MOST_ROWS = 20_000
POINTS = 96
LOOK_SECONDS = 0.1  # at the processor; without, psutil says 0 to each thread that asks for the first time


def health(session: Session, folder: Path) -> Json:
    """`{"cpu", "memory", "disk", "queueDepth", "rendering", …}`: percentages, and bytes where the name says so."""
    memory, disk = psutil.virtual_memory(), psutil.disk_usage(str(folder))
    depth = farm.depth(session)
    return {
        "cpu": psutil.cpu_percent(interval=LOOK_SECONDS),
        "cpuCount": psutil.cpu_count() or 1,
        "memory": memory.percent,
        "memoryBytes": memory.total,
        "disk": disk.percent,
        "diskFreeBytes": disk.free,
        "queueDepth": depth["waiting"],
        "rendering": depth["running"],
        "nodes": depth["nodes"],
        "slots": depth["slots"],
        "stopped": depth["stopped"],
        "reason": depth["reason"],
        "activeRenders": active(session),
    }


def active(session: Session) -> list[Json]:
    """The jobs that render now."""
    query = select(RenderJob).where(col(RenderJob.state) == JobState.RENDERING).order_by(col(RenderJob.started_at))
    return [
        {
            "id": job.id,
            "title": job.title,
            "node": job.node_name,
            "progress": round(100 * job.progress),
            "note": job.note,
        }
        for job in session.exec(query.limit(50)).all()
    ]


def depth_over_time(session: Session, hours: int = 24, points: int = POINTS) -> list[Json]:
    """How many jobs waited and ran at `points` moments of the last hours: from what the jobs themselves tell."""
    until = clock.now()
    since = until - timedelta(hours=hours)
    query = (
        select(RenderJob.created_at, RenderJob.started_at, RenderJob.finished_at)
        .where(or_(col(RenderJob.finished_at).is_(None), col(RenderJob.finished_at) >= since))
        .limit(MOST_ROWS)
    )
    rows = list(session.exec(query).all())
    moments = [since + (until - since) * number / (points - 1) for number in range(points)]
    return [{"at": moment.isoformat(timespec="seconds"), **at(rows, moment)} for moment in moments]


def at(rows: Sequence[tuple[datetime, datetime | None, datetime | None]], moment: datetime) -> dict[str, int]:
    """Of jobs by created, started and finished time: how many waited and how many ran at a moment. Pure."""
    waiting = running = 0
    for created, started, finished in rows:
        if created > moment or (finished is not None and finished <= moment):
            continue
        if started is not None and started <= moment:
            running += 1
        else:
            waiting += 1
    return {"waiting": waiting, "running": running}


def recent_errors(session: Session, days: int = 7) -> list[Json]:
    """What failed lately by cause, the most frequent first: `{"cause", "code", "count", "last_at", "jobs"}`."""
    query = (
        sa_select(
            col(RenderJob.id),
            col(RenderJob.title),
            col(RenderJob.error),
            col(RenderJob.error_code),
            col(RenderJob.finished_at),
        )
        .where(
            col(RenderJob.state) == JobState.FAILED, col(RenderJob.finished_at) >= clock.now() - timedelta(days=days)
        )
        .order_by(col(RenderJob.id).desc())
        .limit(MOST_ERRORS)
    )
    return grouped([tuple(row) for row in session.execute(query).all()])


def grouped(failures: Sequence[tuple[str, str, str | None, str | None, datetime | None]]) -> list[Json]:
    """Failures, newest first, by code and by sentence without its numbers and names. Pure."""
    groups: dict[tuple[str, str], Json] = {}
    for job_id, title, error, code, finished_at in failures:
        cause = cause_of(error or "")
        group = groups.setdefault(
            (code or "", cause),
            {
                "cause": cause,
                "code": code or "",
                "example": error or "",
                "count": 0,
                "last_at": finished_at.isoformat() if finished_at else None,
                "jobs": [],
            },
        )
        group["count"] += 1
        if len(group["jobs"]) < 5:
            group["jobs"].append({"id": job_id, "title": title})
    return sorted(groups.values(), key=lambda group: -group["count"])


def cause_of(error: str) -> str:
    """A failure's sentence without what differs from job to job: names in quotes, numbers, paths."""
    text = re.sub(r"“[^”]*”", "“…”", error)
    text = re.sub(r"\S*[\\/]\S+", "…", text)
    return re.sub(r"\d+(?:[.,]\d+)?", "…", text)[:200]
