"""What clients and people ask of the render manager. Each call belongs to the caller's transaction."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.access import profile
from flatrender.access.permissions import Principal
from flatrender.core import clock
from flatrender.core import http as outward
from flatrender.core.errors import Conflict, InvalidInput, NotFound, NotSignedIn
from flatrender.core.ids import new_id
from flatrender.farm import log
from flatrender.farm import service as farm
from flatrender.renders import superseding, views, writer
from flatrender.renders.manager import configuration, paths
from flatrender.renders.manager.jobs import PROJECT, dropbox_root, missing_engine, render_of
from flatrender.renders.manager.models import ProjectRender
from flatrender.renders.models import RenderJob
from flatrender.renders.states import FARM_STOPPED, LIVE
from flatrender.settings import get_settings
from flatrender.tenants import features

Json = dict[str, Any]
NORMAL = 50
MOST_LIVE = 1000  # jobs of one client at a time
HISTORY = timedelta(days=7)
MOST_HISTORY = 500
FUTURE = timedelta(days=1)


@dataclass(frozen=True)
class Submission:
    """What a client sends. `saved_at`: when the designer saved the file."""

    project_path: str
    saved_at: datetime
    mac_username: str
    config: Mapping[str, Any]
    callback_url: str | None = None
    priority: int = NORMAL


def client_of(token: str | None) -> str:
    """Whose token it is. Raises NotSignedIn. Every stored hash is compared, each in constant time."""
    digest = hashlib.sha256((token or "").encode()).hexdigest()
    found = ""
    for client, known in get_settings().manager.tokens.items():
        if hmac.compare_digest(known, digest):
            found = client
    if not token:
        raise NotSignedIn("Send the client's API token in the header X-API-Token.")
    if not found:
        raise NotSignedIn("This API token is not known.", code="wrong-token")
    return found


def submit(session: Session, client: str, wanted: Submission) -> RenderJob:
    """A new job; live ones for the same path end, unless theirs is the newer save. Takes a session of the tenant.

    Raises InvalidInput for a path outside the Dropbox, a document that cannot be used, an unknown macOS username or a
    callback to a private address; Conflict for too many live jobs or an older save.
    """
    features.require(session, str(session.info["tenant_id"]), features.RENDER_MANAGER)
    manager = get_settings().manager
    root = dropbox_root(manager)
    parts = paths.below_root(wanted.project_path, root)
    if not parts[-1].lower().endswith((".aep", ".aepx")):
        raise InvalidInput("A project is an .aep or .aepx file.", field="projectPath")
    if wanted.saved_at > clock.now() + FUTURE:
        raise InvalidInput("The time of the save lies in the future; check the clock.", field="timestamp")
    farm.check_priority(wanted.priority)
    order = configuration.read(wanted.config, root)
    if order.assets and manager.engine != "nexrender":
        raise InvalidInput(f"This farm renders with {manager.engine}; assets need nexrender.", field="nexrenderConfig")
    user = profile.user_of_mac(session, wanted.mac_username)
    _check_room(session, client)
    job = RenderJob(
        id=new_id(),
        tenant_id=user.tenant_id,
        user_id=user.id,
        user_name=user.name or user.email,
        kind=PROJECT,
        title=f"{parts[-1].rsplit('.', 1)[0]}, {order.composition}"[:200],
        supersede_key=f"dropbox:{hashlib.sha256(paths.key_of(parts).encode()).hexdigest()}",
        document=dict(wanted.config),
        options={"engine": manager.engine},
        priority=wanted.priority,
    )
    session.add(
        ProjectRender(
            tenant_id=user.tenant_id,
            job_id=job.id,
            client=client,
            project_path=wanted.project_path,
            place="/".join(parts),
            saved_at=wanted.saved_at,
            mac_username=profile.clean_mac_username(wanted.mac_username),
            engine=manager.engine,
            order=order.to_dict(),
            callback_url=wanted.callback_url,
        )
    )
    session.flush()
    _check_newest(session, job, wanted.saved_at)
    writer.opened(session, job)
    if (sentence := missing_engine(session, manager.engine)) is not None:
        log.write(session, job.tenant_id, job.id, sentence, level="warning")
    return job


def check_callback(url: str | None) -> None:
    """Raises InvalidInput for a callback that would not be called. Asks the name server: outside of any transaction. A
    name server that is away loses no job: the callback is tried several times, long after this."""
    if url is not None:
        outward.check_address(url, get_settings().manager.callback_networks, field="callbackUrl", later=True)


def find(session: Session, client: str, job_id: str) -> tuple[RenderJob, ProjectRender]:
    """A client's own job. Raises NotFound for everybody else's."""
    query = (
        select(RenderJob, ProjectRender)
        .join(ProjectRender, col(ProjectRender.job_id) == col(RenderJob.id))
        .where(col(RenderJob.id) == job_id, col(ProjectRender.client) == client)
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound("There is no such job.")
    return found


def status(session: Session, job: RenderJob, render: ProjectRender, base: str, *, logs: bool = True) -> Json:
    """A job as clients read it; `base`: the address of this site."""
    waiting = job.state in {"PENDING", "QUEUED"}
    return {
        "id": job.id,
        "status": job.state,
        "statusUrl": f"{base}/api/jobs/{job.id}",
        "progress": round(100 * job.progress),
        "secondsLeft": None if job.seconds_left is None else round(job.seconds_left),
        "message": job.error or (_held(session, render.engine) if waiting else None) or job.note,
        "error": job.error,
        "errorCode": job.error_code,
        "priority": job.priority,
        "projectPath": render.project_path,
        "macUsername": render.mac_username,
        "composition": render.order.get("composition"),
        "retries": job.retries,
        "outputUrl": output_url(job.id, base) if job.state == "COMPLETED" else None,
        "createdAt": job.created_at.isoformat(),
        "startedAt": job.started_at.isoformat() if job.started_at else None,
        "finishedAt": job.finished_at.isoformat() if job.finished_at else None,
        **({"logs": [f"{line.at.isoformat()} {line.message}" for line in log.lines(session, job.id)]} if logs else {}),
    }


def _held(session: Session, engine: str) -> str | None:
    """Why no node takes a job that waits, where it is not the others before it."""
    return FARM_STOPPED if farm.is_stopped(session) else missing_engine(session, engine)


def output_url(job_id: str, base: str) -> str:
    """Where the finished film is downloaded."""
    return f"{base}/api/jobs/{job_id}/download"


def history(session: Session, principal: Principal, base: str) -> list[Json]:
    """The caller's own jobs of the last seven days, newest first."""
    query = (
        select(RenderJob, ProjectRender)
        .join(ProjectRender, col(ProjectRender.job_id) == col(RenderJob.id))
        .where(col(RenderJob.user_id) == principal.user_id, col(RenderJob.created_at) >= clock.now() - HISTORY)
        .order_by(col(RenderJob.id).desc())
        .limit(MOST_HISTORY)
    )
    return [status(session, job, render, base, logs=False) for job, render in session.exec(query).all()]


def count_of(session: Session, principal: Principal) -> int:
    """How many jobs of the caller's the history holds."""
    query = sa_select(func.count()).where(col(RenderJob.user_id) == principal.user_id, col(RenderJob.kind) == PROJECT)
    return int(session.execute(query).scalar_one())


def forget_old(session: Session, before: datetime, *, limit: int) -> int:
    """Removes jobs that ended before a time, with their log; never their films. How many."""
    query = select(RenderJob).where(col(RenderJob.kind) == PROJECT, col(RenderJob.finished_at) < before)
    jobs = session.exec(query.order_by(col(RenderJob.id)).limit(limit)).all()
    for job in jobs:
        farm.forget_owner(session, job.id)
        session.delete(render_of(session, job.id))
        session.delete(job)
        views.publish_gone(session, job)
    return len(jobs)


def _check_newest(session: Session, job: RenderJob, saved_at: datetime) -> None:
    """Raises Conflict while a later save of the same file is worked on: messages may overtake each other."""
    earlier = superseding.live(session, job.tenant_id, job.supersede_key)
    saves = session.exec(select(ProjectRender.saved_at).where(col(ProjectRender.job_id).in_(earlier))).all()
    if any(saved > saved_at for saved in saves):
        raise Conflict("A newer save of this project is being rendered already.", code="older-save", field="timestamp")


def _check_room(session: Session, client: str) -> None:
    live = (
        sa_select(func.count())
        .select_from(ProjectRender)
        .join(RenderJob, col(RenderJob.id) == col(ProjectRender.job_id))
        .where(col(ProjectRender.client) == client, col(RenderJob.state).in_([state.value for state in LIVE]))
    )
    if session.execute(live).scalar_one() >= MOST_LIVE:
        raise Conflict(f"{client} has {MOST_LIVE} jobs waiting already; wait for some to finish.", code="too-many-jobs")
