"""The one writer of a file's state. It hears every change of its ingest task in the same transaction (a ripple).

It deletes no bytes: at that very moment somebody else may send the same ones. What no row names any more is swept by
housekeeping, days later.
"""

from typing import Any

from sqlmodel import Session, col, select

from flatrender.core import outbox
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.farm.ripples import TaskChange, on_task_change
from flatrender.farm.states import TaskEvent, TaskState
from flatrender.media import views
from flatrender.media.models import Media, MediaState

KIND = "ingest"
VERSION = 1  # of what an ingest makes: raise it when older files need more than they have
PRIORITY = 60  # a person waits for it
STALL_SECONDS = 180.0

# What an ingest finds: columns of the row, and keys of the task's result.
FACTS = (
    *("kind", "key", "content_type", "width", "height", "duration", "rate_num", "rate_den", "frames"),
    *("has_audio", "has_alpha", "notes", "thumbnail_key", "proxy_key", "sprite_key", "sprite", "peaks_key", "peaks"),
)


def facts_of(media: Media) -> dict[str, Any]:
    """What an ingest found, to be had for another row of the same bytes."""
    return {name: getattr(media, name) for name in FACTS}


def request(session: Session, media: Media) -> None:
    """Sends the file through ingest; a row of the same bytes that is ready lends what was found."""
    if adopt(session, media):
        return
    media.state, media.progress, media.problem, media.problem_code = MediaState.WAITING, 0.0, None, None
    session.add(media)
    session.flush()
    enqueue(session, media)
    views.publish(session, media)


def enqueue(session: Session, media: Media) -> None:
    """The ingest's task, unless one is under way."""
    if farm.live_tasks(session, media.id, KIND):
        return
    weight = 1.0 + media.size / 4_000_000  # measured: about four megabytes of 1080p a second
    task = farm.NewTask(
        KIND,
        name=f"Read {media.name}"[:200],
        payload={"media_id": media.id},
        engine="ffmpeg",
        weight=weight,
        stall_seconds=STALL_SECONDS,
    )
    farm.enqueue(session, media.tenant_id, media.id, [task], priority=PRIORITY)


def adopt(session: Session, media: Media) -> bool:
    """Takes over what an ingest found in the same bytes of another user; False when there is no such file."""
    twin = session.exec(
        select(Media).where(
            col(Media.tenant_id) == media.tenant_id,
            col(Media.sha256) == media.sha256,
            col(Media.id) != media.id,
            col(Media.state) == MediaState.READY,
            col(Media.ingest) == VERSION,
        )
    ).first()
    if twin is None:
        return False
    _take(session, media, facts_of(twin))
    views.publish(session, media)
    return True


@on_task_change(KIND)
def follow_task(session: Session, task: Task, change: TaskChange) -> None:
    """Moves the file on when its ingest changed."""
    query = select(Media).where(col(Media.id) == task.owner_id).with_for_update()
    media = session.exec(query.execution_options(populate_existing=True)).first()
    if media is None:
        return
    ready = media.state == MediaState.READY  # one that is read again, for what older ingests did not make
    if change.after is TaskState.DONE:
        _take(session, media, task.result or {})
        task.result = {}
        outbox.record(session, "media.ready", _event(media), tenant_id=media.tenant_id)
    elif change.after is TaskState.FAILED and not ready:
        refused = change.event is TaskEvent.REFUSE
        media.state, media.progress = MediaState.FAILED, 0.0
        media.problem, media.problem_code = change.reason or f"{media.name} could not be read.", task.error_code
        if refused:
            _drop_bytes(session, media)
        outbox.record(session, "media.failed", _event(media), tenant_id=media.tenant_id)
    elif change.after is TaskState.FAILED:
        media.ingest = -VERSION  # tried in vain: it stays as it is, until a later version tries
    elif not ready and change.after is TaskState.CLAIMED:
        media.state, media.progress = MediaState.WORKING, task.progress
    elif not ready and change.after is TaskState.WAITING:
        media.state, media.progress = MediaState.WAITING, 0.0
    session.add(media)
    if media.deleted_at is None:
        views.publish(session, media)


def _take(session: Session, media: Media, facts: dict[str, Any]) -> None:
    for name in FACTS:
        if name in facts:
            setattr(media, name, facts[name])
    media.state, media.progress, media.ingest = MediaState.READY, 1.0, VERSION
    media.problem = media.problem_code = None
    session.add(media)


def _drop_bytes(session: Session, media: Media) -> None:
    media.key = ""
    media.thumbnail_key = media.proxy_key = media.sprite_key = media.peaks_key = None
    session.add(media)


def _event(media: Media) -> dict[str, Any]:
    return {"media_id": media.id, "user_id": media.user_id, "name": media.name, "problem": media.problem}
