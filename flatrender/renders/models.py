"""Tables of rendering: jobs, the scene cache, exports."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from flatrender.core import clock
from flatrender.core.db import JsonDict, TenantOwned, UtcDateTime
from flatrender.core.ids import new_id
from flatrender.renders.states import JobState

TICK = timedelta(microseconds=1)
LONGEST_KEY = 1024  # bytes of `supersede_key`: as long as a path gets, and what an index takes
_LIVE_AND_KEYED = text(
    "supersede_key IS NOT NULL AND NOT cancel_requested AND state IN ('PENDING', 'VALIDATING', 'QUEUED', 'RENDERING')"
)


class RenderJob(TenantOwned, table=True):
    """A project on its way to a film; its state follows its tasks. `document` is the project as it was when sent."""

    __tablename__ = "render_job"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "idempotency_key", name="uq_render_job_idempotency"),
        Index("ix_render_job_list", "tenant_id", text("id DESC")),
        Index("ix_render_job_state", "state", text("id DESC")),
        Index("ix_render_job_user", "user_id", text("id DESC")),
        Index(
            "uq_render_job_supersede",
            "tenant_id",
            "supersede_key",
            unique=True,
            sqlite_where=_LIVE_AND_KEYED,
            postgresql_where=_LIVE_AND_KEYED,
        ),
    )

    tenant_id: str = Field(default="", max_length=32, nullable=False)  # no index more: the list's begins with it
    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(max_length=32)
    user_name: str = Field(default="", max_length=254)
    project_id: str | None = Field(default=None, max_length=32, index=True)
    template_id: str | None = Field(default=None, max_length=32, index=True)
    kind: str = Field(default="film", max_length=16)  # see renders.job_kinds
    title: str = Field(max_length=200)
    idempotency_key: str | None = Field(default=None, max_length=100)
    supersede_key: str | None = Field(default=None, max_length=LONGEST_KEY)  # see renders.superseding
    retry_of: str | None = Field(default=None, max_length=32)
    document: dict[str, Any] = Field(sa_type=JsonDict)
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)  # format, size
    plan: dict[str, Any] | None = Field(default=None, sa_type=JsonDict)  # renders.planner.Plan

    state: str = Field(default=JobState.PENDING, max_length=16)
    priority: int = Field(default=50)
    cancel_requested: bool = Field(default=False)
    progress: float = Field(default=0.0)  # 0 to 1, weighted by the tasks' expected seconds
    note: str = Field(default="", max_length=200)
    seconds_left: float | None = Field(default=None)
    expected_seconds: float | None = Field(default=None)
    node_name: str | None = Field(default=None, max_length=120)
    scenes: int = Field(default=0)
    scenes_cached: int = Field(default=0)
    retries: int = Field(default=0)
    error: str | None = Field(default=None, sa_column=Column(Text))
    error_code: str | None = Field(default=None, max_length=80)
    picture_key: str | None = Field(default=None, max_length=255)  # the last rendered frame

    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)

    def changed(self) -> None:
        """It is another one from now on: `updated_at` tells which of two rows of it is the newer. The caller has
        locked the row and read it afresh."""
        self.updated_at = later(clock.now(), self.updated_at)


def later(now: datetime, before: datetime | None) -> datetime:
    """A moment behind `before`, also by the clock of another machine that is slow, or within one tick."""
    return now if before is None else max(now, before + TICK)


class SceneFilm(TenantOwned, table=True):
    """A rendered scene, by the hash of all that its pixels depend on. `render_seconds` is the history for estimates."""

    __tablename__ = "scene_film"

    tenant_id: str = Field(primary_key=True, max_length=32)
    content_hash: str = Field(primary_key=True, max_length=64)
    key: str = Field(max_length=255)
    template_id: str | None = Field(default=None, max_length=32, index=True)
    frames: int
    width: int
    height: int
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    render_seconds: float
    warnings: list[str] = Field(default_factory=list, sa_type=JsonDict)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime, index=True)
    used_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime, index=True)


class Export(TenantOwned, table=True):
    """One finished film. `sha256` is of the stored file; `name` is what a download is called."""

    __tablename__ = "export"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    job_id: str = Field(max_length=32, index=True)
    project_id: str | None = Field(default=None, max_length=32, index=True)
    user_id: str = Field(max_length=32, index=True)
    name: str = Field(max_length=255)
    key: str = Field(max_length=255)
    format: str = Field(max_length=8)
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: str = Field(max_length=64)
    frames: int
    duration: float  # seconds
    width: int
    height: int
    video_codec: str = Field(default="", max_length=32)
    audio_codec: str | None = Field(default=None, max_length=32)
    compose_seconds: float = Field(default=0.0)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
