"""What the handlers of a render job share: the job, its plan, its files."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from flatrender.aftereffects.bundle import file_md5
from flatrender.core.db import Database
from flatrender.core.errors import BadFile, NotFound, ProcessFailed
from flatrender.core.storage import get_storage
from flatrender.film import read
from flatrender.film.info import FilmInfo
from flatrender.renders.models import RenderJob, SceneFilm
from flatrender.renders.planner import Plan
from workers.context import TaskContext

PICTURE_WIDTH = 640


@dataclass(frozen=True)
class Job:
    """A job's facts, read once; `plan` is None before it was validated."""

    id: str
    tenant_id: str
    template_id: str | None
    title: str
    document: dict[str, Any]
    options: dict[str, Any]
    plan: Plan | None


def load(context: TaskContext) -> Job:
    """The job of the task. Raises NotFound when it was deleted."""
    with context.database.tenant_session(context.tenant_id, read_only=True) as session:
        row = session.exec(select(RenderJob).where(col(RenderJob.id) == context.payload["job_id"])).first()
        if row is None:
            raise NotFound("The job was deleted.")
        plan = Plan.from_dict(row.plan) if row.plan else None
        return Job(row.id, row.tenant_id, row.template_id, row.title, row.document, row.options, plan)


def planned(job: Job) -> Plan:
    """The job's plan. Raises NotFound before it was validated."""
    if job.plan is None:
        raise NotFound("The job has not been planned yet.")
    return job.plan


def bundle(key: str, md5: str) -> Path:
    """The template's bundle on this machine, if it is what the job was planned with.

    A copy that is not is removed and fetched once more, before anything of it is unpacked. Raises BadFile.
    """
    storage = get_storage()
    for _ in range(2):
        path = storage.local_path(key)
        stat = path.stat()
        if _md5(str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns) == md5:
            return path
        storage.forget(key)
    raise BadFile("The template's files are damaged; upload the template again.", code="bundle-damaged")


@lru_cache(maxsize=256)
def _md5(path: str, number: int, size: int, changed: int) -> str:
    """The file's, read again only when it is another (`number`) or was changed: a bundle may have gigabytes."""
    return file_md5(Path(path))


def cached_film(database: Database, tenant_id: str, content_hash: str) -> dict[str, Any] | None:
    """The scene film of this hash as a task's result, where its file exists."""
    with database.tenant_session(tenant_id, read_only=True) as session:
        film = session.exec(select(SceneFilm).where(col(SceneFilm.content_hash) == content_hash)).first()
        if film is None or not get_storage().exists(film.key):
            return None
        return {
            "hash": film.content_hash,
            "key": film.key,
            "frames": film.frames,
            "width": film.width,
            "height": film.height,
            "bytes": film.size,
            "seconds": film.render_seconds,
            "warnings": list(film.warnings),
            "cached": True,
        }


def film_key(tenant_id: str, content_hash: str, suffix: str = ".mp4") -> str:
    """Where a scene film lies in the storage."""
    return f"scenes/{tenant_id}/{content_hash[:2]}/{content_hash}{suffix}"


def part_key(tenant_id: str, content_hash: str, first: int, count: int) -> str:
    """Where a range of a scene's frames lies until the scene is joined."""
    return f"parts/{tenant_id}/{content_hash[:2]}/{content_hash}/{first}-{count}.mp4"


def made(key: str) -> Path:
    """A film that nodes made on the way, on this machine. Raises ProcessFailed where it was taken away meanwhile, by
    the end of a job of the same scene or by housekeeping: a fault of the moment, which the next try does not meet."""
    try:
        return get_storage().local_path(key)
    except NotFound:
        raise ProcessFailed("A film made on the way was taken away meanwhile; it is made again.") from None


def picture_key(context: TaskContext, *, live: bool = False) -> str:
    """Where the picture of what this claim renders lies; `live`: the last frame while it does."""
    return f"renders/{context.tenant_id}/{context.owner_id}/{context.tag}{'.live' if live else ''}.png"


def keep_picture(context: TaskContext, job: Job, film: Path, info: FilmInfo) -> str:
    """Stores a frame of `film` as the job's picture; its key."""
    key = picture_key(context)
    get_storage().put_bytes(read.middle(film, info, PICTURE_WIDTH), key)
    return key
