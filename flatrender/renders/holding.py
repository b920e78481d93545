"""What live jobs hold: a template's bundle as it was planned with, and media of the document.

Neither may be deleted under a job. A bundle that its template let go of meanwhile is deleted with the last job that
needed it.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, literal_column, union_all
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from flatrender.farm.models import Task
from flatrender.media import uses
from flatrender.media.uses import Use
from flatrender.projects import timeline, upgrades
from flatrender.renders import kinds
from flatrender.renders.job_kinds import FILM
from flatrender.renders.models import RenderJob
from flatrender.renders.states import LIVE
from flatrender.templates import bundles
from flatrender.templates.models import Bundle

# Other kinds of jobs hold no bundles and no uploads.
_IS_LIVE_JOB = and_(col(RenderJob.state).in_([state.value for state in LIVE]), col(RenderJob.kind) == FILM)


@bundles.on_use_check
def bundle_in_use(session: Session, bundle: Bundle) -> bool:
    """A live job was planned with it, or may be just now; or a picture is to be drawn from it."""
    plans = select(RenderJob.plan).where(col(RenderJob.tenant_id) == bundle.tenant_id, _IS_LIVE_JOB)
    if any(plan is None or plan["bundle"]["key"] == bundle.key for plan in session.exec(plans)):
        return True
    pictures = session.execute(union_all(*pictures_of(bundle.tenant_id))).scalars()  # one snapshot of both
    return any(payload.get("bundle_key") == bundle.key for payload in pictures)


def pictures_of(tenant_id: str) -> list[SelectOfScalar[Any]]:
    """What a tenant's pictures that are not drawn yet are drawn from. They wait for no other task; said like this, the
    partial indexes on claimed and on waiting tasks are read, and not everybody's tasks."""
    waiting = col(Task.state) == literal_column("'WAITING'"), col(Task.open_blockers) == literal_column("0")
    claimed = col(Task.state) == literal_column("'CLAIMED'"), col(Task.lease_until).is_not(None)
    query = select(Task.payload).where(col(Task.tenant_id) == tenant_id, col(Task.kind) == kinds.SNAPSHOT)
    return [query.where(*waiting), query.where(*claimed)]


@uses.on_uses
def media_uses(session: Session, user_id: str | None) -> Iterator[Use]:
    """What a job that is not ended shows or plays, whoever sent it."""
    jobs = select(RenderJob.id, RenderJob.title, RenderJob.document).where(_IS_LIVE_JOB)
    for job_id, title, document in session.exec(jobs):
        for media_id in dict.fromkeys(timeline.media_ids(upgrades.read(document))):
            yield Use(media_id, "job", job_id, title)


def release(session: Session, job: RenderJob) -> None:
    """The job has ended: bundles of its tenant that nothing holds any more go."""
    bundles.drop_orphans(session, job.tenant_id)
