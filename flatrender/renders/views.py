"""Jobs, tasks and exports as JSON: the rows of tables, the patches of the event stream, the answers of the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from flatrender.access.permissions import FARM, Principal
from flatrender.core import bus, clock
from flatrender.core.db import on_commit
from flatrender.core.plain import Plain, moment
from flatrender.farm import service as farm
from flatrender.farm.models import Claimed, Task, TaskAttempt
from flatrender.renders.models import Export, RenderJob
from flatrender.renders.states import BOOSTABLE, FARM_STOPPED, IDLE, LIVE, JobState

Json = dict[str, Any]


class Line(NamedTuple):
    """The columns of a job that its row is made of, read without the rest of it."""

    id: str
    tenant_id: str
    user_id: str
    user_name: str
    kind: str
    title: str
    project_id: str | None
    template_id: str | None
    state: str
    priority: int
    progress: float
    note: str
    seconds_left: float | None
    expected_seconds: float | None
    node_name: str | None
    scenes: int
    scenes_cached: int
    retries: int
    cancel_requested: bool
    error: str | None
    error_code: str | None
    retry_of: str | None
    picture_key: str | None
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime | None


def row(job: RenderJob | Line) -> Json:
    """A job as a row of the job table, whoever reads it: `seen` makes it somebody's. Times are ISO 8601 in UTC,
    durations seconds, progress 0 to 1."""
    state = JobState(job.state)
    idle = state in IDLE  # whatever checked it is another matter
    return {
        "id": job.id,
        "tenant_id": job.tenant_id,
        "user_id": job.user_id,
        "user": job.user_name,
        "kind": job.kind,
        "title": job.title,
        "project_id": job.project_id,
        "template_id": job.template_id,
        "state": job.state,
        "priority": job.priority,
        "progress": round(job.progress, 4),
        "note": job.note,
        "seconds_left": None if job.seconds_left is None else round(job.seconds_left, 1),
        "waits": state is JobState.RENDERING and job.seconds_left is None,  # begun, and no node works on it now
        "expected_seconds": None if job.expected_seconds is None else round(job.expected_seconds, 1),
        "took_seconds": None if idle else took(job),
        "node": None if idle else job.node_name,
        "scenes": job.scenes,
        "scenes_cached": job.scenes_cached,
        "retries": job.retries,
        "cancel_requested": job.cancel_requested,
        "error": job.error,
        "error_code": job.error_code,
        "retry_of": job.retry_of,
        "has_picture": job.picture_key is not None,
        "can_cancel": state in LIVE and not job.cancel_requested,
        "can_retry": state in {JobState.FAILED, JobState.CANCELLED},
        "can_boost": state in BOOSTABLE,
        "can_download": state is JobState.COMPLETED,
        "created_at": _time(job.created_at),
        "started_at": _time(job.started_at),
        "finished_at": _time(job.finished_at),
        "updated_at": _time(job.updated_at),
    }


def waits(row: Json) -> bool:
    """Whether a job of which this is the row waits until a node takes it, or takes it further."""
    return row["state"] in IDLE or bool(row["waits"])


def seen(row: Json, principal: Principal, stopped: bool) -> Json:
    """A row as one person reads it: boosted by those who run the farm alone; what waits says so while it is stopped."""
    note = FARM_STOPPED if stopped and waits(row) else row["note"]
    return {**row, "note": note, "can_boost": row["can_boost"] and principal.can(FARM)}


def shown(session: Session, principal: Principal, jobs: Sequence[RenderJob | Line]) -> list[Json]:
    """Jobs as rows that one person reads now."""
    rows = [row(job) for job in jobs]
    stopped = any(waits(each) for each in rows) and farm.is_stopped(session)
    return [seen(each, principal, stopped) for each in rows]


def event(job: RenderJob | Line) -> Json:
    """What an event of the outbox says of a job."""
    return {
        "job_id": job.id,
        "kind_of_job": job.kind,
        "user_id": job.user_id,
        "project_id": job.project_id,
        "title": job.title,
        "state": job.state,
        "error": job.error,
        "error_code": job.error_code,
    }


def took(job: RenderJob | Line) -> float | None:
    """Seconds since the job was first worked on, until now or its end; None before."""
    if job.started_at is None:
        return None
    return round(max(0.0, ((job.finished_at or clock.now()) - job.started_at).total_seconds()), 1)


_UNTOUCHED: Json = {
    "id": "",
    "kind": "",
    "name": "",
    "state": "WAITING",
    "progress": 0.0,
    "note": "",
    "frame": None,
    "frames": None,
    "cached": False,
    "node": None,
    "epoch": 0,
    "crashes": 0,
    "lost_leases": 0,
    "error": None,
    "claimed_at": None,
    "finished_at": None,
}


def step(task: Task, node_name: str | None = None) -> Json:
    """A task as a step of its job."""
    return {
        "id": task.id,
        "kind": task.kind,
        "name": task.name,
        "state": task.state,
        "progress": round(task.progress, 4),
        "note": task.note,
        "frame": task.frame,
        "frames": task.frames,
        "cached": bool((task.result or {}).get("cached")),
        "node": node_name,
        "epoch": task.epoch,
        "crashes": task.crashes,
        "lost_leases": task.lost_leases,
        "error": task.error,
        "claimed_at": _time(task.claimed_at),
        "finished_at": _time(task.finished_at),
    }


def cached_step(number: int, film: Json) -> Json:
    """A scene that needs no task, as a step; `number`: of the film's scenes, as those with a task are counted."""
    done = {"state": "DONE", "progress": 1.0, "frames": film["frames"], "cached": True}
    return {**_UNTOUCHED, "id": f"cached-{number}", "kind": "scene", "name": f"Scene {number}, {film['name']}", **done}


def claimed_step(task: Claimed) -> Json:
    """A task that a node begins with, as a step."""
    began = _time(moment(task.claimed_at))
    now = {"state": "CLAIMED", "node": task.node_name, "epoch": task.epoch, "claimed_at": began}
    earlier = {name: getattr(task, name) for name in ("frames", "crashes", "lost_leases", "error")}
    return {**_UNTOUCHED, "id": task.id, "kind": task.kind, "name": task.name, **now, **earlier}


def attempt(tried: TaskAttempt, node_name: str | None) -> Json:
    """One claim of a task and how it ended."""
    return {
        "task_id": tried.task_id,
        "epoch": tried.epoch,
        "node": node_name,
        "started_at": _time(tried.started_at),
        "ended_at": _time(tried.ended_at),
        "outcome": tried.outcome,
        "error": tried.error,
        "last_words": tried.last_words,
    }


def export(film: Export) -> Json:
    """A finished film; it is downloaded through its job's route alone."""
    return {
        "id": film.id,
        "job_id": film.job_id,
        "project_id": film.project_id,
        "name": film.name,
        "format": film.format,
        "bytes": film.size,
        "sha256": film.sha256,
        "frames": film.frames,
        "duration": film.duration,
        "width": film.width,
        "height": film.height,
        "video_codec": film.video_codec,
        "audio_codec": film.audio_codec,
        "created_at": _time(film.created_at),
        "url": f"/api/v1/renders/{film.job_id}/download?export={film.id}",
    }


def publish(session: Session, job: RenderJob) -> None:
    """After the commit, the job's row and its changed steps go to its tenant's listeners and to the farm's.

    One message per transaction: `{"kind": "job", "job": row, "steps": [step]}`. A process may be overtaken between its
    commit and its message: who hears an older `updated_at` than a job's last one knows better already.
    """
    pending: dict[str, RenderJob] = session.info.setdefault("render_rows", {})
    if job.id in pending:
        return
    pending[job.id] = job
    steps = _steps(session)

    def send() -> None:
        changed = {each["id"]: each for each in steps.get(job.id, ())}
        bus.publish(f"tenant:{job.tenant_id}", _patch(job, list(changed.values())), "farm")

    on_commit(session, send)


def publish_plainly(plain: Plain, job: Line, claimed: Json) -> None:
    """The same of a plain transaction, with the one step that was claimed.

    Where a task of the job has just ended in the same transaction, its message tells of the claim as well.
    """
    told: RenderJob | None = plain.lent.info.get("render_rows", {}).get(job.id) if plain.lent is not None else None
    if plain.lent is None or told is None:
        bus.publish_with(plain, _patch(job, [claimed]), f"tenant:{job.tenant_id}", "farm")
        return
    plain.session.refresh(told)
    _steps(plain.lent).setdefault(job.id, []).append(claimed)


def _patch(job: RenderJob | Line, steps: list[Json]) -> Json:
    return {"kind": "job", "job": row(job), "steps": steps}


def changed_step(session: Session, task: Task, node_name: str | None) -> None:
    """The step goes out with its job's row; the last state of a transaction counts."""
    _steps(session).setdefault(task.owner_id, []).append(step(task, node_name))


def _steps(session: Session) -> dict[str, list[Json]]:
    steps: dict[str, list[Json]] = session.info.setdefault("render_steps", {})
    return steps


def publish_gone(session: Session, job: RenderJob) -> None:
    """After the commit, listeners hear that the job was deleted."""
    payload = {"kind": "job.gone", "job_id": job.id, "user_id": job.user_id}

    def send() -> None:
        bus.publish(f"tenant:{job.tenant_id}", payload, "farm")

    on_commit(session, send)


def _time(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
