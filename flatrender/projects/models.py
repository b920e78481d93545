"""Tables of saved projects."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Column, Index, String, UniqueConstraint, text
from sqlmodel import Field

from flatrender.core import clock
from flatrender.core.db import JsonDict, TenantOwned, UtcDateTime
from flatrender.core.ids import new_id

Json = dict[str, Any]


class ProjectState(StrEnum):
    """Archived projects are kept out of sight."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class Line(NamedTuple):
    """The columns of a project that its entry in a list is made of, read without the rest of it."""

    id: str
    name: str
    state: str
    template_id: str
    revision: int
    created_at: datetime
    updated_at: datetime


class Whole(NamedTuple):
    """The same with the document, for who only looks."""

    id: str
    name: str
    state: str
    template_id: str
    revision: int
    created_at: datetime
    updated_at: datetime
    document: Json


class Project(TenantOwned, table=True):
    """A customer's saved edit of a template. `revision` counts the commits; each one is a save."""

    __tablename__ = "project"
    __table_args__ = (
        # The list of a person's projects, newest first, and how many there are of each state.
        Index("ix_project_list", "tenant_id", "user_id", "state", text("updated_at DESC"), text("id DESC")),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str = Field(max_length=32, index=True)
    template_id: str = Field(foreign_key="template.id", index=True, max_length=32)
    name: str = Field(max_length=160)
    state: str = Field(default=ProjectState.ACTIVE, sa_column=Column(String(16), nullable=False, index=True))
    document: Json = Field(sa_type=JsonDict)
    revision: int = 0
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime, index=True)


class ProjectEdit(TenantOwned, table=True):
    """One commit: the operations as understood, those that take them back, and the fields written. Unique by `op_id`,
    so that a replayed outbox of a browser changes nothing twice."""

    __tablename__ = "project_edit"
    __table_args__ = (
        UniqueConstraint("project_id", "op_id", name="uq_project_edit_op"),
        UniqueConstraint("project_id", "revision", name="uq_project_edit_revision"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    project_id: str = Field(foreign_key="project.id", ondelete="CASCADE", index=True, max_length=32)
    revision: int
    op_id: str = Field(max_length=64)
    user_id: str = Field(max_length=32, index=True)
    operations: list[Json] = Field(sa_type=JsonDict)
    inverse: list[Json] = Field(sa_type=JsonDict)
    fields: list[str] = Field(sa_type=JsonDict)
    notices: list[Json] = Field(default_factory=list, sa_type=JsonDict)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class ProjectVersion(TenantOwned, table=True):
    """A whole document to go back to: the first one, every hundredth, and those that people name."""

    __tablename__ = "project_version"
    __table_args__ = (UniqueConstraint("project_id", "revision", name="uq_project_version_revision"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    project_id: str = Field(foreign_key="project.id", ondelete="CASCADE", index=True, max_length=32)
    revision: int
    name: str = Field(default="", max_length=160)
    document: Json = Field(sa_type=JsonDict)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
