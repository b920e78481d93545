"""Jobs of the render manager as a kind of render job: one task validates the file, one renders it."""

from pathlib import Path

from sqlmodel import Session, col, delete, select

from flatrender.core.errors import NotFound, Unavailable
from flatrender.farm import log, operations, unserved
from flatrender.farm import service as farm
from flatrender.farm.lanes import Needs
from flatrender.farm.models import Task
from flatrender.renders import job_kinds, kinds
from flatrender.renders.job_kinds import Json, Output
from flatrender.renders.manager import paths
from flatrender.renders.manager.models import ProjectRender
from flatrender.renders.models import RenderJob
from flatrender.settings import RenderManager, get_settings

PROJECT = "project"
# After Effects loads for minutes and may need long for a frame; its engine watches it more closely.
STALL_SECONDS = 3600.0
VALIDATION_STALL_SECONDS = 300.0
SECONDS_PER_FRAME = 0.5
LICENCE = "after-effects"  # a limit on it (PUT /farm/limits/{name}) says how many may render at once
AT_ONCE = 1  # until somebody chooses another limit: two instances of After Effects get into each other's way
TYPES = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/x-msvideo",
    ".webm": "video/webm",
    ".mxf": "application/mxf",
}


def dropbox_root(manager: RenderManager | None = None) -> str:
    """The Dropbox folder of the settings. Raises Unavailable where there is none."""
    root = (manager or get_settings().manager).dropbox_path
    if not root:
        raise Unavailable("The render manager is not set up here; set DROPBOX_PATH.", code="no-dropbox")
    return root


def render_of(session: Session, job_id: str) -> ProjectRender:
    """What a job renders. Raises NotFound."""
    row = session.exec(select(ProjectRender).where(col(ProjectRender.job_id) == job_id)).first()
    if row is None:
        raise NotFound("There is no such job.")
    return row


def missing_engine(session: Session, engine: str) -> str | None:
    """A sentence when no node with the engine takes work now."""
    needs = Needs(engine)
    said = unserved.of_lane(session, needs.lane)
    return f"{said}; start one where After Effects is installed." if said == unserved.sentence(needs) else said or None


class _ProjectJobs:
    """See `job_kinds.JobKind`."""

    name = PROJECT

    def check(self, session: Session, job: RenderJob) -> farm.NewTask:
        row = render_of(session, job.id)
        operations.limit_if_unset(session, LICENCE, AT_ONCE)
        # On a node of that engine: only there is the Dropbox sure to be.
        return farm.NewTask(
            kinds.VALIDATE_PROJECT,
            name="Check the file",
            payload={"job_id": job.id},
            engine=row.engine,
            weight=3.0,
            stall_seconds=VALIDATION_STALL_SECONDS,
        )

    def start(self, session: Session, job: RenderJob, task: Task) -> None:
        row, result = render_of(session, job.id), task.result or {}
        row.facts = dict(result.get("facts", {}))
        session.add(row)
        log.write_all(session, job.tenant_id, job.id, result.get("warnings", ()), level="warning")
        frames = row.facts.get("frames")
        expected = max(10.0, SECONDS_PER_FRAME * frames) if frames else 60.0
        job.scenes, job.expected_seconds, job.note = 1, expected, ""
        render = farm.NewTask(
            kinds.RENDER_PROJECT,
            name=f"After Effects, {row.order['composition']}"[:200],
            payload={"job_id": job.id},
            engine=row.engine,
            licences=(LICENCE,),
            weight=expected,
            stall_seconds=STALL_SECONDS,
        )
        farm.enqueue(session, job.tenant_id, job.id, [render], priority=job.priority)

    def deliver(self, session: Session, job: RenderJob, result: Json) -> None:
        row = render_of(session, job.id)
        row.output_place, row.output_bytes = result["place"], result["bytes"]
        row.output = {name: value for name, value in result.items() if name not in {"place", "warnings"}}
        session.add(row)
        if result.get("picture_key"):
            job.picture_key = result["picture_key"]
        log.write_all(session, job.tenant_id, job.id, result.get("warnings", ()), level="warning")

    def again(self, session: Session, old: RenderJob, new: RenderJob) -> None:
        row = render_of(session, old.id)
        session.add(
            ProjectRender(
                tenant_id=row.tenant_id,
                job_id=new.id,
                client=row.client,
                project_path=row.project_path,
                place=row.place,
                saved_at=row.saved_at,
                mac_username=row.mac_username,
                engine=row.engine,
                order=row.order,
                callback_url=row.callback_url,
            )
        )
        session.flush()

    def output(self, session: Session, job: RenderJob) -> Output:
        row = render_of(session, job.id)
        if row.output_place is None:
            raise NotFound("The job has no finished film yet.", code="no-film")
        path = paths.located(Path(dropbox_root()), tuple(row.output_place.split("/")))
        if not path.is_file():
            raise NotFound("The film is no longer in the output folder.", code="file-gone")
        return Output(path, path.name, TYPES.get(path.suffix.lower(), "application/octet-stream"), dict(row.output))

    def detail(self, session: Session, job: RenderJob) -> Json:
        row = render_of(session, job.id)
        root = get_settings().manager.dropbox_path or ""
        waiting = job.state in {"PENDING", "QUEUED"}
        return {
            "submission": {
                "client": row.client,
                "project_path": row.project_path,
                "mac_username": row.mac_username,
                "saved_at": row.saved_at.isoformat(),
                "callback_url": row.callback_url,
                "engine": row.engine,
            },
            "file": {"place": row.place, **row.facts},
            "output": None
            if row.output_place is None
            else {
                "path": paths.windows_path(tuple(row.output_place.split("/")), root),
                "bytes": row.output_bytes,
                **row.output,
            },
            "configuration": job.document,
            "waiting_for": missing_engine(session, row.engine) if waiting else None,
        }

    def forget(self, session: Session, job: RenderJob) -> None:
        session.execute(delete(ProjectRender).where(col(ProjectRender.job_id) == job.id))


job_kinds.register(_ProjectJobs())
