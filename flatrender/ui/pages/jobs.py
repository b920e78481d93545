"""`/jobs` and `/jobs/[job_id]`."""

import reflex as rx

from flatrender.ui.components.jobs import job_page, jobs
from flatrender.ui.components.shell import work_page
from flatrender.ui.state.jobs import JobsState
from flatrender.ui.text import t


def page() -> rx.Component:
    """The job table."""
    return work_page(
        jobs(
            may_boost=JobsState.may_boost,
            sees_all=JobsState.sees_all,
            users=JobsState.users,
            sites=JobsState.sites,
            on_notice=JobsState.notice,
        ),
        title=t("jobs.title"),
        active="jobs",
        actions=[rx.el.span(id="jobs-bar", class_name="row g8")],  # the table's own script fills it
        class_name="jobs-page",
    )


def one() -> rx.Component:
    """One job."""
    return work_page(
        job_page(
            id=rx.State.job_id,  # type: ignore[attr-defined]  # the address's own part
            may_boost=JobsState.may_boost,
            sites=JobsState.sites,
            on_notice=JobsState.notice,
        ),
        title=t("jobs.job"),
        active="jobs",
        back=(t("jobs.all"), "/jobs"),
        class_name="job-page",
    )
