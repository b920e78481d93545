"""Tables of the customers' own files: files, folders, uploads on their way, what an account may keep."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Text, UniqueConstraint
from sqlmodel import Field

from flatrender.core import clock
from flatrender.core.db import JsonDict, TenantOwned, UtcDateTime
from flatrender.core.ids import new_id
from flatrender.core.timing import Rate

MOVING = "moving.webm"  # what the key of a film ends in that was made of a picture that moves


class MediaKind(StrEnum):
    """What a file is."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class SoundUse(StrEnum):
    """What a sound is for; decides which track it goes to."""

    MUSIC = "music"
    VOICE = "voice"
    SFX = "sfx"


class MediaState(StrEnum):
    """How far its ingest is: `media.writer` alone moves it."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"


class Media(TenantOwned, table=True):
    """An uploaded file. The bytes are stored once per content hash and tenant; each user has a row of their own.

    Before the ingest is done `kind` is a guess from the name, and what it found (sizes, lengths, keys) is not there.
    """

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", "sha256", name="uq_media_user_sha256"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(max_length=32, index=True)
    folder_id: str | None = Field(default=None, max_length=32, index=True)
    kind: str = Field(max_length=16)
    use: str = Field(default="", max_length=16)  # of a sound: a SoundUse, or nothing said
    name: str = Field(max_length=255)
    sha256: str = Field(max_length=64, index=True)
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    key: str = Field(max_length=200)  # in the storage; "" when the bytes were refused
    content_type: str = Field(max_length=80)

    state: str = Field(default=MediaState.WAITING, max_length=16)
    progress: float = Field(default=0.0)
    problem: str | None = Field(default=None, sa_column=Column(Text))
    problem_code: str | None = Field(default=None, max_length=80)
    notes: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonDict)  # {"code", "detail", figures}
    ingest: int = Field(default=0)  # version of the ingest that made what there is

    width: int | None = None  # as it is seen (the orientation in the file applied)
    height: int | None = None
    duration: float | None = None  # seconds
    rate_num: int | None = None  # of a film's proxy: constant
    rate_den: int | None = None
    frames: int | None = None  # at that rate
    has_audio: bool = Field(default=False)
    has_alpha: bool = Field(default=False)

    thumbnail_key: str | None = Field(default=None, max_length=200)
    proxy_key: str | None = Field(default=None, max_length=200)
    sprite_key: str | None = Field(default=None, max_length=200)
    sprite: dict[str, Any] | None = Field(
        default=None, sa_type=JsonDict
    )  # width, height, columns, rows, count, interval
    peaks_key: str | None = Field(default=None, max_length=200)  # and ".<level>"
    peaks: list[dict[str, Any]] | None = Field(default=None, sa_type=JsonDict)  # level, per_second, buckets

    kept: bool = Field(default=False)  # never cleaned up
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # when it was last seen in use
    delete_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)  # announced by a cleanup schedule
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)  # may be taken back for a while
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime, index=True)

    @property
    def repeats(self) -> bool:
        """Whether it is a picture that moves, made a film: it begins anew for as long as its clip lasts."""
        return self.key.endswith(f".{MOVING}")

    @property
    def rate(self) -> Rate | None:
        """Of a film: frames per second of its proxy."""
        return Rate(self.rate_num, self.rate_den) if self.rate_num and self.rate_den else None

    @property
    def keys(self) -> list[str]:
        """Every key that its files have in the storage."""
        levels = [f"{self.peaks_key}.{one['level']}" for one in self.peaks or ()] if self.peaks_key else []
        return [key for key in (self.key, self.thumbnail_key, self.proxy_key, self.sprite_key, *levels) if key]


class MediaFolder(TenantOwned, table=True):
    """A folder of a user's files. Its parent's id is None at the top."""

    __tablename__ = "media_folder"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(max_length=32, index=True)
    parent_id: str | None = Field(default=None, max_length=32)
    name: str = Field(max_length=120)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class MediaUpload(TenantOwned, table=True):
    """A file on its way in pieces. `media_id` once it is whole; what was received lies outside the storage."""

    __tablename__ = "media_upload"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(max_length=32, index=True)
    name: str = Field(max_length=255)
    use: str = Field(default="", max_length=16)
    folder_id: str | None = Field(default=None, max_length=32)
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    received: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))  # as of the last whole piece
    media_id: str | None = Field(default=None, max_length=32)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class MediaPolicy(TenantOwned, table=True):
    """What a user may keep and for how long; the row of no user (`user_id` empty) is the tenant's.

    `quota_bytes`: of the user, or of the whole tenant; None: the settings'. `cleanup_days`: unused files go after so
    many days; None: never.
    """

    __tablename__ = "media_policy"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", name="uq_media_policy_user"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(default="", max_length=32)
    quota_bytes: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    cleanup_days: int | None = None
