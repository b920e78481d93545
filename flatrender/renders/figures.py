"""Jobs in figures for a monitoring system."""

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from flatrender.core.db import database_now
from flatrender.farm.figures import WINDOW, Series, series
from flatrender.renders.models import RenderJob
from flatrender.renders.states import LIVE, TERMINAL


def figures(session: Session) -> list[Series]:
    """Jobs by state, and those that ended within the last hour by result."""
    state, number = col(RenderJob.state), func.count()
    live = sa_select(state, number).where(state.in_([each.value for each in LIVE])).group_by(state)
    ended = (
        sa_select(state, number)
        .where(
            state.in_([each.value for each in TERMINAL]),
            col(RenderJob.finished_at) >= database_now(session) - WINDOW,
        )
        .group_by(state)
    )
    now = {str(name): float(count) for name, count in session.execute(live)}
    hour = {str(name): float(count) for name, count in session.execute(ended)}
    return [
        series(
            "flatrender_jobs", "Live jobs by state.", [({"state": each.lower()}, now.get(each, 0.0)) for each in LIVE]
        ),
        series(
            "flatrender_renders_hour",
            "Jobs that ended within the last hour, by result.",
            [({"result": each.lower()}, hour.get(each, 0.0)) for each in TERMINAL],
        ),
    ]
