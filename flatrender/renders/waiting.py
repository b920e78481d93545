"""Jobs that wait for other jobs: they begin when those are done, and fail or are cancelled with them.

A job's check waits for jobs as tasks wait for tasks: by their ids in `farm_task_blocker`. Jobs are locked before the
tasks that wait for them, so that none ends unseen while another begins to wait for it.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.access import rules
from flatrender.core.db import alone
from flatrender.core.errors import Conflict, InvalidInput
from flatrender.farm import blockers
from flatrender.farm import service as farm
from flatrender.farm.models import Task, TaskBlocker
from flatrender.farm.states import TaskEvent
from flatrender.renders import kinds, views
from flatrender.renders.models import RenderJob
from flatrender.renders.states import LIVE, JobState

MOST = 50
_ENDED = {JobState.FAILED: "failed", JobState.CANCELLED: "was cancelled"}


def check(ids: Sequence[str]) -> tuple[str, ...]:
    """Each id once. Raises InvalidInput for too many."""
    wanted = tuple(dict.fromkeys(ids))
    if len(wanted) > MOST:
        raise InvalidInput(f"A job waits for at most {MOST} others.", field="after")
    return wanted


def lock_live(session: Session, ids: Collection[str]) -> tuple[str, ...]:
    """Those of the jobs that are not done yet, locked until the commit. Raises Conflict for one that failed or was
    cancelled: whoever waited for it would wait for ever."""
    query = select(RenderJob).where(col(RenderJob.id).in_(ids)).order_by(col(RenderJob.id)).with_for_update()
    found = session.exec(query.execution_options(populate_existing=True)).all()
    for job in found:
        state = JobState.CANCELLED if job.cancel_requested else JobState(job.state)
        if state in _ENDED:
            raise Conflict(f"“{job.title}” {_ENDED[state]}; nothing can wait for it.", code="ended", field="after")
    return tuple(job.id for job in found if JobState(job.state) in LIVE)


def sentence(number: int) -> str:
    """What a job says while it waits for others; empty for none."""
    return "" if not number else f"waits for {'another job' if number == 1 else f'{number} other jobs'}"


def again(session: Session, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a retry: of the jobs that the first try was to wait for, those that are still worked on."""
    query = select(RenderJob.id).where(
        col(RenderJob.id).in_(options.get("after") or ()),
        col(RenderJob.state).in_([state.value for state in LIVE]),
        ~col(RenderJob.cancel_requested),
    )
    return {**options, "after": list(session.exec(query).all())} if options.get("after") else options


def change(session: Session, job_id: str, tenant_id: str, ids: Sequence[str]) -> RenderJob:
    """From now on a job that nobody works on waits for these.

    Raises Conflict for jobs that wait for one another in a circle, and for a job that has begun.
    """
    alone(session, f"{tenant_id}/after")  # two changes at once could close a circle between them
    live = lock_live(session, check(ids))
    if job_id in _waited_for(session, live):
        raise Conflict("These jobs would wait for one another for ever.", code="circle", field="after")
    task = blockers.waits_for(session, job_id, kinds.VALIDATING, live)
    query = select(RenderJob).where(col(RenderJob.id) == job_id).with_for_update()
    job = session.exec(query.execution_options(populate_existing=True)).one()
    if task is None:
        raise Conflict("The job has begun or has ended; it can no longer wait.", code="begun")
    job.note = sentence(len(live))
    job.options = {**job.options, "after": list(live)}
    job.changed()
    session.add(job)
    session.flush()
    views.publish(session, job)
    return job


def _waited_for(session: Session, ids: Collection[str]) -> set[str]:
    """These jobs, those that they wait for, and so on."""
    known, fresh = set(ids), set(ids)
    while fresh:
        query = sa_select(col(TaskBlocker.blocker_id)).join(Task, col(Task.id) == col(TaskBlocker.task_id))
        fresh = set(session.execute(query.where(col(Task.owner_id).in_(fresh))).scalars()) - known
        known |= fresh
    return known


def ended(session: Session, job: RenderJob) -> None:
    """Lets those go on that waited for a finished job; ends those that waited for one that failed or was cancelled.

    One after the other, however long the chain is: a job that ends here only adds those that wait for it.
    """
    ends: list[RenderJob] = session.info.setdefault("renders_ended", [])
    ends.append(job)
    if len(ends) > 1:
        return
    try:
        session.flush()  # what was done is held against the roles of who did it; what it brings about is not
        with rules.lifted():
            for each in ends:
                _tell(session, each)
            session.flush()
    finally:
        ends.clear()


def _tell(session: Session, job: RenderJob) -> None:
    state = JobState(job.state)
    if state is JobState.COMPLETED:
        for owner_id, left in blockers.release(session, job.id):
            _note(session, owner_id, left)
        return
    reason = f"it was to wait for “{job.title}”, which {_ENDED[state]}"
    for owner_id, task_id in blockers.held_by(session, job.id):
        if state is JobState.CANCELLED:
            farm.cancel_owner(session, owner_id, reason=reason)
        else:
            why = f"{reason[:1].upper()}{reason[1:]}."
            blockers.end_waiting(session, owner_id, task_id, TaskEvent.REFUSE, reason=why, code="dependency-failed")


def _note(session: Session, job_id: str, left: int) -> None:
    query = select(RenderJob).where(col(RenderJob.id) == job_id).with_for_update()
    waiting = session.exec(query.execution_options(populate_existing=True)).first()
    if waiting is not None:
        waiting.note = sentence(left)
        waiting.changed()
        session.add(waiting)
        session.flush()
        views.publish(session, waiting)


def as_json(session: Session, job: RenderJob) -> list[dict[str, Any]]:
    """The jobs that a job waits for or waited for: `[{"id", "title", "state"}]`."""
    ids = job.options.get("after") or ()
    query = select(RenderJob).where(col(RenderJob.tenant_id) == job.tenant_id, col(RenderJob.id).in_(ids))
    found = session.exec(query.order_by(col(RenderJob.id))).all() if ids else ()
    return [{"id": each.id, "title": each.title, "state": each.state} for each in found]
