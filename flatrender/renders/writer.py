"""The one writer of a job's state. It hears every change of the job's tasks in the same transaction (a ripple).

Row, log and outbox event are written together; listeners hear of it after the commit.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flatrender.core import clock, outbox
from flatrender.core.ids import new_id
from flatrender.farm import log, nodes
from flatrender.farm import service as farm
from flatrender.farm.models import Node, Task
from flatrender.farm.ripples import TaskChange, on_task_change
from flatrender.farm.states import TaskEvent, TaskState
from flatrender.farm.writer import IS_LIVE, held
from flatrender.renders import holding, job_kinds, kinds, superseding, views, waiting
from flatrender.renders.claiming import pace
from flatrender.renders.models import Export, RenderJob, SceneFilm
from flatrender.renders.planner import JOIN_SECONDS_PER_FRAME, Film, Plan, ranges, say_estimate
from flatrender.renders.states import TERMINAL, JobState, Others, follow
from flatrender.renders.wishes import Version

EVENTS = {
    JobState.COMPLETED: "render.completed",
    JobState.FAILED: "render.failed",
    JobState.CANCELLED: "render.cancelled",
}
_LOOKS_AROUND = {TaskState.WAITING, TaskState.DONE, TaskState.CANCELLED}
"""States of a task after which a job's depends on its other tasks."""


def opened(session: Session, job: RenderJob) -> None:
    """A new job: earlier ones of its `supersede_key` end, its validate task, its first log line, its event.

    Raises Conflict where a job that it is to wait for has failed or was cancelled.
    """
    if job not in session:
        superseding.make_way(session, job.tenant_id, job.supersede_key)
        session.add(job)
    session.flush()
    kind = job_kinds.of(job)
    task = (
        farm.NewTask(kinds.VALIDATE, name="Check and plan", payload={"job_id": job.id}, weight=0.5, stall_seconds=300.0)
        if kind is None
        else kind.check(session, job)
    )
    task = _placed(job, task)
    if waits := waiting.lock_live(session, job.options.get("after") or ()):
        task, job.note = replace(task, after=waits), waiting.sentence(len(waits))
    if later := job.options.get("not_before"):
        task = replace(task, not_before=datetime.fromisoformat(later))
    farm.enqueue(session, job.tenant_id, job.id, [task], priority=job.priority)
    farm.tell_owner(session, job.id, job.tenant_id, f"Sent by {job.user_name or 'a user'}")
    _record(session, job, "render.submitted")
    views.publish(session, job)


@on_task_change(*kinds.JOB_KINDS)
def follow_task(session: Session, task: Task, change: TaskChange) -> None:
    """Moves the job on when one of its tasks changed, but by a claim: see `claiming`."""
    if task.owner_id in session.info.get("renders_ending", ()):
        return  # `_end_rest` is ending all of the job's tasks and looks afterwards
    job = locked(session, task.owner_id)
    if job is None:
        return
    node = session.get(Node, task.node_id) if task.node_id else None
    views.changed_step(session, task, node.name if node else None)
    if change.event is not TaskEvent.PROGRESS:
        _count(job, change)
    if change.event is TaskEvent.CANCEL or change.after is TaskState.CANCELLED:
        _cancelled(session, job, change)
    elif JobState(job.state) not in TERMINAL:
        _follow(session, job, task, change)
    if JobState(job.state) not in TERMINAL:
        _measure(session, job, task)
    job.changed()
    session.add(job)
    views.publish(session, job)


def prioritised(session: Session, job: RenderJob, priority: int, by: str) -> None:
    """The job has another priority; its tasks have it already."""
    if job.priority != priority:
        farm.tell_owner(session, job.id, job.tenant_id, f"Priority {job.priority} → {priority} by {by}")
    job.priority = priority
    job.changed()
    session.add(job)
    session.flush()
    views.publish(session, job)


def shown(session: Session, task_id: str, epoch: int, picture_key: str) -> bool:
    """The last frame of a running task is its job's picture. False: the claim is no longer the caller's."""
    task = held(session, task_id, epoch)
    job = None if task is None else locked(session, task.owner_id)
    if job is None:
        return False
    if job.picture_key != picture_key:
        job.picture_key = picture_key
        job.changed()
        session.add(job)
        session.flush()
        views.publish(session, job)
    return True


def locked(session: Session, job_id: str) -> RenderJob | None:
    """The job, locked and read afresh."""
    query = select(RenderJob).where(col(RenderJob.id) == job_id).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).first()


def _follow(session: Session, job: RenderJob, task: Task, change: TaskChange) -> None:
    validating = task.kind in kinds.VALIDATING
    kind = job_kinds.of(job)
    if change.after is TaskState.DONE:
        result = task.result or {}
        if validating and kind is not None:
            kind.start(session, job, task)
        elif validating:
            warnings = list(result.get("warnings", ()))
            _start(session, job, Plan.from_dict(result["plan"]), warnings)
            task.result = {"warnings": warnings}  # the plan is the job's now
        elif task.kind == kinds.SCENE:
            _keep_film(session, job, result)
        elif task.kind == kinds.COMPOSE and kind is None:
            _deliver(session, job, result)
    new = follow(
        JobState(job.state),
        validating=validating,
        event=change.event,
        after=change.after,
        others=_others(session, job, task) if change.after in _LOOKS_AROUND else Others(),
        cancel_requested=job.cancel_requested,
    )
    if new is None:
        return
    if new is JobState.COMPLETED and kind is not None:
        kind.deliver(session, job, task.result or {})
    elif new is JobState.FAILED:
        job.error, job.error_code = change.reason or "A part of it failed.", task.error_code
        _end_rest(session, job, "another part of the job failed")
    _move(session, job, new)


def _cancelled(session: Session, job: RenderJob, change: TaskChange) -> None:
    """One of its tasks is being cancelled: so is the whole job. It is CANCELLED when nothing of it runs any more."""
    if JobState(job.state) in TERMINAL:
        return
    if not job.cancel_requested:
        job.cancel_requested = True
        _end_rest(session, job, change.reason or "cancelled")
    if not session.execute(sa_select(func.count()).select_from(Task).where(*_live(job))).scalar_one():
        job.note = ""
        _move(session, job, JobState.CANCELLED)


def _end_rest(session: Session, job: RenderJob, reason: str) -> None:
    ending: set[str] = session.info.setdefault("renders_ending", set())
    ending.add(job.id)
    try:
        farm.cancel_owner(session, job.id, reason=reason)
    finally:
        ending.discard(job.id)


def _move(session: Session, job: RenderJob, state: JobState) -> None:
    now = clock.now()
    job.state = state.value
    if state in TERMINAL:
        job.finished_at, job.seconds_left = now, None
        if state is JobState.COMPLETED:
            job.progress, job.note, job.error, job.error_code = 1.0, "", None, None
        level = "error" if state is JobState.FAILED else "info"
        log.write(session, job.tenant_id, job.id, _last_words(job, state), level=level)
    session.add(job)
    session.flush()
    if state in TERMINAL:
        holding.release(session, job)
        waiting.ended(session, job)
    if event := EVENTS.get(state):
        _record(session, job, event)


def _last_words(job: RenderJob, state: JobState) -> str:
    if state is JobState.COMPLETED:
        return "The film is finished"
    return f"Failed: {job.error}" if state is JobState.FAILED else "Cancelled"


def _start(session: Session, job: RenderJob, plan: Plan, warnings: list[str]) -> None:
    """The job is checked and planned: its render tasks."""
    job.plan = plan.to_dict()
    job.scenes, job.scenes_cached = len(plan.cuts), plan.cached_scenes
    job.expected_seconds = plan.seconds
    log.write_all(session, job.tenant_id, job.id, warnings, level="warning")
    log.write(session, job.tenant_id, job.id, say_estimate(plan)[:1].upper() + say_estimate(plan)[1:])
    numbers = {film.content_hash: index for index, film in reversed(list(enumerate(plan.films, 1)))}
    here = _placed(job, farm.NewTask(kinds.SCENE)).lane
    slots = sum(node.slots for node in nodes.able(session, here))
    tasks = [task for film in plan.to_render for task in _film_tasks(job, film, numbers, len(plan.to_render), slots)]
    scenes = [task for task in tasks if task.kind == kinds.SCENE]
    compositions = [
        farm.NewTask(
            kinds.COMPOSE,
            name=f"Compose{_shape(each.version, len(plan.compositions))}",
            payload={"job_id": job.id, "composition": number},
            engine="ffmpeg",
            weight=plan.compose_seconds(number),
            after=tuple(task.id for task in scenes),
        )
        for number, each in enumerate(plan.compositions)
    ]
    placed = [_placed(job, task) for task in (*tasks, *compositions)]
    farm.enqueue(session, job.tenant_id, job.id, placed, priority=job.priority)


def _shape(version: Version, of: int) -> str:
    """What tells a composition from the job's others."""
    words = [version.aspect, "with transparency" if version.alpha else None]
    return " " + ", ".join(filter(None, words)) if of > 1 and any(words) else ""


def _placed(job: RenderJob, task: farm.NewTask) -> farm.NewTask:
    """The task where the job's sender wants it."""
    pool, tags = job.options.get("pool") or task.pool, tuple(job.options.get("tags") or task.tags)
    return replace(task, pool=pool, tags=tags)


def _film_tasks(job: RenderJob, film: Film, numbers: dict[str, int], films: int, slots: int) -> list[farm.NewTask]:
    """A scene's task; before it those of its ranges, where splitting it keeps more slots busy."""
    name = f"Scene {numbers[film.content_hash]}, {film.name}"
    payload: dict[str, Any] = {"job_id": job.id, "film": film.content_hash}
    parts = () if film.alpha else ranges(film.frames, films, slots)
    tasks = [
        farm.NewTask(
            kinds.FRAMES,
            name=f"{name}, frames {first} to {first + count - 1}"[:200],
            payload={**payload, "first": first, "count": count},
            weight=max(film.seconds * count / film.frames, 0.1),
        )
        for first, count in parts
    ]
    weight = film.frames * JOIN_SECONDS_PER_FRAME if parts else film.seconds
    after = tuple(task.id for task in tasks)
    if parts:
        payload["parts"] = [list(part) for part in parts]
    return [*tasks, farm.NewTask(kinds.SCENE, name=name, payload=payload, weight=max(weight, 0.1), after=after)]


def _keep_film(session: Session, job: RenderJob, result: dict[str, Any]) -> None:
    """A rendered scene enters the cache. Two jobs may have rendered the same: the first stays."""
    if result.get("picture_key"):
        job.picture_key = result["picture_key"]
    log.write_all(session, job.tenant_id, job.id, result.get("warnings", ()), level="warning")
    if result.get("cached"):
        job.scenes_cached = min(job.scenes, job.scenes_cached + 1)
        return
    film = SceneFilm(
        tenant_id=job.tenant_id,
        content_hash=result["hash"],
        key=result["key"],
        template_id=job.template_id,
        frames=result["frames"],
        width=result["width"],
        height=result["height"],
        size=result["bytes"],
        render_seconds=result["seconds"],
        warnings=list(result.get("warnings", ())),
    )
    with suppress(IntegrityError), session.begin_nested():
        session.add(film)


def _deliver(session: Session, job: RenderJob, result: dict[str, Any]) -> None:
    """Composed, probed and stored files become the job's exports; scenes rendered on the way enter the cache."""
    log.write_all(session, job.tenant_id, job.id, result.get("warnings", ()), level="warning")
    for film in result.get("films", ()):
        _keep_film(session, job, film)
    for made in result.get("exports", ()):
        export = Export(
            id=made.get("export_id") or new_id(),
            tenant_id=job.tenant_id,
            job_id=job.id,
            project_id=job.project_id,
            user_id=job.user_id,
            name=made["name"],
            key=made["key"],
            format=made["format"],
            size=made["bytes"],
            sha256=made["sha256"],
            frames=made["frames"],
            duration=made["duration"],
            width=made["width"],
            height=made["height"],
            video_codec=made.get("video_codec") or "",
            audio_codec=made.get("audio_codec"),
            compose_seconds=made.get("seconds", 0.0),
        )
        session.add(export)
    if result.get("picture_key"):
        job.picture_key = result["picture_key"]


def _count(job: RenderJob, change: TaskChange) -> None:
    if change.event in {TaskEvent.CRASH, TaskEvent.LEASE_LOST} and change.after is TaskState.WAITING:
        job.retries += 1


def _measure(session: Session, job: RenderJob, task: Task) -> None:
    """Progress over all tasks by their expected seconds, and the time left at the pace so far."""
    if task.state == TaskState.WAITING and task.note:
        job.note = task.note  # why nobody works on it
    if task.kind in kinds.VALIDATING:
        if task.state != TaskState.WAITING:
            job.note = ""
        return
    total, done, running = session.execute(
        sa_select(
            func.sum(Task.weight),
            func.sum(Task.weight * Task.progress),
            func.count().filter(col(Task.state) == TaskState.CLAIMED),
        ).where(col(Task.owner_id) == job.id, col(Task.kind).not_in(kinds.VALIDATING))
    ).one()
    elapsed = (clock.now() - job.started_at).total_seconds() if job.started_at else 0.0
    going = pace(float(total or 0.0), float(done or 0.0), elapsed)
    if going is None:
        return
    job.progress = going.progress
    job.seconds_left = going.seconds_left if running else None  # nobody knows how long it waits for its turn
    job.note = ", ".join(filter(None, (task.name, task.note)))[:200] if task.state == TaskState.CLAIMED else job.note


def _live(job: RenderJob) -> tuple[Any, ...]:
    return (col(Task.owner_id) == job.id, IS_LIVE)


def _others(session: Session, job: RenderJob, task: Task) -> Others:
    query = sa_select(col(Task.state), func.count()).where(*_live(job), col(Task.id) != task.id)
    counts = {state: number for state, number in session.execute(query.group_by(col(Task.state)))}
    claimed = counts.get(TaskState.CLAIMED, 0)
    return Others(live=claimed + counts.get(TaskState.WAITING, 0), claimed=claimed)


def _record(session: Session, job: RenderJob, kind: str) -> None:
    outbox.record(session, kind, views.event(job), tenant_id=job.tenant_id)
