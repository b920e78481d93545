"""Tables of the customers' own files."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, UniqueConstraint
from sqlmodel import Field

from flatrender.core import clock
from flatrender.core.db import TenantOwned, UtcDateTime
from flatrender.core.ids import new_id


class MediaKind(StrEnum):
    """What a file is used as."""

    IMAGE = "image"
    MUSIC = "music"


class Media(TenantOwned, table=True):
    """An uploaded file. The bytes are stored once per content hash and tenant; each user has a row of their own."""

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", "sha256", name="uq_media_user_sha256"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(max_length=32, index=True)
    kind: str = Field(max_length=16)
    name: str = Field(max_length=255)
    sha256: str = Field(max_length=64, index=True)
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    key: str = Field(max_length=200)  # in the storage
    content_type: str = Field(max_length=80)
    width: int | None = None  # of images, as they are seen (the orientation in the file applied)
    height: int | None = None
    duration: float | None = None  # of music, seconds
    thumbnail_key: str | None = Field(default=None, max_length=200)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime, index=True)
