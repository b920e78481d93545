"""The render manager's table: what a job renders, for whom, and where its film lies."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field

from flatrender.core.db import JsonDict, TenantOwned, UtcDateTime


class ProjectRender(TenantOwned, table=True):
    """An After Effects project as a render job; beside its `RenderJob`, whose state counts.

    `place`, `output_place`: below the Dropbox root, with slashes. `order`: a `configuration.Order`. `facts`: the file
    as it was found (`bytes`, `modified_at`, `frames` …), for people. `client`: whose token sent it.
    """

    __tablename__ = "project_render"

    tenant_id: str = Field(max_length=32, index=True)
    job_id: str = Field(primary_key=True, max_length=32)
    client: str = Field(default="", max_length=64)
    project_path: str = Field(sa_column=Column(Text, nullable=False))  # as it was sent
    place: str = Field(sa_column=Column(Text, nullable=False))
    saved_at: datetime = Field(sa_type=UtcDateTime)
    mac_username: str = Field(max_length=64)
    engine: str = Field(max_length=32)
    order: dict[str, Any] = Field(sa_type=JsonDict)
    callback_url: str | None = Field(default=None, sa_column=Column(Text))
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    output_place: str | None = Field(default=None, sa_column=Column(Text))
    output_bytes: int | None = Field(default=None, sa_column=Column(BigInteger))
    output: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)  # frames, duration, size, codec
