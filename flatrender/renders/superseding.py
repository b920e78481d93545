"""One live job per project path: a newer one ends the earlier.

`RenderJob.supersede_key` names what a job is for (a project file's path); None supersedes nothing. A partial unique
index over live, uncancelled jobs keeps the promise whatever happens; the lock here keeps senders from meeting it.
"""

from sqlmodel import Session, col, select

from flatrender.core.db import alone
from flatrender.core.errors import InvalidInput
from flatrender.farm import service as farm
from flatrender.renders.models import LONGEST_KEY, RenderJob
from flatrender.renders.states import LIVE


def make_way(session: Session, tenant_id: str, key: str | None) -> list[str]:
    """Cancels the live jobs of `key`, in the transaction that inserts the next one. Their ids, oldest first.

    Those that run end as soon as their nodes see it, and can no longer complete. Senders of the same key wait for each
    other from here to their commit: the one that commits last is the one that lives. Raises InvalidInput for a key that
    is too long.
    """
    ended = live(session, tenant_id, key)
    for job_id in ended:
        farm.cancel_owner(session, job_id, reason="superseded: a newer job for the same project was sent")
    return ended


def live(session: Session, tenant_id: str, key: str | None) -> list[str]:
    """The live jobs of `key`, oldest first; nobody sends another one before the caller's commit. Raises InvalidInput
    for a key that is too long."""
    if key is None:
        return []
    if not key or len(key.encode()) > LONGEST_KEY:
        raise InvalidInput(f"A project's path has 1 to {LONGEST_KEY} bytes.", field="supersede_key")
    alone(session, f"{tenant_id}/{key}")
    earlier = select(RenderJob.id).where(
        col(RenderJob.tenant_id) == tenant_id,
        col(RenderJob.supersede_key) == key,
        col(RenderJob.state).in_([state.value for state in LIVE]),
        ~col(RenderJob.cancel_requested),
    )
    return list(session.exec(earlier.order_by(col(RenderJob.id))).all())
