"""Tables of the farm: tasks, what they wait for, their attempts and log; lanes, limits and shares; nodes; the switch.

A task is opaque here: `kind` and `payload` mean something to its owner alone. Times of leases and waits are of the
database's clock.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, text
from sqlmodel import Field, SQLModel

from flatrender.core import clock
from flatrender.core.db import JsonDict, TenantOwned, UtcDateTime
from flatrender.core.ids import new_id
from flatrender.farm.states import Counters, TaskState

_Sequence = BigInteger().with_variant(Integer, "sqlite")
_WAITING = text("state = 'WAITING' AND open_blockers = 0")
_LEASED = text("state = 'CLAIMED'")
_AVOIDING = text("state = 'WAITING' AND avoid <> ''")


class Task(TenantOwned, table=True):
    """One piece of work. `seq` is the order of submission; `epoch` the fencing token of the latest claim."""

    __tablename__ = "farm_task"
    __table_args__ = (
        Index(
            "ix_farm_task_claim",
            "tenant_id",
            "lane",
            text("priority DESC"),
            "seq",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_farm_task_lease", "lease_until", sqlite_where=_LEASED, postgresql_where=_LEASED),
        Index("ix_farm_task_avoiding", "seq", sqlite_where=_AVOIDING, postgresql_where=_AVOIDING),
        Index("ix_farm_task_owner", "owner_id", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, sa_column=Column(_Sequence, primary_key=True, autoincrement=True))
    # No index of its own: waiting tasks alone are looked for by tenant, and theirs begins with it.
    tenant_id: str = Field(default="", max_length=32, nullable=False)
    id: str = Field(default_factory=new_id, max_length=32, unique=True)
    owner_id: str = Field(max_length=32)  # whose task it is: a render job, a template
    kind: str = Field(max_length=32)
    name: str = Field(default="", max_length=200)  # for people: "Scene 2, Intro"
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    engine: str = Field(default="native", max_length=32)
    lane: str = Field(default="native", max_length=600)  # all that it needs of a node: see farm.lanes
    priority: int = Field(default=50)
    weight: float = Field(default=1.0)  # expected seconds: its part of its owner's progress, and its tenant's charge

    state: str = Field(default=TaskState.WAITING, sa_column=Column(String(16), nullable=False))
    open_blockers: int = Field(default=0)
    cancel_requested: bool = Field(default=False)
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    avoid: str = Field(default="", sa_column=Column(Text, nullable=False))  # ",<node id>,": where it crashed

    epoch: int = Field(default=0)
    node_id: str | None = Field(default=None, max_length=32, index=True)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    generation: int = Field(default=0)  # of the stop switch, when it was claimed
    stall_seconds: float | None = Field(default=None)  # no progress for this long: its node kills it
    min_seconds: float | None = Field(default=None)  # done sooner than this is an error: nothing was rendered
    crashes: int = Field(default=0)
    lost_leases: int = Field(default=0)
    not_ready: int = Field(default=0)

    progress: float = Field(default=0.0)  # 0 to 1
    note: str = Field(default="", max_length=200)  # for people: "frame 71 of 115"
    frame: int | None = Field(default=None)
    frames: int | None = Field(default=None)
    result: dict[str, Any] | None = Field(default=None, sa_type=JsonDict)
    error: str | None = Field(default=None, sa_column=Column(Text))
    error_code: str | None = Field(default=None, max_length=80)

    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    # Since when it could run, `not_before` aside: its insert, the end of its last blocker, its return to the queue.
    waits_since: datetime | None = Field(default_factory=clock.now, sa_type=UtcDateTime)
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def counters(self) -> Counters:
        """How often what went wrong."""
        return Counters(self.crashes, self.lost_leases, self.not_ready)


class Claimed(NamedTuple):
    """A task that was just claimed: what its node needs of it, and whoever is told of the claim. But for the last two,
    its fields are columns of the task."""

    seq: int
    id: str
    tenant_id: str
    owner_id: str
    kind: str
    name: str
    engine: str
    lane: str
    payload: dict[str, Any]
    weight: float
    stall_seconds: float | None
    min_seconds: float | None
    frames: int | None
    crashes: int
    lost_leases: int
    error: str | None
    epoch: int
    node_id: str
    claimed_at: Any  # as the database's driver gives it: see core.plain.moment
    node_name: str
    owner: tuple[Any, ...] | None = None  # what who listens to such claims wants to know of its owner


class TaskBlocker(SQLModel, table=True):
    """`task_id` may be claimed only after `blocker_id` is DONE."""

    __tablename__ = "farm_task_blocker"

    task_id: str = Field(primary_key=True, max_length=32)
    blocker_id: str = Field(primary_key=True, max_length=32, index=True)


class TaskAttempt(TenantOwned, table=True):
    """One claim of a task and how it ended."""

    __tablename__ = "farm_task_attempt"

    task_id: str = Field(primary_key=True, max_length=32)
    epoch: int = Field(primary_key=True)
    owner_id: str = Field(max_length=32, index=True)
    node_id: str | None = Field(default=None, max_length=32)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    outcome: str = Field(max_length=16)  # a TaskEvent
    error: str | None = Field(default=None, sa_column=Column(Text))
    last_words: str | None = Field(default=None, sa_column=Column(Text))  # of its renderer


class TaskLog(TenantOwned, table=True):
    """A line of an owner's log."""

    __tablename__ = "farm_task_log"
    __table_args__ = (Index("ix_farm_task_log_owner", "owner_id", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, sa_column=Column(_Sequence, primary_key=True, autoincrement=True))
    owner_id: str = Field(max_length=32)
    task_id: str | None = Field(default=None, max_length=32)
    at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    level: str = Field(default="info", max_length=8)  # info, warning, error
    message: str = Field(sa_column=Column(Text, nullable=False))


class TenantShare(SQLModel, table=True):
    """A tenant's place in the stride scheduler: the lower `vtime`, the sooner its turn among equal priorities."""

    __tablename__ = "farm_tenant_share"

    tenant_id: str = Field(primary_key=True, max_length=32)
    weight: float = Field(default=1.0, sa_column=Column(Float, nullable=False))
    vtime: float = Field(default=0.0, sa_column=Column(Float, nullable=False))


class Lane(SQLModel, table=True):
    """One combination of needs that tasks have or had. `id` says them: see farm.lanes. What follows is of
    farm.unserved."""

    __tablename__ = "farm_lane"

    id: str = Field(primary_key=True, max_length=600)
    said: str = Field(default="", max_length=200)  # what its waiting tasks are told; empty while a node takes them
    told: bool = Field(default=False)  # all of them have been, and nothing has changed since
    looked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # when they were looked through


class LicenceLimit(SQLModel, table=True):
    """How many tasks may hold a licence at once. A licence without a row is not limited."""

    __tablename__ = "farm_licence_limit"

    name: str = Field(primary_key=True, max_length=40)
    most: int = Field(default=1)


class NodeToken(SQLModel, table=True):
    """Lets a machine be a node. `digest`: SHA-256 of the token, which is shown once."""

    __tablename__ = "farm_node_token"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    name: str = Field(max_length=120)
    digest: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Node(SQLModel, table=True):
    """A render machine. `engines`: name to version; `health`: as psutil measured it; `failing`: see farm.blocking."""

    __tablename__ = "farm_node"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    name: str = Field(max_length=120)
    host: str = Field(default="", max_length=255)
    instance: str = Field(default="", max_length=32)  # of the agent's process: a restart makes a new one
    version: str = Field(default="", max_length=40)
    pid: int | None = Field(default=None)
    slots: int = Field(default=1)
    engines: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    pools: list[str] = Field(default_factory=list, sa_type=JsonDict)
    tags: list[str] = Field(default_factory=list, sa_type=JsonDict)
    failing: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    token_id: str | None = Field(default=None, max_length=32, index=True)
    online: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, index=True))
    draining: bool = Field(default=False)
    healthy: bool = Field(default=True)
    health: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDict)
    problem: str | None = Field(default=None, sa_column=Column(Text))
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_seen: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FarmSwitch(SQLModel, table=True):
    """One row. A claim of an older `generation` may neither renew nor complete; while `stopped`, nothing is claimed."""

    __tablename__ = "farm_switch"

    id: int = Field(default=1, primary_key=True)
    generation: int = Field(default=0)
    stopped: bool = Field(default=False)
    tokens_required: bool = Field(default=False)  # a node without a token claims nothing
    reason: str | None = Field(default=None, sa_column=Column(Text))
    changed_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


def table(model: type[SQLModel]) -> Table:
    """The Core table behind a model, for statements that no tenant scope may touch."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found
