"""The job table and the job page: AG Grid Community (MIT) in our look, live over the event stream."""

# mypy: disable-error-code="type-arg, valid-type"

from typing import Any

import reflex as rx

from flatrender.ui.components.days import DAYS as DAYS  # days are chosen with it
from flatrender.ui.components.live import LIVE as LIVE  # the modules below follow jobs through it
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script

for _module in (
    "actions.js",
    "card.jsx",
    "graph.jsx",
    "grid.jsx",
    "group.jsx",
    "panel.jsx",
    "said.jsx",
    "state.jsx",
    "task_names.js",
    "told.js",
    "views.jsx",
    "words.js",
):
    script(__file__, _module)


class _FromJobs(rx.NoSSRComponent):
    library = script(__file__, "jobs.jsx")
    lib_dependencies: list[str] = ["ag-grid-community@36.2.0", "ag-grid-react@36.2.0"]

    may_boost: rx.Var[bool]
    sites: rx.Var[list[dict[str, Any]]]  # [{id, name}] for those who see the jobs of several
    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class Jobs(_FromJobs):
    """The table with filters, bulk acts and side panel. `users`: [{id, name}], the filter of those who see all."""

    tag = "Jobs"

    sees_all: rx.Var[bool]
    users: rx.Var[list[dict[str, Any]]]


class JobPage(_FromJobs):
    """One job as a page."""

    tag = "JobPage"

    id: rx.Var[str]


jobs = Jobs.create
job_page = JobPage.create
