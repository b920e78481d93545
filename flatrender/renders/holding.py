"""What live jobs hold: a template's bundle as it was planned with, and media of the document.

Neither may be deleted under a job. A bundle that its template let go of meanwhile is deleted with the last job that
needed it.
"""

from sqlmodel import Session, col, select

from flatrender.core.errors import Conflict
from flatrender.farm.models import Task
from flatrender.farm.writer import IS_LIVE
from flatrender.media import service as media
from flatrender.media.models import Media
from flatrender.projects import timeline, upgrades
from flatrender.renders import kinds
from flatrender.renders.models import RenderJob
from flatrender.renders.states import LIVE
from flatrender.templates import bundles
from flatrender.templates.models import Bundle

_IS_LIVE_JOB = col(RenderJob.state).in_([state.value for state in LIVE])


@bundles.on_use_check
def bundle_in_use(session: Session, bundle: Bundle) -> bool:
    """A live job was planned with it, or may be just now; or a picture is to be drawn from it."""
    plans = select(RenderJob.plan).where(col(RenderJob.tenant_id) == bundle.tenant_id, _IS_LIVE_JOB)
    if any(plan is None or plan["bundle"]["key"] == bundle.key for plan in session.exec(plans)):
        return True
    pictures = select(Task.payload).where(
        col(Task.tenant_id) == bundle.tenant_id, col(Task.kind) == kinds.SNAPSHOT, IS_LIVE
    )
    return any(payload.get("bundle_key") == bundle.key for payload in session.exec(pictures))


@media.on_use_check
def media_in_use(session: Session, row: Media) -> str | None:
    """Raises Conflict while a job that is not ended shows or plays it."""
    jobs = select(RenderJob.title, RenderJob.document).where(col(RenderJob.tenant_id) == row.tenant_id, _IS_LIVE_JOB)
    for title, document in session.exec(jobs):
        if row.id in timeline.media_ids(upgrades.read(document)):
            raise Conflict(
                f"{row.name} is in the film “{title}” that is being rendered; delete it when that is done.",
                code="media-in-use",
            )
    return None


def release(session: Session, job: RenderJob) -> None:
    """The job has ended: bundles of its tenant that nothing holds any more go."""
    bundles.drop_orphans(session, job.tenant_id)
