"""The queue cleared: every job that nobody works on is cancelled."""

from sqlmodel import Session, col, select

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.permissions import FARM, Principal
from flatrender.farm import service as farm
from flatrender.renders.models import RenderJob
from flatrender.renders.states import JobState

BATCH = 100  # jobs of one transaction: others want to write as well


def clear(session: Session, principal: Principal) -> int:
    """Cancels the first of the jobs that wait; how many. Call it in a new transaction until it says 0.

    Raises Forbidden for all but those who run the farm.
    """
    principal.require(FARM)
    waiting = (
        select(RenderJob.id)
        .where(
            col(RenderJob.state).in_([JobState.PENDING.value, JobState.QUEUED.value]), ~col(RenderJob.cancel_requested)
        )
        .order_by(col(RenderJob.id))
        .limit(BATCH)
    )
    ids = session.exec(waiting).all()
    for job_id in ids:
        farm.cancel_owner(session, job_id, reason=f"the queue was cleared by {principal.name or principal.email}")
    if ids:
        audit.note(session, principal, Act.FARM_CLEARED, cancelled=len(ids))
    return len(ids)
