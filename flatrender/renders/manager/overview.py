"""What an administrator sees of the whole: this machine, the queue over time, what failed and why."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.core import clock
from flatrender.farm import service as farm
from flatrender.renders.models import RenderJob
from flatrender.renders.states import JobState

Json = dict[str, Any]
Cause = tuple[str, ...]
MOST_ERRORS = 2000
MOST_ROWS = 20_000
POINTS = 96
MOST_NAMES = 3
MOST_JOBS = 5  # of a cause that are named
LONGEST_CAUSE = 300
_DIFFERS = re.compile(r"“[^”]*”|\S*[\\/]\S+|\d+(?:[.,]\d+)?")
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
    """How many jobs waited and ran in the last hours: of each of `points` intervals the most that there were at once,
    so that a short rush is seen. From what the jobs themselves tell."""
    until = clock.now()
    since = until - timedelta(hours=hours)
    created, started, finished = col(RenderJob.created_at), col(RenderJob.started_at), col(RenderJob.finished_at)
    # What has not moved since is counted, however much it is; of the others the newest are read.
    still = sa_select(func.count(), func.count(started)).where(
        finished.is_(None), created < since, or_(started.is_(None), started < since)
    )
    live, running = session.execute(still).one()
    moved = select(RenderJob.created_at, RenderJob.started_at, RenderJob.finished_at).where(
        or_(created >= since, started >= since, finished >= since)
    )
    rows = session.exec(moved.order_by(col(RenderJob.id).desc()).limit(MOST_ROWS)).all()
    moments = [since + (until - since) * number / (points - 1) for number in range(points)]
    return [
        {
            "at": moment.isoformat(timespec="seconds"),
            "waiting": most["waiting"] + live - running,
            "running": most["running"] + running,
        }
        for moment, most in zip(moments, most_between(rows, moments), strict=True)
    ]


def most_between(
    rows: Sequence[tuple[datetime, datetime | None, datetime | None]], moments: Sequence[datetime]
) -> list[dict[str, int]]:
    """Of jobs by created, started and finished time: the most that waited, and that ran, from each moment's
    predecessor up to it; at the first one those of that moment. Pure."""
    changes: dict[datetime, list[int]] = {}
    for created, started, finished in rows:
        begun = started if finished is None or started is None or started < finished else None
        for at, waiting, running in (
            (created, 1, 0),
            (begun, -1, 1),
            (finished, 0 if begun else -1, -1 if begun else 0),
        ):
            if at is not None:
                change = changes.setdefault(at, [0, 0])
                change[0] += waiting
                change[1] += running
    found: list[dict[str, int]] = []
    waiting = running = 0
    ordered = iter(sorted(changes.items()))
    ahead = next(ordered, None)
    for moment in moments:
        most = [waiting, running] if found else [0, 0]
        while ahead is not None and ahead[0] <= moment:
            waiting, running = waiting + ahead[1][0], running + ahead[1][1]
            most = [max(most[0], waiting), max(most[1], running)] if found else [waiting, running]
            ahead = next(ordered, None)
        found.append({"waiting": most[0], "running": most[1]})
    return found


def recent_errors(session: Session, days: int = 7) -> list[Json]:
    """What failed lately by cause, the most frequent first; see `grouped`."""
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
    """Failures, newest first, by code and by sentence without what differs from job to job. A name, number or path that
    all of a group share stays in its `cause`; of names that differ, `names` tells the most frequent. Pure.

    Each is `{"cause", "code", "example", "count", "last_at", "names", "jobs"}`.
    """
    groups: dict[tuple[str, Cause], list[tuple[str, str, str, datetime | None]]] = {}
    for job_id, title, error, code, finished_at in failures:
        groups.setdefault((code or "", cause_of(error or "")), []).append((job_id, title, error or "", finished_at))
    found = [_group(code, of) for (code, _), of in groups.items()]
    return sorted(found, key=lambda group: -group["count"])


def _group(code: str, failures: Sequence[tuple[str, str, str, datetime | None]]) -> Json:
    _, _, newest, last_at = failures[0]
    columns = list(zip(*(_DIFFERS.findall(error) for _, _, error, _ in failures), strict=True))
    kept = iter([parts[0] if len(set(parts)) == 1 else _masked(parts[0]) for parts in columns])
    named = next((parts for parts in columns if len(set(parts)) > 1 and parts[0].startswith("“")), ())
    return {
        "cause": _DIFFERS.sub(lambda _: next(kept), newest)[:LONGEST_CAUSE],
        "code": code,
        "example": newest,
        "count": len(failures),
        "last_at": last_at.isoformat() if last_at else None,
        "names": [{"name": name[1:-1], "count": count} for name, count in Counter(named).most_common(MOST_NAMES)],
        "jobs": [{"id": job_id, "title": title} for job_id, title, _, _ in failures[:MOST_JOBS]],
    }


def cause_of(error: str) -> Cause:
    """A failure's sentence without what may differ from job to job: names in quotes, numbers, paths. The words between
    those, and which they are; written as one text a “…” of a name would be taken for one of them."""
    return (*_DIFFERS.split(error), *(_masked(part) for part in _DIFFERS.findall(error)))


def _masked(part: str) -> str:
    return "“…”" if part.startswith("“") else "…"
