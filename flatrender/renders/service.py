"""Render jobs for people: send, estimate, cancel, retry, boost, delete, download. One transaction each, the caller's.

A platform admin acts on all tenants' jobs and needs a system session for that; everybody else gets a tenant session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flatrender.access import audit, rules
from flatrender.access.audit import Act
from flatrender.access.permissions import FARM, JOBS_TENANT, Principal
from flatrender.core.db import on_commit
from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.core.storage import get_storage
from flatrender.core.timing import Rate
from flatrender.farm import nodes
from flatrender.farm import service as farm
from flatrender.farm.lanes import Needs
from flatrender.farm.models import Node, Task
from flatrender.film import presets
from flatrender.projects import service as projects
from flatrender.renders import job_kinds, kinds, resolving, superseding, views, waiting, writer
from flatrender.renders.models import Export, RenderJob
from flatrender.renders.planner import ONE_FILM, Plan, composing_seconds, say_estimate
from flatrender.renders.states import BOOSTABLE, LIVE, TERMINAL, JobState
from flatrender.renders.wishes import Wish
from flatrender.tenants import limits

Json = dict[str, Any]
NORMAL = 50
BOOST = 80
_EASIEST = {"mp4": 0, "webm": 1, "h265": 2}
MOST_LIVE = 200  # jobs of one user at a time


@dataclass(frozen=True)
class Place:
    """When and where a job is rendered: not before a time, not before other jobs are done; by nodes of a pool, with
    tags (who runs the farm alone)."""

    not_before: datetime | None = None
    pool: str = ""
    tags: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def options(self, principal: Principal) -> Json:
        """As options of a job. Raises Forbidden, InvalidInput."""
        if self.pool or self.tags:
            principal.require(FARM)
            _ = Needs(pool=self.pool, tags=self.tags).lane
        wanted = {"pool": self.pool, "tags": list(self.tags), "after": list(waiting.check(self.after))}
        found: Json = {name: value for name, value in wanted.items() if value}
        return found | ({"not_before": self.not_before.isoformat()} if self.not_before else {})


@dataclass(frozen=True)
class Download:
    """A finished film on this machine, and what it is called."""

    path: Path
    name: str
    content_type: str
    export: Json


def submit(
    session: Session,
    principal: Principal,
    project_id: str,
    *,
    wanted: Wish = ONE_FILM,
    idempotency_key: str | None = None,
    place: Place = Place(),
) -> RenderJob:
    """Sends a project to the farm as it is now. The same key gives the same job, whatever was edited since.

    Raises NotFound, InvalidInput for an empty film and one that is too large, TooLarge (`over-quota`) where the site
    has used up its minutes of the month, Conflict for too many live jobs, and for jobs to wait for that failed or were
    cancelled.
    """
    if idempotency_key is not None:
        if not 1 <= len(idempotency_key) <= 100:
            raise InvalidInput("An idempotency key has 1 to 100 characters.", field="Idempotency-Key")
        if (known := _by_key(session, principal, idempotency_key)) is not None:
            return known
    project = projects.get(session, principal, project_id)
    if not any(
        item.get("type") == "clip"
        for track in project.document["tracks"]
        if track["kind"] == "scene"
        for item in track["items"]
    ):
        raise InvalidInput("The film has no scenes; add at least one.", field="document")
    resolving.check_range(project.document, wanted)
    for earlier in waiting.check(place.after):
        find(session, principal, earlier)
    job = RenderJob(
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        user_name=principal.name or principal.email,
        project_id=project.id,
        template_id=project.template_id,
        title=project.name,
        idempotency_key=idempotency_key,
        document=project.document,
        options={**wanted.to_dict(), "revision": project.revision, **place.options(principal)},
        priority=NORMAL,
    )
    return _send(session, principal, job)


def retry(session: Session, principal: Principal, job_id: str) -> RenderJob:
    """A new job with what the failed or cancelled one was to render.

    Raises Conflict while it is live or when done, and while a newer job for the same project is worked on;
    InvalidInput for a film that is too large.
    """
    old = find(session, principal, job_id)
    if JobState(old.state) not in {JobState.FAILED, JobState.CANCELLED}:
        raise Conflict("Only a failed or cancelled job can be tried again.", code="not-retryable")
    if superseding.live(session, old.tenant_id, old.supersede_key):
        raise Conflict("A newer job for the same project is being worked on; cancel that one first.", code="superseded")
    if old.kind == job_kinds.FILM:
        resolving.check_size(old.document)
    again = RenderJob(
        tenant_id=old.tenant_id,
        user_id=old.user_id,
        user_name=old.user_name,
        project_id=old.project_id,
        template_id=old.template_id,
        title=old.title,
        kind=old.kind,
        supersede_key=old.supersede_key,
        retry_of=old.id,
        document=old.document,
        options=waiting.again(session, old.options),
        priority=old.priority if principal.can(FARM) else NORMAL,  # a boost was for that one job
    )
    if (kind := job_kinds.of(old)) is not None:
        kind.again(session, old, again)
    return _send(session, principal, again)


def estimate(session: Session, principal: Principal, project_id: str, wanted: Wish = ONE_FILM) -> Json:
    """What rendering the project now would take: `{"scenes", "to_render", "seconds", "sentence", "notes", …}`.

    `guessed`: nothing was rendered here before that the seconds could come from.
    `composing`: about how long the rendered scenes take to be one film, by size, which all files with a picture share.
    `presets`: what it could be exported as, with about how large each file would be and how long it takes to be written
    from the rendered scenes by itself, `composing` within.
    """
    project = projects.get(session, principal, project_id)
    resolved = resolving.resolve(session, project.document, project.template_id)
    made = resolving.make_plan(session, resolved, wanted)
    return {
        **_choices(made),
        "scenes": len(made.cuts),
        "to_render": len(made.cuts) - made.cached_scenes,
        "seconds": round(made.seconds, 1),
        "guessed": not resolving.has_history(session, resolved.source),
        "sentence": say_estimate(made),
        "notes": list(resolved.notes),
    }


def find(session: Session, principal: Principal, job_id: str) -> RenderJob:
    """The job, when the caller may see it. Raises NotFound."""
    job = session.exec(select(RenderJob).where(col(RenderJob.id) == job_id)).first()
    if job is None or not may_see(principal, job):
        raise NotFound("There is no such job.")
    rules.require_seen(job)
    return job


def may_see(principal: Principal, job: RenderJob) -> bool:
    """One's own jobs; a tenant admin its tenant's; who runs the farm all."""
    if principal.can(FARM):
        return True
    if job.tenant_id != principal.tenant_id:
        return False
    return job.user_id == principal.user_id or principal.can(JOBS_TENANT)


def cancel(session: Session, principal: Principal, job_id: str) -> RenderJob:
    """Stops a live job: at once when nothing of it runs, else when its node sees it. Raises Conflict when ended."""
    job = find(session, principal, job_id)
    if JobState(job.state) in TERMINAL:
        raise Conflict("The job has ended already.", code="ended")
    if not job.cancel_requested:
        farm.cancel_owner(session, job.id, reason=f"cancelled by {principal.name or principal.email}")
        _note_others(session, principal, job, Act.JOB_CANCELLED)
    return find(session, principal, job_id)


def boost(session: Session, principal: Principal, job_id: str, priority: int = BOOST) -> RenderJob:
    """Another priority, for a job that nobody works on yet. Who runs the farm alone. Raises Forbidden,
    InvalidInput, Conflict."""
    principal.require(FARM)
    farm.check_priority(priority)
    find(session, principal, job_id)
    farm.set_priority(session, job_id, priority)  # tasks first, then the job: the order of locks
    job = writer.locked(session, job_id)
    if job is None:
        raise NotFound("There is no such job.")
    if JobState(job.state) not in BOOSTABLE:
        raise Conflict("The job is being rendered or has ended; its priority no longer matters.", code="not-boostable")
    writer.prioritised(session, job, priority, principal.name or principal.email)
    _note_others(session, principal, job, Act.JOB_BOOSTED, priority=priority)
    return job


def wait_for(session: Session, principal: Principal, job_id: str, others: Sequence[str]) -> RenderJob:
    """A job that has not begun waits for these, and no longer for those that it waited for.

    Raises NotFound, Conflict for jobs that would wait for one another, for ones that failed, and once it has begun.
    """
    job = find(session, principal, job_id)
    for other in waiting.check(others):
        if find(session, principal, other).tenant_id != job.tenant_id:
            raise NotFound("There is no such job.")
    before = [each["title"] for each in waiting.as_json(session, job)]
    job = waiting.change(session, job_id, job.tenant_id, others)
    after = [each["title"] for each in waiting.as_json(session, job)]
    _note_others(session, principal, job, Act.JOB_CHANGED, waits_for=[before, after])
    return job


def delete(session: Session, principal: Principal, job_id: str) -> None:
    """Removes an ended job with its log and its films. Raises Conflict while it is live."""
    job = find(session, principal, job_id)
    if JobState(job.state) in LIVE:
        raise Conflict("The job is still being worked on; cancel it first.", code="still-live")
    farm.forget_owner(session, job.id)
    _note_others(session, principal, job, Act.JOB_DELETED)
    if (kind := job_kinds.of(job)) is not None:
        kind.forget(session, job)
    keys = [job.picture_key] if job.picture_key else []
    for film in session.exec(select(Export).where(col(Export.job_id) == job.id)).all():
        keys.append(film.key)
        session.delete(film)
    session.delete(job)
    views.publish_gone(session, job)
    on_commit(session, lambda: _delete_files(keys))


def _note_others(session: Session, principal: Principal, job: RenderJob, act: Act, **details: Any) -> None:
    """What is done to somebody else's job is in the audit log."""
    if job.user_id != principal.user_id:
        audit.note(session, principal, act, job.id, job.title, of=job.user_id, **details)


def detail(session: Session, principal: Principal, job_id: str) -> Json:
    """A job with its steps, attempts, films and configuration."""
    job = find(session, principal, job_id)
    names = {node.id: node.name for node in nodes.every(session)}
    tasks = farm.tasks_of(session, job.id)
    steps = [views.step(task, names.get(task.node_id or "")) for task in tasks]
    cached = [(number, film) for number, film in enumerate((job.plan or {}).get("films", ()), 1) if film["cached"]]
    after_check = next((index + 1 for index, task in enumerate(tasks) if task.kind == kinds.VALIDATE), 0)
    steps[after_check:after_check] = [views.cached_step(*each) for each in cached]
    films = session.exec(select(Export).where(col(Export.job_id) == job.id).order_by(col(Export.id))).all()
    kind = job_kinds.of(job)
    return {
        **views.shown(session, principal, [job])[0],
        "steps": steps,
        "attempts": [views.attempt(each, names.get(each.node_id or "")) for each in farm.attempts_of(session, job.id)],
        "exports": [views.export(film) for film in films],
        "warnings": _warnings(tasks),
        "after": waiting.as_json(session, job),
        "configuration": {"document": job.document, "options": job.options, "plan": job.plan},
        "node_health": _node_health(session, tasks[-1].node_id if tasks else None),
        **(kind.detail(session, job) if kind is not None else {}),
    }


def exports_of(session: Session, principal: Principal, project_id: str) -> list[Json]:
    """The finished films of a project, newest first."""
    projects.get(session, principal, project_id)
    query = select(Export).where(col(Export.project_id) == project_id).order_by(col(Export.id).desc())
    return [views.export(film) for film in session.exec(query.limit(100)).all()]


def download(session: Session, principal: Principal, job_id: str, export_id: str | None = None) -> Download:
    """A finished file (None: the one that is easiest to play). Raises NotFound when there is none, or it is gone."""
    job = find(session, principal, job_id)
    if (kind := job_kinds.of(job)) is not None:
        made = kind.output(session, job)
        return Download(made.path, made.name, made.content_type, made.facts)
    chosen = [] if export_id is None else [col(Export.id) == export_id]
    query = select(Export).where(col(Export.job_id) == job_id, *chosen).order_by(col(Export.id))
    films = sorted(session.exec(query).all(), key=lambda film: _EASIEST.get(film.format, len(_EASIEST)))
    film = films[0] if films else None
    if film is None:
        raise NotFound("The job has no finished film yet.", code="no-film")
    content_type = presets.find(film.format).content_type
    return Download(get_storage().local_path(film.key), film.name, content_type, views.export(film))


def picture(session: Session, principal: Principal, job_id: str) -> Path:
    """The last rendered frame. Raises NotFound before there is one."""
    job = find(session, principal, job_id)
    if job.picture_key is None:
        raise NotFound("Nothing of the job has been rendered yet.", code="no-picture")
    return get_storage().local_path(job.picture_key)


def _choices(made: Plan) -> Json:
    """The presets, sizes and aspects that there are, for the export dialog."""
    rate, document = Rate(*made.source.rate), made.source.size
    sizes = {name: presets.size_of(document, name) for name in presets.SIZES}
    return {
        "frames": made.length,
        "rate": list(made.source.rate),
        "sizes": {name: list(size) for name, size in sizes.items()},
        "aspects": list(presets.ASPECTS),
        "composing": {name: round(composing_seconds(size, made.length), 1) for name, size in sizes.items()},
        "presets": [
            {
                "name": preset.name,
                "video": preset.video,
                "audio": preset.audio,
                "alpha": preset.alpha,
                "bytes": {
                    name: presets.estimate_bytes(preset, size, made.length, rate) for name, size in sizes.items()
                },
                "seconds": {name: round(_writing(preset, size, made.length), 1) for name, size in sizes.items()},
            }
            for preset in presets.PRESETS.values()
        ],
    }


def _writing(preset: presets.Preset, size: tuple[int, int], frames: int) -> float:
    """Expected time until the rendered scenes are this file: the MP4 is what was composed, others are made of it."""
    composed = composing_seconds(size, frames) if preset.video else 0.0
    return composed if preset.name == "mp4" else composed + presets.estimate_seconds(preset, size, frames)


def _send(session: Session, principal: Principal, job: RenderJob) -> RenderJob:
    if job.kind == job_kinds.FILM:
        limits.check_film(session, job.tenant_id)
    live = select(RenderJob.id).where(
        col(RenderJob.user_id) == job.user_id, col(RenderJob.state).in_([state.value for state in LIVE])
    )
    if len(session.exec(live.limit(MOST_LIVE)).all()) >= MOST_LIVE:
        raise Conflict(f"You have {MOST_LIVE} jobs waiting already; wait for some to finish.", code="too-many-jobs")
    try:
        with session.begin_nested():
            superseding.make_way(session, job.tenant_id, job.supersede_key)
            session.add(job)
    except IntegrityError:
        known = _by_key(session, principal, job.idempotency_key or "")
        if known is None:
            raise
        return known
    writer.opened(session, job)
    return job


def _by_key(session: Session, principal: Principal, key: str) -> RenderJob | None:
    query = select(RenderJob).where(
        col(RenderJob.tenant_id) == principal.tenant_id,
        col(RenderJob.user_id) == principal.user_id,
        col(RenderJob.idempotency_key) == key,
    )
    return session.exec(query).first()


def _warnings(tasks: list[Task]) -> list[str]:
    """What people should know of the film: substitutes for missing fonts and footage, values that were left out."""
    said = [warning for task in tasks for warning in (task.result or {}).get("warnings", ())]
    return list(dict.fromkeys(said))


def _node_health(session: Session, node_id: str | None) -> Json | None:
    node = session.get(Node, node_id) if node_id else None
    return {"name": node.name, **node.health} if node is not None else None


def _delete_files(keys: list[str]) -> None:
    storage = get_storage()
    for key in keys:
        storage.delete(key)
