"""What a person finds on coming in: their last projects, what renders, what came of it, a few figures."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from flatrender.access.permissions import Principal
from flatrender.core import clock
from flatrender.media import quotas
from flatrender.projects import listing as projects
from flatrender.renders import listing as jobs
from flatrender.renders.listing import JobFilter
from flatrender.renders.models import Export
from flatrender.renders.states import LIVE, JobState

Json = dict[str, Any]
PROJECTS, RUNNING, ENDED = 8, 20, 6
_SHOWN_ENDED = (JobState.COMPLETED, JobState.FAILED)


def overview(session: Session, principal: Principal) -> Json:
    """`{"projects": [project], "running": [job], "ended": [job], "figures": {…}}`: the person's own alone, also on an
    administrator's page. `figures`: `projects`, `archived`, `films_this_month`, `storage` (see `quotas.meter`)."""
    found = projects.browse(session, principal, limit=PROJECTS)
    running = _jobs(session, principal, tuple(sorted(LIVE)), RUNNING)
    ended = _jobs(session, principal, _SHOWN_ENDED, ENDED)
    return {
        "projects": found["items"],
        "running": running,
        "ended": ended,
        "figures": {
            "projects": found["counts"]["active"],
            "archived": found["counts"]["archived"],
            "films_this_month": _films_since(session, principal, _month_begins(clock.now())),
            "storage": quotas.meter(session, principal),
        },
    }


def _jobs(session: Session, principal: Principal, states: tuple[str, ...], limit: int) -> list[Json]:
    items: list[Json] = jobs.browse(session, principal, JobFilter(states=states, mine=True), limit=limit)["items"]
    return items


def _films_since(session: Session, principal: Principal, since: datetime) -> int:
    """Jobs that gave a film; one that was exported in three formats is one film."""
    count = select(func.count(func.distinct(col(Export.job_id)))).where(
        col(Export.user_id) == principal.user_id, col(Export.created_at) >= since
    )
    return int(session.execute(count).scalar_one())


def _month_begins(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
