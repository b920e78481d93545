"""What the render manager's handlers share: the project, its order, and where both lie on this machine."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import col, select

from flatrender.core.errors import NotFound, Unavailable
from flatrender.renders.manager import jobs as manager_jobs
from flatrender.renders.manager import paths
from flatrender.renders.manager.configuration import Order
from flatrender.renders.manager.models import ProjectRender
from flatrender.renders.models import RenderJob
from workers.context import TaskContext
from workers.handlers.jobs import Job


@dataclass(frozen=True)
class Work:
    """A job of the render manager on this machine. `root`: this node's Dropbox."""

    job: Job
    render: ProjectRender
    order: Order
    root: Path
    project: Path


def load(context: TaskContext) -> Work:
    """The work of a task. Raises NotFound when the job was deleted, Unavailable where there is no Dropbox here."""
    with context.database.tenant_session(context.tenant_id, read_only=True) as session:
        row = session.exec(select(RenderJob).where(col(RenderJob.id) == context.payload["job_id"])).first()
        if row is None:
            raise NotFound("The job was deleted.")
        render = manager_jobs.render_of(session, row.id)
        job = Job(row.id, row.tenant_id, None, row.title, row.document, row.options, None)
    root = Path(manager_jobs.dropbox_root())
    if not root.is_dir():
        raise Unavailable(f"This node's Dropbox folder ({root}) is not there.", code="no-dropbox")
    order = Order.from_dict(render.order)
    return Work(job, render, order, root, paths.located(root, tuple(render.place.split("/"))))


def delivered(context: TaskContext) -> tuple[str, ...] | None:
    """Where the job's film lies by the database, below the Dropbox root; None before it was delivered."""
    with context.database.tenant_session(context.tenant_id, read_only=True) as session:
        place = manager_jobs.render_of(session, context.payload["job_id"]).output_place
    return tuple(place.split("/")) if place else None
